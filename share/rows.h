/* rows.h: tables that are larger than memory. The file is read once, row by row; what training needs of it goes as numbers into two files without a name
** (scratch.h), from which samples are read at random: to parse rows again each time that they are asked for takes many times as long as to read them.
** The runs of a process share them. Not which rows go where: csv.c. */
#ifndef ROWS_H
#define ROWS_H

#include <math.h>

#include "cells.h"
#include "scratch.h"

/* Texts, each once, in the order in which they are met. */
struct names {
	char **text;
	int64_t *slots;                     /* number of a text + 1 by its hash, 0: free; there are twice as many as texts at least */
	int64_t count, cap, slot_count;
	int *class;                         /* of each text, when all are known */
	char **sorted;                      /* of each class; equal numbers are one class, however they are written */
	int classes;
};

enum { NAMES_MAX = 1 << 20 };

struct rows {
	const char *path;
	struct stat file;                   /* as it was when it was read */
	char separator;
	bool header, label;
	enum csv_missing missing;
	struct columns inputs, targets, categories;
	struct scratch x, y;                /* float64 of inputs, of names the number of their text; float64 of targets, or int32 of a label's text */
	struct view x_view, y_view;
	int64_t count;
	struct names *names;                /* of each input; no text: numbers */
	struct names labels;
	char wrong_missing[CELL_WHY], wrong_label[CELL_WHY], wrong_number[CELL_WHY];   /* what is said of the first of each kind */
	double *row;
	bool *needed, *named;               /* columns in which a missing value leaves the row out, or is wrong; inputs that hold names */
	struct rows *next;
};

/* What this process has read: as long as it lives, since streams have no end. */
static struct rows *all_rows;

static void rows_close(void *context)
{
	struct rows *r = context;
	scratch_close(&r->x);
	scratch_close(&r->y);
}

/* ---- names ---------------------------------------------------------------------------------- */

