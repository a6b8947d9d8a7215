/* mlp_brick_2_8_tanh: trainer made by mosaicc 0.1.0; make it again with
**     mosaicc share/breast_cancer.ini
**
** csv(share/data/breast_cancer.csv,class,standard,0.7,16) | mlp_brick(2,8,tanh)
** loss BCELoss, optimizer Adam, float32, batch 16, 329 parameters, program f0085401477d90e67e50d4fd8f964456
**
** [breast_cancer]
**     type = dataset
**     class = csv
**     path_to_class = share/csv.c
**     key = breast_cancer
**     path = share/data/breast_cancer.csv
**     target = class
**     scaling = standard
**     train_prop = 0.7
**     batch_size = 16
** [mlp_brick]
**     type = mlp
**     class = mlp_brick
**     path_to_class = share/mlp.c
**     key = mlp_brick
**     length = 2
**     width = 8
**     activation = tanh
**
** share/csv.c fa094e5f5bcea90b6e7f4a9894001d61
** share/mlp.c 63fabea176b5803e5dbc0c8705cc71f5
**
** layer          ops                          output         parameters  source
** h1             linear tanh                  [B,8]                 248  share/mlp.c:29
** h2             linear tanh                  [B,8]                  72  share/mlp.c:29
** linear1        linear sigmoid               [B,1]                   9  share/mlp.c:32 */
#ifndef LANES
#define LANES 4
#endif
#include "real.h"
#ifdef MOSAIC_FORWARD_ONLY
#define FORWARD            /* forward() and struct params alone, for a program or a microcontroller of one's own */
#else
#define FORWARD static
#include "trainer.h"
#endif
#include "gemm.h"

/* A layer stays a function of its own: to stop at in a debugger, to see in a profile. */
#define LAYER static __attribute__((noinline))
/* A batch of n samples holds at least one. */
#define SAMPLES(n) do { if ((n) < 1) __builtin_unreachable(); } while (0)

enum { BATCH = 16 };
enum { IN = 30, TARGET = 1, H1 = 8, H2 = 8, LINEAR1 = 1 };

/* Weights, trained ones first; gradients and the optimizer's state have the same layout. */
struct params {
	real h1_weight[H1][IN];
	real h1_bias[H1];
	real h2_weight[H2][H1];
	real h2_bias[H2];
	real linear1_weight[LINEAR1][H2];
	real linear1_bias[LINEAR1];
} __attribute__((aligned(64)));

/* What the layers give, for this batch. */
struct acts {
	real x1[BATCH][H1];
	real x2[BATCH][H2];
	real prediction[BATCH][LINEAR1];
};

/* share/mlp.c:29  nn_tensor h = nn_linear(x, self->width); */
/* share/mlp.c:30  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
LAYER void h1_forward(int n, const real x[BATCH][IN], const real h1_weight[H1][IN], const real h1_bias[H1], real x1[BATCH][H1])
{
	gemm_nt(n, H1, IN, x, h1_weight, h1_bias, x1);
	for (int r = 0; r < n; r++)
		for (int i = 0; i < H1; i++)
			x1[r][i] = tanh_(x1[r][i]);
}

/* share/mlp.c:29  nn_tensor h = nn_linear(x, self->width); */
/* share/mlp.c:30  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
LAYER void h2_forward(int n, const real x1[BATCH][H1], const real h2_weight[H2][H1], const real h2_bias[H2], real x2[BATCH][H2])
{
	gemm_nt(n, H2, H1, x1, h2_weight, h2_bias, x2);
	for (int r = 0; r < n; r++)
		for (int i = 0; i < H2; i++)
			x2[r][i] = tanh_(x2[r][i]);
}

/* share/mlp.c:32  return nn_sigmoid(nn_linear(x, self->output_size)); */
LAYER void linear1_forward(int n, const real x2[BATCH][H2], const real linear1_weight[LINEAR1][H2], const real linear1_bias[LINEAR1],
	real prediction[BATCH][LINEAR1])
{
	gemm_nt(n, LINEAR1, H2, x2, linear1_weight, linear1_bias, prediction);
	for (int r = 0; r < n; r++)
		prediction[r][0] = sigmoid_(prediction[r][0]);
}

