/* repeats.c: can the launcher do what `multiplicity = auto` asks for, with the pipelines that there are? It is asked before anything is
** built; the launcher (runtime/launcher/auto.c) asks again, of what it is given. */
#include "config.h"

#include <string.h>

enum { COMPARED_MAX = 500 };             /* as in runtime/launcher/auto.c */

static bool is_key(const struct param *p)
{
	return strcmp(p->name, "key") == 0;
}

/* What the database calls it: mlp_key, mlp_brick_width. */
static const char *column_of(struct arena *a, const struct module *m, const struct param *p)
{
	return is_key(p) ? arena_printf(a, "%s_key", m->type) : arena_printf(a, "%s_%s", m->class ? m->class : "", p->name);
}

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), e = strlen(end);
	return n > e && s[n - e - 1] == '_' && strcmp(s + n - e, end) == 0;
}

/* Of a key, of a parameter with or without the name of its class, or of a setting. */
static const char *value_of(const struct sweep *s, const struct pipeline *p, const char *name)
{
	struct arena a = {0};
	const char *whole = NULL, *ending = NULL, *setting = process_get(s, p, name);
	for (int i = 0; i < p->modules.count && !whole; i++) {
		const struct module *m = &p->modules.at[i];
		if (strcmp(arena_printf(&a, "%s_key", m->type), name) == 0)
			whole = m->key;                                /* also that of `process`, which nobody writes */
		for (int k = 0; k < m->params.count && !whole; k++) {
			const char *column = column_of(&a, m, &m->params.at[k]), *value = is_key(&m->params.at[k]) ? m->key : m->params.at[k].value;
			if (strcmp(column, name) == 0)
				whole = value;
			else if (!ending && ends_in(column, name))
				ending = value;
		}
	}
	arena_free(&a);
	return whole ? whole : setting ? setting : ending;
}

static void err_nowhere(const struct sweep *s, const struct param *by)
{
	struct arena a = {0};
	struct words names = {0};
	const char *last = "mlp_key";
	for (int i = 0; i < s->pipelines.at[0].modules.count; i++)
		for (int k = 0; k < s->pipelines.at[0].modules.at[i].params.count; k++) {
			const struct module *m = &s->pipelines.at[0].modules.at[i];
			const struct param *p = &m->params.at[k];
			if (is_key(p) && m->path)
				VEC_PUSH(&a, &names.list, last = column_of(&a, m, p));
			else if (m->path && strcmp(p->name, "type") != 0 && strcmp(p->name, "class") != 0 && strcmp(p->name, "path_to_class") != 0)
				VEC_PUSH(&a, &names.list, p->name);
		}
	const char *near = nearest_name(by->value, names.list.at, names.list.count);
	err(by->at, "no pipeline has a parameter '%s', whose values `by` asks to compare", ini_shown(&a, by->value));
	if (near)
		hint("did you mean %s?", near);
	else
		hint("it is a key such as %s, a parameter of a class, or a key of [PROCESS]", last);
	arena_free(&a);
}

static int count_values(struct arena *a, const struct sweep *s, const char *by)
{
	struct words seen = {0};
	for (int i = 0; i < s->pipelines.count && seen.list.count <= COMPARED_MAX; i++) {
		const char *value = value_of(s, &s->pipelines.at[i], by);
		bool known = !value;
		for (int k = 0; k < seen.list.count && !known; k++)
			known = strcmp(seen.list.at[k], value) == 0;
		if (!known)
			VEC_PUSH(a, &seen.list, value);
	}
	return seen.list.count;
}

static const struct param *written(const struct module *m, const char *name)
{
	for (int i = 0; i < m->params.count; i++)
		if (strcmp(m->params.at[i].name, name) == 0)
			return &m->params.at[i];
	return NULL;
}

bool repeats_check(const struct sweep *s)
{
	const struct param *multiplicity = written(&s->monitor, "multiplicity"), *by = written(&s->monitor, "by");
	struct arena a = {0};
	if (!s->auto_multiplicity.maximum || !s->pipelines.count)
		return true;
	int count = *s->auto_multiplicity.by ? count_values(&a, s, s->auto_multiplicity.by) : s->pipelines.count;
	arena_free(&a);
	if (!count && by) {
		err_nowhere(s, by);
		return false;
	}
	if (count <= COMPARED_MAX)
		return true;
	if (by) {
		err(by->at, "multiplicity = auto compares %d values at most, and `by` has more", COMPARED_MAX);
		hint("compare a parameter with fewer values, or name a number as multiplicity");
	} else {
		const struct pipeline *p = &s->pipelines.at[0];
		const struct module *m = &p->modules.at[p->modules.count - 1 - (p->modules.count > 1 && !p->modules.at[p->modules.count - 1].path)];
		err(multiplicity->at, "multiplicity = auto compares %d pipelines at most; there are %d", COMPARED_MAX, count);
		hint("in [MONITOR], `by = %s_key` compares the values of one parameter, over all else", m->type);
	}
	return false;
}
