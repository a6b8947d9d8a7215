/* cost_time.c: how long a sweep takes: a calibrated estimate of a step, and how runs share lanes, processes and slots.
**
** The nanoseconds below were fitted to the time of 58 trainers on one core of a Xeon with AVX-512: lanes 1, 4, 16; batches of 1 to 128; 27 to
** 300,000 parameters; the configurations of share/ among them. There the estimates are within a factor of 1.8, half of them within 1.15. Those of
** batches in one lane were fitted again to the twelve networks of tests/bench, up to 25 million parameters: within a factor of 1.25.
** Other machines differ by more; doc/cost.md says what it is good for. */
#include "cost.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* Nanoseconds: of a call of a layer's function, of a multiply-add, another operation, a heavy one, each for one vector; of an operation
** of the optimizer for one vector; of a value in one lane that is read or moved. In one lane, of a multiply-add of a matrix product, and of a
** convolution or a recurrent layer in registers; where its loops run along rows of samples, what the rest takes of that of a vector each. */
static const double per_call = 7, per_product = 0.46, per_light = 0.33, per_heavy = 1, per_weight = 0.27, per_value = 1.6, per_gemm = 0.0145, per_direct = 0.02, of_rows = 0.6;
static const double per_program = 0.2, per_process = 0.002;   /* seconds to build a trainer, to start one */

static int usable_cores(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

struct machine cost_machine(int threads)
{
	const int cores = usable_cores();
	struct machine m = {.vector_bytes = 16, .threads = threads < 1 ? 1 : threads < cores ? threads : cores};
#if defined __x86_64__
	m.vector_bytes = __builtin_cpu_supports("avx512f") ? 64 : __builtin_cpu_supports("avx2") ? 32 : 16;
#endif
	return m;
}

double cost_batch_seconds(const struct work *w, int lanes, int scalar_bytes, const struct machine *m)
{
	const bool one = lanes == 1;
	double vectors = lanes * scalar_bytes / m->vector_bytes, rest = one && w->rows ? of_rows : 1;
	double each = vectors > 1 ? vectors : 1, products = w->products + (one ? 0 : w->gemm + w->direct);
	double ns = w->calls * per_call + each * (products * per_product + rest * (w->light * per_light + w->heavy * per_heavy)) + vectors * w->weights * per_weight
		+ lanes * rest * w->values * per_value;
	if (one)
		ns += (w->gemm * per_gemm + w->direct * per_direct) * scalar_bytes / 4 * 64 / m->vector_bytes / m->threads;
	return ns * 1e-9;
}

/* ---- the launcher's way with runs: plan_groups() in runtime/launcher/plan.c ------------------------ */

struct group { int count; double seconds, bytes; };
struct groups { struct group *at; int count, cap; };

static void add_group(struct arena *a, struct groups *g, struct group one)
{
	struct { struct group *at; int count, cap; } v = {g->at, g->count, g->cap};
	VEC_PUSH(a, &v, one);
	*g = (struct groups){v.at, v.count, v.cap};
}

/* Runs of one program, as many as it has lanes, are one process; the longest of them tells when it ends. */
static struct groups make_groups(const struct build *b, struct arena *a, const struct sweep_cost *c)
{
	struct groups g = {0};
	int *open = arena_alloc(a, ((size_t)b->programs.count + 1) * sizeof *open);
	for (int i = 0; i < c->count; i++) {
		const struct pipeline_cost *p = &c->at[i];
		int *at = &open[b->state[b->sweep.pipelines.at[i].index].program];
		for (int k = 0; k < p->runs; k++) {
			struct group *last = *at ? &g.at[*at - 1] : NULL;
			if (last && last->count < p->program->lanes) {
				last->count++;
				last->seconds = last->seconds > p->run_seconds ? last->seconds : p->run_seconds;
				continue;
			}
			add_group(a, &g, (struct group){1, p->run_seconds, p->process_bytes});
			*at = g.count;
		}
	}
	return g;
}

static void split_groups(struct arena *a, struct groups *g, int wanted)
{
	while (g->count && g->count < wanted) {
		int largest = 0;
		for (int i = 1; i < g->count; i++)
			if (g->at[i].count > g->at[largest].count)
				largest = i;
		struct group half = g->at[largest];
		if (half.count < 2)
			return;
		g->at[largest].count = (half.count + 1) / 2;
		half.count /= 2;
		add_group(a, g, half);
	}
}

static int longer_first(const void *x, const void *y)
{
	const struct group *a = x, *b = y;
	return (a->seconds < b->seconds) - (a->seconds > b->seconds);
}

/* Each process goes to the slot that is free first, the longest before the others. */
static double makespan(struct arena *a, const struct groups *g, int workers)
{
	double *busy = arena_alloc(a, (size_t)workers * sizeof *busy), end = 0;
	for (int i = 0; i < g->count; i++) {
		int first = 0;
		for (int k = 1; k < workers; k++)
			if (busy[k] < busy[first])
				first = k;
		busy[first] += g->at[i].seconds + per_process;
		end = busy[first] > end ? busy[first] : end;
	}
	return end;
}

static int larger_first(const void *x, const void *y)
{
	const struct group *a = x, *b = y;
	return (a->bytes < b->bytes) - (a->bytes > b->bytes);
}

void cost_schedule(const struct build *b, struct sweep_cost *c)
{
	struct arena a = {0};
	struct groups g = make_groups(b, &a, c);
	c->slots = b->sweep.nb_processus > 0 ? b->sweep.nb_processus : 1;
	c->cores = usable_cores();
	int threads = cost_machine(b->sweep.threads).threads, room = c->cores / threads, workers = c->slots < room ? c->slots : room;
	split_groups(&a, &g, workers);
	if (g.count)
		qsort(g.at, (size_t)g.count, sizeof *g.at, longer_first);
	c->processes = g.count;
	c->seconds = makespan(&a, &g, workers);
	c->build_seconds = b->programs.count * per_program / c->cores;
	if (b->sweep.need_gpu)
		c->seconds = c->build_seconds = -1;
	for (int i = 0; i < c->count; i++) {
		c->runs += c->at[i].runs;
		c->flops += c->at[i].runs * c->at[i].epochs * c->at[i].epoch_flops;
	}
	if (g.count)
		qsort(g.at, (size_t)g.count, sizeof *g.at, larger_first);
	for (int i = 0; i < g.count && i < c->slots; i++)
		c->bytes += g.at[i].bytes;
	arena_free(&a);
}
