/* mlp_funnel_4_2: trainer made by mosaicc 0.1.0; make it again with
**     mosaicc share/config.ini
**
** dataset_OR(1,200,0.8) | mlp_funnel(4,2)
** loss MSELoss, optimizer Adam, float32, batch 1, 29 parameters, program 0b90dec00a684cbcf6b28bc202762125
**
** [dataset_OR]
**     type = dataset
**     class = dataset_OR
**     path_to_class = share/dataset.c
**     key = dataset_OR
**     batch_size = 1
**     data_size = 200
**     train_prop = 0.8
** [mlp_funnel]
**     type = mlp
**     class = mlp_funnel
**     path_to_class = share/mlp.c
**     key = mlp_funnel
**     length = 4
**     width = 2
**
** share/dataset.c 9fbc65d0200f07a0d078864da13e1398
** share/mlp.c 63fabea176b5803e5dbc0c8705cc71f5
**
** layer          ops                          output         parameters  source
** h1             linear sigmoid               [B,4]                  12  share/mlp.c:74
** h2             linear sigmoid               [B,2]                  10  share/mlp.c:74
** h3             linear sigmoid               [B,1]                   3  share/mlp.c:74
** h4             linear sigmoid               [B,1]                   2  share/mlp.c:74
** linear1        linear sigmoid               [B,1]                   2  share/mlp.c:77 */
#ifndef LANES
#define LANES 4
#endif
#define SMALL_NETWORK      /* wides of 32 bytes: numbers just written are read sooner than by the widest */
#include "real.h"
#ifdef MOSAIC_FORWARD_ONLY
#define FORWARD            /* forward() and struct params alone, for a program or a microcontroller of one's own */
#else
#define FORWARD static
#include "trainer.h"
#endif

/* Layers of a network this small become part of their callers: calls would take a tenth of a step. They stay functions with
** -DLAYER='static __attribute__((noinline))', to be seen in a profile. */
#ifndef LAYER
#define LAYER static
#endif

enum { BATCH = 1 };
enum { IN = 2, TARGET = 1, H1 = 4, H2 = 2, H3 = 1, H4 = 1, LINEAR1 = 1 };

/* Weights, trained ones first; gradients and the optimizer's state have the same layout. */
struct params {
	real h1_weight[H1][IN];
	real h1_bias[H1];
	real h2_weight[H2][H1];
	real h2_bias[H2];
	real h3_weight[H3][H2];
	real h3_bias[H3];
	real h4_weight[H4][H3];
	real h4_bias[H4];
	real linear1_weight[LINEAR1][H4];
	real linear1_bias[LINEAR1];
} __attribute__((aligned(64)));

/* What the layers give, for this batch. */
struct acts {
	real x1[H1];
	real x2[H2];
	real x3[H3];
	real x4[H4];
	real prediction[LINEAR1];
};

