/* early.c: which keys of [PROCESS] about early stopping and the best epoch go together. early_settings.c makes settings of them. */
#include "config.h"

#include <string.h>
#include <strings.h>

bool early_reads(const struct sweep *sweep, const char *name)
{
	return param_of(&sweep->process, "early_stopping") && strcmp(name, "patience") == 0;
}

/* Does a key have this value, or is it swept and one of its values is? */
static bool may_be(const struct sweep *sweep, const struct process *p, const char *name, const char *value)
{
	for (int i = 0; i < p->swept.count; i++)
		for (int k = 0; strcmp(p->swept.at[i].name, name) == 0 && k < p->swept.at[i].values.items.count; k++)
			if (strcasecmp(p->swept.at[i].values.items.at[k].value.text, value) == 0)
				return true;
	const char *written = param_get(&sweep->process, name);
	return written && strcasecmp(written, value) == 0;
}

bool early_read(const struct sweep *sweep, const struct process *p)
{
	static const char *const keys[] = {"early_stopping_patience", "min_delta"};
	const struct param *stop = param_of(&sweep->process, "early_stopping"), *keep = param_of(&sweep->process, "keep_best");
	const struct param *patience = param_of(&sweep->process, "patience");
	bool ok = true;
	for (int i = 0; !stop && i < 2; i++) {
		const struct param *key = param_of(&sweep->process, keys[i]);
		if (!key)
			continue;
		err(key->at, "'%s' has no effect: early_stopping is not asked for", key->name);
		hint("early_stopping = test_loss, or another column of the history");
		ok = false;
	}
	if (stop && patience && !param_of(&sweep->process, "early_stopping_patience") && may_be(sweep, p, "scheduler", "ReduceLROnPlateau")) {
		err(patience->at, "'patience' is that of ReduceLROnPlateau here: early_stopping lacks its own");
		hint("early_stopping_patience = 20: longer than the scheduler's, else the training stops when the rate falls");
		ok = false;
	}
	if (keep && !stop && (may_be(sweep, p, "keep_best", "True") || may_be(sweep, p, "keep_best", "yes"))) {
		err(keep->at, "keep_best = True keeps the best epoch by early_stopping's column, and there is none");
		hint("keep_best = test_loss, or another column of the history");
		ok = false;
	}
	return ok;
}
