/* auto_test.c: which groups can be told apart at one look of `multiplicity = auto`. Numbers in, decisions out.
**
** Every two groups are compared by Wilcoxon's signed-rank test over the seeds, which both have. Each pair has its group-sequential bounds
** (stats_bounds.c), at alpha divided by the number of pairs that have not been told apart yet: Holm's procedure with bounds that are
** computed anew at the larger level, which keeps alpha over all pairs and looks because the bounds of a look never rise with the level
** (Maurer and Bretz, Statistics in Biopharmaceutical Research 5, 2013). */
#include "search.h"

#include "stats.h"

#include <math.h>
#include <stdlib.h>

struct pair_test { double p; int better, worse; };

void look_sizes(const struct repetition *r, int sizes[LOOKS_MAX])
{
	int64_t more = r->maximum - r->start, steps = r->looks - 1;
	for (int i = 0; i < r->looks; i++)
		sizes[i] = steps ? r->start + (int)((2 * i * more + steps) / (2 * steps)) : r->maximum;
}

/* The p that the first pair must not exceed at this look when each pair has `alpha`. */
static double level_of(const int *sizes, int looks, int look, double alpha)
{
	double t[LOOKS_MAX], z[LOOKS_MAX];
	for (int i = 0; i < looks; i++)
		t[i] = (double)sizes[i] / sizes[looks - 1];
	sequential_bounds(t, looks, alpha, z);
	return 2 * normal_cdf(-z[look]);
}

/* More failures are worse than any number; as many of both, and no numbers beside them, are no difference. */
static struct pair_test test_pair(const struct cell *at, int seeds, int a, int b, bool larger, double *room)
{
	double *x = room, *y = x + seeds, *d = y + seeds, *others = d + seeds, sign = larger ? -1 : 1;
	int n = 0, more = 0;
	struct rank_test test;
	for (int k = 0; k < seeds; k++) {
		const struct cell *p = &at[(size_t)a * (size_t)seeds + (size_t)k], *q = &at[(size_t)b * (size_t)seeds + (size_t)k];
		if (p->failed != q->failed)
			others[more++] = p->failed > q->failed ? INFINITY : -INFINITY;
		else if (!isfinite(p->value) || !isfinite(q->value))
			others[more++] = 0;
		else {
			x[n] = sign * p->value;
			y[n++] = sign * q->value;
		}
	}
	paired_differences(x, y, n, d);
	for (int i = 0; i < more; i++)
		d[n++] = others[i];
	signed_rank_test(d, n, &test);
	return test.effect > 0 ? (struct pair_test){test.p, b, a} : (struct pair_test){test.p, a, b};
}

static int by_p(const void *a, const void *b)
{
	const struct pair_test *x = a, *y = b;
	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return x->worse != y->worse ? x->worse - y->worse : x->better - y->better;
}

/* The active group with the best mean: what the others are told to be like, or not. */
static int leader(const struct cell *at, int groups, int seeds, const bool *active, bool larger)
{
	int best = -1, best_failed = 0;
	double best_mean = NAN;
	for (int g = 0; g < groups; g++) {
		long double sum = 0;
		int failed = 0;
		for (int k = 0; k < seeds; k++) {
			const struct cell *c = &at[(size_t)g * (size_t)seeds + (size_t)k];
			failed += c->failed;
			sum += isfinite(c->value) ? c->value : 0;
		}
		double mean = (double)(larger ? -sum : sum);
		if (!active[g] || (best >= 0 && (failed > best_failed || (failed == best_failed && !(mean < best_mean)))))
			continue;
		best = g;
		best_failed = failed;
		best_mean = mean;
	}
	return best;
}

/* Why a group that is left is left: beside the leader if it can, the leader beside whom it is most like. */
static void note_like(const struct pair_test *tests, int from, int n, int lead, struct told *told)
{
	for (int pass = 0; pass < 2; pass++)
		for (int i = n - 1; i >= from; i--) {
			const struct pair_test *t = &tests[i];
			if (pass == 0 && t->better != lead && t->worse != lead)
				continue;
			if (!told[t->worse].out && told[t->worse].by < 0)
				told[t->worse] = (struct told){false, t->better, t->p};
			if (!told[t->better].out && told[t->better].by < 0)
				told[t->better] = (struct told){false, t->worse, t->p};
		}
}

void auto_decide(const struct cell *at, int groups, int seeds, const bool *active, int out, const struct repetition *r, int look, bool larger,
	struct told *told, double *level)
{
	int sizes[LOOKS_MAX], n = 0, all = groups * (groups - 1) / 2, apart = out;
	struct pair_test *tests = need(malloc(((size_t)all + 1) * sizeof *tests));
	double *room = need(malloc(4 * ((size_t)seeds + 1) * sizeof *room));
	look_sizes(r, sizes);
	for (int i = 0; i < groups; i++)
		told[i] = (struct told){false, -1, NAN};
	for (int i = 0; i < groups; i++)
		for (int k = i + 1; k < groups; k++)
			if (active[i] && active[k])
				tests[n++] = test_pair(at, seeds, i, k, larger, room);
	qsort(tests, (size_t)n, sizeof *tests, by_p);
	*level = all > apart ? level_of(sizes, r->looks, look, r->alpha / (all - apart)) : 0;
	double now_level = *level;
	int i;
	for (i = 0; i < n; i++) {
		if (tests[i].p > now_level && apart > out)
			now_level = level_of(sizes, r->looks, look, r->alpha / (all - apart));
		if (tests[i].p > now_level)
			break;
		apart++;
		if (!told[tests[i].worse].out)
			told[tests[i].worse] = (struct told){true, tests[i].better, tests[i].p};
	}
	note_like(tests, i, n, leader(at, groups, seeds, active, larger), told);
	free(room);
	free(tests);
}
