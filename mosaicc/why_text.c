/* why_text.c: what changed between the last generation and this one: the config key by key, machine.ninja, and of a trainer what its
** header says of its origin. */
#include "why.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the config ----------------------------------------------------------------------------------- */

/* The config as it was, without a word if it cannot be read any more: only names and values are looked at. */
static bool parse_quietly(struct arena *a, const char *path, const char *text, struct ini *out)
{
	struct diag saved = diag;
	char *copy = arena_strdup(a, text);
	diag.out = fopen("/dev/null", "w");
	bool ok = ini_parse(a, path, copy, strlen(copy), out);
	if (diag.out)
		fclose(diag.out);
	diag.out = saved.out;
	diag.errors = saved.errors;
	diag.warnings = saved.warnings;
	return ok;
}

bool why_read_before(struct build *b, struct why *w)
{
	const char *path = arena_printf(&b->arena, "%s/sweep.json", b->options.out);
	json_t *root = json_load_file(path, 0, NULL);
	const char *text = json_string_value(json_object_get(root, "config_text"));
	if (!text || !parse_quietly(&b->arena, b->options.config, text, &w->before))
		w->before = (struct ini){0};
	bool there = root != NULL;
	json_t *programs = json_object_get(root, "programs"), *one;
	size_t i;
	json_array_foreach(programs, i, one) {
		const char *name = json_string_value(json_object_get(one, "name"));
		if (name)
			VEC_PUSH(&b->arena, &w->had, arena_strdup(&b->arena, name));
	}
	json_decref(root);
	return there;
}

static const struct ini_section *section_of(const struct ini *ini, const char *name)
{
	for (int i = 0; i < ini->sections.count; i++)
		if (strcmp(ini->sections.at[i].name, name) == 0)
			return &ini->sections.at[i];
	return NULL;
}

static const char *value_of(const struct ini_section *s, const char *key)
{
	for (int i = 0; s && i < s->pairs.count; i++)
		if (strcmp(s->pairs.at[i].key, key) == 0)
			return s->pairs.at[i].value;
	return NULL;
}

static void compare_sections(struct arena *a, const struct ini_section *before, const struct ini_section *now, struct reasons *out)
{
	for (int i = 0; i < now->pairs.count; i++) {
		const struct ini_pair *p = &now->pairs.at[i];
		const char *had = value_of(before, p->key);
		if (!had)
			why_say(a, out, "%s = %s was added to [%s]", p->key, shown(a, p->value), now->name);
		else if (strcmp(had, p->value) != 0)
			why_say(a, out, "%s of [%s] changed from %s to %s", p->key, now->name, shown(a, had), shown(a, p->value));
	}
	for (int i = 0; i < before->pairs.count; i++)
		if (!value_of(now, before->pairs.at[i].key))
			why_say(a, out, "%s = %s was taken out of [%s]", before->pairs.at[i].key, shown(a, before->pairs.at[i].value), now->name);
}

void why_config(struct build *b, struct why *w)
{
	const struct ini *now = &b->sweep.ini;
	for (int i = 0; w->before.sections.count && i < now->sections.count; i++) {
		const struct ini_section *had = section_of(&w->before, now->sections.at[i].name);
		if (had)
			compare_sections(&b->arena, had, &now->sections.at[i], &w->config);
		else
			why_say(&b->arena, &w->config, "[%s] is new", now->sections.at[i].name);
	}
	for (int i = 0; i < w->before.sections.count; i++)
		if (!section_of(now, w->before.sections.at[i].name))
			why_say(&b->arena, &w->config, "[%s] is gone", w->before.sections.at[i].name);
}

/* What changed in the sections that a program's first pipeline comes from. */
static void config_of_program(struct build *b, const struct program *pr, struct reasons *out)
{
	const struct pipeline *p = pr->first;
	for (int i = -1; b->why->before.sections.count && i < p->modules.count; i++) {
		const char *name = i < 0 ? "PROCESS" : p->modules.at[i].section;
		const struct ini_section *had = section_of(&b->why->before, name), *now = section_of(&b->sweep.ini, name);
		if (had && now)
			compare_sections(&b->arena, had, now, out);
		else if (now)
			why_say(&b->arena, out, "[%s] is new", name);
	}
}

