/* csv.c: samples from a CSV file: which columns go in, which are to be predicted, how they are scaled, how the rows are split.
** A small file is read whole, a larger one becomes a stream of numbers: see rows.h.
**
**   [cancer]
**   type = dataset
**   class = csv
**   path_to_class = share/csv.c
**   key = cancer
**   path = share/data/breast_cancer.csv
**   target = class
**   inputs = "f0..f9, f20"                    quotes, because a list without them is a sweep */
#include <math.h>
#include <mosaic.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "rows.h"

enum csv_target { number, label };
enum csv_scaling { none, standard, minmax };
enum csv_split { shuffled, in_order };

/* Samples from a CSV file, one a row. */
struct csv {
	const char *path;                   /* the file; cells may stand in double quotes */
	bool header MOSAIC_DEFAULT(true);   /* the first row names the columns */
	const char *separator MOSAIC_DEFAULT(","); /* between cells: one character, or `tab` */
	const char *target MOSAIC_DEFAULT(""); /* columns to predict, by name or number (from 1): "y1, 7..9"; empty: the last one */
	const char *inputs MOSAIC_DEFAULT(""); /* columns that go in, written like target; empty: all that are no target */
	enum csv_target target_kind MOSAIC_DEFAULT(number); /* label: classes 0, 1, ... for CrossEntropyLoss, made of names or integers */
	const char *categories MOSAIC_DEFAULT(""); /* inputs that hold names, written like target: each becomes a column of 0 and 1 for each of its names */
	enum csv_missing missing MOSAIC_DEFAULT(refuse); /* an empty cell, NA or NaN: an error; the row is left out; the mean of the train part stands in */
	enum csv_scaling scaling MOSAIC_DEFAULT(standard); /* of inputs; standard: mean 0, deviation 1; minmax: 0 to 1; as the train part has them */
	enum csv_split split MOSAIC_DEFAULT(shuffled); /* shuffled: by the seed of the run; in_order: train, validation, test as in the file */
	double train_prop MOSAIC_DEFAULT(0.8); /* share of the rows to train on */
	double validation_prop MOSAIC_DEFAULT(0); /* share of the rows to validate with; what is left tests */
	int folds MOSAIC_DEFAULT(0);        /* cross-validation with so many parts instead of the two shares; 0: none */
	int fold MOSAIC_DEFAULT(1);         /* which part tests, 1 to folds: {1-5} */
	int batch_size MOSAIC_DEFAULT(32);  /* samples a step */
	bool shuffle MOSAIC_DEFAULT(true);  /* a new order of the train part each epoch */
	bool drop_last MOSAIC_DEFAULT(false); /* leave out a last batch that is not full */
	int64_t in_memory MOSAIC_DEFAULT(67108864); /* files of more bytes are streamed */
	int input_size MOSAIC_DERIVED, output_size MOSAIC_DERIVED; /* numbers a sample; output_size of labels: classes */
};

static struct columns target_columns(const struct csv *self, const struct table *t)
{
	struct columns c = named_columns(t, self->target, "target");
	if (c.count == 0)
		c.at[c.count++] = t->columns - 1;
	if (self->target_kind == label && c.count != 1)
		table_fail(t, "csv: target_kind = label takes one target column, not %d", c.count);
	return c;
}

/* Places among the inputs of those that hold names. */
static struct columns category_columns(const struct csv *self, const struct table *t, const struct columns *inputs)
{
	struct columns c = named_columns(t, self->categories, "categories");
	for (int i = 0; i < c.count; i++) {
		int place = 0;
		while (place < inputs->count && inputs->at[place] != c.at[i])
			place++;
		if (place == inputs->count)
			table_fail(t, "csv: categories names column %d of %s, which is no input", c.at[i] + 1, t->path);
	}
	return c;
}

static struct columns input_columns(const struct csv *self, const struct table *t, const struct columns *targets)
{
	struct columns c = named_columns(t, self->inputs, "inputs");
	for (int i = 0; i < c.count; i++)
		if (has_column(targets, c.at[i]))
			table_fail(t, "csv: column %d of %s is an input and a target; name it once", c.at[i] + 1, t->path);
	for (int i = 0; !*self->inputs && i < t->columns; i++)
		if (!has_column(targets, i))
			c.at[c.count++] = i;
	if (c.count == 0)
		table_fail(t, "csv: %s has %d column%s and none of them is left for the input", t->path, t->columns, t->columns == 1 ? "; is the separator right?" : "s");
	return c;
}