FORWARD void forward(int n, const real x[BATCH][IN], const struct params *p, struct acts *a)
{
	h1_forward(n, x, p->h1_weight, p->h1_bias, a->x1);
	h2_forward(n, a->x1, p->h2_weight, p->h2_bias, a->x2);
	linear1_forward(n, a->x2, p->linear1_weight, p->linear1_bias, a->prediction);
}

#ifndef MOSAIC_FORWARD_ONLY

/* Losses, and gradients on their way back. */
struct work {
	real loss[1];
	real acc[1];
	real mul_loss[BATCH][LINEAR1];
	real d_prediction[BATCH][LINEAR1];
	real d_x2[BATCH][H2];
	real d_x1[BATCH][H1];
};

LAYER void loss_forward(int n, const real prediction[BATCH][LINEAR1], const real y[BATCH][TARGET], real loss[1],
	real acc[1])
{
	real sum_loss = splat_(0);
	real acc_sum = splat_(0);
	for (int r = 0; r < n; r++) {
		sum_loss += -(y[r][0] * max_(log_(prediction[r][0]), splat_(R(-100))) + (splat_(1) - y[r][0]) * max_(log_(splat_(1) - prediction[r][0]), splat_(R(-100))));
		acc_sum += bool_(eq_(bool_(gt_(prediction[r][0], splat_(R(0.5)))), bool_(gt_(y[r][0], splat_(R(0.5))))));
	}
	acc[0] = acc_sum;
	loss[0] = sum_loss / splat_((scalar)n);
}

static void losses(int n, const real y[BATCH][TARGET], const struct acts *a, struct work *t)
{
	loss_forward(n, a->prediction, y, t->loss, t->acc);
}

LAYER void loss_backward(int n, const real prediction[BATCH][LINEAR1], const real y[BATCH][TARGET], real mul_loss[BATCH][LINEAR1],
	real d_prediction[BATCH][LINEAR1])
{
	for (int r = 0; r < n; r++) {
		mul_loss[r][0] = prediction[r][0] * (R(1) - prediction[r][0]);
		d_prediction[r][0] = R(1) / splat_((scalar)n) * ((prediction[r][0] - y[r][0]) / max_(mul_loss[r][0], splat_(R(1e-12))));
	}
}

/* share/mlp.c:32  return nn_sigmoid(nn_linear(x, self->output_size)); */
LAYER void linear1_backward(int n, const real d_prediction[BATCH][LINEAR1], const real mul_loss[BATCH][LINEAR1],
	const real x2[BATCH][H2], const real linear1_weight[LINEAR1][H2], real d_linear1_weight[LINEAR1][H2], real d_linear1_bias[LINEAR1],
	real d_x2[BATCH][H2])
{
	real d_linear1[BATCH][LINEAR1];
	SAMPLES(n);
	real d_linear1_bias_sum = splat_(0);
	for (int r = 0; r < n; r++) {
		d_linear1[r][0] = d_prediction[r][0] * mul_loss[r][0];
		d_linear1_bias_sum += d_linear1[r][0];
	}
	d_linear1_bias[0] = d_linear1_bias_sum;
	gemm_tn(LINEAR1, H2, n, d_linear1, x2, NULL, d_linear1_weight);
	gemm_nn(n, H2, LINEAR1, d_linear1, linear1_weight, NULL, d_x2);
}

