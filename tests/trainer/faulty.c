/* faulty.c: a trainer for tests of the runtime: y = w x + b by gradient descent, in batches of up to 4, whose data module
** can do everything that a data module may do, and everything that it should not. */
#ifndef LANES
#define LANES 4
#endif
#include "real.h"

#include "trainer.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IN = 2, BATCH = 4 };
enum mode { plain, stream, mapped, typed, validated, same, fail, crash, abort_, divide, leave, hang, shape, roles, unequal, labels, nan_, empty, stream_fail };

struct source {
	enum mode mode;
	int8_t small;
	uint16_t positive;
	int batch_size;
	int64_t samples, test_samples;
	bool shuffle, drop_last;
	mosaic_floats weights;
	const char *path;
	double derived;
};

static void source_init(void *context)
{
	struct source *self = context;

	self->derived = self->weights.count ? self->weights.at[0] : 0;
}

static float input_of(int64_t sample, int column)
{
	return (float)((sample * 7 + column * 3) % 11) / 11;
}

static void read_inputs(void *context, int64_t first, int64_t count, void *out)
{
	const struct source *self = context;

	if (self->mode == stream_fail && first >= 5)
		mosaic_fail("samples.bin: cannot read sample %lld", (long long)first);
	for (int64_t i = 0; i < count * IN; i++)
		((float *)out)[i] = input_of(first + i / IN, (int)(i % IN));
}

static void fill(const struct source *self, mosaic_data *data, enum mosaic_split split, int64_t samples, const mosaic_run_info *run)
{
	enum mosaic_type type = self->mode == typed ? MOSAIC_FLOAT64 : MOSAIC_FLOAT32;
	int64_t in = self->mode == shape ? IN + 1 : IN;
	mosaic_random r = mosaic_random_for(run, "offset");
	double offset = self->mode == same ? 0 : mosaic_random_uniform(&r);

	if (self->mode == mapped) {
		mosaic_map(data, split, MOSAIC_INPUT, MOSAIC_FLOAT32, "x", self->path, 8, samples, 1, &in);
	} else if (self->mode == stream || self->mode == stream_fail) {
		mosaic_stream(data, split, MOSAIC_INPUT, MOSAIC_FLOAT32, "x", samples, 1, &in, read_inputs, (void *)(uintptr_t)self);
	} else {
		struct mosaic_array *x = mosaic_add(data, split, MOSAIC_INPUT, type, "x", samples, 1, &in);
		for (int64_t i = 0; i < samples * in; i++)
			mosaic_set_value(x, i, input_of(i / in, (int)(i % in)));
	}
	if (self->mode == nan_ && split == MOSAIC_TRAIN)
		((float *)mosaic_get(data, split, 0)->at)[7] = __builtin_nanf("");
	if (self->mode == roles)
		mosaic_add(data, split, MOSAIC_INPUT, MOSAIC_FLOAT32, "z", samples, MOSAIC_DIMS());
	struct mosaic_array *y = mosaic_add(data, split, MOSAIC_TARGET, self->mode == typed || self->mode == labels ? MOSAIC_INT64 : type, "y",
		samples - (self->mode == unequal), MOSAIC_DIMS(1));
	for (int64_t i = 0; i < samples; i++)
		mosaic_set_value(y, i, self->mode == typed ? (double)(i % 3) : self->mode == labels ? 16777217.0 : 2.0 * input_of(i, 0) - input_of(i, 1) + offset);
}

static void misbehave(const struct source *self)
{
	static volatile int zero;

	switch (self->mode) {
	case fail: mosaic_fail("data.csv:12:3: not a number: '%s'", "x");
	case crash: *(volatile int *)(uintptr_t)zero = 1; break;
	case abort_: abort();
	case divide: raise(SIGFPE); break;
	case leave: exit(3);
	case hang: sleep(60); break;
	default: break;
	}
}

static void source_prepare(const void *context, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module)
{
	const struct source *self = context;

	(void)module;
	printf("run %lld: %s\n", (long long)mosaic_run_id(run), "output of the module");
	misbehave(self);
	if (self->mode == empty)
		return;
	fill(self, data, MOSAIC_TRAIN, self->samples, run);
	fill(self, data, MOSAIC_TEST, self->test_samples, run);
	if (self->mode == validated)
		fill(self, data, MOSAIC_VALIDATION, 3, run);
	for (int s = 0; s < MOSAIC_SPLITS; s++)
		mosaic_loader(data, (enum mosaic_split)s, self->batch_size, self->shuffle && s == 0, self->drop_last && s == 0);
	mosaic_columns(data, "a\nb");
}

