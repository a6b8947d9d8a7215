/* csv.c: samples from a CSV file: which columns go in, which are to be predicted, how they are scaled, how the rows are split.
** The file is read whole; for more than fits in memory write a data class with mosaic_map or mosaic_stream.
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

#include "table.h"

enum csv_target { number, label };
enum csv_scaling { none, standard, minmax };
enum csv_missing { refuse, drop_row, mean };
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
	int input_size MOSAIC_DERIVED, output_size MOSAIC_DERIVED; /* numbers a sample; output_size of labels: classes */
};

/* ---- columns by name or number -------------------------------------------------------------- */

struct columns { int count, *at; };

/* Column by name or by number from 1; -1: there is none. */
static int find_column(const struct table *t, const char *name)
{
	for (int i = 0; t->names && i < t->columns; i++)
		if (strcmp(t->names[i], name) == 0)
			return i;
	char *end;
	long number = strtol(name, &end, 10);
	return *end == '\0' && end != name && number >= 1 && number <= t->columns ? (int)number - 1 : -1;
}

static int need_column(const struct table *t, const char *name)
{
	int column = find_column(t, name);
	if (column < 0 && t->names)
		mosaic_fail("%s:%lld: there is no column '%s'; it has %d columns, from '%s' to '%s'", t->path, (long long)t->lines[0], name, t->columns, t->names[0],
			t->names[t->columns - 1]);
	if (column < 0)
		mosaic_fail("%s: there is no column '%s'; without a header they are the numbers 1 to %d", t->path, name, t->columns);
	return column;
}

static void add_columns(const struct table *t, struct columns *c, int first, int last, const char *field)
{
	for (int column = first; column <= last; column++) {
		for (int i = 0; i < c->count; i++)
			if (c->at[i] == column)
				mosaic_fail("csv: %s names column %d of %s twice", field, column + 1, t->path);
		c->at[c->count++] = column;
	}
}

/* "age, 3, 5..8" */
static struct columns named_columns(const struct table *t, const char *list, const char *field)
{
	struct columns c = {0, calloc((size_t)t->columns + 1, sizeof *c.at)};
	char *copy = strdup(list), *save = NULL;
	if (!copy || !c.at)
		mosaic_fail("csv: not enough memory");
	for (char *name = strtok_r(copy, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		name += strspn(name, " ");
		for (size_t n = strlen(name); n && name[n - 1] == ' '; )
			name[--n] = '\0';
		char *range = find_column(t, name) < 0 ? strstr(name, "..") : NULL;
		if (range)
			*range = '\0';
		int first = need_column(t, name), last = range ? need_column(t, range + 2) : first;
		if (first > last)
			mosaic_fail("csv: %s: column '%s' stands behind '%s' in %s; write the range the other way round", field, name, range + 2, t->path);
		add_columns(t, &c, first, last, field);
	}
	free(copy);
	return c;
}

static bool has_column(const struct columns *c, int column)
{
	for (int i = 0; i < c->count; i++)
		if (c->at[i] == column)
			return true;
	return false;
}

static struct columns target_columns(const struct csv *self, const struct table *t)
{
	struct columns c = named_columns(t, self->target, "target");
	if (c.count == 0)
		c.at[c.count++] = t->columns - 1;
	if (self->target_kind == label && c.count != 1)
		mosaic_fail("csv: target_kind = label takes one target column, not %d", c.count);
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
			mosaic_fail("csv: categories names column %d of %s, which is no input", c.at[i] + 1, t->path);
	}
	return c;
}

static struct columns input_columns(const struct csv *self, const struct table *t, const struct columns *targets)
{
	struct columns c = named_columns(t, self->inputs, "inputs");
	for (int i = 0; i < c.count; i++)
		if (has_column(targets, c.at[i]))
			mosaic_fail("csv: column %d of %s is an input and a target; name it once", c.at[i] + 1, t->path);
	for (int i = 0; !*self->inputs && i < t->columns; i++)
		if (!has_column(targets, i))
			c.at[c.count++] = i;
	if (c.count == 0)
		mosaic_fail("csv: %s has %d column%s and none of them is left for the input", t->path, t->columns, t->columns == 1 ? "; is the separator right?" : "s");
	return c;
}

/* ---- cells as numbers ----------------------------------------------------------------------- */

