/* stats_rank.c: the two rank tests. For small samples their p is exact, counted over all signs or all choices of ranks, also
** when values tie; else it is the normal approximation with corrections for ties and continuity. */
#include "stats.h"

#include "launcher.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Up to these sizes counting takes a few milliseconds. */
enum { EXACT_PAIRS = 50, EXACT_RUNS = 60 };

struct ranked { double x; int from; double rank; };        /* from: which sample, or the sign */

static int by_x(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	return (x->x > y->x) - (x->x < y->x);
}

/* Sorts and gives tied values the mean of their ranks. The sum of t^3 - t over groups of t ties. */
static double rank_values(struct ranked *r, int n)
{
	double ties = 0;
	qsort(r, (size_t)n, sizeof *r, by_x);
	for (int i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && r[end].x == r[i].x; end++)
			;
		double t = end - i;
		for (int k = i; k < end; k++)
			r[k].rank = (i + 1 + end) / 2.0;
		ties += t * t * t - t;
	}
	return ties;
}

static double two_sided(double below, double above, double all)
{
	return fmin(1, 2 * fmin(below, above) / all);
}

/* With the correction for continuity: half a step towards the middle. */
static double normal_p(double statistic, double mean, double variance)
{
	double d = fmax(0, fabs(statistic - mean) - 0.5);
	return variance > 0 ? fmin(1, 2 * normal_cdf(-d / sqrt(variance))) : 1;
}

struct distance { double size, slack; int at; };

static int by_size(const void *a, const void *b)
{
	const struct distance *x = a, *y = b;
	return (x->size > y->size) - (x->size < y->size);
}

void paired_differences(const double *a, const double *b, int n, double *out)
{
	struct distance *d = need(malloc(((size_t)n + 1) * sizeof *d));
	for (int i = 0; i < n; i++) {
		double slack = 8 * 0x1p-52 * fmax(fabs(a[i]), fabs(b[i])), size = fabs(a[i] - b[i]);
		d[i] = (struct distance){size <= slack ? 0 : size, slack, i};
	}
	qsort(d, (size_t)n, sizeof *d, by_size);
	for (int i = 1; i < n; i++)
		if (d[i - 1].size > 0 && d[i].size - d[i - 1].size <= fmin(d[i].slack, d[i - 1].slack))
			d[i].size = d[i - 1].size;
	for (int i = 0; i < n; i++)
		out[d[i].at] = copysign(d[i].size, a[d[i].at] - b[d[i].at]);
	free(d);
}

/* Counts the choices of signs whose positive ranks, doubled to be whole, sum to `sum` at most, and at least. */
static double signs_p(const int *ranks, int n, int sum)
{
	int total = 0;
	for (int i = 0; i < n; i++)
		total += ranks[i];
	double *ways = need(calloc((size_t)total + 1, sizeof *ways)), below = 0, above = 0;
	ways[0] = 1;
	for (int i = 0, reach = 0; i < n; i++) {
		reach += ranks[i];
		for (int s = reach; s >= ranks[i]; s--)
			ways[s] += ways[s - ranks[i]];
	}
	for (int s = 0; s <= total; s++) {
		below += s <= sum ? ways[s] : 0;
		above += s >= sum ? ways[s] : 0;
	}
	free(ways);
	return two_sided(below, above, ldexp(1, n));
}

/* How many of the sums of two differences are positive; half of those that are 0 count. `sorted` ascending. */
static double positive_sums(const double *sorted, int n)
{
	double count = 0;
	for (int i = 0, over = n, from = n; i < n; i++) {
		while (from > 0 && sorted[from - 1] >= -sorted[i])
			from--;                                        /* the first whose sum with i is not negative */
		while (over > 0 && sorted[over - 1] > -sorted[i])
			over--;                                        /* the first whose sum is positive */
		count += (n - over) + (over - from) / 2.0;
		count -= sorted[i] > 0 ? 1 : sorted[i] == 0 ? 0.5 : 0;     /* with itself */
	}
	return count / 2;
}

static double superiority_of(const double *differences, int n)
{
	double *sorted = need(malloc((size_t)n * sizeof *sorted)), s;
	memcpy(sorted, differences, (size_t)n * sizeof *sorted);
	sort_values(sorted, n);
	if (n == 1)
		s = sorted[0] > 0 ? 1 : sorted[0] < 0 ? 0 : 0.5;
	else
		s = positive_sums(sorted, n) / (0.5 * n * (n - 1));
	free(sorted);
	return s;
}