/* Rows without a missing value in the columns that are used. */
static int64_t *whole_rows(const struct csv *self, const struct table *t, const struct columns *inputs, const struct columns *targets, const struct columns *names, int64_t *count)
{
	int64_t *rows = malloc((size_t)t->rows * sizeof *rows);
	char why[CELL_WHY];
	if (!rows)
		mosaic_fail("%s: not enough memory", t->path);
	*count = 0;
	for (int64_t row = 0; row < t->rows; row++) {
		int column = 0;
		while (column < t->columns && !((has_column(targets, column) || (has_column(inputs, column) && (self->missing != mean || has_column(names, column))))
			&& is_missing(cell_at(t, row, column))))
			column++;
		if (column < t->columns && self->missing != drop_row) {
			missing_text(t, row, column, self->missing, why);
			mosaic_fail("%s", why);
		}
		if (column == t->columns)
			rows[(*count)++] = row;
	}
	if (*count == 0)
		mosaic_fail("%s: every row misses a value; nothing is left", t->path);
	return rows;
}

/* ---- labels --------------------------------------------------------------------------------- */

/* The distinct cells of a column in order: the class of each is its place. */
static char **distinct_cells(const struct table *t, const int64_t *rows, int64_t count, int column, int *classes)
{
	char **cells = malloc((size_t)count * sizeof *cells);
	if (!cells)
		mosaic_fail("%s: not enough memory", t->path);
	for (int64_t i = 0; i < count; i++)
		cells[i] = cell_at(t, rows[i], column);
	qsort(cells, (size_t)count, sizeof *cells, compare_labels);
	int64_t distinct = 1;
	for (int64_t i = 1; i < count; i++)
		if (compare_labels(&cells[i], &cells[distinct - 1]) != 0)
			cells[distinct++] = cells[i];
	if (distinct < 2 || distinct > COLUMNS_MAX)
		mosaic_fail("%s: column '%s' has %lld different labels; 2 to %d are possible", t->path, name_of(t, column), (long long)distinct, COLUMNS_MAX);
	*classes = (int)distinct;
	return cells;
}

static char **find_labels(const struct table *t, const int64_t *rows, int64_t count, int column, int *classes)
{
	char why[CELL_WHY];
	for (int64_t i = 0; i < count; i++)
		if (!label_of(t, rows[i], column, why))
			mosaic_fail("%s", why);
	return distinct_cells(t, rows, count, column, classes);
}

static int class_of(char *cell, char *const *labels, int classes)
{
	char **found = bsearch(&cell, labels, (size_t)classes, sizeof *labels, compare_labels);
	return (int)(found - (char **)labels);
}

/* The class of each label is kept with the model: its place in this list. */
static void keep_labels(mosaic_data *data, const char *name, char *const *labels, int classes)
{
	size_t size = 1, used = 0;
	for (int i = 0; i < classes; i++)
		size += strlen(labels[i]) + 1;
	char *text = calloc(size, 1);
	for (int i = 0; text && i < classes; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? "\n" : "", labels[i]);
	mosaic_keep_text(data, name, text ? text : "");
	free(text);
}

/* ---- parts ---------------------------------------------------------------------------------- */

struct part { const int64_t *rows; int64_t count; };

/* The test part is put last: rows rotate until the fold stands there. */
static void rotate(int64_t *rows, int64_t count, int64_t by)
{
	int64_t *copy = malloc((size_t)count * sizeof *copy);
	if (!copy)
		mosaic_fail("csv: not enough memory");
	memcpy(copy, rows, (size_t)count * sizeof *copy);
	for (int64_t i = 0; i < count; i++)
		rows[i] = copy[(i + by) % count];
	free(copy);
}

static void shuffle_rows(int64_t *rows, int64_t count, const mosaic_run_info *run)
{
	int64_t *order = malloc(2 * (size_t)count * sizeof *order), *copy = order + count;
	mosaic_random random = mosaic_random_for(run, "csv split");
	if (!order)
		mosaic_fail("csv: not enough memory");
	mosaic_random_permutation(&random, count, order);
	memcpy(copy, rows, (size_t)count * sizeof *copy);
	for (int64_t i = 0; i < count; i++)
		rows[i] = copy[order[i]];
	free(order);
}

