/* networks.c: networks of every kind that users may write, small enough for finite differences. */
#include <mosaic.h>

/* Random samples: `features` numbers in, two numbers or a label of three classes out. */
struct samples {
	int batch_size;
	int features MOSAIC_DEFAULT(6);
	bool labels MOSAIC_DEFAULT(false);
};

void samples_prepare(const struct samples *self, mosaic_data *data, const mosaic_run_info *run)
{
	mosaic_random random = mosaic_random_for(run, "samples");
	for (enum mosaic_split split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		float *x = mosaic_input(data, split, "x", 10, self->features);
		for (int i = 0; i < 10 * self->features; i++)
			x[i] = (float)mosaic_random_uniform(&random);
		if (self->labels) {
			int32_t *t = mosaic_labels(data, split, "t", 10);
			for (int i = 0; i < 10; i++)
				t[i] = (int32_t)mosaic_random_below(&random, 3);
		} else {
			float *t = mosaic_target(data, split, "t", 10, 2);
			for (int i = 0; i < 20; i++)
				t[i] = (float)mosaic_random_uniform(&random);
		}
		mosaic_loader(data, split, self->batch_size, false, false);
	}
}

void samples_info(const struct samples *self, mosaic_info *info)
{
	mosaic_info_int(info, "output_size", self->labels ? 3 : 2);
}

/* Layers with an activation each, a softmax in the middle. */
struct mixed { int output_size; };

nn_tensor mixed_forward(const struct mixed *self, nn_tensor x)
{
	nn_tensor h = nn_relu(nn_linear(x, 5));
	nn_tensor p = nn_softmax(nn_linear(h, 4), -1);
	nn_tensor g = nn_gelu(nn_linear(p, 5)), e = nn_elu(nn_linear(g, 3), 1.0);
	nn_tensor s = nn_silu(nn_leaky_relu(nn_linear(e, 4), 0.1));
	return nn_linear(nn_softplus(nn_tanh(s)), self->output_size);
}

/* Tensors taken apart, turned and put together again. */
struct joiner { int output_size; };

nn_tensor joiner_forward(const struct joiner *self, nn_tensor x)
{
	nn_tensor left = nn_slice(x, 1, 0, 3), right = nn_slice(x, 1, 2, 0);
	nn_tensor both = nn_concat(nn_linear(left, 4), nn_sigmoid(nn_linear(right, 2)), 1);
	nn_tensor table = nn_transpose(nn_reshape(both, 2, 3), 1, 2);
	nn_tensor turned = nn_mul(table, nn_parameter("scale", nn_uniform(-1, 1), 3, 1));
	return nn_linear(nn_flatten(nn_concat(turned, table, 2)), self->output_size);
}

/* One weight in two layers and, transposed, in a third. */
struct shared { int output_size; };

nn_tensor shared_forward(const struct shared *self, nn_tensor x)
{
	nn_tensor w = nn_parameter("w", nn_uniform(-1, 1), 6, 6), b = nn_parameter("b", nn_zeros(), 6);
	nn_tensor h = nn_tanh(nn_linear_with(x, w, b));
	h = nn_tanh(nn_linear_with(h, w, b));
	return nn_linear(nn_add(nn_matmul(h, w), b), self->output_size);
}

/* Attention over three places of two numbers, two heads' worth of matrices in one product. */
struct attention { int output_size; };

nn_tensor attention_forward(const struct attention *self, nn_tensor x)
{
	nn_tensor places = nn_reshape(x, 3, 2);
	nn_tensor q = nn_linear(places, 4), k = nn_linear(places, 4), v = nn_linear(places, 2);
	nn_tensor score = nn_mul(nn_matmul(q, nn_transpose(k, 1, 2)), 0.5);
	nn_tensor y = nn_matmul(nn_softmax(score, -1), v);
	return nn_linear(nn_mean_axis(nn_add(y, places), 1, false), self->output_size);
}

/* Normalisation over a layer and over the batch, by hand. */
struct normal { int output_size; };

static nn_tensor normalised(nn_tensor x, int axis)
{
	nn_tensor centred = nn_sub(x, nn_mean_axis(x, axis, true));
	nn_tensor variance = nn_mean_axis(nn_square(centred), axis, true);
	return nn_mul(centred, nn_rsqrt(nn_add(variance, 0.1)));
}

