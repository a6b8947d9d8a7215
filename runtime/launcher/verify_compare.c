/* verify_compare.c: the stored history of a run against the one that was trained again, value by value as bits, and what is known of
** the surroundings of both: only they, or a fault of this program, can be why bits differ. */
#include "verify.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const surroundings[SURROUNDINGS] = {"compiler", "flags", "processor", "machine", "mosaicc", "data", "program"};
static const char surroundings_sql[] = "SELECT d.compiler, d.flags, l.cpu, d.host, l.version, d.data_hash, p.source FROM run_details d"
	" LEFT JOIN launches l ON l.launch_id = d.launch_id LEFT JOIN programs p ON p.hash = d.program_hash WHERE d.run_id = ?";
enum { PROGRAM = SURROUNDINGS - 1 };

/* A program's text without its first comment and the lines that say by which command it was made: they name the configuration's file. */
static char *body(const char *source)
{
	const char *end = strstr(source, "*/");
	struct text t = {0};
	for (const char *at = end ? end + 2 : source; *at;) {
		size_t n = strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n');
		const char *made = strstr(at, "    mosaicc ");
		if (!made || made >= at + n)
			text_addn(&t, at, n);
		at += n;
	}
	return t.at ? t.at : copy("");
}

static void read_surroundings(struct db *db, int64_t id, char **out)
{
	struct rows *r = db_query(db, surroundings_sql, "i", id);
	if (r && row_next(r))
		for (int i = 0; i < SURROUNDINGS; i++)
			if (*row_text(r, i))
				out[i] = i == PROGRAM ? body(row_text(r, i)) : copy(row_text(r, i));
	if (r)
		row_end(r);
}

static bool other(const struct subject *s, int i)
{
	return s->before[i] && s->today[i] && strcmp(s->before[i], s->today[i]);
}

static void parts(struct subject *s, const char *column, int epoch, double stored, double now)
{
	if (s->verdict == VERDICT_DIFFERS && epoch >= s->epoch)
		return;
	s->verdict = VERDICT_DIFFERS;
	free(s->column);
	s->column = copy(column);
	s->epoch = epoch;
	s->stored = stored;
	s->now = now;
}

static const struct run_curve *find(const struct run_curve *c, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(c[i].name, name))
			return &c[i];
	return NULL;
}

static void compare_curve(struct subject *s, const struct run_curve *a, const struct run_curve *b)
{
	int least = !b ? 0 : a->epochs < b->epochs ? a->epochs : b->epochs;
	s->curves++;
	for (int e = 0; e < least; e++)
		if (memcmp(&a->values[e], &b->values[e], sizeof a->values[e])) {
			parts(s, a->name, e + 1, (double)a->values[e], (double)b->values[e]);
			return;
		}
	if (least < a->epochs)                                 /* it stopped before, or the column is gone */
		parts(s, a->name, least + 1, (double)a->values[least], NAN);
}

static bool compare_curves(struct db *stored, struct db *again, struct subject *s)
{
	struct run_curve *a = need(calloc(COLUMNS_MAX, sizeof *a)), *b = need(calloc(COLUMNS_MAX, sizeof *b));
	int n = curves_read(stored, s->id, a, COLUMNS_MAX), m = curves_read(again, s->id, b, COLUMNS_MAX);
	for (int i = 0; n > 0 && m >= 0 && i < n; i++)
		compare_curve(s, &a[i], find(b, m, a[i].name));
	if (n < 0)
		db_complain(stored);
	else if (m < 0)
		db_complain(again);
	curves_free(a, n);
	curves_free(b, m);
	return n >= 0 && m >= 0;
}

/* The results hold more digits than the history. */
static void compare_results(struct db *stored, struct db *again, struct subject *s)
{
	static const char *const names[] = {"train_loss", "test_loss", "train_acc", "test_acc", "overfit", "trainability", "slope"};
	static const char sql[] = "SELECT train_loss, test_loss, train_acc, test_acc, overfit, trainability, slope, epochs FROM run_results WHERE run_id = ?";
	struct rows *a = db_query(stored, sql, "i", s->id), *b = db_query(again, sql, "i", s->id);
	if (a && b && row_next(a) && row_next(b) && row_int(a, 7) == s->epochs)
		for (int i = 0; i < 7; i++) {
			double x = row_real(a, i), y = row_real(b, i);
			if (memcmp(&x, &y, sizeof x) && !(isnan(x) && isnan(y)))
				parts(s, names[i], s->epochs, x, y);
		}
	if (a)
		row_end(a);
	if (b)
		row_end(b);
}