static void split_rows(const struct csv *self, int64_t *rows, int64_t count, const mosaic_run_info *run, struct part part[MOSAIC_SPLITS])
{
	int64_t train = (int64_t)((double)count * self->train_prop + 0.5), validation = (int64_t)((double)count * self->validation_prop + 0.5);
	if (self->split == shuffled)
		shuffle_rows(rows, count, run);
	if (self->folds) {
		int64_t first = (self->fold - 1) * count / self->folds, end = self->fold * count / self->folds;
		validation = 0;
		train = count - (end - first);
		rotate(rows, count, end);
	}
	int64_t test = count - train - validation;
	if (train < 1 || test < 1 || (validation < 1 && self->validation_prop > 0 && !self->folds))
		mosaic_fail("%s: its %lld rows make %lld to train, %lld to validate, %lld to test; each part needs one at least: change train_prop or validation_prop",
			self->path, (long long)count, (long long)train, (long long)validation, (long long)test);
	part[MOSAIC_TRAIN] = (struct part){rows, train};
	part[MOSAIC_VALIDATION] = (struct part){rows + train, validation};
	part[MOSAIC_TEST] = (struct part){rows + train + validation, test};
}

/* What each input holds: NULL: numbers. `names` sorted, `count` of them. */
struct input { char **names; int count; };

static double number_at(const struct table *t, int64_t row, int column)
{
	char why[CELL_WHY];
	double value;
	if (!number_of(t, row, column, &value, why))
		mosaic_fail("%s", why);
	return value;
}

static double input_at(const struct csv *self, const struct table *t, int64_t row, int column, const struct input *in)
{
	if (in->names)
		return class_of(cell_at(t, row, column), in->names, in->count);
	return self->missing == mean && is_missing(cell_at(t, row, column)) ? NAN : number_at(t, row, column);
}

static void fill(const struct csv *self, mosaic_data *data, enum mosaic_split split, struct part part, const struct table *t, const struct columns *inputs,
	const struct input *in, const struct columns *targets, char *const *labels)
{
	double *x = mosaic_add(data, split, MOSAIC_INPUT, MOSAIC_FLOAT64, "x", part.count, MOSAIC_DIMS(inputs->count))->at;
	double *y = labels ? NULL : mosaic_add(data, split, MOSAIC_TARGET, MOSAIC_FLOAT64, "y", part.count, MOSAIC_DIMS(targets->count))->at;
	int32_t *class = labels ? mosaic_labels(data, split, "label", part.count) : NULL;
	for (int64_t i = 0; i < part.count; i++) {
		for (int k = 0; k < inputs->count; k++)
			*x++ = input_at(self, t, part.rows[i], inputs->at[k], &in[k]);
		for (int k = 0; y && k < targets->count; k++)
			*y++ = number_at(t, part.rows[i], targets->at[k]);
		if (class)
			*class++ = class_of(cell_at(t, part.rows[i], targets->at[0]), labels, self->output_size);
	}
}

static struct input *new_inputs(const struct table *t, int count)
{
	struct input *in = calloc((size_t)count, sizeof *in);
	if (!in)
		table_fail(t, "csv: not enough memory");
	return in;
}

static struct input *find_inputs(const struct table *t, const int64_t *rows, int64_t count, const struct columns *inputs, const struct columns *names)
{
	struct input *in = new_inputs(t, inputs->count);
	for (int k = 0; k < inputs->count; k++)
		if (has_column(names, inputs->at[k]))
			in[k].names = distinct_cells(t, rows, count, inputs->at[k], &in[k].count);
	return in;
}

/* Names of the inputs that have some. They are kept as category.0, category.1, ... by the place of the input; `predict` reads names by them. */
static void keep_inputs(struct csv *self, mosaic_data *data, const struct input *in, int inputs, bool any)
{
	double *widths = calloc((size_t)inputs, sizeof *widths);
	char kept[32];
	if (!widths)
		mosaic_fail("csv: not enough memory");
	self->input_size = 0;
	for (int k = 0; k < inputs; k++) {
		if (in[k].names) {
			snprintf(kept, sizeof kept, "category.%d", k);
			keep_labels(data, kept, in[k].names, in[k].count);
		}
		widths[k] = in[k].count;
		self->input_size += in[k].names ? in[k].count : 1;
	}
	if (any)
		mosaic_keep(data, "categories", inputs, widths);
	free(widths);
}

