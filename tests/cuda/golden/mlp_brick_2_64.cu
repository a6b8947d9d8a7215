/* mlp_brick_2_64: trainer made by mosaicc 0.1.0; make it again with
**     mosaicc gpu.ini
**
** csv(share/data/breast_cancer.csv,class,standard,16) | mlp_brick(2,64)
** loss BCELoss, optimizer Adam, float32, batch 16, 6209 parameters, program 7b76a50b9a07a9492c5c9fa87ce210e3
**
** [breast_cancer]
**     type = dataset
**     class = csv
**     path_to_class = share/csv.c
**     key = breast_cancer
**     path = share/data/breast_cancer.csv
**     target = class
**     scaling = standard
**     batch_size = 16
** [mlp_brick]
**     type = mlp
**     class = mlp_brick
**     path_to_class = share/mlp.c
**     key = mlp_brick
**     length = 2
**     width = 64
**
** share/csv.c fa094e5f5bcea90b6e7f4a9894001d61
** share/mlp.c 63fabea176b5803e5dbc0c8705cc71f5
**
** layer          ops                          output         parameters  source
** h1             linear sigmoid               [B,64]               1984  share/mlp.c:29
** h2             linear sigmoid               [B,64]               4160  share/mlp.c:29
** linear1        linear sigmoid               [B,1]                  65  share/mlp.c:32 */
#ifdef __cplusplus        /* the device's part; the tables at the end are C, and this file is compiled as both */
#include <cuda_runtime.h>
#endif
#include "real.h"

enum { BATCH = 16 };
enum { IN = 30, TARGET = 1, H1 = 64, H2 = 64, LINEAR1 = 1 };

/* Weights, trained ones first; gradients and the optimizer's state have the same layout. */
struct params {
	real h1_weight[H1][IN];
	real h1_bias[H1];
	real h2_weight[H2][H1];
	real h2_bias[H2];
	real linear1_weight[LINEAR1][H2];
	real linear1_bias[LINEAR1];
} __attribute__((aligned(64)));

#ifdef __cplusplus
#include "mosaic_cuda.h"
#include "gemm.h"

#define FORWARD static
#define SAMPLES(n) do { if ((n) < 1) __builtin_unreachable(); } while (0)

/* What the layers give, for this batch. */
struct acts {
	real x1[BATCH][H1];
	real x2[BATCH][H2];
	real prediction[BATCH][LINEAR1];
};

/* share/mlp.c:29  nn_tensor h = nn_linear(x, self->width); */
/* share/mlp.c:30  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
__global__ void h1_forward_1(int n, real x1[BATCH][H1])
{
	const int at_ = thread_();
	if (at_ >= n * H1)
		return;
	const int r = at_ / H1, i = at_ % H1;
	x1[r][i] = sigmoid_(x1[r][i]);
}

static void h1_forward(int n, const real x[BATCH][IN], const real h1_weight[H1][IN], const real h1_bias[H1], real x1[BATCH][H1])
{
	gemm_nt(n, H1, IN, x, h1_weight, h1_bias, x1);
	LAUNCH(h1_forward_1, n * H1, n, x1);
}

/* share/mlp.c:29  nn_tensor h = nn_linear(x, self->width); */
/* share/mlp.c:30  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
__global__ void h2_forward_1(int n, real x2[BATCH][H2])
{
	const int at_ = thread_();
	if (at_ >= n * H2)
		return;
	const int r = at_ / H2, i = at_ % H2;
	x2[r][i] = sigmoid_(x2[r][i]);
}

static void h2_forward(int n, const real x1[BATCH][H1], const real h2_weight[H2][H1], const real h2_bias[H2], real x2[BATCH][H2])
{
	gemm_nt(n, H2, H1, x1, h2_weight, h2_bias, x2);
	LAUNCH(h2_forward_1, n * H2, n, x2);
}

/* share/mlp.c:32  return nn_sigmoid(nn_linear(x, self->output_size)); */
__global__ void linear1_forward_1(int n, real prediction[BATCH][LINEAR1])
{
	const int r = thread_();
	if (r >= n)
		return;
	prediction[r][0] = sigmoid_(prediction[r][0]);
}

