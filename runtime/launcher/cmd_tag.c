/* cmd_tag.c: `mosaic tag`: short names on runs, by which every command that takes a selector finds them again. A tag is a row of
** `params` with the name `tag`, one a tag: SQL that reads the original's tables sees them, too. */
#include "launcher.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_MAX = 64 };

char *run_tags(struct db *db, int64_t id)
{
	struct text t = {0};
	struct rows *r = db_query(db, "SELECT param_value FROM params WHERE run_id = ? AND param_name = 'tag' AND param_value IS NOT NULL ORDER BY 1", "i", id);
	while (r && row_next(r))
		text_printf(&t, "%s%s", t.at ? " " : "", row_text(r, 0));
	if (r)
		row_end(r);
	return t.at;
}

json_t *json_words(const char *words)
{
	json_t *out = json_array();
	for (const char *at = words; at && *at; at += strcspn(at, " ")) {
		at += strspn(at, " ");
		char *word = need(strndup(at, strcspn(at, " ")));
		if (*word)
			json_array_append_new(out, json_text(word));
		free(word);
	}
	return out;
}

struct request {
	const struct args *args;
	char *database;
	const char *const *runs; int run_count;                /* lists of numbers */
	const char *const *changes; int change_count;          /* "+name", "-name" */
};

/* What a tag may be: one word, so that it can be written anywhere without quotes. */
static bool good_tag(const char *change)
{
	const char *tag = change + 1;
	json_t *utf8 = json_string(tag);
	bool ok = utf8 && *tag && *tag != '+' && *tag != '-' && strlen(tag) <= TAG_MAX;
	json_decref(utf8);
	for (const char *c = tag; ok && *c; c++)
		ok = (unsigned char)*c > ' ' && *c != 0x7f && !strchr(",;'\"`\\", *c);
	if (ok)
		return true;
	complain("'%.80s' is no tag", tag);
	hint("a tag is one word of at most %d bytes, without quotes, commas and semicolons, that begins with neither + nor -", TAG_MAX);
	return false;
}

static bool is_change(const char *word)
{
	return *word == '+' || *word == '-';
}

/* [DATABASE] RUNS... CHANGES... */
static bool read_request(const struct args *args, struct request *q)
{
	int i = 0, n = args->count;
	*q = (struct request){.args = args};
	if (n && !is_change(args->at[0]) && !is_run_list(args->at[0]))
		q->database = copy(args->at[i++]);
	for (q->runs = args->at + i; i < n && is_run_list(args->at[i]); i++)
		q->run_count++;
	for (q->changes = args->at + i; i < n && is_change(args->at[i]); i++) {
		if (!good_tag(args->at[i]))
			return false;
		q->change_count++;
	}
	if (i < n) {
		complain("'%.80s' is neither a run, nor +NAME, nor -NAME", args->at[i]);
		hint("mosaic tag [DATABASE] 1-3,7 +keep -draft");
		return false;
	}
	if (!q->database)
		q->database = last_database();
	return q->database;
}

/* ---- to change ---- */

/* -1 trouble, 0 it was so already, 1 changed. */
static int change_one(struct db *db, int64_t id, const char *change)
{
	const char *tag = change + 1;
	struct rows *r = db_query(db, "SELECT 1 FROM params WHERE run_id = ? AND param_name = 'tag' AND param_value = ?", "it", id, tag);
	if (!r)
		return -1;
	bool there = row_next(r);
	row_end(r);
	if (db_trouble(db) != DB_OK)
		return -1;
	if (there == (*change == '+'))
		return 0;
	bool ok = there ? db_run(db, "DELETE FROM params WHERE run_id = ? AND param_name = 'tag' AND param_value = ?", "it", id, tag)
		: db_run(db, "INSERT INTO params(run_id, param_name, param_value) VALUES(?, 'tag', ?)", "it", id, tag);
	return ok ? 1 : -1;
}

