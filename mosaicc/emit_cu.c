/* emit_cu.c: a trainer as one CUDA file. Its first part, for the C++ of CUDA, is the network, the step and the optimizer; the tables at its end are C, and
** the file is compiled twice. Small programs train a run a thread (backend_cuda_runs): their text is the C trainer's, as functions of the device. All others
** train one run with the whole device (backend_cuda): every layer launches kernels (cu_kernel.c). */
#include "cu.h"
#include "emit.h"

#include <string.h>

/* ---- what both have ---------------------------------------------------------------------------- */

static void open_file(struct emission *e, const char *defines, struct text *out)
{
	const struct plan *p = &e->plan;
	emit_header(e, out);
	text_printf(out, "#ifdef __cplusplus        /* the device's part; the tables at the end are C, and this file is compiled as both */\n#include <cuda_runtime.h>\n%s#endif\n%s#include \"real.h\"\n\n",
		defines, p->graph->float64 ? "#define REAL64\n" : "");
	emit_sizes(p, 0, out);
	if (e->eval_differs)
		emit_sizes(&e->eval_plan, p->sizes.count, out);
	emit_params(p, out);
	text_add(out, "\n#ifdef __cplusplus\n#include \"mosaic_cuda.h\"\n");
	emit_headers(p, NULL, out);
	if (e->eval_differs)
		emit_headers(&e->eval_plan, p, out);
	if (e->program->backend->many)
		text_add(out, "\n#define FORWARD static __device__ __forceinline__\n#define LAYER static __device__ __forceinline__\n");
	else
		text_add(out, "\n#define FORWARD static\n");
	text_add(out, "#define SAMPLES(n) do { if ((n) < 1) __builtin_unreachable(); } while (0)\n");
}

static void emit_network_part(struct emission *e, struct text *out)
{
	if (e->eval_differs)
		emit_forward(e, &e->eval_plan, out);
	emit_forward(e, &e->plan, out);
	emit_training(e, out);
}

static const char *values_of(const struct plan *p, const struct node *n)
{
	struct text t = {0};
	for (int i = 0; i < n->shape.rank; i++)
		if (i != n->shape.batch)
			text_printf(&t, "%s%s", t.len ? " * " : "", PLAN(p, n)->size[i]);
		else if (n->shape.dim[i] > p->graph->batch)
			text_printf(&t, "%s%lld", t.len ? " * " : "", (long long)(n->shape.dim[i] / p->graph->batch));
	const char *s = arena_strdup(p->arena, t.len ? t.at : "1");
	text_free(&t);
	return s;
}

static int columns_of(const struct graph *g)
{
	int count = 1;
	for (int i = 0; i < g->outputs.count; i++)
		count += strcmp(g->outputs.at[i].role, "accuracy") == 0 || strcmp(g->outputs.at[i].role, "metric") == 0;
	return count;
}

/* Counts, and inputs and targets of a batch. */
static void emit_batch(const struct emission *e, struct text *out)
{
	const struct plan *p = &e->plan;
	const struct optimizer *o = e->program->optimizer;
	int ios = 0, inputs = 0, predictions = 0;
	for (enum node_kind kind = NODE_INPUT; kind <= NODE_TARGET; kind++)
		for (int i = 0; i < p->graph->nodes.count; i++) {
			ios += p->graph->nodes.at[i]->kind == kind;
			inputs += kind == NODE_INPUT && p->graph->nodes.at[i]->kind == kind;
		}
	text_printf(out, "\nenum { INPUTS = %d, IOS = %d, COLUMNS = %d, HYPERS = %d, SCALARS = %d, STATE_ARRAYS = %d };\n/* A batch. */\nstruct batch {\n", inputs, ios, columns_of(p->graph),
		optimizer_hypers(o), optimizer_scalars(o), optimizer_states(o));
	struct text list = {0};
	ios = 0;
	for (enum node_kind kind = NODE_INPUT; kind <= NODE_TARGET; kind++)
		for (int i = 0; i < p->graph->nodes.count; i++) {
			const struct node *n = p->graph->nodes.at[i];
			if (n->kind != kind)
				continue;
			text_printf(out, "\treal %s[BATCH][%s];\n", PLAN(p, n)->c_name, values_of(p, n));
			text_printf(&list, " DO(%d, %s, %s)", ios++, PLAN(p, n)->c_name, values_of(p, n));
		}
	text_printf(out, "};\n#define EACH_IO(DO)%s\n", list.at ? list.at : "");
	text_free(&list);
	const struct plan *v = e->eval_differs ? &e->eval_plan : p;
	text_add(out, "/* What the network gives for a batch. */\nstruct predicted {\n");
	for (int i = 0; i < v->graph->outputs.count; i++) {
		const struct output *x = &v->graph->outputs.at[i];
		if (strcmp(x->role, "prediction") != 0)
			continue;
		text_printf(out, "\treal prediction_%d[BATCH][%s];\n", predictions, x->node->kind == NODE_CONST ? "1" : values_of(v, x->node));
		text_printf(&list, " DO(%d, prediction_%d)", predictions, predictions);
		predictions++;
	}
	text_printf(out, "};\nenum { PREDICTIONS = %d };\n#define EACH_PREDICTION(DO)%s\n", predictions, list.at ? list.at : "");
	text_free(&list);
}

