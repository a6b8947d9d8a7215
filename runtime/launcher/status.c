/* status.c: `mosaic status`, in the original's layout. It only reads, so it works at any moment of a launch and after it. */
#include "launcher.h"
#include "out.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char in_status[] = "SELECT run_id, coalesce(pipeline, ''), coalesce(return_status, ''), '', 0 FROM runs WHERE status = ? ORDER BY run_id";
static const char done_early[] = "SELECT r.run_id, coalesce(r.pipeline, ''), coalesce(r.return_status, ''), coalesce(d.stop_reason, ''), x.epochs FROM runs r"
	" LEFT JOIN run_details d ON d.run_id = r.run_id LEFT JOIN run_results x ON x.run_id = r.run_id WHERE r.status = ? ORDER BY r.run_id";

/* The traceback goes under its run, one step further in. */
static void add_indented(struct text *out, const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "\n");
		if (n)
			text_printf(out, "\t\t%.*s\n", (int)n, s);
		s += n + (s[n] == '\n');
	}
}

/* Numbers of a line for the eye; control characters of a hostile name must not reach a terminal. */
void add_visible(struct text *out, const char *s)
{
	for (; *s; s++)
		text_addn(out, (unsigned char)*s < ' ' && *s != '\t' && *s != '\n' ? "?" : s, 1);
}

static bool add_runs(struct db *db, const char *status, const char *title, struct text *out)
{
	bool done = !strcmp(status, "done"), why = !strcmp(status, "error") || !strcmp(status, "stopped");
	struct rows *r = db_query(db, done && has_early(db) ? done_early : in_status, "t", status);
	struct text all = {0};
	if (!r)
		return false;
	while (row_next(r)) {
		text_printf(&all, "\t[%lld] %s\n", (long long)row_int(r, 0), row_text(r, done ? 2 : 1));
		if (why)
			add_indented(&all, row_text(r, 2));
		if (*row_text(r, 3))
			text_printf(&all, "\t\tstopped early after epoch %lld: %s\n", (long long)row_int(r, 4), row_text(r, 3));
	}
	row_end(r);
	if (title)
		text_printf(out, "%s\n", title);
	if (all.at)
		add_visible(out, all.at);
	text_free(&all);
	return db_trouble(db) == DB_OK;
}

/* What a dead launcher left as running will be taken up by the next one: interrupted. */
static bool status_text(struct db *db, bool living, struct text *out)
{
	struct text left = {0};
	bool ok = add_runs(db, "done", "Done", out) && add_runs(db, "error", "Error", out)
		&& (living ? add_runs(db, "running", "Running", out) : (text_add(out, "Running\n"), add_runs(db, "running", NULL, &left)))
		&& add_runs(db, "interrupted", NULL, &left);
	if (ok && left.len)
		text_printf(out, "Interrupted\n%s", left.at);
	text_free(&left);
	ok = ok && add_runs(db, "stopped", NULL, &left);
	if (ok && left.len)
		text_printf(out, "Stopped\n%s", left.at);
	text_free(&left);
	ok = ok && add_runs(db, "replaced", NULL, &left);
	if (ok && left.len)
		text_printf(out, "Replaced\n%s", left.at);
	text_free(&left);
	return ok;
}

