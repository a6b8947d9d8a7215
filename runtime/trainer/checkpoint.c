/* checkpoint.c: everything that a run needs to go on as if it had never stopped: parameters, optimiser, sums of the
** unfinished epoch, history, fitted transforms; and the facts that tell whose it is. */
#include "driver.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FORMAT "mosaic checkpoint 1"

int trainer_history_columns(const struct mosaic_program *p, bool validation)
{
	return p->column_count * (validation ? 3 : 2);
}

char *trainer_history_column(const struct mosaic_program *p, int column)
{
	int pairs = p->column_count * 2;
	char *name;

	if (asprintf(&name, "%s_%s", column >= pairs ? "validation" : column % 2 ? "test" : "train",
			p->columns[column >= pairs ? column - pairs : column / 2]) < 0)
		return trainer_strdup("");
	return name;
}

struct items { struct st_item *at; int count, cap; struct trainer_pool *pool; };

__attribute__((format(printf, 2, 3))) static const char *name_of(struct trainer_pool *pool, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	return trainer_pool_strdup(pool, text);
}

static struct st_item *push(struct items *items, const char *name, int scalar, const void *at, size_t count, size_t stride)
{
	items->at = trainer_grow(items->at, &items->cap, items->count, sizeof *items->at);
	struct st_item *i = &items->at[items->count++];
	*i = (struct st_item){.name = name, .scalar = scalar, .rank = 1, .shape = {(int64_t)count}, .at = at, .count = count, .stride = stride};
	return i;
}

/* The tensors of `base`, which has the layout of params in so many lanes, under prefix + name. */
static void push_tensors(struct items *items, const struct mosaic_program *p, const char *prefix, const void *base, int lanes, int lane, const char *module)
{
	for (int k = 0; k < p->tensor_count; k++) {
		const struct mosaic_tensor *t = &p->tensors[k];
		if (module && strcmp(module, t->module) != 0)
			continue;
		const char *at = (const char *)base + (t->offset * (size_t)lanes + (size_t)lane) * (size_t)p->real_bytes;
		struct st_item *i = push(items, name_of(items->pool, "%s%s", prefix, t->name), p->real_bytes, at, t->count, (size_t)lanes);
		i->rank = t->rank;
		memcpy(i->shape, t->shape, sizeof i->shape);
	}
}

static const void *state_at(const struct mosaic_program *p, int array)
{
	return (const char *)p->state + (size_t)array * p->params_reals * (size_t)p->lanes * (size_t)p->real_bytes;
}

/* Doubles first: then every tensor of the file is aligned. */
static void push_all(struct items *items, const struct mosaic_program *p, const struct trainer_run *run, int lane)
{
	const struct mosaic_optimizer *o = &p->optimizer;
	int columns = trainer_history_columns(p, run->validation);
	struct trainer_best best;
	struct st_item *history = push(items, "history", 8, run->history, (size_t)(run->history_rows * columns), 1);

	history->rank = 2;
	history->shape[0] = run->history_rows;
	history->shape[1] = columns;
	push(items, "sums", 8, run->sums, (size_t)p->column_count, 1);
	for (int s = 0; s < o->scalars; s++)
		push(items, name_of(items->pool, "optimizer.%s", o->scalar_names[s]), 8, p->state_scalars + s * p->lanes + lane, 1, 1)->rank = 0;
	for (int k = 0; k < o->extra_count; k++) {
		struct st_item *i = push(items, name_of(items->pool, "optimizer.%s", o->extras[k].name), 8, o->extras[k].at, 1, 1);
		i->rank = o->extras[k].rank;
		for (int d = 0; d < i->rank; d++)
			i->count *= (size_t)(i->shape[d] = o->extras[k].shape[d]);
	}
	for (int k = 0; run->data && k < run->data->kept_count; k++) {
		const struct mosaic_kept *kept = &run->data->kept[k];
		if (!kept->text)
			push(items, name_of(items->pool, "kept.%s.%s", kept->owner, kept->name), 8, kept->values, (size_t)kept->count, 1);
	}
	push_tensors(items, p, "", p->params, p->lanes, lane, NULL);
	for (int a = 0; a < o->per_param; a++)
		push_tensors(items, p, name_of(items->pool, "optimizer.%s.", o->per_param_names[a]), state_at(p, a), p->lanes, lane, NULL);
	if (trainer_early_kept(run, &best))
		push_tensors(items, p, TRAINER_BEST, best.at, 1, 0, NULL);
}

