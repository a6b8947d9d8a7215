/* cu_parallel.c: which loops of emitted C may run all their turns at once. A loop over v may when
** - every array that it writes to is named with v alone as one and the same index, wherever the loop names it: its turns then write, and read what
**   is written, in parts of the array that have nothing in common; and
** - it sets no variable that was declared outside of it.
** A loop with turns that may run at once can change places with those around it, as long as its bounds do not depend on theirs. Sums keep their order. */
#include "cu.h"

#include <ctype.h>
#include <string.h>

/* ---- what a text names ---------------------------------------------------------------------- */

/* name[i][j]: where each index stands, and what follows. */
struct mention { const char *name, *behind; struct words_of index[RANK_MAX]; int count; };

static void read_mention(struct words_of name, const char *end, struct mention *m)
{
	const char *c = name.at + name.length;
	*m = (struct mention){.name = name.at};
	while (c < end && *c == '[' && m->count < RANK_MAX) {
		const char *from = ++c;
		for (int depth = 1; c < end; c++) {
			depth += (*c == '[' || *c == '(') - (*c == ']' || *c == ')');
			if (!depth)
				break;
		}
		m->index[m->count++] = (struct words_of){from, (int)(c - from)};
		c++;
	}
	m->behind = c;
}

/* = += -= *= /= ++ -- behind `c`. */
static bool is_set(const char *c)
{
	while (*c == ' ')
		c++;
	if (strchr("+-*/", *c) && c[0] && (c[1] == '=' || (c[0] == c[1] && (*c == '+' || *c == '-'))))
		return true;
	return c[0] == '=' && c[1] != '=';
}

/* Its address is taken, or a part of it: who gets that may write. */
static bool lends(const struct mention *m, int dims)
{
	return m->name[-1] == '&' || m->count < dims;
}

static const struct array_name *array_of(struct words_of w, const struct array_name *arrays, int count)
{
	for (int i = 0; i < count; i++)
		if (word_is(w, arrays[i].name))
			return &arrays[i];
	return NULL;
}

static bool writes(const char *from, const char *end, const struct array_name *a)
{
	struct words_of w;
	struct mention m;
	for (const char *c = from; a->written && (c = next_word(c, end, &w));) {
		if (!word_is(w, a->name))
			continue;
		read_mention(w, end, &m);
		if (is_set(m.behind) || lends(&m, a->dims))
			return true;
	}
	return false;
}

/* Every mention has `variable` alone as the same index. */
static bool apart(const char *from, const char *end, const struct array_name *a, struct words_of variable)
{
	struct words_of w;
	struct mention m;
	bool place[RANK_MAX], any = false;
	memset(place, true, sizeof place);
	for (const char *c = from; (c = next_word(c, end, &w));) {
		if (!word_is(w, a->name))
			continue;
		read_mention(w, end, &m);
		for (int k = 0; k < RANK_MAX; k++)
			place[k] = place[k] && k < m.count && same_words(m.index[k], variable);
	}
	for (int k = 0; k < RANK_MAX; k++)
		any = any || place[k];
	return any;
}

/* ---- variables ------------------------------------------------------------------------------- */

static bool declares(const struct statement *s, struct words_of name)
{
	struct words_of names[DECLARED_MAX];
	int count = declared(s, names);
	for (int i = 0; i < count; i++)
		if (same_words(names[i], name))
			return true;
	if (s->kind == STATEMENT_FOR) {
		const char *open = memchr(s->from, '(', (size_t)(s->end - s->from));
		struct words_of type, first;
		const char *c = next_word(open, s->end, &type);
		if (c && word_is(type, "int") && next_word(c, s->end, &first) && same_words(first, name))
			return true;
	}
	for (int i = 0; i < s->inside.count; i++)
		if (declares(s->inside.at[i], name))
			return true;
	return false;
}

/* Sets a variable that none of the statements declares. */
static bool sets_outside(struct statement *const *s, int count, const struct array_name *arrays, int array_count)
{
	for (int i = 0; i < count; i++) {
		struct words_of w;
		for (const char *c = s[i]->from; (c = next_word(c, s[i]->end, &w));) {
			struct mention m;
			read_mention(w, s[i]->end, &m);
			bool known = array_of(w, arrays, array_count) != NULL;
			for (int k = 0; k < count && !known; k++)
				known = declares(s[k], w);
			bool increment = w.at[-1] == '+' && w.at[-2] == '+';
			if (!known && (is_set(m.behind) || increment))
				return true;
		}
	}
	return false;
}

/* ---- nests ----------------------------------------------------------------------------------- */

static void find_parallel(struct nest *n, const struct array_name *arrays, int array_count)
{
	const char *from = n->body[0]->from, *end = n->body[n->body_count - 1]->end;
	bool outside = sets_outside(n->body, n->body_count, arrays, array_count);
	for (int i = 0; i < n->count; i++) {
		struct words_of v = n->loop[i]->variable;
		n->parallel[i] = v.at && !outside;
		for (int k = 0; k < array_count && n->parallel[i]; k++)
			if (writes(from, end, &arrays[k]))
				n->parallel[i] = apart(from, end, &arrays[k], v);
		for (int k = 0; k < i && n->parallel[i]; k++) {       /* it moves out of the loops that stay */
			const struct statement *in = n->loop[i], *around = n->loop[k];
			if (mentions(in->bound.at, in->bound.at + in->bound.length, around->variable) || mentions(in->low.at, in->low.at + in->low.length, around->variable))
				n->parallel[i] = false;
		}
	}
}

