/* search_show.c: what searches have decided about a run, for `mosaic show`. */
#include "search.h"

#include <jansson.h>
#include <stdlib.h>

/* "halving" or "auto_multiplicity", from the settings of the search. */
static json_t *kind_of(const char *settings)
{
	json_t *all = json_loads(settings, 0, NULL), *kind = json_object_get(all, "search");
	json_t *out = json_text(json_is_string(kind) ? json_string_value(kind) : "search");
	json_decref(all);
	return out;
}

json_t *search_decisions(struct db *db, int64_t id, int64_t version)
{
	json_t *out = json_array();
	struct rows *r = version < 4 ? NULL : db_query(db, "SELECT coalesce(s.settings, ''), k.step, k.outcome, k.value, k.failed, k.place, k.among, k.epochs,"
		" k.reason, k.decided FROM run_details d JOIN decisions k ON k.pipeline_identity = d.pipeline_identity AND d.seed >= k.seed AND d.seed - k.seed < k.seeds"
		" LEFT JOIN searches s ON s.search = k.search WHERE d.run_id = ? ORDER BY k.decided, k.search, k.step", "i", id);
	while (r && row_next(r))
		json_array_append_new(out, json_pack("{so sI so so sI sI sI sI so so}", "search", kind_of(row_text(r, 0)), "step", (json_int_t)row_int(r, 1),
			"outcome", json_text(row_text(r, 2)), "value", json_measure(row_real(r, 3)), "failed", (json_int_t)row_int(r, 4), "place", (json_int_t)row_int(r, 5),
			"among", (json_int_t)row_int(r, 6), "epochs", (json_int_t)row_int(r, 7), "reason", json_text(row_text(r, 8)), "decided", json_text(row_text(r, 9))));
	if (r)
		row_end(r);
	return out;
}