static void set_number(struct trainer_pool *pool, struct trainer_pairs *meta, const char *name, uint64_t value)
{
	trainer_pairs_set(pool, meta, name, name_of(pool, "%llu", (unsigned long long)value));
}

static void describe(struct trainer_pool *pool, struct trainer_pairs *meta, const struct mosaic_program *p, const struct trainer_run *run)
{
	struct trainer_best best;
	char hash[33];

	trainer_program_hash(p, hash);
	trainer_pairs_set(pool, meta, "format", FORMAT);
	trainer_pairs_set(pool, meta, "program", p->name);
	trainer_pairs_set(pool, meta, "program_hash", hash);
	trainer_pairs_set(pool, meta, "data_hash", run->data_hash);
	set_number(pool, meta, "seed", run->seed);
	set_number(pool, meta, "epoch", (uint64_t)run->epoch);
	set_number(pool, meta, "step", (uint64_t)run->step);
	trainer_pairs_set(pool, meta, "seconds", name_of(pool, "%.3f", run->seconds_before + trainer_seconds() - run->started));
	for (int c = 0; c < trainer_history_columns(p, run->validation); c++) {
		char *column = trainer_history_column(p, c);
		trainer_pairs_set(pool, meta, name_of(pool, "column.%d", c), column);
		free(column);
	}
	for (int i = 0; i < run->facts.count; i++)
		trainer_pairs_set(pool, meta, name_of(pool, "set.%s", run->facts.at[i].name), run->facts.at[i].value);
	for (int i = 0; i < run->inputs.count; i++)
		trainer_pairs_set(pool, meta, name_of(pool, "input.%s", run->inputs.at[i].name), run->inputs.at[i].value);
	for (int k = 0; run->data && k < run->data->kept_count; k++)
		if (run->data->kept[k].text)
			trainer_pairs_set(pool, meta, name_of(pool, "kept.%s.%s", run->data->kept[k].owner, run->data->kept[k].name), run->data->kept[k].text);
	if (run->data && run->data->columns)
		trainer_pairs_set(pool, meta, "data_columns", run->data->columns);
	if (trainer_early_kept(run, &best)) {
		trainer_pairs_set(pool, meta, "best.by", best.by);
		set_number(pool, meta, "best.epoch", (uint64_t)best.epoch);
	}
}

bool trainer_checkpoint_save(const struct mosaic_program *p, struct trainer_run *run, int lane, char *why, size_t size)
{
	struct trainer_pool pool = {0};
	struct items items = {.pool = &pool};
	struct trainer_pairs meta = {0};
	char *path = trainer_run_path(run, "checkpoint", "safetensors");

	push_all(&items, p, run, lane);
	describe(&pool, &meta, p, run);
	bool ok = st_write(path, items.at, items.count, &meta, true, why, size);
	free(path);
	free(items.at);
	free(meta.at);
	trainer_pool_free(&pool);
	return ok;
}

/* ---- reading --------------------------------------------------------------------------------------------- */

/* A tensor of exactly this shape; else false with a sentence. */
static bool take(const struct st_file *f, const char *name, int rank, const int64_t *shape, int scalar, void *out, char *why, size_t size)
{
	const struct st_entry *e = st_find(f, name);
	char wanted[128], got[128];

	mosaic_shape_text(rank, shape, wanted, sizeof wanted);
	if (!e) {
		snprintf(why, size, "%s: there is no tensor '%s' %s in it", f->path, name, wanted);
		return false;
	}
	if (e->rank != rank || (rank && memcmp(e->shape, shape, (size_t)rank * sizeof *shape) != 0)) {
		mosaic_shape_text(e->rank, e->shape, got, sizeof got);
		snprintf(why, size, "%s: tensor '%s' has the shape %s, expected %s", f->path, name, got, wanted);
		return false;
	}
	return st_read(f, e, scalar, out, why, size);
}