/* As many loops as stand one in the other with nothing beside them; a loop with another head is a statement of the body. */
void nest_find(struct statement *outermost, const struct array_name *arrays, int array_count, struct nest *out)
{
	*out = (struct nest){.count = 0};
	for (struct statement *s = outermost; s->kind == STATEMENT_FOR && s->variable.at && out->count < NEST_MAX; s = out->body[0]) {
		out->loop[out->count++] = s;
		struct statement *body = s->inside.at[0];
		out->body = body->kind == STATEMENT_BLOCK ? body->inside.at : s->inside.at;
		out->body_count = body->kind == STATEMENT_BLOCK ? body->inside.count : 1;
		if (out->body_count != 1)
			break;
	}
	if (out->count && out->body_count)
		find_parallel(out, arrays, array_count);
}

/* ---- parts ----------------------------------------------------------------------------------- */

static bool plain_all(const struct nest *n)
{
	struct words_of names[DECLARED_MAX];
	for (int i = 0; i < n->body_count; i++)
		if (n->body[i]->kind != STATEMENT_PLAIN || declared(n->body[i], names))
			return false;
	return n->body_count > 1;
}

static bool all_parallel(const struct nest *n)
{
	for (int i = 0; i < n->count; i++)
		if (!n->parallel[i])
			return false;
	return true;
}

static bool same_parallel(const struct nest *a, const struct nest *b)
{
	return memcmp(a->parallel, b->parallel, sizeof a->parallel) == 0;
}

/* Both name an array in the same places. */
static bool same_places(const struct statement *s, const struct statement *t, const struct array_name *a)
{
	struct words_of w;
	struct mention first = {0}, m;
	for (int which = 0; which < 2; which++) {
		const struct statement *now = which ? t : s;
		for (const char *c = now->from; (c = next_word(c, now->end, &w));) {
			if (!word_is(w, a->name))
				continue;
			read_mention(w, now->end, &m);
			if (!first.name)
				first = m;
			if (m.count != first.count)
				return false;
			for (int k = 0; k < m.count; k++)
				if (!same_words(m.index[k], first.index[k]))
					return false;
		}
	}
	return true;
}

/* May all turns of `s` run before all of `t`, which stands behind it in the loops? */
static bool runs_before(const struct statement *s, const struct nest *of_s, const struct statement *t, const struct array_name *arrays, int array_count)
{
	for (int i = 0; i < array_count; i++) {
		struct words_of name = {arrays[i].name, (int)strlen(arrays[i].name)};
		bool in_s = mentions(s->from, s->end, name), in_t = mentions(t->from, t->end, name);
		if (!in_s || !in_t)
			continue;
		if (writes(t->from, t->end, &arrays[i]))
			return false;
		if (writes(s->from, s->end, &arrays[i]) && (!all_parallel(of_s) || !same_places(s, t, &arrays[i])))
			return false;
	}
	return true;
}

static void part_of(const struct nest *all, int from, int count, const struct array_name *arrays, int array_count, struct nest *out)
{
	*out = *all;
	out->body = all->body + from;
	out->body_count = count;
	find_parallel(out, arrays, array_count);
}

int nest_part(const struct nest *all, int from, const struct array_name *arrays, int array_count, struct nest *out)
{
	int rest = all->body_count - from, count = 1;
	if (all_parallel(all) || !plain_all(all)) {
		part_of(all, from, rest, arrays, array_count, out);
		return rest;
	}
	for (int i = 0; i < all->body_count; i++)                  /* either all can be taken apart, or none */
		for (int k = i + 1; k < all->body_count; k++) {
			struct nest one;
			part_of(all, i, 1, arrays, array_count, &one);
			if (!runs_before(all->body[i], &one, all->body[k], arrays, array_count)) {
				part_of(all, from, rest, arrays, array_count, out);
				return rest;
			}
		}
	part_of(all, from, 1, arrays, array_count, out);
	for (struct nest next, joined; count < rest; count++) {
		part_of(all, from + count, 1, arrays, array_count, &next);
		part_of(all, from, count + 1, arrays, array_count, &joined);
		if (!same_parallel(&next, out) || !same_parallel(&joined, out))
			break;
		out->body_count = count + 1;
	}
	return count;
}

/* Index k of every mention is `variable`, for which k; a bit each. */
static unsigned places_of(const struct nest *n, const struct array_name *a, struct words_of variable)
{
	const char *end = n->body[n->body_count - 1]->end;
	struct words_of w;
	struct mention m;
	unsigned places = ~0u;
	for (const char *c = n->body[0]->from; (c = next_word(c, end, &w));) {
		if (!word_is(w, a->name))
			continue;
		read_mention(w, end, &m);
		for (int k = 0; k < RANK_MAX; k++)
			if (k >= m.count || !same_words(m.index[k], variable))
				places &= ~(1u << k);
	}
	return places;
}

bool nests_touch_alike(const struct nest *a, const struct nest *b, const struct array_name *arrays, int array_count)
{
	for (int i = 0; i < array_count; i++) {
		struct words_of name = {arrays[i].name, (int)strlen(arrays[i].name)};
		const char *end_a = a->body[a->body_count - 1]->end, *end_b = b->body[b->body_count - 1]->end;
		if (!mentions(a->body[0]->from, end_a, name) || !mentions(b->body[0]->from, end_b, name))
			continue;
		if (!writes(a->body[0]->from, end_a, &arrays[i]) && !writes(b->body[0]->from, end_b, &arrays[i]))
			continue;
		for (int k = 0, m = 0; k < a->count; k++) {
			if (!a->parallel[k])
				continue;
			while (!b->parallel[m])
				m++;
			if (!(places_of(a, &arrays[i], a->loop[k]->variable) & places_of(b, &arrays[i], b->loop[m]->variable) & ((1u << RANK_MAX) - 1)))
				return false;
			m++;
		}
	}
	return true;
}