static void source_info(const void *context, mosaic_info *info)
{
	const struct source *self = context;

	mosaic_info_int(info, "batch_size", self->batch_size);
	mosaic_info_float(info, "first_weight", self->derived);
	mosaic_info_string(info, "source", "made up");
	mosaic_info_bool(info, "small", true);
}

/* ---- a transform: x = (x - mean) * factor, fitted on the train part ------------------------------------------ */
struct scale { double factor; int batch_size; double first_weight; };

static void scale_prepare(const void *context, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module)
{
	const struct scale *self = context;
	const struct mosaic_array *x = mosaic_get(data, MOSAIC_TRAIN, 0);
	double mean[IN] = {0};

	if (!x)
		return;
	for (int64_t i = 0; x->at && i < x->samples * IN; i++)
		mean[i % IN] += mosaic_value(x, i) / (double)x->samples;
	mosaic_keep(data, "mean", IN, mean);
	mosaic_keep_text(data, "note", "a \"text\"\nin two lines");
	printf("scale: batch_size %d, first_weight %g, source %s, section %s\n", self->batch_size, self->first_weight,
		mosaic_run_get(run, "source"), mosaic_module_get(module, "factor"));
}

static void scale_transform(const void *context, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module)
{
	const struct scale *self = context;
	int64_t count;
	const double *mean = mosaic_kept(data, "mean", &count);

	(void)run, (void)module;
	if (!mean || count != IN || strcmp(mosaic_kept_text(data, "note"), "a \"text\"\nin two lines") != 0)
		mosaic_fail("scale: nothing was fitted");
	for (int s = 0; s < MOSAIC_SPLITS; s++) {
		struct mosaic_array *x = mosaic_get(data, (enum mosaic_split)s, 0);
		for (int64_t i = 0; x && x->at && i < x->samples * IN; i++)
			mosaic_set_value(x, i, (mosaic_value(x, i) - mean[i % IN]) * self->factor);
	}
}

#define FIELD(struct_, name_, kind_, fallback_) {.name = #name_, .fallback = fallback_, .kind = MOSAIC_FIELD_##kind_, \
	.size = sizeof(((struct struct_ *)0)->name_), .offset = offsetof(struct struct_, name_)}
#define MODE(name_) {#name_, name_}
static const struct mosaic_enumerator modes[] = {MODE(plain), MODE(stream), MODE(mapped), MODE(typed), MODE(validated), MODE(same), MODE(fail), MODE(crash),
	{"abort", abort_}, MODE(divide), MODE(leave), MODE(hang), MODE(shape), MODE(roles), MODE(unequal), MODE(labels), {"nan", nan_}, MODE(empty),
	MODE(stream_fail), {NULL, 0}};
static const struct mosaic_field source_fields[] = {
	{.name = "mode", .fallback = "plain", .comment = "what to do", .kind = MOSAIC_FIELD_ENUM, .size = sizeof(enum mode), .offset = offsetof(struct source, mode),
		.enumerators = modes},
	FIELD(source, small, INT, "1"), FIELD(source, positive, UINT, "1"), FIELD(source, batch_size, INT, "4"), FIELD(source, samples, INT, "10"),
	FIELD(source, test_samples, INT, "6"), FIELD(source, shuffle, BOOL, "no"), FIELD(source, drop_last, BOOL, "0"), FIELD(source, weights, FLOATS, "[]"),
	FIELD(source, path, STRING, "samples.bin"), FIELD(source, derived, DERIVED, NULL),
};
static const struct mosaic_field scale_fields[] = {FIELD(scale, factor, FLOAT, "2"), FIELD(scale, batch_size, INT, NULL), FIELD(scale, first_weight, FLOAT, NULL)};
static const struct mosaic_data_class data_classes[] = {
	{.section = "source", .class = "source", .size = sizeof(struct source), .fields = source_fields, .field_count = sizeof source_fields / sizeof *source_fields,
		.init = source_init, .prepare = source_prepare, .info = source_info},
	{.section = "scaling", .class = "scale", .size = sizeof(struct scale), .fields = scale_fields, .field_count = sizeof scale_fields / sizeof *scale_fields,
		.prepare = scale_prepare, .transform = scale_transform, .pairs = (const char *const[]){"factor", "2", NULL}},
};

