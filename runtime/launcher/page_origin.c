/* page_origin.c: what was run: how many runs, of which configuration, when, where and how long, by which compiler, on which data, and
** the settings that all runs share. */
#include "page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 6 };

/* Texts of one kind with how many runs have each. */
struct tally { struct interned texts; int *counts; int cap; };

static void tally_add(struct tally *t, const char *s)
{
	if (!*s)
		return;
	int before = t->texts.count, at = intern(&t->texts, s);
	t->counts = grow(t->counts, &t->cap, at, sizeof *t->counts);
	if (t->texts.count > before)
		t->counts[at] = 0;
	t->counts[at]++;
}

static void tally_free(struct tally *t)
{
	interned_free(&t->texts);
	free(t->counts);
}

/* A row of a list of facts; `value` is HTML. */
static void add_fact(struct text *out, const char *name, const char *value)
{
	if (value && *value)
		text_printf(out, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, value);
}

/* "a", or "a (3 runs), b (2 runs)". */
static void add_tally(struct text *out, const char *name, const struct tally *t, bool code)
{
	struct text value = {0};
	for (int i = 0; i < t->texts.count && i < SHOWN; i++) {
		text_add(&value, i ? ", " : "");
		text_add(&value, code ? "<code>" : "");
		html_add(&value, t->texts.at[i]);
		text_add(&value, code ? "</code>" : "");
		char *runs = plural(t->counts[i], "run");
		if (t->texts.count > 1)
			text_printf(&value, " <span class=\"aside\">(%s)</span>", runs);
		free(runs);
	}
	if (t->texts.count > SHOWN)
		text_printf(&value, " and %d more", t->texts.count - SHOWN);
	add_fact(out, name, value.at);
	text_free(&value);
}

/* ---- the summary ----------------------------------------------------------------------------------------- */

static void add_tile(struct text *out, const char *number, const char *what, const char *class)
{
	text_printf(out, "<div class=\"tile%s%s\"><b>", *class ? " " : "", class);
	html_add(out, number);
	text_add(out, "</b><span>");
	html_add(out, what);
	text_add(out, "</span></div>\n");
}

static void add_best(const struct page *p, struct text *out)
{
	int best = -1, k = 1;                                  /* test_loss */
	for (int i = 0; i < p->count; i++)
		if (!strcmp(p->texts.at[p->runs[i].status], "done") && isfinite(p->runs[i].results[k])
		    && (best < 0 || p->runs[i].results[k] < p->runs[best].results[k]))
			best = i;
	if (best < 0)
		return;
	char *number = measure_text(p->runs[best].results[k]), *what = format("lowest test loss: run %lld", (long long)p->runs[best].id);
	add_tile(out, number, what, "");
	free(number);
	free(what);
}

void page_summary(const struct page *p, struct text *out)
{
	int done = page_count(p, "done"), failed = page_count(p, "error"), stopped = page_count(p, "stopped"), left = p->count - done - failed - stopped;
	double seconds = 0;
	char text[40], took[32];
	text_add(out, "<div class=\"tiles\">\n");
	snprintf(text, sizeof text, "%d", done);
	add_tile(out, text, done == 1 ? "run done" : "runs done", "");
	snprintf(text, sizeof text, "%d", failed);
	if (failed)
		add_tile(out, text, "failed", "bad");
	snprintf(text, sizeof text, "%d", stopped);
	if (stopped)
		add_tile(out, text, "stopped by the search", "");
	snprintf(text, sizeof text, "%d", left);
	if (left)
		add_tile(out, text, "unfinished", "warn");
	for (int i = 0; i < p->count; i++)
		seconds += isfinite(p->runs[i].results[5]) ? p->runs[i].results[5] : 0;
	duration_text(seconds, took);
	if (seconds > 0)
		add_tile(out, took, "of training, all runs together", "");
	add_best(p, out);
	text_add(out, "</div>\n");
}

/* ---- facts ------------------------------------------------------------------------------------------------- */

