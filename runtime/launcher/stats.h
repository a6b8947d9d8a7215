/* stats.h: statistics of small samples: summaries, bootstrap intervals, rank tests, effect sizes, how many runs would tell.
** Numbers in, numbers out: no database, no text. What is not defined is NaN. doc/comparing.md explains every number and
** names its source. No result depends on the order of the values. */
#ifndef MOSAIC_STATS_H
#define MOSAIC_STATS_H

#include <stdbool.h>
#include <stdint.h>

/* Of more values than this an interval is Student's or Welch's: resampling would give the same one. */
enum { BOOTSTRAP_MAX = 500, WELCH_MIN = 100 };

struct summary { int n; double mean, sd, median, low, high; };     /* low, high: 95 % interval of the mean */

/* A rank test. effect: Cliff's delta, or the matched-pairs rank-biserial correlation, > 0 when the first is larger.
** superiority: how often the first is larger, of all pairs of runs, or of all sums of two differences; ties count half. */
struct rank_test { double statistic, p, effect, superiority, smallest_p; int zeros; bool exact; };

void sort_values(double *x, int n);
double mean_of(const double *x, int n);
double deviation_of(const double *x, int n);               /* with n - 1 */
double median_of(const double *sorted, int n);
void summarize(const double *x, int n, int resamples, uint64_t seed, struct summary *out);

/* 95 % interval of mean(a) - mean(b), or of mean(a) where nb is 0. NaN if a sample has one value only. */
void difference_interval(const double *a, int na, const double *b, int nb, int resamples, uint64_t seed, double *low, double *high);
/* The BCa interval of the same; both sorted. */
void bootstrap_difference(const double *a, int na, const double *b, int nb, int resamples, uint64_t seed, double *low, double *high);
int bootstrap_index(uint64_t seed, uint64_t counter, int n);   /* which value draw `counter` takes */

double normal_cdf(double z);
double normal_quantile(double p);

/* a[i] - b[i]. Sizes that differ by rounding only become the same, so that they tie. */
void paired_differences(const double *a, const double *b, int n, double *out);
void signed_rank_test(const double *differences, int n, struct rank_test *out);           /* Wilcoxon, zeros by Pratt */
void rank_sum_test(const double *a, int na, const double *b, int nb, struct rank_test *out);  /* Wilcoxon, Mann and Whitney */
double hedges_g(const double *a, int na, const double *b, int nb);
void holm(const double *p, int n, double *adjusted);       /* a NaN stays one and is not counted */

/* Smallest numbers of pairs, or of runs in each of two groups, at which some outcome has a p of at most `level`. */
int pairs_to_reach(double level);
int runs_to_reach(double level);
/* Those with which a test at `level` finds an effect of this `superiority` in 80 % of all repetitions; INFINITY for 1/2. */
double pairs_to_tell(double superiority, double level);
double runs_to_tell(double superiority, double level);

/* Group-sequential tests (stats_bounds.c): looks at the shares t[0] < t[1] < ... of the data; a two-sided test at `alpha` over all of them
** finds a difference when its standardised statistic is at least z[k] at look k. INFINITY: no statistic is large enough. */
void sequential_bounds(const double *t, int looks, double alpha, double *z);
double alpha_spent(double alpha, double t);                /* how much of it until then */

#endif