/* ---- machine.ninja ---------------------------------------------------------------------------------- */

/* The value of a variable in Ninja's text, in the arena. */
static const char *ninja_value(struct arena *a, const char *text, const char *name)
{
	size_t n = strlen(name);
	for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, name, n) == 0 && strncmp(line + n, " =", 2) == 0) {
			const char *value = line + n + 2 + (line[n + 2] == ' ');
			return arena_strndup(a, value, strcspn(value, "\n"));
		}
	return "";
}

void why_machine(struct build *b, struct why *w)
{
	static const struct { const char *name, *word; } names[] = {{"cc", "the compiler"}, {"target", "the target"}, {"library", "the runtime's library"},
		{"include_flags", "the folder of headers"}, {"link_flags", "the linker's flags"}};   /* others build nothing again */
	const struct file_change *f = why_changed(w, arena_printf(&b->arena, "%s/machine.ninja", b->options.out));
	for (size_t i = 0; f && f->before && i < sizeof names / sizeof *names; i++) {
		const char *had = ninja_value(&b->arena, f->before, names[i].name), *has = ninja_value(&b->arena, f->now, names[i].name);
		if (strcmp(had, has) != 0)
			why_say(&b->arena, &w->machine, "%s changed from %s to %s", names[i].word, *had ? had : "none", *has ? has : "none");
	}
}

/* ---- the header of a trainer -------------------------------------------------------------------------- */

enum origin { ORIGIN_VALUE, ORIGIN_FILE, ORIGIN_FACT };
struct told_value { enum origin origin; const char *section, *name, *value; };
struct head { VEC(struct told_value) values; };

static bool is_hash(const char *s)
{
	return strlen(s) == 32 && strspn(s, "0123456789abcdef") == 32;
}

/* "loss MSELoss, optimizer Adam, float32, batch 1, 49 parameters, program ..." */
static void read_facts(struct arena *a, char *line, struct head *h)
{
	char *rest = line;
	for (char *fact; (fact = strsep(&rest, ","));) {
		fact += *fact == ' ';
		char *space = strrchr(fact, ' ');
		struct told_value v = {.origin = ORIGIN_FACT, .section = "", .name = "precision", .value = arena_strdup(a, fact)};
		if (space && strcmp(space, " parameters") == 0) {
			v.name = "parameters";
			v.value = arena_strndup(a, fact, (size_t)(space - fact));
		} else if (space) {
			v.name = arena_strndup(a, fact, (size_t)(space - fact));
			v.value = arena_strdup(a, space + 1);
		}
		VEC_PUSH(a, &h->values, v);
	}
}

static void read_line(struct arena *a, char *line, const char **section, struct head *h)
{
	static const char made[] = ": trainer made by mosaicc ";
	char *made_by = strstr(line, made), *equals = strstr(line, " = "), *space = strrchr(line, ' ');
	if (made_by) {
		made_by += sizeof made - 1;
		VEC_PUSH(a, &h->values, ((struct told_value){ORIGIN_FACT, "", "mosaicc", arena_strndup(a, made_by, strcspn(made_by, ";"))}));
	} else if (strncmp(line, "loss ", 5) == 0 && strstr(line, ", program ")) {
		read_facts(a, line, h);
	} else if (*line == '[') {
		*section = arena_strndup(a, line + 1, strlen(line) > 2 ? strlen(line) - 2 : 0);
	} else if (strncmp(line, "    ", 4) == 0 && equals) {
		VEC_PUSH(a, &h->values, ((struct told_value){ORIGIN_VALUE, *section, arena_strndup(a, line + 4, (size_t)(equals - line - 4)), arena_strdup(a, equals + 3)}));
	} else if (space && is_hash(space + 1)) {
		VEC_PUSH(a, &h->values, ((struct told_value){ORIGIN_FILE, "", arena_strndup(a, line, (size_t)(space - line)), arena_strdup(a, space + 1)}));
	}
}

static void read_head(struct arena *a, const char *text, struct head *h)
{
	const char *end = strstr(text, "*/"), *section = "";
	char *copy = arena_strndup(a, text, end ? (size_t)(end - text) : 0), *rest = copy;
	for (char *line; (line = strsep(&rest, "\n"));) {
		line += strncmp(line, "** ", 3) == 0 || strncmp(line, "/* ", 3) == 0 ? 3 : 0;
		if (strncmp(line, "layer  ", 7) == 0)
			return;
		read_line(a, line, &section, h);
	}
}

