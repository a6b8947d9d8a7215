/* job.c: the block of lines that tells a trainer what to train (doc/design.md, "A job"), and the command that prints such
** blocks for a machine without this launcher. Values were checked by sweep.c to have no line breaks. */
#include "launcher.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

char *job_log(const struct sweep *s, int64_t id)
{
	return format("%s/output_%lld.log", s->run_files_path, (long long)id);
}

void job_write(const struct sweep *s, const struct run *r, struct text *out)
{
	const struct pipeline *p = &s->pipelines[r->pipeline];
	char *log = job_log(s, r->id);
	text_printf(out, "run %lld\nset seed %llu\n", (long long)r->id, (unsigned long long)r->seed);
	text_printf(out, "set epochs %d\n", run_until(r));
	for (int i = 0; i < p->setting_count; i++)
		if (strcmp(p->settings[i].name, "seed") && strcmp(p->settings[i].name, "epochs"))
			text_printf(out, "set %s %s\n", p->settings[i].name, p->settings[i].value);
	text_printf(out, "dir %s\nlog %s\ncheckpoint %.15g\n%send\n", s->run_files_path, log, s->checkpoint, r->resume ? "resume\n" : "");
	free(log);
}

static bool has_param(const struct pipeline *p, const char *name)
{
	for (int i = 0; i < p->param_count; i++)
		if (!strcmp(p->params[i].name, name))
			return true;
	return false;
}

struct pair *job_params(const struct sweep *s, const struct run *r, const char *seed, int *count)
{
	const struct pipeline *p = &s->pipelines[r->pipeline];
	struct pair *out = need(calloc((size_t)(s->process_count + p->param_count) + 1, sizeof *out));
	*count = 0;
	for (int i = 0; i < s->process_count; i++)
		if (!has_param(p, s->process[i].name) && strcmp(s->process[i].name, "seed"))
			out[(*count)++] = (struct pair){s->process[i].name, pipeline_process(p, &s->process[i])};
	if (!has_param(p, "seed"))
		out[(*count)++] = (struct pair){"seed", seed};
	for (int i = 0; i < p->param_count; i++)
		out[(*count)++] = p->params[i];
	return out;
}

/* The comment line from which `mosaic import` learns what a run was. A trainer copies it into its reports. */
static void write_comment(const struct sweep *s, const struct run *r, struct text *out)
{
	const struct pipeline *p = &s->pipelines[r->pipeline];
	const struct program *program = &s->programs[p->program];
	char seed[24];
	int count;
	snprintf(seed, sizeof seed, "%llu", (unsigned long long)r->seed);
	struct pair *pairs = job_params(s, r, seed, &count);
	json_t *params = json_array();
	for (int i = 0; i < count; i++)
		json_array_append_new(params, json_pack("[ss]", pairs[i].name, pairs[i].value));
	json_t *all = json_pack("{sI ss ss ss si ss ss ss so}", "run", (json_int_t)r->id, "identity", r->identity, "pipeline_identity", p->identity,
		"seed", seed, "epochs", p->epochs, "line", p->line, "modules", p->modules, "program_hash", program->hash, "params", params);
	char *text = need(json_dumps(all, JSON_COMPACT));
	text_printf(out, "# mosaic-run %s\n", text);
	free(text);
	json_decref(all);
	free(pairs);
}

/* Runs of a sweep counted from 1, in the order of the original: each pipeline `multiplicity` times in a row. */
static bool find_run(const struct sweep *s, int64_t index, struct run *r)
{
	int64_t first = 1;
	for (int i = 0; i < s->pipeline_count; first += s->pipelines[i++].multiplicity) {
		const struct pipeline *p = &s->pipelines[i];
		if (index < first || index >= first + p->multiplicity)
			continue;
		*r = (struct run){.id = index, .pipeline = i, .epochs = p->epochs, .seed = p->seed + (uint64_t)(index - first)};
		run_identity(p->identity, r->seed, r->identity);
		return true;
	}
	complain("there is no run %lld: the sweep has %lld", (long long)index, (long long)first - 1);
	return false;
}

static bool add_run(const struct sweep *s, const char *index, int *program, struct text *out)
{
	struct run r;
	int64_t n;
	if (!parse_int(index, 1, INT64_MAX, &n)) {
		complain("'%s' is no run index: they count from 1", index);
		return false;
	}
	if (!find_run(s, n, &r))
		return false;
	const struct pipeline *p = &s->pipelines[r.pipeline];
	if (p->error) {
		complain("run %lld has no program: %s", (long long)n, p->error);
		return false;
	}
	if (*program >= 0 && *program != p->program) {
		complain("run %lld belongs to program %s, the others to %s", (long long)n, s->programs[p->program].name, s->programs[*program].name);
		hint("make one job a program");
		return false;
	}
	*program = p->program;
	write_comment(s, &r, out);
	job_write(s, &r, out);
	return true;
}

enum exit_code cmd_job(const struct args *args)
{
	struct sweep s;
	struct text out = {0};
	int program = -1;
	if (!sweep_read(args->at[0], &s))
		return EXIT_USAGE;
	bool ok = true;
	for (int i = 1; ok && i < args->count; i++)
		ok = add_run(&s, args->at[i], &program, &out);
	if (ok && args->count - 1 > s.programs[program].lanes) {
		complain("%d runs are too many for one process of %s: it has %d lanes", args->count - 1, s.programs[program].name, s.programs[program].lanes);
		ok = false;
	}
	if (ok)
		printf("# trainer %s\n%s", s.programs[program].trainer, out.at);
	text_free(&out);
	sweep_free(&s);
	return ok ? EXIT_DONE : EXIT_USAGE;
}
