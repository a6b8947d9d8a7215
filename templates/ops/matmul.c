/* Op: matmul
** y = a b, with a or b taken transposed (attr ta, tb). Axes before the last two are batches: equal in both, or absent in b.
** Its gradients are products of the same kind, so that second derivatives cost no further kernel. */
#ifdef OP_RULES

static bool matmul_flag(const struct node *n, int which)
{
	return n->attr[which].count && n->attr[which].i[0];
}

/* Where the samples stand in the result. They must meet each other in the inner and leading axes, may stand in one axis of the result only,
** and first of those that a body walks as one. */
static bool matmul_batch(const struct shape *a, const struct shape *b, bool at, bool bt, struct shape *r, struct text *why)
{
	int ra = a->rank, rb = b->rank, row = at ? ra - 1 : ra - 2, column = bt ? rb - 2 : rb - 1;
	bool in_rows = a->batch == row, in_columns = b->batch == column, in_lead = a->batch >= 0 && a->batch < ra - 2;
	bool inner = (a->batch >= 0 && !in_rows && !in_lead) == (b->batch >= rb - 2 && !in_columns);
	bool lead = rb == 2 || (in_lead ? b->batch == a->batch : b->batch < 0 || b->batch >= rb - 2);
	bool first = !(in_lead && a->batch > 0) && !(in_rows && rb == 2 && ra > 2);
	if (!inner || !lead || !first || in_rows + in_columns + in_lead > 1) {
		text_add(why, "matmul of shapes ");
		shape_text(a, why);
		text_add(why, " and ");
		shape_text(b, why);
		text_add(why, first ? ": the samples do not stand in the same axis" : ": the samples must stand in the first axis");
		return false;
	}
	r->batch = in_columns ? ra - 1 : in_rows ? ra - 2 : in_lead ? a->batch : -1;
	return true;
}

static bool matmul_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *a = &n->in[0]->shape, *b = &n->in[1]->shape;
	bool at = matmul_flag(n, 0), bt = matmul_flag(n, 1);
	if (a->rank < 2 || b->rank < 2 || (b->rank > 2 && b->rank != a->rank)) {
		text_printf(why, "matmul of %d and %d axes; both need at least 2, and as many leading axes", a->rank, b->rank);
		return false;
	}
	int ra = a->rank, rb = b->rank;
	if (at && ra > 2 && rb == 2) {
		text_add(why, "a transposed matrix with leading axes times one without");
		return false;
	}
	int64_t ka = a->dim[at ? ra - 2 : ra - 1], kb = b->dim[bt ? rb - 1 : rb - 2];
	bool lead = true;
	for (int i = 0; rb > 2 && i < ra - 2; i++)
		lead = lead && a->dim[i] == b->dim[i];
	if (ka != kb || !lead) {
		text_add(why, "matmul of shapes ");
		shape_text(a, why);
		text_add(why, at ? " transposed and " : " and ");
		shape_text(b, why);
		text_add(why, bt ? " transposed: the inner sizes differ" : lead ? ": the inner sizes differ" : ": the leading axes differ");
		text_add(why, lead ? "\nthe columns of the first are as many as the rows of the second; nn_transpose swaps two axes" : "\nthey are the same in both, or 1 in one; or the second has none");
		return false;
	}
	struct shape r = *a;
	r.dim[ra - 2] = a->dim[at ? ra - 1 : ra - 2];
	r.dim[ra - 1] = b->dim[bt ? rb - 2 : rb - 1];
	if (!matmul_batch(a, b, at, bt, &r, why))
		return false;
	*out = r;
	return true;
}

static double matmul_flops(const struct node *n)
{
	const struct shape *a = &n->in[0]->shape;
	return 2.0 * (double)shape_count(&n->shape) * (double)a->dim[matmul_flag(n, 0) ? a->rank - 2 : a->rank - 1];
}

/* How many times as many columns as there are a tile computes. */
static double wasted(int64_t columns)
{
	enum { WIDE = 16 };
	return (double)((columns + WIDE - 1) / WIDE * WIDE) / (double)columns;
}

