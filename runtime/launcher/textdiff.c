/* textdiff.c: the shortest edit script between two texts (Myers 1986, the greedy form with its trace kept), written in unified form.
** Texts that have little in common are not worth the memory: they are then shown as one change. */
#include "textdiff.h"

#include <stdlib.h>
#include <string.h>

enum { EDITS_MAX = 3000 };
struct line { const char *at; size_t n; };
struct lines { struct line *at; int count, cap; bool open; };     /* open: the last line has no end of line */
/* kind: ' ', '-' or '+'; a, b: how many lines of each stood before. */
struct step { char kind; int a, b; };
struct script { struct step *at; int count, cap; };

static struct lines cut(const char *text)
{
	struct lines l = {0};
	while (*text) {
		size_t n = strcspn(text, "\n");
		l.at = grow(l.at, &l.cap, l.count, sizeof *l.at);
		l.at[l.count++] = (struct line){text, n};
		text += n;
		l.open = !*text;
		text += *text == '\n';
	}
	return l;
}

static bool same(const struct lines *a, int i, const struct lines *b, int k)
{
	if (a->at[i].n != b->at[k].n || memcmp(a->at[i].at, b->at[k].at, a->at[i].n))
		return false;
	return (a->open && i == a->count - 1) == (b->open && k == b->count - 1);
}

static void add(struct script *s, char kind, int a, int b)
{
	s->at = grow(s->at, &s->cap, s->count, sizeof *s->at);
	s->at[s->count++] = (struct step){kind, a, b};
}

static void reverse(struct script *s, int from)
{
	for (int i = from, k = s->count - 1; i < k; i++, k--) {
		struct step t = s->at[i];
		s->at[i] = s->at[k];
		s->at[k] = t;
	}
}

/* One more edit: how far does diagonal k come from its neighbours in v, which `size` edits have reached? -1: not at all.
** down: a line of b was added, else one of a removed. */
static int step_to(const int *v, int size, int k, int n, int m, bool *down)
{
	int left = k - 1 >= -size && k - 1 <= size ? v[k - 1 + size] : -1, right = k + 1 >= -size && k + 1 <= size ? v[k + 1 + size] : -1;
	int removed = left >= 0 && left < n ? left + 1 : -1, added = right >= 0 && right - k <= m ? right : -1;
	*down = added >= removed;
	return *down ? added : removed;
}

/* Back from the end: trace[d][k + d] is how far diagonal k came with d edits. */
static void walk_back(int *const *trace, int d, int n, int m, int top, struct script *out)
{
	int from = out->count, x = n, y = m;
	for (; d > 0; d--) {
		bool down;
		int px = step_to(trace[d - 1], d - 1, x - y, n, m, &down);
		while (x > px)
			x--, y--, add(out, ' ', x + top, y + top);
		if (down)
			y--;
		else
			x--;
		add(out, down ? '+' : '-', x + top, y + top);
	}
	while (x > 0)
		x--, y--, add(out, ' ', x + top, y + top);
	reverse(out, from);
}

/* Only every second diagonal is reached with d edits; the others, and those outside, stay closed. */
static bool advance(const struct lines *a, const struct lines *b, int top, int n, int m, int *const *trace, int d)
{
	int *v = trace[d];
	bool down;
	for (int k = -d; k <= d; k++) {
		int x = !d ? 0 : (k + d) & 1 ? -1 : step_to(trace[d - 1], d - 1, k, n, m, &down), y = x - k;
		while (x >= 0 && x < n && y < m && same(a, x + top, b, y + top))
			x++, y++;
		v[k + d] = x;
		if (x == n && y == m)
			return true;
	}
	return false;
}

/* Lines from `top` on, of which n and m are in question. False: too many edits. */
static bool search(const struct lines *a, const struct lines *b, int top, int n, int m, struct script *out)
{
	int **trace = need(calloc(EDITS_MAX + 1, sizeof *trace)), d = -1;
	bool found = false;
	while (!found && d < EDITS_MAX && d < n + m) {
		d++;
		trace[d] = need(calloc((size_t)(2 * d + 1), sizeof **trace));
		found = advance(a, b, top, n, m, trace, d);
	}
	if (found)
		walk_back(trace, d, n, m, top, out);
	for (int i = 0; i <= d; i++)
		free(trace[i]);
	free(trace);
	return found;
}

/* Within a change what was removed comes first. */
static void order(struct script *s)
{
	for (int i = 0, to; i < s->count; i = to + 1) {
		int removed = 0, a = s->at[i].a, b = s->at[i].b;
		for (to = i; to < s->count && s->at[to].kind != ' '; to++)
			removed += s->at[to].kind == '-';
		for (int k = i; k < to; k++)
			s->at[k] = k < i + removed ? (struct step){'-', a + k - i, b} : (struct step){'+', a + removed, b + k - i - removed};
	}
}

static struct script compare_lines(const struct lines *a, const struct lines *b)
{
	struct script s = {0};
	int top = 0, n = a->count, m = b->count;
	while (top < n && top < m && same(a, top, b, top))
		add(&s, ' ', top, top), top++;
	while (n > top && m > top && same(a, n - 1, b, m - 1))
		n--, m--;
	if (!search(a, b, top, n - top, m - top, &s)) {
		for (int i = top; i < n; i++)
			add(&s, '-', i, top);
		for (int i = top; i < m; i++)
			add(&s, '+', n, i);
	}
	for (; n < a->count; n++, m++)
		add(&s, ' ', n, m);
	order(&s);
	return s;
}

static void add_range(struct text *out, char sign, int from, int count)
{
	text_printf(out, count == 1 ? " %c%d" : " %c%d,%d", sign, count ? from + 1 : from, count);
}

static void add_hunk(struct text *out, const struct lines *a, const struct lines *b, const struct script *s, int from, int to)
{
	int in_a = 0, in_b = 0;
	for (int i = from; i < to; i++) {
		in_a += s->at[i].kind != '+';
		in_b += s->at[i].kind != '-';
	}
	text_add(out, "@@");
	add_range(out, '-', s->at[from].a, in_a);
	add_range(out, '+', s->at[from].b, in_b);
	text_add(out, " @@\n");
	for (int i = from; i < to; i++) {
		const struct step *e = &s->at[i];
		bool of_b = e->kind == '+';
		const struct lines *l = of_b ? b : a;
		int at = of_b ? e->b : e->a;
		text_addn(out, &e->kind, 1);
		text_addn(out, l->at[at].at, l->at[at].n);
		text_add(out, l->open && at == l->count - 1 ? "\n\\ No newline at end of file\n" : "\n");
	}
}

void diff_add(struct text *out, const char *name_a, const char *a, const char *name_b, const char *b, int context)
{
	struct lines la = cut(a), lb = cut(b);
	struct script s = compare_lines(&la, &lb);
	bool head = false;
	for (int i = 0; i < s.count;) {
		if (s.at[i].kind == ' ') {
			i++;
			continue;
		}
		int from = i > context ? i - context : 0, last = i;
		for (int k = i; k < s.count && k <= last + 2 * context + 1; k++)   /* changes close together are one hunk */
			if (s.at[k].kind != ' ')
				last = k;
		int to = last + 1 + context < s.count ? last + 1 + context : s.count;
		if (!head)
			text_printf(out, "--- %s\n+++ %s\n", name_a, name_b);
		head = true;
		add_hunk(out, &la, &lb, &s, from, to);
		i = to;
	}
	free(s.at);
	free(la.at);
	free(lb.at);
}