/* share/mlp.c:74  nn_tensor h = nn_linear(x, size[i]); */
/* share/mlp.c:75  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
LAYER void h1_forward(const real x[IN], const real h1_weight[H1][IN], const real h1_bias[H1], real x1[H1])
{
	for (int o = 0; o < H1; o++) {
		real s = h1_bias[o];
		for (int i = 0; i < IN; i++)
			s = fma_(x[i], h1_weight[o][i], s);
		x1[o] = s;
	}
	for (int i = 0; i < H1; i++)
		x1[i] = sigmoid_(x1[i]);
}

/* share/mlp.c:74  nn_tensor h = nn_linear(x, size[i]); */
/* share/mlp.c:75  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
LAYER void h2_forward(const real x1[H1], const real h2_weight[H2][H1], const real h2_bias[H2], real x2[H2])
{
	for (int o = 0; o < H2; o++) {
		real s = h2_bias[o];
		for (int i = 0; i < H1; i++)
			s = fma_(x1[i], h2_weight[o][i], s);
		x2[o] = s;
	}
	for (int i = 0; i < H2; i++)
		x2[i] = sigmoid_(x2[i]);
}

/* share/mlp.c:74  nn_tensor h = nn_linear(x, size[i]); */
/* share/mlp.c:75  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
LAYER void h3_forward(const real x2[H2], const real h3_weight[H3][H2], const real h3_bias[H3], real x3[H3])
{
	for (int o = 0; o < H3; o++) {
		real s = h3_bias[o];
		for (int i = 0; i < H2; i++)
			s = fma_(x2[i], h3_weight[o][i], s);
		x3[o] = s;
	}
	x3[0] = sigmoid_(x3[0]);
}

/* share/mlp.c:74  nn_tensor h = nn_linear(x, size[i]); */
/* share/mlp.c:75  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
LAYER void h4_forward(const real x3[H3], const real h4_weight[H4][H3], const real h4_bias[H4], real x4[H4])
{
	for (int o = 0; o < H4; o++) {
		real s = h4_bias[o];
		for (int i = 0; i < H3; i++)
			s = fma_(x3[i], h4_weight[o][i], s);
		x4[o] = s;
	}
	x4[0] = sigmoid_(x4[0]);
}

/* share/mlp.c:77  return nn_sigmoid(nn_linear(x, self->output_size)); */
LAYER void linear1_forward(const real x4[H4], const real linear1_weight[LINEAR1][H4], const real linear1_bias[LINEAR1],
	real prediction[LINEAR1])
{
	for (int o = 0; o < LINEAR1; o++) {
		real s = linear1_bias[o];
		for (int i = 0; i < H4; i++)
			s = fma_(x4[i], linear1_weight[o][i], s);
		prediction[o] = s;
	}
	prediction[0] = sigmoid_(prediction[0]);
}

FORWARD void forward(const real x[IN], const struct params *p, struct acts *a)
{
	h1_forward(x, p->h1_weight, p->h1_bias, a->x1);
	h2_forward(a->x1, p->h2_weight, p->h2_bias, a->x2);
	h3_forward(a->x2, p->h3_weight, p->h3_bias, a->x3);
	h4_forward(a->x3, p->h4_weight, p->h4_bias, a->x4);
	linear1_forward(a->x4, p->linear1_weight, p->linear1_bias, a->prediction);
}

#ifndef MOSAIC_FORWARD_ONLY

/* Losses, and gradients on their way back. */
struct work {
	real sub_loss[LINEAR1];
	real loss[LINEAR1];
	real acc[LINEAR1];
	real d_sub_loss[LINEAR1];
	real d_x4[H4];
	real d_x3[H3];
	real d_x2[H2];
	real d_x1[H1];
};

LAYER void loss_forward(const real prediction[LINEAR1], const real y[TARGET], real sub_loss[LINEAR1], real loss[LINEAR1],
	real acc[LINEAR1])
{
	sub_loss[0] = prediction[0] - y[0];
	loss[0] = sub_loss[0] * sub_loss[0];
	acc[0] = bool_(eq_(bool_(gt_(prediction[0], splat_(R(0)))), bool_(gt_(y[0], splat_(R(0))))));
}

static void losses(const real y[TARGET], const struct acts *a, struct work *t)
{
	loss_forward(a->prediction, y, t->sub_loss, t->loss, t->acc);
}

LAYER void loss_backward(const real sub_loss[LINEAR1], real d_sub_loss[LINEAR1])
{
	d_sub_loss[0] = R(2) * sub_loss[0];
}

