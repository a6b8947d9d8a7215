/* Attention and positions, made of other ops: scaled_dot_product_attention, multi_head_attention, sinusoidal and rotary encodings. Formulas, names and initial
** values of torch.nn.functional.scaled_dot_product_attention and torch.nn.MultiheadAttention. */
#ifdef OP_RULES

static nn_tensor times_transposed(struct node *a, struct node *b)
{
	struct attr f[ATTR_MAX] = {{.count = 1}, {.i = {1}, .count = 1}};
	return trace_op(&op_matmul, 2, (struct node *[]){a, b}, f);
}

static void attention_dropout(const char *name, const nn_attention *o)
{
	if (!(o->dropout >= 0 && o->dropout <= 1))
		trace_fail("%s: dropout is %g; it is a probability, 0 to 1", name, o->dropout);
}

/* softmax(q k' / sqrt(E)) v. q: [...,T,E], k: [...,S,E], v: [...,S,V]. mask: 0 where a place of q may not see one of k, or NULL; it broadcasts to [...,T,S].
** causal: place t sees the places up to t. Further: .scale (1 / sqrt(E)), .dropout (of the shares), .attn_bias (added to the scores). */
NN_API nn_tensor nn_scaled_dot_product_attention_of(nn_tensor q, nn_tensor k, nn_tensor v, nn_tensor mask, bool causal, nn_attention options)
{
	struct node *query = trace_arg(q, "q", 2, RANK_MAX), *key = trace_arg(k, "k", 2, RANK_MAX), *value = trace_arg(v, "v", 2, RANK_MAX);
	if (options.key_padding_mask || options.no_bias)
		trace_fail("nn_scaled_dot_product_attention: key_padding_mask and no_bias are for nn_multi_head_attention");
	attention_dropout("nn_scaled_dot_product_attention", &options);
	double scale = options.scale != 0 ? options.scale : 1 / sqrt((double)query->shape.dim[query->shape.rank - 1]);
	struct node *score = nn_mul(times_transposed(query, key), scale);
	if (options.attn_bias)
		score = nn_add(score, trace_arg(options.attn_bias, "attn_bias", 0, RANK_MAX));
	if (mask)
		score = nn_where(mask, score, -1e30);
	struct node *share = causal ? trace_op(&op_causal_softmax, 1, &score, NULL) : nn_softmax(score, -1);
	return nn_matmul(options.dropout > 0 ? nn_dropout(share, options.dropout) : share, value);
}

/* [B,T,E] as [B,heads,T,E / heads]. */
static nn_tensor in_heads(struct node *x, int heads)
{
	struct shape s = {.rank = 4, .batch = 0, .dim = {x->shape.dim[0], x->shape.dim[1], heads, x->shape.dim[2] / heads}};
	return nn_transpose(layout_reshape(x, &s), 1, 2);
}

/* Query, key and value behind their weights, each in `part`; of self-attention one tensor with all three, which is returned. Rows of other lengths than the query's have
** weights of their own. */
static struct node *attention_projections(struct node *const *in, const nn_attention *o, struct node **part)
{
	static const char *const names[] = {"q_proj_weight", "k_proj_weight", "v_proj_weight"};
	int64_t width = in[0]->shape.dim[2];
	bool same = in[1]->shape.dim[2] == width && in[2]->shape.dim[2] == width, self = in[0] == in[1] && in[1] == in[2];
	double bound = sqrt(6.0 / (double)(4 * width));
	struct node *w = same ? trace_param("in_proj_weight", SHAPE(3 * width, width), "uniform(%.17g,%.17g)", -bound, bound) : NULL, *rows[3];
	for (int i = 0; i < 3 && !same; i++) {
		double own = sqrt(6.0 / (double)(width + in[i]->shape.dim[2]));
		rows[i] = trace_param(names[i], SHAPE(width, in[i]->shape.dim[2]), "uniform(%.17g,%.17g)", -own, own);
	}
	struct node *b = o->no_bias ? NULL : trace_param("in_proj_bias", SHAPE(3 * width), "zeros"), *all = self ? nn_linear_with(in[0], w, b) : NULL;
	for (int i = 0; i < 3 && !self; i++)
		part[i] = nn_linear_with(in[i], same ? part_of(w, 0, i * width, (i + 1) * width) : rows[i], b ? part_of(b, 0, i * width, (i + 1) * width) : NULL);
	return all;
}

/* What may be seen, for all heads: [B,1,1,S] from keys that are padding, and the mask if there is one. */
static nn_tensor attention_mask(const struct node *key, nn_tensor mask, nn_tensor padding)
{
	struct node *p = trace_arg(padding, "key_padding_mask", 2, 2);
	struct shape s = {.rank = 4, .batch = 0, .dim = {key->shape.dim[0], 1, 1, key->shape.dim[1]}};
	struct text is = {0}, keys = {0};
	shape_text(&p->shape, &is);
	shape_text(&key->shape, &keys);
	if (p->shape.batch != 0 || p->shape.dim[0] != s.dim[0] || p->shape.dim[1] != s.dim[3])
		trace_fail("nn_multi_head_attention: key_padding_mask has shape %s, the keys %s; it has one number a sample and key", is.at, keys.at);
	text_free(&is);
	text_free(&keys);
	nn_tensor seen = layout_reshape(nn_eq(p, 0), &s);
	return mask ? nn_mul(seen, mask) : seen;
}