static bool take_tensors(const struct mosaic_program *p, const struct st_file *f, const char *prefix, void *base, int lane, char *why, size_t size)
{
	char name[512];
	bool ok = true;

	for (int k = 0; ok && k < p->tensor_count; k++) {
		const struct mosaic_tensor *t = &p->tensors[k];
		void *values = trainer_alloc(t->count, (size_t)p->real_bytes);
		snprintf(name, sizeof name, "%s%s", prefix, t->name);
		ok = take(f, name, t->rank, t->shape, p->real_bytes, values, why, size);
		if (ok)
			trainer_lane_put(p, base, t->offset, t->count, lane, values);
		free(values);
	}
	return ok;
}

bool trainer_weights_load(const struct mosaic_program *p, const struct st_file *f, int lane, char *why, size_t size)
{
	return take_tensors(p, f, "", p->params, lane, why, size);
}

int64_t trainer_best_of(const struct st_file *f, const char **by)
{
	const char *epoch = trainer_pairs_get(&f->meta, "best.epoch");
	int64_t n = 0;

	*by = trainer_pairs_get(&f->meta, "best.by");
	return *by && epoch && trainer_integer(epoch, 1, 1000000000, &n) ? n : 0;
}

/* The parameters of the best epoch, into memory of one lane. */
static bool best_load(const struct mosaic_program *p, struct trainer_run *run, char *why, size_t size)
{
	const char *by;
	int64_t epoch = trainer_best_of(run->checkpoint_file, &by);
	char *kept = epoch ? trainer_early_restore(p, run, by, epoch) : NULL, name[512];
	bool ok = true;

	for (int k = 0; kept && ok && k < p->tensor_count; k++) {
		const struct mosaic_tensor *t = &p->tensors[k];
		snprintf(name, sizeof name, "%s%s", TRAINER_BEST, t->name);
		ok = take(run->checkpoint_file, name, t->rank, t->shape, p->real_bytes, kept + t->offset * (size_t)p->real_bytes, why, size);
	}
	return ok;
}

bool trainer_model_load(const struct mosaic_program *p, const struct st_file *f, bool best, char *why, size_t size)
{
	const struct st_entry *steps = st_find(f, "optimizer.ema_steps");
	double count = 0;
	bool ok = best;

	for (int lane = 0; ok && lane < p->lanes; lane++)      /* what was averaged then is what was kept */
		ok = take_tensors(p, f, TRAINER_BEST, p->params, lane, why, size);
	if (best)
		return ok;
	if (steps && trainer_averaged(p) && !take(f, "optimizer.ema_steps", 0, NULL, 8, &count, why, size))
		return false;
	for (int lane = 0; lane < p->lanes; lane++)
		if (!trainer_weights_load(p, f, lane, why, size) || (count > 0 && !take_tensors(p, f, "optimizer.ema.", trainer_averaged(p), lane, why, size)))
			return false;
	if (count > 0)
		trainer_average_swap(p);
	return true;
}

bool trainer_checkpoint_load(const struct mosaic_program *p, struct trainer_run *run, int lane, char *why, size_t size)
{
	const struct mosaic_optimizer *o = &p->optimizer;
	const struct st_file *f = run->checkpoint_file;
	char name[512];

	if (!trainer_weights_load(p, f, lane, why, size))
		return false;
	for (int a = 0; a < o->per_param; a++) {
		snprintf(name, sizeof name, "optimizer.%s.", o->per_param_names[a]);
		if (!take_tensors(p, f, name, (void *)(uintptr_t)state_at(p, a), lane, why, size))
			return false;
	}
	for (int k = 0; k < o->extra_count; k++) {
		snprintf(name, sizeof name, "optimizer.%s", o->extras[k].name);
		if (!take(f, name, o->extras[k].rank, o->extras[k].shape, 8, o->extras[k].at, why, size))
			return false;
	}
	for (int s = 0; s < o->scalars; s++) {
		snprintf(name, sizeof name, "optimizer.%s", o->scalar_names[s]);
		if (!take(f, name, 0, NULL, 8, p->state_scalars + s * p->lanes + lane, why, size))
			return false;
	}
	return best_load(p, run, why, size);
}

