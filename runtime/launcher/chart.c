/* chart.c: two curves in a field of plain characters, for a look in a terminal. Plots for people to keep are gnuplot's. */
#include "launcher.h"

#include <math.h>
#include <string.h>

enum { WIDE = 64, HIGH = 12 };
struct field { char at[HIGH][WIDE]; double low, high; bool log; int epochs; };

static void widen(struct field *f, const struct run_curve *c, double *least)
{
	for (int i = 0; c && i < c->epochs; i++) {
		double v = (double)c->values[i];
		if (!isfinite(v))
			continue;
		f->low = fmin(f->low, v);
		f->high = fmax(f->high, v);
		if (v > 0)
			*least = fmin(*least, v);
	}
	if (c && c->epochs > f->epochs)
		f->epochs = c->epochs;
}

static int row_of(const struct field *f, double v)
{
	double low = f->low, high = f->high;
	if (f->log) {
		v = log10(fmax(v, low));
		low = log10(low);
		high = log10(high);
	}
	return high > low ? (int)lround((HIGH - 1) * (high - v) / (high - low)) : HIGH / 2;
}

static void draw(struct field *f, const struct run_curve *c, char mark)
{
	for (int i = 0; c && i < c->epochs; i++) {
		double v = (double)c->values[i];
		int x = f->epochs > 1 ? (int)((int64_t)i * (WIDE - 1) / (f->epochs - 1)) : 0;
		if (!isfinite(v))
			continue;
		char *at = &f->at[row_of(f, v)][x];
		*at = *at == ' ' || *at == mark ? mark : '#';
	}
}

void chart_add(struct text *out, const struct run_curve *a, const struct run_curve *b)
{
	struct field f = {.low = INFINITY, .high = -INFINITY};
	double least = INFINITY;
	widen(&f, a, &least);
	widen(&f, b, &least);
	if (!(f.low <= f.high))
		return;
	f.log = f.low > 0 && f.high / least >= 100;
	memset(f.at, ' ', sizeof f.at);
	draw(&f, a, '*');
	draw(&f, b, 'o');
	for (int y = 0; y < HIGH; y++) {
		char label[16] = "";
		int n = WIDE;
		while (n && f.at[y][n - 1] == ' ')
			n--;
		if (y == 0 || y == HIGH - 1)
			snprintf(label, sizeof label, "%.3g", y ? f.low : f.high);
		text_printf(out, "%11s |%.*s\n", label, n, f.at[y]);
	}
	text_printf(out, "%11s +", "");
	for (int x = 0; x < WIDE; x++)
		text_add(out, "-");
	text_printf(out, "\n%12s1%*d\n%13s%s%s%s%s%s\n", " ", WIDE, f.epochs, "", a ? "* " : "", a ? a->name : "", a && b ? "   o " : b ? "o " : "", b ? b->name : "",
		f.log ? "   (logarithmic)" : "");
}
