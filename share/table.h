/* table.h: a text file of rows and columns, cell by cell: whole in memory (read_table), or one row after the other (open_table, next_row). Not what the
** cells mean: see cells.h. */
#ifndef TABLE_H
#define TABLE_H

#include <errno.h>
#include <mosaic.h>
#include <stdlib.h>
#include <string.h>

#ifndef TABLE_WINDOW
#define TABLE_WINDOW (1 << 20)              /* bytes of the file in memory; more where a row is longer */
#endif

enum { COLUMNS_MAX = 1 << 16, ROW_BYTES_MAX = 1 << 26 };

/* How far the end of a row was looked for. */
enum scan_state { CELL_BEGINS, PLAIN, QUOTED };
struct scan { enum scan_state state; size_t at; int64_t line, quote_line; };

struct table {
	const char *path;
	char *text, *at, *end, separator;
	int64_t line;                       /* of `at` */
	char **cell;                        /* rows * columns, in `text` */
	int64_t *lines;                     /* where each row starts */
	int64_t rows, cells, cell_cap, line_cap;
	int columns;
	char **names;                       /* NULL: no header */
	/* Row by row: `text` is a window of `room` bytes on the file, `cell` and `lines` hold the header and one row. */
	FILE *file;                         /* NULL: read to its end */
	bool by_rows;                       /* else read whole */
	size_t room;
	bool again;                         /* the row that is there is the next one */
	bool ended;                         /* nothing is left to be read into the window */
	void (*give_back)(void *context);   /* before a message; NULL: nothing */
	void *context;
};

/* As mosaic_fail. What a process that lives on must not keep goes first. */
#define table_fail(t, ...) (table_give_back(t), mosaic_fail(__VA_ARGS__))
static void table_give_back(const struct table *t)
{
	if (t->file)
		fclose(t->file);
	if (t->give_back)
		t->give_back(t->context);
}

