/* ini.c: reads the configuration file; every key and value keeps its place.
** The rules are those of Python's configparser, which reads the same files: comments on lines of their own, `=` or `:`,
** indented lines continue a value. What the values mean is not known here (items.c, settings.c, expand.c). */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

enum { FILE_LIMIT = 16 * 1024 * 1024, SECTION_LIMIT = 10000, WARNING_LIMIT = 20 };

struct reader {
	struct arena *arena;
	const char *path;
	char *text;                        /* our copy: comments inside a value are blanked in it */
	int line;
	struct ini *ini;
	VEC(uint64_t) section_hashes;
	size_t value_start, value_end;     /* of the last key; start 0: no key that a line could continue */
	size_t indent;                     /* of the last line that was no continuation */
	bool skipping;                     /* the last key was refused: so are the lines that continue it */
	bool section_full;                 /* and that was said */
	bool stray_reported, encoding_reported, full_reported;
	int errors_before, warnings;
};

static struct place place_at(const struct reader *r, size_t column)
{
	return (struct place){r->path, r->line, (int)column + 1};
}

struct place ini_place(const struct ini_pair *pair, size_t offset)
{
	struct place at = pair->value_at;
	for (size_t i = 0; i < offset && pair->value[i]; i++) {
		at.col++;
		if (pair->value[i] == '\n') {
			at.line++;
			at.col = 1;
		}
	}
	return at;
}

const char *ini_shown(struct arena *a, const char *s)
{
	enum { LONGEST = 60 };
	size_t n = strnlen(s, LONGEST + 1);
	if (n <= LONGEST)
		return s;
	for (n = LONGEST; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
		;
	return arena_printf(a, "%.*s...", (int)n, s);
}

/* ---- bytes ---------------------------------------------------------------------------------- */

/* Length of the UTF-8 character at s, or 0: not UTF-8 (overlong forms and surrogates are not). */
static size_t utf8_length(const unsigned char *s, size_t n)
{
	size_t length = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
	if (length == 0 || length > n)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	bool bad = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f);
	return bad ? 0 : length;
}

