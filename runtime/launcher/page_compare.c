/* page_compare.c: the comparisons of compare*.c as HTML: the sentences at the top of the page, the tables below. What is compared with
** what, and what may be said of it, is decided there; here, what to ask when nobody said so. */
#include "page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { QUESTIONS_MAX = 3, VALUES_MAX = 12, WITHIN_MAX = 40, SENTENCES_MAX = 8, PLOT_WIDTH = 180, PLOT_HEIGHT = 18 };

/* ---- what to ask ------------------------------------------------------------------------------------------- */

/* Does the setting `scheme` of some run name this type? */
static bool in_scheme(const struct page *p, const char *scheme, const char *type, size_t n)
{
	const struct page_column *c = page_column(p, scheme);
	for (int i = 0; c && i < c->value_count; i++)
		for (const char *s = p->texts.at[c->values[i]]; *s; s += strspn(s, ", \t")) {
			size_t length = strcspn(s, ", \t");
			if (length == n && !strncmp(s, type, n))
				return true;
			s += length;
		}
	return false;
}

static bool is_data_key(const struct page *p, const struct page_column *c)
{
	return !strcmp(c->type, "key") && in_scheme(p, "data_scheme", c->name, strlen(c->name) - 4);
}

/* Like with like: the data sets apart. NULL when there is one only. */
static const char *suggest_within(const struct page *p, const char *by)
{
	for (int i = 0; i < p->column_count; i++) {
		const struct page_column *c = &p->columns[i];
		if (is_data_key(p, c) && c->everywhere && c->value_count > 1 && c->value_count <= WITHIN_MAX && strcmp(c->name, by))
			return c->name;
	}
	return NULL;
}

/* The models' keys; where they are all the same, what differs within the models, then settings. */
static int suggest_by(const struct page *p, const char *out[QUESTIONS_MAX])
{
	int n = 0;
	for (int kind = 0; kind < 3 && !n; kind++)
		for (int i = 0; i < p->column_count && n < QUESTIONS_MAX; i++) {
			const struct page_column *c = &p->columns[i];
			bool key = !strcmp(c->type, "key"), module = *c->type && !key;
			bool fits = kind == 0 ? key && !is_data_key(p, c) : kind == 1 ? module && in_scheme(p, "pipeline_scheme", c->type, strlen(c->type)) : !*c->type;
			/* A name that stands for several parameters would compare others than it says. */
			if (fits && c->value_count > 1 && c->value_count <= VALUES_MAX && strcmp(c->name, "seed") && !strcmp(c->name, c->rest))
				out[n++] = c->name;
		}
	return n;
}

const char *page_suggestion(const struct page *p)
{
	const char *by[QUESTIONS_MAX];
	return suggest_by(p, by) ? by[0] : NULL;
}

/* ---- tables ---------------------------------------------------------------------------------------------- */

struct scale { double low, high; bool log; };

static struct scale scale_of(const struct block *b)
{
	struct scale s = {INFINITY, -INFINITY, false};
	for (int i = 0; i < b->count; i++) {
		const struct summary *g = &b->groups[i].summary;
		const double all[] = {g->mean, g->low, g->high};
		for (int k = 0; k < 3; k++)
			if (isfinite(all[k])) {
				s.low = fmin(s.low, all[k]);
				s.high = fmax(s.high, all[k]);
			}
	}
	s.log = s.low > 0 && s.high >= 30 * s.low;
	return s;
}

static double place(const struct scale *s, double v)
{
	double u = !(s->high > s->low) ? 0.5 : s->log ? log(v / s->low) / log(s->high / s->low) : (v - s->low) / (s->high - s->low);
	return 8 + u * (PLOT_WIDTH - 16);
}

/* Mean and interval as a picture; the numbers stand beside it. */
static void add_interval(struct text *out, const struct scale *s, const struct summary *g)
{
	text_printf(out, "<svg class=\"interval\" width=\"%d\" height=\"%d\" aria-hidden=\"true\">", PLOT_WIDTH, PLOT_HEIGHT);
	if (isfinite(g->low) && isfinite(g->high)) {
		double low = place(s, g->low), high = place(s, g->high);
		text_printf(out, "<path d=\"M%.1f 9H%.1fM%.1f 5v8M%.1f 5v8\"/>", low, high, low, high);
	}
	if (isfinite(g->mean))
		text_printf(out, "<circle cx=\"%.1f\" cy=\"9\" r=\"3.5\"/>", place(s, g->mean));
	text_add(out, "</svg>");
}

static void add_number(struct text *out, double v)
{
	char *s = measure_text(v);
	text_printf(out, "<td class=\"n\">%s</td>", s);
	free(s);
}

static void add_range(struct text *out, double low, double high)
{
	char *a = measure_text(low), *b = measure_text(high);
	text_printf(out, isfinite(low) && isfinite(high) ? "<td class=\"n\">%s to %s</td>" : "<td class=\"n\">–</td>", a, b);
	free(a);
	free(b);
}

