/* stats_bounds.c: bounds of group-sequential tests: how large a standardised difference must be at each of several looks at
** growing data, so that chance alone crosses one of them with a given probability, all looks together.
**
** The probability is spent by the function of Lan and DeMets (Biometrika 70, 1983) that is close to O'Brien and Fleming's bounds:
** on each side a(t) = 2 - 2 Phi(z / sqrt(t)), with z the 1 - a/2 quantile of the normal distribution for a = a(1), half of alpha, and t
** the share of the data. The bounds follow look by look from the distribution of those that have not crossed yet, by numerical
** integration (Armitage, McPherson and Rowe 1969; Jennison and Turnbull 2000, chapter 19). */
#include "stats.h"

#include "launcher.h"

#include <math.h>
#include <stdlib.h>

/* Beyond so many standard deviations nothing is left that a double would notice beside the rest. */
static const double reach = 9;
enum { STEPS_A_DEVIATION = 5, LEAST_STEPS = 100 };

/* Of Brownian motion at one look, over those paths that have crossed no bound: weight[i] is its density at `at[i]` times Simpson's weight. */
struct front { double *at, *weight; int n; };

static double upper_tail(double z)
{
	return erfc(z / sqrt(2)) / 2;
}

double alpha_spent(double alpha, double t)
{
	if (t <= 0)
		return 0;
	return t >= 1 ? alpha : 4 * upper_tail(-normal_quantile(alpha / 4) / sqrt(t));
}

/* Points from -end to end; `step`: how far apart at most. */
static struct front points(double end, double step)
{
	int half = (int)ceil(end / step);
	struct front f = {.n = 2 * (half < LEAST_STEPS / 2 ? LEAST_STEPS / 2 : half) + 1};
	double h = 2 * end / (f.n - 1);
	f.at = need(malloc((size_t)f.n * sizeof *f.at));
	f.weight = need(malloc((size_t)f.n * sizeof *f.weight));
	for (int i = 0; i < f.n; i++) {
		f.at[i] = -end + i * h;
		f.weight[i] = h / 3 * (i == 0 || i == f.n - 1 ? 1 : i % 2 ? 4 : 2);
	}
	return f;
}

static void front_free(struct front *f)
{
	free(f->at);
	free(f->weight);
}

/* How much of the front is above `b` after a step of deviation s; *density: how much is at b. */
static double crossing(const struct front *f, double s, double b, double *density)
{
	double sum = 0, at = 0;
	for (int i = 0; i < f->n; i++) {
		double z = (b - f->at[i]) / s;
		sum += f->weight[i] * upper_tail(z);
		at += f->weight[i] * exp(-z * z / 2);
	}
	*density = at / (s * sqrt(2 * M_PI));
	return sum;
}

/* Where the front crosses upwards with probability `p`: Newton's method on the logarithm, which is nearly a parabola, kept between bounds. */
static double bound_of(const struct front *f, double s, double t, double p)
{
	double low = 0, high = 40 * sqrt(t), b = 2 * sqrt(t), density;
	if (!(p > 0) || crossing(f, s, high, &density) > p)
		return INFINITY;
	for (int i = 0; i < 200; i++) {
		double above = crossing(f, s, b, &density);
		if (above > p)
			low = b;
		else
			high = b;
		double next = b + log(above / p) * above / density;
		if (!(next > low && next < high))
			next = (low + high) / 2;
		if (fabs(next - b) <= 1e-14 * next)
			return next;
		b = next;
	}
	return b;
}

/* The front after a step of deviation s, between the bounds -b and b; `next`: the deviation of the step that comes then. */
static struct front advance(const struct front *f, double s, double t, double b, double next)
{
	struct front g = points(fmin(b, reach * sqrt(t)), next / STEPS_A_DEVIATION);
	for (int k = 0; k <= g.n / 2; k++) {
		double density = 0;
		for (int i = 0; i < f->n; i++) {
			double z = (g.at[k] - f->at[i]) / s;
			if (z < reach && z > -reach)
				density += f->weight[i] * exp(-z * z / 2);
		}
		g.weight[k] *= density / (s * sqrt(2 * M_PI));
		g.weight[g.n - 1 - k] = g.weight[k];           /* both sides are alike */
	}
	return g;
}

void sequential_bounds(const double *t, int looks, double alpha, double *z)
{
	/* Before the first look all is at 0: a front of one point. */
	double zero = 0, one = 1, before = 0, spent = 0;
	struct front f = {&zero, &one, 1};
	for (int k = 0; k < looks; k++) {
		double s = sqrt(t[k] - before), now_spent = alpha_spent(alpha, t[k]) / 2;
		double b = bound_of(&f, s, t[k], now_spent - spent);
		z[k] = b / sqrt(t[k]);
		if (k + 1 < looks) {
			struct front g = advance(&f, s, t[k], b, sqrt(t[k + 1] - t[k]));
			if (k)
				front_free(&f);
			f = g;
		}
		before = t[k];
		spent = now_spent;
	}
	if (looks > 1)
		front_free(&f);
}