static bool matmul_row(const struct node *n)
{
	const struct shape *a = &n->in[0]->shape;
	return a->rank == 2 && a->batch == 0 && a->dim[0] == 1;
}

/* Large as a layer is: by its weights, or by their gradient's. */
static bool matmul_large(const struct node *n)
{
	const int last = n->shape.rank - 1;
	if (n->in[1]->shape.rank > 2 || (matmul_row(n) && matmul_flag(n, 0)))
		return false;
	if (matmul_flag(n, 0) && !matmul_flag(n, 1))
		return shape_count(&n->shape) > LARGE_FROM && n->shape.dim[last] > 1;
	return shape_count(&n->in[1]->shape) > LARGE_FROM;
}

/* How many matrices there are. */
static double matmul_count(const struct node *n)
{
	const int last = n->shape.rank - 1;
	return (double)(shape_count(&n->shape) / (n->shape.dim[last] * n->shape.dim[last - 1]));
}

/* With one sample the inner or outer axis is 1: a row times a matrix, or an outer product. */
static const char *matmul_kernel(const struct node *n)
{
	const bool at = matmul_flag(n, 0), bt = matmul_flag(n, 1);
	const bool many = n->in[1]->shape.rank > 2, gemm = matmul_flops(n) / 2 >= GEMM_FROM * (many ? matmul_count(n) : 1);
	static const char *const names[][4] = {{"matmul_nn", "matmul_nt", "matmul_tn", "matmul_tt"}, {"matmul_nn_gemm", "matmul_nt_gemm", "matmul_tn_gemm", "matmul_tt_gemm"}};
	static const char *const batches[][4] = {{"matmul_batch_nn", "matmul_batch_nt", "matmul_batch_tn", "matmul_batch_tt"},
		{"matmul_batch_nn_gemm", "matmul_batch_nt_gemm", "matmul_batch_tn_gemm", "matmul_batch_tt_gemm"}};
	if (many)
		return batches[gemm][2 * at + bt];
	if (matmul_row(n) && at)
		return bt ? "matmul_tt" : n->in[1]->shape.batch == 0 ? "outer_1" : "matmul_tn";
	if (matmul_row(n))
		return matmul_large(n) ? (bt ? "matmul_nt_1_gemm" : "matmul_nn_1_gemm") : bt ? "matmul_nt_1" : "matmul_nn_1";
	const int64_t columns = n->shape.dim[n->shape.rank - 1], rows = shape_count(&n->shape) / columns;
	if (gemm && at && !bt && wasted(columns) > wasted(rows))
		return "matmul_tn_gemm_across";
	return names[gemm][2 * at + bt];
}

static struct node *matmul_build(struct graph *g, struct node *a, struct node *b, bool at, bool bt, struct place place)
{
	struct attr f[ATTR_MAX] = {{.i = {at}, .count = 1}, {.i = {bt}, .count = 1}};
	return g_op(g, "matmul", 2, (struct node *[]){a, b}, f, place);
}

/* y = A B with A = a or a', B = b or b'. dA = dy B', dB = A' dy; a stored transposed takes the transpose of that. */
static void matmul_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	bool at = matmul_flag(n, 0), bt = matmul_flag(n, 1);
	struct node *a = n->in[0], *b = n->in[1];
	dx[0] = at ? matmul_build(g, b, dy, bt, true, n->at) : matmul_build(g, dy, b, false, !bt, n->at);
	if (a->shape.rank > 2 && b->shape.rank == 2 && !at) {
		a = linear_rows(g, a);
		dy = linear_rows(g, dy);
	}
	dx[1] = bt ? matmul_build(g, dy, a, true, at, n->at) : matmul_build(g, a, dy, !at, false, n->at);
}

