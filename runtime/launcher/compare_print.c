/* compare_print.c: a comparison as text for people, as JSON and as CSV. Nothing is computed here. */
#include "compare.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const verdict_names[] = {"better", "worse", "unclear", "no data"};

const char *verdict_name(const struct comparing *c, const struct comparison *k)
{
	if (c->criterion->better == 0 && k->verdict <= VERDICT_WORSE)
		return k->test.effect > 0 ? "larger" : "smaller";
	return verdict_names[k->verdict];
}

/* ---- text -------------------------------------------------------------------------------------------- */
enum { COLUMNS = 9, HOLM = 7, WIDTH_MAX = 60 };
struct table { char *(*rows)[COLUMNS]; int count, cap; };

/* Characters that a terminal shows, for names in UTF-8. */
static int width_of(const char *s)
{
	int n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Control characters of a hostile name must not reach a terminal. */
static void print_visible(const char *s)
{
	for (; *s; s++)
		putchar((unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s);
}

static char **table_row(struct table *t)
{
	t->rows = grow(t->rows, &t->cap, t->count, sizeof *t->rows);
	memset(t->rows[t->count], 0, sizeof *t->rows);
	return t->rows[t->count++];
}

/* The first column is left-aligned, the others right-aligned; empty columns at the end are left out. After a name that is too long for its
** column the others stand in the next line, in their places. */
static void table_print(struct table *t)
{
	int widths[COLUMNS] = {0};
	for (int r = 0; r < t->count; r++)
		for (int i = 0; i < COLUMNS; i++) {
			int w = t->rows[r][i] ? width_of(t->rows[r][i]) : 0;
			widths[i] = w > widths[i] ? w : widths[i];
		}
	widths[0] = widths[0] > WIDTH_MAX ? WIDTH_MAX : widths[0];
	for (int r = 0; r < t->count; r++) {
		for (int i = 0; i < COLUMNS && t->rows[r][i]; i++) {
			int pad = widths[i] - width_of(t->rows[r][i]);
			if (i)
				printf("  %*s", pad > 0 ? pad : 0, "");
			print_visible(t->rows[r][i]);
			if (!i && pad < 0)
				printf("\n%*s", widths[0], "");
			else if (!i)
				printf("%*s", pad, "");
			free(t->rows[r][i]);
		}
		putchar('\n');
	}
	free(t->rows);
}

static char *number_text(double v)
{
	return isfinite(v) ? format("%.4g", v) : copy("-");
}

static char *interval_text(double low, double high)
{
	return isfinite(low) && isfinite(high) ? format("[%.4g, %.4g]", low, high) : copy("-");
}

static void print_groups(const struct comparing *c, const struct block *b)
{
	struct table t = {0};
	const char *const head[] = {c->by, "n", "configs", "mean", "sd", "median", "95 % of the mean"};
	char **row = table_row(&t);
	for (int i = 0; i < (int)(sizeof head / sizeof *head); i++)
		row[i] = copy(head[i]);
	for (int i = 0; i < b->count; i++) {
		const struct group_of *g = &b->groups[i];
		row = table_row(&t);
		row[0] = copy(g->name);
		row[1] = format("%d", g->n);
		row[2] = format("%d", g->configs);
		row[3] = number_text(g->summary.mean);
		row[4] = number_text(g->summary.sd);
		row[5] = number_text(g->summary.median);
		row[6] = interval_text(g->summary.low, g->summary.high);
	}
	table_print(&t);
	for (int i = 0; i < b->count; i++) {
		struct text missing = {0};
		missing_text(c, &b->groups[i], &missing);
		if (missing.at) {
			printf("not counted: ");
			print_visible(b->groups[i].name);
			printf(": %s\n", missing.at);
		}
		text_free(&missing);
	}
}

static void print_comparisons(const struct comparing *c, const struct block *b)
{
	struct table t = {0};
	const char *const head[] = {"difference", "n", "of means", "95 %", "effect", "Hedges' g", "p", "Holm", "test"};
	bool several = c->tests > 1;                           /* one comparison needs no correction */
	char **row = table_row(&t);
	for (int i = 0, at = 0; i < COLUMNS; i++)
		if (several || i != HOLM)
			row[at++] = copy(head[i]);
	for (int i = 0; i < b->comparison_count; i++) {
		const struct comparison *k = &b->comparisons[i];
		row = table_row(&t);
		row[0] = format("%s - %s", k->a->name, k->b->name);
		row[1] = k->paired ? format("%d pairs", k->n) : format("%d, %d", k->a->n, k->b->n);
		row[2] = number_text(k->difference);
		row[3] = interval_text(k->low, k->high);
		row[4] = isfinite(k->test.effect) ? format("%.2f", k->test.effect) : copy("-");
		row[5] = isfinite(k->hedges) ? format("%.2f", k->hedges) : copy("-");
		row[6] = isnan(k->test.p) ? copy("-") : format("%.2g", k->test.p);
		if (several)
			row[HOLM] = isnan(k->p_holm) ? copy("-") : format("%.2g", k->p_holm);
		row[HOLM + several] = isnan(k->test.p) ? copy("-") : format("%s, %s", k->paired ? "signed-rank" : "rank-sum", k->test.exact ? "exact" : "normal");
	}
	table_print(&t);
	putchar('\n');
	for (int i = 0; i < b->comparison_count; i++) {
		struct text sentence = {0};
		verdict_text(c, &b->comparisons[i], &sentence);
		print_visible(sentence.at);
		putchar('\n');
		text_free(&sentence);
	}
}

void print_comparing(const struct comparing *c)
{
	struct text notes = {0};
	printf("%s by %s%s\n", c->criterion->column, c->by, c->criterion->better < 0 ? ": smaller is better" : c->criterion->better > 0 ? ": larger is better" : "");
	for (int i = 0; i < c->count; i++) {
		const struct block *b = &c->blocks[i];
		putchar('\n');
		if (b->name) {
			printf("%s = ", c->within);
			print_visible(b->name);
			putchar('\n');
		}
		print_groups(c, b);
		if (!b->comparison_count)
			continue;
		putchar('\n');
		print_comparisons(c, b);
	}
	notes_text(c, &notes);
	putchar('\n');
	for (char *line = notes.at, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		*end = 0;
		print_visible(line);
		putchar('\n');
	}
	text_free(&notes);
}

/* ---- JSON -------------------------------------------------------------------------------------------- */
static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

/* Bytes that are no UTF-8 become question marks: JSON has no other way. */
static json_t *string(const char *s)
{
	json_t *out = s ? json_string(s) : json_null();
	if (out)
		return out;
	char *ascii = copy(s);
	for (char *c = ascii; *c; c++)
		if ((unsigned char)*c > 0x7e)
			*c = '?';
	out = json_string(ascii);
	free(ascii);
	return out;
}

static json_t *ids_json(const struct group_of *g, enum fate fate)
{
	json_t *ids = json_array();
	for (int i = 0; i < g->count; i++)
		if (g->runs[i]->fate == fate)
			json_array_append_new(ids, json_integer(g->runs[i]->id));
	return ids;
}

static json_t *group_json(const struct group_of *g)
{
	return json_pack("{so si si so so so so so so so so}", "name", string(g->name), "n", g->n, "configurations", g->configs,
		"mean", number(g->summary.mean), "sd", number(g->summary.sd), "median", number(g->summary.median), "low", number(g->summary.low),
		"high", number(g->summary.high), "failed", ids_json(g, FATE_FAILED), "no_value", ids_json(g, FATE_NO_VALUE),
		"unfinished", ids_json(g, FATE_UNFINISHED));
}

static json_t *comparison_json(const struct comparing *c, const struct comparison *k)
{
	struct text sentence = {0};
	verdict_text(c, k, &sentence);
	json_t *out = json_pack("{so so ss sb si si}", "a", string(k->a->name), "b", string(k->b->name),
		"test", k->paired ? "signed-rank" : "rank-sum", "exact", k->test.exact, "n_a", k->a->n, "n_b", k->b->n);
	if (k->paired)
		json_object_update_new(out, json_pack("{si si si si si}", "pairs", k->n, "seeds", k->seeds, "zeros", k->test.zeros,
			"without_partner_a", k->left_a, "without_partner_b", k->left_b));
	json_object_update_new(out, json_pack("{so so so so ss so}", "difference", number(k->difference), "low", number(k->low), "high", number(k->high),
		"effect", number(k->test.effect), "effect_is", k->paired ? "rank-biserial correlation" : "Cliff's delta", "hedges_g", number(k->hedges)));
	json_object_update_new(out, json_pack("{so so so so so si sb}", "statistic", number(k->test.statistic), "p", number(k->test.p),
		"p_holm", number(k->p_holm), "smallest_p", number(k->test.smallest_p), "wanted", number(k->wanted), "reach", k->reach,
		"unreachable", k->unreachable));
	json_object_update_new(out, json_pack("{ss so}", "verdict", verdict_name(c, k), "sentence", string(sentence.at)));
	text_free(&sentence);
	return out;
}

static json_t *notes_json(const struct comparing *c)
{
	struct text notes = {0};
	json_t *out = json_array();
	notes_text(c, &notes);
	for (char *line = notes.at, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		*end = 0;
		json_array_append_new(out, string(line));
	}
	text_free(&notes);
	return out;
}

void print_comparing_json(const struct comparing *c)
{
	json_t *blocks = json_array();
	for (int i = 0; i < c->count; i++) {
		const struct block *b = &c->blocks[i];
		json_t *groups = json_array(), *comparisons = json_array();
		for (int g = 0; g < b->count; g++)
			json_array_append_new(groups, group_json(&b->groups[g]));
		for (int k = 0; k < b->comparison_count; k++)
			json_array_append_new(comparisons, comparison_json(c, &b->comparisons[k]));
		json_array_append_new(blocks, json_pack("{so so so}", "within", string(b->name), "groups", groups, "comparisons", comparisons));
	}
	json_t *all = json_pack("{so ss so so so sf si sI si so so}", "database", string(c->database), "criterion", c->criterion->column,
		"better", c->criterion->better ? json_string(c->criterion->better < 0 ? "smaller" : "larger") : json_null(), "by", string(c->by),
		"within", string(c->within), "level", c->level, "tests", c->tests, "seed", (json_int_t)c->seed, "resamples", c->resamples,
		"blocks", blocks, "notes", notes_json(c));
	char *text = need(json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(17)));
	puts(text);
	free(text);
	json_decref(all);
}

/* ---- CSV --------------------------------------------------------------------------------------------- */
static void csv_text(const char *s)
{
	if (!s[strcspn(s, ",\"\r\n")]) {
		fputs(s, stdout);
		return;
	}
	putchar('"');
	for (; *s; s++)
		printf(*s == '"' ? "\"\"" : "%c", *s);
	putchar('"');
}

static void csv_numbers(const double *v, int n)
{
	for (int i = 0; i < n; i++)
		if (isfinite(v[i]))
			printf(",%.17g", v[i]);
		else
			putchar(',');
}

void print_comparing_csv(const struct comparing *c)
{
	puts("kind,within,a,b,n_a,n_b,pairs,mean,low,high,sd,median,failed,no_value,unfinished,effect,hedges_g,p,p_holm,wanted,test,verdict");
	for (int i = 0; i < c->count; i++) {
		const struct block *b = &c->blocks[i];
		for (int j = 0; j < b->count + b->comparison_count; j++) {
			const struct group_of *g = j < b->count ? &b->groups[j] : NULL;
			const struct comparison *k = g ? NULL : &b->comparisons[j - b->count];
			printf("%s,", g ? "group" : "comparison");
			csv_text(b->name ? b->name : "");
			putchar(',');
			csv_text(g ? g->name : k->a->name);
			putchar(',');
			csv_text(g ? "" : k->b->name);
			if (g) {
				printf(",%d,,", g->n);
				csv_numbers((double[]){g->summary.mean, g->summary.low, g->summary.high, g->summary.sd, g->summary.median,
					g->fates[FATE_FAILED], g->fates[FATE_NO_VALUE], g->fates[FATE_UNFINISHED]}, 8);
				puts(",,,,,,,");
			} else {
				printf(",%d,%d,%d", k->a->n, k->b->n, k->n);
				csv_numbers((double[]){k->difference, k->low, k->high, NAN, NAN, NAN, NAN, NAN, k->test.effect, k->hedges, k->test.p,
					k->p_holm, k->wanted}, 13);
				printf(",%s,%s\n", k->paired ? "signed-rank" : "rank-sum", verdict_name(c, k));
			}
		}
	}
}
