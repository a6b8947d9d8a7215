/* backend.h: what writes a program for one kind of machine: its text, and the lines of build.ninja that compile it. A program has one
** (struct program); plans and emission carry it along, and no pass asks which it is. */
#ifndef MOSAICC_BACKEND_H
#define MOSAICC_BACKEND_H

#include "plan.h"

struct emission;
struct program;
struct build;

struct backend {
	const char *name, *file_name;       /* "c", "trainer.c" */
	bool apart;                         /* what a function does is cut into kernels: it has no arrays of its own */
	bool gemm;                          /* bodies *_gemm may be used */
	int many;                           /* one program trains as many runs as a job has, up to so many: its text is of one lane */
	const char *scope, *inlined;        /* before a function of the file, and before one that is always inlined */
	const char *device, *copy;          /* before a function of single numbers; what copies an array */
	const char *self, *memory, *members;/* what train() takes before the step; struct training's address and what comes before its members */
	void (*trainer)(struct emission *e, struct text *out);                                  /* the whole file */
	void (*function)(const struct plan *p, const struct function *f, struct text *out);     /* a layer in one direction */
	void (*rules)(struct build *b, struct text *out);                                       /* of build.ninja */
	void (*edges)(struct build *b, const struct program *pr, struct text *out);
	const char *const *made;            /* what lies in a program's folder when it is built; ends with NULL, the text last */
};
extern const struct backend backend_c, backend_cuda, backend_cuda_runs;
extern const struct backend *const backends[];          /* ends with NULL */
#endif
