/* gemm.c: the matrix products of trainers with large layers, by OpenBLAS, one thread. Linked by these trainers only.
** OpenBLAS 0.3.21 takes recent Xeons for its oldest core and is then several times slower, and its bits differ between core types: the
** type is chosen here, before OpenBLAS's own constructor looks, unless OPENBLAS_CORETYPE says otherwise. */
#include <cblas.h>
#include <stdlib.h>
#include <string.h>

void mosaic_sgemm(int at, int bt, int m, int n, int k, const float *a, int lda, const float *b, int ldb, int add, float *y, int ldy);
void mosaic_dgemm(int at, int bt, int m, int n, int k, const double *a, int lda, const double *b, int ldb, int add, double *y, int ldy);

void mosaic_sgemm(int at, int bt, int m, int n, int k, const float *a, int lda, const float *b, int ldb, int add, float *y, int ldy)
{
	cblas_sgemm(CblasRowMajor, at ? CblasTrans : CblasNoTrans, bt ? CblasTrans : CblasNoTrans, m, n, k, 1, a, lda, b, ldb, (float)add, y, ldy);
}

void mosaic_dgemm(int at, int bt, int m, int n, int k, const double *a, int lda, const double *b, int ldb, int add, double *y, int ldy)
{
	cblas_dgemm(CblasRowMajor, at ? CblasTrans : CblasNoTrans, bt ? CblasTrans : CblasNoTrans, m, n, k, 1, a, lda, b, ldb, (double)add, y, ldy);
}

#if defined __x86_64__
/* Sets a variable in the environment block itself: setenv is not ready this early. The block has no room to grow, so the pointers move. */
static void choose_core(int argc, char **argv, char **envp)
{
	static char core_avx512[] = "OPENBLAS_CORETYPE=SKYLAKEX", core_avx2[] = "OPENBLAS_CORETYPE=HASWELL", one_thread[] = "OPENBLAS_NUM_THREADS=1";
	enum { ROOM = 4096 };
	static char *block[ROOM];
	extern char **environ;
	int count = 0;
	(void)argc, (void)argv;
	for (char **e = envp; e && *e && count < ROOM - 3; e++) {
		if (strncmp(*e, "OPENBLAS_CORETYPE=", 18) == 0)
			core_avx512[0] = core_avx2[0] = 0;
		if (strncmp(*e, "OPENBLAS_NUM_THREADS=", 21) != 0)
			block[count++] = *e;
	}
	__builtin_cpu_init();
	if (core_avx512[0] && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
		block[count++] = core_avx512;
	else if (core_avx2[0] && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		block[count++] = core_avx2;
	block[count++] = one_thread;
	block[count] = NULL;
	environ = block;
}

__attribute__((section(".preinit_array"), used)) static void (*const choose_core_first)(int, char **, char **) = choose_core;
#endif