bool verify_compare(const char *stored_path, const char *again_path, struct subject *at, int count)
{
	struct db *stored = db_open(stored_path, DB_READ), *again = stored ? db_open(again_path, DB_READ) : NULL;
	bool ok = again;
	for (int i = 0; ok && i < count; i++) {
		struct subject *s = &at[i];
		if (!s->trained || s->verdict != VERDICT_OPEN)
			continue;
		read_surroundings(stored, s->id, s->before);
		read_surroundings(again, s->id, s->today);
		ok = compare_curves(stored, again, s);
		if (ok && s->verdict == VERDICT_OPEN)
			compare_results(stored, again, s);
		if (s->verdict == VERDICT_OPEN)
			s->verdict = VERDICT_SAME;
	}
	db_close(again);
	db_close(stored);
	return ok;
}

void subject_free(struct subject *s)
{
	free(s->line);
	free(s->config);
	free(s->config_text);
	free(s->why);
	free(s->column);
	for (int i = 0; i < SURROUNDINGS; i++) {
		free(s->before[i]);
		free(s->today[i]);
	}
}

/* ---- what is said ---- */

static void add_surroundings(const struct subject *s, struct text *out)
{
	bool any = false;
	for (int i = 0; i < SURROUNDINGS; i++) {
		if (!other(s, i))
			continue;
		any = true;
		if (i == PROGRAM)
			text_add(out, "\tprogram: mosaicc writes another text for it today\n");
		else
			text_printf(out, "\t%s: stored %s\n\t%*s  now    %s\n", surroundings[i], s->before[i], (int)strlen(surroundings[i]), "", s->today[i]);
	}
	if (!any)
		text_add(out, "\tnothing else differs: compiler, flags, processor, mosaicc and data are those of the stored run\n");
}

static void add_subject(const struct subject *s, struct text *out)
{
	text_printf(out, "[%lld] ", (long long)s->id);
	if (s->verdict == VERDICT_SAME)
		text_printf(out, "the same bits: %d curves of %d epochs\n", s->curves, s->epochs);
	else if (s->verdict == VERDICT_DIFFERS) {
		text_printf(out, "other bits: %s at epoch %d of %d: stored %.9g, now ", s->column, s->epoch, s->epochs, s->stored);
		text_printf(out, isnan(s->now) ? "no value\n" : "%.9g\n", s->now);
		add_surroundings(s, out);
	} else
		text_printf(out, "not verified: %s\n", s->why ? s->why : "it was not trained");
}

static const char *verdict_name(const struct subject *s)
{
	return s->verdict == VERDICT_SAME ? "same" : s->verdict == VERDICT_DIFFERS ? "differs" : "not verified";
}

static json_t *subject_json(const struct subject *s)
{
	json_t *one = json_pack("{sI ss si}", "run_id", (json_int_t)s->id, "verdict", verdict_name(s), "epochs", s->epochs), *where = json_object();
	if (s->why)
		json_object_set_new(one, "why", json_text(s->why));
	if (s->verdict == VERDICT_DIFFERS)
		json_object_set_new(one, "first_difference", json_pack("{so si so so}", "name", json_text(s->column), "epoch", s->epoch, "stored",
			json_measure(s->stored), "now", json_measure(s->now)));
	for (int i = 0; i < PROGRAM; i++)
		if (other(s, i))
			json_object_set_new(where, surroundings[i], json_pack("[oo]", json_text(s->before[i]), json_text(s->today[i])));
	json_object_set_new(one, "program_text", s->before[PROGRAM] && s->today[PROGRAM] ? json_string(other(s, PROGRAM) ? "other" : "same") : json_null());
	json_object_set_new(one, "surroundings", where);
	return one;
}

void verify_print(const struct subject *at, int count, bool json)
{
	int same = 0, differ = 0;
	json_t *all = json_array();
	struct text text = {0}, visible = {0};
	for (int i = 0; i < count; i++) {
		same += at[i].verdict == VERDICT_SAME;
		differ += at[i].verdict == VERDICT_DIFFERS;
		if (json)
			json_array_append_new(all, subject_json(&at[i]));
		else
			add_subject(&at[i], &text);
	}
	text_printf(&text, "%d of %d runs came out to the same bits", same, count);
	if (differ)
		text_printf(&text, ", %d to others", differ);
	if (count - same - differ)
		text_printf(&text, ", %d could not be verified", count - same - differ);
	text_add(&text, "\n");
	add_visible(&visible, text.at);
	char *dump = json ? need(json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(17))) : NULL;
	puts(json ? dump : (visible.at[visible.len - 1] = '\0', visible.at));
	free(dump);
	json_decref(all);
	text_free(&text);
	text_free(&visible);
}
