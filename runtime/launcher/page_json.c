/* page_json.c: the table of runs, for the page's script: column by column, every distinct text once. */
#include "page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* {"values": [texts], "at": [place in values, -1: none]} of the numbers of texts in at[]. */
static void texts_json(const struct page *p, const int *at, struct text *json)
{
	int *place = need(malloc(((size_t)p->texts.count + 1) * sizeof *place)), count = 0;
	memset(place, -1, (size_t)p->texts.count * sizeof *place);
	text_add(json, "{\"values\":[");
	for (int i = 0; i < p->count; i++) {
		if (at[i] < 0 || place[at[i]] >= 0)
			continue;
		text_add(json, count ? "," : "");
		json_add(json, p->texts.at[at[i]]);
		place[at[i]] = count++;
	}
	text_add(json, "],\"at\":[");
	for (int i = 0; i < p->count; i++)
		text_printf(json, i ? ",%d" : "%d", at[i] < 0 ? -1 : place[at[i]]);
	text_add(json, "]}");
	free(place);
}

static void results_json(const struct page *p, struct text *json)
{
	bool first = true;
	text_add(json, "\"results\":{");
	for (int k = 0; k < PAGE_RESULTS; k++) {
		bool any = false;
		for (int i = 0; i < p->count && !any; i++)
			any = isfinite(p->runs[i].results[k]);
		if (!any)
			continue;
		text_printf(json, "%s\"%s\":[", first ? "" : ",\n", page_results[k]);
		first = false;
		for (int i = 0; i < p->count; i++) {
			text_add(json, i ? "," : "");
			json_number(json, p->runs[i].results[k], 9);
		}
		text_add(json, "]");
	}
	text_add(json, "}");
}

static void params_json(const struct page *p, struct text *json)
{
	bool first = true;
	text_add(json, "\"params\":[");
	for (int k = 0; k < p->column_count; k++) {
		const struct page_column *c = &p->columns[k];
		if (c->everywhere && c->value_count == 1)
			continue;                                      /* stands once, under what was run */
		text_add(json, first ? "{\"name\":" : ",\n{\"name\":");
		first = false;
		json_add(json, c->name);
		text_add(json, ",\"type\":");
		json_add(json, c->type);
		text_add(json, ",\"column\":");
		texts_json(p, c->at, json);
		text_add(json, "}");
	}
	text_add(json, "]");
}

void page_runs_json(const struct page *p, struct text *json)
{
	int *at = need(malloc(((size_t)p->count + 1) * sizeof *at));
	text_add(json, "\"ids\":[");
	for (int i = 0; i < p->count; i++)
		text_printf(json, i ? ",%lld" : "%lld", (long long)p->runs[i].id);
	text_add(json, "]");
	static const char *const names[] = {"status", "line", "error", "note", "tags", "program"};
	for (int k = 0; k < 6; k++) {
		for (int i = 0; i < p->count; i++) {
			const struct page_run *r = &p->runs[i];
			at[i] = (const int[]){r->status, r->line, r->error, r->note, r->tags, r->program}[k];
		}
		text_printf(json, ",\n\"%s\":", names[k]);
		texts_json(p, at, json);
	}
	text_add(json, ",\n");
	results_json(p, json);
	text_add(json, ",\n");
	params_json(p, json);
	free(at);
}