/* share/mlp.c:77  return nn_sigmoid(nn_linear(x, self->output_size)); */
LAYER void linear1_backward(const real prediction[LINEAR1], const real d_sub_loss[LINEAR1], real d_linear1_bias[LINEAR1],
	const real x4[H4], const real linear1_weight[LINEAR1][H4], real d_linear1_weight[LINEAR1][H4], real d_x4[H4])
{
	d_linear1_bias[0] = d_sub_loss[0] * (prediction[0] * (R(1) - prediction[0]));
	for (int i = 0; i < LINEAR1; i++)
		for (int j = 0; j < H4; j++)
			d_linear1_weight[i][j] = d_linear1_bias[i] * x4[j];
	for (int j = 0; j < H4; j++) {
		real s = d_linear1_bias[0] * linear1_weight[0][j];
		for (int k = 1; k < LINEAR1; k++)
			s = fma_(d_linear1_bias[k], linear1_weight[k][j], s);
		d_x4[j] = s;
	}
}

/* share/mlp.c:75  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
LAYER void h4_backward(const real x4[H4], const real d_x4[H4], real d_h4_bias[H4], const real x3[H3], const real h4_weight[H4][H3],
	real d_h4_weight[H4][H3], real d_x3[H3])
{
	d_h4_bias[0] = d_x4[0] * (x4[0] * (R(1) - x4[0]));
	for (int i = 0; i < H4; i++)
		for (int j = 0; j < H3; j++)
			d_h4_weight[i][j] = d_h4_bias[i] * x3[j];
	for (int j = 0; j < H3; j++) {
		real s = d_h4_bias[0] * h4_weight[0][j];
		for (int k = 1; k < H4; k++)
			s = fma_(d_h4_bias[k], h4_weight[k][j], s);
		d_x3[j] = s;
	}
}

/* share/mlp.c:75  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
LAYER void h3_backward(const real x3[H3], const real d_x3[H3], real d_h3_bias[H3], const real x2[H2], const real h3_weight[H3][H2],
	real d_h3_weight[H3][H2], real d_x2[H2])
{
	d_h3_bias[0] = d_x3[0] * (x3[0] * (R(1) - x3[0]));
	for (int i = 0; i < H3; i++)
		for (int j = 0; j < H2; j++)
			d_h3_weight[i][j] = d_h3_bias[i] * x2[j];
	for (int j = 0; j < H2; j++) {
		real s = d_h3_bias[0] * h3_weight[0][j];
		for (int k = 1; k < H3; k++)
			s = fma_(d_h3_bias[k], h3_weight[k][j], s);
		d_x2[j] = s;
	}
}

/* share/mlp.c:75  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
LAYER void h2_backward(const real x2[H2], const real d_x2[H2], real d_h2_bias[H2], const real x1[H1], const real h2_weight[H2][H1],
	real d_h2_weight[H2][H1], real d_x1[H1])
{
	for (int i = 0; i < H2; i++)
		d_h2_bias[i] = d_x2[i] * (x2[i] * (R(1) - x2[i]));
	for (int i = 0; i < H2; i++)
		for (int j = 0; j < H1; j++)
			d_h2_weight[i][j] = d_h2_bias[i] * x1[j];
	for (int j = 0; j < H1; j++) {
		real s = d_h2_bias[0] * h2_weight[0][j];
		for (int k = 1; k < H2; k++)
			s = fma_(d_h2_bias[k], h2_weight[k][j], s);
		d_x1[j] = s;
	}
}

/* share/mlp.c:75  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
LAYER void h1_backward(const real x1[H1], const real d_x1[H1], real d_h1_bias[H1], const real x[IN], real d_h1_weight[H1][IN])
{
	for (int i = 0; i < H1; i++)
		d_h1_bias[i] = d_x1[i] * (x1[i] * (R(1) - x1[i]));
	for (int i = 0; i < H1; i++)
		for (int j = 0; j < IN; j++)
			d_h1_weight[i][j] = d_h1_bias[i] * x[j];
}

static void backward(const real x[IN], const struct params *p, const struct acts *a, struct work *t, struct params *g)
{
	loss_backward(t->sub_loss, t->d_sub_loss);
	linear1_backward(a->prediction, t->d_sub_loss, g->linear1_bias, a->x4, p->linear1_weight, g->linear1_weight, t->d_x4);
	h4_backward(a->x4, t->d_x4, g->h4_bias, a->x3, p->h4_weight, g->h4_weight, t->d_x3);
	h3_backward(a->x3, t->d_x3, g->h3_bias, a->x2, p->h3_weight, g->h3_weight, t->d_x2);
	h2_backward(a->x2, t->d_x2, g->h2_bias, a->x1, p->h2_weight, g->h2_weight, t->d_x1);
	h1_backward(a->x1, t->d_x1, g->h1_bias, x, g->h1_weight);
}

/* What the optimizer updates: reals, and wides that cover them. */
enum {
	TRAINED = H1 * IN + H1 + H2 * H1 + H2 + H3 * H2 + H3 + H4 * H3 + H4 + LINEAR1 * H4 + LINEAR1,
	TRAINED_WIDES = (TRAINED * LANES + WIDE_LANES - 1) / WIDE_LANES
};

