/* why.h: what --explain finds out: what would be generated (why_text.c: why), built (why_build.c) and trained (why_runs.c). */
#ifndef MOSAICC_WHY_H
#define MOSAICC_WHY_H

#include "build.h"

enum change { CHANGE_NONE, CHANGE_NEW, CHANGE_TEXT };
struct file_change { const char *path; enum change change; const char *before, *now; };   /* texts of what changes */
struct reasons { VEC(const char *) list; };
struct runs_told { int runs, done; const char *words, *why; };   /* why: NULL when all is done */
/* Of one program: the first reason is the one that is shown. */
struct program_why { enum change source; bool built; struct reasons generate, build; struct runs_told runs; };
struct why {
	VEC(struct file_change) files;
	VEC(const char *) stale;                 /* folders that would go */
	struct program_why *programs;            /* by index of the program */
	struct reasons config, machine;          /* what changed in the config and in machine.ninja since the last generation */
	VEC(const char *) had;                   /* names of the programs of the last generation */
	struct ini before;                       /* the config of the last generation; no sections when there was none */
	const char *database;
	int runs, done;
	bool generated, runs_known;              /* there was a generation; mosaic could be asked */
};
void why_say(struct arena *a, struct reasons *r, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
const struct file_change *why_changed(const struct why *w, const char *path);   /* NULL: it stays as it is */
/* why_text.c */
bool why_read_before(struct build *b, struct why *w);
void why_config(struct build *b, struct why *w);
void why_machine(struct build *b, struct why *w);
void why_generated(struct build *b, const struct program *pr, const struct file_change *source, struct reasons *out);
/* why_build.c, why_runs.c: false after a message. */
bool why_build(struct build *b, struct why *w);
bool why_runs(struct build *b, struct why *w);
/* Starts argv in this folder and reads what it prints, at most 256 MB; NULL when it does not start. */
char *why_output(const char *const *argv, int *status);
#endif