static void linear1_forward(int n, const real x2[BATCH][H2], const real linear1_weight[LINEAR1][H2], const real linear1_bias[LINEAR1],
	real prediction[BATCH][LINEAR1])
{
	gemm_nt(n, LINEAR1, H2, x2, linear1_weight, linear1_bias, prediction);
	LAUNCH(linear1_forward_1, n, n, prediction);
}

FORWARD void forward(int n, const real x[BATCH][IN], const struct params *p, struct acts *a)
{
	h1_forward(n, x, p->h1_weight, p->h1_bias, a->x1);
	h2_forward(n, a->x1, p->h2_weight, p->h2_bias, a->x2);
	linear1_forward(n, a->x2, p->linear1_weight, p->linear1_bias, a->prediction);
}

/* Losses, and gradients on their way back. */
struct work {
	real bce_loss[BATCH][LINEAR1];
	real loss[1];
	real eq_accuracy[BATCH][LINEAR1];
	real acc[1];
	real mul_loss[BATCH][LINEAR1];
	real d_prediction[BATCH][LINEAR1];
	real d_linear1[BATCH][LINEAR1];
	real d_x2[BATCH][H2];
	real d_h2[BATCH][H2];
	real d_x1[BATCH][H1];
	real d_h1[BATCH][H1];
};

__global__ void loss_forward_1(int n, const real prediction[BATCH][LINEAR1], const real y[BATCH][TARGET], real bce_loss[BATCH][LINEAR1], real eq_accuracy[BATCH][LINEAR1])
{
	const int r = thread_();
	if (r >= n)
		return;
	bce_loss[r][0] = -(y[r][0] * max_(log_(prediction[r][0]), splat_(R(-100))) + (splat_(1) - y[r][0]) * max_(log_(splat_(1) - prediction[r][0]), splat_(R(-100))));
	eq_accuracy[r][0] = bool_(eq_(bool_(gt_(prediction[r][0], splat_(R(0.5)))), bool_(gt_(y[r][0], splat_(R(0.5))))));
}

__global__ void loss_forward_2(int n, real bce_loss[BATCH][LINEAR1], real eq_accuracy[BATCH][LINEAR1], real loss[1], real acc[1])
{
	real sum_loss = splat_(0);
	real acc_sum = splat_(0);
	for (int r = 0; r < n; r++) {
		sum_loss += bce_loss[r][0];
		acc_sum += eq_accuracy[r][0];
	}
	acc[0] = acc_sum;
	loss[0] = sum_loss / splat_((scalar)n);
}

static void loss_forward(int n, const real prediction[BATCH][LINEAR1], const real y[BATCH][TARGET], real bce_loss[BATCH][LINEAR1],
	real eq_accuracy[BATCH][LINEAR1], real loss[1], real acc[1])
{
	LAUNCH(loss_forward_1, n, n, prediction, y, bce_loss, eq_accuracy);
	LAUNCH(loss_forward_2, 1, n, bce_loss, eq_accuracy, loss, acc);
}

static void losses(int n, const real y[BATCH][TARGET], const struct acts *a, struct work *t)
{
	loss_forward(n, a->prediction, y, t->bce_loss, t->eq_accuracy, t->loss, t->acc);
}

__global__ void loss_backward_1(int n, const real prediction[BATCH][LINEAR1], const real y[BATCH][TARGET], real mul_loss[BATCH][LINEAR1], real d_prediction[BATCH][LINEAR1])
{
	const int r = thread_();
	if (r >= n)
		return;
	mul_loss[r][0] = prediction[r][0] * (R(1) - prediction[r][0]);
	d_prediction[r][0] = R(1) / splat_((scalar)n) * ((prediction[r][0] - y[r][0]) / max_(mul_loss[r][0], splat_(R(1e-12))));
}

static void loss_backward(int n, const real prediction[BATCH][LINEAR1], const real y[BATCH][TARGET], real mul_loss[BATCH][LINEAR1],
	real d_prediction[BATCH][LINEAR1])
{
	LAUNCH(loss_backward_1, n, n, prediction, y, mul_loss, d_prediction);
}

/* share/mlp.c:32  return nn_sigmoid(nn_linear(x, self->output_size)); */
__global__ void linear1_backward_1(int n, const real d_prediction[BATCH][LINEAR1], const real mul_loss[BATCH][LINEAR1], real d_linear1[BATCH][LINEAR1])
{
	const int r = thread_();
	if (r >= n)
		return;
	d_linear1[r][0] = d_prediction[r][0] * mul_loss[r][0];
}

