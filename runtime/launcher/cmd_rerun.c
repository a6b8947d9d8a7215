/* cmd_rerun.c: `mosaic rerun`: chosen runs go on from their checkpoints. The configuration is compiled again, so that a run is
** only continued by the program that it began with (its identity says so); then it is a launch like any other. */
#include "launcher.h"

#include <stdlib.h>

struct rerun { const struct args *args; const char *database; struct goal goal; };

/* Other selectors narrow --changed down. */
static bool choose_changed(struct db *db, const struct sweep *s, const struct rerun *r, struct plan *out)
{
	struct selection chosen = {0};
	bool some = select_given(r->args);
	if (some && !select_runs(r->database, r->args, &chosen))
		return false;
	bool ok = plan_changed(db, s, some ? &chosen : NULL, r->goal.until, out);
	select_free(&chosen);
	return ok;
}

static bool choose(struct db *db, const struct sweep *s, void *context, struct plan *out)
{
	const struct rerun *r = context;
	struct selection chosen;
	if (option(r->args, "changed"))
		return choose_changed(db, s, r, out);
	if (!select_runs(r->database, r->args, &chosen))
		return false;
	bool ok = plan_chosen(db, s, chosen.ids, chosen.count, r->goal, out);
	select_free(&chosen);
	return ok;
}

static bool read_goal(const struct args *args, struct goal *goal)
{
	int64_t more = 0, until = 0;
	if (!option_int(args, "epochs", 1, EPOCHS_MAX, &more) || !option_int(args, "until", 1, EPOCHS_MAX, &until))
		return false;
	if (more && until) {
		complain("--epochs and --until exclude each other");
		return false;
	}
	if (more && option(args, "changed")) {
		complain("--changed trains from the beginning, to the epochs that a run had: --epochs has no meaning");
		hint("--until N names the epoch to reach");
		return false;
	}
	*goal = (struct goal){.more = (int)more, .until = (int)until};
	return true;
}

/* Before anything is written: a launcher would bring a database of the original up to date, and then find nothing to continue. */
static bool is_ours(const char *database)
{
	struct db *db = db_open(database, DB_READ);
	bool ours = db && db_number(db, "PRAGMA user_version", 0) > 0;
	if (db && !ours) {
		complain("%s: a database of the original: its runs have no checkpoints that could be continued", database);
		hint("`mosaic run` trains into it, and leaves its runs as they are");
	}
	db_close(db);
	return ours;
}

enum exit_code cmd_rerun(const struct args *args)
{
	struct rerun r = {.args = args, .database = args->at[1]};
	struct launch_options o;
	struct selection chosen = {0};
	bool changed = option(args, "changed");
	/* Chosen once now, for the message; what counts is what is there when the database is ours. */
	if (!launch_options(args, &o) || !read_goal(args, &r.goal)
		|| ((!changed || select_given(args)) && !select_runs(r.database, args, &chosen))
		|| !is_ours(r.database)) {
		select_free(&chosen);
		return EXIT_USAGE;
	}
	select_free(&chosen);
	char *go_on = format("`mosaic rerun %s %s %s`", args->at[0], args->at[1], changed ? "--changed" : "--interrupted");
	o.database = r.database;
	o.choose = choose;
	o.context = &r;
	o.go_on = go_on;
	enum exit_code code = launch_config(args->at[0], option(args, "output"), &o);
	free(go_on);
	return code;
}
