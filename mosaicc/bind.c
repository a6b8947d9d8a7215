/* bind.c: finds the value of every field of a class: by name in its own section, in what info() of earlier modules said, in the
** other modules of the pipeline, in its default. What a text means for a type is in value.c. */
#include "mosaicc.h"

#include <string.h>

/* ---- where a value is found ----------------------------------------------------------------- */

static bool is_parameter(const char *name)
{
	return strcmp(name, "type") && strcmp(name, "class") && strcmp(name, "path_to_class") && strcmp(name, "key");
}

static struct param *own_param(struct module *m, const char *name)
{
	for (int i = 0; i < m->params.count; i++)
		if (strcmp(m->params.at[i].name, name) == 0 && is_parameter(name))
			return &m->params.at[i];
	return NULL;
}

/* The swept keys of [PROCESS]: no class; expand marked the settings among them as used. */
static bool is_process(const struct module *m)
{
	return m->type && strcmp(m->type, "process") == 0;
}

/* Of the modules before m the nearest first, then of those after it. A loss stands behind all; its own keys are in [PROCESS], so that
** only it looks among the swept ones. */
static struct param *other_param(struct module *m, struct pipeline *p, const char *name)
{
	int here = p->modules.count;
	for (int i = 0; i < p->modules.count; i++)
		if (&p->modules.at[i] == m)
			here = i;
	struct param *found = NULL;
	bool loss = here == p->modules.count;
	for (int i = here - 1; i >= 0 && !found; i--)
		found = loss || !is_process(&p->modules.at[i]) ? own_param(&p->modules.at[i], name) : NULL;
	for (int i = here + 1; i < p->modules.count && !found; i++)
		found = is_process(&p->modules.at[i]) ? NULL : own_param(&p->modules.at[i], name);
	return found;
}

static const struct info_value *find_info(const struct infos *infos, const char *name)
{
	for (int i = infos ? infos->values.count - 1 : -1; i >= 0; i--)    /* a later module may say it anew */
		if (strcmp(infos->values.at[i].name, name) == 0)
			return &infos->values.at[i];
	return NULL;
}

void bind_names(const struct class *class, struct module *m, struct pipeline *p)
{
	bool loss = m < p->modules.at || m >= p->modules.at + p->modules.count;
	m->bound = class;
	for (int i = 0; loss && i < p->modules.count; i++)
		if (is_process(&p->modules.at[i]))
			p->modules.at[i].bound = class;        /* its keys that are no settings are for the loss */
	for (int i = 0; i < class->fields.count; i++) {
		const struct field *f = &class->fields.at[i];
		if (f->kind == FIELD_DERIVED)
			continue;
		struct param *given = own_param(m, f->name);
		if (!given)
			given = other_param(m, p, f->name);
		if (given)
			given->used = true;
	}
}

/* ---- binding -------------------------------------------------------------------------------- */

/* A field of the user's loss that is called as a key which the optimizer or the scheduler reads, too. */
static bool is_ambiguous(const struct field *f, const struct module *m, const struct param *given)
{
	if (!given || !given->reader || strcmp(m->type, "loss") != 0)
		return false;
	if (err_once(given->at, "'%s' is read by the %s, and the loss has a field of that name", given->name, given->reader)) {
		note(f->at, "%s %s", f->type, f->name);
		hint("%s", "give the field another name: one number would mean two things");
	}
	return true;
}

/* 1: bound, 0: found nowhere, -1: an error was printed. */
static int bind_field(struct arena *a, const struct field *f, struct module *m, struct pipeline *p, const struct infos *infos,
	struct bound_field *out)
{
	struct param *given = own_param(m, f->name);
	const struct info_value *info = given ? NULL : find_info(infos, f->name);
	if (!given && !info)
		given = other_param(m, p, f->name);
	if (is_ambiguous(f, m, given))
		return -1;
	*out = (struct bound_field){.field = f, .given = given || info};
	out->text = given ? given->value : info ? info->value : f->fallback;
	out->at = given ? given->at : info ? m->at : f->at;
	if (!out->text)
		return 0;
	int before = diag.errors;
	if (field_value(a, f, out->text, out->at, &out->c_text)) {
		out->text = field_plain(a, f, out->text, out->c_text);
		return 1;
	}
	if (info && diag.errors > before)
		hint("the value is what info() of a module before [%s] says", shown(a, m->section));
	return -1;
}

/* Parameters of the section that no field has by name: one of them may be a missing field misspelt. */
static const struct param *misspelt(struct arena *a, const struct class *class, struct module *m, const char *missing)
{
	VEC(const char *) names = {0};
	for (int i = 0; i < m->params.count; i++)
		if (!m->params.at[i].used && is_parameter(m->params.at[i].name))
			VEC_PUSH(a, &names, m->params.at[i].name);
	for (int i = 0; i < class->fields.count; i++)
		for (int k = 0; k < names.count; k++)
			if (strcmp(class->fields.at[i].name, names.at[k]) == 0)
				names.at[k] = "";
	const char *near = nearest_name(missing, names.at, names.count);
	struct param *found = near && *near ? own_param(m, near) : NULL;
	if (found)
		found->used = true;            /* said here, so that bind_unused() does not say it again */
	return found;
}