struct optimizer_state {
	struct params exp_avg;
	struct params exp_avg_sq;
};

/* One number a lane as a wide, repeated to its end. */
static inline __attribute__((always_inline, unused)) wide spread(const double *lane)
{
	wide w;
	for (int i = 0; i < WIDE_LANES; i++)
		w[i] = (scalar)lane[i % LANES];
	return w;
}

/* Adam: w -= lr m' / (sqrt(v') + eps), m' and v' the means of the gradient and its square without their start's bias */
static void adam(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{
	enum { LR, BETA1, BETA2, EPS, DECAY };           /* rows of hyper */
	double step[LANES], root[LANES];
	for (int l = 0; l < LANES; l++) {
		double *power = scalars + l;                 /* beta1^t, beta2^t */
		power[0] *= hyper[BETA1 * LANES + l];
		power[LANES] *= hyper[BETA2 * LANES + l];
		step[l] = hyper[LR * LANES + l] / (1 - power[0]);
		root[l] = 1 / __builtin_sqrt(1 - power[LANES]);
	}
	const wide minus_step = -spread(step), unbias = spread(root), eps = spread(hyper + EPS * LANES), decay = spread(hyper + DECAY * LANES);
	const wide beta1 = spread(hyper + BETA1 * LANES), beta2 = spread(hyper + BETA2 * LANES), one = splat_w(1);
	wide *w = (wide *)params, *m = (wide *)&state->exp_avg, *v = (wide *)&state->exp_avg_sq;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = fma_w(decay, w[i], dw[i]);
		m[i] = fma_w(beta1, m[i], (one - beta1) * g);
		v[i] = fma_w(beta2, v[i], (one - beta2) * g * g);
		w[i] = fma_w(minus_step * m[i], rcp_w(fma_w(sqrt_w(v[i]), unbias, eps)), w[i]);
	}
}

/* All memory of a training: nothing is allocated. */
struct training {
	struct params params, grads;
	struct optimizer_state state;
	double scalars[2 * LANES];
	struct acts acts;
	struct work work;
};
static struct training memory;

static inline __attribute__((always_inline)) void add_sums(double *sums, real value)
{
	union { real all; scalar lane[LANES]; } u = {value};
	for (int l = 0; l < LANES; l++)
		sums[l] += (double)u.lane[l];
}

/* Forward and backward: the gradients of this batch. */
static void gradient_of(struct training *self, const struct mosaic_step *step, struct params *grads)
{
	const real *x = step->inputs[0];
	const real *y = step->targets[0];
	forward(x, &self->params, &self->acts);
	losses(y, &self->acts, &self->work);
	backward(x, &self->params, &self->acts, &self->work, grads);
	add_sums(step->sums + 0 * LANES, self->work.loss[0]);
	add_sums(step->sums + 1 * LANES, self->work.acc[0]);
}

static void train(const struct mosaic_step *step)
{
	gradient_of(&memory, step, &memory.grads);
	adam(&memory.params, &memory.grads, &memory.state, memory.scalars, step->hyper);
}

