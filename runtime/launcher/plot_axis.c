/* plot_axis.c: ranges and ticks. gnuplot's own choice is not used: it would differ with the size of the font, show 1e-05 beside
** 0.0001, and widen ranges by itself. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool log_option(const struct args *args, enum log_mode *out)
{
	const char *s = option(args, "log");
	*out = LOG_AUTO;
	if (!s || !strcmp(s, "auto"))
		return true;
	*out = !strcmp(s, "yes") ? LOG_YES : LOG_NO;
	if (*out == LOG_YES || !strcmp(s, "no"))
		return true;
	complain("--log: '%s' is none of auto, yes, no", s);
	return false;
}

void spread_add(struct spread *s, double v)
{
	if (!isfinite(v))
		return;
	if (fabs(v) < 1e-300)
		v = 0;                                             /* no range of gnuplot's takes a subnormal number */
	v = fmax(-1e300, fmin(1e300, v));
	if (spread_empty(s))
		s->low = s->high = v;
	s->low = fmin(s->low, v);
	s->high = fmax(s->high, v);
	if (v > 0)
		s->least = s->positive ? fmin(s->least, v) : v;
	s->positive += v > 0;
	s->zero += v == 0;
	s->negative += v < 0;
}

bool spread_empty(const struct spread *s)
{
	return !(s->positive + s->zero + s->negative);
}

struct axis axis_of(const struct spread *s, enum log_mode mode, double margin)
{
	struct axis a = {0, 1, false};
	if (spread_empty(s))
		return a;
	a.log = mode == LOG_YES ? s->positive > 0
		: mode == LOG_AUTO && !s->negative && s->zero < s->positive && s->high >= 100 * s->least;
	a.low = a.log ? log10(s->least) : s->low;
	a.high = a.log ? log10(s->high) : s->high;
	double size = a.high - a.low, least = a.log ? 0.3 : fmax(fabs(a.high) * 1e-6, 1e-300);
	if (size < least) {
		/* One value: a range around it, in which it can be read. */
		double pad = a.log ? 0.5 : a.high != 0 ? fabs(a.high) * 0.1 : 1;
		a.low -= pad;
		a.high += pad;
	} else {
		a.low -= margin * size;
		a.high += margin * size;
	}
	if (a.log) {
		a.low = fmax(pow(10, a.low), 1e-300);
		a.high = fmin(pow(10, a.high), 1e300);
	} else {
		a.low = fmax(a.low, -1e300);
		a.high = fmin(a.high, 1e300);
	}
	return a;
}

bool axis_has(const struct axis *a, double v)
{
	return isfinite(v) && v >= a->low && v <= a->high && !(a->log && v <= 0);
}

double axis_to(const struct axis *a, double v)
{
	return a->log ? log(v / a->low) / log(a->high / a->low) : (v - a->low) / (a->high - a->low);
}

double axis_from(const struct axis *a, double u)
{
	return a->log ? a->low * pow(a->high / a->low, u) : a->low + u * (a->high - a->low);
}

static void tick(struct ticks *t, double v, const char *label)
{
	if (t->count == TICKS_MAX)
		return;
	t->at[t->count].at = v;
	snprintf(t->at[t->count++].label, sizeof t->at->label, "%s", label);
}

/* 10 to the `e` with raised digits: terminals that show text as it is have no other way. */
static void power_label(char *out, size_t room, int e)
{
	static const char *const raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
	char digits[16];
	snprintf(digits, sizeof digits, "%d", abs(e));
	snprintf(out, room, "10%s", e < 0 ? "⁻" : "");
	for (const char *d = digits; *d; d++)
		strncat(out, raised[*d - '0'], room - strlen(out) - 1);
}

/* 5·10⁻⁵ */
static void times_label(char *out, size_t room, int digit, int e)
{
	char power[40];
	power_label(power, sizeof power, e);
	if (digit == 1)
		snprintf(out, room, "%s", power);
	else
		snprintf(out, room, "%d·%s", digit, power);
}

static void log_ticks(struct ticks *t, const struct axis *a, int count)
{
	int first = (int)ceil(log10(a->low) - 1e-9), last = (int)floor(log10(a->high) + 1e-9), step = (last - first) / count + 1;
	char label[48];
	/* Powers of ten that are multiples of the step: 10⁻⁸, 10⁻⁶, ... */
	for (int e = first; last - first >= 2 && e <= last; e++) {
		power_label(label, sizeof label, e);
		if (e % step == 0)
			tick(t, pow(10, e), label);
		else if (step <= 4)
			tick(t, pow(10, e), "");
	}
	static const double small[] = {1, 2, 5};
	bool plain = a->low >= 0.99e-4 && a->high < 1e6;       /* else 0.0001 would stand beside 5e-05 */
	for (int e = first - 1; last - first < 2 && e <= last; e++)
		for (int i = 0; i < 3; i++) {
			double v = small[i] * pow(10, e);
			if (v < a->low * (1 - 1e-9) || v > a->high * (1 + 1e-9))
				continue;
			if (plain)
				snprintf(label, sizeof label, "%.6g", v);
			else
				times_label(label, sizeof label, (int)small[i], e);
			tick(t, v, label);
		}
}

static double nice_step(double size, int count, bool whole)
{
	double raw = size / count, ten = pow(10, floor(log10(raw))), f = raw / ten;
	double step = ten * (f < 1.3 ? 1 : f < 2.6 ? 2 : f < 6.5 ? 5 : 10);
	return whole && step < 1 ? 1 : step;
}

static void linear_ticks(struct ticks *t, const struct axis *a, int count, bool whole)
{
	double step = nice_step(a->high - a->low, count, whole), most = fmax(fabs(a->low), fabs(a->high));
	/* As many digits as tell two ticks apart, all after the point alike. */
	int after = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0, digits = (int)ceil(log10(most / step)) + 2;
	bool plain = most < 1e6 && step >= 1e-5;
	char label[48];
	for (double k = ceil(a->low / step - 1e-9); k * step <= a->high + step * 1e-9; k++) {
		double v = k == 0 ? 0 : k * step;                      /* not -0 */
		if (plain)
			snprintf(label, sizeof label, "%.*f", after, v);
		else
			snprintf(label, sizeof label, "%.*g", digits < 3 ? 3 : digits > 15 ? 15 : digits, v);
		tick(t, v, label);
	}
}

void axis_ticks(const struct axis *a, int count, bool whole, struct ticks *out)
{
	out->count = 0;
	if (a->log)
		log_ticks(out, a, count);
	else
		linear_ticks(out, a, count, whole);
}

void axis_write(struct plot *p, const char *name, const struct axis *a, int count, bool whole)
{
	struct ticks t;
	axis_ticks(a, count, whole, &t);
	plot_printf(p, "set %srange [%.9g:%.9g]\n", name, a->low, a->high);
	if (a->log)
		plot_printf(p, "set logscale %s\n", name);
	plot_printf(p, "set %stics nomirror (", name);
	for (int i = 0; i < t.count; i++)
		plot_printf(p, "%s'%s' %.12g%s", i ? "," : "", t.at[i].label, t.at[i].at, *t.at[i].label ? "" : " 1");
	plot_printf(p, ")\n");
}