static bool matmul_test(int variant, struct shape *in, struct attr *attr)
{
	static const int64_t shapes[][2][3] = {{{0, 3, 4}, {0, 4, 2}}, {{0, 4, 3}, {0, 4, 2}}, {{0, 3, 4}, {0, 2, 4}}, {{0, 4, 3}, {0, 2, 4}},
		{{5, 3, 4}, {5, 4, 2}}, {{5, 4, 3}, {5, 4, 2}}, {{5, 3, 4}, {5, 2, 4}}, {{5, 4, 3}, {5, 2, 4}}, {{5, 3, 4}, {0, 4, 2}}};
	/* sizes that tiles have remainders of, in rows, columns and depth; few rows; few columns */
	static const int64_t large[][3] = {{21, 17, 3}, {3, 20, 5}, {18, 3, 4}};
	const int many = (int)(sizeof shapes / sizeof *shapes), tiled = variant - many, way = tiled < 0 ? variant == 8 ? 0 : variant % 4 : tiled % 4;
	const bool at = way == 1 || way == 3, bt = way >= 2;
	if (tiled >= 4 * (int)(sizeof large / sizeof *large))
		return false;
	for (int k = 0; k < 2 && tiled < 0; k++)
		in[k] = shapes[variant][k][0] ? shape_of(3, shapes[variant][k]) : shape_of(2, shapes[variant][k] + 1);
	if (tiled >= 0) {
		const int64_t *s = large[tiled / 4];
		in[0] = shape_of(2, (int64_t[]){at ? s[2] : s[0], at ? s[0] : s[2]});
		in[1] = shape_of(2, (int64_t[]){bt ? s[1] : s[2], bt ? s[2] : s[1]});
	}
	attr[0] = (struct attr){.i = {at}, .count = 1};
	attr[1] = (struct attr){.i = {bt}, .count = 1};
	return true;
}

static const struct op op_matmul = {
	.name = "matmul",
	.class = OP_KERNEL,
	.inputs = 2,
	.synopsis = "y = a b of the last two axes; `ta`, `tb`: of the transposed", .doc = "da = dy b', db = a' dy; b without leading axes: summed over them",
	.attrs = {"ta:bool", "tb:bool"},
	.shape = matmul_shape,
	.grad = matmul_grad,
	.kernel = matmul_kernel,
	.large = matmul_large,
	.flop_count = matmul_flops,
	.test_inputs = matmul_test,
	.low = -1, .high = 1,
};

/* x with leading axes stretched to those of `lead`. */
static struct node *matmul_stretched(struct node *x, const struct shape *lead)
{
	struct attr a[ATTR_MAX] = {{.count = lead->rank + 2}, {.i = {lead->batch}, .count = 1}};
	int extra = lead->rank + 2 - x->shape.rank;
	bool same = !extra;
	for (int i = 0; i < lead->rank + 2; i++) {
		a[0].i[i] = i < lead->rank ? lead->dim[i] : x->shape.dim[i - extra];
		same = same && a[0].i[i] == x->shape.dim[i];
	}
	if (lead->batch < 0 && x->shape.batch >= 0)
		a[1].i[0] = x->shape.batch + extra;
	return same ? x : trace_op(op_find("expand"), 1, &x, a);
}

/* Matrix product of the last two axes: [...,M,K] times [...,K,N] or [K,N]. Leading axes broadcast; a tensor of one axis is a row on the left, a column on the right. */
NN_API nn_tensor nn_matmul(nn_tensor a, nn_tensor b)
{
	struct node *x = trace_arg(a, "a", 1, RANK_MAX), *y = trace_arg(b, "b", 1, RANK_MAX);
	if (x->shape.rank == 1 && y->shape.rank == 1)
		return nn_sum(nn_mul(x, y));
	if (x->shape.rank == 1)
		return nn_squeeze(nn_matmul(nn_unsqueeze(x, 0), y), -2);
	if (y->shape.rank == 1)
		return nn_squeeze(nn_matmul(x, nn_unsqueeze(y, 1)), -1);
	struct shape lead_x = x->shape, lead_y = y->shape, lead;
	lead_x.rank -= 2;
	lead_y.rank -= 2;
	lead_x.batch = lead_x.batch < lead_x.rank ? lead_x.batch : -1;
	lead_y.batch = lead_y.batch < lead_y.rank ? lead_y.batch : -1;
	if (y->shape.rank > 2 && shape_broadcast(&lead_x, &lead_y, &lead)) {
		x = matmul_stretched(x, &lead);
		y = matmul_stretched(y, &lead);
	}
	return trace_op(&op_matmul, 2, (struct node *[]){x, y}, NULL);
}
#endif

