/* closest.c: see closest.h. Each measure costs a trace of a network, so that of many values only few are tried: doubling until the target is
** passed, then halving. A value that is not possible is replaced by its nearest neighbour. */
#include "closest.h"

#include <math.h>

enum { TRY_ALL = 64, TRIES_MAX = 4096, FAILURES_MAX = 32, KNOWN_MAX = 128 };

struct search {
	const struct closest *of;
	int64_t best, at[KNOWN_MAX];
	double reached, known[KNOWN_MAX];      /* the last measures: both searches meet the same */
	int tries, failures;
};

static double measure(struct search *s, int64_t position)
{
	for (int i = 0; i < s->tries && i < KNOWN_MAX; i++)
		if (s->at[i] == position)
			return s->known[i];
	double v = s->tries < TRIES_MAX ? s->of->measure(s->of->context, position) : -1;
	s->at[s->tries % KNOWN_MAX] = position;
	s->known[s->tries % KNOWN_MAX] = v;
	s->tries++;
	return v;
}

static double try(struct search *s, int64_t position)
{
	const struct closest *c = s->of;
	double v = measure(s, position);
	if (v < 0) {
		s->failures++;
		return v;
	}
	double near = fabs(v - c->target), before = fabs(s->reached - c->target);
	if (s->best < 0 || near < before || (near == before && (v < s->reached || (v == s->reached && position < s->best)))) {
		s->best = position;
		s->reached = v;
	}
	return v;
}

static bool hopeless(const struct search *s)
{
	return s->tries >= TRIES_MAX || (s->best < 0 && s->failures >= FAILURES_MAX);
}

/* The possible position between low and high that is nearest to the middle; low when there is none. */
static int64_t try_between(struct search *s, int64_t low, int64_t high, double *v)
{
	int64_t middle = low + (high - low) / 2;
	for (int64_t away = 0; middle + away < high || middle - away > low; away++)
		for (int side = 1; side >= -1; side -= 2) {
			int64_t at = middle + side * away;
			if (at <= low || at >= high || (away == 0 && side < 0) || hopeless(s))
				continue;
			*v = try(s, at);
			if (*v >= 0)
				return at;
		}
	return low;
}

/* Finds neighbours low and high with a measure below `target` and one that is not; the closest of all that are tried is kept. */
static void bracket(struct search *s, double target)
{
	int64_t low = -1, high = s->of->count, last = s->of->count - 1, limit = high;
	double v;
	for (int64_t i = 0; i <= last && high > last && !hopeless(s); i = i == last ? last + 1 : i * 2 + 1 < last ? i * 2 + 1 : last) {
		v = try(s, i);
		if (v >= target) {
			high = i;
		} else if (v >= 0) {
			low = i;
			limit = last + 1;
		} else if (low >= 0 && limit > last) {
			limit = i;                     /* from here on nothing may be possible */
		}
	}
	high = high > last ? limit : high;
	while (high - low > 1 && !hopeless(s)) {
		int64_t at = try_between(s, low, high, &v);
		if (at == low)
			return;
		if (v >= target)
			high = at;
		else
			low = at;
	}
}

int64_t closest_find(const struct closest *c, double *reached)
{
	struct search s = {.of = c, .best = -1};
	if (c->count <= TRY_ALL || !c->rising) {
		for (int64_t i = 0; i < c->count && !hopeless(&s); i++)
			try(&s, i);
	} else {
		bracket(&s, c->target);
		if (s.best > 0)
			bracket(&s, s.reached);        /* the first of several that are as close */
	}
	*reached = s.reached;
	return s.best;
}