static const char *in_head(const struct head *h, const struct told_value *like)
{
	for (int i = 0; i < h->values.count; i++) {
		const struct told_value *v = &h->values.at[i];
		if (v->origin == like->origin && strcmp(v->section, like->section) == 0 && strcmp(v->name, like->name) == 0)
			return v->value;
	}
	return NULL;
}

static void compare_value(struct arena *a, const struct told_value *v, const char *had, struct reasons *out)
{
	if (had && strcmp(had, v->value) == 0)
		return;
	if (v->origin == ORIGIN_VALUE && had)
		why_say(a, out, "%s of [%s] changed from %s to %s", v->name, v->section, had, v->value);
	else if (v->origin == ORIGIN_VALUE)
		why_say(a, out, "%s = %s of [%s] is new", v->name, v->value, v->section);
	else if (v->origin == ORIGIN_FILE)
		why_say(a, out, had ? "%s changed" : "%s is new", v->name);
	else if (strcmp(v->name, "mosaicc") == 0)
		why_say(a, out, "mosaicc %s made it, this is %s", had ? had : "of another time", v->value);
	else if (had && (strcmp(v->name, "loss") == 0 || strcmp(v->name, "optimizer") == 0 || strcmp(v->name, "precision") == 0))
		why_say(a, out, "%s changed from %s to %s", v->name, had, v->value);
}

static void compare_lanes(struct arena *a, const struct program *pr, const char *before, struct reasons *out)
{
	static const char mark[] = "#define LANES ";
	const char *at = strstr(before, mark);
	int had = at ? atoi(at + sizeof mark - 1) : pr->lanes;
	if (had != pr->lanes)
		why_say(a, out, "%d lanes instead of %d, since %d run%s share it", pr->lanes, had, pr->runs, pr->runs == 1 ? "" : "s");
}

/* Nothing that the header tells: the network differs by its hash, or only the text does. */
static void compare_networks(struct arena *a, const struct head *before, const struct head *now, struct reasons *out)
{
	const struct told_value hash = {ORIGIN_FACT, "", "program", ""};
	const char *had = in_head(before, &hash), *has = in_head(now, &hash);
	if (had && has && strcmp(had, has) == 0)
		why_say(a, out, "the network is the same, the text is not: lines of a module moved, mosaicc is another one, or somebody edited it");
	else
		why_say(a, out, "it computes something else: mosaicc's ops or kernels are others, or what was read from the data");
}

static bool was_generated(const struct why *w, const char *name)
{
	for (int i = 0; i < w->had.count; i++)
		if (strcmp(w->had.at[i], name) == 0)
			return true;
	return false;
}

void why_generated(struct build *b, const struct program *pr, const struct file_change *source, struct reasons *out)
{
	struct head before = {0}, now = {0};
	struct arena *a = &b->arena;
	if (source->change == CHANGE_NEW) {
		if (!b->why->generated)
			why_say(a, out, "nothing was generated yet");
		else if (was_generated(b->why, pr->name))
			why_say(a, out, access(pr->folder, F_OK) == 0 ? "its trainer.c is gone" : "its folder is gone");
		else
			config_of_program(b, pr, out);
		if (!out->list.count)
			why_say(a, out, "the last generation did not have it");
		return;
	}
	read_head(a, source->before, &before);
	read_head(a, source->now, &now);
	for (int i = 0; i < now.values.count; i++)
		compare_value(a, &now.values.at[i], in_head(&before, &now.values.at[i]), out);
	for (int i = 0; i < before.values.count; i++) {
		const struct told_value *v = &before.values.at[i];
		if (v->origin != ORIGIN_FACT && !in_head(&now, v))
			why_say(a, out, v->origin == ORIGIN_FILE ? "%s is not used any more" : "%s of [%s] is gone", v->name, v->section);
	}
	compare_lanes(a, pr, source->before, out);
	if (!out->list.count)
		config_of_program(b, pr, out);         /* defaults of a run, such as epochs */
	if (!out->list.count)
		compare_networks(a, &before, &now, out);
}