static void close_file(struct emission *e, struct text *out)
{
	text_add(out, "\n#else\n#include \"trainer.h\"\n#include \"mosaic_device.h\"\n\n");
	emit_tables(e, out);
	text_add(out, "#endif\n");
}

/* ---- a run a thread ---------------------------------------------------------------------------- */

void emit_cu_runs_trainer(struct emission *e, struct text *out)
{
	open_file(e, arena_printf(e->arena, "#define MOSAIC_RUNS          /* a run a thread */\nenum { RUNS_MAX = %d };\n", e->program->backend->many), out);
	emit_network_part(e, out);
	emit_steps(e, out);
	emit_predict(e, out);
	emit_batch(e, out);
	text_add(out, "#include \"mosaic_cuda_runs.h\"\n");
	close_file(e, out);
}

/* ---- one run with the whole device --------------------------------------------------------------- */

/* The optimizer's functions for the numbers first .. end - 1; each of them updates what it counts, of which every thread has a copy. */
void emit_cu_optimizer(const struct emission *e, struct text *out)
{
	const struct optimizer *o = e->program->optimizer;
	int row[2], scalar, clips = optimizer_clip(o, row);
	text_printf(out, "/* %s */\nstatic __device__ void %s(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper,\n"
		"\tint first, int end)\n{\n", o->about, o->body);
	emit_ranged(o->body, out);
	text_add(out, "}\n");
	if (clips & 1) {
		text_add(out, "\n/* Each gradient within -most .. most. */\nstatic __device__ void clip_grad_value(struct params *grads, const double *most, int first, int end)\n{\n");
		emit_ranged("clip_grad_value", out);
		text_add(out, "}\n");
	}
	if (o->accumulate) {
		text_printf(out, "\n/* Adds a batch's gradients to those of its group; their mean, when the group is complete or the epoch ends. */\nenum { ACCUMULATE = %d };\n"
			"static __device__ bool accumulate(struct params *grads, struct params *sum, int64_t batch, int64_t batches, int first, int end)\n{\n", o->accumulate);
		emit_ranged("accumulate", out);
		text_add(out, "}\n");
	}
	if (optimizer_average(o, &scalar) >= 0) {
		text_add(out, "\n/* The weights that are evaluated and kept: e += (1 - decay) (w - e). */\n"
			"static __device__ void average(const struct params *params, struct params *ema, double *steps, const double *decay, int first, int end)\n{\n");
		emit_ranged("average", out);
		text_add(out, "}\n");
	}
	if (clips >> 1 & 1)
		text_printf(out, "\n/* The gradients as one vector, not longer than `most`. */\nstatic __device__ void clip_grad_norm(struct params *grads, const double *most)\n{\n%s}\n",
			op_body_find("clip_grad_norm", false)->text);
}

/* The rates of the group that number i belongs to. */
static void emit_group_hyper(const struct optimizer *o, struct text *out)
{
	int lr = optimizer_row(o, "lr"), decay = optimizer_row(o, "weight_decay");
	text_printf(out, "\tdouble hyper[HYPERS];\n\t__builtin_memcpy(hyper, hyper_of_(feed), sizeof hyper);\n\tfor (int k = 0; k < GROUPS; k++)\n\t\tif (i >= groups[k].first && i < groups[k].end) {\n"
		"\t\t\thyper[%d] *= groups[k].lr;\n\t\t\tif (groups[k].weight_decay >= 0)\n\t\t\t\thyper[%d] = groups[k].weight_decay;\n\t\t}\n", lr, decay);
}

