/* More products, made of matmul and linear: einsum of two operands, and the bilinear layer. */
#ifdef OP_RULES

/* The axes of both operands by letter: which operand has it, and where. */
struct einsum { struct node *x[2]; char letters[2][RANK_MAX + 1], out[RANK_MAX + 1]; int64_t size[128]; int dots; };

static bool letter_in(const char *letters, char c)
{
	return c && strchr(letters, c);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* One part of the equation as letters, a letter an axis; `rank` of the operand, -1 for the result. The axes of "..." are digits, the last one 0:
** so those of two operands meet from their ends, as shapes do that are stretched. */
static void einsum_part(struct einsum *e, const char *equation, const char *from, const char *to, int rank, char *letters)
{
	int named = 0, n = 0;
	const char *dots = NULL;
	for (const char *c = from; c < to; c++)
		named += is_letter(*c);
	for (const char *c = from; c < to; c++) {
		int count = 0;
		if (!dots && to - c >= 3 && memcmp(c, "...", 3) == 0) {
			dots = c;
			c += 2;
			count = rank < 0 ? e->dots : rank - named;
			e->dots = count > e->dots ? count : e->dots;
			for (int i = count; i-- > 0 && n < RANK_MAX;)
				letters[n++] = (char)('0' + i);
		} else if (*c != ' ') {
			if (!is_letter(*c) || n == RANK_MAX || (rank < 0 && letter_in(letters, *c)))
				trace_fail("nn_einsum: '%s' is not understood\nwrite one letter an axis, as in \"bij,bjk->bik\"; ... stands for any axes", equation);
			letters[n++] = *c;
		}
		letters[n] = 0;
	}
	if (rank >= 0 && (dots ? named > rank : n != rank))
		trace_fail("nn_einsum: '%s' names %d axes of an operand that has %d", equation, named, rank);
}

/* A letter twice in one operand: its diagonal, which stands in the first of both axes. */
static void einsum_diagonals(struct einsum *e, int k)
{
	char *letters = e->letters[k];
	for (int i = 0; letters[i]; i++)
		for (char *again; (again = strchr(letters + i + 1, letters[i]));) {
			int j = (int)(again - letters);
			const struct shape *s = &e->x[k]->shape;
			if (s->dim[i] != s->dim[j] || i == s->batch || j == s->batch)
				trace_fail(s->dim[i] != s->dim[j] ? "nn_einsum: '%c' is %lld and %lld in one operand" : "nn_einsum: '%c' is the axis of the samples (%lld) and another one (%lld)",
					letters[i], (long long)s->dim[i], (long long)s->dim[j]);
			struct shape down = {.rank = s->rank, .batch = -1}, along;
			for (int axis = 0; axis < s->rank; axis++)
				down.dim[axis] = 1;
			along = down;
			down.dim[i] = along.dim[j] = s->dim[i];
			struct node *places = nn_arange(0, (int)s->dim[i]);
			nn_tensor same = nn_eq(layout_reshape(places, &down), layout_reshape(places, &along));
			e->x[k] = nn_sum_axis(nn_where(same, e->x[k], 0), j, false);
			memmove(again, again + 1, strlen(again));
		}
}

/* An axis of 1 is stretched over the other operand's: left out here. */
static void einsum_stretch(struct einsum *e, int k)
{
	for (int i = 0; e->letters[k][i];) {
		const char *other = strchr(e->letters[!k], e->letters[k][i]);
		int at = other ? (int)(other - e->letters[!k]) : 0;
		bool one = other && e->x[k]->shape.dim[i] == 1 && i != e->x[k]->shape.batch && (e->x[!k]->shape.dim[at] > 1 || at == e->x[!k]->shape.batch);
		if (!one) {
			i++;
			continue;
		}
		e->x[k] = nn_sum_axis(e->x[k], i, false);
		memmove(e->letters[k] + i, e->letters[k] + i + 1, strlen(e->letters[k] + i));
	}
}

/* "bij,bjk->bik" into three lists of letters; both operands as these say. */
static void einsum_read(struct einsum *e, const char *equation)
{
	const char *arrow = strstr(equation, "->"), *comma = strchr(equation, ',');
	int operands = comma ? 2 : 1;
	if (!arrow || (comma && comma > arrow))
		trace_fail("nn_einsum: '%s' has no result\nwrite one letter an axis, as in \"bij,bjk->bik\"", equation);
	if (!comma && e->x[1])
		trace_fail("nn_einsum: '%s' has one operand, and two are given\nb is NULL then: nn_einsum(\"bii->bi\", a, NULL)", equation);
	for (int k = 0; k < operands; k++)
		einsum_part(e, equation, k ? comma + 1 : equation, k || !comma ? arrow : comma, e->x[k]->shape.rank, e->letters[k]);
	einsum_part(e, equation, arrow + 2, equation + strlen(equation), -1, e->out);
	for (int k = 0; k < operands; k++)
		einsum_diagonals(e, k);
	for (int k = 0; k < 2 && operands == 2; k++)
		einsum_stretch(e, k);
	for (int k = 0; k < operands; k++)
		for (int i = 0; i < e->x[k]->shape.rank; i++) {
			int64_t *size = &e->size[(int)e->letters[k][i]], own = e->x[k]->shape.dim[i];
			if (*size && *size != own)
				trace_fail("nn_einsum: '%c' is %lld in one operand and %lld in the other", e->letters[k][i], (long long)*size, (long long)own);
			*size = own;
		}
	for (const char *c = e->out; *c; c++)
		if (!e->size[(int)*c])
			trace_fail("nn_einsum: no operand has '%c'", *c);
}

/* Axes that only this operand has and the result has not: summed. */
static void einsum_sum(struct einsum *e, int k)
{
	int axes[RANK_MAX], count = 0, kept = 0;
	for (int i = 0; e->letters[k][i]; i++)
		if (!letter_in(e->letters[!k], e->letters[k][i]) && !letter_in(e->out, e->letters[k][i]))
			axes[count++] = i;
		else
			e->letters[k][kept++] = e->letters[k][i];
	e->letters[k][kept] = 0;
	if (count)
		e->x[k] = nn_sum_axes(e->x[k], count, axes, false);
}

/* The letters of operand k that are (not) in the other and (not) in the result, that of the samples first. */
static int einsum_group(const struct einsum *e, int k, bool other, bool out, char *group)
{
	int count = 0;
	for (int pass = 0; pass < 2; pass++)
		for (const char *c = e->letters[0]; c; c = c == e->letters[0] && k ? e->letters[1] : NULL)
			for (int i = 0; c == e->letters[k] && c[i]; i++)
				if ((i == e->x[k]->shape.batch) == !pass && letter_in(e->letters[!k], c[i]) == other && letter_in(e->out, c[i]) == out)
					group[count++] = c[i];
	group[count] = 0;
	return count;
}

/* Operand k with its axes in the order of three groups, each group as one axis; an empty first group is no axis. */
static nn_tensor einsum_matrix(const struct einsum *e, int k, const char *const groups[3])
{
	struct attr order[ATTR_MAX] = {{.count = 0}};
	struct shape s = {.batch = -1};
	for (int g = 0; g < 3; g++) {
		if (!g && !*groups[g])
			continue;
		s.dim[s.rank] = 1;
		for (const char *c = groups[g]; *c; c++) {
			int axis = (int)(strchr(e->letters[k], *c) - e->letters[k]);
			s.batch = axis == e->x[k]->shape.batch ? s.rank : s.batch;
			s.dim[s.rank] *= e->size[(int)*c];
			order[0].i[order[0].count++] = axis;
		}
		s.rank++;
	}
	struct node *x = e->x[k];
	return layout_reshape(order[0].count ? trace_op(&op_transpose, 1, &x, order) : x, &s);
}

/* `x`, whose axes are `letters`, with its axes as `out` orders them. */
static nn_tensor einsum_order(struct node *x, const char *letters, const char *out)
{
	struct attr order[ATTR_MAX] = {{.count = x->shape.rank}};
	for (int i = 0; i < x->shape.rank; i++)
		order[0].i[i] = strchr(letters, out[i]) - letters;
	return x->shape.rank ? trace_op(&op_transpose, 1, &x, order) : x;
}

/* Sums of products by Einstein's rule: nn_einsum("bij,bjk->bik", a, b) has a letter for each axis; those that are not in the result are summed, a letter
** twice in one operand is its diagonal, `...` stands for any axes, stretched to each other (torch.einsum). b may be NULL: nn_einsum("bii->bi", a, NULL). */
NN_API nn_tensor nn_einsum(const char *equation, nn_tensor a, nn_tensor b)
{
	struct einsum e = {.x = {trace_arg(a, "a", 1, RANK_MAX), b || (equation && strchr(equation, ',')) ? trace_arg(b, "b", 1, RANK_MAX) : NULL}};
	char both[RANK_MAX + 1], inner[RANK_MAX + 1], rows[RANK_MAX + 1], columns[RANK_MAX + 1], made[3 * RANK_MAX + 1];
	einsum_read(&e, equation ? equation : "");
	einsum_sum(&e, 0);
	if (!e.x[1])
		return einsum_order(e.x[0], e.letters[0], e.out);
	einsum_sum(&e, 1);
	einsum_group(&e, 0, true, true, both);
	einsum_group(&e, 0, true, false, inner);
	einsum_group(&e, 0, false, true, rows);
	einsum_group(&e, 1, false, true, columns);
	nn_tensor x = einsum_matrix(&e, 0, (const char *const[]){both, rows, inner}), y = einsum_matrix(&e, 1, (const char *const[]){both, inner, columns});
	struct node *product = nn_matmul(x, y);
	snprintf(made, sizeof made, "%.*s%.*s%.*s", RANK_MAX, both, RANK_MAX, rows, RANK_MAX, columns);
	struct shape s = {.rank = (int)strlen(e.out), .batch = -1};
	for (int i = 0; i < s.rank; i++) {
		s.dim[i] = e.size[(int)made[i]];
		for (int k = 0; k < 2; k++)
			if (e.x[k]->shape.batch >= 0 && e.letters[k][e.x[k]->shape.batch] == made[i])
				s.batch = i;
	}
	return einsum_order(layout_reshape(product, &s), made, e.out);
}

static nn_tensor bilinear(const char *name, nn_tensor x, nn_tensor z, int out_features, bool biased)
{
	struct node *a = trace_arg(x, "x", 2, 2), *b = trace_arg(z, "z", 2, 2);
	int64_t rows = a->shape.dim[1], columns = b->shape.dim[1];
	if (out_features < 1)
		trace_fail("%s: out_features is %d, it must be at least 1", name, out_features);
	double bound = 1 / sqrt((double)rows);
	struct node *w = trace_param("weight", SHAPE(out_features, rows, columns), "uniform(%.17g,%.17g)", -bound, bound);
	struct node *bias = biased ? trace_param("bias", SHAPE(out_features), "uniform(%.17g,%.17g)", -bound, bound) : NULL;
	struct shape matrix = SHAPE(out_features, rows * columns), pairs = {.rank = 2, .batch = a->shape.batch, .dim = {a->shape.dim[0], rows * columns}};
	struct node *outer = nn_mul(nn_unsqueeze(a, 2), nn_unsqueeze(b, 1));
	return nn_linear_with(layout_reshape(outer, &pairs), layout_reshape(w, &matrix), bias);
}

/* y[o] = x' W[o] z + b[o] for each sample, with weights of its own (torch.nn.Bilinear). x: [B,I], z: [B,J]. */
NN_API nn_tensor nn_bilinear(nn_tensor x, nn_tensor z, int out_features)
{
	return bilinear("nn_bilinear", x, z, out_features, true);
}

/* The same without b (torch's bias=False). */
NN_API nn_tensor nn_bilinear_no_bias(nn_tensor x, nn_tensor z, int out_features)
{
	return bilinear("nn_bilinear_no_bias", x, z, out_features, false);
}
#endif