/* A compiler line as it was run says more than most want to know: its options only, without the names of files. */
static char *options_of(const char *flags)
{
	struct text out = {0};
	char *all = copy(flags), *next = all, *word;
	while (next && (word = strsep(&next, " ")))
		if (*word == '-' && strcmp(word, "-c") && strcmp(word, "-o") && strncmp(word, "-M", 2))
			text_printf(&out, "%s%s", out.len ? " " : "", word);
	free(all);
	return out.at ? out.at : copy("");
}

struct details { struct tally hosts, compilers, flags, data, programs; char *first, *last; };

static bool read_details(const struct page *p, struct details *d)
{
	struct rows *r = db_query(p->db, "SELECT run_id, coalesce(host, ''), coalesce(compiler, ''), coalesce(flags, ''), coalesce(data_hash, ''),"
		" coalesce(program_hash, ''), coalesce(started, ''), coalesce(finished, '') FROM run_details ORDER BY run_id", "");
	while (r && row_next(r)) {
		if (page_run_at(p, row_int(r, 0)) < 0)
			continue;
		tally_add(&d->hosts, row_text(r, 1));
		tally_add(&d->compilers, row_text(r, 2));
		char *options = options_of(row_text(r, 3));
		tally_add(&d->flags, options);
		free(options);
		tally_add(&d->data, row_text(r, 4));
		tally_add(&d->programs, row_text(r, 5));
		const char *started = row_text(r, 6), *finished = row_text(r, 7);
		if (*started && (!d->first || strcmp(started, d->first) < 0)) {
			free(d->first);
			d->first = copy(started);
		}
		if (*finished && (!d->last || strcmp(finished, d->last) > 0)) {
			free(d->last);
			d->last = copy(finished);
		}
	}
	if (r)
		row_end(r);
	return r && db_trouble(p->db) == DB_OK;
}

/* 2024-05-01T12:00:00Z for people; whatever looks otherwise stays as it is. */
static void add_date(struct text *out, const char *date)
{
	if (strlen(date) == 20 && date[10] == 'T' && date[19] == 'Z')
		html_printf(out, "%.10s %.8s UTC", date, date + 11);
	else
		html_add(out, date);
}

static void add_when(struct text *out, const struct details *d)
{
	struct text value = {0};
	if (!d->first)
		return;
	add_date(&value, d->first);
	if (d->last && strcmp(d->first, d->last)) {
		text_add(&value, " to ");
		add_date(&value, d->last);
	}
	add_fact(out, "Trained", value.at);
	text_free(&value);
}

static bool add_details(const struct page *p, struct text *out)
{
	struct details d = {0};
	bool ok = read_details(p, &d);
	add_when(out, &d);
	add_tally(out, "Host", &d.hosts, false);
	add_tally(out, "Compiler", &d.compilers, false);
	add_tally(out, "Options", &d.flags, true);
	add_tally(out, "Data hash", &d.data, true);
	char *programs = plural(d.programs.texts.count, "program");
	if (d.programs.texts.count)
		add_fact(out, "Generated", programs);
	free(programs);
	tally_free(&d.hosts);
	tally_free(&d.compilers);
	tally_free(&d.flags);
	tally_free(&d.data);
	tally_free(&d.programs);
	free(d.first);
	free(d.last);
	return ok;
}

/* ---- launches ---------------------------------------------------------------------------------------------- */

static int64_t *count_launches(const struct page *p, struct names *ids, char ***kept, int *count)
{
	int cap = 0;
	int64_t *runs = NULL, last = -1;
	for (int i = 0, at = -1; i < p->count; i++) {
		if (p->runs[i].launch <= 0)
			continue;
		if (p->runs[i].launch != last) {
			char *id = format("%lld", (long long)p->runs[i].launch);
			for (at = 0; at < *count && strcmp((*kept)[at], id); at++)
				;
			if (at == *count) {
				int same = cap;
				*kept = grow(*kept, &same, *count, sizeof **kept);
				runs = grow(runs, &cap, *count, sizeof *runs);
				(*kept)[(*count)] = id;
				runs[(*count)++] = 0;
			} else
				free(id);
			last = p->runs[i].launch;
		}
		runs[at]++;
	}
	for (int i = 0; i < *count; i++)
		names_add(ids, (*kept)[i], i);
	names_sort(ids);
	return runs;
}

