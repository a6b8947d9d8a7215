/* page_programs.c: the texts that runs were made from: configurations as HTML, each distinct one once; programs as JSON, each distinct line
** once, because programs of one sweep differ in a few lines only. */
#include "page.h"

#include <stdlib.h>
#include <string.h>

/* Characters of programs beyond which the others are named only, and of one configuration. */
enum { PROGRAMS_ROOM = 3000000, CONFIG_MAX = 1 << 20 };

static bool has_launch(const struct page *p, int64_t launch)
{
	for (int i = 0; i < p->count; i++)
		if (p->runs[i].launch == launch)
			return true;
	return false;
}

struct config { char *name, *text; struct text launches; int count; };

bool page_configs(const struct page *p, struct text *out)
{
	struct config *all = NULL;
	int count = 0, cap = 0;
	struct rows *r = p->ours ? db_query(p->db, "SELECT launch_id, coalesce(config, ''), coalesce(config_text, '') FROM launches ORDER BY launch_id", "") : NULL;
	while (r && row_next(r)) {
		int at = 0;
		if (!*row_text(r, 2) || strlen(row_text(r, 2)) > CONFIG_MAX || !has_launch(p, row_int(r, 0)))
			continue;
		while (at < count && (strcmp(all[at].text, row_text(r, 2)) || strcmp(all[at].name, row_text(r, 1))))
			at++;
		if (at == count) {
			all = grow(all, &cap, count, sizeof *all);
			all[count++] = (struct config){.name = copy(row_text(r, 1)), .text = copy(row_text(r, 2))};
		}
		text_printf(&all[at].launches, "%s%lld", all[at].count++ ? ", " : "", (long long)row_int(r, 0));
	}
	if (r)
		row_end(r);
	for (int i = 0; i < count; i++) {
		text_add(out, "<details class=\"source\"><summary><code>");
		html_add(out, all[i].name);
		text_printf(out, "</code> <span class=\"aside\">launch%s %s</span></summary><pre>", all[i].count > 1 ? "es" : "", all[i].launches.at);
		html_add(out, all[i].text);
		text_add(out, "</pre></details>\n");
		free(all[i].name);
		free(all[i].text);
		text_free(&all[i].launches);
	}
	if (!count)
		text_add(out, "<p class=\"aside\">The database holds no text of a configuration.</p>\n");
	free(all);
	return !p->ours || (r && db_trouble(p->db) == DB_OK);
}

/* Its lines as numbers; new ones go to `lines`. */
static void add_program(struct interned *lines, const char *source, struct text *json)
{
	char *all = copy(source), *next = all;
	text_add(json, "[");
	for (bool first = true; next && (*next || first); first = false)
		text_printf(json, first ? "%d" : ",%d", intern(lines, strsep(&next, "\n")));
	text_add(json, "]");
	free(all);
}

/* How many runs each text is the program of; `hashes`: to find it. */
static int *count_users(const struct page *p, struct names *hashes)
{
	int *users = need(calloc((size_t)p->texts.count + 1, sizeof *users));
	for (int i = 0; i < p->count; i++)
		if (p->runs[i].program >= 0 && !users[p->runs[i].program]++)
			names_add(hashes, p->texts.at[p->runs[i].program], p->runs[i].program);
	names_sort(hashes);
	return users;
}

bool page_programs(const struct page *p, struct text *json)
{
	struct interned lines = {0};
	struct names hashes = {0};
	int *users = count_users(p, &hashes);
	bool first = true;
	size_t from = json->len, kept = 0;
	struct rows *r = p->ours ? db_query(p->db, "SELECT hash, coalesce(name, ''), coalesce(source, '') FROM programs ORDER BY name, hash", "") : NULL;
	text_add(json, "\"programs\":[");
	while (r && row_next(r)) {
		int at = names_find(&hashes, row_text(r, 0)), before = lines.count;
		if (at < 0)
			continue;
		text_add(json, first ? "{\"hash\":" : ",\n{\"hash\":");
		first = false;
		json_add(json, row_text(r, 0));
		text_add(json, ",\"name\":");
		json_add(json, row_text(r, 1));
		text_printf(json, ",\"runs\":%d,\"lines\":", users[at]);
		if (json->len - from + kept < PROGRAMS_ROOM)
			add_program(&lines, row_text(r, 2), json);
		else
			text_add(json, "null");
		for (int i = before; i < lines.count; i++)
			kept += strlen(lines.at[i]) + 3;
		text_add(json, "}");
	}
	if (r)
		row_end(r);
	text_add(json, "],\n\"lines\":[");
	for (int i = 0; i < lines.count; i++) {
		text_add(json, i ? ",\n" : "");
		json_add(json, lines.at[i]);
	}
	text_add(json, "]");
	interned_free(&lines);
	names_free(&hashes);
	free(users);
	return !p->ours || (r && db_trouble(p->db) == DB_OK);
}
