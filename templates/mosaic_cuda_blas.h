/* mosaic_cuda_blas.h: products of matrices by cublasLt, for programs with gpu_products = cublas or precision = tf32 or bf16: MOSAIC_BLAS is BLAS_EXACT_TYPE, BLAS_TF32
** or BLAS_BF16. The library is opened when the trainer starts, so that programs are built, and say what is missing, where there is none. A bias is added in its
** epilogue. Its sums have an order of their own, the same for one library, GPU and shape.
** bf16: operands are rounded on their way, sums, results and weights are float32. The rounded copy of what lies at byte b of a training's memory is at b / 2 of blas_.copy. */
#ifndef MOSAIC_CUDA_BLAS_H
#define MOSAIC_CUDA_BLAS_H
#include <cublasLt.h>

enum { BLAS_EXACT_TYPE = 1, BLAS_TF32, BLAS_BF16 };
enum { BLAS_WORKSPACE = 32 << 20 };
struct blas_region_ { const char *at; size_t bytes; char *copy; };
static struct {
	cublasLtHandle_t handle;
	void *workspace;
	struct blas_region_ region[2];               /* the training, and a batch */
#ifdef __CUDACC__
	decltype(&cublasLtCreate) create;
	decltype(&cublasLtMatmul) matmul;
	decltype(&cublasLtMatmulDescCreate) desc_create;
	decltype(&cublasLtMatmulDescSetAttribute) desc_set;
	decltype(&cublasLtMatmulDescDestroy) desc_destroy;
	decltype(&cublasLtMatrixLayoutCreate) layout_create;
	decltype(&cublasLtMatrixLayoutSetAttribute) layout_set;
	decltype(&cublasLtMatrixLayoutDestroy) layout_destroy;
	decltype(&cublasLtMatmulPreferenceCreate) preference_create;
	decltype(&cublasLtMatmulPreferenceSetAttribute) preference_set;
	decltype(&cublasLtMatmulPreferenceDestroy) preference_destroy;
	decltype(&cublasLtMatmulAlgoGetHeuristic) heuristic;
#endif
} blas_;

#ifdef __CUDACC__
#include <dlfcn.h>
#define BLAS_TEXT_(x) #x
#define BLAS_NAME_(major) "libcublasLt.so." BLAS_TEXT_(major)

