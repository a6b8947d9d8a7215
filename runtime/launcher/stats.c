/* stats.c: summaries, the normal distribution, bootstrap intervals, effect sizes, Holm's correction, numbers of runs.
** The rank tests are in stats_rank.c. */
#include "stats.h"

#include "launcher.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

void sort_values(double *x, int n)
{
	qsort(x, (size_t)n, sizeof *x, by_value);
}

/* In long double: the order of the values does not show in the sum of a sweep's runs, and 1e300 does not overflow. */
double mean_of(const double *x, int n)
{
	long double sum = 0;
	for (int i = 0; i < n; i++)
		sum += x[i];
	return n ? (double)(sum / n) : NAN;
}

static long double squares(const double *x, int n)
{
	long double mean = 0, sum = 0;
	for (int i = 0; i < n; i++)
		mean += x[i];
	mean /= n;
	for (int i = 0; i < n; i++)
		sum += (x[i] - mean) * (x[i] - mean);
	return sum;
}

double deviation_of(const double *x, int n)
{
	return n < 2 ? NAN : (double)sqrtl(squares(x, n) / (n - 1));
}

double median_of(const double *sorted, int n)
{
	if (!n)
		return NAN;
	return n % 2 ? sorted[n / 2] : sorted[n / 2 - 1] / 2 + sorted[n / 2] / 2;
}

double normal_cdf(double z)
{
	return erfc(-z / sqrt(2)) / 2;
}

/* A rough start (Abramowitz and Stegun 26.2.23), then Halley's method on the distribution itself. */
double normal_quantile(double p)
{
	if (p == 0.5)
		return 0;
	if (!(p > 0 && p < 1))
		return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
	if (p > 0.5)
		return -normal_quantile(1 - p);
	double t = sqrt(-2 * log(p));
	double z = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
	for (int i = 0; i < 3; i++) {
		double u = (normal_cdf(z) - p) * sqrt(2 * M_PI) * exp(z * z / 2);
		z -= u / (1 + z * u / 2);
	}
	return z;
}

/* Student's 97.5 % quantile for many degrees of freedom, from the normal one (Abramowitz and Stegun 26.7.5). */
static double student_quantile(double p, double v)
{
	double z = normal_quantile(p), z2 = z * z;
	return z + z * (z2 + 1) / (4 * v) + z * (5 * z2 * z2 + 16 * z2 + 3) / (96 * v * v)
		+ z * (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15) / (384 * v * v * v);
}

