/* token.h: the words of the rules of [SEARCH], and a parser's place in them. */
#ifndef MOSAICC_TOKEN_H
#define MOSAICC_TOKEN_H

#include "rules.h"

enum token { END, NUMBER, TEXT, NAME, SYMBOL };

struct parser {
	struct arena *arena;
	const struct ini_pair *pair;
	const char *text;
	size_t at;                             /* behind the token */
	enum token token;
	size_t start, length;                  /* of the token */
	bool new_line;                         /* a line break stands before it */
	const char *string;                    /* of a TEXT */
	int brackets, depth, nodes;            /* condition.c */
	bool failed;
	struct condition *condition;
};
bool token_begin(struct parser *p);        /* the first token; false after an error */
void token_next(struct parser *p);
bool token_is(const struct parser *p, const char *word);
bool token_take(struct parser *p, const char *word);
bool token_is_name(char c);                /* can it be a part of a name? */
struct ref token_ref(struct parser *p);    /* the NAME that it stands at */
struct place token_place(const struct parser *p, size_t offset);
/* The first error of a value is the only one; `hint_text` may be NULL. */
void token_fail(struct parser *p, struct place at, const char *message, const char *hint_text);

#endif
