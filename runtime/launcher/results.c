/* results.c: the numbers of a finished run, by the original's formulas. What is not defined is NaN, and NULL in the database. */
#include "launcher.h"

#include <math.h>
#include <string.h>

static int column_of(const struct columns *c, const char *name)
{
	for (int i = 0; i < c->count; i++)
		if (!strcmp(c->names[i], name))
			return i;
	return -1;
}

/* Value of a column after epoch `e` (from 0); NaN where there is none. */
static double at(const struct measure *m, int column, int e)
{
	return column < 0 || e < 0 || e >= m->epochs ? NAN : m->values[(size_t)e * (size_t)m->columns.count + (size_t)column];
}

static double overfit(const struct measure *m, int train, int test)
{
	double low = INFINITY, high = -INFINITY, last = m->epochs - 1;
	for (int e = 0; e < m->epochs; e++) {
		low = fmin(low, fmin(at(m, train, e), at(m, test, e)));
		high = fmax(high, fmax(at(m, train, e), at(m, test, e)));
	}
	double v = fabs(at(m, test, (int)last) - at(m, train, (int)last)) / (high - low);
	return isfinite(v) ? v : NAN;
}

/* Standard deviation around their own mean of the differences on one side of the slope. */
static double side(const struct measure *m, int train, int from, double slope, double sign)
{
	double sum = 0, squares = 0;
	int n = 0;
	for (int e = from; e < m->epochs; e++) {
		double d = at(m, train, e) - at(m, train, e - 1);
		if (sign * (d - slope) >= 0) {
			sum += d;
			n++;
		}
	}
	for (int e = from; e < m->epochs; e++) {
		double d = at(m, train, e) - at(m, train, e - 1);
		if (sign * (d - slope) >= 0)
			squares += (d - sum / n) * (d - sum / n);
	}
	return n ? sqrt(squares / n) : NAN;
}

static void slopes(const struct measure *m, int train, struct result *out)
{
	int d = m->epochs / 10, from = m->epochs - d;
	out->slope = out->slope_std_plus = out->slope_std_minus = NAN;
	if (d < 1)
		return;
	double sum = 0;
	for (int e = from; e < m->epochs; e++)
		sum += at(m, train, e) - at(m, train, e - 1);
	out->slope = sum / d;
	out->slope_std_plus = side(m, train, from, out->slope, 1);
	out->slope_std_minus = side(m, train, from, out->slope, -1);
}

void result_of(const struct measure *m, struct result *out)
{
	const struct columns *c = &m->columns;
	int train = column_of(c, "train_loss"), test = column_of(c, "test_loss"), last = m->epochs - 1;
	out->train_loss = at(m, train, last);
	out->test_loss = at(m, test, last);
	out->train_acc = at(m, column_of(c, "train_acc"), last);
	out->test_acc = at(m, column_of(c, "test_acc"), last);
	out->overfit = overfit(m, train, test);
	double sum = 0;
	for (int e = 0; e < m->epochs; e++)
		sum += at(m, test, e);
	out->trainability = m->epochs ? sum / m->epochs : NAN;
	slopes(m, train, out);
}

void result_text(const struct result *r, double seconds, struct text *out)
{
	text_printf(out, "train_loss=%.3E\ttest_loss=%.3E\texecution_time=%.3E", r->train_loss, r->test_loss, seconds);
}
