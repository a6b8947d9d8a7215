/* cells.h: what the cells of a table mean: columns by name or number, values that are missing, numbers, labels. Not where rows come from: table.h. */
#ifndef CELLS_H
#define CELLS_H

#include <math.h>

#include "table.h"

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
		table_fail(t, "%s:%lld: there is no column '%s'; it has %d columns, from '%s' to '%s'", t->path, (long long)t->lines[0], name, t->columns, t->names[0],
			t->names[t->columns - 1]);
	if (column < 0)
		table_fail(t, "%s: there is no column '%s'; without a header they are the numbers 1 to %d", t->path, name, t->columns);
	return column;
}

static void add_columns(const struct table *t, struct columns *c, int first, int last, const char *field)
{
	for (int column = first; column <= last; column++) {
		for (int i = 0; i < c->count; i++)
			if (c->at[i] == column)
				table_fail(t, "csv: %s names column %d of %s twice", field, column + 1, t->path);
		c->at[c->count++] = column;
	}
}

/* "age, 3, 5..8" */
static struct columns named_columns(const struct table *t, const char *list, const char *field)
{
	struct columns c = {0, calloc((size_t)t->columns + 1, sizeof *c.at)};
	char *copy = strdup(list), *save = NULL;
	if (!copy || !c.at)
		table_fail(t, "csv: not enough memory");
	for (char *name = strtok_r(copy, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		name += strspn(name, " ");
		for (size_t n = strlen(name); n && name[n - 1] == ' '; )
			name[--n] = '\0';
		char *range = find_column(t, name) < 0 ? strstr(name, "..") : NULL;
		if (range)
			*range = '\0';
		int first = need_column(t, name), last = range ? need_column(t, range + 2) : first;
		if (first > last)
			table_fail(t, "csv: %s: column '%s' stands behind '%s' in %s; write the range the other way round", field, name, range + 2, t->path);
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

/* In messages: the line of a row. */
static long long line_of(const struct table *t, int64_t row)
{
	return (long long)t->lines[row + (t->names != NULL)];
}

enum { CELL_WHY = 2048 };

/* false: with a sentence. */
static bool number_of(const struct table *t, int64_t row, int column, double *value, char why[CELL_WHY])
{
	const char *cell = cell_at(t, row, column);
	if (!is_number(cell, value)) {
		snprintf(why, CELL_WHY, "%s:%lld:%d: '%.40s' in column '%s' is not a number; correct it, or leave the column out with inputs = \"...\"", t->path, line_of(t, row),
			column + 1, cell, name_of(t, column));
		return false;
	}
	if (isfinite(*value) && isfinite((float)*value))
		return true;
	snprintf(why, CELL_WHY, "%s:%lld:%d: '%.40s' in column '%s' is too large", t->path, line_of(t, row), column + 1, cell, name_of(t, column));
	return false;
}

enum csv_missing { refuse, drop_row, mean };

/* What is said of a missing value that does not leave its row out. */
static void missing_text(const struct table *t, int64_t row, int column, enum csv_missing missing, char why[CELL_WHY])
{
	snprintf(why, CELL_WHY, "%s:%lld:%d: the value in column '%s' is missing; %s, or leave such rows out with missing = drop_row", t->path, line_of(t, row), column + 1,
		name_of(t, column), missing == mean ? "only inputs that are numbers have a mean: fill it in" : "fill it in");
}

/* Labels are integers or names. */
static bool label_of(const struct table *t, int64_t row, int column, char why[CELL_WHY])
{
	double value;
	if (!is_number(cell_at(t, row, column), &value) || value == floor(value))
		return true;
	snprintf(why, CELL_WHY, "%s:%lld:%d: '%.40s' is no label: labels are integers or names; for other numbers write target_kind = number", t->path, line_of(t, row), column + 1,
		cell_at(t, row, column));
	return false;
}


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
#endif
