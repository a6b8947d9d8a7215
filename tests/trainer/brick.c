/* brick.c: a trainer as mosaicc writes it, by hand, for tests of the runtime: dataset_OR(1,200,0.8) | mlp_brick(4,3). */
#ifndef LANES
#define LANES 4
#endif
#include "real.h"

#include "trainer.h"

#include <stdlib.h>
#include <string.h>

enum { IN = 2, WIDTH = 3, OUT = 1 };

/* ---- the data class, as a module brings it -------------------------------------------------------------- */
struct dataset_OR {
	int batch_size, data_size;
	float train_prop;
	bool shuffle, drop_last;
	mosaic_ints list;                        /* unused, like title: for the kinds of fields */
	const char *title;
};

static void dataset_OR_fill(mosaic_data *data, enum mosaic_split split, int64_t samples, mosaic_random *r)
{
	float *x = mosaic_input(data, split, "x", samples, IN), *y = mosaic_target(data, split, "y", samples, OUT);

	for (int64_t i = 0; i < samples; i++) {
		uint64_t bits = mosaic_random_bits(r);
		x[2 * i] = bits & 1;
		x[2 * i + 1] = bits >> 1 & 1;
		y[i] = (bits & 3) != 0;
	}
}

static void dataset_OR_prepare(const void *context, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module)
{
	const struct dataset_OR *self = context;
	mosaic_random r = mosaic_random_for(run, "data");
	int64_t train = (int64_t)((double)self->train_prop * self->data_size + 0.5);

	printf("preparing %s, shape %s\n", self->title, mosaic_module_get(module, "shape"));
	dataset_OR_fill(data, MOSAIC_TRAIN, train, &r);
	dataset_OR_fill(data, MOSAIC_TEST, self->data_size - train, &r);
	mosaic_loader(data, MOSAIC_TRAIN, self->batch_size, self->shuffle, self->drop_last);
	mosaic_columns(data, "first\nsecond");
	if (getenv("BRICK_NAN"))
		*(float *)mosaic_get(data, MOSAIC_TRAIN, 0)->at = mosaic_run_seed(run) == 2 ? __builtin_nanf("") : 0;
}

static void dataset_OR_info(const void *self, mosaic_info *info)
{
	mosaic_info_int(info, "batch_size", ((const struct dataset_OR *)self)->batch_size);
	mosaic_info_int(info, "input_size", IN);
	mosaic_info_int(info, "output_size", OUT);
}

#define FIELD(name_, kind_, fallback_, comment_) {.name = #name_, .fallback = fallback_, .comment = comment_, .kind = MOSAIC_FIELD_##kind_, \
	.size = sizeof(((struct dataset_OR *)0)->name_), .offset = offsetof(struct dataset_OR, name_)}
static const struct mosaic_field dataset_OR_fields[] = {
	FIELD(batch_size, INT, "1", NULL),
	FIELD(data_size, INT, NULL, "samples in all"),
	FIELD(train_prop, FLOAT, "0.8", "part of them that trains"),
	FIELD(shuffle, BOOL, "false", NULL),
	FIELD(drop_last, BOOL, "false", NULL),
	FIELD(list, INTS, "[1, 2]", NULL),
	FIELD(title, STRING, "\"the \\\"OR\\\" gate\"", NULL),
};
static const struct mosaic_data_class data_classes[] = {{
	.section = "dataset_OR", .class = "dataset_OR", .size = sizeof(struct dataset_OR),
	.fields = dataset_OR_fields, .field_count = sizeof dataset_OR_fields / sizeof *dataset_OR_fields,
	.prepare = dataset_OR_prepare, .info = dataset_OR_info, .pairs = (const char *const[]){"shape", "square", NULL},
}};

/* ---- the network ------------------------------------------------------------------------------------------ */
struct first { real weight[WIDTH][IN], bias[WIDTH]; };
struct hidden { real weight[WIDTH][WIDTH], bias[WIDTH]; };
struct last { real weight[OUT][WIDTH], bias[OUT]; };
struct params { struct first h1; struct hidden h2, h3, h4; struct last y; };
struct acts { real h1[WIDTH], h2[WIDTH], h3[WIDTH], h4[WIDTH], y[OUT]; };
enum { PARAMS = sizeof(struct params) / sizeof(real) };

static struct params params, grads;
static struct { struct params exp_avg, exp_avg_sq; } state;
static double scalars[2][LANES];