static void gradient(const struct mosaic_step *step, void *grads)
{
	gradient_of(&memory, step, grads);
}

static void evaluate(const struct mosaic_step *step)
{
	struct training *self = &memory;
	const real *x = step->inputs[0];
	const real *y = step->targets[0];
	forward(x, &self->params, &self->acts);
	losses(y, &self->acts, &self->work);
	add_sums(step->sums + 0 * LANES, self->work.loss[0]);
	add_sums(step->sums + 1 * LANES, self->work.acc[0]);
}

static void predict(int n, const void *const *inputs, void *const *outputs)
{
	struct training *self = &memory;
	const real *x = inputs[0];
	forward(x, &self->params, &self->acts);
	__builtin_memcpy(outputs[0], self->acts.prediction, (size_t)n * LINEAR1 * sizeof(real));
}

#define OFFSET(member) (offsetof(struct params, member) / sizeof(real)), (sizeof((struct params *)0)->member / sizeof(real))
static const struct mosaic_tensor tensors[] = {
	{"h1.weight", "mlp_funnel", OFFSET(h1_weight), 2, {H1, IN}, true, MOSAIC_INIT_UNIFORM, -0.70710678118654746, 0.70710678118654746},
	{"h1.bias", "mlp_funnel", OFFSET(h1_bias), 1, {H1}, true, MOSAIC_INIT_UNIFORM, -0.70710678118654746, 0.70710678118654746},
	{"h2.weight", "mlp_funnel", OFFSET(h2_weight), 2, {H2, H1}, true, MOSAIC_INIT_UNIFORM, -0.5, 0.5},
	{"h2.bias", "mlp_funnel", OFFSET(h2_bias), 1, {H2}, true, MOSAIC_INIT_UNIFORM, -0.5, 0.5},
	{"h3.weight", "mlp_funnel", OFFSET(h3_weight), 2, {H3, H2}, true, MOSAIC_INIT_UNIFORM, -0.70710678118654746, 0.70710678118654746},
	{"h3.bias", "mlp_funnel", OFFSET(h3_bias), 1, {H3}, true, MOSAIC_INIT_UNIFORM, -0.70710678118654746, 0.70710678118654746},
	{"h4.weight", "mlp_funnel", OFFSET(h4_weight), 2, {H4, H3}, true, MOSAIC_INIT_UNIFORM, -1, 1},
	{"h4.bias", "mlp_funnel", OFFSET(h4_bias), 1, {H4}, true, MOSAIC_INIT_UNIFORM, -1, 1},
	{"linear1.weight", "mlp_funnel", OFFSET(linear1_weight), 2, {LINEAR1, H4}, true, MOSAIC_INIT_UNIFORM, -1, 1},
	{"linear1.bias", "mlp_funnel", OFFSET(linear1_bias), 1, {LINEAR1}, true, MOSAIC_INIT_UNIFORM, -1, 1},
};

static const struct mosaic_io ios[] = {
	{.name = "x", .rank = 1, .shape = {IN}},
	{.name = "y", .target = true, .rank = 1, .shape = {TARGET}},
};
static const struct mosaic_io predictions[] = {
	{.name = "prediction", .rank = 1, .shape = {LINEAR1}},
};
static const char *const columns[] = {"loss", "acc"};

static const char *const hyper_names[] = {"lr", "beta1", "beta2", "eps", "weight_decay"};
static const double hyper_defaults[] = {0.001, 0.9, 0.999, 1e-08, 0};
static const char *const state_names[] = {"exp_avg", "exp_avg_sq"};
static const char *const scalar_names[] = {"beta1_power", "beta2_power"};
static const double scalar_start[] = {1, 1};

/* Defaults: what the first pipeline of this program has. */
static const char *const settings[] = {
	"epochs", "400",
	"seed", "1",
	"lr", "1e-2",
	"beta1", "0.9",
	"beta2", "0.999",
	"eps", "1e-08",
	"weight_decay", "0",
	"dataset_OR.batch_size", "1",
	"dataset_OR.data_size", "200",
	"dataset_OR.train_prop", "0.8",
	NULL
};

