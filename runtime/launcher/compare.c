/* compare.c: `mosaic compare`: which value of a parameter gives the better runs? Reads only. The files in order: compare_load.c
** reads, compare_test.c pairs and tests with stats.c, compare_verdict.c and compare_print.c say what came out. */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

static bool options_fit(const struct args *args, int64_t *seed)
{
	const char *by = option(args, "by"), *within = option(args, "within");
	if (!by || !*by) {
		complain("mosaic compare needs --by: the parameter whose values are compared");
		hint("for example: mosaic compare %s %s --by mlp_key", args->at[0], args->at[1]);
		return false;
	}
	if (within && !strcmp(by, within)) {
		complain("--by and --within are both %s", by);
		return false;
	}
	if (option(args, "json") && option(args, "csv")) {
		complain("--json or --csv, not both");
		return false;
	}
	return option_int(args, "seed", 0, INT64_MAX, seed);
}

enum exit_code cmd_compare(const struct args *args)
{
	struct comparing c = {.by = option(args, "by"), .within = option(args, "within"), .against = option(args, "against"),
		.database = args->at[0], .unpaired = option(args, "unpaired"), .seed = 1, .level = 0.05};
	if (!options_fit(args, &c.seed) || !(c.criterion = criterion_find(args->at[1])))
		return EXIT_USAGE;
	struct db *db = db_open(args->at[0], DB_READ);
	struct data d = {0};
	bool ok = db && data_load(db, c.criterion, c.by, c.within, &d);
	db_close(db);
	if (ok && (ok = compare_all(&d, &c))) {
		if (option(args, "json"))
			print_comparing_json(&c);
		else if (option(args, "csv"))
			print_comparing_csv(&c);
		else
			print_comparing(&c);
	}
	comparing_free(&c);
	data_free(&d);
	return ok ? EXIT_DONE : EXIT_USAGE;
}
