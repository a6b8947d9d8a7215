/* items.c: the syntax of a value. Items between commas, each plain text, "quoted", a [list, that is one value] or a
** {range}. What an item means is for settings.c (keys of PROCESS and MONITOR) and bind.c (fields of a module). */
#include "config.h"

#include <stdlib.h>
#include <string.h>

struct scan {
	struct arena *arena;
	const struct ini_pair *pair;
	const char *text;
	size_t at;
	size_t known;                      /* an offset whose place is known: lists of a million items stay linear */
	struct place known_at;
};

static struct place place_of(struct scan *s, size_t offset)
{
	if (offset < s->known || !s->known_at.file) {
		s->known = 0;
		s->known_at = s->pair->value_at;
	}
	for (; s->known < offset; s->known++) {
		s->known_at.col++;
		if (s->text[s->known] == '\n') {
			s->known_at.line++;
			s->known_at.col = 1;
		}
	}
	return s->known_at;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct scan *s)
{
	while (is_space(s->text[s->at]))
		s->at++;
}

/* The text from `from` to `to` without white space at its ends; what spans lines or has tabs gets single spaces. */
static char *plain_text(struct scan *s, size_t from, size_t to)
{
	while (to > from && is_space(s->text[to - 1]))
		to--;
	char *out = arena_alloc(s->arena, to - from + 1);
	size_t n = 0;
	while (from < to) {
		bool only_spaces = true;
		size_t run = from;
		for (; run < to && is_space(s->text[run]); run++)
			only_spaces &= s->text[run] == ' ';
		if (run > from && !only_spaces) {
			out[n++] = ' ';
			from = run;
			continue;
		}
		for (; from < run; from++)
			out[n++] = ' ';
		if (from < to)
			out[n++] = s->text[from++];
	}
	return out;
}

/* ---- one item ------------------------------------------------------------------------------- */

/* Length of a quoted text with its quotes, or 0 after an error. */
static size_t quoted_length(struct scan *s)
{
	const char *from = s->text + s->at;
	for (size_t n = 1; from[n] && from[n] != '\n' && from[n] != '\r'; n++) {
		if (from[n] == from[0])
			return n + 1;
		if (from[n] != '\\')
			continue;
		if (from[n + 1] == 0 || !strchr("\\\"'", from[n + 1])) {
			err(place_of(s, s->at + n), "unknown escape in a quoted text");
			hint("write \\\\ for a backslash, \\\" for a quote");
			return 0;
		}
		n++;
	}
	err(place_of(s, s->at), "this quote is not closed on its line");
	return 0;
}

static bool read_quoted(struct scan *s, struct item *item)
{
	size_t length = quoted_length(s), n = 0;
	if (length == 0)
		return false;
	char *out = arena_alloc(s->arena, length);
	for (size_t i = 1; i < length - 1; i++) {
		i += s->text[s->at + i] == '\\';
		out[n++] = s->text[s->at + i];
	}
	s->at += length;
	item->value.text = out;
	return true;
}

static bool read_range(struct scan *s, struct item *item)
{
	size_t from = s->at + 1, n = strcspn(s->text + from, "{}");
	if (s->text[from + n] != '}') {
		err(place_of(s, s->at), "'}' is missing");
		return false;
	}
	struct range_error error;
	if (!range_read(s->arena, s->text + from, n, &item->range, &error)) {
		err(place_of(s, from + error.offset), "%s", error.message);
		if (error.hint)
			hint("%s", error.hint);
		return false;
	}
	item->is_range = true;
	item->value.text = plain_text(s, s->at, from + n + 1);
	s->at = from + n + 1;
	return true;
}

/* [1, 2, 3]: kept as it is written; bind.c reads its numbers. */
static bool read_list(struct scan *s, struct item *item)
{
	size_t from = s->at;
	int depth = 0;
	do {
		char c = s->text[s->at];
		if (c == 0) {
			err(place_of(s, from), "']' is missing");
			return false;
		}
		if (c == '{' || c == '}') {
			err(place_of(s, s->at), "a range inside [ ] is not expanded: a list in brackets is one value");
			hint("write the lists one by one: [1, 2], [1, 3]");
			return false;
		}
		if (c == '"' || c == '\'') {
			struct item text = {0};
			if (!read_quoted(s, &text))
				return false;
			continue;
		}
		depth += (c == '[') - (c == ']');
		s->at++;
	} while (depth > 0);
	item->value.text = plain_text(s, from, s->at);
	return true;
}

static bool read_plain(struct scan *s, struct item *item)
{
	size_t from = s->at, n = strcspn(s->text + from, ","), brace = 0;
	while (brace < n && s->text[from + brace] != '{' && s->text[from + brace] != '}')
		brace++;
	s->at += n;
	item->value.text = plain_text(s, from, from + n);
	if (n == 0 || !item->value.text[0]) {
		err(place_of(s, from), "an empty value in the list of '%s'", ini_shown(s->arena, s->pair->key));
		hint("remove the comma, or write \"\" for an empty text");
		return false;
	}
	if (brace < n) {
		err(place_of(s, from + brace), "'%c' inside a value", s->text[from + brace]);
		hint("a {range} stands alone between commas; put text with braces between quotes");
		return false;
	}
	return true;
}