/* ---- the model ---------------------------------------------------------------------------------------------------- */
static struct { real weight[IN], bias[1]; } params;
static double steps[LANES];

static real predict_one(const real *x)
{
	return fma_(params.weight[0], x[0], fma_(params.weight[1], x[1], params.bias[0]));
}

static void add_sums(const struct mosaic_step *s, real total, real biggest)
{
	for (int l = 0; l < LANES; l++) {
		s->sums[l] += (double)((const scalar *)&total)[l] / s->n;
		s->sums[LANES + l] += s->n;
		s->sums[2 * LANES + l] += (double)((const scalar *)&biggest)[l];
	}
}

static void step(const struct mosaic_step *s, bool train)
{
	real dw[IN] = {splat_(0), splat_(0)}, db = splat_(0), total = splat_(0), biggest = splat_(0);

	for (int i = 0; i < s->n; i++) {
		const real *x = (const real *)s->inputs[0] + i * IN;
		real error = predict_one(x) - ((const real *)s->targets[0])[i];
		total = fma_(error, error, total);
		biggest = max_(biggest, abs_(error));
		for (int k = 0; k < IN; k++)
			dw[k] = fma_(error, x[k], dw[k]);
		db = db + error;
	}
	add_sums(s, total, biggest);
	if (!train)
		return;
	real rate;
	for (int l = 0; l < LANES; l++) {
		((scalar *)&rate)[l] = (scalar)(2 * s->hyper[l] / s->n);
		steps[l] += 1;
	}
	for (int k = 0; k < IN; k++)
		params.weight[k] = params.weight[k] - rate * dw[k];
	params.bias[0] = params.bias[0] - rate * db;
	if (getenv("FAULTY_SLOW"))
		usleep(2000);
}

static void train(const struct mosaic_step *s)
{
	step(s, true);
}

static void evaluate(const struct mosaic_step *s)
{
	step(s, false);
}

static void predict(int n, const void *const *inputs, void *const *outputs)
{
	for (int i = 0; i < n; i++)
		((real *)outputs[0])[i] = predict_one((const real *)inputs[0] + i * IN);
}

static const struct mosaic_tensor tensors[] = {
	{.name = "weight", .module = "linear", .offset = 0, .count = IN, .rank = 1, .shape = {IN}, .trains = true, .init = MOSAIC_INIT_NORMAL, .a = 0, .b = 0.5},
	{.name = "bias", .module = "offset", .offset = IN, .count = 1, .rank = 1, .shape = {1}, .trains = true, .init = MOSAIC_INIT_FILL, .a = 0.25},
};
static const struct mosaic_io ios[] = {{.name = "x", .rank = 1, .shape = {IN}}, {.name = "y", .target = true, .rank = 1, .shape = {1}}};
static const struct mosaic_io predictions[] = {{.name = "y", .rank = 1, .shape = {1}}};

const struct mosaic_program mosaic_program = {
	.abi = MOSAIC_TRAINER_ABI, .name = "faulty", .version = "0.1.0", .about = "y = w x + b",
	.lanes = LANES, .real_bytes = sizeof(scalar), .batch = BATCH,
	.tensors = tensors, .tensor_count = 2, .params_reals = sizeof params / sizeof(real),
	.ios = ios, .io_count = 2, .predictions = predictions, .prediction_count = 1,
	.columns = (const char *const[]){"loss", "acc", "biggest"}, .column_count = 3,
	.optimizer = {.name = "SGD", .hyper_count = 1, .hyper_names = (const char *const[]){"lr"}, .hyper_defaults = (const double[]){1e-3},
		.scalars = 1, .scalar_names = (const char *const[]){"step"}, .scalar_start = (const double[]){0}},
	.data_classes = data_classes, .data_class_count = 2,
	.settings = (const char *const[]){"lr", "0.1", "epochs", "5", "seed", "1", NULL},
	.params = &params, .state = NULL, .state_scalars = steps,
	.train = train, .evaluate = evaluate, .predict = predict,
};
