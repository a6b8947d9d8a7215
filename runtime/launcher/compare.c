/* compare.c: `mosaic compare`: which value of a parameter gives the better runs? Reads only. The files in order: compare_load.c
** reads, compare_test.c pairs and tests with stats.c, compare_verdict.c and compare_print.c say what came out. */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

static bool one_form(const struct args *args)
{
	static const char *const forms[] = {"json", "csv", "latex"};
	const char *given = NULL;
	for (int i = 0; i < 3; i++) {
		if (given && option(args, forms[i])) {
			complain("--%s or --%s, not both", given, forms[i]);
			return false;
		}
		given = option(args, forms[i]) ? forms[i] : given;
	}
	return true;
}

static bool options_fit(const struct args *args, int64_t *seed)
{
	const char *by = option(args, "by"), *within = option(args, "within"), *better = option(args, "better");
	if (!by || !*by) {
		complain("mosaic compare needs --by: the parameter whose values are compared");
		hint("for example: mosaic compare %s %s --by mlp_key", args->at[0], args->at[1]);
		return false;
	}
	if (within && !strcmp(by, within)) {
		complain("--by and --within are both %s", by);
		return false;
	}
	if (better && strcmp(better, "smaller") && strcmp(better, "larger")) {
		complain("--better %s: it is smaller or larger", better);
		return false;
	}
	return one_form(args) && option_int(args, "seed", 0, INT64_MAX, seed);
}

static void print_it(const struct args *args, const struct comparing *c)
{
	if (option(args, "json"))
		print_comparing_json(c);
	else if (option(args, "csv"))
		print_comparing_csv(c);
	else if (option(args, "latex"))
		print_comparing_latex(c);
	else
		print_comparing(c);
}

enum exit_code cmd_compare(const struct args *args)
{
	struct comparing c = {.by = option(args, "by"), .within = option(args, "within"), .against = option(args, "against"),
		.database = args->at[0], .unpaired = option(args, "unpaired"), .seed = 1, .level = 0.05};
	if (!options_fit(args, &c.seed))
		return EXIT_USAGE;
	struct db *db = db_open(args->at[0], DB_READ);
	struct criterion own;
	struct data d = {0};
	const struct criterion *found = db ? criterion_or_curve(db, args->at[1], &own) : NULL;
	if (found) {
		own = *found;
		c.criterion = &own;
		if (option(args, "better"))
			own.better = strcmp(option(args, "better"), "smaller") ? 1 : -1;
	}
	bool ok = found && data_load(db, c.criterion, c.by, c.within, &d);
	db_close(db);
	if (ok && (ok = compare_all(&d, &c)))
		print_it(args, &c);
	comparing_free(&c);
	data_free(&d);
	return ok ? EXIT_DONE : EXIT_USAGE;
}