/* ---- scaling -------------------------------------------------------------------------------- */

struct column { double sum, squares, n, low, high; };

/* One pass over the train part: the sum, then the squares around the mean, which take a second one. */
static void pass(const mosaic_data *data, const struct mosaic_array *a, struct column *c, bool second)
{
	int64_t columns = a->shape[0], chunk = 65536 / columns + 1;
	double *values = malloc((size_t)(chunk * columns) * sizeof *values);
	if (!values)
		mosaic_fail("csv: not enough memory");
	for (int64_t first = 0; first < a->samples; first += chunk) {
		int64_t count = a->samples - first < chunk ? a->samples - first : chunk;
		mosaic_read(data, a, first, count, values);
		for (int64_t i = 0; i < count * columns; i++) {
			struct column *o = &c[i % columns];
			double v = values[i];
			if (isnan(v))
				continue;
			if (second) {
				double d = v - o->sum / o->n;
				o->squares += d * d;
				continue;
			}
			o->n++;
			o->sum += v;
			o->low = v < o->low ? v : o->low;
			o->high = v > o->high ? v : o->high;
		}
	}
	free(values);
}

/* Keeps an offset and a divisor a column, and the mean of it, which stands for what is missing. A column that never changes is only moved; one of names
** is left alone. */
static void fit_scaling(const struct csv *self, mosaic_data *data, const struct table *t, const struct columns *inputs, const struct input *in)
{
	int columns = inputs->count;
	struct column *c = malloc((size_t)columns * sizeof *c);
	double *fitted = calloc(3 * (size_t)columns, sizeof *fitted), *means = fitted + 2 * columns;
	if (!fitted || !c)
		mosaic_fail("csv: not enough memory");
	for (int k = 0; k < columns; k++)
		c[k] = (struct column){.low = INFINITY, .high = -INFINITY};
	pass(data, mosaic_get(data, MOSAIC_TRAIN, 0), c, false);
	for (int k = 0; k < columns; k++)
		if (c[k].n == 0)
			mosaic_fail("%s: every value of column '%s' is missing in the train part; there is no mean", t->path, name_of(t, inputs->at[k]));
	if (self->scaling == standard)
		pass(data, mosaic_get(data, MOSAIC_TRAIN, 0), c, true);
	for (int k = 0; k < columns; k++) {
		bool alone = in[k].names || self->scaling == none;
		means[k] = c[k].sum / c[k].n;
		fitted[2 * k] = alone ? 0 : self->scaling == standard ? means[k] : c[k].low;
		fitted[2 * k + 1] = alone || c[k].low == c[k].high ? 1 : self->scaling == standard ? sqrt(c[k].squares / c[k].n) : c[k].high - c[k].low;
	}
	if (self->scaling != none)
		mosaic_keep(data, "scaling", 2 * columns, fitted);
	if (self->missing == mean) {
		mosaic_keep(data, "means", columns, means);
		mosaic_keep_text(data, "missing", "mean");
	}
	free(fitted);
	free(c);
}

/* ---- the class ------------------------------------------------------------------------------ */

void csv_init(struct csv *self)
{
	if (!*self->path)
		mosaic_fail("csv: path is empty; give the file");
	if (self->batch_size < 1)
		mosaic_fail("csv: batch_size must be at least 1, not %d", self->batch_size);
	if (!(self->train_prop > 0 && self->validation_prop >= 0 && self->train_prop + self->validation_prop < 1))
		mosaic_fail("csv: train_prop (%g) and validation_prop (%g) are shares that leave some rows to test", self->train_prop, self->validation_prop);
	if (self->folds < 0 || self->folds == 1 || (self->folds && (self->fold < 1 || self->fold > self->folds)))
		mosaic_fail("csv: fold (%d) must be 1 to folds (%d), and folds 0 or at least 2", self->fold, self->folds);
	if (self->in_memory < 0)
		mosaic_fail("csv: in_memory (%lld) is a number of bytes", (long long)self->in_memory);
}