static void report_missing(struct arena *a, const struct class *class, struct module *m, const struct field *const *missing, int count)
{
	struct text list = {0};
	text_add(&list, "");
	for (int i = 0; i < count; i++)
		text_printf(&list, "%s%s", i == 0 ? "" : i == count - 1 ? " and " : ", ", missing[i]->name);
	bool is_new = err_once(m->at, "[%s] needs %s: class %s has %s and nothing gives %s a value", shown(a, m->section), list.at, class->name,
		count > 1 ? "these parameters" : "this parameter", count > 1 ? "them" : "it");
	bool all_misspelt = true;
	for (int i = 0; i < count; i++) {
		const struct param *near = misspelt(a, class, m, missing[i]->name);
		all_misspelt = all_misspelt && near;
		if (near && is_new)
			note(near->at, "'%s' is no parameter of %s: did you mean '%s'?", shown(a, near->name), class->name, missing[i]->name);
		else if (is_new)
			note(missing[i]->at, "%s %s%s%s", missing[i]->type, missing[i]->name, missing[i]->comment ? ": " : "",
				missing[i]->comment ? missing[i]->comment : "");
	}
	if (is_new && !all_misspelt)
		hint("write a value into the section, let info() of a module before it tell one, or give the field a MOSAIC_DEFAULT");
	text_free(&list);
}

bool bind(struct arena *a, const struct class *class, struct module *m, struct pipeline *p, const struct infos *infos, struct bound *out)
{
	*out = (struct bound){.class = class};
	VEC(const struct field *) missing = {0};
	bool ok = true;
	bind_names(class, m, p);
	for (int i = 0; i < class->fields.count; i++) {
		const struct field *f = &class->fields.at[i];
		struct bound_field b;
		int found = f->kind == FIELD_DERIVED ? 0 : bind_field(a, f, m, p, infos, &b);
		ok = ok && found >= 0;
		if (found > 0)
			VEC_PUSH(a, &out->fields, b);
		else if (found == 0 && f->kind != FIELD_DERIVED)
			VEC_PUSH(a, &missing, f);
	}
	if (missing.count)
		report_missing(a, class, m, missing.at, missing.count);
	return ok && !missing.count;
}

/* ---- parameters that nobody used ------------------------------------------------------------ */

static void report_unused(struct arena *a, const struct module *m, const struct param *given)
{
	if (!said_first(arena_printf(a, "unused:%s:%s:%s", m->at.file, m->section, given->name)))
		return;                            /* for one of its values, or by another pipeline */
	struct text list = {0};
	VEC(const char *) names = {0};
	const struct class *class = m->bound;
	for (int i = 0; i < class->fields.count; i++) {
		if (class->fields.at[i].kind == FIELD_DERIVED)
			continue;
		VEC_PUSH(a, &names, class->fields.at[i].name);
		text_printf(&list, "%s%s", list.len ? ", " : "", class->fields.at[i].name);
	}
	err(given->at, "nobody uses '%s' of [%s]: class %s has no such parameter and no other module takes it", shown(a, given->name),
		shown(a, m->section), class->name);
	const char *near = nearest_name(given->name, names.at, names.count);
	if (given->others)
		hint("it is read by %s; parameters of %s: %s", given->others, class->name, list.len ? list.at : "none");
	else if (strcmp(given->name, "where") == 0 || strcmp(given->name, "zip") == 0 || strcmp(given->name, "match") == 0)
		hint("'%s' stands in the section [SEARCH]; %s.width is a parameter of this one", given->name, shown(a, m->section));
	else if (near)
		hint("did you mean '%s'? Parameters of %s: %s", near, class->name, list.at);
	else if (names.count)
		hint("parameters of %s: %s", class->name, list.at);
	else
		hint("%s has no parameters", class->name);
	text_free(&list);
}

static bool module_unused(const struct module *m)
{
	struct arena a = {0};
	bool ok = true;
	for (int i = 0; i < m->params.count; i++) {
		const struct param *given = &m->params.at[i];
		if (given->used || !is_parameter(given->name))
			continue;
		report_unused(&a, m, given);
		ok = false;
	}
	arena_free(&a);
	return ok;
}

bool bind_unused(struct pipeline *p)
{
	bool ok = true;
	for (int i = 0; i < p->modules.count; i++)
		if (!p->modules.at[i].bound && !is_process(&p->modules.at[i]))
			return true;
	for (int i = 0; i < p->modules.count; i++)
		ok &= !p->modules.at[i].bound || module_unused(&p->modules.at[i]);   /* [PROCESS] is bound with a loss */
	return ok;
}

bool bind_unused_loss(const struct module *loss)
{
	return !loss->bound || module_unused(loss);
}
