/* predict.c: predictions for the rows of a CSV file, with the transforms that the training fitted. */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS_MAX = 1 << 20 };

struct predicting {
	const struct mosaic_program *p;
	const struct trainer_options *o;
	struct trainer_run *run;
	struct st_file *file;
	struct csv csv;
	int64_t first_row;                     /* 1 when the file has a header */
	int *column;                           /* of the file, for each number of a sample */
	int64_t numbers;                       /* of one sample */
};

void trainer_settings_of_training(const struct mosaic_program *p, struct trainer_run *run, const struct st_file *file, const struct trainer_options *o)
{
	const char *seed = trainer_pairs_get(&file->meta, "seed");

	if (seed)
		trainer_pairs_set(&run->pool, &run->set, "seed", seed);
	for (int i = 0; i < file->meta.count; i++) {
		const char *name = file->meta.at[i].name;
		char ignored[WHY_SIZE];
		if (strncmp(name, "set.", 4) == 0 && trainer_setting_known(p, name + 4, ignored, sizeof ignored))
			trainer_pairs_set(&run->pool, &run->set, name + 4, file->meta.at[i].value);
	}
	for (int i = 0; i < o->set.count; i++)
		trainer_pairs_set(&run->pool, &run->set, o->set.at[i].name, o->set.at[i].value);
}

/* "float32 2 3" */
static bool parse_input(const char *text, enum mosaic_type *type, int *rank, int64_t shape[8])
{
	char copy[256], *save = NULL;
	size_t values = 1;

	snprintf(copy, sizeof copy, "%s", text);
	char *word = strtok_r(copy, " ", &save);
	if (!word || !mosaic_type_named(word, type))
		return false;
	for (*rank = 0; (word = strtok_r(NULL, " ", &save)); ++*rank)
		if (*rank == 8 || !trainer_integer(word, 1, COLUMNS_MAX, &shape[*rank]) || !trainer_multiply(&values, shape[*rank]) || values > COLUMNS_MAX)
			return false;
	return true;
}

/* Adds the input arrays as the first transform saw them in training, else as the program takes them. */
static void add_inputs(struct predicting *x)
{
	int64_t rows = x->csv.rows - x->first_row;
	char name[32];

	for (int k = 0; ; k++) {
		enum mosaic_type type;
		int64_t shape[8];
		int rank;
		snprintf(name, sizeof name, "input.%d", k);
		const char *text = trainer_pairs_get(&x->file->meta, name);
		if (!text)
			break;
		if (!parse_input(text, &type, &rank, shape))
			mosaic_fail("%s: is damaged: '%s' does not describe an input", x->file->path, text);
		mosaic_add(x->run->data, MOSAIC_TEST, MOSAIC_INPUT, type, name + 6, rows, rank, shape);
	}
	if (x->run->data->split[MOSAIC_TEST].count)
		return;
	for (int c = 0; c < x->p->data_class_count; c++)
		if (x->p->data_classes[c].transform)
			mosaic_fail("%s: holds parameters only; class %s needs what it fitted in training: give a checkpoint", x->file->path,
				x->p->data_classes[c].class);
	for (int k = 0; k < x->p->io_count; k++)
		if (!x->p->ios[k].target)
			mosaic_add(x->run->data, MOSAIC_TEST, MOSAIC_INPUT, x->p->real_bytes == 8 ? MOSAIC_FLOAT64 : MOSAIC_FLOAT32, x->p->ios[k].name, rows,
				x->p->ios[k].rank, x->p->ios[k].shape);
}

static int header_column(const struct predicting *x, const char *name)
{
	int found = -1;

	for (int i = 0; i < x->csv.columns; i++)
		if (strcmp(x->csv.header[i], name) == 0) {
			if (found >= 0)
				mosaic_fail("%s:%lld: there are two columns '%s'", x->o->predict_file, (long long)x->csv.lines[0], name);
			found = i;
		}
	return found;
}