nn_tensor normal_forward(const struct normal *self, nn_tensor x)
{
	nn_tensor h = nn_linear(x, 5);
	h = nn_mul(normalised(h, 1), nn_parameter("gain", nn_ones(), 5));
	h = nn_linear(nn_sigmoid(h), 4);
	return nn_linear(normalised(h, 0), self->output_size);
}

/* Gradients of gradients in the forward pass. */
struct derived { int output_size; };

nn_tensor derived_forward(const struct derived *self, nn_tensor x)
{
	nn_tensor u = nn_linear(nn_tanh(nn_linear(x, 4)), 1);
	nn_tensor slope = nn_grad(u, x);
	nn_tensor curve = nn_grad(nn_square(slope), x);
	return nn_linear(nn_concat_of(3, (nn_tensor[]){u, slope, curve}, 1), self->output_size);
}

/* Largest values, choices, limits; a parameter that is one number, one that nobody reads. */
struct choices { int output_size; };

nn_tensor choices_forward(const struct choices *self, nn_tensor x)
{
	nn_tensor h = nn_linear(x, 8), scale = nn_parameter("one", nn_ones());
	nn_parameter("idle", nn_ones(), 3);
	nn_tensor top = nn_max_axis(nn_reshape(h, 4, 2), 2, false), low = nn_min_axis(nn_reshape(h, 4, 2), 2, false);
	nn_tensor chosen = nn_where(nn_gt(top, nn_mul(low, -1.0)), nn_maximum(top, 0.2), nn_mul(low, scale));
	nn_tensor limited = nn_clamp(nn_concat(chosen, nn_minimum(top, low), 1), -0.8, nn_parameter("limit", nn_fill(0.5), 8));
	return nn_linear(nn_div(limited, nn_add(1.0, nn_exp(nn_neg(nn_abs(scale))))), self->output_size);
}

void choices_metric(const struct choices *self, nn_tensor prediction, nn_tensor target)
{
	(void)self, (void)target;
	nn_report("largest", nn_max(prediction));
	nn_report("half", nn_constant(0.5));
}

/* Nothing but one number times the input. */
struct scaled { int output_size; };

nn_tensor scaled_forward(const struct scaled *self, nn_tensor x)
{
	return nn_mul(nn_slice(x, 1, 0, self->output_size), nn_parameter("factor", nn_ones()));
}

/* The input as it is, and a parameter beside it. */
struct offset { int output_size; };

nn_tensor offset_forward(const struct offset *self, nn_tensor x)
{
	return nn_add(nn_slice(x, 1, 0, self->output_size), nn_parameter("offset", nn_ones(), self->output_size));
}

/* Some weights do not train. */
struct frozen { int output_size; };

nn_tensor frozen_forward(const struct frozen *self, nn_tensor x)
{
	nn_tensor first = nn_tanh(nn_linear(x, 4));
	nn_tensor second = nn_tanh(nn_linear(first, 4));
	return nn_linear(second, self->output_size);
}

bool frozen_parameters(const struct frozen *self, const char *name)
{
	(void)self;
	return name[0] != 's';
}

/* Variables called as generated code, its headers and C libraries call theirs. */
struct names { int output_size; };