/* `predict FILE` finds the inputs by these names. */
static void name_columns(mosaic_data *data, const struct table *t, const struct columns *inputs)
{
	size_t size = 1, used = 0;
	for (int i = 0; i < inputs->count; i++)
		size += strlen(t->names[inputs->at[i]]) + 1;
	char *names = calloc(size, 1);
	if (!names)
		mosaic_fail("csv: not enough memory");
	for (int i = 0; i < inputs->count; i++)
		used += (size_t)snprintf(names + used, size - used, "%s%s", i ? "\n" : "", t->names[inputs->at[i]]);
	mosaic_columns(data, names);
	free(names);
}

static void set_loaders(const struct csv *self, mosaic_data *data)
{
	for (int s = MOSAIC_TRAIN; s < MOSAIC_SPLITS; s++)
		mosaic_loader(data, (enum mosaic_split)s, self->batch_size, s == MOSAIC_TRAIN && self->shuffle, s == MOSAIC_TRAIN && self->drop_last);
}

/* What both ways of reading tell, when the samples are dealt. */
static void fit_and_keep(const struct csv *self, mosaic_data *data, const struct table *t, const struct columns *inputs, const struct input *in, char *const *labels)
{
	set_loaders(self, data);
	if (self->scaling != none || self->missing == mean)
		fit_scaling(self, data, t, inputs, in);
	if (labels)
		keep_labels(data, "labels", labels, self->output_size);
	if (t->names)
		name_columns(data, t, inputs);
}

static void prepare_whole(struct csv *self, mosaic_data *data, const mosaic_run_info *run)
{
	struct table t = read_table(self->path, self->separator, self->header);
	struct columns targets = target_columns(self, &t), inputs = input_columns(self, &t, &targets), names = category_columns(self, &t, &inputs);
	struct part part[MOSAIC_SPLITS];
	int64_t count, *rows = whole_rows(self, &t, &inputs, &targets, &names, &count);
	struct input *in = find_inputs(&t, rows, count, &inputs, &names);
	char **labels = NULL;
	keep_inputs(self, data, in, inputs.count, names.count);
	self->output_size = targets.count;
	if (self->target_kind == label)
		labels = find_labels(&t, rows, count, targets.at[0], &self->output_size);
	split_rows(self, rows, count, run, part);
	for (int s = MOSAIC_TRAIN; s < MOSAIC_SPLITS; s++)
		if (part[s].count)
			fill(self, data, s, part[s], &t, &inputs, in, &targets, labels);
	fit_and_keep(self, data, &t, &inputs, in, labels);
	for (int k = 0; k < inputs.count; k++)
		free(in[k].names);
	free(in);
	free(labels);
	free(rows);
	free(names.at);
	free(inputs.at);
	free(targets.at);
	table_free(&t);
}

/* The same from a file that is not held in memory: its columns belong to the rows from here on. */
static void prepare_large(struct csv *self, mosaic_data *data, const mosaic_run_info *run)
{
	struct table t = open_table(self->path, self->separator, self->header);
	struct columns targets = target_columns(self, &t), inputs = input_columns(self, &t, &targets), names = category_columns(self, &t, &inputs);
	const struct rows *r = rows_of(&t, (struct rows){.label = self->target_kind == label, .missing = self->missing, .inputs = inputs, .targets = targets, .categories = names});
	struct input *in = new_inputs(&t, inputs.count);
	struct part part[MOSAIC_SPLITS];
	int64_t *rows = malloc((size_t)r->count * sizeof *rows);
	for (int k = 0; k < inputs.count; k++)
		in[k] = (struct input){r->names[k].sorted, r->names[k].classes};
	if (!rows)
		mosaic_fail("csv: not enough memory");
	for (int64_t i = 0; i < r->count; i++)
		rows[i] = i;
	keep_inputs(self, data, in, inputs.count, names.count);
	self->output_size = r->label ? r->labels.classes : targets.count;
	split_rows(self, rows, r->count, run, part);
	if (*r->wrong_number)
		mosaic_fail("%s", r->wrong_number);
	rows_add(r, data);
	mosaic_divide(data, (const int64_t *[MOSAIC_SPLITS]){part[0].rows, part[1].rows, part[2].rows}, (int64_t[MOSAIC_SPLITS]){part[0].count, part[1].count, part[2].count});
	free(rows);
	fit_and_keep(self, data, &t, &inputs, in, r->labels.sorted);
	free(in);
	table_free(&t);
}

