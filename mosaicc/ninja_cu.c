/* ninja_cu.c: the lines of build.ninja and machine.ninja for CUDA programs. nvcc compiles the device's part of trainer.cu, the C compiler its tables; cudart is
** linked statically, the driver is found when the trainer runs. */
#include "build.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* $NVCC, the one in PATH, or where CUDA is usually installed. */
const char *cuda_compiler(struct arena *a)
{
	const char *own = getenv("NVCC"), *path = getenv("PATH");
	if (own && *own)
		return access(own, X_OK) == 0 ? own : NULL;
	while (path && *path) {
		size_t n = strcspn(path, ":");
		const char *file = arena_printf(a, "%.*s/nvcc", (int)n, path);
		if (n && access(file, X_OK) == 0)
			return file;
		path += n + (path[n] == ':');
	}
	return access("/usr/local/cuda/bin/nvcc", X_OK) == 0 ? "/usr/local/cuda/bin/nvcc" : NULL;
}

static bool has_cuda(const struct build *b)
{
	for (int i = 0; i < b->programs.count; i++)
		if (*b->programs.at[i]->backend->self)
			return true;
	return false;
}

/* The toolkit's folder: of /usr/local/cuda/bin/nvcc, /usr/local/cuda; Debian's own package has its files where all are. */
static const char *toolkit_of(struct arena *a, const char *nvcc)
{
	char *real = realpath(nvcc, NULL), *folder = arena_strdup(a, real ? real : nvcc);
	free(real);
	for (int i = 0; i < 2; i++) {
		char *slash = strrchr(folder, '/');
		if (slash)
			*slash = 0;
	}
	return folder;
}

void ninja_cu_variables(struct build *b, struct text *out)
{
	if (!has_cuda(b))
		return;
	const char *nvcc = cuda_compiler(&b->arena), *target = b->sweep.target_gpu;
	text_add(out, "nvcc = ");
	shell_word(out, nvcc ? nvcc : "nvcc");
	text_add(out, "\ncuda_target = ");
	if (strcmp(target, "native") == 0)
		text_add(out, "-arch=native");
	else
		text_printf(out, "-gencode arch=compute_%s,code=%s -gencode arch=compute_%s,code=compute_%s", target + 3, target, target + 3, target + 3);
	text_add(out, "\ncuda_flags =");
	static const char *const folders[] = {"lib64", "lib", "targets/x86_64-linux/lib", "targets/sbsa-linux/lib"};
	for (size_t i = 0; nvcc && i < sizeof folders / sizeof *folders; i++) {
		const char *folder = arena_printf(&b->arena, "%s/%s", toolkit_of(&b->arena, nvcc), folders[i]);
		if (access(arena_printf(&b->arena, "%s/libcudart_static.a", folder), R_OK) != 0)
			continue;
		text_add(out, " -L");
		shell_word(out, folder);
		text_add(out, " -Wl,-rpath,");           /* for libcublasLt, which programs open when they start */
		shell_word(out, folder);
		break;
	}
	text_add(out, " -lcudart_static -ldl -lrt -lpthread\n");
}

/* -fmad=false: a product and a sum are one rounding only where a kernel says so; the same bits as the C text. */
void ninja_cu_rules(struct build *b, struct text *out)
{
	(void)b;
	text_add(out, "rule nvcc\n  command = $nvcc -std=c++17 -O3 $cuda_target -fmad=false -Xcompiler -ffp-contract=off,-fno-threadsafe-statics -Wno-deprecated-gpu-targets -diag-suppress 177 $include_flags $flags -MMD -MF $out.d -MT $out -c $in -o $out.part && mv -f $out.part $out\n"
		"  depfile = $out.d\n  description = compile $in for the GPU\n\n");
	text_add(out, "rule tables\n  command = $cc -x c -std=gnu11 -O2 -g -Wall -Wextra $include_flags $flags -MMD -MF $out.d -MQ $out -c $in -o $out.part && mv -f $out.part $out\n"
		"  depfile = $out.d\n  description = compile $in\n\n");
}

void ninja_cu_edges(struct build *b, const struct program *pr, struct text *out)
{
	ninja_compile(b, pr, "tables", "trainer.cu", "trainer.o", out);
	ninja_compile(b, pr, "nvcc", "trainer.cu", "device.o", out);
	ninja_link(b, pr, (const char *const[]){"trainer.o", "device.o", NULL}, "$library", "$cuda_flags", out);
	text_add(out, "  link_flags = -Wl,--gc-sections\n");
}
