/* table.h: a text file of rows and columns in memory, cell by cell. Not what the cells mean: see csv.c. */
#ifndef TABLE_H
#define TABLE_H

#include <mosaic.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 1 << 16 };

struct table {
	const char *path;
	char *text, *at, *end, separator;
	int64_t line;                       /* of `at` */
	char **cell;                        /* rows * columns, in `text` */
	int64_t *lines;                     /* where each row starts */
	int64_t rows, cells, cell_cap, line_cap;
	int columns;
	char **names;                       /* NULL: no header */
};

static void *grown(const struct table *t, void *at, int64_t *cap, int64_t count, size_t size)
{
	if (count < *cap)
		return at;
	*cap = *cap ? *cap * 2 : 1024;
	at = realloc(at, (size_t)*cap * size);
	if (!at)
		mosaic_fail("%s: not enough memory; use a data class with mosaic_map or mosaic_stream", t->path);
	return at;
}

/* Takes one cell: quotes and the blanks around it go. `last`: it ends its row. */
static char *next_cell(struct table *t, bool *last)
{
	while (*t->at == ' ')
		t->at++;
	char *cell = t->at, *to = cell, *kept = cell;
	int64_t line = t->line;
	bool quoted = *t->at == '"';
	for (t->at += quoted; t->at < t->end; t->at++) {
		if (quoted && *t->at == '"' && t->at[1] != '"') {
			quoted = false;
			kept = to;
			continue;
		}
		if (!quoted && (*t->at == t->separator || *t->at == '\n'))
			break;
		t->line += *t->at == '\n';
		t->at += quoted && *t->at == '"';
		*to++ = *t->at;
	}
	if (quoted)
		mosaic_fail("%s:%lld: a double quote opens here and nothing closes it; is the file cut off?", t->path, (long long)line);
	*last = t->at >= t->end || *t->at == '\n';
	while (to > kept && (to[-1] == ' ' || (*last && to[-1] == '\r')))
		to--;
	t->line += *last;
	t->at++;
	*to = '\0';
	return cell;
}

static bool blank_line(struct table *t)
{
	char *at = t->at;
	while (at < t->end && (*at == ' ' || *at == '\r'))
		at++;
	if (at < t->end && *at != '\n')
		return false;
	t->at = at + 1;
	t->line++;
	return true;
}

static void read_row(struct table *t)
{
	int64_t line = t->line;
	int columns = 0;
	t->lines = grown(t, t->lines, &t->line_cap, t->rows, sizeof *t->lines);
	t->lines[t->rows] = line;
	for (bool last = false; !last; columns++) {
		if (columns == COLUMNS_MAX)
			mosaic_fail("%s:%lld: more than %d columns; is the separator right?", t->path, (long long)line, COLUMNS_MAX);
		t->cell = grown(t, t->cell, &t->cell_cap, t->cells, sizeof *t->cell);
		t->cell[t->cells++] = next_cell(t, &last);
	}
	if (t->rows == 0)
		t->columns = columns;
	if (columns != t->columns)
		mosaic_fail("%s:%lld:%d: this row has %d columns, the first one has %d%s", t->path, (long long)line, columns < t->columns ? columns : t->columns + 1,
			columns, t->columns, t->at >= t->end ? "; is the file cut off?" : "; a text with a separator in it needs double quotes");
	t->rows++;
}

static char separator_of(const char *text)
{
	if (strcmp(text, "tab") == 0)
		return '\t';
	if (strlen(text) != 1 || strchr("\" \n\r0123456789+-.", *text))
		mosaic_fail("csv: the separator is one character such as , or ; (in quotes), or tab; not '%s'", text);
	return *text;
}

/* What the file holds, the header taken off. */
static struct table read_table(const char *path, const char *separator, bool header)
{
	struct table t = {.path = path, .line = 1, .separator = separator_of(separator)};
	size_t size;
	t.at = t.text = mosaic_read_file(path, &size);
	t.end = t.text + size;
	if (memchr(t.text, '\0', size))
		mosaic_fail("%s: is no text file; save it as CSV in UTF-8", t.path);
	if (size >= 3 && memcmp(t.text, "\xEF\xBB\xBF", 3) == 0)
		t.at += 3;
	while (t.at < t.end)
		if (!blank_line(&t))
			read_row(&t);
	if (t.rows <= header)
		mosaic_fail("%s: there is no row of data%s", t.path, t.rows ? "; the one row is taken for the header, else write header = no" : "; the file is empty");
	if (header) {
		t.names = t.cell;
		t.rows--;
	}
	return t;
}

static void table_free(struct table *t)
{
	free(t->cell);
	free(t->lines);
	free(t->text);
}

static char *cell_at(const struct table *t, int64_t row, int column)
{
	return t->cell[(row + (t->names != NULL)) * t->columns + column];
}
#endif