__global__ void linear1_backward_2(int n, real d_linear1[BATCH][LINEAR1], real d_linear1_bias[LINEAR1])
{
	real d_linear1_bias_sum = splat_(0);
	for (int r = 0; r < n; r++)
		d_linear1_bias_sum += d_linear1[r][0];
	d_linear1_bias[0] = d_linear1_bias_sum;
}

static void linear1_backward(int n, const real d_prediction[BATCH][LINEAR1], const real mul_loss[BATCH][LINEAR1],
	real d_linear1[BATCH][LINEAR1], const real x2[BATCH][H2], const real linear1_weight[LINEAR1][H2], real d_linear1_weight[LINEAR1][H2],
	real d_linear1_bias[LINEAR1], real d_x2[BATCH][H2])
{
	LAUNCH(linear1_backward_1, n, n, d_prediction, mul_loss, d_linear1);
	gemm_tn(LINEAR1, H2, n, d_linear1, x2, NULL, d_linear1_weight);
	LAUNCH(linear1_backward_2, 1, n, d_linear1, d_linear1_bias);
	gemm_nn(n, H2, LINEAR1, d_linear1, linear1_weight, NULL, d_x2);
}

/* share/mlp.c:30  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
__global__ void h2_backward_1(real d_h2_bias[H2])
{
	const int i = thread_();
	if (i >= H2)
		return;
	d_h2_bias[i] = splat_(0);
}

__global__ void h2_backward_2(int n, const real x2[BATCH][H2], const real d_x2[BATCH][H2], real d_h2[BATCH][H2])
{
	const int at_ = thread_();
	if (at_ >= n * H2)
		return;
	const int r = at_ / H2, i = at_ % H2;
	d_h2[r][i] = d_x2[r][i] * (x2[r][i] * (R(1) - x2[r][i]));
}

__global__ void h2_backward_3(int n, real d_h2[BATCH][H2], real d_h2_bias[H2])
{
	const int i = thread_();
	if (i >= H2)
		return;
	for (int r = 0; r < n; r++)
		d_h2_bias[i] += d_h2[r][i];
}

static void h2_backward(int n, const real x2[BATCH][H2], const real d_x2[BATCH][H2], real d_h2[BATCH][H2], const real x1[BATCH][H1],
	const real h2_weight[H2][H1], real d_h2_weight[H2][H1], real d_h2_bias[H2], real d_x1[BATCH][H1])
{
	LAUNCH(h2_backward_1, H2, d_h2_bias);
	LAUNCH(h2_backward_2, n * H2, n, x2, d_x2, d_h2);
	LAUNCH(h2_backward_3, H2, n, d_h2, d_h2_bias);
	gemm_tn(H2, H1, n, d_h2, x1, NULL, d_h2_weight);
	gemm_nn(n, H1, H2, d_h2, h2_weight, NULL, d_x1);
}

/* share/mlp.c:30  x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h); */
__global__ void h1_backward_1(real d_h1_bias[H1])
{
	const int i = thread_();
	if (i >= H1)
		return;
	d_h1_bias[i] = splat_(0);
}

__global__ void h1_backward_2(int n, const real x1[BATCH][H1], const real d_x1[BATCH][H1], real d_h1[BATCH][H1])
{
	const int at_ = thread_();
	if (at_ >= n * H1)
		return;
	const int r = at_ / H1, i = at_ % H1;
	d_h1[r][i] = d_x1[r][i] * (x1[r][i] * (R(1) - x1[r][i]));
}

__global__ void h1_backward_3(int n, real d_h1[BATCH][H1], real d_h1_bias[H1])
{
	const int i = thread_();
	if (i >= H1)
		return;
	for (int r = 0; r < n; r++)
		d_h1_bias[i] += d_h1[r][i];
}

static void h1_backward(int n, const real x1[BATCH][H1], const real d_x1[BATCH][H1], real d_h1[BATCH][H1], const real x[BATCH][IN],
	real d_h1_weight[H1][IN], real d_h1_bias[H1])
{
	LAUNCH(h1_backward_1, H1, d_h1_bias);
	LAUNCH(h1_backward_2, n * H1, n, x1, d_x1, d_h1);
	LAUNCH(h1_backward_3, H1, n, d_h1, d_h1_bias);
	gemm_tn(H1, IN, n, d_h1, x, NULL, d_h1_weight);
}