static void names_room(const struct table *t, struct names *n)
{
	if (2 * n->count < n->slot_count)
		return;
	n->slot_count = n->slot_count ? 2 * n->slot_count : 64;
	free(n->slots);
	n->slots = calloc((size_t)n->slot_count, sizeof *n->slots);
	if (!n->slots)
		table_fail(t, "%s: not enough memory", t->path);
	for (int64_t i = 0; i < n->count; i++) {
		uint64_t hash = 14695981039346656037u;
		for (const char *c = n->text[i]; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 1099511628211u;
		while (n->slots[hash & (uint64_t)(n->slot_count - 1)])
			hash++;
		n->slots[hash & (uint64_t)(n->slot_count - 1)] = i + 1;
	}
}

static int64_t names_add(const struct table *t, struct names *n, int column)
{
	const char *text = cell_at(t, 0, column);
	uint64_t hash = 14695981039346656037u;
	names_room(t, n);
	for (const char *c = text; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 1099511628211u;
	int64_t *slot;
	while (*(slot = &n->slots[hash & (uint64_t)(n->slot_count - 1)]) && strcmp(n->text[*slot - 1], text) != 0)
		hash++;
	if (*slot)
		return *slot - 1;
	if (n->count == NAMES_MAX)
		table_fail(t, "%s: column '%s' has more than %d different labels; 2 to %d are possible", t->path, name_of(t, column), NAMES_MAX, COLUMNS_MAX);
	n->text = grown(t, n->text, &n->cap, n->count, sizeof *n->text);
	if (!(n->text[n->count] = strdup(text)))
		table_fail(t, "%s: not enough memory", t->path);
	*slot = ++n->count;
	return n->count - 1;
}

/* Classes go by the order of the texts. */
static void names_sort(const struct table *t, struct names *n, int column)
{
	char **sorted = malloc(((size_t)n->count + 1) * sizeof *sorted);
	n->class = calloc((size_t)n->count + 1, sizeof *n->class);
	if (!sorted || !n->class)
		table_fail(t, "%s: not enough memory", t->path);
	memcpy(sorted, n->text, (size_t)n->count * sizeof *sorted);
	qsort(sorted, (size_t)n->count, sizeof *sorted, compare_labels);
	int64_t distinct = n->count > 0;
	for (int64_t i = 1; i < n->count; i++)
		if (compare_labels(&sorted[i], &sorted[distinct - 1]) != 0)
			sorted[distinct++] = sorted[i];
	if (distinct < 2 || distinct > COLUMNS_MAX)
		table_fail(t, "%s: column '%s' has %lld different labels; 2 to %d are possible", t->path, name_of(t, column), (long long)distinct, COLUMNS_MAX);
	for (int64_t i = 0; i < n->count; i++)
		n->class[i] = (int)((char **)bsearch(&n->text[i], sorted, (size_t)distinct, sizeof *sorted, compare_labels) - sorted);
	n->sorted = sorted;
	n->classes = (int)distinct;
	free(n->slots);
	n->slots = NULL;
}

/* ---- one row after the other ------------------------------------------------------------------ */

static bool rows_right(const struct rows *r)
{
	return !*r->wrong_missing && !*r->wrong_label && !*r->wrong_number;
}

/* Whether the row misses nothing that it needs. */
static bool row_whole(struct rows *r, const struct table *t)
{
	for (int column = 0; column < t->columns; column++) {
		if (!r->needed[column] || !is_missing(cell_at(t, 0, column)))
			continue;
		if (r->missing != drop_row && !*r->wrong_missing)
			missing_text(t, 0, column, r->missing, r->wrong_missing);
		return false;
	}
	return true;
}

static double row_number(struct rows *r, const struct table *t, int column)
{
	char why[CELL_WHY];
	double value = 0;
	if (!number_of(t, 0, column, &value, why) && !*r->wrong_number)
		memcpy(r->wrong_number, why, sizeof why);
	return value;
}

/* With errno. */
_Noreturn static void row_fail(const struct table *t, struct scratch *s)
{
	int error = errno;
	struct scratch last = *s;
	s->file = NULL;
	table_give_back(t);
	errno = error;
	scratch_fail(&last);
}

static void row_write(const struct table *t, struct scratch *s, const void *bytes, size_t count)
{
	if (!scratch_write(s, bytes, count))
		row_fail(t, s);
}

/* A row that is wrong is told behind the last one, where the file is known to be a table. */
static void row_take(struct rows *r, const struct table *t)
{
	if (!row_whole(r, t))
		return;
	r->count++;
	for (int k = 0; k < r->inputs.count; k++) {
		int column = r->inputs.at[k];
		if (r->named[k])
			r->row[k] = (double)names_add(t, &r->names[k], column);
		else
			r->row[k] = r->missing == mean && is_missing(cell_at(t, 0, column)) ? NAN : row_number(r, t, column);
	}
	int32_t label = 0;
	if (r->label && !*r->wrong_label && label_of(t, 0, r->targets.at[0], r->wrong_label))
		label = (int32_t)names_add(t, &r->labels, r->targets.at[0]);
	double *y = r->row + r->inputs.count;
	for (int k = 0; !r->label && k < r->targets.count; k++)
		y[k] = row_number(r, t, r->targets.at[k]);
	if (!rows_right(r))
		return;
	row_write(t, &r->x, r->row, (size_t)r->inputs.count * sizeof *r->row);
	if (r->label)
		row_write(t, &r->y, &label, sizeof label);
	else
		row_write(t, &r->y, y, (size_t)r->targets.count * sizeof *y);
}

/* Mistakes in the order in which a file that is read whole tells them; numbers last, see rows_of. */
static void rows_judge(struct rows *r, const struct table *t)
{
	if (*r->wrong_missing)
		table_fail(t, "%s", r->wrong_missing);
	if (r->count == 0)
		table_fail(t, "%s: every row misses a value; nothing is left", t->path);
	for (int k = 0; k < r->inputs.count; k++)
		if (r->named[k])
			names_sort(t, &r->names[k], r->inputs.at[k]);
	if (*r->wrong_label)
		table_fail(t, "%s", r->wrong_label);
	if (r->label)
		names_sort(t, &r->labels, r->targets.at[0]);
	if (*r->wrong_number)
		rows_close(r);
}

static void rows_read(struct rows *r, struct table *t)
{
	int columns = r->inputs.count + r->targets.count;
	r->names = calloc((size_t)r->inputs.count, sizeof *r->names);
	r->row = calloc((size_t)columns, sizeof *r->row);
	r->needed = calloc((size_t)t->columns, sizeof *r->needed);
	r->named = calloc((size_t)r->inputs.count, sizeof *r->named);
	if (!r->names || !r->row || !r->needed || !r->named)
		table_fail(t, "%s: not enough memory", t->path);
	for (int k = 0; k < r->targets.count; k++)
		r->needed[r->targets.at[k]] = true;
	for (int k = 0; k < r->inputs.count; k++) {
		r->named[k] = has_column(&r->categories, r->inputs.at[k]);
		r->needed[r->inputs.at[k]] |= r->missing != mean || r->named[k];
	}
	t->give_back = rows_close;
	t->context = r;
	r->x = scratch_open(r->path);
	if (!r->x.file)
		row_fail(t, &r->x);
	r->y = scratch_open(r->path);
	if (!r->y.file)
		row_fail(t, &r->y);
	while (next_row(t))
		row_take(r, t);
	if (fflush(r->x.file) != 0)
		row_fail(t, &r->x);
	if (fflush(r->y.file) != 0)
		row_fail(t, &r->y);
	rows_judge(r, t);
	if (r->x.file) {
		r->x_view = view_of(r->x.file);
		r->y_view = view_of(r->y.file);
	}
	if (r->x_view.at && r->y_view.at)
		rows_close(r);              /* maps need no descriptor */
	free(r->row);
	free(r->needed);
	t->give_back = NULL;
}

/* ---- samples ---------------------------------------------------------------------------------- */

static void read_back(const struct rows *r, const struct view *v, int64_t first, int64_t count, size_t bytes, void *out)
{
	if (!view_read(v, first * (int64_t)bytes, out, (size_t)count * bytes))
		mosaic_fail("%s: its rows cannot be read back from the temporary file in %s: %s", r->path, scratch_folder(), strerror(errno));
}

static void read_inputs(void *context, int64_t first, int64_t count, void *out)
{
	const struct rows *r = context;
	double *x = out;
	read_back(r, &r->x_view, first, count, (size_t)r->inputs.count * sizeof *x, x);
	for (int k = 0; r->categories.count && k < r->inputs.count; k++)
		for (int64_t i = 0; r->names[k].count && i < count; i++)
			x[i * r->inputs.count + k] = r->names[k].class[(int64_t)x[i * r->inputs.count + k]];
}

static void read_targets(void *context, int64_t first, int64_t count, void *out)
{
	const struct rows *r = context;
	int32_t *label = out;
	read_back(r, &r->y_view, first, count, r->label ? sizeof *label : (size_t)r->targets.count * sizeof(double), out);
	for (int64_t i = 0; r->label && i < count; i++)
		label[i] = r->labels.class[label[i]];
}

static void rows_add(const struct rows *r, mosaic_data *data)
{
	int64_t inputs = r->inputs.count, targets = r->targets.count;
	mosaic_stream(data, MOSAIC_TRAIN, MOSAIC_INPUT, MOSAIC_FLOAT64, "x", r->count, 1, &inputs, read_inputs, (void *)r);
	if (r->label)
		mosaic_stream(data, MOSAIC_TRAIN, MOSAIC_TARGET, MOSAIC_INT32, "label", r->count, 0, NULL, read_targets, (void *)r);
	else
		mosaic_stream(data, MOSAIC_TRAIN, MOSAIC_TARGET, MOSAIC_FLOAT64, "y", r->count, 1, &targets, read_targets, (void *)r);
}

/* ---- what is known already ---------------------------------------------------------------------- */

static bool same_columns(const struct columns *a, const struct columns *b)
{
	return a->count == b->count && memcmp(a->at, b->at, (size_t)a->count * sizeof *a->at) == 0;
}

static void table_close(struct table *t)
{
	fclose(t->file);
	t->file = NULL;
}

/* The rows of a table whose columns are chosen; it may have been read before. A number that is wrong is left to be told when the parts are known: wrong_number. */
static const struct rows *rows_of(struct table *t, struct rows wanted)
{
	if (fstat(fileno(t->file), &wanted.file) != 0)
		table_fail(t, "%s: cannot read", t->path);
	wanted.separator = t->separator;
	wanted.header = t->names;
	for (struct rows *r = all_rows; r; r = r->next)
		if (same_file(&r->file, &wanted.file) && r->separator == wanted.separator && r->header == wanted.header && r->label == wanted.label && r->missing == wanted.missing
			&& same_columns(&r->inputs, &wanted.inputs) && same_columns(&r->targets, &wanted.targets) && same_columns(&r->categories, &wanted.categories))
			return table_close(t), r;
	struct rows *r = malloc(sizeof *r);
	if (!r || !(wanted.path = strdup(t->path)))
		table_fail(t, "%s: not enough memory", t->path);
	*r = wanted;
	rows_read(r, t);
	table_close(t);
	if (!*r->wrong_number) {
		r->next = all_rows;
		all_rows = r;
	}
	return r;
}
#endif
