/* cu_statement.c: the statements of emitted C, for cu_parallel.c. It reads what emit_c.c and the bodies of ops write: declarations, assignments, calls,
** for, if, continue and blocks; no labels, no while, no strings. */
#include "cu.h"

#include <ctype.h>
#include <string.h>

static bool starts_word(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

const char *next_word(const char *from, const char *end, struct words_of *word)
{
	for (const char *c = from; c < end;) {
		if (c[0] == '/' && c[1] == '*') {
			c = strstr(c, "*/") + 2;
			continue;
		}
		const char *start = c;
		while (c < end && (isalnum((unsigned char)*c) || *c == '_'))
			c++;
		if (c > start && starts_word(*start)) {
			*word = (struct words_of){start, (int)(c - start)};
			return c;
		}
		c += c == start;
	}
	return NULL;
}

bool word_is(struct words_of w, const char *name)
{
	return (int)strlen(name) == w.length && strncmp(name, w.at, (size_t)w.length) == 0;
}

bool same_words(struct words_of a, struct words_of b)
{
	return a.length == b.length && strncmp(a.at, b.at, (size_t)a.length) == 0;
}

bool mentions(const char *from, const char *end, struct words_of name)
{
	struct words_of w;
	for (const char *c = from; (c = next_word(c, end, &w));)
		if (same_words(w, name))
			return true;
	return false;
}

/* Space, comments, and IN_VECTORS, which speaks to a compiler for the CPU. */
static const char *skip_space(const char *c)
{
	static const char vectors[] = "IN_VECTORS";
	for (;;) {
		while (isspace((unsigned char)*c))
			c++;
		if (strncmp(c, vectors, sizeof vectors - 1) == 0 && isspace((unsigned char)c[sizeof vectors - 1])) {
			c += sizeof vectors - 1;
			continue;
		}
		if (c[0] != '/' || c[1] != '*')
			return c;
		c = strstr(c, "*/") + 2;
	}
}

/* Behind the bracket that closes the one at `c`. */
static const char *skip_brackets(const char *c)
{
	int depth = 0;
	do {
		depth += (*c == '(' || *c == '[' || *c == '{') - (*c == ')' || *c == ']' || *c == '}');
		c++;
	} while (depth);
	return c;
}

static bool keyword(const char *c, const char *word)
{
	size_t n = strlen(word);
	return strncmp(c, word, n) == 0 && !isalnum((unsigned char)c[n]) && c[n] != '_';
}

static struct words_of trimmed(const char *from, const char *end)
{
	while (from < end && isspace((unsigned char)*from))
		from++;
	while (end > from && isspace((unsigned char)end[-1]))
		end--;
	return (struct words_of){from, (int)(end - from)};
}

/* "int r = 0; r < n; r++", which is all that can become a grid. */
static void read_head(struct statement *s, const char *from, const char *end)
{
	struct words_of word, again, step;
	const char *low = memchr(from, ';', (size_t)(end - from)), *bound = low ? memchr(low + 1, ';', (size_t)(end - low - 1)) : NULL;
	const char *is = memchr(from, '=', (size_t)(end - from)), *below = bound ? memchr(low, '<', (size_t)(bound - low)) : NULL;
	if (!keyword(from, "int") || !is || !below || below[1] == '=' || !next_word(from + 3, end, &word))
		return;
	if (!next_word(low, bound, &again) || !same_words(word, again) || again.at + again.length + 1 != below)
		return;
	if (!next_word(bound, end, &step) || !same_words(word, step) || strncmp(step.at + step.length, "++", 2) != 0 || memchr(low, '&', (size_t)(bound - low)))
		return;
	s->variable = word;
	s->low = trimmed(is + 1, low);
	s->bound = trimmed(below + 1, bound);
}

static struct statement *read_one(struct arena *a, const char *c, const char **after);

static void read_list(struct arena *a, const char *c, struct statement *into, const char **after)
{
	for (c = skip_space(c); *c && *c != '}'; c = skip_space(c)) {
		struct statement *s = read_one(a, c, &c);
		VEC_PUSH(a, &into->inside, s);
	}
	*after = c;
}

static struct statement *read_one(struct arena *a, const char *c, const char **after)
{
	struct statement *s = arena_alloc(a, sizeof *s);
	s->from = c;
	if (*c == '{') {
		s->kind = STATEMENT_BLOCK;
		read_list(a, c + 1, s, &c);
		c++;
	} else if (keyword(c, "for") || keyword(c, "if")) {
		s->kind = *c == 'f' ? STATEMENT_FOR : STATEMENT_IF;
		const char *open = strchr(c, '('), *close = skip_brackets(open);
		if (s->kind == STATEMENT_FOR)
			read_head(s, open + 1, close - 1);
		struct statement *body = read_one(a, skip_space(close), &c);
		VEC_PUSH(a, &s->inside, body);
		const char *other = skip_space(c);
		if (s->kind == STATEMENT_IF && keyword(other, "else")) {
			struct statement *no = read_one(a, skip_space(other + 4), &c);
			VEC_PUSH(a, &s->inside, no);
		}
	} else {
		while (*c && *c != ';')
			c = *c == '(' || *c == '[' || *c == '{' ? skip_brackets(c) : c + 1;
		if (!*c)
			die("a statement without an end: %.60s", s->from);
		c++;
	}
	s->end = c;
	*after = c;
	return s;
}

void statements_read(struct arena *a, const char *text, struct statements *out)
{
	struct statement all = {0};
	const char *end;
	read_list(a, text, &all, &end);
	if (*end)
		die("more than statements: %.60s", end);
	out->list.at = all.inside.at;
	out->list.count = all.inside.count;
}

/* const real s = b[o], *row = x[r]; */
int declared(const struct statement *s, struct words_of out[DECLARED_MAX])
{
	static const char *const types[] = {"const", "real", "int", "scalar", "mask", "bits", "int64_t", "double", "size_t", "static", "enum", "union"};
	struct words_of w;
	int count = 0;
	bool is = false;
	const char *c = s->kind == STATEMENT_PLAIN ? next_word(s->from, s->end, &w) : NULL;
	for (size_t i = 0; c && i < sizeof types / sizeof *types; i++)
		is = is || word_is(w, types[i]);
	if (!is)
		return 0;
	if (word_is(w, "const") && !(c = next_word(c, s->end, &w)))
		return 0;
	while (c && c < s->end && count < DECLARED_MAX) {
		if (!next_word(c, s->end, &out[count]))
			break;
		c = out[count].at + out[count].length;
		count++;
		while (c < s->end && *c != ',')
			c = *c == '(' || *c == '[' || *c == '{' ? skip_brackets(c) : c + 1;
		c++;
	}
	return count;
}
