/* verify.h: runs that are trained a second time (cmd_verify.c), in a folder that goes whatever happens (verify_guard.c), and how they compare with
** what is stored (verify_compare.c). */
#ifndef MOSAIC_VERIFY_H
#define MOSAIC_VERIFY_H

#include "launcher.h"

enum verdict { VERDICT_OPEN, VERDICT_SAME, VERDICT_DIFFERS, VERDICT_IMPOSSIBLE };
enum { SURROUNDINGS = 7 };                                 /* what may explain other bits: verify_compare.c names them */
struct subject {
	int64_t id;
	uint64_t seed;
	int epochs, pipeline;                                  /* pipeline: of the sweep that was generated again */
	char identity[33], pipeline_identity[33];
	char *line, *config, *config_text;
	bool trained;
	enum verdict verdict;
	char *why;                                             /* of an impossible one */
	/* where they part */
	char *column; int epoch; double stored, now; int curves;
	char *before[SURROUNDINGS], *today[SURROUNDINGS];      /* NULL: not known */
};
/* Gives every subject that was trained its verdict. False after a message: one of the databases cannot be read. */
bool verify_compare(const char *stored, const char *again, struct subject *at, int count);
void verify_print(const struct subject *at, int count, bool json);
void subject_free(struct subject *s);
/* verify_guard.c: work(context), in a process of its own, and then the folder is gone, unless it is kept. */
enum exit_code verify_guarded(enum exit_code (*work)(void *context), void *context, const char *folder, bool keep);

#endif
