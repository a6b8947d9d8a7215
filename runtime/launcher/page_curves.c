/* page_curves.c: the curves of all runs, small enough for a page. A value takes two characters: its place between the lowest and the highest
** of its curve, of 4095 places, logarithmic where the values span a factor of eight. Of long curves the first and the last value are kept,
** and of equal parts of what is between the lowest and the highest, in the order in which they came: no spike is lost. report/curves.js
** reads it. */
#include "page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Characters: how much of a page the curves of losses, and all others, may take as long as they keep LEAST values. */
enum { LOSS_ROOM = 1500000, OTHER_ROOM = 600000, MOST = 400, LEAST = 24, NAMES_MAX = 16, PLACES = 4094, NO_PLACE = 4095 };
static const double log_from = 8;

struct kept_name { char *name; int points; };
struct curves {
	struct kept_name names[NAMES_MAX]; int count, left_out;
	char *cells[NAMES_MAX];                                /* of one run */
};

static bool is_loss(const char *name)
{
	size_t n = strlen(name);
	return n >= 4 && !strcmp(name + n - 4, "loss");
}

static int points_for(int64_t curves, int64_t room)
{
	int64_t n = curves ? room / 2 / curves : MOST;
	return n > MOST ? MOST : (int)n & ~1;
}

/* Train and test losses first. */
static int rank(const char *name)
{
	return !strcmp(name, "train_loss") ? 0 : !strcmp(name, "test_loss") ? 1 : is_loss(name) ? 2 : 3;
}

static bool choose_names(const struct page *p, struct curves *c)
{
	struct { char *name; int64_t count; } all[NAMES_MAX];
	int64_t losses = 0, others = 0;
	int n = 0;
	struct rows *r = db_query(p->db, "SELECT name, count(*) FROM history WHERE name IS NOT NULL GROUP BY name ORDER BY name", "");
	while (r && row_next(r)) {
		int64_t count = row_int(r, 1) < p->count ? row_int(r, 1) : p->count;
		c->left_out += n == NAMES_MAX;
		if (n == NAMES_MAX)
			continue;
		all[n].name = copy(row_text(r, 0));
		all[n++].count = count;
		*(is_loss(row_text(r, 0)) ? &losses : &others) += count;
	}
	if (r)
		row_end(r);
	int loss_points = points_for(losses, LOSS_ROOM), other_points = points_for(others, OTHER_ROOM);
	for (int wanted = 0; wanted < 4; wanted++)
		for (int i = 0; i < n; i++) {
			if (rank(all[i].name) != wanted)
				continue;
			if (wanted == 3 && other_points < LEAST) {
				c->left_out++;
				continue;
			}
			int points = wanted == 3 ? other_points : loss_points < LEAST ? LEAST : loss_points;
			c->names[c->count++] = (struct kept_name){copy(all[i].name), points};
		}
	for (int i = 0; i < n; i++)
		free(all[i].name);
	return r && db_trouble(p->db) == DB_OK;
}

/* ---- one curve ---------------------------------------------------------------------------------------- */

/* At most `points` of the n values in out[]; returns how many. */
static int thin(const float *v, int n, int points, double *out)
{
	int count = 0, parts = (points - 2) / 2, middle = n - 2;
	if (n <= points) {
		for (int i = 0; i < n; i++)
			out[i] = (double)v[i];
		return n;
	}
	out[count++] = (double)v[0];
	for (int k = 0; k < parts; k++) {
		int from = 1 + (int)((int64_t)k * middle / parts), to = 1 + (int)((int64_t)(k + 1) * middle / parts), low = from, high = from;
		bool whole = true;
		for (int i = from; i < to; i++) {
			whole = whole && isfinite(v[i]);
			if (!isfinite(v[i]))
				continue;
			low = v[i] < v[low] || !isfinite(v[low]) ? i : low;
			high = v[i] > v[high] || !isfinite(v[high]) ? i : high;
		}
		out[count++] = (double)v[low < high ? low : high];
		out[count++] = whole ? (double)v[low < high ? high : low] : NAN;   /* a gap where something is not finite */
	}
	out[count++] = (double)v[n - 1];
	return count;
}

