/* backend.c: the backends. */
#include "build.h"
#include "cu.h"
#include "emit.h"
#include "emit_c.h"

static const char *const c_made[] = {"trainer.o", "trainer.o.part", "trainer.o.d", "trainer", "trainer.part", "graph.txt", "trainer.c", NULL};

const struct backend backend_c = {
	.name = "c", .file_name = "trainer.c", .gemm = true, .made = c_made,
	.scope = "static", .inlined = "static inline __attribute__((always_inline))", .device = "static", .copy = "__builtin_memcpy",
	.self = "", .memory = "&memory", .members = "memory.",
	.trainer = emit_c_trainer, .function = emit_c_function, .rules = ninja_c_rules, .edges = ninja_c_edges,
};
static const char *const cu_made[] = {"trainer.o", "trainer.o.part", "trainer.o.d", "device.o", "device.o.part", "device.o.d", "trainer", "trainer.part", "graph.txt", "trainer.cu", NULL};

const struct backend backend_cuda = {
	.name = "cuda", .file_name = "trainer.cu", .apart = true, .gemm = true, .made = cu_made,
	.scope = "static", .inlined = "static __device__ __forceinline__", .device = "static __device__", .copy = "copy_",
	.self = "struct training *self, ", .memory = "self", .members = "self->",
	.trainer = emit_cu_trainer, .function = emit_cu_function, .rules = ninja_cu_rules, .edges = ninja_cu_edges,
};
const struct backend backend_cuda_runs = {
	.name = "cuda, a run a thread", .file_name = "trainer.cu", .many = 65536, .made = cu_made,
	.scope = "static __device__", .inlined = "static __device__ __forceinline__", .device = "static __device__", .copy = "__builtin_memcpy",
	.self = "struct training *self, ", .memory = "self", .members = "self->",
	.trainer = emit_cu_runs_trainer, .function = emit_c_function, .rules = ninja_cu_rules, .edges = ninja_cu_edges,
};
const struct backend *const backends[] = {&backend_c, &backend_cuda, &backend_cuda_runs, NULL};