static const char *meta_of(const struct st_file *f, const char *name)
{
	const char *value = trainer_pairs_get(&f->meta, name);

	return value ? value : "";
}

/* Whether the checkpoint was made by this program with these settings and this data. */
static bool belongs(const struct mosaic_program *p, const struct trainer_run *run, const struct st_file *f, char *why, size_t size)
{
	char hash[33], name[512];
	uint64_t seed;

	if (strcmp(meta_of(f, "format"), FORMAT) != 0) {
		snprintf(why, size, "%s: is not a checkpoint; --weights starts from the parameters of any safetensors file", f->path);
		return false;
	}
	if (!st_intact(f)) {
		snprintf(why, size, "%s: is damaged: its checksum differs", f->path);
		return false;
	}
	trainer_program_hash(p, hash);
	if (strcmp(hash, meta_of(f, "program_hash")) != 0) {
		snprintf(why, size, "%s: belongs to another program (%s)", f->path, meta_of(f, "program"));
		return false;
	}
	if (!trainer_unsigned(meta_of(f, "seed"), &seed) || seed != run->seed) {
		snprintf(why, size, "%s: belongs to a run with seed %s, this one has %llu", f->path, meta_of(f, "seed"), (unsigned long long)run->seed);
		return false;
	}
	for (int i = 0; i < run->facts.count; i++) {
		snprintf(name, sizeof name, "set.%s", run->facts.at[i].name);
		if (strcmp(meta_of(f, name), run->facts.at[i].value) == 0)
			continue;
		snprintf(why, size, "%s: belongs to a run with %s = %s, this one has %s; --weights starts anew from its parameters", f->path,
			run->facts.at[i].name, meta_of(f, name), run->facts.at[i].value);
		return false;
	}
	if (strcmp(meta_of(f, "data_hash"), run->data_hash) != 0) {
		snprintf(why, size, "%s: the data changed since it was written (hash %s, now %s)", f->path, meta_of(f, "data_hash"), run->data_hash);
		return false;
	}
	return true;
}

/* Epoch, step, sums and history. */
static bool place_load(const struct mosaic_program *p, struct trainer_run *run, const struct st_file *f, char *why, size_t size)
{
	const mosaic_data *data = run->data;
	int columns = trainer_history_columns(p, run->validation);
	int64_t batches = trainer_loader_batches(mosaic_samples(data, MOSAIC_TRAIN), data->split[MOSAIC_TRAIN].batching);
	int64_t epoch, step, shape[2] = {0, columns};

	if (!trainer_integer(meta_of(f, "epoch"), 0, 1000000000, &epoch) || !trainer_integer(meta_of(f, "step"), 0, batches, &step)) {
		snprintf(why, size, "%s: is damaged: its place (epoch '%s', step '%s') is not possible", f->path, meta_of(f, "epoch"), meta_of(f, "step"));
		return false;
	}
	const struct st_entry *e = st_find(f, "history");
	double *sums = trainer_alloc((size_t)p->column_count, sizeof *sums), *rows = NULL;
	shape[0] = epoch;
	bool ok = take(f, "sums", 1, &(int64_t){p->column_count}, 8, sums, why, size);
	if (ok) {
		rows = trainer_alloc(e ? (size_t)st_count(e) : 1, sizeof *rows);
		ok = take(f, "history", 2, shape, 8, rows, why, size);
	}
	if (ok && trainer_number(meta_of(f, "seconds"), &run->seconds_before)) {
		run->epoch = epoch;
		run->step = step;
		memcpy(run->sums, sums, (size_t)p->column_count * sizeof *sums);
		run->history_rows = 0;
		for (int64_t i = 0; i < epoch; i++)
			trainer_history_add(run, rows + i * columns, columns);
	} else if (ok) {
		snprintf(why, size, "%s: is damaged: it does not say how long the run took", f->path);
		ok = false;
	}
	free(sums);
	free(rows);
	return ok;
}

