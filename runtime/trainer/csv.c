/* csv.c: CSV files as spreadsheets write them: quotes, "" inside them, CRLF, a byte order mark, and ; or tab for the comma. */
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CSV_COLUMNS_MAX = 1 << 20 };
#define CSV_BYTES_MAX ((int64_t)1 << 33)

struct scanner { char *at, *end; int64_t line; char separator; const char *path; char *why; size_t size; };

static char find_separator(const char *text)
{
	bool quoted = false;

	for (; *text && (quoted || *text != '\n'); text++)
		if (*text == '"')
			quoted = !quoted;
		else if (!quoted && (*text == ',' || *text == ';' || *text == '\t'))
			return *text;
	return ',';
}

/* One cell, unquoted in place. *ends: it was the last of its row. NULL with a message. */
static char *next_cell(struct scanner *s, bool *ends)
{
	s->at += strspn(s->at, " ");
	char *cell = s->at, *to = cell, *kept = cell;
	int64_t line = s->line;
	bool quoted = *s->at == '"';

	if (quoted)
		s->at++;
	for (; s->at < s->end; s->at++) {
		if (quoted && *s->at == '"') {
			if (s->at[1] != '"') {
				quoted = false;
				kept = to;                     /* blanks inside of quotes stay */
				continue;
			}
			s->at++;
		} else if (!quoted && (*s->at == s->separator || *s->at == '\n')) {
			break;
		} else if (*s->at == '\n') {
			s->line++;
		}
		*to++ = *s->at;
	}
	if (quoted) {
		snprintf(s->why, s->size, "%s:%lld: a quote that does not end", s->path, (long long)line);
		return NULL;
	}
	*ends = s->at >= s->end || *s->at == '\n';
	if (*ends) {
		s->line++;
		if (to > cell && to[-1] == '\r')
			to--;
	}
	s->at++;
	while (to > kept && to[-1] == ' ')
		to--;
	*to = '\0';
	return cell;
}

static bool blank_row(const struct scanner *s)
{
	const char *at = s->at;

	while (at < s->end && (*at == ' ' || *at == '\r'))
		at++;
	return at >= s->end || *at == '\n';
}

static bool add_row(struct scanner *s, struct csv *csv, int *cap, int *count)
{
	int64_t line = s->line;
	int columns = 0;

	for (bool ends = false; !ends; columns++) {
		char *cell = columns < CSV_COLUMNS_MAX ? next_cell(s, &ends) : NULL;
		if (!cell) {
			if (columns == CSV_COLUMNS_MAX)
				snprintf(s->why, s->size, "%s:%lld: more than %d columns", s->path, (long long)line, CSV_COLUMNS_MAX);
			return false;
		}
		csv->cells = trainer_grow(csv->cells, cap, *count, sizeof *csv->cells);
		csv->cells[(*count)++] = cell;
	}
	if (csv->rows == 0)
		csv->columns = columns;
	if (columns != csv->columns) {
		snprintf(s->why, s->size, "%s:%lld: %d columns, the first row has %d", s->path, (long long)line, columns, csv->columns);
		return false;
	}
	csv->rows++;
	return true;
}

static bool scan(struct scanner *s, struct csv *csv)
{
	int cap = 0, count = 0, line_cap = 0;
	double ignored;

	while (s->at < s->end) {
		if (blank_row(s)) {
			char *newline = memchr(s->at, '\n', (size_t)(s->end - s->at));
			s->at = newline ? newline + 1 : s->end;
			s->line++;
			continue;
		}
		if (csv->rows == INT32_MAX / 4) {
			snprintf(s->why, s->size, "%s: too many rows", s->path);
			return false;
		}
		csv->lines = trainer_grow(csv->lines, &line_cap, (int)csv->rows, sizeof *csv->lines);
		csv->lines[csv->rows] = s->line;
		if (!add_row(s, csv, &cap, &count))
			return false;
	}
	/* A first row with something that is no number is a header. */
	for (int i = 0; csv->rows && i < csv->columns; i++)
		if (!trainer_number(csv->cells[i], &ignored)) {
			csv->header = csv->cells;
			break;
		}
	return true;
}

bool csv_read(const char *path, struct csv *csv, char *why, size_t size)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	size_t room = 1 << 16, n = 0;
	ssize_t got = -1;

	*csv = (struct csv){0};
	csv->text = trainer_alloc(room + 1, 1);
	while (fd >= 0 && (got = read(fd, csv->text + n, room - n)) > 0) {
		if (memchr(csv->text + n, '\0', (size_t)got)) {
			close(fd);
			snprintf(why, size, "%s: is not a text file", path);
			return false;
		}
		n += (size_t)got;
		if (n < room)
			continue;
		char *more = (int64_t)room < CSV_BYTES_MAX ? realloc(csv->text, room * 2 + 1) : NULL;
		if (!more) {
			close(fd);
			snprintf(why, size, "%s: too large for memory; split it", path);
			return false;
		}
		csv->text = more;
		room *= 2;
	}
	int error = errno;
	if (fd >= 0)
		close(fd);
	if (got < 0) {
		snprintf(why, size, "%s: cannot read: %s", path, strerror(error));
		return false;
	}
	csv->text[n] = '\0';
	char *start = csv->text + (n >= 3 && memcmp(csv->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0);
	struct scanner s = {start, csv->text + n, 1, find_separator(start), path, why, size};
	return scan(&s, csv);
}

void csv_free(struct csv *csv)
{
	free(csv->cells);
	free(csv->lines);
	free(csv->text);
	*csv = (struct csv){0};
}