static void backward(int n, const real x[BATCH][IN], const real y[BATCH][TARGET], const struct params *p, const struct acts *a, struct work *t, struct params *g)
{
	loss_backward(n, a->prediction, y, t->mul_loss, t->d_prediction);
	linear1_backward(n, t->d_prediction, t->mul_loss, t->d_linear1, a->x2, p->linear1_weight, g->linear1_weight, g->linear1_bias, t->d_x2);
	h2_backward(n, a->x2, t->d_x2, t->d_h2, a->x1, p->h2_weight, g->h2_weight, g->h2_bias, t->d_x1);
	h1_backward(n, a->x1, t->d_x1, t->d_h1, x, g->h1_weight, g->h1_bias);
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

/* Adam: w -= lr m' / (sqrt(v') + eps), m' and v' the means of the gradient and its square without their start's bias */
static __device__ void adam(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper,
	int first, int end)
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
	for (int i = first; i < end; i++) {
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
	double next_scalars[2];
};

enum { INPUTS = 1, IOS = 2, COLUMNS = 2, HYPERS = 5, SCALARS = 2, STATE_ARRAYS = 2 };
/* A batch. */
struct batch {
	real x[BATCH][IN];
	real y[BATCH][TARGET];
};
#define EACH_IO(DO) DO(0, x, IN) DO(1, y, TARGET)
/* What the network gives for a batch. */
struct predicted {
	real prediction_0[BATCH][LINEAR1];
};
enum { PREDICTIONS = 1 };
#define EACH_PREDICTION(DO) DO(0, prediction_0)

static __device__ __forceinline__ void add_sums(double *sums, real value)
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
}

/* After a step, in one thread: its columns, what the optimizer counts, and what training keeps beside parameters. */
__global__ void finish(struct training *self, struct feed *feed)
{
	double *sums = feed->sums;
	add_sums(sums + 0, self->work.loss[0]);
	add_sums(sums + 1, self->work.acc[0]);
	__builtin_memcpy(self->scalars, self->next_scalars, sizeof self->scalars);
	feed->now++;
}

/* After a step, in one thread: its columns. */
__global__ void finish_evaluation(struct training *self, struct feed *feed)
{
	double *sums = feed->sums;
	add_sums(sums + 0, self->work.loss[0]);
	add_sums(sums + 1, self->work.acc[0]);
	feed->now++;
}

/* The optimizer, a thread a number; finish() takes over what it counts. */
__global__ void update(struct training *self, const struct feed *feed)
{
	const int i = thread_();
	if (i >= TRAINED)
		return;
	double scalars[2];
	__builtin_memcpy(scalars, self->scalars, sizeof scalars);
	const double *hyper = hyper_of_(feed);
	adam(&self->params, &self->grads, &self->state, scalars, hyper, i, i + 1);
	if (i == 0)
		__builtin_memcpy(self->next_scalars, scalars, sizeof scalars);
}

static void train(struct training *self, struct feed *feed, const struct mosaic_step *step)
{
	gradient_of(self, step, &self->grads);
	LAUNCH(update, TRAINED, self, feed);
	LAUNCH(finish, 1, self, feed);
}

static void evaluate(struct training *self, struct feed *feed, const struct mosaic_step *step)
{
	const int n = step->n;
	const real (*x)[IN] = step->inputs[0];
	const real (*y)[TARGET] = step->targets[0];
	forward(n, x, &self->params, &self->acts);
	losses(n, y, &self->acts, &self->work);
	LAUNCH(finish_evaluation, 1, self, feed);
}

static void predict(struct training *self, int n, const struct untyped *inputs, const struct untyped *outputs)
{
	const real (*x)[IN] = inputs[0];
	forward(n, x, &self->params, &self->acts);
	copy_(outputs[0], self->acts.prediction, (size_t)n * LINEAR1 * sizeof(real));
}
#include "mosaic_cuda_step.h"

#else
#include "trainer.h"
#include "mosaic_device.h"