/* By name where both sides have names; else in order, and then the counts must agree. */
static void find_columns(struct predicting *x)
{
	const char *names = trainer_pairs_get(&x->file->meta, "data_columns");
	const char *path = x->o->predict_file;

	for (int i = 0; i < x->run->data->split[MOSAIC_TEST].count; i++)
		x->numbers += mosaic_array_values(&x->run->data->split[MOSAIC_TEST].at[i]->array);
	x->column = trainer_pool_alloc(&x->run->pool, (size_t)x->numbers, sizeof *x->column);
	char *copy = names && x->csv.header ? trainer_pool_strdup(&x->run->pool, names) : NULL;
	if (!copy) {
		if (x->csv.columns != x->numbers)
			mosaic_fail("%s:%lld: %d columns; a sample has %lld numbers", path, (long long)x->csv.lines[0], x->csv.columns, (long long)x->numbers);
		for (int i = 0; i < x->numbers; i++)
			x->column[i] = i;
		return;
	}
	int64_t k = 0;
	for (char *name = copy; name; k++) {
		char *next = strchr(name, '\n');
		if (next)
			*next++ = '\0';
		if (!*name && !next)
			break;
		if (k == x->numbers)
			mosaic_fail("%s: names more columns than the %lld numbers of a sample", x->file->path, (long long)x->numbers);
		x->column[k] = header_column(x, name);
		if (x->column[k] < 0) {
			const char *near = trainer_nearest(name, (const char *const *)x->csv.header, x->csv.columns);
			mosaic_fail("%s:%lld: there is no column '%s'%s%s%s", path, (long long)x->csv.lines[0], name, near ? "; is it '" : "", near ? near : "", near ? "'?" : "");
		}
		name = next;
	}
	if (k != x->numbers)
		mosaic_fail("%s: names %lld columns for the %lld numbers of a sample", x->file->path, (long long)k, (long long)x->numbers);
}

/* A cell that holds one of the names which the data class kept as category.NUMBER: its place among them. */
static bool category_of(struct predicting *x, int64_t row, int64_t number, double *value)
{
	char name[32];
	const char *cell = x->csv.cells[row * x->csv.columns + x->column[number]];
	size_t length = strlen(cell);

	snprintf(name, sizeof name, "category.%lld", (long long)number);
	const char *names = mosaic_kept_text(x->run->data, name);
	*value = 0;
	for (const char *at = names; at; at = strchr(at, '\n'), at += at != NULL, ++*value)
		if (strncmp(at, cell, length) == 0 && (at[length] == '\n' || !at[length]))
			return true;
	if (!names)
		return false;
	char *list = trainer_pool_strdup(&x->run->pool, names);
	for (char *at = list; (at = strchr(at, '\n')); )
		*at = ' ';
	mosaic_fail("%s:%lld: column %d: '%.40s' is none of the names of the training: %.400s", x->o->predict_file, (long long)x->csv.lines[row], x->column[number] + 1, cell, list);
}

/* What stands for a missing value, when the data class can fill it in. */
static bool missing_value(struct predicting *x, const char *cell, double *value)
{
	static const char *const words[] = {"", "NA", "N/A", "na", "n/a", "NaN", "nan", "NAN", "null", "NULL", "?"};

	*value = __builtin_nan("");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(cell, words[i]) == 0)
			return mosaic_kept_text(x->run->data, "missing") != NULL;
	return false;
}

/* "new.csv:3: column 2 (width): '0.5' WHAT" */
static void refuse_cell(const struct predicting *x, int64_t row, int64_t number, const char *what)
{
	int column = x->column[number];

	mosaic_fail("%s:%lld: column %d%s%s%s: '%.80s' %s", x->o->predict_file, (long long)x->csv.lines[row], column + 1, x->csv.header ? " (" : "",
		x->csv.header ? x->csv.header[column] : "", x->csv.header ? ")" : "", x->csv.cells[row * x->csv.columns + column], what);
}

/* Arrays of integers take integers in their range. */
static void check_integer(const struct predicting *x, const struct mosaic_array *a, int64_t row, int64_t number, double value)
{
	static const struct { double low, high; const char *range; } of[] = {
		[MOSAIC_INT32] = {-0x1p31, 0x1p31, "is out of range; it can be -2147483648 to 2147483647"},
		[MOSAIC_INT64] = {-0x1p63, 0x1p63, "is out of range; it can be -9223372036854775808 to 9223372036854775807"},
		[MOSAIC_UINT8] = {0, 256, "is out of range; it can be 0 to 255"},
	};

	if (a->type != MOSAIC_INT32 && a->type != MOSAIC_INT64 && a->type != MOSAIC_UINT8)
		return;
	if (!(value >= of[a->type].low && value < of[a->type].high))
		refuse_cell(x, row, number, value == value ? of[a->type].range : "is missing; here integers are wanted");
	if (value != (double)(int64_t)value)
		refuse_cell(x, row, number, "is not an integer");
}

static void read_rows(struct predicting *x)
{
	struct mosaic_split_store *s = &x->run->data->split[MOSAIC_TEST];
	double value;

	for (int64_t row = x->first_row; row < x->csv.rows; row++) {
		int64_t number = 0;
		for (int i = 0; i < s->count; i++) {
			struct mosaic_array *a = &s->at[i]->array;
			int64_t values = mosaic_array_values(a);
			for (int64_t v = 0; v < values; v++, number++) {
				const char *cell = x->csv.cells[row * x->csv.columns + x->column[number]];
				if (!category_of(x, row, number, &value) && !trainer_number(cell, &value) && !missing_value(x, cell, &value))
					refuse_cell(x, row, number, "is not a number");
				check_integer(x, a, row, number, value);
				mosaic_set_value(a, (row - x->first_row) * values + v, value);
			}
		}
	}
}