/* Control characters never get past this: later messages print values as they are. */
static bool line_is_text(struct reader *r, const char *line, size_t n)
{
	for (size_t i = 0, length; i < n; i += length) {
		unsigned char c = (unsigned char)line[i];
		length = utf8_length((const unsigned char *)line + i, n - i);
		bool control = (c < ' ' && c != '\t') || c == 0x7f || (length == 2 && c == 0xc2 && (unsigned char)line[i + 1] < 0xa0);
		if (control && length) {
			err(place_at(r, i), "a control character (byte 0x%02x) in the config", length == 2 ? (unsigned char)line[i + 1] : c);
			return false;
		}
		if (length)
			continue;
		if (!r->encoding_reported)
			err(place_at(r, i), "byte 0x%02x is not UTF-8", c);
		if (!r->encoding_reported)
			hint("save the file as UTF-8 (from Latin-1: iconv -f latin1 -t utf-8)");
		r->encoding_reported = true;
		return false;
	}
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static size_t skip_space(const char *s, size_t from, size_t to)
{
	while (from < to && is_space(s[from]))
		from++;
	return from;
}

static size_t trim_end(const char *s, size_t from, size_t to)
{
	while (to > from && is_space(s[to - 1]))
		to--;
	return to;
}

/* ---- sections and keys ---------------------------------------------------------------------- */

static struct ini_section *current(struct reader *r)
{
	return r->ini->sections.count ? &r->ini->sections.at[r->ini->sections.count - 1] : NULL;
}

/* A value is cut out when the next key, section or the end of the file shows that it is complete. */
static void finish_value(struct reader *r)
{
	if (!r->value_start)
		return;
	struct ini_section *s = current(r);
	struct ini_pair *pair = &s->pairs.at[s->pairs.count - 1];
	pair->value = arena_strndup(r->arena, r->text + r->value_start, r->value_end - r->value_start);
	r->value_start = 0;
	if (pair->value[0] == '"' || pair->value[0] == '\'')
		return;
	for (const char *c = pair->value; *c; c++) {
		if ((*c != '#' && *c != ';') || c == pair->value || !is_space(c[-1]) || r->warnings++ >= WARNING_LIMIT)
			continue;
		warn(ini_place(pair, (size_t)(c - pair->value)), "'%c' after a value is part of the value", *c);
		hint("write the comment on a line of its own, or put the value between quotes");
		return;
	}
}

static void check_section_twice(struct reader *r, const struct ini_section *s)
{
	struct hash128 h = hash_bytes(s->name, strlen(s->name));
	for (int i = 0; i < r->section_hashes.count; i++) {
		if (r->section_hashes.at[i] != h.lo || strcmp(r->ini->sections.at[i].name, s->name) != 0)
			continue;
		err(s->at, "section [%s] is there twice", ini_shown(r->arena, s->name));
		note(r->ini->sections.at[i].at, "the first one is here");
		break;
	}
	VEC_PUSH(r->arena, &r->section_hashes, h.lo);
}

static void read_section(struct reader *r, const char *line, size_t from, size_t to)
{
	struct place at = place_at(r, from);
	size_t close = from + 1;
	while (close < to && line[close] != ']')
		close++;
	size_t start = skip_space(line, from + 1, close), end = trim_end(line, start, close);
	struct ini_section s = {.name = arena_strndup(r->arena, line + start, end - start), .at = at};
	if (close == to) {
		err(place_at(r, to), "']' is missing after the section's name");
	} else if (start == end) {
		err(at, "a section without a name");
	} else if (skip_space(line, close + 1, to) < to) {
		err(place_at(r, skip_space(line, close + 1, to)), "unexpected text after [%s]", ini_shown(r->arena, s.name));
		hint("keys stand on lines of their own");
	} else if (strcmp(s.name, "DEFAULT") == 0) {
		err(at, "[DEFAULT] is not read: sections inherit nothing");
		hint("write its values into each section that needs them");
	}
	if (r->ini->sections.count >= SECTION_LIMIT) {
		if (!r->full_reported)
			err(at, "more than %d sections", SECTION_LIMIT);
		r->full_reported = true;
		return;
	}
	check_section_twice(r, &s);
	r->section_full = false;
	VEC_PUSH(r->arena, &r->ini->sections, s);
}

/* Conditions of [SEARCH] may stand on lines of their own. */
static bool may_repeat(const struct ini_section *s, const char *key)
{
	return strcmp(s->name, "SEARCH") == 0 && (strcasecmp(key, "where") == 0 || strcasecmp(key, "zip") == 0);
}

static bool key_fits(struct reader *r, const struct ini_pair *pair)
{
	struct ini_section *s = current(r);
	if (!name_is_identifier(pair->key)) {
		err(pair->key_at, "'%s' cannot be a key: a key is made of letters, digits and _", ini_shown(r->arena, pair->key));
		return false;
	}
	for (int i = 0; i < s->pairs.count; i++) {
		if (strcasecmp(s->pairs.at[i].key, pair->key) != 0 || may_repeat(s, pair->key))
			continue;
		err(pair->key_at, "'%s' is given twice in [%s]", ini_shown(r->arena, pair->key), ini_shown(r->arena, s->name));
		note(s->pairs.at[i].key_at, "the first one is here");
		return false;
	}
	if (s->pairs.count < PARAM_MAX)
		return true;
	if (!r->section_full)
		err(pair->key_at, "more than %d keys in [%s]", PARAM_MAX, ini_shown(r->arena, s->name));
	r->section_full = true;
	return false;
}

static void read_pair(struct reader *r, const char *line, size_t from, size_t to)
{
	size_t separator = from;
	while (separator < to && line[separator] != '=' && line[separator] != ':')
		separator++;
	struct ini_pair pair = {.key_at = place_at(r, from), .value = ""};
	pair.key = arena_strndup(r->arena, line + from, trim_end(line, from, separator) - from);
	r->skipping = true;
	if (separator == to) {
		err(pair.key_at, "neither a [section], nor key = value, nor a comment: '%s'", ini_shown(r->arena, pair.key));
		hint("comments start with # or ;, and a line that continues a value is indented more than its key");
		return;
	}
	if (!pair.key[0]) {
		err(pair.key_at, "there is no key before '%c'", line[separator]);
		return;
	}
	size_t start = skip_space(line, separator + 1, to);
	pair.value_at = place_at(r, start);
	if (!key_fits(r, &pair))
		return;
	VEC_PUSH(r->arena, &current(r)->pairs, pair);
	r->skipping = false;
	r->value_start = (size_t)(line - r->text) + start;
	r->value_end = (size_t)(line - r->text) + to;
}

/* ---- lines ---------------------------------------------------------------------------------- */

static bool looks_like_pair(const char *line, size_t from, size_t to)
{
	size_t i = from;
	while (i < to && (isalnum((unsigned char)line[i]) || line[i] == '_'))
		i++;
	bool name = i > from && !isdigit((unsigned char)line[from]);
	i = skip_space(line, i, to);
	return name && i < to && line[i] == '=' && !(i + 1 < to && line[i + 1] == '=');
}

/* configparser takes an indented `key = value` or `[section]` for a part of the value above: nobody ever meant that. */
static void check_continuation(struct reader *r, const char *line, size_t from, size_t to)
{
	struct ini_section *s = current(r);
	const char *key = s->pairs.at[s->pairs.count - 1].key;
	bool open = r->value_end == r->value_start || r->text[r->value_end - 1] == ',';
	bool section = !open && line[from] == '[' && line[to - 1] == ']' && isalpha((unsigned char)line[from + 1]);
	if (!section && !looks_like_pair(line, from, to))
		return;
	err(place_at(r, from), "this line is indented, so it continues the value of '%s'", ini_shown(r->arena, key));
	hint("start it in the column of '%s'", ini_shown(r->arena, key));
}

static void continue_value(struct reader *r, const char *line, size_t from, size_t to)
{
	struct ini_section *s = current(r);
	check_continuation(r, line, from, to);
	if (r->value_end == r->value_start) {
		r->value_start = (size_t)(line - r->text) + from;
		s->pairs.at[s->pairs.count - 1].value_at = place_at(r, from);
	}
	r->value_end = (size_t)(line - r->text) + to;
}

static void read_line(struct reader *r, char *line, size_t n)
{
	size_t skip = r->line == 1 && n >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	size_t to = trim_end(line, skip, n), from = skip_space(line, skip, to);
	if (!line_is_text(r, line, to) || from == to)
		return;
	if (line[from] == '#' || line[from] == ';') {
		memset(line, ' ', to);
		return;
	}
	if ((r->value_start || r->skipping) && from - skip > r->indent) {
		if (r->value_start)
			continue_value(r, line, from, to);
		return;
	}
	finish_value(r);
	r->skipping = false;
	r->indent = from - skip;
	if (line[from] == '[') {
		read_section(r, line, from, to);
	} else if (current(r)) {
		read_pair(r, line, from, to);
	} else if (!r->stray_reported) {
		r->stray_reported = true;
		err(place_at(r, from), "this line stands before the first [section]");
	}
}

bool ini_parse(struct arena *a, const char *path, char *text, size_t size, struct ini *out)
{
	*out = (struct ini){.path = path};
	struct reader r = {.arena = a, .path = path, .text = text, .ini = out, .errors_before = diag.errors};
	for (size_t at = 0; at < size;) {
		char *end = memchr(text + at, '\n', size - at);
		size_t n = end ? (size_t)(end - text) - at : size - at;
		r.line++;
		char *zero = memchr(text + at, 0, n);
		if (zero) {
			err(place_at(&r, (size_t)(zero - text) - at), "a NUL byte: this is not a text file");
			return false;
		}
		read_line(&r, text + at, n);
		if (diag.errors - r.errors_before >= CONFIG_ERROR_LIMIT) {
			err((struct place){.file = path}, "too many errors: the rest of the file was not read");
			return false;
		}
		at += n + 1;
	}
	finish_value(&r);
	if (r.errors_before == diag.errors && out->sections.count == 0)
		err((struct place){.file = path}, "the config has no section");
	return r.errors_before == diag.errors;
}

bool ini_read(struct arena *a, const char *path, struct ini *out)
{
	size_t size = 0;
	path = arena_strdup(a, path);
	*out = (struct ini){.path = path};
	char *text = file_read(a, path, FILE_LIMIT, &size);
	if (text)
		return ini_parse(a, path, text, size, out);
	if (errno == EFBIG)
		err((struct place){.file = path}, "the config is larger than %d MiB", FILE_LIMIT >> 20);
	else
		err((struct place){.file = path}, "cannot read the config: %s", strerror(errno));
	return false;
}
