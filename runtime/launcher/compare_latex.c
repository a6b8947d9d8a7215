/* compare_latex.c: a comparison as LaTeX, with the rules of the booktabs package: a table environment for each block, its verdicts under
** it. Nothing is computed here, and no name can become a command. */
#include "compare.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *escaped(char c)
{
	switch (c) {
	case '\\': return "\\textbackslash{}";
	case '~': return "\\textasciitilde{}";
	case '^': return "\\textasciicircum{}";
	case '<': return "\\textless{}";
	case '>': return "\\textgreater{}";
	case '|': return "\\textbar{}";
	case '"': return "\\textquotedbl{}";
	case '`': return "\\textasciigrave{}";
	case '{': return "\\{";
	case '}': return "\\}";
	case '$': return "\\$";
	case '&': return "\\&";
	case '#': return "\\#";
	case '_': return "\\_";
	case '%': return "\\%";
	default: return NULL;
	}
}

/* Control characters, and all that is no ASCII in a name that is no UTF-8, become question marks. Two hyphens would become a dash. */
static void put_text(const char *s)
{
	json_t *valid = json_string(s);
	for (const char *at = s; *at; at++) {
		unsigned char c = (unsigned char)*at;
		const char *text = escaped(*at);
		if (text)
			fputs(text, stdout);
		else
			putchar(c < ' ' || c == 0x7f || (c > 0x7f && !valid) ? '?' : c);
		if (c == '-' && at[1] == '-')
			fputs("{}", stdout);
	}
	json_decref(valid);
}

/* 1.5e-07 becomes 1.5 \times 10^{-7}; within $. */
static void put_digits(double v, int digits)
{
	char s[40];
	snprintf(s, sizeof s, "%.*g", digits, v);
	char *e = strchr(s, 'e');
	if (e)
		printf("%.*s \\times 10^{%d}", (int)(e - s), s, atoi(e + 1));
	else
		fputs(s, stdout);
}

static void put_cell(double v, int digits)
{
	if (!isfinite(v)) {
		fputs(" & --", stdout);
		return;
	}
	fputs(" & $", stdout);
	put_digits(v, digits);
	putchar('$');
}

static void put_fixed(double v)
{
	printf(isfinite(v) ? " & $%.2f$" : " & --", v);
}

static void put_interval(double low, double high)
{
	if (!isfinite(low) || !isfinite(high)) {
		fputs(" & --", stdout);
		return;
	}
	fputs(" & $[", stdout);
	put_digits(low, 4);
	fputs(", ", stdout);
	put_digits(high, 4);
	fputs("]$", stdout);
}

static void put_groups(const struct comparing *c, const struct block *b)
{
	puts("\\begin{tabular}{lrrrrrr}\n\\toprule");
	put_text(c->by);
	puts(" & $n$ & configs & mean & sd & median & 95\\,\\% of the mean \\\\\n\\midrule");
	for (int i = 0; i < b->count; i++) {
		const struct group_of *g = &b->groups[i];
		put_text(g->name);
		printf(" & %d & %d", g->n, g->configs);
		put_cell(g->summary.mean, 4);
		put_cell(g->summary.sd, 4);
		put_cell(g->summary.median, 4);
		put_interval(g->summary.low, g->summary.high);
		puts(" \\\\");
	}
	puts("\\bottomrule\n\\end{tabular}");
}

static void put_comparisons(const struct comparing *c, const struct block *b)
{
	bool several = c->tests > 1;
	printf("\n\\medskip\n\\begin{tabular}{lrrrrrr%sl}\n\\toprule\n", several ? "r" : "");
	printf("difference & $n$ & of means & 95\\,\\%% & effect & Hedges' $g$ & $p$%s & test \\\\\n\\midrule\n", several ? " & Holm" : "");
	for (int i = 0; i < b->comparison_count; i++) {
		const struct comparison *k = &b->comparisons[i];
		put_text(k->a->name);
		fputs(" $-$ ", stdout);
		put_text(k->b->name);
		printf(k->paired ? " & %d pairs" : " & %d, %d", k->paired ? k->n : k->a->n, k->b->n);
		put_cell(k->difference, 4);
		put_interval(k->low, k->high);
		put_fixed(k->test.effect);
		put_fixed(k->hedges);
		put_cell(k->test.p, 2);
		if (several)
			put_cell(k->p_holm, 2);
		if (isnan(k->test.p))
			puts(" & -- \\\\");
		else
			printf(" & %s, %s \\\\\n", k->paired ? "signed-rank" : "rank-sum", k->test.exact ? "exact" : "normal");
	}
	puts("\\bottomrule\n\\end{tabular}");
}

static void put_line(const char *s)
{
	put_text(s);
	puts("\\par");
}

static void put_sentences(const struct comparing *c, const struct block *b, bool last)
{
	struct text text = {0};
	puts("\n\\medskip\n\\begin{minipage}{\\linewidth}\\footnotesize");
	for (int i = 0; i < b->comparison_count; i++) {
		verdict_text(c, &b->comparisons[i], &text);
		put_line(text.at);
		text_free(&text);
	}
	for (int i = 0; i < b->count; i++) {
		missing_text(c, &b->groups[i], &text);
		if (text.at) {
			fputs("Not counted: ", stdout);
			put_text(b->groups[i].name);
			fputs(": ", stdout);
			put_text(text.at);
			puts(".\\par");
		}
		text_free(&text);
	}
	if (last)
		notes_text(c, &text);
	for (char *line = text.at, *end; line && *line; line = end + 1) {
		end = strchr(line, '\n');
		*end = 0;
		put_line(line);
	}
	text_free(&text);
	puts("\\end{minipage}");
}

void print_comparing_latex(const struct comparing *c)
{
	puts("% \\usepackage{booktabs}, \\usepackage[T1]{fontenc}");
	for (int i = 0; i < c->count; i++) {
		const struct block *b = &c->blocks[i];
		fputs("\\begin{table}\n\\centering\n\\caption{", stdout);
		put_text(c->criterion->column);
		fputs(" by ", stdout);
		put_text(c->by);
		if (b->name) {
			fputs(", ", stdout);
			put_text(c->within);
			fputs(" = ", stdout);
			put_text(b->name);
		}
		puts(c->criterion->better < 0 ? ": smaller is better.}" : c->criterion->better > 0 ? ": larger is better.}" : ".}");
		put_groups(c, b);
		if (b->comparison_count)
			put_comparisons(c, b);
		put_sentences(c, b, i + 1 == c->count);
		puts("\\end{table}");
	}
}
