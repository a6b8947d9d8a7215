/* early.c: runs that stopped before their epochs, because their trainer's early_stopping said so. Such a run is done as long as its pipeline
** has the rule that stopped it: with more patience, or without a rule, it goes on. */
#include "launcher.h"

#include <stdlib.h>
#include <string.h>

static const char *setting(const struct pipeline *p, const char *name, const char *otherwise)
{
	for (int i = 0; i < p->setting_count; i++)
		if (!strcmp(p->settings[i].name, name))
			return p->settings[i].value;
	return otherwise;
}

char *stop_rule_of(const struct pipeline *p)
{
	const char *column = setting(p, "early_stopping", "none");
	if (!*column || !strcmp(column, "none"))
		return NULL;
	return format("early_stopping=%s early_stopping_patience=%s min_delta=%s", column, setting(p, "early_stopping_patience", "10"), setting(p, "min_delta", "0"));
}

int epochs_reached(const struct pipeline *p, int epochs, const char *stop_rule)
{
	char *now = stop_rule && *stop_rule ? stop_rule_of(p) : NULL;
	bool holds = now && !strcmp(now, stop_rule);
	free(now);
	return holds && epochs >= 0 && epochs < p->epochs ? p->epochs : epochs;
}

bool has_early(struct db *db)
{
	return db_number(db, "SELECT count(*) FROM pragma_table_info('run_details') WHERE name = 'stop_rule'", 0) > 0;
}
