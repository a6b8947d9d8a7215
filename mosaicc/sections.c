/* sections.c: which sections the schemes ask for, and whether each of them is a module: its keys, its values, its `key`.
** expand.c makes modules and pipelines of them. */
#include "config.h"

#include <string.h>
#include <strings.h>

const char *const module_keys[KEY_COUNT] = {"type", "class", "path_to_class", "key"};

int module_key(const char *name)
{
	for (int k = 0; k < KEY_COUNT; k++)
		if (strcasecmp(name, module_keys[k]) == 0)
			return k;
	return -1;
}

/* ---- schemes -------------------------------------------------------------------------------- */

static void add_scheme(struct expansion *x, const struct values *types, bool data)
{
	for (int i = 0; i < types->items.count; i++) {
		struct slot slot = {.type = types->items.at[i].value, .data = data};
		const char *name = slot.type.text;
		bool twice = false;
		for (int k = 0; k < x->slots.count && !twice; k++)
			twice = strcmp(x->slots.at[k].type.text, name) == 0;
		if (twice)
			err(slot.type.at, "type '%s' is in the schemes twice", ini_shown(x->arena, name));
		else if (strcmp(name, "process") == 0)
			err(slot.type.at, "'process' cannot be a type: it is the name under which swept keys of [PROCESS] appear");
		else if (x->slots.count >= PARAM_MAX)
			err(slot.type.at, "more than %d types in the schemes", PARAM_MAX);
		else
			VEC_PUSH(x->arena, &x->slots, slot);
	}
}

static struct slot *slot_of(struct expansion *x, const char *type)
{
	for (int i = 0; i < x->slots.count; i++)
		if (strcmp(x->slots.at[i].type.text, type) == 0)
			return &x->slots.at[i];
	return NULL;
}

/* ---- a section ------------------------------------------------------------------------------ */

static bool is_blank(const struct ini_pair *p)
{
	return p->value[strspn(p->value, " \t\r\n")] == 0;
}

static const struct ini_pair *find_pair(const struct ini_section *s, const char *key)
{
	for (int i = 0; i < s->pairs.count; i++)
		if (strcasecmp(s->pairs.at[i].key, key) == 0)
			return &s->pairs.at[i];
	return NULL;
}

static void missing_key(struct expansion *x, const struct ini_section *s, const char *key)
{
	const struct ini_pair *empty = find_pair(s, key);
	const char *names[PARAM_MAX] = {0};
	int count = 0;
	for (int i = 0; i < s->pairs.count; i++)
		if (module_key(s->pairs.at[i].key) < 0)
			names[count++] = s->pairs.at[i].key;
	const char *near = nearest_name(key, names, count);
	if (empty) {
		err(empty->value_at, "'%s' of [%s] is empty", key, ini_shown(x->arena, s->name));
		return;
	}
	err(s->at, "[%s] has no '%s'", ini_shown(x->arena, s->name), key);
	if (near)
		note(find_pair(s, near)->key_at, "did you mean %s?", key);
	else
		hint("a module needs type, class, path_to_class and key");
}

/* The text of `type` or `key`: never a list or a range, since a key has braces of its own. */
static bool read_text(struct expansion *x, const struct ini_pair *pair, struct values *out)
{
	*out = (struct values){0};
	if (pair->value[0] == '"' || pair->value[0] == '\'') {
		if (!values_read(x->arena, pair, out))
			return false;
		if (out->items.count == 1)
			return true;
		err(out->items.at[1].value.at, "'%s' takes one value only", pair->key);
		return false;
	}
	struct item item = {.value = {pair->value, pair->value_at}};
	size_t lines = strcspn(pair->value, "\r\n");
	if (pair->value[lines]) {
		err(ini_place(pair, lines), "'%s' must stand on one line", pair->key);
		return false;
	}
	VEC_PUSH(x->arena, &out->items, item);
	out->count = 1;
	return true;
}

/* The next {name} in a key, or NULL; name[n] is not '}' when it is not closed. */
static const char *next_hole(const char *s, const char **name, size_t *n)
{
	const char *open = strchr(s, '{');
	if (!open)
		return NULL;
	*name = open + 1;
	*n = strcspn(open + 1, "{}");
	return open;
}