static void layer_forward(int I, int O, const real x[I], const real w[O][I], const real b[O], real y[O])
{
	for (int o = 0; o < O; o++) {
		real s = b[o];
		for (int i = 0; i < I; i++)
			s = fma_(w[o][i], x[i], s);
		y[o] = sigmoid_(s);
	}
}

static void layer_backward(int I, int O, const real x[I], const real y[O], const real w[O][I], const real dy[O], real dw[O][I], real db[O], real dx[I])
{
	for (int i = 0; i < I; i++)
		dx[i] = splat_(0);
	for (int o = 0; o < O; o++) {
		real dz = dy[o] * y[o] * (splat_(1) - y[o]);
		db[o] = dz;
		for (int i = 0; i < I; i++) {
			dw[o][i] = dz * x[i];
			dx[i] = fma_(w[o][i], dz, dx[i]);
		}
	}
}

static void forward(const real x[IN], struct acts *a)
{
	layer_forward(IN, WIDTH, x, params.h1.weight, params.h1.bias, a->h1);
	layer_forward(WIDTH, WIDTH, a->h1, params.h2.weight, params.h2.bias, a->h2);
	layer_forward(WIDTH, WIDTH, a->h2, params.h3.weight, params.h3.bias, a->h3);
	layer_forward(WIDTH, WIDTH, a->h3, params.h4.weight, params.h4.bias, a->h4);
	layer_forward(WIDTH, OUT, a->h4, params.y.weight, params.y.bias, a->y);
}

/* Mean squared error over one sample and one output, and the accuracy, into the sums of each lane. */
static real loss(const struct acts *a, const real target[OUT], double *sums)
{
	real error = a->y[0] - target[0], square = error * error;

	for (int l = 0; l < LANES; l++) {
		float e = ((const float *)&square)[l], p = ((const float *)&a->y[0])[l], t = ((const float *)target)[l];
		sums[l] += e;
		sums[LANES + l] += (p > 0.5f) == (t > 0.5f);
	}
	return error;
}

static void backward(const real x[IN], const struct acts *a, real error)
{
	real dy[OUT] = {error * splat_(2)}, d4[WIDTH], d3[WIDTH], d2[WIDTH], d1[WIDTH], unused[IN];

	layer_backward(WIDTH, OUT, a->h4, a->y, params.y.weight, dy, grads.y.weight, grads.y.bias, d4);
	layer_backward(WIDTH, WIDTH, a->h3, a->h4, params.h4.weight, d4, grads.h4.weight, grads.h4.bias, d3);
	layer_backward(WIDTH, WIDTH, a->h2, a->h3, params.h3.weight, d3, grads.h3.weight, grads.h3.bias, d2);
	layer_backward(WIDTH, WIDTH, a->h1, a->h2, params.h2.weight, d2, grads.h2.weight, grads.h2.bias, d1);
	layer_backward(IN, WIDTH, x, a->h1, params.h1.weight, d1, grads.h1.weight, grads.h1.bias, unused);
}

static void adam(const double *hyper)
{
	enum { LR, BETA1, BETA2, EPS };
	real step, root, beta1, beta2, eps;
	real *w = (real *)&params, *g = (real *)&grads, *m = (real *)&state.exp_avg, *v = (real *)&state.exp_avg_sq;

	for (int l = 0; l < LANES; l++) {
		scalars[0][l] *= hyper[BETA1 * LANES + l];
		scalars[1][l] *= hyper[BETA2 * LANES + l];
		((float *)&step)[l] = (float)(hyper[LR * LANES + l] / (1 - scalars[0][l]));
		((float *)&root)[l] = (float)(1 / __builtin_sqrt(1 - scalars[1][l]));
		((float *)&beta1)[l] = (float)hyper[BETA1 * LANES + l];
		((float *)&beta2)[l] = (float)hyper[BETA2 * LANES + l];
		((float *)&eps)[l] = (float)hyper[EPS * LANES + l];
	}
	for (int i = 0; i < PARAMS; i++) {
		m[i] = fma_(beta1, m[i], (splat_(1) - beta1) * g[i]);
		v[i] = fma_(beta2, v[i], (splat_(1) - beta2) * g[i] * g[i]);
		w[i] = w[i] - step * m[i] / fma_(sqrt_(v[i]), root, eps);
	}
}