void signed_rank_test(const double *differences, int n, struct rank_test *out)
{
	*out = (struct rank_test){NAN, NAN, NAN, NAN, 1, 0, false};
	if (n < 1)
		return;
	struct ranked *r = need(malloc((size_t)n * sizeof *r));
	int *doubled = need(malloc((size_t)n * sizeof *doubled)), m = 0;
	double plus = 0, all = 0, squares = 0;
	for (int i = 0; i < n; i++)
		r[i] = (struct ranked){fabs(differences[i]), differences[i] > 0, 0};
	rank_values(r, n);                                     /* Pratt: zeros take part in the ranks, and leave then */
	for (int i = 0; i < n; i++) {
		if (r[i].x == 0)
			continue;
		plus += r[i].from ? r[i].rank : 0;
		all += r[i].rank;
		squares += r[i].rank * r[i].rank;
		doubled[m++] = (int)(2 * r[i].rank);
	}
	out->zeros = n - m;
	out->exact = m <= EXACT_PAIRS && n <= 2 * EXACT_PAIRS;
	out->statistic = plus;
	out->effect = m ? (2 * plus - all) / all : 0;
	out->superiority = superiority_of(differences, n);
	out->smallest_p = fmin(1, ldexp(2, -m));
	out->p = m == 0 ? 1 : out->exact ? signs_p(doubled, m, (int)(2 * plus)) : normal_p(plus, all / 2, squares / 4);
	free(r);
	free(doubled);
}

/* Counts the choices of k of the n doubled ranks (ascending) that sum to `sum` at most, and at least. */
static void choices_p(const int *ranks, int n, int k, int sum, struct rank_test *out)
{
	int most = 0;
	for (int i = n - k; i < n; i++)
		most += ranks[i];
	size_t width = (size_t)most + 1;
	double *ways = need(calloc(width * ((size_t)k + 1), sizeof *ways)), below = 0, above = 0, all = 0, first = 0, last = 0;
	ways[0] = 1;
	for (int i = 0; i < n; i++)
		for (int j = i + 1 < k ? i + 1 : k; j > 0; j--) {
			double *to = ways + (size_t)j * width + ranks[i], *from = ways + (size_t)(j - 1) * width;
			for (int s = 0; s <= most - ranks[i]; s++)
				to[s] += from[s];
		}
	for (int s = 0; s <= most; s++) {
		double w = ways[(size_t)k * width + (size_t)s];
		all += w;
		below += s <= sum ? w : 0;
		above += s >= sum ? w : 0;
		first = first == 0 ? w : first;
		last = w > 0 ? w : last;
	}
	out->p = two_sided(below, above, all);
	out->smallest_p = two_sided(fmin(first, last), INFINITY, all);
	free(ways);
}

static void exact_rank_sum(const struct ranked *r, int n, int na, double sum_a, struct rank_test *out)
{
	int ranks[EXACT_RUNS];
	double sum_all = n * (n + 1.0) / 2;
	for (int i = 0; i < n; i++)
		ranks[i] = (int)(2 * r[i].rank);
	/* Counting for the smaller sample says the same and is faster. */
	if (2 * na <= n)
		choices_p(ranks, n, na, (int)(2 * sum_a), out);
	else
		choices_p(ranks, n, n - na, (int)(2 * (sum_all - sum_a)), out);
}

void rank_sum_test(const double *a, int na, const double *b, int nb, struct rank_test *out)
{
	*out = (struct rank_test){NAN, NAN, NAN, NAN, 1, 0, false};
	if (na < 1 || nb < 1)
		return;
	int n = na + nb;
	double pairs = (double)na * nb, sum = 0;
	struct ranked *r = need(malloc((size_t)n * sizeof *r));
	for (int i = 0; i < n; i++)
		r[i] = i < na ? (struct ranked){a[i], 1, 0} : (struct ranked){b[i - na], 0, 0};
	double ties = rank_values(r, n);
	for (int i = 0; i < n; i++)
		sum += r[i].from ? r[i].rank : 0;
	out->statistic = sum - na * (na + 1.0) / 2;
	out->superiority = out->statistic / pairs;
	out->effect = 2 * out->superiority - 1;
	out->exact = n <= EXACT_RUNS;
	if (out->exact)
		exact_rank_sum(r, n, na, sum, out);
	else {
		out->p = normal_p(out->statistic, pairs / 2, pairs / 12 * (n + 1 - ties / ((double)n * (n - 1))));
		out->smallest_p = fmin(1, 2 * exp(lgamma(na + 1.0) + lgamma(nb + 1.0) - lgamma(n + 1.0)));
	}
	free(r);
}
