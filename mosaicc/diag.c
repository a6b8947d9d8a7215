/* diag.c: messages that show the user's place, line and caret. Two verbs: err() for a user's mistake, die() for a bug of ours. */
#include "mosaicc.h"

#include <stdlib.h>
#include <string.h>

struct diag diag;

static FILE *out(void)
{
	return diag.out ? diag.out : stderr;
}

/* Line `at.line` of its file, to be freed; NULL: there is none. */
static char *line_of(struct place at)
{
	FILE *f = at.file && at.line > 0 ? fopen(at.file, "rb") : NULL;
	char *line = NULL;
	size_t size = 0;
	int number = 0;
	while (f && number < at.line && getline(&line, &size, f) >= 0)
		number++;
	if (f)
		fclose(f);
	if (!f || number < at.line) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = 0;
	for (char *c = line; *c; c++)
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 127)
			*c = '?';               /* a hostile file must not drive the terminal */
	return line;
}

static bool within_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Prints the source line and a caret below its column; tabs are kept so that the caret stays under its character. Of a line that is longer than
** any screen is wide, what stands around the caret. */
static void show_line(struct place at)
{
	enum { LONGEST = 400, BEFORE = 120 };
	char *whole = line_of(at);
	if (!whole)
		return;
	int length = (int)strlen(whole), col = at.col >= 1 && at.col <= length + 1 ? at.col : 0;
	int from = col > LONGEST - BEFORE ? col - BEFORE : 0, n = length - from > LONGEST ? LONGEST : length - from;
	const char *line = whole + from;
	for (; from && n && within_character(*line); line++, n--, from++)
		;
	while (n < length - from && within_character(line[n]))
		n++;
	fprintf(out(), "  %s%.*s%s\n", from ? "..." : "", n, line, n < length - from ? "..." : "");
	if (col)
		fputs(from ? "     " : "  ", out());
	for (int i = 0; i < col - 1 - from; i++)
		if (!within_character(line[i]))     /* the later bytes of a UTF-8 character take no column */
			fputc(line[i] == '\t' ? '\t' : ' ', out());
	if (col)
		fputs(diag.color ? "\033[1;32m^\033[0m\n" : "^\n", out());
	free(whole);
}

static void message(struct place at, const char *kind, const char *colour, const char *fmt, va_list ap)
{
	if (diag.color)
		fputs("\033[1m", out());
	if (at.file)
		fprintf(out(), "%s:", at.file);
	else
		fputs("mosaicc:", out());
	if (at.file && at.line > 0)
		fprintf(out(), "%d:", at.line);
	if (at.file && at.line > 0 && at.col > 0)
		fprintf(out(), "%d:", at.col);
	fprintf(out(), diag.color ? " %s%s:\033[0m " : " %.0s%s: ", colour, kind);
	vfprintf(out(), fmt, ap);
	fputc('\n', out());
	show_line(at);
}

#define MESSAGE(kind, colour) \
	do { \
		va_list ap; \
		va_start(ap, fmt); \
		message(at, kind, colour, fmt, ap); \
		va_end(ap); \
	} while (0)

void err(struct place at, const char *fmt, ...)
{
	diag.errors++;
	MESSAGE("error", "\033[31m");
}

bool said_first(const char *what)
{
	struct hash128 h = hash_bytes(what, strlen(what));
	for (int i = 0; i < diag.seen.count; i++)
		if (diag.seen.at[i].hi == h.hi && diag.seen.at[i].lo == h.lo)
			return false;
	VEC_PUSH(&diag.arena, &diag.seen, h);
	return true;
}

bool err_once(struct place at, const char *fmt, ...)
{
	struct arena a = {0};                  /* its own: the same may be said a million times */
	va_list ap;
	va_start(ap, fmt);
	const char *message = arena_vprintf(&a, fmt, ap);
	va_end(ap);
	bool first = said_first(arena_printf(&a, "%s:%d:%d:%s", at.file ? at.file : "", at.line, at.col, message));
	if (first)
		err(at, "%s", message);
	arena_free(&a);
	return first;
}

void warn(struct place at, const char *fmt, ...)
{
	diag.warnings++;
	MESSAGE("warning", "\033[35m");
}

void note(struct place at, const char *fmt, ...)
{
	MESSAGE("note", "\033[36m");
}

void hint(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fputs("  hint: ", out());
	vfprintf(out(), fmt, ap);
	fputc('\n', out());
	va_end(ap);
}

_Noreturn void die_at(const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fprintf(stderr, "mosaicc: internal error at %s:%d: ", file, line);
	vfprintf(stderr, fmt, ap);
	fputs("\n  This is a fault of mosaicc. Please report it with the config and the modules that you gave.\n", stderr);
	va_end(ap);
	exit(70);
}
