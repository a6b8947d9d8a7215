/* bundle.h: shared by the files that make a bundle: bundle.c, bundle_libraries.c, bundle_readme.c. */
#ifndef MOSAICC_BUNDLE_H
#define MOSAICC_BUNDLE_H

#include "build.h"

struct bundle_library { const char *name, *path; };       /* as it is looked for; the file that was found */
struct bundle_needs {
	const char *loader;                                    /* path of ld.so; NULL: static, nothing is needed */
	VEC(struct bundle_library) libraries;
	VEC(const char *) machine;                             /* names of those that every machine has its own of: drivers */
};
/* False after a message: no program of this machine, a library that is not found, or that cannot be brought along. */
bool bundle_libraries(struct arena *a, const char *trainer, struct bundle_needs *out);

struct bundle_data { const char *path; bool copied; };    /* a file that `prepare` opened; copied: stands in the bundle under the same path */
struct bundle_program {
	const struct program *program;
	const char *trainer;                                   /* as Ninja made it */
	struct bundle_needs needs;
	const char *certificates;                              /* of this machine, for https; NULL */
	VEC(struct bundle_data) data;
};
void bundle_readme(struct build *b, const struct bundle_program *p, struct text *out);          /* of one program */
void bundle_contents(struct build *b, const struct bundle_program *programs, struct text *out);   /* of the whole folder */
#endif
