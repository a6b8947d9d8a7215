/* early_settings.c: what [PROCESS] says of early stopping and of the best epoch, as settings of a trainer (runtime/trainer/early.c), and whether
** the columns that it names will be there. */
#include "config.h"
#include "program.h"

#include <string.h>
#include <strings.h>

static const char *column_or_none(const char *text, const char *otherwise)
{
	bool yes;
	if (!text || strcasecmp(text, "none") == 0)
		return "none";
	return bool_read(text, &yes) ? (yes && otherwise ? otherwise : "none") : text;
}

int early_settings(const struct module *process, struct named_text *out)
{
	const char *stop = param_get(process, "early_stopping"), *keep = param_get(process, "keep_best");
	const char *patience = param_get(process, "early_stopping_patience"), *delta = param_get(process, "min_delta");
	int count = 0;
	if (!patience)
		patience = param_get(process, "patience");
	if (stop) {
		out[count++] = (struct named_text){"early_stopping", column_or_none(stop, NULL)};
		out[count++] = (struct named_text){"early_stopping_patience", patience ? patience : "10"};
		out[count++] = (struct named_text){"min_delta", delta ? delta : "0"};
	}
	if (keep)
		out[count++] = (struct named_text){"keep_best", column_or_none(keep, stop ? column_or_none(stop, NULL) : NULL)};
	return count;
}

bool early_swept(const struct pipeline *p)
{
	static const char *const keys[] = {"early_stopping", "early_stopping_patience", "patience", "min_delta", "keep_best"};
	const struct module *last = p->modules.count ? &p->modules.at[p->modules.count - 1] : NULL;
	for (int i = 0; last && strcmp(last->type, "process") == 0 && i < 5; i++)
		if (param_of(last, keys[i]))
			return true;
	return false;
}

/* ---- columns -------------------------------------------------------------------------------- */

static bool has_column(const struct graph *g, bool validation, const char *name)
{
	static const char *const parts[] = {"train_", "test_", "validation_"};
	for (int i = 0; i < (validation ? 3 : 2); i++) {
		size_t n = strlen(parts[i]);
		if (strncmp(name, parts[i], n) != 0)
			continue;
		if (strcmp(name + n, "loss") == 0 || (strcmp(name + n, "acc") == 0 && graph_find_output(g, "accuracy")))
			return true;
		for (int k = 0; k < g->outputs.count; k++)
			if (strcmp(g->outputs.at[k].role, "metric") == 0 && strcmp(g->outputs.at[k].name, name + n) == 0)
				return true;
	}
	return false;
}

/* The error of a column that a pipeline does not have. */
static void no_column(struct arena *a, const struct sweep *sweep, const struct pipeline *p, const struct graph *g, bool validation, const char *key, const char *name)
{
	const char *all = graph_find_output(g, "accuracy") ? "loss, acc" : "loss";
	const struct param *at = param_of(&sweep->process, key);
	for (int i = 0; i < g->outputs.count; i++)
		if (strcmp(g->outputs.at[i].role, "metric") == 0)
			all = arena_printf(a, "%s, %s", all, g->outputs.at[i].name);
	err(at ? at->at : sweep->process.at, "%s: %s has no column '%s'", key, p->line, ini_shown(a, name));
	if (strncmp(name, "validation_", 11) == 0 && !validation)
		hint("its data has no validation part: train_ or test_, and then %s", all);
	else if (strstr(name, "_acc") && !graph_find_output(g, "accuracy"))
		hint("it has no accuracy: train_%s or test_, and then %s", validation ? ", validation_" : "", all);
	else
		hint("train_%s or test_, and then %s", validation ? ", validation_" : "", all);
}

bool early_check(struct arena *a, const struct sweep *sweep, const struct pipeline *p, const struct graph *g, bool validation)
{
	struct module process = process_of(a, sweep, p);
	struct named_text settings[EARLY_SETTINGS_MAX];
	int count = early_settings(&process, settings);
	bool ok = true;
	for (int i = 0; i < count; i++) {
		const char *name = settings[i].value;
		bool column = strcmp(settings[i].name, "early_stopping") == 0 || strcmp(settings[i].name, "keep_best") == 0;
		if (!column || strcmp(name, "none") == 0)
			continue;
		name += strncmp(name, "max ", 4) == 0 || strncmp(name, "min ", 4) == 0 ? 4 + strspn(name + 4, " ") : 0;
		if (has_column(g, validation, name))
			continue;
		no_column(a, sweep, p, g, validation, settings[i].name, name);
		ok = false;
	}
	return ok;
}
