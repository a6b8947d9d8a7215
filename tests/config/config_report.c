/* config_report.c: see config_report.h. */
#include "config_report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

void config_lines(const struct sweep *sweep, struct text *out)
{
	for (int i = 0; i < sweep->pipelines.count; i++)
		text_printf(out, "%s\n", sweep->pipelines.at[i].line);
}

static void report_search(const struct sweep *s, struct text *out)
{
	static const char *const methods[] = {"grid", "random", "sobol"};
	const struct auto_multiplicity *m = &s->auto_multiplicity;
	if (s->search_keys.section)
		text_printf(out, "search %s", methods[s->search.method]);
	if (s->search.budget)
		text_printf(out, ", budget %d, seed %s%llu", s->search.budget, s->search.seeded ? "" : "not given, ", (unsigned long long)s->search.seed);
	if (s->search.halving)
		text_printf(out, ", halving by %s, eta %d, from %d epochs%s", s->search.halving, s->search.eta, s->search.min_epochs, s->search.asynchronous ? ", asynchronous" : "");
	text_add(out, s->search_keys.section ? "\n" : "");
	if (m->maximum)
		text_printf(out, "multiplicity %d to %d in %d looks, %s by '%s', alpha %g\n", m->start, m->maximum, m->looks, m->criterion, m->by, m->alpha);
}

static void report_settings(const struct sweep *s, struct text *out)
{
	text_printf(out, "epochs %d, seed %llu, %s, %s, %s, accuracy %s\n", s->epochs, (unsigned long long)s->seed,
		s->loss_function ? s->loss_function : s->loss.class, s->optimizer, s->precision, s->accuracy);
	text_printf(out, "files %s, database %s, checkpoint %g, timeout %g\n", s->run_files_path, s->database, s->checkpoint, s->timeout);
	text_printf(out, "processes %d, multiplicity %d, target %s, cc %s, cache %s of %lld",
		s->nb_processus, s->multiplicity, s->target, s->cc,
		s->cache_database_path, (long long)s->cache_size);
	for (int i = 0; i < s->gpus.count; i++)
		text_printf(out, ", %s", s->gpus.at[i]);
	text_add(out, s->need_gpu ? ", GPU needed\n" : "\n");
	report_search(s, out);
	for (int i = 0; i < s->loss.params.count; i++) {
		const struct param *p = &s->loss.params.at[i];
		text_printf(out, "loss %s.%s = %s%s\n", s->loss.class, p->name, p->value, p->used ? "" : " (unused)");
	}
	for (int i = 0; i < s->ignored.count; i++)
		text_printf(out, "ignored [%s]\n", s->ignored.at[i]);
}

/* jansson must read the JSON, and find the module pairs that the pipelines have. */
static void check_json(const struct sweep *s, const char *json)
{
	json_error_t error;
	json_t *runs = json_loads(json, JSON_REJECT_DUPLICATES, &error);
	if (!runs)
		die("invalid JSON, line %d: %s", error.line, error.text);
	if (json_array_size(runs) != (size_t)s->pipelines.count * (size_t)s->multiplicity)
		die("%zu runs in the JSON", json_array_size(runs));
	for (int i = 0; i < s->pipelines.count; i++) {
		const struct pipeline *p = &s->pipelines.at[i];
		json_t *run = json_array_get(runs, (size_t)i * (size_t)s->multiplicity);
		for (int k = 0; k < p->modules.count; k++) {
			json_t *module = json_array_get(run, (size_t)k);
			for (int j = 0; j < p->modules.at[k].params.count; j++) {
				const struct param *param = &p->modules.at[k].params.at[j];
				const char *value = json_string_value(json_object_get(module, param->name));
				if (!value || strcmp(value, param->value) != 0)
					die("JSON has '%s' for %s = '%s'", value ? value : "nothing", param->name, param->value);
			}
			const char *name = json_string_value(json_object_get(module, "name"));
			if (!name || strcmp(name, p->modules.at[k].section) != 0)
				die("JSON has the wrong name %s", name ? name : "");
		}
	}
	json_decref(runs);
}

static void report_sweep(const struct sweep *s, struct text *out)
{
	struct text json = {0};
	report_settings(s, out);
	text_printf(out, "%d pipelines\n", s->pipelines.count);
	config_lines(s, out);
	pipelines_json(s, &json);
	check_json(s, json.at);
	text_add(out, json.at);
	text_free(&json);
}

bool config_report(const char *path, struct text *out)
{
	struct arena a = {0};
	struct sweep sweep = {0};
	char *messages = NULL;
	size_t size = 0;
	diag = (struct diag){.out = open_memstream(&messages, &size)};
	bool ok = ini_read(&a, path, &sweep.ini) && expand(&a, &sweep);
	fclose(diag.out);
	if (ok != (diag.errors == 0))
		die("%s: %d errors, but it was %s", path, diag.errors, ok ? "accepted" : "refused");
	diag = (struct diag){0};
	text_addn(out, messages, size);
	free(messages);
	if (ok)
		report_sweep(&sweep, out);
	arena_free(&a);
	return ok;
}

bool config_expand(struct arena *a, const char *path, const char *bytes, size_t n, struct sweep *sweep)
{
	return ini_parse(a, path, arena_strndup(a, bytes, n), n, &sweep->ini) && expand(a, sweep);
}
