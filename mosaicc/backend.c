/* backend.c: the backends. */
#include "build.h"
#include "emit.h"
#include "emit_c.h"

static const char *const c_made[] = {"trainer.o", "trainer.o.part", "trainer.o.d", "trainer", "trainer.part", "graph.txt", "trainer.c", NULL};

const struct backend backend_c = {
	.name = "c", .file_name = "trainer.c", .blas = true, .made = c_made,
	.scope = "static", .inlined = "static inline __attribute__((always_inline))", .self = "", .memory = "&memory", .members = "memory.",
	.trainer = emit_c_trainer, .function = emit_c_function, .rules = ninja_c_rules, .edges = ninja_c_edges,
};
const struct backend *const backends[] = {&backend_c, NULL};