/* Where labels are wanted: the line of one that is none, and its column when no transform has made it. trainer_inputs_check finds it, too, but knows no lines. */
static void check_labels(const struct predicting *x)
{
	const struct mosaic_split_store *s = &x->run->data->split[MOSAIC_TEST];
	int64_t number = 0, rows = x->csv.rows - x->first_row, wrong;
	char what[128];

	for (int i = 0, k = 0; i < s->count && k < x->p->io_count; i++, k++) {
		const struct mosaic_array *a = &s->at[i]->array;
		int64_t values = mosaic_array_values(a), labels = x->p->ios[k].target ? 0 : x->p->ios[k].labels;
		if (labels && a->at && a->samples == rows && !trainer_are_labels(a, a->at, rows * values, labels, &wrong)) {
			int64_t row = wrong / values + x->first_row, cell = number + wrong % values;
			double value = mosaic_value(a, wrong), written;
			snprintf(what, sizeof what, "is no label: the program was built for the labels 0 to %lld", (long long)labels - 1);
			if (cell < x->numbers && trainer_number(x->csv.cells[row * x->csv.columns + x->column[cell]], &written) && (float)written == (float)value)
				refuse_cell(x, row, cell, what);
			mosaic_fail("%s:%lld: '%s' becomes %.9g, which %s", x->o->predict_file, (long long)x->csv.lines[row], a->name, value, what);
		}
		number += values;
	}
}

static void transform(struct predicting *x)
{
	struct trainer_run *run = x->run;
	char why[WHY_SIZE];

	for (int i = 0; i < x->p->data_class_count; i++) {
		const struct mosaic_data_class *c = &x->p->data_classes[i];
		struct mosaic_module_info module = {c->pairs, NULL};
		if (!trainer_bind(x->p, run, i, why, sizeof why))
			mosaic_fail("%s", why);
		mosaic_data_owner(run->data, c->section);
		if (c->init)
			c->init(run->selves[i]);
		if (c->transform)
			c->transform(run->selves[i], run->data, &run->info, &module);
		if (c->info)
			c->info(run->selves[i], &run->info.infos);
		if (!mosaic_data_check(run->data, why, sizeof why))
			mosaic_fail("class %s: %s", c->class, why);
	}
	mosaic_data_done(run->data);
}

/* All that may end in mosaic_fail. */
static void load(void *context)
{
	struct predicting *x = context;
	const char *by;
	bool best = !x->o->last && trainer_best_of(x->file, &by);
	char why[WHY_SIZE];

	trainer_settings_of_training(x->p, x->run, x->file, x->o);
	if (!trainer_settings_apply(x->p, x->run, why, sizeof why))
		mosaic_fail("%s", why);
	for (int lane = 0; lane < x->p->lanes; lane++)
		trainer_lane_init(x->p, lane, x->run->seed);
	if (!trainer_model_load(x->p, x->file, best, why, sizeof why))
		mosaic_fail("%s", why);
	if (!csv_read(x->o->predict_file, &x->csv, why, sizeof why))
		mosaic_fail("%s", why);
	if (!x->csv.rows)
		mosaic_fail("%s: is empty", x->o->predict_file);
	x->first_row = x->csv.header != NULL;
	x->run->data = mosaic_data_new();
	if (!trainer_kept_load(x->file, x->run->data, why, sizeof why))
		mosaic_fail("%s", why);
	add_inputs(x);
	find_columns(x);
	read_rows(x);
	trainer_guard_doing("transform, for predict", NULL, -1, -1);
	transform(x);
	trainer_guard_doing(NULL, NULL, -1, -1);
	check_labels(x);
	if (!trainer_inputs_check(x->p, x->run->data, MOSAIC_TEST, false, why, sizeof why))
		mosaic_fail("after the transforms: %s", why);
}

static size_t io_values(const struct mosaic_io *io)
{
	size_t n = 1;

	for (int i = 0; i < io->rank; i++)
		n *= (size_t)io->shape[i];
	return n;
}

static void write_header(const struct mosaic_program *p, FILE *out)
{
	for (int k = 0; k < p->prediction_count; k++) {
		size_t values = io_values(&p->predictions[k]);
		for (size_t v = 0; v < values; v++) {
			fprintf(out, "%s%s", k || v ? "," : "", p->predictions[k].name);
			if (values > 1)
				fprintf(out, "_%zu", v);
		}
	}
	putc('\n', out);
}

