/* reflect_unit.h: what the reflect_*.c files share, and the only place that includes clang-c. Not for other files. */
#ifndef REFLECT_UNIT_H
#define REFLECT_UNIT_H

#include "mosaicc.h"

#include <clang-c/Index.h>

/* One file of the user's: the source or what it includes with "". Its tokens were read once, for the hash and for comments. */
struct comment {
	const char *text;                    /* as written, delimiters included */
	int line, col, last_line;
	unsigned offset;
	bool first;                          /* nothing but blanks before it on its line */
};
struct mark { unsigned offset; int line; char what; };     /* ';' or '}' */
struct user_file {
	CXFile file;
	const char *name;                    /* as clang names it, relative where the source was */
	const char *real;                    /* real path, or NULL */
	const char *bytes;                   /* libclang's */
	VEC(struct comment) comments;
	VEC(struct mark) marks;
};

/* A call in user code and the variable that its value goes to; reflect_variable.c. */
struct call { int file, line, col, order, statement; const char *variable; };

struct unit {
	struct arena arena;                  /* lives until reflect_close() */
	struct arena *names;                 /* names of files outlive it: places hold them */
	CXIndex index;
	CXTranslationUnit tu;
	VEC(struct user_file) files;         /* files.at[0] is the source */
	VEC(struct call) calls;
	int statements;                      /* counted: each that gives a value to a variable, returns one, or stands for itself */
	bool indexed;
};

/* reflect_text.c */
void read_user_files(struct unit *u, struct hash128 *hash);
/* Index of the user file that holds `loc` (of a macro: where it is used), or -1; `at` and `offset` may be NULL. */
int user_place(struct unit *u, CXSourceLocation loc, struct place *at, unsigned *offset);
/* Documentation of a declaration from `first` to `name`: the comment right above it and, for a field, behind it. NULL: none. */
const char *comment_of(struct arena *a, struct unit *u, CXSourceLocation first, CXSourceLocation name, bool field);

/* reflect_class.c: fills classes, in the order of their structs. */
void collect_classes(struct arena *a, struct unit *u, struct source *s);
/* reflect_method.c: the method that `function` is by its type, checked; errors are printed. */
bool read_method(struct arena *a, struct unit *u, CXCursor function, const char *class, enum method_kind kind, struct method *out);

/* reflect.c: calls work(context) on a stack that deeply nested expressions do not exhaust. */
void on_deep_stack(void (*work)(void *context), void *context);
/* A CXString into the arena, disposed. */
const char *taken(struct arena *a, CXString s);

#endif
