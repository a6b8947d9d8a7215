/* programs.c: the programs of a sweep: what pipelines with equal graphs share, their names, their backend, their lanes. By size alone where a
** choice could change the bits of a run. */
#include "tuning.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *program_name(struct build *b, const struct pipeline *p)
{
	struct text t = {0};
	bool first = true;
	for (int i = 0; i < p->modules.count; i++) {
		const struct module *m = &p->modules.at[i];
		if (m->data || strcmp(m->type, "process") == 0)
			continue;
		text_printf(&t, "%s%s", first ? "" : "_", m->class);
		first = false;
		static const char *const skip[] = {"type", "class", "path_to_class", "key"};
		for (int k = 0; k < m->params.count; k++) {
			bool skipped = false;
			for (int j = 0; j < 4; j++)
				skipped = skipped || strcmp(m->params.at[k].name, skip[j]) == 0;
			if (!skipped)
				text_printf(&t, "_%s", m->params.at[k].value);
		}
	}
	char *name = arena_strndup(&b->arena, t.at ? t.at : "program", t.len < 60 ? t.len : 60), *out = name;
	for (char *c = name; *c; c++) {
		bool keep = isalnum((unsigned char)*c) || *c == '_' || (*c == '-' && c > name);
		if (keep || (out > name && out[-1] != '_'))
			*out++ = keep ? *c : '_';
	}
	*out = 0;
	text_free(&t);
	for (int k = 2;; k++) {
		const char *wish = k == 2 ? name : arena_printf(&b->arena, "%s_%d", name, k - 1);
		bool taken = strcmp(wish, "classes") == 0;
		for (int i = 0; i < b->programs.count; i++)
			taken = taken || strcmp(b->programs.at[i]->name, wish) == 0;
		if (!taken)
			return wish;
	}
}

static struct program *new_program(struct build *b, struct pipeline *p, const char hash[33], const struct graph *train, const struct graph *eval)
{
	struct program *made = arena_alloc(&b->arena, sizeof *made);
	struct module process = process_of(&b->arena, &b->sweep, p);
	struct text t = {0}, v = {0};
	graph_print(train, &t);
	graph_print(eval, &v);
	made->train_text = arena_strndup(&b->arena, t.at, t.len);
	made->eval_text = arena_strndup(&b->arena, v.at, v.len);
	text_free(&t);
	text_free(&v);
	made->name = program_name(b, p);
	made->folder = arena_printf(&b->arena, "%s/%s", b->options.out, made->name);
	memcpy(made->hash, hash, 33);
	made->first = p;
	made->backend = &backend_c;
	made->has_large = !b->sweep.need_gpu && (graph_is_large(train) || graph_is_large(eval));
	made->direct = made->has_large && (graph_is_direct(train) || graph_is_direct(eval));
	made->optimizer = optimizer_of(&b->arena, &process);
	made->nb_params = graph_parameters(train);
	return made;
}

int program_add(struct build *b, struct pipeline *p, const char hash[33], const struct graph *train, const struct graph *eval)
{
	int index = 0;
	while (index < b->programs.count && strcmp(b->programs.at[index]->hash, hash) != 0)
		index++;
	if (index == b->programs.count)
		VEC_PUSH(&b->arena, &b->programs, new_program(b, p, hash, train, eval));
	VEC_PUSH(&b->arena, &b->programs.at[index]->pipelines, p->index);
	return index;
}

/* A program for the GPU trains a run a thread when a run's memory is small: by size alone, so that more runs never change a run's bits. */
static const struct backend *choose_backend(struct build *b, struct program *p)
{
	enum { THREAD_BYTES = 16 * 1024 };
	if (!b->sweep.need_gpu || p->optimizer->solver)
		return &backend_c;
	p->backend = &backend_cuda_runs;
	p->lanes = 1;
	return !products_of(&b->sweep, p->first) && training_run_bytes(b, p) <= THREAD_BYTES ? &backend_cuda_runs : &backend_cuda;
}

static int runs_of(const struct build *b, const struct program *p)
{
	return p->pipelines.count * b->sweep.multiplicity;
}

/* More lanes than runs would be idle; a group should stay in the second-level cache, with its gradients, state and activations. */
static int choose_lanes(const struct build *b, const struct program *p)
{
	enum { CACHE = 512 * 1024 };
	if (p->optimizer->solver || b->sweep.need_gpu)
		return 1;
	if (p->large)
		return 1;
	const int runs = runs_of(b, p);
	int64_t bytes = p->nb_params * 4 * (strcmp(b->sweep.precision, "float64") == 0 ? 8 : 4);
	static const int counts[] = {16, 8, 4};
	for (int i = 0; i < 3; i++)
		if (bytes * counts[i] <= CACHE && (runs > counts[i] / 2 || (counts[i] == 4 && runs > 1)))
			return counts[i];
	return 1;
}

/* As measured (tuning.h); with fewer runs than were measured, fewer lanes. */
static void settle_tuned(struct build *b, struct program *p, const struct tuned *tuned)
{
	if (p->direct)                          /* another order of sums: other bits */
		return;
	p->large = tuned->variant.library && p->has_large;
	p->lanes = p->optimizer->solver ? 1 : tuned->variant.lanes;
	while (p->lanes > 1 && runs_of(b, p) <= (p->lanes == 4 ? 1 : p->lanes / 2))
		p->lanes = p->lanes == 4 ? 1 : p->lanes / 2;
	p->tuned = arena_printf(&b->arena, "tuned: %s (%s)", variant_text(&b->arena, (struct variant){p->lanes, p->large}), param_get(&b->sweep.monitor, "tune"));
}

/* The file that [MONITOR] tune names; --tune is about to write it. */
static bool read_tuning(struct build *b, struct tuning *tuning)
{
	const struct param *named = param_of(&b->sweep.monitor, "tune");
	if (!named || b->options.tune)
		return true;
	if (access(named->value, R_OK) == 0)
		return tuning_read(&b->arena, named->value, tuning);
	err(named->at, "cannot read %s: %s", named->value, strerror(errno));
	hint("mosaicc --tune %s writes it; without `tune` programs are built by size", b->options.config);
	return false;
}

bool programs_settle(struct build *b)
{
	struct tuning tuning = {0};
	bool ok = read_tuning(b, &tuning);
	b->slower = tuning.slower;
	for (int i = 0; i < b->programs.count; i++) {
		struct program *pr = b->programs.at[i];
		const struct tuned *tuned = b->sweep.need_gpu ? NULL : tuning_find(&tuning, pr->hash);
		pr->large = pr->has_large;              /* by size alone: the same text whatever the machine */
		pr->lanes = choose_lanes(b, pr);
		if (tuned)
			settle_tuned(b, pr, tuned);
		pr->backend = choose_backend(b, pr);
		if (b->sweep.need_gpu && pr->optimizer->solver) {
			err(param_of(&b->sweep.monitor, "need_gpu")->at, "need_gpu is True, but %s trains on the CPU only", pr->optimizer->name);
			hint("need_gpu = False, or another optimizer");
			return false;
		}
		pr->runs = runs_of(b, pr);
		ok = program_fits(b, pr) && ok;
	}
	return ok;
}
