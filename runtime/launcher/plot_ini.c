/* plot_ini.c: reads plot_config.ini as Python's configparser does: sections, `key = value` or `key: value`, names of keys in any
** case, values that go on in indented lines, comments from # or ; at the start of a line. The section `global` says nothing of a plot. */
#include "plot_ini.h"

#include "launcher.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { INI_MAX = 1 << 20, SECTIONS_MAX = 1000, ITEMS_MAX = 10000 };

static const char *const keys[] = {"abscissae", "ordinates", "include_keys", "include_values", "excludes", "plot_type", "plot_scale", "errorbars_style"};
enum { KEY_ABSCISSAE, KEY_ORDINATES, KEY_INCLUDE_KEYS, KEY_INCLUDE_VALUES, KEY_EXCLUDES, KEY_TYPE, KEY_SCALE, KEY_STYLE, KEYS };

struct reader {
	const char *path;
	struct plot_ini *out;
	struct { char *value; int line; } here[KEYS], fallback[KEYS];   /* of this section, and of [DEFAULT] */
	enum { NOWHERE, IN_PLOT, IN_GLOBAL, IN_DEFAULT } where;
	int last;                                              /* key that an indented line goes on with, -1 none */
	struct plot_section section;
	bool failed;
};

static bool wrong(struct reader *r, int line, const char *what, const char *detail)
{
	complain("%s:%d: %s%s", r->path, line, what, detail);
	r->failed = true;
	return false;
}

/* ---- values ---- */

static void add_word(struct words *w, const char *s, size_t n)
{
	w->at = grow(w->at, &w->cap, w->count, sizeof *w->at);
	w->at[w->count++] = need(strndup(s, n));
}

/* The next item ends at a comma or a blank, unless it is quoted. NULL: none is left before `stop`. */
static const char *next_word(const char *s, const char *stop, struct words *out)
{
	while (s < stop && (isspace((unsigned char)*s) || *s == ','))
		s++;
	if (s == stop)
		return NULL;
	if (*s == '"' || *s == '\'') {
		const char *end = memchr(s + 1, *s, (size_t)(stop - s - 1));
		end = end ? end : stop;
		add_word(out, s + 1, (size_t)(end - s - 1));
		return end < stop ? end + 1 : stop;
	}
	const char *end = s;
	while (end < stop && !isspace((unsigned char)*end) && *end != ',')
		end++;
	add_word(out, s, (size_t)(end - s));
	return end;
}

static void words_of(const char *value, size_t n, struct words *out)
{
	const char *stop = value + n;
	for (const char *s = value; s && out->count < ITEMS_MAX;)
		s = next_word(s, stop, out);
}

static void add_list(struct lists *l, const char *s, size_t n)
{
	struct words w = {0};
	words_of(s, n, &w);
	l->at = grow(l->at, &l->cap, l->count, sizeof *l->at);
	l->at[l->count++] = w;
}

/* "[a, b], [30, 60], 3" */
static bool lists_of(struct reader *r, int line, const char *value, struct lists *out)
{
	for (const char *s = value + strspn(value, ", \t\n"); *s && out->count < ITEMS_MAX; s += strspn(s, ", \t\n")) {
		if (*s != '[') {
			size_t n = strcspn(s, ", \t\n[");
			if (*s == '"' || *s == '\'')
				n = strchr(s + 1, *s) ? (size_t)(strchr(s + 1, *s) - s) + 1 : strlen(s);
			add_list(out, s, n);
			s += n;
			continue;
		}
		const char *end = strchr(s, ']');
		if (!end)
			return wrong(r, line, "a list is not closed: ", "] is missing");
		add_list(out, s + 1, (size_t)(end - s - 1));
		s = end + 1;
	}
	return true;
}

/* One of `names`; the place of the value in them. */
static int choice(struct reader *r, int key, const char *const *names, int count)
{
	const char *value = r->here[key].value;
	if (!value || !*value)
		return 0;
	for (int i = 0; i < count; i++)
		if (!strcasecmp(value, names[i]))
			return i;
	struct text list = {0};
	for (int i = 0; i < count; i++)
		text_printf(&list, "%s%s", !i ? "" : i == count - 1 ? " or " : ", ", names[i]);
	complain("%s:%d: %s is '%s'", r->path, r->here[key].line, keys[key], value);
	hint("it can be %s", list.at);
	text_free(&list);
	r->failed = true;
	return 0;
}

/* ---- sections ---- */

static void take_words(struct reader *r, int key, struct words *out)
{
	if (r->here[key].value)
		words_of(r->here[key].value, strlen(r->here[key].value), out);
}

static void check(struct reader *r)
{
	const struct plot_section *s = &r->section;
	if (!s->abscissae.count || !s->ordinates.count) {
		complain("%s:%d: [%s] has no %s", r->path, s->line, s->name, s->abscissae.count ? "ordinates" : "abscissae");
		hint("`abscissae = nb_params` and `ordinates = test_loss`, for example");
		r->failed = true;
	} else if (s->include_keys.count != s->include_values.count) {
		complain("%s:%d: [%s] has %d include_keys and %d include_values", r->path, s->line, s->name, s->include_keys.count, s->include_values.count);
		hint("one list a key: `include_keys = dataset_key, length` and `include_values = [or, and], [3, 4]`");
		r->failed = true;
	}
}