#define OFFSET(member) (offsetof(struct params, member) / sizeof(real)), (sizeof((struct params *)0)->member / sizeof(real))
static const struct mosaic_tensor tensors[] = {
	{"h1.weight", "mlp_brick", OFFSET(h1_weight), 2, {H1, IN}, true, MOSAIC_INIT_UNIFORM, -0.18257418583505536, 0.18257418583505536},
	{"h1.bias", "mlp_brick", OFFSET(h1_bias), 1, {H1}, true, MOSAIC_INIT_UNIFORM, -0.18257418583505536, 0.18257418583505536},
	{"h2.weight", "mlp_brick", OFFSET(h2_weight), 2, {H2, H1}, true, MOSAIC_INIT_UNIFORM, -0.125, 0.125},
	{"h2.bias", "mlp_brick", OFFSET(h2_bias), 1, {H2}, true, MOSAIC_INIT_UNIFORM, -0.125, 0.125},
	{"linear1.weight", "mlp_brick", OFFSET(linear1_weight), 2, {LINEAR1, H2}, true, MOSAIC_INIT_UNIFORM, -0.125, 0.125},
	{"linear1.bias", "mlp_brick", OFFSET(linear1_bias), 1, {LINEAR1}, true, MOSAIC_INIT_UNIFORM, -0.125, 0.125},
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
	"epochs", "3",
	"seed", "1",
	"lr", "1e-2",
	"beta1", "0.9",
	"beta2", "0.999",
	"eps", "1e-08",
	"weight_decay", "0",
	"breast_cancer.path", "share/data/breast_cancer.csv",
	"breast_cancer.target", "class",
	"breast_cancer.scaling", "standard",
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
	"batch_size", "16",
	NULL
};
static const struct mosaic_data_class data_classes[] = {
	{.section = "breast_cancer", .class = "csv", .size = 120, .fields = class_csv_fields, .field_count = 20, .pairs = pairs_0, .init = class_csv_init, .prepare = class_csv_prepare, .transform = class_csv_transform, .info = class_csv_info},
};

const struct mosaic_program mosaic_program = {
	.abi = MOSAIC_TRAINER_ABI, .name = "mlp_brick_2_64", .version = "0.1.0", .hash = "7b76a50b9a07a9492c5c9fa87ce210e3",
	.about =
		"mlp_brick_2_64: trainer made by mosaicc 0.1.0; make it again with\n"
		"    mosaicc gpu.ini\n"
		"\n"
		"csv(share/data/breast_cancer.csv,class,standard,16) | mlp_brick(2,64)\n"
		"loss BCELoss, optimizer Adam, float32, batch 16, 6209 parameters, program 7b76a50b9a07a9492c5c9fa87ce210e3\n"
		"\n"
		"[breast_cancer]\n"
		"    type = dataset\n"
		"    class = csv\n"
		"    path_to_class = share/csv.c\n"
		"    key = breast_cancer\n"
		"    path = share/data/breast_cancer.csv\n"
		"    target = class\n"
		"    scaling = standard\n"
		"    batch_size = 16\n"
		"[mlp_brick]\n"
		"    type = mlp\n"
		"    class = mlp_brick\n"
		"    path_to_class = share/mlp.c\n"
		"    key = mlp_brick\n"
		"    length = 2\n"
		"    width = 64\n"
		"\n"
		"share/csv.c fa094e5f5bcea90b6e7f4a9894001d61\n"
		"share/mlp.c 63fabea176b5803e5dbc0c8705cc71f5\n"
		"\n"
		"layer          ops                          output         parameters  source\n"
		"h1             linear sigmoid               [B,64]               1984  share/mlp.c:29\n"
		"h2             linear sigmoid               [B,64]               4160  share/mlp.c:29\n"
		"linear1        linear sigmoid               [B,1]                  65  share/mlp.c:32\n",
	.lanes = LANES, .real_bytes = sizeof(scalar), .batch = BATCH,
	.tensors = tensors, .tensor_count = 6, .params_reals = sizeof(struct params) / sizeof(real),
	.ios = ios, .io_count = 2, .predictions = predictions, .prediction_count = 1, .columns = columns, .column_count = 2,
	.optimizer = {.name = "Adam", .hyper_count = 5, .hyper_names = hyper_names, .hyper_defaults = hyper_defaults,
		.per_param = 2, .per_param_names = state_names, .scalars = 2, .scalar_names = scalar_names, .scalar_start = scalar_start},
	.data_classes = data_classes, .data_class_count = 1, .settings = settings,
	.device = &mosaic_device,
};
#endif