/* share/mlp.c:30  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
LAYER void h2_backward(int n, const real x2[BATCH][H2], const real d_x2[BATCH][H2], const real x1[BATCH][H1], const real h2_weight[H2][H1],
	real d_h2_weight[H2][H1], real d_h2_bias[H2], real d_x1[BATCH][H1])
{
	real d_h2[BATCH][H2];
	SAMPLES(n);
	for (int i = 0; i < H2; i++)
		d_h2_bias[i] = splat_(0);
	for (int r = 0; r < n; r++)
		for (int i = 0; i < H2; i++) {
			d_h2[r][i] = d_x2[r][i] * (R(1) - x2[r][i] * x2[r][i]);
			d_h2_bias[i] += d_h2[r][i];
		}
	gemm_tn(H2, H1, n, d_h2, x1, NULL, d_h2_weight);
	gemm_nn(n, H1, H2, d_h2, h2_weight, NULL, d_x1);
}

/* share/mlp.c:30  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
LAYER void h1_backward(int n, const real x1[BATCH][H1], const real d_x1[BATCH][H1], const real x[BATCH][IN], real d_h1_weight[H1][IN],
	real d_h1_bias[H1])
{
	real d_h1[BATCH][H1];
	SAMPLES(n);
	for (int i = 0; i < H1; i++)
		d_h1_bias[i] = splat_(0);
	for (int r = 0; r < n; r++)
		for (int i = 0; i < H1; i++) {
			d_h1[r][i] = d_x1[r][i] * (R(1) - x1[r][i] * x1[r][i]);
			d_h1_bias[i] += d_h1[r][i];
		}
	gemm_tn(H1, IN, n, d_h1, x, NULL, d_h1_weight);
}

static void backward(int n, const real x[BATCH][IN], const real y[BATCH][TARGET], const struct params *p, const struct acts *a, struct work *t, struct params *g)
{
	loss_backward(n, a->prediction, y, t->mul_loss, t->d_prediction);
	linear1_backward(n, t->d_prediction, t->mul_loss, a->x2, p->linear1_weight, g->linear1_weight, g->linear1_bias, t->d_x2);
	h2_backward(n, a->x2, t->d_x2, a->x1, p->h2_weight, g->h2_weight, g->h2_bias, t->d_x1);
	h1_backward(n, a->x1, t->d_x1, x, g->h1_weight, g->h1_bias);
}

/* What the optimizer updates: reals, and wides that cover them. */
enum {
	TRAINED = H1 * IN + H1 + H2 * H1 + H2 + LINEAR1 * H2 + LINEAR1,
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
	const int n = step->n;
	const real (*x)[IN] = step->inputs[0];
	const real (*y)[TARGET] = step->targets[0];
	forward(n, x, &self->params, &self->acts);
	losses(n, y, &self->acts, &self->work);
	backward(n, x, y, &self->params, &self->acts, &self->work, grads);
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
	const int n = step->n;
	const real (*x)[IN] = step->inputs[0];
	const real (*y)[TARGET] = step->targets[0];
	forward(n, x, &self->params, &self->acts);
	losses(n, y, &self->acts, &self->work);
	add_sums(step->sums + 0 * LANES, self->work.loss[0]);
	add_sums(step->sums + 1 * LANES, self->work.acc[0]);
}

static void predict(int n, const void *const *inputs, void *const *outputs)
{
	struct training *self = &memory;
	const real (*x)[IN] = inputs[0];
	forward(n, x, &self->params, &self->acts);
	__builtin_memcpy(outputs[0], self->acts.prediction, (size_t)n * LINEAR1 * sizeof(real));
}

#define OFFSET(member) (offsetof(struct params, member) / sizeof(real)), (sizeof((struct params *)0)->member / sizeof(real))
static const struct mosaic_tensor tensors[] = {
	{"h1.weight", "mlp_brick", OFFSET(h1_weight), 2, {H1, IN}, true, MOSAIC_INIT_UNIFORM, -0.18257418583505536, 0.18257418583505536},
	{"h1.bias", "mlp_brick", OFFSET(h1_bias), 1, {H1}, true, MOSAIC_INIT_UNIFORM, -0.18257418583505536, 0.18257418583505536},
	{"h2.weight", "mlp_brick", OFFSET(h2_weight), 2, {H2, H1}, true, MOSAIC_INIT_UNIFORM, -0.35355339059327373, 0.35355339059327373},
	{"h2.bias", "mlp_brick", OFFSET(h2_bias), 1, {H2}, true, MOSAIC_INIT_UNIFORM, -0.35355339059327373, 0.35355339059327373},
	{"linear1.weight", "mlp_brick", OFFSET(linear1_weight), 2, {LINEAR1, H2}, true, MOSAIC_INIT_UNIFORM, -0.35355339059327373, 0.35355339059327373},
	{"linear1.bias", "mlp_brick", OFFSET(linear1_bias), 1, {LINEAR1}, true, MOSAIC_INIT_UNIFORM, -0.35355339059327373, 0.35355339059327373},
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
	"epochs", "60",
	"seed", "1",
	"lr", "3e-3",
	"beta1", "0.9",
	"beta2", "0.999",
	"eps", "1e-08",
	"weight_decay", "0",
	"breast_cancer.path", "share/data/breast_cancer.csv",
	"breast_cancer.target", "class",
	"breast_cancer.scaling", "standard",
	"breast_cancer.train_prop", "0.7",
	"breast_cancer.batch_size", "16",
	NULL
};