static void add_groups(const struct comparing *c, const struct block *b, struct text *out)
{
	struct scale scale = scale_of(b);
	text_add(out, "<div class=\"scroll\"><table class=\"plain\"><thead><tr><th>");
	html_add(out, c->by);
	text_add(out, "</th><th class=\"n\">runs</th><th class=\"n\">configurations</th><th class=\"n\">mean</th><th class=\"n\">sd</th>"
		"<th class=\"n\">median</th><th class=\"n\">95 % interval of the mean</th><th>");
	text_add(out, scale.log ? "mean and interval, logarithmic" : "mean and interval");
	text_add(out, "</th></tr></thead><tbody>\n");
	for (int i = 0; i < b->count; i++) {
		const struct group_of *g = &b->groups[i];
		text_add(out, "<tr><th scope=\"row\">");
		html_add(out, g->name);
		text_printf(out, "</th><td class=\"n\">%d</td><td class=\"n\">%d</td>", g->n, g->configs);
		add_number(out, g->summary.mean);
		add_number(out, g->summary.sd);
		add_number(out, g->summary.median);
		add_range(out, g->summary.low, g->summary.high);
		text_add(out, "<td>");
		add_interval(out, &scale, &g->summary);
		text_add(out, "</td></tr>\n");
	}
	text_add(out, "</tbody></table></div>\n");
	for (int i = 0; i < b->count; i++) {
		struct text missing = {0};
		missing_text(c, &b->groups[i], &missing);
		if (missing.at) {
			text_add(out, "<p class=\"aside\">");
			html_printf(out, "Not counted of %s: %s.", b->groups[i].name, missing.at);
			text_add(out, "</p>\n");
		}
		text_free(&missing);
	}
}

static const char *verdict_class(const struct comparing *c, const struct comparison *k)
{
	if (k->verdict == VERDICT_NO_DATA || k->verdict == VERDICT_UNCLEAR)
		return "unclear";
	return !c->criterion->better ? "differs" : k->verdict == VERDICT_BETTER ? "better" : "worse";
}

static const char *verdict_word(const struct comparing *c, const struct comparison *k)
{
	if (k->verdict == VERDICT_NO_DATA)
		return "no data";
	if (k->verdict == VERDICT_UNCLEAR)
		return "not told apart";
	if (!c->criterion->better)
		return k->test.effect > 0 ? "larger" : "smaller";
	return k->verdict == VERDICT_BETTER ? "better" : "worse";
}

static void add_comparison(const struct comparing *c, const struct comparison *k, struct text *out)
{
	text_add(out, "<tr><th scope=\"row\">");
	html_printf(out, "%s − %s", k->a->name, k->b->name);
	text_printf(out, "</th><td><span class=\"verdict %s\">%s</span></td>", verdict_class(c, k), verdict_word(c, k));
	if (k->paired)
		text_printf(out, "<td class=\"n\">%d pairs</td>", k->n);
	else
		text_printf(out, "<td class=\"n\">%d, %d</td>", k->a->n, k->b->n);
	add_number(out, k->difference);
	add_range(out, k->low, k->high);
	text_printf(out, isfinite(k->test.effect) ? "<td class=\"n\">%.2f</td>" : "<td class=\"n\">–</td>", k->test.effect);
	text_printf(out, isfinite(k->hedges) ? "<td class=\"n\">%.2f</td>" : "<td class=\"n\">–</td>", k->hedges);
	text_printf(out, isnan(k->test.p) ? "<td class=\"n\">–</td>" : "<td class=\"n\">%.2g</td>", k->test.p);
	if (c->tests > 1)
		text_printf(out, isnan(k->p_holm) ? "<td class=\"n\">–</td>" : "<td class=\"n\">%.2g</td>", k->p_holm);
	text_printf(out, "<td>%s, %s</td></tr>\n", k->paired ? "signed-rank" : "rank-sum", k->test.exact ? "exact" : "normal");
}

static void add_comparisons(const struct comparing *c, const struct block *b, struct text *out)
{
	text_add(out, "<div class=\"scroll\"><table class=\"plain\"><thead><tr><th>difference</th><th>the first is</th><th class=\"n\">n</th><th class=\"n\">of means</th>"
		"<th class=\"n\">95 % interval</th><th class=\"n\">effect</th><th class=\"n\">Hedges’ g</th><th class=\"n\">p</th>");
	text_add(out, c->tests > 1 ? "<th class=\"n\">p, Holm</th>" : "");
	text_add(out, "<th>test</th></tr></thead><tbody>\n");
	for (int i = 0; i < b->comparison_count; i++)
		add_comparison(c, &b->comparisons[i], out);
	text_add(out, "</tbody></table></div>\n<ul class=\"sentences\">\n");
	for (int i = 0; i < b->comparison_count; i++) {
		struct text sentence = {0};
		verdict_text(c, &b->comparisons[i], &sentence);
		text_add(out, "<li>");
		html_add(out, sentence.at);
		text_add(out, "</li>\n");
		text_free(&sentence);
	}
	text_add(out, "</ul>\n");
}

static void add_notes(const struct comparing *c, struct text *out)
{
	struct text notes = {0};
	notes_text(c, &notes);
	text_add(out, "<p class=\"aside lines\">");
	html_add(out, notes.at ? notes.at : "");
	text_add(out, "</p>\n");
	text_free(&notes);
}