static bool is_missing(const char *cell)
{
	static const char *const words[] = {"", "NA", "N/A", "na", "n/a", "NaN", "nan", "NAN", "null", "NULL", "?"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(cell, words[i]) == 0)
			return true;
	return false;
}

static bool is_number(const char *cell, double *value)
{
	char *end;
	*value = strtod(cell, &end);
	return *cell && *end == '\0' && strspn(cell, "0123456789+-.eE") == strlen(cell);
}

static const char *name_of(const struct table *t, int column)
{
	return t->names ? t->names[column] : "";
}

static double number_at(const struct table *t, int64_t row, int column)
{
	const char *cell = cell_at(t, row, column);
	double value;
	if (!is_number(cell, &value))
		mosaic_fail("%s:%lld:%d: '%.40s' in column '%s' is not a number; correct it, or leave the column out with inputs = \"...\"", t->path,
			(long long)t->lines[row + (t->names != NULL)], column + 1, cell, name_of(t, column));
	if (!isfinite(value) || !isfinite((float)value))
		mosaic_fail("%s:%lld:%d: '%.40s' in column '%s' is too large", t->path, (long long)t->lines[row + (t->names != NULL)], column + 1, cell, name_of(t, column));
	return value;
}

/* Rows without a missing value in the columns that are used. */
static int64_t *whole_rows(const struct csv *self, const struct table *t, const struct columns *inputs, const struct columns *targets, const struct columns *names, int64_t *count)
{
	int64_t *rows = malloc((size_t)t->rows * sizeof *rows);
	if (!rows)
		mosaic_fail("%s: not enough memory", t->path);
	*count = 0;
	for (int64_t row = 0; row < t->rows; row++) {
		int column = 0;
		while (column < t->columns && !((has_column(targets, column) || (has_column(inputs, column) && (self->missing != mean || has_column(names, column))))
			&& is_missing(cell_at(t, row, column))))
			column++;
		if (column < t->columns && self->missing == mean)
			mosaic_fail("%s:%lld:%d: the value in column '%s' is missing; only inputs that are numbers have a mean: fill it in, or leave such rows out with missing = drop_row",
				t->path, (long long)t->lines[row + (t->names != NULL)], column + 1, name_of(t, column));
		if (column < t->columns && self->missing == refuse)
			mosaic_fail("%s:%lld:%d: the value in column '%s' is missing; fill it in, or leave such rows out with missing = drop_row", t->path,
				(long long)t->lines[row + (t->names != NULL)], column + 1, name_of(t, column));
		if (column == t->columns)
			rows[(*count)++] = row;
	}
	if (*count == 0)
		mosaic_fail("%s: every row misses a value; nothing is left", t->path);
	return rows;
}

/* ---- labels --------------------------------------------------------------------------------- */

/* Integers by size, before names, which go by their bytes. */
static int compare_labels(const void *a, const void *b)
{
	const char *left = *(char *const *)a, *right = *(char *const *)b;
	double x, y;
	bool left_number = is_number(left, &x), right_number = is_number(right, &y);
	if (left_number && right_number)
		return (x > y) - (x < y);
	return left_number != right_number ? right_number - left_number : strcmp(left, right);
}

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
	double value;
	for (int64_t i = 0; i < count; i++)
		if (is_number(cell_at(t, rows[i], column), &value) && value != floor(value))
			mosaic_fail("%s:%lld:%d: '%.40s' is no label: labels are integers or names; for other numbers write target_kind = number", t->path,
				(long long)t->lines[rows[i] + (t->names != NULL)], column + 1, cell_at(t, rows[i], column));
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

/* Names of the inputs that have some. They are kept as category.0, category.1, ... by the place of the input; `predict` reads names by them. */
static struct input *find_inputs(struct csv *self, mosaic_data *data, const struct table *t, const int64_t *rows, int64_t count, const struct columns *inputs,
	const struct columns *names)
{
	struct input *in = calloc((size_t)inputs->count, sizeof *in);
	double *widths = calloc((size_t)inputs->count, sizeof *widths);
	char kept[32];
	if (!in || !widths)
		mosaic_fail("csv: not enough memory");
	self->input_size = 0;
	for (int k = 0; k < inputs->count; k++) {
		if (has_column(names, inputs->at[k])) {
			in[k].names = distinct_cells(t, rows, count, inputs->at[k], &in[k].count);
			snprintf(kept, sizeof kept, "category.%d", k);
			keep_labels(data, kept, in[k].names, in[k].count);
		}
		widths[k] = in[k].count;
		self->input_size += in[k].names ? in[k].count : 1;
	}
	if (names->count)
		mosaic_keep(data, "categories", inputs->count, widths);
	free(widths);
	return in;
}

