/* state.c: one lane of the program's memory: first values, values from a file; and what the program is. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "driver.h"

#include <stdlib.h>
#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

static void put_scalar(const struct mosaic_program *p, void *base, size_t element, int lane, double value)
{
	size_t at = element * (size_t)p->lanes + (size_t)lane;

	if (p->real_bytes == 8)
		((double *)base)[at] = value;
	else
		((float *)base)[at] = (float)value;
}

static double first_value(const struct mosaic_tensor *t, size_t element, mosaic_random *r)
{
	double value;

	switch (t->init) {
	case MOSAIC_INIT_ZEROS: return 0;
	case MOSAIC_INIT_ONES: return 1;
	case MOSAIC_INIT_FILL: return t->a;
	case MOSAIC_INIT_UNIFORM: return t->a + (t->b - t->a) * mosaic_random_uniform(r);
	case MOSAIC_INIT_NORMAL: return t->a + t->b * mosaic_random_normal(r);
	case MOSAIC_INIT_PADDED:
		value = t->a * mosaic_random_normal(r);
		return element / (t->count / (size_t)t->shape[0]) == (size_t)t->b ? 0 : value;
	case MOSAIC_INIT_ORTHOGONAL: break;    /* all values at once */
	}
	return 0;
}

/* Takes what lies along the vectors before it off vector k, twice, since once leaves rounding errors of the size of what was taken off. */
static void orthogonalise(double *v, int64_t k, int64_t length)
{
	double *own = v + k * length, square = 0;

	for (int64_t i = 0; i < 2 * k; i++) {
		const double *other = v + i % k * length;
		double along = 0;
		for (int64_t j = 0; j < length; j++)
			along += own[j] * other[j];
		for (int64_t j = 0; j < length; j++)
			own[j] -= along * other[j];
	}
	for (int64_t j = 0; j < length; j++)
		square += own[j] * own[j];
	for (int64_t j = 0; j < length; j++)
		own[j] /= trainer_sqrt(square);
}

/* torch.nn.init.orthogonal_: the orthogonal part of a matrix of normal numbers, whose rows are along axis 0; the fewer of rows and columns get length 1. */
static void orthogonal_values(const struct mosaic_program *p, const struct mosaic_tensor *t, int lane, mosaic_random *r)
{
	int64_t rows = t->rank ? t->shape[0] : 1, columns = (int64_t)t->count / rows, count = rows < columns ? rows : columns, length = rows < columns ? columns : rows;
	double *v = trainer_alloc(t->count, sizeof *v);

	for (int64_t i = 0; i < rows; i++)
		for (int64_t j = 0; j < columns; j++)
			v[rows <= columns ? i * length + j : j * length + i] = mosaic_random_normal(r);
	for (int64_t k = 0; k < count; k++)
		orthogonalise(v, k, length);
	for (int64_t i = 0; i < rows; i++)
		for (int64_t j = 0; j < columns; j++)
			put_scalar(p, p->params, t->offset + (size_t)(i * columns + j), lane, t->a * v[rows <= columns ? i * length + j : j * length + i]);
	free(v);
}

/* Element i of a tensor is number i of the stream (seed, "init NUMBER"): no tensor and no lane changes another's values, and a
** variable that the user renames changes none. */
void trainer_lane_init(const struct mosaic_program *p, int lane, uint64_t seed)
{
	for (size_t i = 0; i < p->params_reals; i++)
		put_scalar(p, p->params, i, lane, 0);
	for (size_t i = 0; i < p->params_reals * (size_t)p->optimizer.per_param; i++)
		put_scalar(p, p->state, i, lane, 0);
	for (int k = 0; k < p->optimizer.extra_count; k++) {
		const struct mosaic_extra *e = &p->optimizer.extras[k];
		size_t count = 1;
		for (int d = 0; d < e->rank; d++)
			count *= (size_t)e->shape[d];
		memset(e->at, 0, count * sizeof *e->at);
	}
	for (int s = 0; s < p->optimizer.scalars; s++)
		p->state_scalars[s * p->lanes + lane] = p->optimizer.scalar_start[s];
	for (int k = 0; k < p->tensor_count; k++) {
		const struct mosaic_tensor *t = &p->tensors[k];
		char purpose[300];
		snprintf(purpose, sizeof purpose, "init %d", k);
		mosaic_random r = trainer_random(seed, purpose, 0, 0);
		if (t->init == MOSAIC_INIT_ORTHOGONAL)
			orthogonal_values(p, t, lane, &r);
		for (size_t i = 0; i < t->count && t->init != MOSAIC_INIT_ORTHOGONAL; i++)
			put_scalar(p, p->params, t->offset + i, lane, first_value(t, i, &r));
	}
}

