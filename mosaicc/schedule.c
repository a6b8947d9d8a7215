/* schedule.c: what [PROCESS] says of the learning rate's schedule, as settings of a trainer (runtime/trainer/schedule.c). */
#include "config.h"
#include "program.h"

#include <string.h>

static const char *plain(const struct setting *s, const char *text)
{
	bool yes;
	return s->kind == SETTING_BOOL && bool_read(text, &yes) ? (yes ? "true" : "false") : text;
}

int schedule_settings(const struct module *process, struct named_text *out)
{
	const char *scheduler = param_get(process, "scheduler"), *warmup = param_get(process, "warmup_epochs"), *epochs = param_get(process, "epochs");
	int count = 0;
	if (scheduler)
		out[count++] = (struct named_text){"scheduler", scheduler};
	if (warmup)
		out[count++] = (struct named_text){"warmup_epochs", warmup};
	for (const struct setting *s = settings; scheduler && s->name && count < SCHEDULE_SETTINGS_MAX; s++) {
		if (s->reader != READ_BY_SCHEDULER || !word_in(scheduler, s->of))
			continue;
		const char *text = param_get(process, s->name);
		if (!text && strcmp(s->name, "T_max") == 0)
			text = epochs;                     /* a run that is trained further keeps the horizon that it began with */
		if (text)
			out[count++] = (struct named_text){s->name, plain(s, text)};
	}
	return count;
}