static void finish_section(struct reader *r)
{
	static const char *const types[] = {"line", "point", "violin", "box"}, *const scales[] = {"area", "count", "width"}, *const styles[] = {"bars", "fill_between"};
	if (r->where != IN_PLOT)
		return;
	for (int i = 0; i < KEYS; i++)
		if (!r->here[i].value && r->fallback[i].value) {
			r->here[i].value = copy(r->fallback[i].value);
			r->here[i].line = r->fallback[i].line;
		}
	take_words(r, KEY_ABSCISSAE, &r->section.abscissae);
	take_words(r, KEY_ORDINATES, &r->section.ordinates);
	take_words(r, KEY_INCLUDE_KEYS, &r->section.include_keys);
	take_words(r, KEY_EXCLUDES, &r->section.excludes);
	if (r->here[KEY_INCLUDE_VALUES].value)
		lists_of(r, r->here[KEY_INCLUDE_VALUES].line, r->here[KEY_INCLUDE_VALUES].value, &r->section.include_values);
	r->section.type = (enum plot_type)choice(r, KEY_TYPE, types, 4);
	r->section.scale = (enum violin_scale)choice(r, KEY_SCALE, scales, 3);
	r->section.band = choice(r, KEY_STYLE, styles, 2);
	if (!r->failed)
		check(r);
	r->out->at = grow(r->out->at, &r->out->cap, r->out->count, sizeof r->section);
	r->out->at[r->out->count++] = r->section;
	r->section = (struct plot_section){0};
	for (int i = 0; i < KEYS; i++) {
		free(r->here[i].value);
		r->here[i].value = NULL;
	}
}

static bool open_section(struct reader *r, char *s, int line)
{
	char *end = strchr(s, ']');
	finish_section(r);
	r->last = -1;
	if (!end)
		return wrong(r, line, "a section's name ends with ]", "");
	*end = '\0';
	r->where = !strcmp(s + 1, "global") ? IN_GLOBAL : !strcmp(s + 1, "DEFAULT") ? IN_DEFAULT : IN_PLOT;
	if (r->where != IN_PLOT)
		return true;
	if (r->out->count == SECTIONS_MAX)
		return wrong(r, line, "too many sections", "");
	r->section = (struct plot_section){.name = copy(s + 1), .line = line};
	return true;
}

static bool unknown_key(struct reader *r, int line, const char *name)
{
	const char *near = nearest(name, keys, KEYS);
	complain("%s:%d: there is no key '%s'", r->path, line, name);
	if (near)
		hint("did you mean '%s'?", near);
	else
		hint("keys: abscissae, ordinates, include_keys, include_values, excludes, plot_type, plot_scale, errorbars_style");
	r->failed = true;
	return false;
}

static char *trim(char *s)
{
	s += strspn(s, " \t\r");
	for (size_t n = strlen(s); n && strchr(" \t\r", s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

static bool take_pair(struct reader *r, char *s, int line)
{
	char *equals = strpbrk(s, "=:");
	if (r->where == NOWHERE)
		return wrong(r, line, "this stands before the first section", "");
	if (r->where == IN_GLOBAL)
		return true;
	if (!equals)
		return wrong(r, line, "neither a section nor `key = value`: ", s);
	*equals = '\0';
	char *name = trim(s), *value = trim(equals + 1);
	for (int i = 0; i < KEYS; i++) {
		if (strcasecmp(name, keys[i]))
			continue;
		char **at = r->where == IN_DEFAULT ? &r->fallback[i].value : &r->here[i].value;
		if (*at)
			return wrong(r, line, "this key was given twice: ", keys[i]);
		*at = copy(value);
		*(r->where == IN_DEFAULT ? &r->fallback[i].line : &r->here[i].line) = line;
		r->last = i;
		return true;
	}
	r->last = -1;
	return unknown_key(r, line, name);
}

static void go_on(struct reader *r, const char *s)
{
	char **at = r->where == IN_DEFAULT ? &r->fallback[r->last].value : &r->here[r->last].value;
	char *whole = format("%s\n%s", *at, s);
	free(*at);
	*at = whole;
}

static void read_line(struct reader *r, char *s, int line)
{
	bool indented = *s == ' ' || *s == '\t';
	s = trim(s);
	if (!*s || *s == '#' || *s == ';')
		return;
	if (indented && r->last >= 0)
		go_on(r, s);
	else if (*s == '[')
		open_section(r, s, line);
	else
		take_pair(r, s, line);
}

bool plot_ini_read(const char *path, struct plot_ini *out)
{
	struct reader r = {.path = path, .out = out, .last = -1};
	char *text = file_read(path, INI_MAX, NULL), *next = text, *line;
	*out = (struct plot_ini){0};
	if (!text) {
		complain("%s: %s", path, strerror(errno));
		return false;
	}
	if (!strncmp(text, "\xef\xbb\xbf", 3))
		next += 3;
	for (int n = 1; (line = strsep(&next, "\n")); n++)
		read_line(&r, line, n);
	finish_section(&r);
	for (int i = 0; i < KEYS; i++) {
		free(r.here[i].value);
		free(r.fallback[i].value);
	}
	free(text);
	if (!r.failed && !out->count) {
		complain("%s: no section describes a plot", path);
		hint("[name], then `abscissae = nb_params` and `ordinates = test_loss`");
		r.failed = true;
	}
	if (r.failed)
		plot_ini_free(out);
	return !r.failed;
}

static void words_free(struct words *w)
{
	for (int i = 0; i < w->count; i++)
		free(w->at[i]);
	free(w->at);
}

void plot_ini_free(struct plot_ini *ini)
{
	for (int i = 0; i < ini->count; i++) {
		struct plot_section *s = &ini->at[i];
		words_free(&s->abscissae);
		words_free(&s->ordinates);
		words_free(&s->include_keys);
		words_free(&s->excludes);
		for (int k = 0; k < s->include_values.count; k++)
			words_free(&s->include_values.at[k]);
		free(s->include_values.at);
		free(s->name);
	}
	free(ini->at);
	*ini = (struct plot_ini){0};
}