/* As the reader of the page will have it, so that both take logarithms of the same curves. */
static double rounded(double v)
{
	char s[40];
	snprintf(s, sizeof s, "%.6g", v);
	return strtod(s, NULL);
}

static void encode(const double *v, int n, int epochs, struct text *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	double low = INFINITY, high = -INFINITY;
	for (int i = 0; i < n; i++)
		if (isfinite(v[i])) {
			low = fmin(low, v[i]);
			high = fmax(high, v[i]);
		}
	if (!(low <= high))
		low = high = 0;
	low = rounded(low);
	high = rounded(high);
	bool logarithmic = low > 0 && high >= log_from * low;
	text_printf(out, "[%d,%.6g,%.6g,\"", epochs, low, high);
	for (int i = 0; i < n; i++) {
		double u = high > low ? logarithmic ? log(v[i] / low) / log(high / low) : (v[i] - low) / (high - low) : 0;
		int place = isfinite(v[i]) ? (int)lround(PLACES * fmin(1, fmax(0, u))) : NO_PLACE;
		char two[2] = {digits[place >> 6], digits[place & 63]};
		text_addn(out, two, 2);
	}
	text_add(out, "\"]");
}

/* ---- all of them ----------------------------------------------------------------------------------------- */

static void take_curve(struct curves *c, struct rows *r)
{
	size_t size;
	double values[MOST];
	const char *name = row_text(r, 1);
	int at = 0;
	while (at < c->count && strcmp(c->names[at].name, name))
		at++;
	const void *data = row_blob(r, 3, &size);
	int64_t epochs = row_int(r, 2), stored = (int64_t)(size / sizeof(float));
	epochs = epochs < stored ? epochs : stored;            /* a damaged database may claim more than it has */
	if (at == c->count || epochs < 1 || epochs > EPOCHS_MAX)
		return;
	float *v = need(malloc((size_t)epochs * sizeof *v));
	memcpy(v, data, (size_t)epochs * sizeof *v);
	struct text out = {0};
	encode(values, thin(v, (int)epochs, c->names[at].points, values), (int)epochs, &out);
	free(c->cells[at]);
	c->cells[at] = out.at;
	free(v);
}

static void put_run(struct curves *c, struct text *json)
{
	bool any = false;
	for (int i = 0; i < c->count; i++)
		any = any || c->cells[i];
	if (!any) {
		text_add(json, "null");
		return;
	}
	for (int i = 0; i < c->count; i++) {
		text_add(json, i ? "," : "[");
		text_add(json, c->cells[i] ? c->cells[i] : "null");
		free(c->cells[i]);
		c->cells[i] = NULL;
	}
	text_add(json, "]");
}

static bool put_runs(const struct page *p, struct curves *c, struct text *json)
{
	struct rows *r = db_query(p->db, "SELECT run_id, name, epochs, data FROM history WHERE name IS NOT NULL ORDER BY run_id, name", "");
	bool more = r && row_next(r);
	for (int i = 0; r && i < p->count; i++) {
		while (more && row_int(r, 0) < p->runs[i].id)
			more = row_next(r);
		for (; more && row_int(r, 0) == p->runs[i].id; more = row_next(r))
			take_curve(c, r);
		text_add(json, i ? ",\n" : "");
		put_run(c, json);
	}
	if (r)
		row_end(r);
	return r && db_trouble(p->db) == DB_OK;
}

bool page_curves_json(const struct page *p, struct text *json)
{
	struct curves c = {0};
	bool ok = true;
	if (p->ours)
		ok = choose_names(p, &c);
	text_add(json, "\"curves\":{\"names\":[");
	for (int i = 0; i < c.count; i++) {
		text_add(json, i ? "," : "");
		json_add(json, c.names[i].name);
	}
	text_printf(json, "],\"left_out\":%d,\"runs\":[", c.left_out);
	if (ok && c.count)
		ok = put_runs(p, &c, json);
	text_add(json, "]}");
	for (int i = 0; i < c.count; i++)
		free(c.names[i].name);
	return ok;
}