void csv_prepare(struct csv *self, mosaic_data *data, const mosaic_run_info *run)
{
	FILE *file = mosaic_open(self->path, "rb");
	fseeko(file, 0, SEEK_END);
	int64_t bytes = ftello(file);
	fclose(file);
	mosaic_long_read(true);
	if (bytes > self->in_memory)
		prepare_large(self, data, run);
	else
		prepare_whole(self, data, run);
	mosaic_long_read(false);
}

/* Names, which are numbers so far, become columns of 0 and 1. */
static void expand(mosaic_data *data, struct mosaic_array *x, const double *widths, int64_t columns)
{
	int64_t size = 0, at = 0;
	for (int64_t k = 0; k < columns; k++)
		size += widths[k] > 0 ? (int64_t)widths[k] : 1;
	struct mosaic_array old = mosaic_remake(data, x, MOSAIC_FLOAT64, x->samples, 1, &size);
	double *to = x->at;
	for (int64_t i = 0; i < old.samples * columns; i++) {
		double v = mosaic_value(&old, i), width = widths[i % columns];
		if (width > 0)
			to[at + (int64_t)v] = 1;
		else
			to[at] = v;
		at += width > 0 ? (int64_t)width : 1;
	}
}

/* What becomes of a column of a sample that is loaded: (value - from) / by, of what is missing `mean`; of names `width` numbers, one of them 1. */
struct change { double from, by, mean, width; };

static void change_loaded(const void *context, const struct mosaic_array *before, const double *sample, double *out)
{
	const struct change *c = context;
	for (int64_t k = 0; k < before->shape[0]; k++, c++) {
		double v = ((isnan(sample[k]) ? c->mean : sample[k]) - c->from) / c->by;
		if (c->width > 0)
			out[(int64_t)v] = 1;
		else
			*out = v;
		out += c->width > 0 ? (int64_t)c->width : 1;
	}
}

static void change_each(mosaic_data *data, struct mosaic_array *x, const double *fitted, const double *means, const double *widths)
{
	int64_t columns = x->shape[0], size = 0;
	struct change *c = calloc((size_t)columns, sizeof *c);
	if (!c)
		mosaic_fail("csv: not enough memory");
	for (int64_t k = 0; k < columns; k++) {
		c[k] = (struct change){fitted ? fitted[2 * k] : 0, fitted ? fitted[2 * k + 1] : 1, means ? means[k] : NAN, widths ? widths[k] : 0};
		size += c[k].width > 0 ? (int64_t)c[k].width : 1;
	}
	mosaic_remake_each(data, x, 1, &size, change_loaded, c, (size_t)columns * sizeof *c);
	free(c);
}

void csv_transform(const struct csv *self, mosaic_data *data)
{
	int64_t columns = 0;
	const double *fitted = self->scaling == none ? NULL : mosaic_kept(data, "scaling", NULL);
	const double *means = self->missing == mean ? mosaic_kept(data, "means", NULL) : NULL;
	const double *widths = *self->categories ? mosaic_kept(data, "categories", &columns) : NULL;
	for (int s = MOSAIC_TRAIN; s < MOSAIC_SPLITS && (fitted || means || widths); s++) {
		struct mosaic_array *x = mosaic_get(data, s, 0);
		if (x && !x->at) {
			change_each(data, x, fitted, means, widths);
			continue;
		}
		for (int64_t i = 0; x && (fitted || means) && i < x->samples * x->shape[0]; i++) {
			int64_t k = i % x->shape[0];
			double v = mosaic_value(x, i);
			v = means && isnan(v) ? means[k] : v;
			mosaic_set_value(x, i, fitted ? (v - fitted[2 * k]) / fitted[2 * k + 1] : v);
		}
		if (x && widths)
			expand(data, x, widths, columns);
	}
}

void csv_info(const struct csv *self, mosaic_info *info)
{
	mosaic_info_int(info, "batch_size", self->batch_size);
	mosaic_info_int(info, "input_size", self->input_size);
	mosaic_info_int(info, "output_size", self->output_size);
}