static int pair_index(const struct candidate *c, const char *name, size_t n)
{
	for (int i = 0; i < c->pairs.count; i++)
		if (strncasecmp(c->pairs.at[i]->key, name, n) == 0 && c->pairs.at[i]->key[n] == 0)
			return i;
	return -1;
}

static void unknown_hole(struct expansion *x, const struct candidate *c, const char *hole, struct place at)
{
	const char *names[PARAM_MAX] = {0};
	int count = 0;
	for (int k = 0; k < c->pairs.count; k++)
		if (module_key(c->pairs.at[k]->key) != KEY_KEY)
			names[count++] = c->pairs.at[k]->key;
	const char *near = nearest_name(hole, names, count);
	err(at, "[%s] has no value '%s' to put into its key", ini_shown(x->arena, c->ini->name), ini_shown(x->arena, hole));
	if (near)
		hint("did you mean {%s}?", near);
}

/* `index`: of the pair `key` among those of the candidate. */
static void check_key(struct expansion *x, const struct candidate *c, int index)
{
	struct value key = c->values[index].items.at[0].value;
	const char *name;
	size_t n;
	if (c->pairs.at[index]->value[0] != key.text[0])
		key.at.col++;              /* it stands between quotes */
	for (const char *s = key.text, *open; (open = next_hole(s, &name, &n)); s = name + n + 1) {
		struct place at = key.at;
		at.col += (int)(open - key.text);
		if (name[n] != '}') {
			err(at, "'}' is missing in the key");
			return;
		}
		int i = pair_index(c, name, n);
		at.col++;
		if (i < 0 || i == index)
			unknown_hole(x, c, arena_strndup(x->arena, name, n), at);
	}
}

const char *key_fill(struct arena *a, const struct candidate *c, const struct module *m, const char *key)
{
	const char *name, *open;
	size_t n;
	struct text out = {0};
	text_add(&out, "");
	for (; (open = next_hole(key, &name, &n)); key = name + n + 1) {
		text_addn(&out, key, (size_t)(open - key));
		text_add(&out, m->params.at[pair_index(c, name, n)].value);
	}
	text_add(&out, key);
	char *copy = arena_strndup(a, out.at, out.len);
	text_free(&out);
	return copy;
}

static void check_class(struct expansion *x, const struct values *v)
{
	for (int i = 0; i < v->items.count; i++) {
		const struct item *item = &v->items.at[i];
		if (!item->is_range && name_is_identifier(item->value.text))
			continue;
		err(item->value.at, "'%s' cannot be a class: it is the name of a struct in C", ini_shown(x->arena, item->value.text));
		return;
	}
}

static void check_path(const struct values *v)
{
	for (int i = 0; i < v->items.count; i++) {
		if (!v->items.at[i].is_range && v->items.at[i].value.text[0])
			continue;
		err(v->items.at[i].value.at, "path_to_class is the name of a C file");
		return;
	}
}

static void read_values(struct expansion *x, struct candidate *c)
{
	c->values = arena_alloc(x->arena, (size_t)c->pairs.count * sizeof *c->values);
	c->count = 1;
	for (int i = 0; i < c->pairs.count; i++) {
		struct values *v = &c->values[i];
		int k = module_key(c->pairs.at[i]->key);
		bool text = k == KEY_TYPE || k == KEY_KEY;
		if (!(text ? read_text(x, c->pairs.at[i], v) : values_read(x->arena, c->pairs.at[i], v)))
			continue;
		if (k == KEY_CLASS)
			check_class(x, v);
		else if (k == KEY_PATH)
			check_path(v);
		else if (k == KEY_KEY)
			check_key(x, c, i);
		if (c->count <= RANGE_COUNT_TOO_BIG)
			c->count *= v->count;
	}
}

