/* macros.c: names that the headers of a trainer define as macros, on any system that we know: no variable and no size may be called so.
** tests/ops compares the list with what the compilers say. */
#include "plan.h"

#include <string.h>

/* By their first letters: those of our own headers, and the families of stdint.h. */
static const char *const families[] = {
	"MOSAIC_", "mosaic_", "NN_", "nn_", "POLY", "FMA_", "gemm_", "GEMM_", "va_", "INT8", "INT16", "INT32", "INT64", "INTMAX", "INTPTR", "INT_FAST",
	"INT_LEAST", "UINT8", "UINT16", "UINT32", "UINT64", "UINTMAX", "UINTPTR", "UINT_FAST", "UINT_LEAST", "SIG_ATOMIC", "WCHAR_M", "WINT_M",
	"PTRDIFF_M", "SEEK_", "L_", "RENAME_"};
static const char *const macros[] = {
	"BUFSIZ", "EOF", "ATTENTION_H", "ERF_SMALL", "EXPONENT_BIAS", "EXP_MAX", "EXP_MIN", "FILENAME_MAX", "FOPEN_MAX", "FORWARD", "HAVE_FMA", "IN_VECTORS", "K", "KBITS",
	"LANES", "LAYER", "MANTISSA_BITS", "NULL", "OFFSET", "P_tmpdir", "R", "RECURRENT_H", "RANDOM_FN", "REAL64", "REAL_FN", "REAL_H", "REAL_VECTOR", "REGISTER_BYTES", "ROWS_H", "R_INF",
	"R_NAN", "SAMPLES", "SCALAR_BYTES", "SCALAR_FN", "SIGN_BIT", "SIZE_MAX", "SMALL_NETWORK", "TMP_MAX", "TRIG_MAX", "WIDE_BYTES", "WIDE_LANES", "WIDE_VECTOR", "bool", "exp_p", "false",
	"fma_p", "linux", "max_p", "offsetof", "splat_p", "stderr", "stdin", "stdout", "true", "unix",
	/* enumerators of the trainer's own */
	"ACCUMULATE", "BATCH", "GROUPS", "HISTORY", "PART", "PARTS", "PLACES", "PREDICTED", "SAMPLES_AT_ONCE", "SAMPLES_TOGETHER", "TRAINED", "TRAINED_WIDES", "WORKERS"};

bool name_is_macro(const char *name)
{
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (strncmp(name, families[i], strlen(families[i])) == 0)
			return true;
	for (size_t i = 0; i < sizeof macros / sizeof *macros; i++)
		if (strcmp(name, macros[i]) == 0)
			return true;
	return false;
}

/* What CUDA programs have besides: keywords of C++, and names of mosaic_cuda.h and of trainer.cu. */
bool name_is_cuda(const char *name)
{
	static const char *const names[] = {
		"alignas", "alignof", "and", "asm", "bitand", "bitor", "catch", "char16_t", "char32_t", "class", "compl", "const_cast", "constexpr", "decltype",
		"delete", "dynamic_cast", "explicit", "export", "friend", "mutable", "namespace", "new", "noexcept", "not", "nullptr", "operator", "or", "private",
		"protected", "public", "reinterpret_cast", "static_assert", "static_cast", "template", "this", "throw", "try", "typeid", "typename", "using",
		"virtual", "wchar_t", "xor", "at_", "feed", "sums", "scalars", "hyper", "thread_", "restrict",
		"COLUMNS", "EACH_IO", "EACH_PREDICTION", "GATHER", "GET", "HYPERS", "INPUTS", "IOS", "BLAS", "LAUNCH", "LAUNCH_BLOCKS", "LAUNCH_ROWS", "MOSAIC_RUNS", "PARAMS", "PLACE", "PREDICTIONS", "PUT",
		"RUNS_MAX", "SCALARS", "STATE", "STATE_ARRAYS", "THREADS", "UNROLL", "UNROLL_4"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}