static const char *const launch_head = "<div class=\"scroll\"><table class=\"plain\"><caption>Launches</caption>"
	"<thead><tr><th class=\"n\">launch</th><th>configuration</th><th>started</th><th>finished</th><th>host</th><th>processor</th><th>version</th><th class=\"n\">runs</th></tr></thead><tbody>\n";

static bool add_launches(const struct page *p, struct text *out)
{
	struct names ids = {0};
	char **kept = NULL;
	int count = 0;
	int64_t *runs = count_launches(p, &ids, &kept, &count);
	struct rows *r = db_query(p->db, "SELECT CAST(launch_id AS TEXT), coalesce(config, ''), coalesce(started, ''), coalesce(finished, 'unknown'),"
		" coalesce(host, ''), coalesce(cpu, ''), coalesce(version, '') FROM launches ORDER BY launch_id", "");
	bool any = false;
	while (r && row_next(r)) {
		int at = names_find(&ids, row_text(r, 0));
		if (at < 0)
			continue;
		text_add(out, any ? "" : launch_head);
		any = true;
		text_add(out, "<tr><td class=\"n\">");
		for (int i = 0; i < 7; i++) {
			text_add(out, i ? "</td><td>" : "");
			add_date(out, row_text(r, i));
		}
		text_printf(out, "</td><td class=\"n\">%lld</td></tr>\n", (long long)runs[at]);
	}
	if (r)
		row_end(r);
	if (any)
		text_add(out, "</tbody></table></div>\n");
	for (int i = 0; i < count; i++)
		free(kept[i]);
	free(kept);
	free(runs);
	names_free(&ids);
	return r && db_trouble(p->db) == DB_OK;
}

/* ---- settings ------------------------------------------------------------------------------------------------ */

static void add_range(struct text *out, const struct page *p, const struct page_column *c)
{
	for (int i = 0; i < c->value_count && i < 2 * SHOWN; i++) {
		text_add(out, i ? ", " : "");
		html_add(out, p->texts.at[c->values[i]]);
	}
	if (c->value_count > 2 * SHOWN)
		text_printf(out, " and %d more", c->value_count - 2 * SHOWN);
}

static void add_settings(const struct page *p, struct text *out)
{
	for (int varied = 1; varied >= 0; varied--) {
		bool any = false;
		for (int i = 0; i < p->column_count; i++) {
			const struct page_column *c = &p->columns[i];
			bool constant = c->everywhere && c->value_count == 1;
			if (constant == varied || (constant && !*p->texts.at[c->values[0]]))
				continue;
			if (!any)
				text_printf(out, "<h3>%s</h3>\n<dl class=\"settings\">\n", varied ? "What differs between runs" : "The same in all runs");
			any = true;
			text_add(out, "<div><dt>");
			html_add(out, *c->type ? c->name : c->rest);
			text_add(out, "</dt><dd>");
			add_range(out, p, c);
			text_add(out, "</dd></div>\n");
		}
		text_add(out, any ? "</dl>\n" : "");
	}
	if (p->left_out)
		text_printf(out, "<p class=\"aside\">%d more parameters have no room here: <code>mosaic export</code> writes them.</p>\n", p->left_out);
}

bool page_origin(const struct page *p, struct text *out)
{
	struct text database = {0};
	html_printf(&database, "%s", p->database);
	if (p->chosen)
		html_printf(&database, ", %d chosen %s of it", p->count, p->count == 1 ? "run" : "runs");
	if (p->replaced)
		html_printf(&database, ", without %d %s trained again", p->replaced, p->replaced == 1 ? "run that was" : "runs that were");
	text_add(out, "<dl class=\"facts\">\n");
	add_fact(out, "Database", database.at);
	bool ok = !p->ours || add_details(p, out);
	if (!p->ours)
		add_fact(out, "Origin", "The database was not written by this program: when, where and how its runs were trained is not recorded.");
	text_add(out, "</dl>\n");
	ok = ok && (!p->ours || add_launches(p, out));
	add_settings(p, out);
	text_free(&database);
	return ok;
}