nn_tensor names_forward(const struct names *self, nn_tensor x)
{
	nn_tensor n = nn_linear(x, 3), BATCH = nn_linear(n, 3), LANES = nn_tanh(nn_linear(BATCH, 3)), K = nn_linear(LANES, 3);
	nn_tensor R = nn_linear(K, 2), EXP_MAX = nn_linear(R, 3), TRAINED = nn_linear(EXP_MAX, 3), params = nn_linear(TRAINED, 3);
	nn_tensor grads = nn_sigmoid(nn_linear(params, 3)), step = nn_linear(grads, 3), memory = nn_linear(step, 2), wide = nn_linear(memory, 3);
	nn_tensor H1 = nn_linear(wide, 3), h1 = nn_linear(H1, 2), adam = nn_linear(h1, 3), forward = nn_linear(adam, 3), real = nn_linear(forward, 3);
	nn_tensor add_sums = nn_linear(real, 2), OFFSET = nn_linear(add_sums, 3), tensors = nn_linear(OFFSET, 3), columns = nn_linear(tensors, 3);
	nn_tensor POLY = nn_linear(columns, 3), SIGN_BIT = nn_linear(POLY, 3), d_x = nn_linear(SIGN_BIT, 3), settings = nn_linear(d_x, 3);
	nn_tensor in = nn_linear(settings, 3), h = nn_relu(nn_linear(in, 2)), IN = nn_linear(h, 3), target = nn_linear(IN, 3), t = nn_linear(target, 2);
	nn_tensor mosaic_program = nn_linear(t, 3), training = nn_linear(mosaic_program, 3), exp_ = nn_linear(training, 3), LR = nn_linear(exp_, 3);
	nn_tensor loss = nn_linear(LR, 3), losses = nn_linear(loss, 3), ios = nn_linear(losses, 3), predictions = nn_linear(ios, 2);
	nn_tensor work = nn_linear(predictions, 2), acts = nn_linear(work, 2), state = nn_linear(acts, 2), scalars = nn_linear(state, 2);
	nn_tensor M_PI = nn_linear(scalars, 2), INT_MAX = nn_linear(M_PI, 2), TRAINED_WIDES = nn_linear(INT_MAX, 2), MOSAIC_TRAINER_ABI = nn_linear(TRAINED_WIDES, 2);
	nn_tensor exp = nn_exp(nn_tanh(MOSAIC_TRAINER_ABI)), tan = nn_tanh(exp), floor = nn_sin(tan), sinh = nn_tanh(floor), log1p = nn_sigmoid(sinh);
	nn_tensor sel_ = nn_relu(nn_sub(log1p, 0.1)), max_ = nn_maximum(sel_, 0.3), splat_ = nn_mul(max_, 2.0), fma_ = nn_linear(splat_, 2);
	return nn_linear(nn_tanh(fma_), self->output_size);
}

/* Twenty layers in a loop. */
struct deep { int output_size; };

nn_tensor deep_forward(const struct deep *self, nn_tensor x)
{
	for (int i = 0; i < 20; i++) {
		nn_tensor h = nn_linear(x, 2);
		x = i % 3 ? nn_tanh(h) : nn_add(nn_sigmoid(h), nn_mul(h, 0.5));
	}
	return nn_linear(x, self->output_size);
}

/* Layers that are large enough for the matrix library. */
struct large { int output_size; };

nn_tensor large_forward(const struct large *self, nn_tensor x)
{
	nn_tensor h = nn_tanh(nn_linear(x, 130));
	return nn_linear(nn_tanh(nn_linear(h, 140)), self->output_size);
}

/* Every normalisation, dropout and noise. */
struct norms { int output_size; };

nn_tensor norms_forward(const struct norms *self, nn_tensor x)
{
	nn_tensor h = nn_tanh(nn_batch_norm(nn_linear(x, 6)));
	nn_tensor v = nn_parameter("v", nn_uniform(-1, 1), 12, 6), g = nn_parameter("g", nn_uniform(0.5, 1), 12);
	nn_tensor image = nn_reshape(nn_linear_with(h, nn_weight_norm(v, g), nn_parameter("bias", nn_zeros(), 12)), 4, 3);
	nn_tensor c = nn_add(nn_instance_norm(image), nn_group_norm(image, 2));
	c = nn_batch_norm_with(c, 1e-3, 0.5, false);
	nn_tensor l = nn_rms_norm(nn_layer_norm(c, 2));
	return nn_linear(nn_flatten(nn_layer_norm(l, 1)), self->output_size);
}

struct noisy { int output_size; };

nn_tensor noisy_forward(const struct noisy *self, nn_tensor x)
{
	nn_tensor h = nn_dropout(nn_tanh(nn_linear(nn_noise(x, 0.1), 5)), 0.4);
	nn_tensor image = nn_dropout2d(nn_reshape(nn_linear(h, 12), 4, 3), 0.5);
	nn_tensor steps = nn_buffer("steps", nn_zeros());
	nn_update(steps, nn_add(steps, 1));
	nn_tensor y = nn_linear(nn_flatten(image), self->output_size);
	return nn_training() ? y : nn_add(y, nn_mul(steps, 0));
}

/* Images, sequences and volumes: convolutions and poolings. */
struct image { int output_size; };