static void emit_update_kernels(const struct emission *e, struct text *out)
{
	const struct optimizer *o = e->program->optimizer;
	int row[2], scalar = 0, clips = optimizer_clip(o, row), average = optimizer_average(o, &scalar), scalars = optimizer_scalars(o);
	const char *ready = o->accumulate ? "(feed->now + 1) % ACCUMULATE == 0 || feed->now + 1 == feed->s.batches" : NULL;
	if (o->accumulate)
		text_add(out, "\n__global__ void gather_gradients(struct training *self, const struct feed *feed)\n{\n\tconst int i = thread_();\n\tif (i < TRAINED)\n"
			"\t\taccumulate(&self->grads, &self->state.accumulated, feed->now, feed->s.batches, i, i + 1);\n}\n");
	if (clips == 3)                        /* values are clipped before the norm is taken */
		text_printf(out, "\n__global__ void clip_values(struct training *self, const struct feed *feed)\n{\n\tconst int i = thread_();\n\tif (i < TRAINED%s%s%s)\n"
			"\t\tclip_grad_value(&self->grads, hyper_of_(feed) + %d, i, i + 1);\n}\n", ready ? " && (" : "", ready ? ready : "", ready ? ")" : "", row[0]);
	if (clips >> 1 & 1) {
		text_add(out, "\n__global__ void clip_gradients(struct training *self, const struct feed *feed)\n{\n");
		if (ready)
			text_printf(out, "\tif (%s)\n\t", ready);
		text_printf(out, "\tclip_grad_norm(&self->grads, hyper_of_(feed) + %d);\n}\n", row[1]);
	}
	text_add(out, "\n/* The optimizer, a thread a number; finish() takes over what it counts. */\n__global__ void update(struct training *self, const struct feed *feed)\n{\n"
		"\tconst int i = thread_();\n\tif (i >= TRAINED)\n\t\treturn;\n");
	text_printf(out, "\tdouble scalars[%d];\n\t__builtin_memcpy(scalars, self->scalars, sizeof scalars);\n", scalars ? scalars : 1);
	plan_grouped(&e->plan) ? emit_group_hyper(o, out) : text_add(out, "\tconst double *hyper = hyper_of_(feed);\n");
	if (ready)
		text_printf(out, "\tif (%s) {\n", ready);
	const char *in = ready ? "\t\t" : "\t";
	if (clips == 1)
		text_printf(out, "%sclip_grad_value(&self->grads, hyper + %d, i, i + 1);\n", in, row[0]);
	text_printf(out, "%s%s(&self->params, &self->grads, &self->state, scalars, hyper, i, i + 1);\n", in, o->body);
	if (average >= 0)
		text_printf(out, "%saverage(&self->params, &self->state.ema, scalars + %d, hyper + %d, i, i + 1);\n", in, scalar, average);
	text_printf(out, "%s\tif (i == 0)\n\t\t__builtin_memcpy(self->next_scalars, scalars, sizeof scalars);\n}\n", ready ? "\t}\n" : "");
}

static void emit_finish(const struct emission *e, const struct plan *p, const char *name, bool training, struct text *out)
{
	text_printf(out, "\n/* After a step, in one thread: its columns%s. */\n__global__ void %s(struct training *self, struct feed *feed)\n{\n\tdouble *sums = feed->sums;\n",
		training ? ", what the optimizer counts, and what training keeps beside parameters" : "", name);
	emit_sums(p, out);
	if (training && optimizer_scalars(e->program->optimizer))
		text_add(out, "\t__builtin_memcpy(self->scalars, self->next_scalars, sizeof self->scalars);\n");
	if (training)
		emit_updates(p, out);
	text_add(out, "\tfeed->now++;\n}\n");
}

static void emit_launches(struct emission *e, struct text *out)
{
	const struct optimizer *o = e->program->optimizer;
	const struct plan *p = &e->plan, *v = e->eval_differs ? &e->eval_plan : p;
	int row[2], clips = optimizer_clip(o, row);
	emit_gradient(p, out);
	emit_finish(e, p, "finish", true, out);
	emit_finish(e, v, "finish_evaluation", false, out);
	emit_update_kernels(e, out);
	text_add(out, "\nstatic void train(struct training *self, struct feed *feed, const struct mosaic_step *step)\n{\n\tgradient_of(self, step, &self->grads);\n");
	if (o->accumulate)
		text_add(out, "\tLAUNCH(gather_gradients, TRAINED, self, feed);\n");
	if (clips == 3)
		text_add(out, "\tLAUNCH(clip_values, TRAINED, self, feed);\n");
	if (clips >> 1 & 1)
		text_add(out, "\tLAUNCH(clip_gradients, 1, self, feed);\n");
	text_add(out, "\tLAUNCH(update, TRAINED, self, feed);\n\tLAUNCH(finish, 1, self, feed);\n}\n");
	emit_evaluate(e, out);
}

void emit_cu_trainer(struct emission *e, struct text *out)
{
	const char *products = products_of(e->sweep, e->program->first);
	open_file(e, !products ? "" : arena_printf(e->arena, "#define MOSAIC_BLAS %s\n", strcmp(products, "tf32") == 0 ? "BLAS_TF32        /* products of tf32 */" :
		strcmp(products, "bf16") == 0 ? "BLAS_BF16        /* products of bf16, sums of float32 */" : "BLAS_EXACT_TYPE  /* products by cuBLAS */"), out);
	emit_network_part(e, out);
	emit_batch(e, out);
	emit_launches(e, out);
	emit_predict(e, out);
	text_add(out, "#include \"mosaic_cuda_step.h\"\n");
	close_file(e, out);
}