/* Each head by itself, for what the op of self-attention does not know. */
static struct node *attention_in_heads(struct node *all, struct node **part, int heads, nn_tensor mask, bool causal, const nn_attention *o)
{
	for (int i = 0; i < 3; i++)
		part[i] = in_heads(all ? part_of(all, 2, i * all->shape.dim[2] / 3, (i + 1) * all->shape.dim[2] / 3) : part[i], heads);
	nn_attention inner = {.scale = o->scale, .dropout = o->dropout, .attn_bias = o->attn_bias};
	return nn_transpose(nn_scaled_dot_product_attention_of(part[0], part[1], part[2], mask, causal, inner), 1, 2);
}

static void attention_shapes(struct node *const *in, int heads)
{
	const struct shape *q = &in[0]->shape, *k = &in[1]->shape, *v = &in[2]->shape;
	struct text is = {0};
	for (int i = 0; i < 3; i++) {
		text_add(&is, i == 0 ? "query " : i == 1 ? ", key " : " and value ");
		shape_text(&in[i]->shape, &is);
	}
	if (heads < 1 || q->dim[2] % heads)
		trace_fail("nn_multi_head_attention: %s in %d heads; each head takes as many of the %lld numbers of a row\ngive a number of heads that divides %lld", is.at, heads,
			(long long)q->dim[2], (long long)q->dim[2]);
	if (q->batch != 0 || k->batch != 0 || v->batch != 0)
		trace_fail("nn_multi_head_attention: %s; each is [samples,places,numbers], the samples first", is.at);
	if (k->dim[1] != v->dim[1])
		trace_fail("nn_multi_head_attention: %s; there are as many values as keys", is.at);
	text_free(&is);
}

/* Whether a gradient may be wanted of x: weights are behind it. What is too much to look through counts as such. */
static bool trains_behind(const struct node *x, int *steps)
{
	if (x->kind == NODE_PARAM)
		return !x->buffer;
	for (int k = 0; k < x->in_count; k++)
		if (++*steps > 1000 || trains_behind(x->in[k], steps))
			return true;
	return false;
}

/* Mask and bias as what is added to the scores of all heads, [B,H,Q,T] or [H,Q,T] as op self_attention_biased takes it; NULL: it cannot. */
static struct node *attention_bias(const struct node *all, int heads, nn_tensor mask, nn_tensor bias)
{
	int steps = 0;
	struct node *b = bias ? trace_arg(bias, "attn_bias", 0, RANK_MAX) : NULL, *m = mask ? trace_arg(mask, "mask", 0, RANK_MAX) : NULL;
	if ((b && trains_behind(b, &steps)) || (m && trains_behind(m, &steps)))
		return NULL;
	b = m ? nn_where(m, b ? b : nn_constant(0), -1e30) : b;
	const struct shape *is = &b->shape, *x = &all->shape;
	struct shape s = {.rank = 4, .batch = is->batch < 0 ? -1 : is->batch + 4 - is->rank, .dim = {1, 1, 1, 1}};
	for (int i = 0; i < is->rank && is->rank <= 4; i++)
		s.dim[4 - is->rank + i] = is->dim[i];
	bool each = s.batch == 0 && s.dim[0] == x->dim[0];
	if (is->rank > 4 || (!each && (s.batch >= 0 || s.dim[0] != 1)) || (s.dim[1] != 1 && s.dim[1] != heads) || (s.dim[2] != 1 && s.dim[2] != x->dim[1]) || s.dim[3] != x->dim[1])
		return NULL;
	struct shape shared = {.rank = 3, .batch = -1, .dim = {s.dim[1], s.dim[2], s.dim[3]}};
	return layout_reshape(b, each ? &s : &shared);
}

/* Attention of several heads, with weights of its own: in_proj_weight [3E,E], in_proj_bias, out_proj_weight [E,E], out_proj_bias (torch.nn.MultiheadAttention, samples
** first). query: [B,T,E], key and value: [B,S,E], all the same tensor for self-attention; mask and causal as in nn_scaled_dot_product_attention. Keys and values of another
** length than E have q_proj_weight, k_proj_weight and v_proj_weight. Further: .key_padding_mask, .dropout, .no_bias, .attn_bias. */
NN_API nn_tensor nn_multi_head_attention_of(nn_tensor query, nn_tensor key, nn_tensor value, int heads, nn_tensor mask, bool causal, nn_attention options)
{
	struct node *in[] = {trace_arg(query, "query", 3, 3), trace_arg(key, "key", 3, 3), trace_arg(value, "value", 3, 3)}, *part[3];
	int64_t width = in[0]->shape.dim[2];
	attention_shapes(in, heads);
	attention_dropout("nn_multi_head_attention", &options);
	struct node *all = attention_projections(in, &options, part), *seen;
	if (options.key_padding_mask)
		mask = attention_mask(in[1], mask, options.key_padding_mask);
	double scale = options.scale != 0 ? options.scale : 1 / sqrt((double)width / heads);
	struct attr how[ATTR_MAX] = {{.i = {heads}, .count = 1}, {.i = {causal}, .count = 1}, {.f = scale, .count = 1}};
	bool whole = all && !(options.dropout > 0 && trace_training()), biased = mask || options.attn_bias;
	struct node *bias = whole && biased ? attention_bias(all, heads, mask, options.attn_bias) : NULL;
	if (whole && !biased)
		seen = trace_op(&op_self_attention, 1, &all, how);
	else if (bias)
		seen = trace_op(&op_self_attention_biased, 2, (struct node *[]){all, bias}, how);
	else
		seen = attention_in_heads(all, part, heads, mask, causal, &options);
	double out_bound = 1 / sqrt((double)width);
	struct node *out = trace_param("out_proj_weight", SHAPE(width, width), "uniform(%.17g,%.17g)", -out_bound, out_bound);
	return nn_linear_with(layout_reshape(seen, &in[0]->shape), out, options.no_bias ? NULL : trace_param("out_proj_bias", SHAPE(width), "zeros"));
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