#ifdef OP_C
#include "real.h"
#include "gemm.h"

void matmul_nn(int M, int N, int K, const real a[M][K], const real b[K][N], real y[M][N])
{	/* @body matmul_nn */
	for (int i = 0; i < M; i++)
		for (int j = 0; j < N; j++) {
			real s = splat_(0);
			for (int k = 0; k < K; k++)
				s = fma_(a[i][k], b[k][j], s);
			y[i][j] = s;
		}
}	/* @end */

void matmul_tn(int M, int N, int K, const real a[K][M], const real b[K][N], real y[M][N])
{	/* @body matmul_tn */
	for (int i = 0; i < M; i++)
		for (int j = 0; j < N; j++) {
			real s = splat_(0);
			for (int k = 0; k < K; k++)
				s = fma_(a[k][i], b[k][j], s);
			y[i][j] = s;
		}
}	/* @end */

void matmul_nt(int M, int N, int K, const real a[M][K], const real b[N][K], real y[M][N])
{	/* @body matmul_nt */
	for (int i = 0; i < M; i++)
		for (int j = 0; j < N; j++) {
			real s = splat_(0);
			for (int k = 0; k < K; k++)
				s = fma_(a[i][k], b[j][k], s);
			y[i][j] = s;
		}
}	/* @end */

void matmul_tt(int M, int N, int K, const real a[K][M], const real b[N][K], real y[M][N])
{	/* @body matmul_tt */
	for (int i = 0; i < M; i++)
		for (int j = 0; j < N; j++) {
			real s = splat_(0);
			for (int k = 0; k < K; k++)
				s = fma_(a[k][i], b[j][k], s);
			y[i][j] = s;
		}
}	/* @end */

void matmul_nn_gemm(int M, int N, int K, const real a[M][K], const real b[K][N], real y[M][N])
{	/* @body matmul_nn_gemm */
	gemm_nn(M, N, K, a, b, NULL, y);
}	/* @end */

void matmul_tn_gemm(int M, int N, int K, const real a[K][M], const real b[K][N], real y[M][N])
{	/* @body matmul_tn_gemm */
	gemm_tn(M, N, K, a, b, NULL, y);
}	/* @end */

void matmul_nt_gemm(int M, int N, int K, const real a[M][K], const real b[N][K], real y[M][N])
{	/* @body matmul_nt_gemm */
	gemm_nt(M, N, K, a, b, NULL, y);
}	/* @end */

void matmul_tt_gemm(int M, int N, int K, const real a[K][M], const real b[N][K], real y[M][N])
{	/* @body matmul_tt_gemm */
	gemm_tt(M, N, K, a, b, NULL, y);
}	/* @end */

/* A result of few columns and many rows. */
void matmul_tn_gemm_across(int M, int N, int K, const real a[K][M], const real b[K][N], real y[M][N])
{	/* @body matmul_tn_gemm_across */
	gemm_tn_across(M, N, K, a, b, y);
}	/* @end */

void matmul_nn_1(int N, int K, const real a[K], const real b[K][N], real y[N])
{	/* @body matmul_nn_1 */
	for (int j = 0; j < N; j++) {
		real s = a[0] * b[0][j];
		for (int k = 1; k < K; k++)
			s = fma_(a[k], b[k][j], s);
		y[j] = s;
	}
}	/* @end */

void matmul_nt_1(int N, int K, const real a[K], const real b[N][K], real y[N])
{	/* @body matmul_nt_1 */
	for (int j = 0; j < N; j++) {
		real s = a[0] * b[j][0];
		for (int k = 1; k < K; k++)
			s = fma_(a[k], b[j][k], s);
		y[j] = s;
	}
}	/* @end */