static void add_tables(const struct comparing *c, struct text *out)
{
	text_add(out, "<h3>");
	html_printf(out, "%s by %s", c->criterion->column, c->by);
	if (c->within)
		html_printf(out, ", within %s", c->within);
	text_printf(out, "</h3>\n<p class=\"aside\">%s</p>\n",
		c->criterion->better < 0 ? "Smaller is better." : c->criterion->better > 0 ? "Larger is better." : "Neither small nor large is better.");
	for (int i = 0; i < c->count; i++) {
		const struct block *b = &c->blocks[i];
		if (b->name) {
			text_add(out, "<h4>");
			html_printf(out, "%s = %s", c->within, b->name);
			text_add(out, "</h4>\n");
		}
		add_groups(c, b, out);
		if (b->comparison_count)
			add_comparisons(c, b, out);
	}
	add_notes(c, out);
}

/* ---- the top ------------------------------------------------------------------------------------------------ */

static int count_clear(const struct comparing *c)
{
	int n = 0;
	for (int i = 0; i < c->count; i++)
		for (int k = 0; k < c->blocks[i].comparison_count; k++)
			n += c->blocks[i].comparisons[k].verdict <= VERDICT_WORSE;
	return n;
}

static void add_sentence(const struct comparing *c, const struct block *b, const struct comparison *k, struct text *out)
{
	struct text sentence = {0};
	verdict_text(c, k, &sentence);
	text_printf(out, "<li class=\"%s\">", verdict_class(c, k));
	if (b->name)
		html_printf(out, "On %s: ", b->name);
	html_add(out, sentence.at);
	text_add(out, "</li>\n");
	text_free(&sentence);
}

/* What is decided first: of many comparisons the others stand below only. */
static void add_verdicts(const struct comparing *c, struct text *out)
{
	int total = 0, shown = 0, clear = count_clear(c);
	text_printf(out, "<h3>");
	html_printf(out, "%s by %s", c->criterion->column, c->by);
	text_add(out, "</h3>\n<ul class=\"verdicts\">\n");
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < c->count; i++)
			for (int k = 0; k < c->blocks[i].comparison_count; k++) {
				const struct comparison *at = &c->blocks[i].comparisons[k];
				total += pass == 0;
				if ((at->verdict <= VERDICT_WORSE) != (pass == 0) || shown >= SENTENCES_MAX)
					continue;
				add_sentence(c, &c->blocks[i], at, out);
				shown++;
			}
	if (!total) {
		text_add(out, "<li class=\"unclear\">");
		html_printf(out, "There is only one %s: nothing to compare it with.", c->by);
		text_add(out, "</li>\n");
	}
	text_add(out, "</ul>\n");
	if (total > shown)
		text_printf(out, "<p><a href=\"#comparisons\">All %d comparisons</a>: %d decided, %d cannot be told apart.</p>\n", total, clear, total - clear);
}

/* ---- one question ----------------------------------------------------------------------------------------------- */

/* Only the runs that the page is about. */
static bool keep_chosen(const struct page *p, const struct comparing *c, struct data *d)
{
	int kept = 0, with = 0, both = 0;
	for (int i = 0; i < d->count; i++) {
		if (page_run_at(p, d->runs[i].id) < 0)
			continue;
		struct observation *o = &d->runs[kept++];
		*o = d->runs[i];
		with += o->by >= 0;
		both += o->by >= 0 && (!c->within || o->within >= 0);
	}
	d->count = kept;
	d->lacking = kept - with;
	d->lacking_within = with - both;
	if (both)
		return true;
	complain("--by %s: none of the chosen runs has this parameter", c->by);
	hint("choose others, or leave out --by");
	return false;
}

static bool answer(const struct page *p, const char *by, const struct criterion *criterion, struct text *verdicts, struct text *tables)
{
	struct comparing c = {.by = by, .within = suggest_within(p, by), .criterion = criterion, .database = p->database, .seed = 1, .level = 0.05};
	struct data d = {0};
	bool ok = data_load(p->db, criterion, by, c.within, &d) && keep_chosen(p, &c, &d) && compare_all(&d, &c);
	if (ok) {
		add_verdicts(&c, verdicts);
		add_tables(&c, tables);
	}
	comparing_free(&c);
	data_free(&d);
	return ok;
}

bool page_compare(const struct page *p, const struct page_question *q, struct text *verdicts, struct text *tables)
{
	const char *by[QUESTIONS_MAX];
	int n = suggest_by(p, by);
	bool ok = true;
	if (q->by)
		return answer(p, q->by, q->criterion, verdicts, tables);
	for (int i = 0; ok && i < n; i++)
		ok = answer(p, by[i], q->criterion, verdicts, tables);
	if (!n) {
		text_add(verdicts, "<p>All runs have the same model and settings: there is nothing to compare.</p>\n");
		text_add(tables, "<p>Nothing to compare: no key, parameter or setting has more than one value (and at most 12). <code>--by NAME</code> compares the values of"
			" any parameter.</p>\n");
	}
	return ok;
}
