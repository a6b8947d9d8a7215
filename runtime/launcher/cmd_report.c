/* cmd_report.c: `mosaic report`: a database as one page of HTML that needs nothing else: no network, no other file. The sections are made by
** page_*.c, the skeleton, style and script are the files of report/. */
#include "page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct hole { const char *name, *text; };
enum { HOLES = 14 };

/* The skeleton with each {{name}} replaced; what is put in is not looked at again. */
static void fill(const char *skeleton, const struct hole *holes, struct text *out)
{
	for (const char *s = skeleton, *end; *s; s = end) {
		const char *open = strstr(s, "{{");
		text_addn(out, s, open ? (size_t)(open - s) : strlen(s));
		end = open ? strstr(open, "}}") : NULL;
		if (!end)
			return;
		for (int i = 0; i < HOLES && holes[i].name; i++)
			if (strlen(holes[i].name) == (size_t)(end - open - 2) && !strncmp(holes[i].name, open + 2, (size_t)(end - open - 2)) && holes[i].text)
				text_add(out, holes[i].text);
		end += 2;
	}
}

/* Nothing but the page's own style and script has an effect, and nothing can be asked of a network. */
static char *policy(void)
{
	return format("default-src 'none'; script-src '%s'; style-src '%s'; img-src data:; base-uri 'none'; form-action 'none'", report_js_hash, report_css_hash);
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool make_data(const struct page *p, const struct args *args, struct text *json)
{
	text_add(json, "{\"version\":1,\"title\":");
	json_add(json, p->title);
	text_add(json, ",\n");
	page_runs_json(p, json);
	text_add(json, ",\n");
	bool ok = page_curves_json(p, json);
	text_add(json, ",\n");
	if (option(args, "no-programs"))
		text_add(json, "\"programs\":null,\"lines\":[]");
	else
		ok = page_programs(p, json) && ok;
	text_add(json, "}");
	return ok;
}

struct sections { struct text title, made, summary, origin, verdicts, comparisons, plots, configs, data; };

static bool make_sections(const struct page *p, const struct args *args, const struct page_question *q, struct sections *s)
{
	char *date = date_text();
	html_add(&s->title, p->title);
	html_printf(&s->made, "Made %.10s %.8s UTC by mosaic %s from ", date, date + 11, MOSAIC_VERSION);
	html_add(&s->made, file_name(p->database));
	free(date);
	page_summary(p, &s->summary);
	/* Whatever fails here is the database's fault, and page_compare says itself what is wrong with its question. */
	bool read = page_origin(p, &s->origin) && page_configs(p, &s->configs) && make_data(p, args, &s->data);
	if (!read) {
		db_complain(p->db);
		return false;
	}
	if (!page_compare(p, q, &s->verdicts, &s->comparisons))
		return false;
	page_plots(p, q->criterion->column, q->by ? q->by : page_suggestion(p), &s->plots);
	return true;
}

static void put_together(const struct sections *s, struct text *out)
{
	char *csp = policy();
	const struct hole holes[HOLES] = {{"csp", csp}, {"css", report_css}, {"js", report_js}, {"title", s->title.at}, {"made", s->made.at}, {"summary", s->summary.at},
		{"verdicts", s->verdicts.at}, {"origin", s->origin.at}, {"comparisons", s->comparisons.at}, {"plots", s->plots.at}, {"configs", s->configs.at},
		{"data", s->data.at}};
	fill(report_html, holes, out);
	free(csp);
}

static void sections_free(struct sections *s)
{
	struct text *const all[] = {&s->title, &s->made, &s->summary, &s->origin, &s->verdicts, &s->comparisons, &s->plots, &s->configs, &s->data};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		text_free(all[i]);
}

/* Before anything is read: minutes later would be late. */
static bool may_write(const char *path)
{
	struct stat st;
	size_t n = strlen(path);
	if (n < 6 || strcmp(path + n - 5, ".html") || path[n - 6] == '/') {
		complain("%s: a report is a .html file", path);
		hint("mosaic report DATABASE REPORT.html");
		return false;
	}
	if (stat(path, &st) == 0 && (!S_ISREG(st.st_mode) || (st.st_size && db_is_database(path)))) {
		complain("%s: not a file that a report may replace", path);
		hint("name a new .html file");
		return false;
	}
	return true;
}

static enum exit_code write_page(const struct page *p, const struct sections *s, const char *path)
{
	struct text out = {0};
	put_together(s, &out);
	bool ok = file_write(path, out.at, out.len) == 0;
	int why = errno;
	char *runs = plural(p->count, "run");
	if (ok)
		printf("%s: a report of %s, %.1f MB\n", path, runs, (double)out.len * 1e-6);
	else {
		complain("%s: %s", path, strerror(why));
		hint("name a file in a directory that exists and can be written");
	}
	free(runs);
	text_free(&out);
	return ok ? EXIT_DONE : EXIT_USAGE;
}

/* One state of the database, whatever is written meanwhile. */
static bool read_page(const struct args *args, struct page *p, const struct page_question *q, struct sections *s)
{
	p->db = db_open(p->database, DB_READ);
	if (!p->db)
		return false;
	if (!db_script(p->db, "BEGIN")) {
		db_complain(p->db);
		return false;
	}
	bool ok = page_load(p) && make_sections(p, args, q, s);
	db_rollback(p->db);
	return ok;
}

enum exit_code cmd_report(const struct args *args)
{
	const char *criterion = option(args, "criterion"), *title = option(args, "title");
	struct page_question q = {.by = option(args, "by"), .criterion = criterion_find(criterion ? criterion : "test_loss")};
	struct selection chosen = {0};
	struct page p = {.args = args, .database = args->at[0], .title = title && *title ? title : file_name(args->at[0])};
	struct sections s = {0};
	if (!q.criterion || !may_write(args->at[1]))
		return EXIT_USAGE;
	if (select_given(args)) {
		if (!select_runs(args->at[0], args, &chosen))
			return EXIT_USAGE;
		p.chosen = &chosen;
	}
	enum exit_code code = read_page(args, &p, &q, &s) ? write_page(&p, &s, args->at[1]) : EXIT_USAGE;
	sections_free(&s);
	page_free(&p);
	db_close(p.db);
	select_free(&chosen);
	return code;
}