static bool blas_find_()
{
	const char *name = BLAS_NAME_(CUBLAS_VER_MAJOR);
	void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return fails_("GPU: %s cannot be opened: %s; it comes with CUDA's cuBLAS, LD_LIBRARY_PATH may name its folder; gpu_products = exact does without", name, dlerror());
#define FIND(member, function) \
	*(void **)&blas_.member = dlsym(library, #function); \
	if (!blas_.member) \
		return fails_("GPU: %s has no %s", name, #function);
	FIND(create, cublasLtCreate)
	FIND(matmul, cublasLtMatmul)
	FIND(desc_create, cublasLtMatmulDescCreate)
	FIND(desc_set, cublasLtMatmulDescSetAttribute)
	FIND(desc_destroy, cublasLtMatmulDescDestroy)
	FIND(layout_create, cublasLtMatrixLayoutCreate)
	FIND(layout_set, cublasLtMatrixLayoutSetAttribute)
	FIND(layout_destroy, cublasLtMatrixLayoutDestroy)
	FIND(preference_create, cublasLtMatmulPreferenceCreate)
	FIND(preference_set, cublasLtMatmulPreferenceSetAttribute)
	FIND(preference_destroy, cublasLtMatmulPreferenceDestroy)
	FIND(heuristic, cublasLtMatmulAlgoGetHeuristic)
#undef FIND
	return true;
}
#define BLAS(member, function) blas_.member
#else
static bool blas_find_() { return emulated_cublas() || fails_("GPU: libcublasLt cannot be opened: it is not emulated"); }
#define BLAS(member, function) function
#endif

static bool blas_good_(cublasStatus_t status, const char *what)
{
	return status == CUBLAS_STATUS_SUCCESS ? !*failure_text_ : fails_("GPU: cuBLAS: %s: error %d", what, (int)status);
}

/* Memory whose parts are multiplied; before any step is captured. */
static bool blas_open_(const void *training, size_t training_bytes, const void *batch, size_t batch_bytes)
{
	if (!blas_find_() || !blas_good_(BLAS(create, cublasLtCreate)(&blas_.handle), "opening it"))
		return false;
	blas_.workspace = alloc_(BLAS_WORKSPACE);
	blas_.region[0] = {(const char *)training, training_bytes, NULL};
	blas_.region[1] = {(const char *)batch, batch_bytes, NULL};
	for (int i = 0; MOSAIC_BLAS == BLAS_BF16 && i < 2; i++)
		if (!(blas_.region[i].copy = (char *)alloc_(blas_.region[i].bytes / 2 + 16)))
			return false;
	return blas_.workspace != NULL;
}

static void blas_close_()
{
	release_(blas_.workspace);
	for (int i = 0; i < 2; i++)
		release_(blas_.region[i].copy);
	memset(&blas_, 0, sizeof blas_);             /* the library stays */
}

/* ---- bf16 ------------------------------------------------------------------------------------ */

/* To the nearest, to even between two. */
static __device__ __forceinline__ uint16_t bf16_of_(scalar x)
{
	const float f = (float)x;
	uint32_t bits;
	__builtin_memcpy(&bits, &f, sizeof bits);
	if ((bits & 0x7fffffffu) > 0x7f800000u)
		return (uint16_t)(bits >> 16 | 0x40);
	return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* `rows` rows of `columns`, `stride` apart, in place of one below the other at half the distance. */
__global__ void round_to_bf16_(int rows, int columns, ptrdiff_t stride, const scalar *from, uint16_t *to)
{
	for (int64_t at = thread_(); at < (int64_t)rows * columns; at += (int64_t)gridDim.x * blockDim.x) {
		const int64_t place = at / columns * stride + at % columns;
		to[place] = bf16_of_(from[place]);
	}
}

static uint16_t *bf16_copy_(const scalar *at)
{
	for (int i = 0; i < 2; i++)
		if ((const char *)at >= blas_.region[i].at && (const char *)at < blas_.region[i].at + blas_.region[i].bytes)
			return (uint16_t *)(blas_.region[i].copy + ((const char *)at - blas_.region[i].at) / 2);
	return NULL;
}

/* `count` matrices of `rows` x `columns` as they lie; NULL: not in a training's memory. */
static const void *rounded_(int count, ptrdiff_t apart, int rows, int columns, ptrdiff_t stride, const scalar *from)
{
	const int64_t most = 1 << 20;                /* threads; each takes several numbers of a large matrix */
	uint16_t *to = bf16_copy_(from);
	if (to && count > 1 && apart == rows * stride) {
		rows *= count;
		count = 1;
	}
	const int64_t numbers = (int64_t)rows * columns;
	for (int p = 0; to && p < count; p++)
		LAUNCH(round_to_bf16_, numbers < most ? numbers : most, rows, columns, stride, from + p * apart, to + p * apart);
	return to;
}

/* ---- products -------------------------------------------------------------------------------- */

/* A matrix as cublasLt sees it, column by column: `rows` numbers stand side by side. */
static bool blas_layout_(cublasLtMatrixLayout_t *layout, cudaDataType type, int rows, int columns, ptrdiff_t ld, int count, ptrdiff_t apart)
{
	const int32_t batches = count;
	const int64_t offset = apart;
	return blas_good_(BLAS(layout_create, cublasLtMatrixLayoutCreate)(layout, type, (uint64_t)rows, (uint64_t)columns, ld), "a matrix") &&
		blas_good_(BLAS(layout_set, cublasLtMatrixLayoutSetAttribute)(*layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &batches, sizeof batches), "a matrix") &&
		blas_good_(BLAS(layout_set, cublasLtMatrixLayoutSetAttribute)(*layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &offset, sizeof offset), "a matrix");
}

static uint32_t aligned_to_(const void *at)
{
	const uintptr_t low = (uintptr_t)at & -(uintptr_t)at;
	return low == 0 || low > 256 ? 256 : (uint32_t)low;
}

/* Is a b with these strides something that the library knows? Rows of the result side by side, one of a's and b's strides 1. */
static bool blas_takes_(const struct gemm_ &g)
{
	return g.y_j == 1 && (g.a_i == 1 || g.a_k == 1) && (g.b_k == 1 || g.b_j == 1) && (!g.from || (g.from == g.y && g.from_i == g.y_i) || g.from_i == 0);
}

/* Our y lies row by row: turned it is what cublasLt sees, y' = b' a'. False: it has no way for this shape, and nothing was done. */
static bool blas_gemm_(const struct gemm_ &g)
{
	const bool bf16 = MOSAIC_BLAS == BLAS_BF16, adds = g.from && g.from == g.y, bias = g.from && !adds, turn_b = g.b_j != 1, turn_a = g.a_k != 1;
	const cudaDataType kind = sizeof(scalar) == 8 ? CUDA_R_64F : CUDA_R_32F, in = bf16 ? CUDA_R_16BF : kind;
	const cublasComputeType_t compute = sizeof(scalar) == 8 ? CUBLAS_COMPUTE_64F : MOSAIC_BLAS == BLAS_TF32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
	const int rows_a = turn_a ? g.k : g.m, columns_a = turn_a ? g.m : g.k, rows_b = turn_b ? g.n : g.k, columns_b = turn_b ? g.k : g.n;
	const ptrdiff_t lda = rows_a > 1 ? turn_a ? g.a_k : g.a_i : columns_a, ldb = rows_b > 1 ? turn_b ? g.b_j : g.b_k : columns_b, ldy = g.m > 1 ? g.y_i : g.n;
	const void *a = bf16 ? rounded_(g.count, g.a_p, rows_a, columns_a, lda, g.a) : g.a, *b = bf16 ? rounded_(g.count, g.b_p, rows_b, columns_b, ldb, g.b) : g.b;
	cublasLtMatmulDesc_t op = NULL;
	cublasLtMatrixLayout_t of_b = NULL, of_a = NULL, of_y = NULL;
	cublasLtMatmulPreference_t preference = NULL;
	cublasLtMatmulHeuristicResult_t found;
	int count = 0;
	const cublasOperation_t turned = CUBLAS_OP_T;
	const cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_BIAS;
	const void *bias_at = g.from;
	const size_t workspace = BLAS_WORKSPACE;
	const uint32_t least_a = aligned_to_(b), least_b = aligned_to_(a), least_y = aligned_to_(g.y), least_d = bias && aligned_to_(bias_at) < least_y ? aligned_to_(bias_at) : least_y;
	bool ok = a && b && blas_good_(BLAS(desc_create, cublasLtMatmulDescCreate)(&op, compute, kind), "a product");
#define SET(attribute, value) ok = ok && blas_good_(BLAS(desc_set, cublasLtMatmulDescSetAttribute)(op, attribute, &value, sizeof value), "a product")
	if (turn_b)
		SET(CUBLASLT_MATMUL_DESC_TRANSA, turned);
	if (turn_a)
		SET(CUBLASLT_MATMUL_DESC_TRANSB, turned);
	if (bias) {
		SET(CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue);
		SET(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias_at);
	}
#undef SET
	ok = ok && blas_layout_(&of_b, in, columns_b, rows_b, ldb, g.count, g.b_p) && blas_layout_(&of_a, in, columns_a, rows_a, lda, g.count, g.a_p) &&
		blas_layout_(&of_y, kind, g.n, g.m, ldy, g.count, g.y_p);
	ok = ok && blas_good_(BLAS(preference_create, cublasLtMatmulPreferenceCreate)(&preference), "a product");
#define PREFER(attribute, value) ok = ok && blas_good_(BLAS(preference_set, cublasLtMatmulPreferenceSetAttribute)(preference, attribute, &value, sizeof value), "a product")
	PREFER(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace);
	PREFER(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, least_a);
	PREFER(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, least_b);
	PREFER(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, least_y);
	PREFER(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, least_d);
#undef PREFER
	ok = ok && BLAS(heuristic, cublasLtMatmulAlgoGetHeuristic)(blas_.handle, op, of_b, of_a, of_y, of_y, preference, 1, &found, &count) == CUBLAS_STATUS_SUCCESS && count > 0;
	if (ok) {
		const scalar one = 1, beta = adds;
		blas_good_(BLAS(matmul, cublasLtMatmul)(blas_.handle, op, &one, b, of_b, a, of_a, &beta, g.y, of_y, g.y, of_y, &found.algo, blas_.workspace, BLAS_WORKSPACE, stream_), "a product");
	}
	if (preference)
		BLAS(preference_destroy, cublasLtMatmulPreferenceDestroy)(preference);
	for (cublasLtMatrixLayout_t layout : {of_b, of_a, of_y})
		if (layout)
			BLAS(layout_destroy, cublasLtMatrixLayoutDestroy)(layout);
	if (op)
		BLAS(desc_destroy, cublasLtMatmulDescDestroy)(op);
	return ok;
}
#endif