static bool change(const struct request *q, const struct selection *chosen)
{
	struct db *db = db_open(q->database, DB_WRITE);
	if (!db)
		return false;
	bool ok = db_begin(db);
	int changed = 0;
	for (int i = 0; ok && i < chosen->count; i++) {
		bool any = false;
		for (int k = 0; ok && k < q->change_count; k++) {
			int what = change_one(db, chosen->ids[i], q->changes[k]);
			ok = what >= 0;
			any = any || what > 0;
		}
		changed += any;
	}
	ok = ok && db_commit(db);
	if (ok)
		printf("%s: %d of %d runs have other tags now\n", q->database, changed, chosen->count);
	else {
		db_complain(db);
		db_rollback(db);
	}
	db_close(db);
	return ok;
}

/* ---- to look ---- */

static bool in(const struct selection *chosen, int64_t id, int *at)
{
	while (chosen && *at < chosen->count && chosen->ids[*at] < id)
		(*at)++;
	return !chosen || (*at < chosen->count && chosen->ids[*at] == id);
}

static void print_tags(const struct request *q, json_t *tags)
{
	const char *name;
	json_t *runs, *one;
	size_t i;
	if (option(q->args, "json")) {
		char *text = need(json_dumps(tags, JSON_INDENT(1)));
		puts(text);
		free(text);
		return;
	}
	struct text all = {0}, visible = {0};
	json_object_foreach(tags, name, runs) {
		text_printf(&all, "\t%s\t", name);
		json_array_foreach(runs, i, one) {             /* 1-3,7: as --id takes it */
			json_int_t id = json_integer_value(one), before = json_integer_value(json_array_get(runs, i - 1)),
				after = json_integer_value(json_array_get(runs, i + 1));
			bool inside = i && id == before + 1, goes_on = after == id + 1;
			if (!inside)
				text_printf(&all, "%s%lld", i ? "," : "", (long long)id);
			else if (!goes_on)
				text_printf(&all, "-%lld", (long long)id);
		}
		text_add(&all, "\n");
	}
	if (all.at) {
		add_visible(&visible, all.at);
		fputs(visible.at, stdout);
	}
	text_free(&all);
	text_free(&visible);
}

/* All tags with their runs, or those of the chosen runs. */
static bool list(const struct request *q, const struct selection *chosen)
{
	struct db *db = db_open(q->database, DB_READ);
	struct rows *r = db ? db_query(db, "SELECT param_value, run_id FROM params WHERE param_name = 'tag' AND param_value IS NOT NULL"
		" AND run_id IN (SELECT run_id FROM runs) ORDER BY param_value, run_id", "") : NULL;
	json_t *tags = json_object();
	char *last = NULL;
	int at = 0;
	while (r && row_next(r)) {
		if (!last || strcmp(last, row_text(r, 0))) {
			at = 0;
			free(last);
			last = copy(row_text(r, 0));
		}
		if (!in(chosen, row_int(r, 1), &at))
			continue;
		json_t *name = json_text(last), *runs = json_object_get(tags, json_string_value(name));
		if (!runs)
			json_object_set_new(tags, json_string_value(name), runs = json_array());
		json_array_append_new(runs, json_integer(row_int(r, 1)));
		json_decref(name);
	}
	free(last);
	bool ok = r && db_trouble(db) == DB_OK;
	if (r)
		row_end(r);
	if (db && !ok)
		db_complain(db);
	if (ok)
		print_tags(q, tags);
	json_decref(tags);
	db_close(db);
	return ok;
}

enum exit_code cmd_tag(const struct args *args)
{
	struct request q;
	struct selection chosen = {0};
	bool ok = read_request(args, &q), some = ok && (q.run_count || select_given(args));
	if (ok && (some || q.change_count))
		ok = select_words(q.database, args, q.runs, q.run_count, &chosen);
	ok = ok && (q.change_count ? change(&q, &chosen) : list(&q, some ? &chosen : NULL));
	select_free(&chosen);
	free(q.database);
	return ok ? EXIT_DONE : EXIT_USAGE;
}
