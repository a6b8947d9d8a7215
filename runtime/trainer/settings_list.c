/* settings_list.c: every setting of a program for people, for --help and --info: name, type, value, meaning. What is allowed: settings.c, schedule.c,
** early.c, which read them. */
#include "driver.h"

#include <string.h>

static const struct { const char *name, *kind, *meaning; } known[] = {
	{"epochs", "integer >= 0", "epochs in all, those of a resumed run included"},
	{"seed", "integer >= 0", "of all random numbers"},
	{"lr", "number >= 0", "learning rate"},
	{"beta1", "number >= 0, < 1", "decay of the mean of gradients"},
	{"beta2", "number >= 0, < 1", "decay of the mean of their squares"},
	{"eps", "number >= 0", "added where it divides"},
	{"weight_decay", "number >= 0", "how much weights shrink"},
	{"momentum", "number >= 0", "part of the last step that the next one repeats"},
	{"max_iter", "integer >= 1", "iterations of a step"},
	{"early_stopping", "column of the history", "train no further when it gets no better, such as test_loss or max test_acc"},
	{"early_stopping_patience", "integer >= 0", "epochs without a better value that are waited for"},
	{"min_delta", "number >= 0", "by how much a value is better"},
	{"keep_best", "column of the history", "keep the parameters of its best epoch, too"},
	{"milestones", "integers", "epochs at which the rate falls"},
	{"anneal_strategy", "cos or linear", "how the rate rises and falls"},
	{"three_phase", "true or false", "falls to the first rate as fast as it rose, then to the last one"},
	{"mode", "min or max", "which loss is better"},
	{"threshold_mode", "rel or abs", "what the threshold is a part of"},
	{"warmup_epochs", "number >= 0", "epochs in which the rate rises from 0"},
};

static void fill(struct trainer_setting_row *row)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].name, row->name) == 0) {
			row->kind = known[i].kind;
			row->meaning = known[i].meaning;
			return;
		}
	row->kind = "number";
	if (strcmp(row->name, "scheduler") == 0) {
		row->kind = "name of a schedule";
		row->meaning = "how the learning rate changes";
	} else if (trainer_schedule_key(row->name)) {
		row->meaning = "of the scheduler";
	} else {
		row->meaning = row->of;
	}
}

static const char *chosen(const struct mosaic_program *p, const struct trainer_pairs *set, const char *name)
{
	const char *value = set ? trainer_pairs_get(set, name) : NULL;

	return value ? value : trainer_setting_default(p, name);
}

void trainer_settings_list(const struct mosaic_program *p, const struct trainer_pairs *set, trainer_setting_shown *show, void *context)
{
	static const char *const others[] = {"early_stopping", "early_stopping_patience", "min_delta", "keep_best", "scheduler", "warmup_epochs"};
	static const char *const unset[] = {"none", "10", "0", "none", "none", "0"};
	const struct mosaic_optimizer *o = &p->optimizer;
	char number[40];

	for (const char *const *s = p->settings; s && s[0]; s += 2) {
		struct trainer_setting_row row = {.name = s[0], .value = chosen(p, set, s[0]), .of = o->name};
		if (strchr(s[0], '.'))                 /* of a data class */
			continue;
		fill(&row);
		show(context, &row);
	}
	for (int i = 0; i < o->hyper_count; i++) {
		struct trainer_setting_row row = {.name = o->hyper_names[i], .value = chosen(p, set, o->hyper_names[i]), .of = o->name};
		if (trainer_setting_default(p, row.name))
			continue;
		snprintf(number, sizeof number, "%g", o->hyper_defaults[i]);
		row.value = row.value ? row.value : number;
		fill(&row);
		show(context, &row);
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct trainer_setting_row row = {.name = others[i], .value = chosen(p, set, others[i])};
		if (trainer_setting_default(p, row.name))
			continue;
		row.value = row.value ? row.value : unset[i];
		fill(&row);
		show(context, &row);
	}
}

void trainer_fields_list(const struct mosaic_program *p, const struct trainer_pairs *set, const struct mosaic_data_class *c, trainer_setting_shown *show, void *context)
{
	char kind[200], name[300];

	for (int i = 0; i < c->field_count; i++) {
		const struct mosaic_field *f = &c->fields[i];
		if (f->kind == MOSAIC_FIELD_DERIVED)
			continue;
		snprintf(name, sizeof name, "%s.%s", c->section, f->name);
		const char *value = chosen(p, set, name);
		show(context, &(struct trainer_setting_row){.name = name, .kind = trainer_field_kind(f, kind, sizeof kind), .value = value ? value : f->fallback,
			.meaning = f->comment && *f->comment ? f->comment : NULL});
	}
}