static void write_batch(const struct mosaic_program *p, int n, void *const *outputs, FILE *out)
{
	for (int row = 0; row < n; row++) {
		for (int k = 0; k < p->prediction_count; k++) {
			size_t values = io_values(&p->predictions[k]);
			for (size_t v = 0; v < values; v++) {
				size_t at = ((size_t)row * values + v) * (size_t)p->lanes;
				double value = p->real_bytes == 8 ? ((double *)outputs[k])[at] : (double)((float *)outputs[k])[at];
				fprintf(out, "%s%.*g", k || v ? "," : "", p->real_bytes == 8 ? 17 : 9, value);
			}
		}
		putc('\n', out);
	}
}

static bool predict_failed(const struct mosaic_program *p)
{
	fprintf(stderr, "error: %s\n", p->device->failure());
	return false;
}

/* The rows go through the loader like a test part; lane 0 is printed. */
static bool predict_rows(const struct mosaic_program *p, struct trainer_run *run, FILE *out)
{
	struct trainer_run **runs = trainer_pool_alloc(&run->pool, (size_t)p->lanes, sizeof *runs);
	struct trainer_loader l;
	struct mosaic_program inputs_only = *p;
	void **outputs = trainer_pool_alloc(&run->pool, (size_t)p->prediction_count, sizeof *outputs);

	inputs_only.io_count = 0;
	while (inputs_only.io_count < p->io_count && !p->ios[inputs_only.io_count].target)
		inputs_only.io_count++;
	for (int k = 0; k < p->prediction_count; k++) {
		size_t bytes = io_values(&p->predictions[k]) * (size_t)p->lanes * (size_t)p->real_bytes * (size_t)p->batch;
		char *memory = trainer_pool_alloc(&run->pool, bytes + 128, 1);
		outputs[k] = memory + (128 - (uintptr_t)memory % 128);
	}
	for (int i = 0; i < p->lanes; i++)
		runs[i] = run;
	mosaic_loader(run->data, MOSAIC_TEST, p->batch, false, false);
	if (p->device && !trainer_device_put(p))
		return predict_failed(p);
	trainer_loader_open(&l, &inputs_only, runs, MOSAIC_TEST);
	trainer_loader_epoch(&l, 0);
	write_header(p, out);
	for (int64_t b = 0; b < l.batches && !ferror(out) && !trainer_stop; b++) {
		int n = trainer_loader_batch(&l, b);
		if (!p->device)
			p->predict(n, l.at, outputs);
		else if (!p->device->predict(n, l.at, outputs))
			return predict_failed(p);
		write_batch(p, n, outputs, out);
	}
	trainer_loader_close(&l);
	return true;
}

static int write_predictions(struct predicting *x)
{
	const char *path = x->o->predict_out;
	FILE *out = path ? fopen(path, "we") : fdopen(dup(STDOUT_FILENO), "w");

	if (!out) {
		fprintf(stderr, "error: cannot write %s: %s\n", path ? path : "to standard output", strerror(errno));
		return EXIT_FAILED;
	}
	bool predicted = predict_rows(x->p, x->run, out), failed = ferror(out);
	if (!predicted) {
		fclose(out);
		return EXIT_FAILED;
	}
	if ((fclose(out) != 0) | failed) {
		fprintf(stderr, "error: cannot write %s: %s\n", path ? path : "to standard output", strerror(errno));
		return EXIT_FAILED;
	}
	return trainer_stop ? EXIT_INTERRUPTED : 0;
}

int trainer_predict(const struct mosaic_program *program, const struct trainer_options *o)
{
	struct mosaic_program own;
	const struct mosaic_program *p = &own;
	char why_not[WHY_SIZE];
	if (!trainer_device_open(program, 1, &own, why_not, sizeof why_not)) {
		fprintf(stderr, "error: %s\n", why_not);
		return EXIT_FAILED;
	}
	struct predicting x = {.p = p, .o = o, .run = trainer_run_new(p)};
	char why[WHY_SIZE], *message = NULL, *path;
	int code = EXIT_FAILED;

	x.run->id = o->id;
	x.run->dir = o->out_dir;
	path = o->weights ? trainer_strdup(o->weights) : trainer_run_path(x.run, "checkpoint", "safetensors");
	x.file = st_open(path, why, sizeof why);
	if (!x.file) {
		fprintf(stderr, "error: %s; train first, or give --weights FILE or --out DIR\n", why);
	} else {
		struct trainer_output before = trainer_output_to(STDERR_FILENO);
		bool ok = trainer_guarded(load, &x, &message);
		trainer_output_restore(before);
		if (ok)
			code = write_predictions(&x);
		else
			fprintf(stderr, "error: %s\n", message);
	}
	st_close(x.file);
	csv_free(&x.csv);
	trainer_run_free(x.run);
	trainer_device_close(&own);
	free(message);
	free(path);
	return code;
}