/* The data classes: the user's code, compiled once for all programs from classes/. */
extern const struct mosaic_field class_dataset_OR_fields[];
void class_dataset_OR_init(void *self);
void class_dataset_OR_prepare(const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module);
void class_dataset_OR_info(const void *self, mosaic_info *info);
static const char *const pairs_0[] = {
	"type", "dataset",
	"class", "dataset_OR",
	"path_to_class", "share/dataset.c",
	"key", "dataset_OR",
	"batch_size", "1",
	"data_size", "200",
	"train_prop", "0.8",
	NULL
};
static const struct mosaic_data_class data_classes[] = {
	{.section = "dataset_OR", .class = "dataset_OR", .size = 12, .fields = class_dataset_OR_fields, .field_count = 3, .pairs = pairs_0, .init = class_dataset_OR_init, .prepare = class_dataset_OR_prepare, .info = class_dataset_OR_info},
};

const struct mosaic_program mosaic_program = {
	.abi = MOSAIC_TRAINER_ABI, .name = "mlp_funnel_4_2", .version = "0.1.0", .hash = "0b90dec00a684cbcf6b28bc202762125",
	.about =
		"mlp_funnel_4_2: trainer made by mosaicc 0.1.0; make it again with\n"
		"    mosaicc share/config.ini\n"
		"\n"
		"dataset_OR(1,200,0.8) | mlp_funnel(4,2)\n"
		"loss MSELoss, optimizer Adam, float32, batch 1, 29 parameters, program 0b90dec00a684cbcf6b28bc202762125\n"
		"\n"
		"[dataset_OR]\n"
		"    type = dataset\n"
		"    class = dataset_OR\n"
		"    path_to_class = share/dataset.c\n"
		"    key = dataset_OR\n"
		"    batch_size = 1\n"
		"    data_size = 200\n"
		"    train_prop = 0.8\n"
		"[mlp_funnel]\n"
		"    type = mlp\n"
		"    class = mlp_funnel\n"
		"    path_to_class = share/mlp.c\n"
		"    key = mlp_funnel\n"
		"    length = 4\n"
		"    width = 2\n"
		"\n"
		"share/dataset.c 9fbc65d0200f07a0d078864da13e1398\n"
		"share/mlp.c 63fabea176b5803e5dbc0c8705cc71f5\n"
		"\n"
		"layer          ops                          output         parameters  source\n"
		"h1             linear sigmoid               [B,4]                  12  share/mlp.c:74\n"
		"h2             linear sigmoid               [B,2]                  10  share/mlp.c:74\n"
		"h3             linear sigmoid               [B,1]                   3  share/mlp.c:74\n"
		"h4             linear sigmoid               [B,1]                   2  share/mlp.c:74\n"
		"linear1        linear sigmoid               [B,1]                   2  share/mlp.c:77\n",
	.lanes = LANES, .real_bytes = sizeof(scalar), .batch = BATCH,
	.tensors = tensors, .tensor_count = 10, .params_reals = sizeof(struct params) / sizeof(real),
	.ios = ios, .io_count = 2, .predictions = predictions, .prediction_count = 1, .columns = columns, .column_count = 2,
	.optimizer = {.name = "Adam", .hyper_count = 5, .hyper_names = hyper_names, .hyper_defaults = hyper_defaults,
		.per_param = 2, .per_param_names = state_names, .scalars = 2, .scalar_names = scalar_names, .scalar_start = scalar_start},
	.data_classes = data_classes, .data_class_count = 1, .settings = settings,
	.params = &memory.params, .state = &memory.state, .state_scalars = memory.scalars, .memory = &memory, .memory_bytes = sizeof memory,
	.train = train, .evaluate = evaluate, .predict = predict, .gradient = gradient,
};
#endif
