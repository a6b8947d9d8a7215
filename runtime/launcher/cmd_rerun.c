/* cmd_rerun.c: `mosaic rerun`: chosen runs go on from their checkpoints. The configuration is compiled again, so that a run is
** only continued by the program that it began with (its identity says so); then it is a launch like any other. */
#include "launcher.h"

#include <stdlib.h>

struct rerun { const struct args *args; const char *database; struct goal goal; };

static bool choose(struct db *db, const struct sweep *s, void *context, struct plan *out)
{
	const struct rerun *r = context;
	struct selection chosen;
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
	*goal = (struct goal){.more = (int)more, .until = (int)until};
	return true;
}

enum exit_code cmd_rerun(const struct args *args)
{
	struct rerun r = {.args = args, .database = args->at[1]};
	struct launch_options o;
	struct selection chosen;
	/* Chosen once now, for the message; what counts is what is there when the database is ours. */
	if (!launch_options(args, &o) || !read_goal(args, &r.goal) || !select_runs(r.database, args, &chosen))
		return EXIT_USAGE;
	select_free(&chosen);
	char *go_on = format("`mosaic rerun %s %s --interrupted`", args->at[0], args->at[1]);
	o.database = r.database;
	o.choose = choose;
	o.context = &r;
	o.go_on = go_on;
	enum exit_code code = launch_config(args->at[0], option(args, "output"), &o);
	free(go_on);
	return code;
}