void outer_1(int M, int N, const real a[M], const real b[N], real y[M][N])
{	/* @body outer_1 */
	for (int i = 0; i < M; i++)
		for (int j = 0; j < N; j++)
			y[i][j] = a[i] * b[j];
}	/* @end */

void matmul_batch_nn(int P, int M, int N, int K, const real a[P][M][K], const real b[P][K][N], real y[P][M][N])
{	/* @body matmul_batch_nn */
	for (int p = 0; p < P; p++)
		for (int i = 0; i < M; i++)
			for (int j = 0; j < N; j++) {
				real s = splat_(0);
				for (int k = 0; k < K; k++)
					s = fma_(a[p][i][k], b[p][k][j], s);
				y[p][i][j] = s;
			}
}	/* @end */

void matmul_batch_tn(int P, int M, int N, int K, const real a[P][K][M], const real b[P][K][N], real y[P][M][N])
{	/* @body matmul_batch_tn */
	for (int p = 0; p < P; p++)
		for (int i = 0; i < M; i++)
			for (int j = 0; j < N; j++) {
				real s = splat_(0);
				for (int k = 0; k < K; k++)
					s = fma_(a[p][k][i], b[p][k][j], s);
				y[p][i][j] = s;
			}
}	/* @end */

void matmul_batch_nt(int P, int M, int N, int K, const real a[P][M][K], const real b[P][N][K], real y[P][M][N])
{	/* @body matmul_batch_nt */
	for (int p = 0; p < P; p++)
		for (int i = 0; i < M; i++)
			for (int j = 0; j < N; j++) {
				real s = splat_(0);
				for (int k = 0; k < K; k++)
					s = fma_(a[p][i][k], b[p][j][k], s);
				y[p][i][j] = s;
			}
}	/* @end */

void matmul_batch_tt(int P, int M, int N, int K, const real a[P][K][M], const real b[P][N][K], real y[P][M][N])
{	/* @body matmul_batch_tt */
	for (int p = 0; p < P; p++)
		for (int i = 0; i < M; i++)
			for (int j = 0; j < N; j++) {
				real s = splat_(0);
				for (int k = 0; k < K; k++)
					s = fma_(a[p][k][i], b[p][j][k], s);
				y[p][i][j] = s;
			}
}	/* @end */

/* The same, a product at a time. */
void matmul_batch_nn_gemm(int P, int M, int N, int K, const real a[P][M][K], const real b[P][K][N], real y[P][M][N])
{	/* @body matmul_batch_nn_gemm */
	gemm_batch_nn(P, M, N, K, a, b, y);
}	/* @end */

void matmul_batch_tn_gemm(int P, int M, int N, int K, const real a[P][K][M], const real b[P][K][N], real y[P][M][N])
{	/* @body matmul_batch_tn_gemm */
	gemm_batch_tn(P, M, N, K, a, b, y);
}	/* @end */

void matmul_batch_nt_gemm(int P, int M, int N, int K, const real a[P][M][K], const real b[P][N][K], real y[P][M][N])
{	/* @body matmul_batch_nt_gemm */
	gemm_batch_nt(P, M, N, K, a, b, y);
}	/* @end */

void matmul_batch_tt_gemm(int P, int M, int N, int K, const real a[P][K][M], const real b[P][N][K], real y[P][M][N])
{	/* @body matmul_batch_tt_gemm */
	gemm_batch_tt(P, M, N, K, a, b, y);
}	/* @end */

void matmul_nn_1_gemm(int N, int K, const real a[K], const real b[K][N], real y[N])
{	/* @body matmul_nn_1_gemm */
	gemm_row_n(N, K, a, b, NULL, y);
}	/* @end */

void matmul_nt_1_gemm(int N, int K, const real a[K], const real b[N][K], real y[N])
{	/* @body matmul_nt_1_gemm */
	gemm_row_t(N, K, a, b, NULL, y);
}	/* @end */
#endif