bool trainer_checkpoint_open(const struct mosaic_program *p, struct trainer_run *run)
{
	char why[WHY_SIZE], *path = trainer_run_path(run, "checkpoint", "safetensors");
	struct stat st;

	if (!run->resume || (!run->by_hand && stat(path, &st) != 0)) {
		free(path);
		return true;
	}
	struct st_file *f = st_open(path, why, sizeof why);
	free(path);
	if (f && belongs(p, run, f, why, sizeof why) && place_load(p, run, f, why, sizeof why)) {
		run->checkpoint_file = f;
		return true;
	}
	st_close(f);
	if (!run->by_hand) {
		trainer_run_note(run, "warning: %s; starting anew", why);
		return true;
	}
	trainer_run_fail(run, 0, "%s; without --resume the run starts anew", why);
	return false;
}

/* What transforms kept, for predict. */
bool trainer_kept_load(const struct st_file *f, mosaic_data *data, char *why, size_t size)
{
	bool ok = true;

	for (int i = 0; i < f->count + f->meta.count && ok; i++) {
		const char *name = i < f->count ? f->entries[i].name : f->meta.at[i - f->count].name;
		if (strncmp(name, "kept.", 5) != 0 || !strchr(name + 5, '.'))
			continue;
		char *owner = trainer_strdup(name + 5), *dot = strchr(owner, '.');
		*dot = '\0';
		if (i >= f->count) {
			trainer_kept_add(data, owner, dot + 1, 0, NULL, f->meta.at[i - f->count].value);
		} else {
			double *values = trainer_alloc((size_t)st_count(&f->entries[i]), sizeof *values);
			ok = st_read(f, &f->entries[i], 8, values, why, size);
			if (ok)
				trainer_kept_add(data, owner, dot + 1, st_count(&f->entries[i]), values, NULL);
			free(values);
		}
		free(owner);
	}
	return ok;
}

/* ---- model_<class>_<id>.safetensors -------------------------------------------------------------------------- */
/* best: NULL for the parameters as they are now. */
static bool model_write(const struct mosaic_program *p, struct trainer_run *run, int lane, const struct trainer_best *best, const char *module, char *why,
	size_t size)
{
	struct trainer_pool pool = {0};
	struct items items = {.pool = &pool};
	struct trainer_pairs meta = {0};
	char *path = trainer_run_path(run, name_of(&pool, "%smodel_%s", best ? "best_" : "", module), "safetensors");

	trainer_average_swap(p);               /* the model is the averaged one where there is one */
	push_tensors(&items, p, "", best ? best->at : p->params, best ? 1 : p->lanes, best ? 0 : lane, module);
	trainer_pairs_set(&pool, &meta, "format", "mosaic model 1");
	trainer_pairs_set(&pool, &meta, "program", p->name);
	trainer_pairs_set(&pool, &meta, "class", module);
	set_number(&pool, &meta, "seed", run->seed);
	set_number(&pool, &meta, "epoch", (uint64_t)(best ? best->epoch : run->epoch));
	if (best)
		trainer_pairs_set(&pool, &meta, "best.by", best->by);
	bool ok = st_write(path, items.at, items.count, &meta, false, why, size);
	trainer_average_swap(p);
	free(path);
	free(items.at);
	free(meta.at);
	trainer_pool_free(&pool);
	return ok;
}

bool trainer_models_write(const struct mosaic_program *p, struct trainer_run *run, int lane, char *why, size_t size)
{
	struct trainer_best best;
	bool kept = trainer_early_kept(run, &best);

	for (int k = 0; k < p->tensor_count; k++) {
		const char *module = p->tensors[k].module;
		bool first = true;
		for (int j = 0; j < k; j++)
			first = first && strcmp(p->tensors[j].module, module) != 0;
		if (first && !(model_write(p, run, lane, NULL, module, why, size) && (!kept || model_write(p, run, lane, &best, module, why, size))))
			return false;
	}
	return true;
}