/* A counter-based generator: the finaliser of SplitMix64 (Steele, Lea and Flood 2014) on the number of the draw. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

int bootstrap_index(uint64_t seed, uint64_t counter, int n)
{
	uint64_t draw = mix(mix(seed) + (counter + 1) * 0x9e3779b97f4a7c15);
	return (int)(((unsigned __int128)draw * (unsigned)n) >> 64);
}

/* By linear interpolation between the two nearest. */
static double quantile(const double *sorted, int n, double p)
{
	double at = p * (n - 1), below = floor(at);
	int i = (int)below;
	return i + 1 < n ? sorted[i] + (at - below) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

/* Adds sign * the mean of each resample of x to `out`, drawing from `counter` on. */
static void add_means(const double *x, int n, double sign, int resamples, uint64_t seed, uint64_t counter, double *out)
{
	for (int r = 0; r < resamples; r++) {
		double sum = 0;
		for (int i = 0; i < n; i++)
			sum += x[bootstrap_index(seed, counter++, n)] / n;
		out[r] += sign * sum;
	}
}

/* Second and third powers of the influence of each value on the mean: what the jackknife gives. */
static void add_influence(const double *x, int n, double sign, double unit, double sums[2])
{
	double mean = mean_of(x, n);
	for (int i = 0; i < n; i++) {
		double d = sign * (x[i] - mean) / n / unit;
		sums[0] += d * d;
		sums[1] += d * d * d;
	}
}

static double acceleration(const double *a, int na, const double *b, int nb)
{
	double unit = a[na - 1] - a[0] + (nb ? b[nb - 1] - b[0] : 0), sums[2] = {0};
	add_influence(a, na, 1, unit, sums);
	add_influence(b, nb, -1, unit, sums);
	return sums[1] / (6 * sums[0] * sqrt(sums[0]));
}

void bootstrap_difference(const double *a, int na, const double *b, int nb, int resamples, uint64_t seed, double *low, double *high)
{
	double from = mean_of(a, na) - (nb ? mean_of(b, nb) : 0);
	*low = *high = na < 2 || nb == 1 ? NAN : from;
	if (na < 2 || nb == 1 || (a[0] == a[na - 1] && (!nb || b[0] == b[nb - 1])))
		return;
	double *means = need(calloc((size_t)resamples, sizeof *means));
	/* A resample of all the values has their mean, but for rounding. */
	double largest = fmax(fmax(fabs(a[0]), fabs(a[na - 1])), nb ? fmax(fabs(b[0]), fabs(b[nb - 1])) : 0), slack = 1e-13 * largest;
	int below = 0, same = 0;
	add_means(a, na, 1, resamples, seed, 0, means);
	add_means(b, nb, -1, resamples, seed, (uint64_t)resamples * (uint64_t)na, means);
	for (int r = 0; r < resamples; r++) {
		below += means[r] < from - slack;
		same += fabs(means[r] - from) <= slack;
	}
	sort_values(means, resamples);
	double z0 = normal_quantile((below + 0.5 * same) / resamples), skew = acceleration(a, na, b, nb), ends[2];
	for (int i = 0; i < 2; i++) {
		double z = z0 + normal_quantile(i ? 0.975 : 0.025), p = normal_cdf(z0 + z / (1 - skew * z));
		ends[i] = quantile(means, resamples, isfinite(p) ? p : i ? 0.975 : 0.025);
	}
	*low = ends[0];
	*high = ends[1];
	free(means);
}

/* Welch's interval: with many values resampling would give the same. */
static void welch_interval(const double *a, int na, const double *b, int nb, double *low, double *high)
{
	double va = (double)(squares(a, na) / ((double)na * (na - 1))), vb = nb ? (double)(squares(b, nb) / ((double)nb * (nb - 1))) : 0, all = va + vb;
	double from = mean_of(a, na) - (nb ? mean_of(b, nb) : 0);
	double freedom = all > 0 ? all * all / (va * va / (na - 1) + (nb ? vb * vb / (nb - 1) : 0)) : 1;
	double half = all > 0 ? student_quantile(0.975, freedom) * sqrt(all) : 0;
	*low = from - half;
	*high = from + half;
}

static double *sorted_copy(const double *x, int n)
{
	double *out = need(malloc(((size_t)n + 1) * sizeof *out));
	if (n)
		memcpy(out, x, (size_t)n * sizeof *out);
	sort_values(out, n);
	return out;
}

void difference_interval(const double *a, int na, const double *b, int nb, int resamples, uint64_t seed, double *low, double *high)
{
	double *x = sorted_copy(a, na), *y = sorted_copy(b, nb);
	if (na + nb > BOOTSTRAP_MAX && na >= WELCH_MIN && (!nb || nb >= WELCH_MIN))
		welch_interval(x, na, y, nb, low, high);
	else
		bootstrap_difference(x, na, y, nb, resamples, seed, low, high);
	free(x);
	free(y);
}

void summarize(const double *x, int n, int resamples, uint64_t seed, struct summary *out)
{
	double *sorted = sorted_copy(x, n);
	*out = (struct summary){.n = n, .mean = mean_of(sorted, n), .sd = deviation_of(sorted, n), .median = median_of(sorted, n)};
	difference_interval(sorted, n, NULL, 0, resamples, seed, &out->low, &out->high);
	free(sorted);
}

double hedges_g(const double *a, int na, const double *b, int nb)
{
	double v = na + nb - 2;
	if (na < 2 || nb < 2)
		return NAN;
	double pooled = (double)sqrtl((squares(a, na) + squares(b, nb)) / v);
	if (!(pooled > 0))
		return NAN;
	double unbiased = exp(lgamma(v / 2) - lgamma((v - 1) / 2)) / sqrt(v / 2);
	return unbiased * (mean_of(a, na) - mean_of(b, nb)) / pooled;
}

struct ordered { double p; int at; };

static int by_p(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;
	return (x->p > y->p) - (x->p < y->p);
}

void holm(const double *p, int n, double *adjusted)
{
	struct ordered *order = need(malloc(((size_t)n + 1) * sizeof *order));
	int m = 0;
	for (int i = 0; i < n; i++) {
		adjusted[i] = NAN;
		if (!isnan(p[i]))
			order[m++] = (struct ordered){p[i], i};
	}
	qsort(order, (size_t)m, sizeof *order, by_p);
	double largest = 0;
	for (int i = 0; i < m; i++) {
		largest = fmax(largest, fmin(1, (m - i) * order[i].p));
		adjusted[order[i].at] = largest;
	}
	free(order);
}

int pairs_to_reach(double level)
{
	int n = 1;
	for (double p = 1; p > level; p /= 2)                  /* 2 of 2^n choices of signs */
		n++;
	return n;
}

int runs_to_reach(double level)
{
	int n = 1;
	for (double ways = 2; 2 / ways > level; n++)           /* 2 of (2n over n) choices of ranks */
		ways *= 2 * (2 * n + 1.0) / (n + 1.0);
	return n;
}

/* (z_{1 - level/2} + z_0.8)^2 / (superiority - 1/2)^2, of which Noether's two formulas are a fraction. */
static double noether(double superiority, double level)
{
	double z = normal_quantile(1 - level / 2) + normal_quantile(0.8), d = superiority - 0.5;
	return d == 0 ? INFINITY : z * z / (d * d);
}

double pairs_to_tell(double superiority, double level)
{
	return fmax(ceil(noether(superiority, level) / 3), pairs_to_reach(level));
}

double runs_to_tell(double superiority, double level)
{
	return fmax(ceil(noether(superiority, level) / 6), runs_to_reach(level));
}