static void *grown(const struct table *t, void *at, int64_t *cap, int64_t count, size_t size)
{
	if (count < *cap)
		return at;
	*cap = *cap ? *cap * 2 : 1024;
	at = realloc(at, (size_t)*cap * size);
	if (!at)
		table_fail(t, "%s: not enough memory; use a data class with mosaic_map or mosaic_stream", t->path);
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
		table_fail(t, "%s:%lld: a double quote opens here and nothing closes it; is the file cut off?", t->path, (long long)line);
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
			table_fail(t, "%s:%lld: more than %d columns; is the separator right?", t->path, (long long)line, COLUMNS_MAX);
		t->cell = grown(t, t->cell, &t->cell_cap, t->cells, sizeof *t->cell);
		t->cell[t->cells++] = next_cell(t, &last);
	}
	if (t->columns == 0)
		t->columns = columns;
	if (columns != t->columns)
		table_fail(t, "%s:%lld:%d: this row has %d columns, the first one has %d%s", t->path, (long long)line, columns < t->columns ? columns : t->columns + 1,
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

/* ---- row by row ------------------------------------------------------------------------------- */

/* More of the file behind what the window holds from `at` on, which moves to its beginning. */
static void window_fill(struct table *t)
{
	size_t kept = t->at < t->end ? (size_t)(t->end - t->at) : 0;
	if (kept)
		memmove(t->text, t->at, kept);
	if (kept + 1 >= t->room) {
		char *more = realloc(t->text, 2 * t->room);
		if (!more)
			table_fail(t, "%s: not enough memory; use a data class with mosaic_map or mosaic_stream", t->path);
		t->text = more;
		t->room *= 2;
	}
	size_t got = fread(t->text + kept, 1, t->room - kept - 1, t->file);
	int error = errno;
	if (ferror(t->file))
		table_fail(t, "%s: cannot read: %s", t->path, strerror(error));
	if (memchr(t->text + kept, '\0', got))
		table_fail(t, "%s: is no text file; save it as CSV in UTF-8", t->path);
	t->ended = got == 0;
	t->at = t->text;
	t->end = t->text + kept + got;
	*t->end = '\0';
}

/* Whether the row at `at` ends within the window, and whether it is the last one can be told; goes on where it stopped. As next_cell goes. */
static bool row_is_there(const struct table *t, struct scan *s)
{
	const char *at = t->at + s->at, *last = t->end - !t->ended;
	for (; at < last; at++) {
		s->line += *at == '\n';
		if (s->state == CELL_BEGINS && *at == ' ')
			continue;
		if (s->state == CELL_BEGINS && *at == '"') {
			s->state = QUOTED;
			s->quote_line = s->line;
		} else if (s->state == QUOTED) {
			if (*at == '"' && at + 1 < t->end && at[1] == '"')
				at++;
			else if (*at == '"')
				s->state = PLAIN;
		} else if (*at == '\n') {
			return true;
		} else {
			s->state = *at == t->separator ? CELL_BEGINS : PLAIN;
		}
	}
	s->at = (size_t)(at - t->at);
	return t->ended;
}

/* A row that no window holds: where it goes wrong. */
static void row_too_long(struct table *t, struct scan *s)
{
	int64_t line = t->line;
	do {
		t->at = t->end - (s->at < (size_t)(t->end - t->at));
		s->at = 0;
		window_fill(t);
	} while (!row_is_there(t, s));
	if (s->state == QUOTED)
		table_fail(t, "%s:%lld: a double quote opens here and nothing closes it; is the file cut off?", t->path, (long long)s->quote_line);
	table_fail(t, "%s:%lld: this row has more than %d bytes; is the file a table?", t->path, (long long)line, ROW_BYTES_MAX);
}

/* The next row into the cells behind the header's; false: there is none. */
static bool next_row(struct table *t)
{
	if (t->again) {
		t->again = false;
		return true;
	}
	do {
		struct scan s = {.line = t->line};
		while (!row_is_there(t, &s))
			if (s.at >= ROW_BYTES_MAX)
				row_too_long(t, &s);
			else
				window_fill(t);
	} while (t->at < t->end && blank_line(t));
	if (t->at >= t->end)
		return false;
	t->rows = t->names != NULL;
	t->cells = t->rows * t->columns;
	read_row(t);
	return true;
}

static void keep_header(struct table *t)
{
	t->names = calloc((size_t)t->columns, sizeof *t->names);
	for (int i = 0; t->names && i < t->columns; i++)
		if (!(t->names[i] = strdup(t->cell[i])))
			t->names = NULL;
	if (!t->names)
		table_fail(t, "%s: not enough memory", t->path);
}

/* A table to be read by next_row; the header is read, and the first row of data, which next_row then returns. */
static struct table open_table(const char *path, const char *separator, bool header)
{
	struct table t = {.path = path, .line = 1, .separator = separator_of(separator), .room = TABLE_WINDOW, .by_rows = true};
	t.at = t.end = t.text = malloc(t.room);
	t.file = mosaic_open(path, "rb");
	if (!t.text)
		table_fail(&t, "%s: not enough memory", path);
	window_fill(&t);
	if (t.end - t.at >= 3 && memcmp(t.at, "\xEF\xBB\xBF", 3) == 0)
		t.at += 3;
	bool any = next_row(&t);
	if (any && header)
		keep_header(&t);
	if (!any || (header && !next_row(&t)))
		table_fail(&t, "%s: there is no row of data%s", path, any ? "; the one row is taken for the header, else write header = no" : "; the file is empty");
	t.again = true;
	return t;
}

static void table_free(struct table *t)
{
	for (int i = 0; t->by_rows && t->names && i < t->columns; i++)
		free(t->names[i]);
	if (t->by_rows)
		free(t->names);
	if (t->file)
		fclose(t->file);
	free(t->cell);
	free(t->lines);
	free(t->text);
}

/* Row by row there is row 0 alone. */
static char *cell_at(const struct table *t, int64_t row, int column)
{
	return t->cell[(row + (t->names != NULL)) * t->columns + column];
}
#endif
