/* process.c: [PROCESS] and [MONITOR] become fields of struct sweep. settings.c has the table of their keys; a key of
** PROCESS with several values is swept, which expand.c does. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reading { struct arena *arena; struct sweep *sweep; struct process *out; const struct ini_section *ini; bool own_loss; };

const struct ini_section *section_find(const struct ini *ini, const char *name)
{
	for (int i = 0; i < ini->sections.count; i++)
		if (strcmp(ini->sections.at[i].name, name) == 0)
			return &ini->sections.at[i];
	return NULL;
}

static const struct ini_section *section_required(const struct ini *ini, const char *name)
{
	const struct ini_section *s = section_find(ini, name);
	if (s)
		return s;
	err((struct place){.file = ini->path}, "there is no section [%s]", name);
	for (int i = 0; i < ini->sections.count; i++)
		if (strcasecmp(ini->sections.at[i].name, name) == 0)
			note(ini->sections.at[i].at, "write this one as [%s]", name);
	hint("%s", strcmp(name, "PROCESS") == 0 ? "[PROCESS] needs at least epochs, data_scheme and pipeline_scheme"
		: "[MONITOR] may be empty, but must be there");
	return NULL;
}

/* As written, but on one line: what goes to the database for a value of several items. */
static const char *one_line(struct arena *a, const char *value)
{
	char *out = arena_alloc(a, strlen(value) + 1);
	size_t n = 0;
	for (const char *c = value; *c; c++) {
		bool space = strchr(" \t\r\n", *c) != NULL;
		if (!space || (n > 0 && out[n - 1] != ' '))
			out[n++] = space ? ' ' : *c;
	}
	return out;
}

/* ---- one key -------------------------------------------------------------------------------- */

static bool takes_items(const struct setting *s)
{
	return s->kind == SETTING_TYPES || s->kind == SETTING_DEVICES;
}

static bool check_items(struct arena *a, const struct setting *s, const struct values *v)
{
	bool ok = true;
	for (int i = 0; i < v->items.count; i++) {
		const struct item *item = &v->items.at[i];
		if (item->is_range && takes_items(s)) {
			err(item->value.at, "'%s' takes no range", s->name);
			ok = false;
		} else if (!item->is_range) {
			ok &= setting_check(a, s, item->value);
		}
	}
	return ok;
}

static bool is_single(struct arena *a, const struct setting *s, const struct ini_pair *pair, const struct values *v)
{
	if (s->kind == SETTING_PAIR && v->items.count == 2 && v->items.at[0].value.text[0] != '[') {
		err(v->items.at[0].value.at, "'%s' takes its numbers in brackets", s->name);
		hint("write %s = [%s]; without brackets they would be values to try one after the other", s->name, one_line(a, pair->value));
		return false;
	}
	if (!s->single || takes_items(s) || (v->items.count == 1 && !v->items.at[0].is_range))
		return true;
	struct place second = v->items.count > 1 ? v->items.at[1].value.at : v->items.at[0].value.at;
	err(second, "'%s' takes one value only", s->name);
	hint("%s", s->kind == SETTING_TEXT ? "put a text with commas between quotes"
		: "only modules and keys of [PROCESS] such as lr can have several values");
	return false;
}

/* A value of a key as it stands in the section, before its values are read. */
static const char *written_of(const struct ini_section *ini, const char *name)
{
	for (int i = 0; i < ini->pairs.count; i++)
		if (strcasecmp(ini->pairs.at[i].key, name) == 0 && ini->pairs.at[i].value[0])
			return ini->pairs.at[i].value;
	return NULL;
}