void trainer_lane_put(const struct mosaic_program *p, void *base, size_t first, size_t count, int lane, const void *values)
{
	for (size_t i = 0; i < count; i++) {
		size_t at = (first + i) * (size_t)p->lanes + (size_t)lane;
		if (p->real_bytes == 8)
			((double *)base)[at] = ((const double *)values)[i];
		else
			((float *)base)[at] = ((const float *)values)[i];
	}
}

void *trainer_averaged(const struct mosaic_program *p)
{
	for (int a = 0; a < p->optimizer.per_param; a++)
		if (strcmp(p->optimizer.per_param_names[a], "ema") == 0)
			return (char *)p->state + (size_t)a * p->params_reals * (size_t)p->lanes * (size_t)p->real_bytes;
	return NULL;
}

/* Only what trains has an average; running means and frozen tensors stay. */
void trainer_average_swap(const struct mosaic_program *p)
{
	size_t real = (size_t)p->lanes * (size_t)p->real_bytes;
	char *averaged = trainer_averaged(p), *params = p->params;

	for (int k = 0; averaged && k < p->tensor_count; k++) {
		const struct mosaic_tensor *t = &p->tensors[k];
		for (size_t i = t->offset * real; t->trains && i < (t->offset + t->count) * real; i++) {
			char was = params[i];
			params[i] = averaged[i];
			averaged[i] = was;
		}
	}
}

int64_t trainer_parameter_count(const struct mosaic_program *p)
{
	int64_t n = 0;

	for (int i = 0; i < p->tensor_count; i++)
		n += p->tensors[i].trains ? (int64_t)p->tensors[i].count : 0;
	return n;
}

/* Of all that makes two trainers exchange checkpoints: tensors, optimiser, columns, and the compiler's hash of the graph. */
void trainer_program_hash(const struct mosaic_program *p, char out[33])
{
	XXH3_state_t *state = XXH3_createState();
	const struct mosaic_optimizer *o = &p->optimizer;

	out[0] = '\0';
	if (!state)
		return;
	XXH3_128bits_reset(state);
#define ADD_TEXT(s) XXH3_128bits_update(state, (s), strlen(s) + 1)
#define ADD_NUMBER(n) XXH3_128bits_update(state, &(int64_t){(int64_t)(n)}, 8)
	ADD_TEXT(p->hash ? p->hash : "");
	ADD_NUMBER(p->real_bytes);
	ADD_NUMBER(p->tensor_count);
	for (int i = 0; i < p->tensor_count; i++) {
		ADD_TEXT(p->tensors[i].name);
		ADD_NUMBER(p->tensors[i].rank);
		XXH3_128bits_update(state, p->tensors[i].shape, (size_t)p->tensors[i].rank * 8);
		ADD_NUMBER(p->tensors[i].trains);
	}
	ADD_TEXT(o->name);
	for (int i = 0; i < o->per_param; i++)
		ADD_TEXT(o->per_param_names[i]);
	for (int i = 0; i < o->scalars; i++)
		ADD_TEXT(o->scalar_names[i]);
	ADD_NUMBER(p->column_count);
	for (int i = 0; i < p->column_count; i++)
		ADD_TEXT(p->columns[i]);
#undef ADD_TEXT
#undef ADD_NUMBER
	XXH128_hash_t h = XXH3_128bits_digest(state);
	snprintf(out, 33, "%016llx%016llx", (unsigned long long)h.high64, (unsigned long long)h.low64);
	XXH3_freeState(state);
}

/* A trainer that was built for another runtime says so instead of computing nonsense. */
bool trainer_program_check(const struct mosaic_program *p, char *why, size_t size)
{
	if (p->abi != MOSAIC_TRAINER_ABI) {
		snprintf(why, size, "this program was generated for runtime interface %d and linked with %d; run mosaicc again", p->abi, MOSAIC_TRAINER_ABI);
		return false;
	}
	if (p->device && p->io_count > MOSAIC_DEVICE_IOS) {
		snprintf(why, size, "struct mosaic_program: %d inputs and targets; a device takes %d", p->io_count, MOSAIC_DEVICE_IOS);
		return false;
	}
	if (p->lanes < 1 || p->lanes > MOSAIC_LANES_MAX || (p->real_bytes != 4 && p->real_bytes != 8) || p->batch < 1 || p->column_count < 1) {
		snprintf(why, size, "struct mosaic_program: lanes %d, real_bytes %d, batch %d, column_count %d", p->lanes, p->real_bytes, p->batch, p->column_count);
		return false;
	}
	for (int i = 0; i < p->tensor_count; i++) {
		const struct mosaic_tensor *t = &p->tensors[i];
		size_t count = 1;
		for (int d = 0; d < t->rank; d++)
			if (!trainer_multiply(&count, t->shape[d]))
				count = SIZE_MAX;
		if (count == t->count && t->offset <= p->params_reals && t->count <= p->params_reals - t->offset)
			continue;
		snprintf(why, size, "struct mosaic_program: tensor %s does not lie inside params", t->name);
		return false;
	}
	return true;
}