static bool read_item(struct scan *s, struct values *out)
{
	skip_space(s);
	struct item item = {.value.at = place_of(s, s->at)};
	char c = s->text[s->at];
	bool closed = c == '"' || c == '\'' || c == '{' || c == '[';
	bool ok = c == '{' ? read_range(s, &item) : c == '[' ? read_list(s, &item) : closed ? read_quoted(s, &item) : read_plain(s, &item);
	if (!ok)
		return false;
	skip_space(s);
	if (closed && s->text[s->at] && s->text[s->at] != ',') {
		err(place_of(s, s->at), "a comma is missing before this");
		hint("a quoted text, a [list] and a {range} stand alone between commas");
		return false;
	}
	if (out->items.count >= RUN_LIMIT) {
		err(item.value.at, "'%s' has more than %d values", ini_shown(s->arena, s->pair->key), RUN_LIMIT);
		return false;
	}
	VEC_PUSH(s->arena, &out->items, item);
	int64_t count = out->count + (item.is_range ? item.range.count : 1);
	out->count = count > RANGE_COUNT_TOO_BIG ? RANGE_COUNT_TOO_BIG : count;
	return true;
}

/* An empty value has no items: it counts as absent. */
bool values_read(struct arena *a, const struct ini_pair *pair, struct values *out)
{
	struct scan s = {.arena = a, .pair = pair, .text = pair->value};
	*out = (struct values){0};
	skip_space(&s);
	if (!s.text[s.at])
		return true;
	while (read_item(&s, out)) {
		if (s.text[s.at] == 0) {
			out->pure_range = out->items.count == 1 && out->items.at[0].is_range;
			return true;
		}
		s.at++;
	}
	return false;
}

/* ---- all values ----------------------------------------------------------------------------- */

static int by_text_then_position(const void *a, const void *b)
{
	const struct value *const *x = a, *const *y = b;
	int order = strcmp((*x)->text, (*y)->text);
	return order ? order : (*x > *y) - (*x < *y);
}

/* Marks all but the first of equal values; the earliest mark, or NULL. */
static const struct value *mark_repeated(const struct values *v, bool *repeated)
{
	const struct value **sorted = malloc((size_t)v->all.count * sizeof *sorted), *first = NULL;
	if (!sorted)
		return NULL;
	for (int i = 0; i < v->all.count; i++)
		sorted[i] = &v->all.at[i];
	qsort(sorted, (size_t)v->all.count, sizeof *sorted, by_text_then_position);
	for (int i = 1; i < v->all.count; i++) {
		if (strcmp(sorted[i]->text, sorted[i - 1]->text) != 0)
			continue;
		repeated[sorted[i] - v->all.at] = true;
		if (!first || sorted[i] < first)
			first = sorted[i];
	}
	free(sorted);
	return first;
}

/* `1, 2, {2-4}` says 2 twice, and both runs would be the same one. */
static void drop_repeated(struct arena *a, const struct ini_pair *pair, struct values *v)
{
	bool *repeated = arena_alloc(a, (size_t)v->all.count);
	const struct value *first = mark_repeated(v, repeated);
	if (!first)
		return;
	warn(first->at, "'%s' has the value %s more than once: it is taken once", ini_shown(a, pair->key), ini_shown(a, first->text));
	hint("to repeat runs with other seeds, raise multiplicity in [MONITOR]");
	int kept = 0;
	for (int i = 0; i < v->all.count; i++)
		if (!repeated[i])
			v->all.at[kept++] = v->all.at[i];
	v->all.count = kept;
	v->count = kept;
}

bool values_expand(struct arena *a, const struct ini_pair *pair, struct values *v)
{
	if (v->all.at)
		return true;
	v->all.at = arena_alloc(a, (size_t)v->count * sizeof *v->all.at);
	v->all.cap = (int)v->count;
	for (int i = 0; i < v->items.count; i++) {
		const struct item *item = &v->items.at[i];
		if (!item->is_range) {
			v->all.at[v->all.count++] = item->value;
			continue;
		}
		const char **texts = arena_alloc(a, (size_t)item->range.count * sizeof *texts);
		if (!range_values(a, &item->range, texts)) {
			err(item->value.at, "the values of %s are nearer to each other than can be written", ini_shown(a, item->value.text));
			hint("ask for fewer points");
			return false;
		}
		for (int64_t k = 0; k < item->range.count; k++)
			v->all.at[v->all.count++] = (struct value){texts[k], item->value.at};
	}
	if (v->items.count > 1 && !v->zipped)
		drop_repeated(a, pair, v);
	return true;
}

/* ---- the order in which several of them vary ------------------------------------------------ */

/* order[0] is the slowest: pure ranges first, then lists and mixes, each in the order of the file. */
void values_order(const struct values *const *v, int n, int *order)
{
	int k = 0;
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < n; i++)
			if (v[i]->pure_range == (pass == 0))
				order[k++] = i;
}

bool values_next(const struct values *const *v, int n, const int *order, int64_t *digit)
{
	for (int k = n - 1; k >= 0; k--) {
		int i = order[k];
		if (++digit[i] < v[i]->all.count)
			return true;
		digit[i] = 0;
	}
	return false;
}
