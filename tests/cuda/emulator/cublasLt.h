/* cublasLt.h of the emulator: what mosaic_cuda_blas.h calls, as plain loops on the CPU, in an order of sums that is not the kernels'. MOSAIC_EMULATOR_CUBLAS=0: there is no
** such library. Numbers of tf32 are rounded to its ten bits. */
#ifndef EMULATED_CUBLASLT_H
#define EMULATED_CUBLASLT_H
#include <cuda_runtime.h>

#define CUBLAS_VER_MAJOR 0
enum cublasStatus_t { CUBLAS_STATUS_SUCCESS = 0, CUBLAS_STATUS_INVALID_VALUE = 7, CUBLAS_STATUS_NOT_SUPPORTED = 15 };
enum cudaDataType { CUDA_R_32F, CUDA_R_64F, CUDA_R_16BF };
enum cublasComputeType_t { CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_FAST_TF32, CUBLAS_COMPUTE_64F };
enum cublasOperation_t { CUBLAS_OP_N, CUBLAS_OP_T };
enum cublasLtEpilogue_t { CUBLASLT_EPILOGUE_DEFAULT = 1, CUBLASLT_EPILOGUE_BIAS = 4 };
enum { CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET };
enum { CUBLASLT_MATMUL_DESC_TRANSA, CUBLASLT_MATMUL_DESC_TRANSB, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_MATMUL_DESC_BIAS_POINTER };
enum { CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
	CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES };
typedef int *cublasLtHandle_t, *cublasLtMatmulPreference_t;
struct emulated_product { cublasComputeType_t compute; int turn[2], epilogue; const void *bias; };
struct emulated_matrix { cudaDataType type; uint64_t rows, columns; int64_t ld, apart; int32_t count; };
typedef emulated_product *cublasLtMatmulDesc_t;
typedef emulated_matrix *cublasLtMatrixLayout_t;
struct cublasLtMatmulAlgo_t { int number; };
struct cublasLtMatmulHeuristicResult_t { cublasLtMatmulAlgo_t algo; };

static inline bool emulated_cublas() { return emulated_number("MOSAIC_EMULATOR_CUBLAS", 1) != 0; }
static inline cublasStatus_t cublasLtCreate(cublasLtHandle_t *h) { *h = NULL; return CUBLAS_STATUS_SUCCESS; }
static inline cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t *d, cublasComputeType_t compute, cudaDataType)
{
	*d = new emulated_product{compute, {0, 0}, 1, NULL};
	return CUBLAS_STATUS_SUCCESS;
}
static inline cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t d, int which, const void *value, size_t)
{
	if (which == CUBLASLT_MATMUL_DESC_BIAS_POINTER)
		memcpy(&d->bias, value, sizeof d->bias);
	else
		memcpy(which == CUBLASLT_MATMUL_DESC_EPILOGUE ? &d->epilogue : &d->turn[which], value, sizeof(int));
	return CUBLAS_STATUS_SUCCESS;
}
static inline cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t d) { delete d; return CUBLAS_STATUS_SUCCESS; }
static inline cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t *m, cudaDataType type, uint64_t rows, uint64_t columns, int64_t ld)
{
	if (!rows || !columns || ld < (int64_t)rows)
		return CUBLAS_STATUS_INVALID_VALUE;
	*m = new emulated_matrix{type, rows, columns, ld, 0, 1};
	return CUBLAS_STATUS_SUCCESS;
}
static inline cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t m, int which, const void *value, size_t bytes)
{
	memcpy(which == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT ? (void *)&m->count : (void *)&m->apart, value, bytes);
	return CUBLAS_STATUS_SUCCESS;
}
static inline cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t m) { delete m; return CUBLAS_STATUS_SUCCESS; }
static inline cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t *p) { *p = new int(0); return CUBLAS_STATUS_SUCCESS; }
static inline cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t, int, const void *, size_t) { return CUBLAS_STATUS_SUCCESS; }
static inline cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t p) { delete p; return CUBLAS_STATUS_SUCCESS; }
static inline cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t d, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t,
	cublasLtMatmulPreference_t, int, cublasLtMatmulHeuristicResult_t *, int *count)
{
	const uint64_t m = d->turn[0] ? a->columns : a->rows, k = d->turn[0] ? a->rows : a->columns, n = d->turn[1] ? b->rows : b->columns;
	*count = 1;
	return m == c->rows && n == c->columns && k == (d->turn[1] ? b->columns : b->rows) && a->count == c->count && b->count == c->count ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}
static inline double emulated_value(const emulated_matrix &m, const void *at, int64_t i, int64_t j, int p, bool tf32)
{
	const int64_t place = p * m.apart + j * m.ld + i;
	uint32_t bits;
	float x;
	if (m.type == CUDA_R_64F)
		return ((const double *)at)[place];
	if (m.type == CUDA_R_16BF)
		bits = (uint32_t)((const uint16_t *)at)[place] << 16;
	else
		memcpy(&bits, (const float *)at + place, sizeof bits);
	if (tf32)
		bits = (bits + 0x1000) & 0xffffe000u;
	memcpy(&x, &bits, sizeof x);
	return x;
}
static inline cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t op, const void *, const void *a, cublasLtMatrixLayout_t of_a, const void *b, cublasLtMatrixLayout_t of_b, const void *beta,
	const void *, cublasLtMatrixLayout_t, void *y, cublasLtMatrixLayout_t of_y, const cublasLtMatmulAlgo_t *, void *, size_t, cudaStream_t s)
{
	const emulated_product d = *op;
	const emulated_matrix ma = *of_a, mb = *of_b, my = *of_y;
	const bool doubles = my.type == CUDA_R_64F, tf32 = d.compute == CUBLAS_COMPUTE_32F_FAST_TF32, adds = doubles ? *(const double *)beta != 0 : *(const float *)beta != 0;
	emulated_do(s, [=] {
		const int64_t depth = (int64_t)(d.turn[0] ? ma.rows : ma.columns);
		for (int p = 0; p < my.count; p++)
			for (int64_t j = 0; j < (int64_t)my.columns; j++)
				for (int64_t i = 0; i < (int64_t)my.rows; i++) {
					double sum = adds ? emulated_value(my, y, i, j, p, false) : 0;
					for (int64_t k = depth - 1; k >= 0; k--)
						sum += emulated_value(ma, a, d.turn[0] ? k : i, d.turn[0] ? i : k, p, tf32) * emulated_value(mb, b, d.turn[1] ? j : k, d.turn[1] ? k : j, p, tf32);
					if (d.epilogue == CUBLASLT_EPILOGUE_BIAS)
						sum += doubles ? ((const double *)d.bias)[i] : (double)((const float *)d.bias)[i];
					if (doubles)
						((double *)y)[p * my.apart + j * my.ld + i] = sum;
					else
						((float *)y)[p * my.apart + j * my.ld + i] = (float)sum;
				}
	});
	return emulated.error ? CUBLAS_STATUS_INVALID_VALUE : CUBLAS_STATUS_SUCCESS;
}
#endif