/* The data classes: the user's code, compiled once for all programs from classes/. */
extern const struct mosaic_field class_csv_fields[];
void class_csv_init(void *self);
void class_csv_prepare(const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module);
void class_csv_transform(const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module);
void class_csv_info(const void *self, mosaic_info *info);
static const char *const pairs_0[] = {
	"type", "dataset",
	"class", "csv",
	"path_to_class", "share/csv.c",
	"key", "breast_cancer",
	"path", "share/data/breast_cancer.csv",
	"target", "class",
	"scaling", "standard",
	"train_prop", "0.7",
	"batch_size", "16",
	NULL
};
static const struct mosaic_data_class data_classes[] = {
	{.section = "breast_cancer", .class = "csv", .size = 120, .fields = class_csv_fields, .field_count = 20, .pairs = pairs_0, .init = class_csv_init, .prepare = class_csv_prepare, .transform = class_csv_transform, .info = class_csv_info},
};

const struct mosaic_program mosaic_program = {
	.abi = MOSAIC_TRAINER_ABI, .name = "mlp_brick_2_8_tanh", .version = "0.1.0", .hash = "f0085401477d90e67e50d4fd8f964456",
	.about =
		"mlp_brick_2_8_tanh: trainer made by mosaicc 0.1.0; make it again with\n"
		"    mosaicc share/breast_cancer.ini\n"
		"\n"
		"csv(share/data/breast_cancer.csv,class,standard,0.7,16) | mlp_brick(2,8,tanh)\n"
		"loss BCELoss, optimizer Adam, float32, batch 16, 329 parameters, program f0085401477d90e67e50d4fd8f964456\n"
		"\n"
		"[breast_cancer]\n"
		"    type = dataset\n"
		"    class = csv\n"
		"    path_to_class = share/csv.c\n"
		"    key = breast_cancer\n"
		"    path = share/data/breast_cancer.csv\n"
		"    target = class\n"
		"    scaling = standard\n"
		"    train_prop = 0.7\n"
		"    batch_size = 16\n"
		"[mlp_brick]\n"
		"    type = mlp\n"
		"    class = mlp_brick\n"
		"    path_to_class = share/mlp.c\n"
		"    key = mlp_brick\n"
		"    length = 2\n"
		"    width = 8\n"
		"    activation = tanh\n"
		"\n"
		"share/csv.c fa094e5f5bcea90b6e7f4a9894001d61\n"
		"share/mlp.c 63fabea176b5803e5dbc0c8705cc71f5\n"
		"\n"
		"layer          ops                          output         parameters  source\n"
		"h1             linear tanh                  [B,8]                 248  share/mlp.c:29\n"
		"h2             linear tanh                  [B,8]                  72  share/mlp.c:29\n"
		"linear1        linear sigmoid               [B,1]                   9  share/mlp.c:32\n",
	.lanes = LANES, .real_bytes = sizeof(scalar), .batch = BATCH,
	.tensors = tensors, .tensor_count = 6, .params_reals = sizeof(struct params) / sizeof(real),
	.ios = ios, .io_count = 2, .predictions = predictions, .prediction_count = 1, .columns = columns, .column_count = 2,
	.optimizer = {.name = "Adam", .hyper_count = 5, .hyper_names = hyper_names, .hyper_defaults = hyper_defaults,
		.per_param = 2, .per_param_names = state_names, .scalars = 2, .scalar_names = scalar_names, .scalar_start = scalar_start},
	.data_classes = data_classes, .data_class_count = 1, .settings = settings,
	.params = &memory.params, .state = &memory.state, .state_scalars = memory.scalars, .memory = &memory, .memory_bytes = sizeof memory,
	.train = train, .evaluate = evaluate, .predict = predict, .gradient = gradient,
};
#endif