nn_tensor image_forward(const struct image *self, nn_tensor x)
{
	nn_tensor picture = nn_reshape(nn_linear(x, 24), 1, 6, 4);
	nn_tensor c1 = nn_mish(nn_conv2d(picture, 2, 3, .padding = 1));
	nn_tensor best = nn_max_pool2d(c1, 2), left = nn_avg_pool2d(c1, 2, .stride = 1);
	nn_tensor d = nn_tanh(nn_conv2d(nn_adaptive_avg_pool2d(left, 3, 2), 2, 1));
	nn_tensor place = nn_conv1d(nn_reshape(nn_add(best, d), 2, 6), 2, 3, .padding = 1, .no_bias = true);
	nn_tensor line = nn_avg_pool1d(nn_max_pool1d(place, 3, .stride = 1, .padding = 1), 2);
	nn_tensor volume = nn_conv3d(nn_reshape(line, 1, 2, 1, 3), 1, 2, .padding = 1);
	nn_tensor up = nn_conv_transpose1d(nn_reshape(volume, 3, 8), 2, 2);
	return nn_linear(nn_concat(nn_flatten(up), nn_global_avg_pool(c1), 1), self->output_size);
}

/* Rows and elements chosen by numbers, borders, stacks and statistics. */
struct tables { int output_size; };

nn_tensor tables_forward(const struct tables *self, nn_tensor x)
{
	nn_tensor index = nn_floor(nn_mul(nn_slice(x, 1, 0, 4), 3)), row = nn_embedding(index, 3, 2);
	nn_tensor h = nn_tanh(nn_linear(x, 6)), chosen = nn_gather(h, 1, index), every = nn_index_select(h, 1, nn_mul(nn_arange(0, 3), 2));
	nn_tensor border = nn_replication_pad(nn_reflection_pad(nn_pad(row, 0.5, 0, 1), 1, 0), 0, 0, 1, 1);
	nn_tensors parts = nn_split(nn_roll(nn_flip(border, 1), 2, 1), 1, 3);
	nn_tensor both = nn_stack(parts.at[0], nn_permute(nn_expand(nn_unsqueeze(every, 1), 4, -1), 0, 2, 1), 1);
	nn_tensor mean = nn_concat(nn_var_axis(h, 1, 1, true), nn_std_axis(h, 1, 0, true), 1);
	nn_tensor size = nn_concat(nn_norm_axis(h, 2, 1, true), nn_prod_axis(nn_add(h, 2), 1, true), 1);
	nn_tensor top = nn_concat(nn_logsumexp(h, 1, true), nn_argmax(h, 1, true), 1);
	return nn_linear(nn_concat_of(5, (nn_tensor[]){nn_flatten(both), chosen, mean, size, top}, 1), self->output_size);
}

/* Two predictions, for the losses that compare them: the second is positive. */
struct couple { int output_size; };

nn_tensors couple_forward(const struct couple *self, nn_tensor x)
{
	nn_tensor h = nn_tanh(nn_linear(x, 4));
	return nn_tensors_of(nn_linear(h, self->output_size), nn_exp(nn_linear(h, self->output_size)));
}

/* Tokens, places, heads: a block of a transformer, and the products beside it. */
struct block { int output_size; };

nn_tensor block_forward(const struct block *self, nn_tensor x)
{
	nn_tensor token = nn_floor(nn_mul(nn_slice(x, 1, 0, 3), 4));
	nn_tensor h = nn_add(nn_embedding(token, 4, 4), nn_sinusoidal_positions(3, 4));
	nn_tensor seen = nn_add(h, nn_multi_head_attention(h, h, h, 2, NULL, true));
	nn_tensor f = nn_layer_norm(seen, 1), q = nn_rotary_positions(f);
	nn_tensor free = nn_scaled_dot_product_attention(q, q, f, nn_ge(nn_arange(0, 3), 1), false);
	nn_tensor squares = nn_einsum("btd,bsd->bts", free, f), pair = nn_bilinear(nn_flatten(squares), x, 3);
	nn_tensor large = nn_upsample_bilinear(nn_upsample_nearest(nn_reshape(pair, 1, 1, 3), 2), 2, false);
	return nn_linear(nn_concat(nn_flatten(large), nn_matmul(f, nn_parameter("v", nn_ones(), 4)), 1), self->output_size);
}