static void train(const struct mosaic_step *s)
{
	struct acts a;

	for (int i = 0; i < s->n; i++) {              /* BATCH is 1 */
		const real *x = (const real *)s->inputs[0] + i * IN, *target = (const real *)s->targets[0] + i * OUT;
		forward(x, &a);
		backward(x, &a, loss(&a, target, s->sums));
	}
	adam(s->hyper);
}

static void evaluate(const struct mosaic_step *s)
{
	struct acts a;

	for (int i = 0; i < s->n; i++) {
		forward((const real *)s->inputs[0] + i * IN, &a);
		loss(&a, (const real *)s->targets[0] + i * OUT, s->sums);
	}
}

static void predict(int n, const void *const *inputs, void *const *outputs)
{
	struct acts a;

	for (int i = 0; i < n; i++) {
		forward((const real *)inputs[0] + i * IN, &a);
		memcpy((real *)outputs[0] + i * OUT, a.y, sizeof a.y);
	}
}

/* ---- what the runtime needs to know ---------------------------------------------------------------------------- */
#define TENSOR(layer, kind, bound, ...) {.name = #layer "." #kind, .module = "mlp_brick", .offset = offsetof(struct params, layer.kind) / sizeof(real), \
	.count = sizeof params.layer.kind / sizeof(real), .rank = MOSAIC_DIMS_RANK(__VA_ARGS__), .shape = {__VA_ARGS__}, .trains = true, \
	.init = MOSAIC_INIT_UNIFORM, .a = -(bound), .b = bound}
#define MOSAIC_DIMS_RANK(...) (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))
#define INV_SQRT2 0.70710678118654757
#define INV_SQRT3 0.57735026918962584
static const struct mosaic_tensor tensors[] = {
	TENSOR(h1, weight, INV_SQRT2, WIDTH, IN), TENSOR(h1, bias, INV_SQRT2, WIDTH),
	TENSOR(h2, weight, INV_SQRT3, WIDTH, WIDTH), TENSOR(h2, bias, INV_SQRT3, WIDTH),
	TENSOR(h3, weight, INV_SQRT3, WIDTH, WIDTH), TENSOR(h3, bias, INV_SQRT3, WIDTH),
	TENSOR(h4, weight, INV_SQRT3, WIDTH, WIDTH), TENSOR(h4, bias, INV_SQRT3, WIDTH),
	TENSOR(y, weight, INV_SQRT3, OUT, WIDTH), TENSOR(y, bias, INV_SQRT3, OUT),
};
static const struct mosaic_io ios[] = {{.name = "x", .rank = 1, .shape = {IN}}, {.name = "y", .target = true, .rank = 1, .shape = {OUT}}};
static const struct mosaic_io predictions[] = {{.name = "y", .rank = 1, .shape = {OUT}}};

const struct mosaic_program mosaic_program = {
	.abi = MOSAIC_TRAINER_ABI, .name = "mlp_brick_4_3", .version = "0.1.0", .about = "dataset_OR(1,200,0.8) | mlp_brick(4,3)",
	.lanes = LANES, .real_bytes = sizeof(scalar), .batch = 1,
	.tensors = tensors, .tensor_count = sizeof tensors / sizeof *tensors, .params_reals = PARAMS,
	.ios = ios, .io_count = 2, .predictions = predictions, .prediction_count = 1,
	.columns = (const char *const[]){"loss", "acc"}, .column_count = 2,
	.optimizer = {
		.name = "Adam", .hyper_count = 4, .hyper_names = (const char *const[]){"lr", "beta1", "beta2", "eps"},
		.hyper_defaults = (const double[]){1e-3, 0.9, 0.999, 1e-8},
		.per_param = 2, .per_param_names = (const char *const[]){"exp_avg", "exp_avg_sq"},
		.scalars = 2, .scalar_names = (const char *const[]){"beta1_power", "beta2_power"}, .scalar_start = (const double[]){1, 1},
	},
	.data_classes = data_classes, .data_class_count = 1,
	.settings = (const char *const[]){"lr", "1e-2", "epochs", "400", "seed", "1", "dataset_OR.data_size", "200", NULL},
	.params = &params, .state = &state, .state_scalars = scalars[0],
	.train = train, .evaluate = evaluate, .predict = predict,
	.hash = "00112233445566778899aabbccddeeff",
};