json_t *json_measure(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

/* Bytes of a name that are no UTF-8 become question marks: JSON has no other way. */
json_t *json_text(const char *s)
{
	json_t *out = json_string(s);
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

/* One run of status_json's query. */
static void put_run(FILE *f, struct rows *r, bool living)
{
	static const char *const measures[] = {"train_loss", "test_loss", "train_acc", "test_acc", "duration(s)", "overfit", "trainability", "slope"};
	const char *status = row_text(r, 1);
	fprintf(f, "\n {\"run_id\": %lld, \"status\": ", (long long)row_int(r, 0));
	out_json(f, !living && !strcmp(status, "running") ? "interrupted" : status);
	fputs(", \"pipeline\": ", f);
	out_json(f, row_text(r, 2));
	if (!strcmp(status, "error") || !strcmp(status, "stopped")) {
		fputs(*status == 'e' ? ", \"error\": " : ", \"reason\": ", f);
		out_json(f, row_text(r, 3));
	}
	for (int i = 0; i < 8 && row_int(r, 14); i++) {
		fprintf(f, ", \"%s\": ", measures[i]);
		out_json_real(f, row_real(r, 4 + i));
	}
	if (row_int(r, 14))
		fprintf(f, ", \"epochs\": %lld, \"nb_params\": %lld", (long long)row_int(r, 12), (long long)row_int(r, 13));
	if (row_int(r, 14) && *row_text(r, 15)) {
		fputs(", \"stopped_early\": ", f);
		out_json(f, row_text(r, 15));
	}
	putc('}', f);
}

static bool status_json(struct db *db, const char *database, bool living, const char *who, struct text *out)
{
#define OF_RUNS "SELECT r.run_id, coalesce(r.status, ''), coalesce(r.pipeline, ''), coalesce(r.return_status, '')," \
	" x.train_loss, x.test_loss, x.train_acc, x.test_acc, x.\"duration(s)\", x.overfit, x.trainability, x.slope, x.epochs, x.nb_params," \
	" x.run_id IS NOT NULL, "
#define FROM_RUNS " FROM runs r LEFT JOIN run_results x ON x.run_id = r.run_id"
	struct rows *r = db_query(db, has_early(db) ?
		OF_RUNS "coalesce(d.stop_reason, '')" FROM_RUNS " LEFT JOIN run_details d ON d.run_id = r.run_id ORDER BY r.run_id" :
		OF_RUNS "''" FROM_RUNS " ORDER BY r.run_id", "");
	if (!r)
		return false;
	char *bytes = NULL;
	size_t size = 0;
	FILE *f = need(open_memstream(&bytes, &size));
	fputs("{\"database\": ", f);
	out_json(f, database);
	fputs(", \"launcher\": ", f);
	if (who)
		out_json(f, who);
	else
		fputs("null", f);
	fputs(", \"runs\": [", f);
	for (const char *comma = ""; row_next(r); comma = ",") {
		fputs(comma, f);
		put_run(f, r, living);
	}
	fputs("\n]}\n", f);
	row_end(r);
	if (fclose(f) == 0)
		text_addn(out, bytes, size);
	free(bytes);
	return db_trouble(db) == DB_OK;
}

/* One look at the database, as text. *living: is there more to come? */
static bool look(const char *database, bool json, struct text *out, bool *living)
{
	char *who;
	*living = lock_held(database, &who);
	struct db *db = db_open(database, DB_READ);
	bool ok = db && (json ? status_json(db, database, *living, who, out) : status_text(db, *living, out));
	if (db && !ok)
		db_complain(db);
	db_close(db);
	free(who);
	return ok;
}

/* The last lines that a terminal has room for, from the top of the screen. */
static void redraw(const char *text)
{
	struct winsize size = {.ws_row = 24};
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	int room = size.ws_row > 2 ? size.ws_row - 1 : 23;
	const char *from = text + strlen(text);
	while (from > text && room >= 0)
		if (*--from == '\n' && room-- == 0)
			from++;
	printf("\033[H\033[2J%s", from);
	fflush(stdout);
}

static enum exit_code watch(const char *database, bool json)
{
	struct text shown = {0}, next = {0};
	bool living = true, ok = true, terminal = terminal_cursor(stdout);
	while (ok && living) {
		ok = look(database, json, &next, &living);
		if (ok && (!shown.at || strcmp(shown.at, next.at))) {
			if (terminal && !json)
				redraw(next.at);
			else
				fputs(next.at, stdout);
			ok = fflush(stdout) == 0;                      /* nobody reads any more */
		}
		text_free(&shown);
		shown = next;
		next = (struct text){0};
		if (ok && living)
			poll(NULL, 0, 1000);
	}
	text_free(&shown);
	return ok ? EXIT_DONE : EXIT_USAGE;
}

enum exit_code cmd_status(const struct args *args)
{
	char *database = args->count ? copy(args->at[0]) : last_database();
	struct text out = {0};
	bool living, json = option(args, "json");
	enum exit_code code = EXIT_USAGE;
	if (!database)
		return EXIT_USAGE;
	if (option(args, "watch"))
		code = watch(database, json);
	else if (look(database, json, &out, &living)) {
		fputs(out.at, stdout);
		code = EXIT_DONE;
	}
	text_free(&out);
	free(database);
	return code;
}