static void read_module(struct expansion *x, struct slot *slot, const struct ini_section *s)
{
	struct candidate c = {.ini = s, .type = slot->type.text, .data = slot->data};
	for (int k = 0; k < KEY_COUNT; k++) {
		const struct ini_pair *pair = find_pair(s, module_keys[k]);
		if (!pair || is_blank(pair))
			missing_key(x, s, module_keys[k]);
	}
	if (strpbrk(s->name, " \t")) {
		err(s->at, "the name of a module has no spaces: [%s]", ini_shown(x->arena, s->name));
		hint("write _ instead");
	}
	for (int i = 0; i < s->pairs.count; i++) {
		const struct ini_pair *pair = &s->pairs.at[i];
		if (strcasecmp(pair->key, "name") == 0)
			err(pair->key_at, "'name' cannot be a parameter: it is the section's name");
		if (!is_blank(pair))
			VEC_PUSH(x->arena, &c.pairs, pair);
	}
	read_values(x, &c);
	slot->count = slot->count + c.count > RANGE_COUNT_TOO_BIG ? RANGE_COUNT_TOO_BIG : slot->count + c.count;
	VEC_PUSH(x->arena, &slot->candidates, c);
}

static void read_section(struct expansion *x, const struct ini_section *s)
{
	if (s == search_section(&x->sweep->ini))
		return;
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "MONITOR" : "PROCESS";
		if (strcasecmp(s->name, name) != 0)
			continue;
		if (strcmp(s->name, name) != 0 && section_find(&x->sweep->ini, name)) {    /* else process.c has spoken of it */
			err(s->at, "[%s] is too near to [%s], which is there as well", s->name, name);
			hint("give this module another name");
		}
		return;
	}
	const struct ini_pair *pair = find_pair(s, "type");
	struct values type;
	if (!pair || is_blank(pair)) {
		missing_key(x, s, "type");
		return;
	}
	if (!read_text(x, pair, &type))
		return;
	size_t name = strcspn(type.items.at[0].value.text, ", {}[]");
	if (type.items.at[0].value.text[name]) {
		err(pair->value_at, "'%s' cannot be a type: a type is one name", ini_shown(x->arena, type.items.at[0].value.text));
		return;
	}
	struct slot *slot = slot_of(x, type.items.at[0].value.text);
	if (slot)
		read_module(x, slot, s);
	else
		VEC_PUSH(x->arena, &x->sweep->ignored, s->name);
}

static bool too_many_errors(struct expansion *x, int before)
{
	if (diag.errors - before < CONFIG_ERROR_LIMIT)
		return false;
	err((struct place){.file = x->sweep->ini.path}, "too many errors: the other sections were not read");
	return true;
}

/* A type of a scheme that no section has: often the section's name was written, or its type misspelt. */
static void missing_type(struct expansion *x, const struct slot *slot)
{
	const struct ini *ini = &x->sweep->ini;
	const char *name = slot->type.text, *near = NULL;
	const struct ini_section *same = section_find(ini, name);
	const struct ini_pair *type = same ? find_pair(same, "type") : NULL;
	err(slot->type.at, "no section has the type '%s'", ini_shown(x->arena, name));
	for (int i = 0; i < ini->sections.count && !near && strlen(name) >= 3; i++) {
		const struct ini_pair *pair = find_pair(&ini->sections.at[i], "type");
		near = pair && strcmp(pair->value, name) != 0 ? nearest_name(name, &pair->value, 1) : NULL;
	}
	if (type)
		note(type->value_at, "section [%s] has this type; schemes list types, not sections", ini_shown(x->arena, name));
	else if (near)
		hint("did you mean %s?", ini_shown(x->arena, near));
	else
		hint("a section with type = %s is needed", ini_shown(x->arena, name));
}


bool sections_read(struct expansion *x)
{
	const struct ini *ini = &x->sweep->ini;
	int errors_before = diag.errors;
	add_scheme(x, &x->process.data_scheme, true);
	add_scheme(x, &x->process.pipeline_scheme, false);
	for (int i = 0; i < ini->sections.count && !too_many_errors(x, errors_before); i++)
		read_section(x, &ini->sections.at[i]);
	for (int i = 0; i < x->slots.count && diag.errors - errors_before < CONFIG_ERROR_LIMIT; i++)
		if (x->slots.at[i].candidates.count == 0)
			missing_type(x, &x->slots.at[i]);
	return diag.errors == errors_before;
}
