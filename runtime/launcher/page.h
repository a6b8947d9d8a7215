/* page.h: what the files of `mosaic report` share: the runs as read, and the pieces of the page. Each file writes its section as
** HTML or its part of the JSON that the page's script (report/) reads; nothing that comes from a database is trusted as either. */
#ifndef MOSAIC_PAGE_H
#define MOSAIC_PAGE_H

#include "compare.h"
#include "launcher.h"

enum { PAGE_RESULTS = 10 };
extern const char *const page_results[PAGE_RESULTS];       /* columns of run_results */

/* ---- page_load.c: runs and their parameters ------------------------------------------------------ */
struct page_run {
	int64_t id;
	int64_t launch;                                        /* 0: unknown */
	int status, line, error, note, tags, program;          /* numbers of texts; error: why it failed or was stopped; program: its hash; -1: none */
	double results[PAGE_RESULTS];                          /* NaN: unknown */
};
/* A parameter. Those of several classes of one type are one column: `width` is mlp_funnel_width and mlp_brick_width. */
struct page_column {
	char *name;
	const char *rest;                                      /* its name without class and type: the same, where that is enough */
	const char *type;                                      /* of the modules that have it; "" for a setting, "key" for a key */
	int *at;                                               /* for each run the number of a text, -1: it has none */
	int *values, value_count;                              /* distinct ones: numbers by size, else as they came */
	bool everywhere;                                       /* all runs have it */
};
struct page {
	struct db *db;
	const char *database, *title;
	const struct args *args;                               /* of the command: its selectors go to the plots, too */
	const struct selection *chosen;                        /* NULL: all but those that others have replaced */
	bool ours;                                             /* it has our tables: no database of the original */
	struct interned texts;
	struct page_run *runs; int count, cap;
	struct page_column *columns; int column_count;
	int left_out;                                          /* parameters beyond what a table can hold */
	int replaced;                                          /* runs that are not here because others stand in their places */
};
bool page_load(struct page *p);                            /* false after a message */
void page_free(struct page *p);
int page_run_at(const struct page *p, int64_t id);         /* its index, or -1 */
const struct page_column *page_column(const struct page *p, const char *name);
int page_count(const struct page *p, const char *status);

/* ---- page_text.c: text of people's becomes text of HTML or JSON ------------------------------------ */
void html_add(struct text *out, const char *s);            /* escaped, for content and for attributes in double quotes */
void html_printf(struct text *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));  /* the result is escaped */
void json_add(struct text *out, const char *s);            /* with its quotes; no '<' in it, so that it can stand in a script */
void json_number(struct text *out, double v, int digits);  /* null when it is not finite */
void data_address_add(struct text *out, const char *media, const char *s);  /* "data:MEDIA,..." that can stand in an attribute */
char *measure_text(double v);                              /* four significant digits, a dash for NaN; to be freed */
char *plural(int n, const char *word);                     /* "1 run", "3 runs" */

/* ---- page_origin.c: what was run, when, where --------------------------------------------------------- */
void page_summary(const struct page *p, struct text *out);
bool page_origin(const struct page *p, struct text *out);  /* this and the following: false when the database cannot be read */

/* ---- page_programs.c: configurations and programs, each text once ------------------------------------- */
bool page_configs(const struct page *p, struct text *out);
bool page_programs(const struct page *p, struct text *json);

/* ---- page_compare.c: tables and verdicts of compare*.c -------------------------------------------------- */
/* What is compared: `by` NULL for what suggests itself, then several tables may come. */
struct page_question { const char *by; const struct criterion *criterion; };
const char *page_suggestion(const struct page *p);         /* the first that suggests itself, or NULL */
/* verdicts: sentences for the top; tables: their section. False after a message. */
bool page_compare(const struct page *p, const struct page_question *q, struct text *verdicts, struct text *tables);

/* ---- page_plots.c: pictures of the plotting commands; without gnuplot the page says so -------------------- */
/* by: the parameter that is compared, or NULL. */
void page_plots(const struct page *p, const char *criterion, const char *by, struct text *out);

/* ---- page_json.c, page_curves.c: what the page's script reads ------------------------------------------------ */
void page_runs_json(const struct page *p, struct text *json);
bool page_curves_json(const struct page *p, struct text *json);

/* The files of report/, put into arrays by embed.cmake. */
extern const char report_html[], report_css[], report_js[], report_css_hash[], report_js_hash[];

#endif