/* Does what this section chooses, one of a list or more, read the key? Where the loss is the user's, its own fields take the others. */
static bool is_read(const struct reading *r, const struct setting *s)
{
	if (s->reader != READ_BY_OPTIMIZER && s->reader != READ_BY_SCHEDULER)
		return s->reader != READ_BY_LOSS;
	if (strcmp(s->name, "patience") == 0 && written_of(r->ini, "early_stopping"))
		return true;
	const char *chooser = s->reader == READ_BY_SCHEDULER ? "scheduler" : "optimizer", *chosen = written_of(r->ini, chooser);
	for (const char *c = chosen ? chosen : setting_find("PROCESS", chooser)->fallback; *c;) {
		size_t n = strspn(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
		if (n && word_in(arena_strndup(r->arena, c, n), s->of))
			return true;
		c += n ? n : 1;
	}
	return false;
}

static bool read_pair(struct reading *r, struct module *m, const struct ini_pair *pair)
{
	struct arena *a = r->arena;
	const struct setting *s = setting_find(m->section, pair->key);
	struct values v;
	bool known = s != NULL;
	const char *others = NULL, *reader = s && s->reader == READ_BY_OPTIMIZER ? "optimizer" : s && s->reader == READ_BY_SCHEDULER ? "scheduler" : NULL;
	if (s && r->own_loss && !is_read(r, s)) {
		others = words_joined(a, s->of);
		s = NULL;                  /* a field of the user's loss may be called so */
		known = false;
	}
	if (!s && !r->own_loss) {
		setting_unknown(a, m->section, pair);
		return false;
	}
	if (s && s->kind == SETTING_RULE) {
		VEC_PUSH(a, &r->out->rules, pair);
		return true;
	}
	if (!values_read(a, pair, &v))
		return false;
	if (v.items.count == 0)
		return true;               /* an empty value counts as absent */
	if (s && (!is_single(a, s, pair, &v) || !check_items(a, s, &v)))
		return false;
	bool several = v.items.count > 1 || v.items.at[0].is_range;
	struct param p = {.name = s ? s->name : pair->key, .used = known, .at = v.items.at[0].value.at, .reader = known ? reader : NULL, .others = others};
	p.value = several ? one_line(a, pair->value) : v.items.at[0].value.text;
	VEC_PUSH(a, &m->params, p);
	if (several && !(s && takes_items(s)))
		VEC_PUSH(a, &r->out->swept, ((struct swept){p.name, pair, s, v, -1}));
	if (strcmp(p.name, "data_scheme") == 0)
		r->out->data_scheme = v;
	if (strcmp(p.name, "pipeline_scheme") == 0)
		r->out->pipeline_scheme = v;
	return true;
}

static bool read_section(struct reading *r, const struct ini_section *ini, struct module *m, const char *type)
{
	bool ok = true;
	*m = (struct module){.section = ini->name, .type = type, .class = type, .at = ini->at};
	r->ini = ini;
	r->own_loss = strcmp(type, "process") == 0 && written_of(ini, "class_loss_function");
	for (int i = 0; i < ini->pairs.count; i++)
		ok &= read_pair(r, m, &ini->pairs.at[i]);
	for (const struct setting *s = settings; s->name; s++) {
		bool written = false;
		for (int i = 0; i < ini->pairs.count; i++)
			written |= strcasecmp(ini->pairs.at[i].key, s->name) == 0 && ini->pairs.at[i].value[0];
		if (!s->required || written || strcmp(s->section, ini->name) != 0)
			continue;
		err(ini->at, "[%s] needs '%s'", ini->name, s->name);
		hint("%s: %s", s->name, s->doc);
		ok = false;
	}
	return ok;
}

/* ---- what concerns several keys ------------------------------------------------------------- */

const struct param *param_of(const struct module *m, const char *name)
{
	for (int i = 0; i < m->params.count; i++)
		if (strcmp(m->params.at[i].name, name) == 0)
			return &m->params.at[i];
	return NULL;
}

static bool read_loss(struct reading *r)
{
	struct sweep *sweep = r->sweep;
	const struct param *class = param_of(&sweep->process, "class_loss_function");
	const struct param *path = param_of(&sweep->process, "path_to_class_loss_function");
	const struct param *builtin = param_of(&sweep->process, "loss_function");
	if (class && builtin) {
		err(builtin->at, "both loss_function and class_loss_function are given");
		note(class->at, "the class is here");
		hint("keep one of them");
		return false;
	}
	if (!class != !path) {
		const struct param *given = class ? class : path;
		err(given->at, "'%s' needs '%s' beside it", given->name, class ? "path_to_class_loss_function" : "class_loss_function");
		return false;
	}
	if (!class)
		return true;
	struct module *loss = &sweep->loss;
	*loss = (struct module){.section = sweep->process.section, .type = "loss", .class = class->value, .path = path->value,
		.at = sweep->process.at, .class_at = class->at, .path_at = path->at};
	const struct values *list = NULL;
	for (int k = 0; k < r->out->swept.count; k++)
		if (strcmp(r->out->swept.at[k].name, class->name) == 0)
			list = &r->out->swept.at[k].values;
	if (list && !list->items.at[0].is_range) {
		loss->class = list->items.at[0].value.text;
		loss->class_at = list->items.at[0].value.at;
	}
	for (int i = 0; i < sweep->process.params.count; i++) {
		bool swept = false;
		for (int k = 0; k < r->out->swept.count; k++)
			swept |= strcmp(r->out->swept.at[k].name, sweep->process.params.at[i].name) == 0;
		if (!swept)
			VEC_PUSH(r->arena, &loss->params, sweep->process.params.at[i]);
	}
	for (int i = 1; list && i < list->items.count; i++) {
		struct module other = *loss;               /* shares what is known of the parameters: one that any of them takes is used */
		other.class = list->items.at[i].value.text;
		other.class_at = list->items.at[i].value.at;
		if (!list->items.at[i].is_range)
			VEC_PUSH(r->arena, &sweep->more_losses, other);
	}
	return true;
}

struct module *sweep_loss(const struct sweep *sweep, const struct pipeline *p)
{
	const char *class = process_get(sweep, p, "class_loss_function");
	for (int i = 0; class && i < sweep->more_losses.count; i++)
		if (strcmp(sweep->more_losses.at[i].class, class) == 0)
			return &sweep->more_losses.at[i];
	return (struct module *)&sweep->loss;
}

/* Is one of the optimisers (losses) of this sweep among those that read the key? */
static bool has_reader(const struct reading *r, const struct setting *s, const char *chooser, const char **chosen)
{
	for (int i = 0; i < r->out->swept.count; i++) {
		const struct swept *swept = &r->out->swept.at[i];
		if (strcmp(swept->name, chooser) != 0)
			continue;
		for (int k = 0; k < swept->values.items.count; k++)
			if (word_in(swept->values.items.at[k].value.text, s->of))
				return true;
	}
	*chosen = process_get(r->sweep, NULL, chooser);
	return word_in(*chosen, s->of);
}

static bool check_readers(const struct reading *r)
{
	bool ok = true;
	const struct module *m = &r->sweep->process;
	for (int i = 0; i < m->params.count; i++) {
		const struct setting *s = setting_find("PROCESS", m->params.at[i].name);
		if (!s || (s->reader == READ_ALWAYS && !s->of) || s->reader == READ_BY_EARLY || early_reads(r->sweep, s->name) || (r->sweep->loss.class && !m->params.at[i].used))
			continue;
		const char *chooser = s->reader == READ_BY_LOSS ? "loss_function" : s->reader == READ_BY_SCHEDULER ? "scheduler" : "optimizer", *chosen;
		if (has_reader(r, s, chooser, &chosen))
			continue;
		err(m->params.at[i].at, "'%s' has no effect: %s is %s", s->name, chooser, ini_shown(r->arena, chosen));
		hint("it is read by %s", words_joined(r->arena, s->of));
		ok = false;
	}
	return ok;
}

/* What says how SGD uses its momentum does nothing without one; torch refuses nesterov alone, too. */
static bool check_momentum(const struct reading *r)
{
	static const char *const keys[] = {"dampening", "nesterov"};
	bool ok = true, yes;
	for (int i = 0; i < 2 && !param_of(&r->sweep->process, "momentum"); i++) {
		const struct param *p = param_of(&r->sweep->process, keys[i]);
		if (!p || (i == 0 ? strtod(p->value, NULL) == 0 : !bool_read(p->value, &yes) || !yes))
			continue;
		err(p->at, "'%s' has no effect without momentum", p->name);
		hint("momentum = 0.9");
		ok = false;
	}
	return ok;
}

/* Levenberg-Marquardt needs the differences that a loss squares. With several losses the tracing finds out. */
static bool check_squares(const struct reading *r)
{
	const struct param *chosen = param_of(&r->sweep->process, "optimizer"), *own = param_of(&r->sweep->process, "class_loss_function");
	struct place at = {0};
	bool several = false;
	if (!chosen)
		return true;
	for (int i = 0; i < r->out->swept.count; i++) {
		const struct swept *s = &r->out->swept.at[i];
		several |= strcmp(s->name, "loss_function") == 0;
		for (int k = 0; k < s->values.items.count && strcmp(s->name, "optimizer") == 0; k++)
			if (strcmp(s->values.items.at[k].value.text, "LevenbergMarquardt") == 0)
				at = s->values.items.at[k].value.at;
	}
	if (strcmp(chosen->value, "LevenbergMarquardt") == 0)
		at = chosen->at;
	const char *loss = process_get(r->sweep, NULL, "loss_function");
	if (!at.line || several || (!own && strcmp(loss, "MSELoss") == 0))
		return true;
	err(at, "LevenbergMarquardt needs a sum of squares: loss_function = MSELoss, not %s", own ? "a class of your own" : ini_shown(r->arena, loss));
	hint("%s", "LBFGS and the others take any loss");
	return false;
}

/* What only a GPU knows: precision = tf32 and bf16, and gpu_products at all. */
static bool check_gpu_numbers(const struct reading *r, const char *name)
{
	const struct param *p = param_of(&r->sweep->process, name);
	const struct swept *swept = NULL;
	bool ok = true;
	for (int i = 0; i < r->out->swept.count; i++)
		if (strcmp(r->out->swept.at[i].name, name) == 0)
			swept = &r->out->swept.at[i];
	for (int i = 0; p && i < (swept ? swept->values.items.count : 1); i++) {
		const char *value = swept ? swept->values.items.at[i].value.text : p->value;
		if (r->sweep->need_gpu || strncmp(value, "float", 5) == 0)
			continue;
		err(swept ? swept->values.items.at[i].value.at : p->at, "%s = %s is for GPUs, and need_gpu is False", name, value);
		hint(strcmp(name, "precision") == 0 ? "need_gpu = True, or precision = float32" : "need_gpu = True, or no gpu_products");
		ok = false;
	}
	return ok;
}

const char *products_of(const struct sweep *sweep, const struct pipeline *p)
{
	const char *precision = process_get(sweep, p, "precision");
	if (strncmp(precision, "float", 5) != 0)
		return precision;
	return strcmp(process_get(sweep, p, "gpu_products"), "cublas") == 0 ? "cublas" : NULL;
}

/* native, sm_80, sm_90a: it becomes a flag of nvcc. */
static bool cuda_target(const char *target)
{
	if (strcmp(target, "native") == 0)
		return true;
	if (strncmp(target, "sm_", 3) != 0 || !isdigit((unsigned char)target[3]) || !isdigit((unsigned char)target[4]))
		return false;
	for (target += 5; isdigit((unsigned char)*target); target++)
		;
	return !*target || ((*target == 'a' || *target == 'f') && !target[1]);
}

static bool check_gpus(struct sweep *sweep)
{
	const struct param *need = param_of(&sweep->monitor, "need_gpu"), *gpus = param_of(&sweep->monitor, "gpu_available");
	if (!cuda_target(sweep->target_gpu)) {
		err(param_of(&sweep->monitor, "target_gpu")->at, "target_gpu is %s, which is no GPU", sweep->target_gpu);
		hint("target_gpu = sm_80, sm_90, ..., or native");
		return false;
	}
	if (!sweep->need_gpu || sweep->gpus.count)
		return true;
	err(gpus ? gpus->at : need->at, "need_gpu is True, but gpu_available names no GPU");
	hint("gpu_available = cuda:0");
	return false;
}

/* ---- struct sweep --------------------------------------------------------------------------- */

const char *param_get(const struct module *m, const char *name)
{
	const struct param *p = param_of(m, name);
	return p ? p->value : NULL;
}

const char *process_get(const struct sweep *sweep, const struct pipeline *p, const char *name)
{
	const struct module *last = p && p->modules.count ? &p->modules.at[p->modules.count - 1] : NULL;
	const char *value = last && strcmp(last->type, "process") == 0 ? param_get(last, name) : NULL;
	const struct setting *s = setting_find("PROCESS", name);
	value = value ? value : param_get(&sweep->process, name);
	return value ? value : s ? s->fallback : NULL;
}

struct module process_of(struct arena *a, const struct sweep *sweep, const struct pipeline *p)
{
	struct module m = sweep->process;
	size_t size = (size_t)m.params.count * sizeof *m.params.at;
	m.params.at = arena_alloc(a, size);
	if (size)
		memcpy(m.params.at, sweep->process.params.at, size);
	m.params.cap = m.params.count;
	for (int i = 0; i < m.params.count; i++)
		m.params.at[i].value = process_get(sweep, p, m.params.at[i].name);
	return m;
}

/* The value of a key for struct sweep: the first one of a swept key. */
static const char *first_of(const struct reading *r, const char *name)
{
	for (int i = 0; i < r->out->swept.count; i++) {
		const struct item *item = &r->out->swept.at[i].values.items.at[0];
		if (strcmp(r->out->swept.at[i].name, name) == 0)
			return item->is_range ? decimal_text(r->arena, item->range.from) : item->value.text;
	}
	return process_get(r->sweep, NULL, name);
}

static const char *monitor_get(const struct sweep *sweep, const char *name)
{
	const char *value = param_get(&sweep->monitor, name);
	return value ? value : setting_find("MONITOR", name)->fallback;
}

static void fill_sweep(const struct reading *r)
{
	struct sweep *s = r->sweep;
	s->epochs = (int)strtol(first_of(r, "epochs"), NULL, 10);
	s->seed = strtoull(first_of(r, "seed"), NULL, 10);
	s->loss_function = s->loss.class ? NULL : first_of(r, "loss_function");
	s->optimizer = first_of(r, "optimizer");
	s->precision = first_of(r, "precision");
	s->accuracy = first_of(r, "accuracy");
	s->run_files_path = first_of(r, "run_files_path");
	seconds_read(first_of(r, "checkpoint"), &s->checkpoint);
	seconds_read(first_of(r, "timeout"), &s->timeout);
	s->multiplicity = (int)strtol(monitor_get(s, "multiplicity"), NULL, 10);    /* auto: search.c */
	s->nb_processus = (int)strtol(monitor_get(s, "nb_processus"), NULL, 10);
	s->threads = (int)strtol(monitor_get(s, "threads"), NULL, 10);
	s->database = monitor_get(s, "database");
	s->cache_database_path = monitor_get(s, "cache_database_path");
	s->target = monitor_get(s, "target");
	s->target_gpu = monitor_get(s, "target_gpu");
	s->cc = monitor_get(s, "cc");
	size_read(monitor_get(s, "cache_size"), &s->cache_size);
	bool_read(monitor_get(s, "need_gpu"), &s->need_gpu);
}

static bool read_gpus(struct reading *r, const struct ini_section *monitor)
{
	bool none = false;
	struct place at = monitor->at;
	for (int i = 0; i < monitor->pairs.count; i++) {
		struct values v;
		if (strcasecmp(monitor->pairs.at[i].key, "gpu_available") != 0 || !values_read(r->arena, &monitor->pairs.at[i], &v))
			continue;
		at = monitor->pairs.at[i].value_at;
		for (int k = 0; k < v.items.count; k++) {
			const char *name = v.items.at[k].value.text;
			bool is_none = strcasecmp(name, "None") == 0;
			none |= is_none;
			if (!is_none)
				VEC_PUSH(r->arena, &r->sweep->gpus, name);
		}
	}
	if (!none || r->sweep->gpus.count == 0)
		return true;
	err(at, "gpu_available is None or a list of GPUs, not both");
	return false;
}

bool process_read(struct arena *a, struct sweep *sweep, struct process *out)
{
	struct reading r = {.arena = a, .sweep = sweep, .out = out};
	*out = (struct process){0};
	const struct ini_section *process = section_required(&sweep->ini, "PROCESS"), *monitor = section_required(&sweep->ini, "MONITOR");
	const struct ini_section *search = search_section(&sweep->ini);
	bool ok = process && monitor;
	ok &= process && read_section(&r, process, &sweep->process, "process");
	ok &= monitor && read_section(&r, monitor, &sweep->monitor, "monitor");
	ok &= !search || read_section(&r, search, &sweep->search_keys, "search");
	if (!ok)
		return false;
	ok = read_loss(&r);
	ok &= check_readers(&r);
	ok &= check_momentum(&r);
	ok &= early_read(sweep, out);
	ok &= check_squares(&r);
	ok &= read_gpus(&r, monitor);
	fill_sweep(&r);
	ok &= search_read(sweep, out);
	ok &= check_gpu_numbers(&r, "precision");
	ok &= check_gpu_numbers(&r, "gpu_products");
	return check_gpus(sweep) && ok;
}

bool process_expand(struct arena *a, struct process *p)
{
	bool ok = true;
	for (int i = 0; i < p->swept.count; i++) {
		struct swept *s = &p->swept.at[i];
		bool fits = values_expand(a, s->pair, &s->values);
		for (int k = 0; fits && s->setting && k < s->values.all.count; k++)
			fits = setting_check(a, s->setting, s->values.all.at[k]);
		ok &= fits;
	}
	return ok;
}
