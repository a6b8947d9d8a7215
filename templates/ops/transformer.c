/* Attention and positions, made of other ops: scaled_dot_product_attention, multi_head_attention, sinusoidal and rotary encodings. Formulas, names and initial
** values of torch.nn.functional.scaled_dot_product_attention and torch.nn.MultiheadAttention. */
#ifdef OP_RULES

static nn_tensor times_transposed(struct node *a, struct node *b)
{
	struct attr f[ATTR_MAX] = {{.count = 1}, {.i = {1}, .count = 1}};
	return trace_op(&op_matmul, 2, (struct node *[]){a, b}, f);
}

/* softmax(q k' / sqrt(E)) v. q: [...,T,E], k: [...,S,E], v: [...,S,V]. mask: 0 where a place of q may not see one of k, or NULL; it broadcasts to [...,T,S].
** causal: place t sees the places up to t. */
NN_API nn_tensor nn_scaled_dot_product_attention(nn_tensor q, nn_tensor k, nn_tensor v, nn_tensor mask, bool causal)
{
	struct node *query = trace_arg(q, "q", 2, RANK_MAX), *key = trace_arg(k, "k", 2, RANK_MAX), *value = trace_arg(v, "v", 2, RANK_MAX);
	double scale = 1 / sqrt((double)query->shape.dim[query->shape.rank - 1]);
	struct node *score = nn_mul(times_transposed(query, key), scale);
	if (mask)
		score = nn_where(mask, score, -1e30);
	return nn_matmul(causal ? trace_op(&op_causal_softmax, 1, &score, NULL) : nn_softmax(score, -1), value);
}

/* [B,T,E] as [B,heads,T,E / heads]. */
static nn_tensor in_heads(struct node *x, int heads)
{
	struct shape s = {.rank = 4, .batch = 0, .dim = {x->shape.dim[0], x->shape.dim[1], heads, x->shape.dim[2] / heads}};
	return nn_transpose(layout_reshape(x, &s), 1, 2);
}

/* Attention of several heads, with weights of its own: in_proj_weight [3E,E], in_proj_bias, out_proj_weight [E,E], out_proj_bias (torch.nn.MultiheadAttention, samples
** first). query: [B,T,E], key and value: [B,S,E], all the same tensor for self-attention; mask and causal as in nn_scaled_dot_product_attention. */
NN_API nn_tensor nn_multi_head_attention(nn_tensor query, nn_tensor key, nn_tensor value, int heads, nn_tensor mask, bool causal)
{
	struct node *in[] = {trace_arg(query, "query", 3, 3), trace_arg(key, "key", 3, 3), trace_arg(value, "value", 3, 3)};
	int64_t width = in[0]->shape.dim[2];
	for (int i = 0; i < 3; i++)
		if (in[i]->shape.dim[2] != width || in[i]->shape.batch != 0 || heads < 1 || width % heads)
			trace_fail("nn_multi_head_attention: rows of %lld and %lld numbers in %d heads; they must be as long, a multiple of the heads, and the samples come first",
				(long long)width, (long long)in[i]->shape.dim[2], heads);
	double bound = sqrt(6.0 / (double)(4 * width)), out_bound = 1 / sqrt((double)width);
	struct node *w = trace_param("in_proj_weight", SHAPE(3 * width, width), "uniform(%.17g,%.17g)", -bound, bound), *b = trace_param("in_proj_bias", SHAPE(3 * width), "zeros");
	bool self = in[0] == in[1] && in[1] == in[2];
	struct node *all = self ? nn_linear_with(in[0], w, b) : NULL, *part[3], *seen;
	for (int i = 0; i < 3 && (!self || mask); i++) {
		part[i] = self ? part_of(all, 2, i * width, (i + 1) * width) : nn_linear_with(in[i], part_of(w, 0, i * width, (i + 1) * width), part_of(b, 0, i * width, (i + 1) * width));
		part[i] = in_heads(part[i], heads);
	}
	if (self && !mask)
		seen = trace_op(&op_self_attention, 1, &all, (struct attr[ATTR_MAX]){{.i = {heads}, .count = 1}, {.i = {causal}, .count = 1}, {.f = 1 / sqrt((double)width / heads), .count = 1}});
	else
		seen = nn_transpose(nn_scaled_dot_product_attention(part[0], part[1], part[2], mask, causal), 1, 2);
	struct node *out = trace_param("out_proj_weight", SHAPE(width, width), "uniform(%.17g,%.17g)", -out_bound, out_bound);
	return nn_linear_with(layout_reshape(seen, &in[0]->shape), out, trace_param("out_proj_bias", SHAPE(width), "zeros"));
}

/* t w[i], w[i] = 10000^(-2i / width): [count,width / 2]. */
static nn_tensor angles(const char *name, int64_t count, int64_t width)
{
	if (count < 1 || width < 2 || width % 2)
		trace_fail("%s: %lld places of %lld numbers; the numbers must be even", name, (long long)count, (long long)width);
	nn_tensor place = nn_reshape_of(nn_arange(0, (int)count), 2, (int64_t[]){count, 1}), pair = nn_arange(0, (int)(width / 2));
	return nn_mul(place, nn_exp(nn_mul(pair, -2 * 9.2103403719761827361 / (double)width)));
}

/* Sinusoidal encodings of places 0 .. count - 1, to be added to [B,count,width]: sin and cos of t 10000^(-2i / width) in turn. */
NN_API nn_tensor nn_sinusoidal_positions(int count, int width)
{
	nn_tensor angle = angles("nn_sinusoidal_positions", count, width);
	return nn_reshape_of(nn_stack(nn_sin(angle), nn_cos(angle), 2), 2, (int64_t[]){count, width});
}

/* Rotary encoding: the halves of each row of x [...,T,E] turned by the angles t 10000^(-2i / E); for queries and keys, before their product. */
NN_API nn_tensor nn_rotary_positions(nn_tensor x)
{
	struct node *in = trace_arg(x, "x", 2, RANK_MAX);
	int last = in->shape.rank - 1;
	int64_t width = in->shape.dim[last], half = width / 2;
	if (in->shape.batch >= last - 1)
		trace_fail("nn_rotary_positions: x needs an axis of places and one of numbers behind the samples");
	nn_tensor angle = angles("nn_rotary_positions", in->shape.dim[last - 1], width), c = nn_cos(angle), s = nn_sin(angle);
	nn_tensor a = part_of(in, last, 0, half), b = part_of(in, last, half, width);
	return nn_concat(nn_sub(nn_mul(a, c), nn_mul(b, s)), nn_add(nn_mul(b, c), nn_mul(a, s)), last);
}
#endif