/* ---- scaling -------------------------------------------------------------------------------- */

/* Keeps an offset and a divisor a column, and the mean of it, which stands for what is missing. A column that never changes is only moved; one of names
** is left alone. */
static void fit_scaling(const struct csv *self, mosaic_data *data, const struct table *t, const struct columns *inputs, const struct input *in)
{
	const struct mosaic_array *a = mosaic_get(data, MOSAIC_TRAIN, 0);
	const double *x = a->at;
	int columns = inputs->count;
	double *fitted = calloc(3 * (size_t)columns, sizeof *fitted), *means = fitted + 2 * columns;
	if (!fitted)
		mosaic_fail("csv: not enough memory");
	for (int k = 0; k < columns; k++) {
		double sum = 0, squares = 0, n = 0, low = INFINITY, high = -INFINITY;
		for (int64_t i = 0; i < a->samples; i++) {
			double v = x[i * columns + k];
			if (isnan(v))
				continue;
			n++;
			sum += v;
			low = v < low ? v : low;
			high = v > high ? v : high;
		}
		if (n == 0)
			mosaic_fail("%s: every value of column '%s' is missing in the train part; there is no mean", t->path, name_of(t, inputs->at[k]));
		for (int64_t i = 0; i < a->samples; i++) {
			double d = x[i * columns + k] - sum / n;
			squares += isnan(d) ? 0 : d * d;
		}
		bool alone = in[k].names || self->scaling == none;
		means[k] = sum / n;
		fitted[2 * k] = alone ? 0 : self->scaling == standard ? sum / n : low;
		fitted[2 * k + 1] = alone || low == high ? 1 : self->scaling == standard ? sqrt(squares / n) : high - low;
	}
	if (self->scaling != none)
		mosaic_keep(data, "scaling", 2 * columns, fitted);
	if (self->missing == mean) {
		mosaic_keep(data, "means", columns, means);
		mosaic_keep_text(data, "missing", "mean");
	}
	free(fitted);
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

void csv_prepare(struct csv *self, mosaic_data *data, const mosaic_run_info *run)
{
	struct table t = read_table(self->path, self->separator, self->header);
	struct columns targets = target_columns(self, &t), inputs = input_columns(self, &t, &targets);
	struct part part[MOSAIC_SPLITS];
	struct columns names = category_columns(self, &t, &inputs);
	int64_t count, *rows = whole_rows(self, &t, &inputs, &targets, &names, &count);
	struct input *in = find_inputs(self, data, &t, rows, count, &inputs, &names);
	char **labels = NULL;
	self->output_size = targets.count;
	if (self->target_kind == label)
		labels = find_labels(&t, rows, count, targets.at[0], &self->output_size);
	split_rows(self, rows, count, run, part);
	for (int s = MOSAIC_TRAIN; s < MOSAIC_SPLITS; s++) {
		if (part[s].count)
			fill(self, data, s, part[s], &t, &inputs, in, &targets, labels);
		mosaic_loader(data, s, self->batch_size, s == MOSAIC_TRAIN && self->shuffle, s == MOSAIC_TRAIN && self->drop_last);
	}
	if (self->scaling != none || self->missing == mean)
		fit_scaling(self, data, &t, &inputs, in);
	if (labels)
		keep_labels(data, "labels", labels, self->output_size);
	if (t.names)
		name_columns(data, &t, &inputs);
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

void csv_transform(const struct csv *self, mosaic_data *data)
{
	int64_t columns = 0;
	const double *fitted = self->scaling == none ? NULL : mosaic_kept(data, "scaling", NULL);
	const double *means = self->missing == mean ? mosaic_kept(data, "means", NULL) : NULL;
	const double *widths = *self->categories ? mosaic_kept(data, "categories", &columns) : NULL;
	for (int s = MOSAIC_TRAIN; s < MOSAIC_SPLITS; s++) {
		struct mosaic_array *x = mosaic_get(data, s, 0);
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
