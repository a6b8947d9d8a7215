/* misuse.c: what people get wrong, one mistake a case. x is [B,192]: a picture, steps, or heads of it. run_messages.py compares what is said with expected.txt. */
#include <mosaic.h>

struct rows { int size MOSAIC_DEFAULT(192); };

void rows_prepare(const struct rows *self, mosaic_data *data)
{
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		mosaic_input(data, split, "x", 8, self->size);
		mosaic_target(data, split, "y", 8, 2);
		mosaic_loader(data, split, 4, false, false);
	}
}

struct net { int which; };

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor picture = nn_reshape(x, 3, 8, 8), steps = nn_reshape(x, 24, 8), places = nn_reshape(x, 192, 1), label = nn_slice(x, 1, 0, 1);
	nn_tensor w = nn_parameter("w", nn_ones(), 5, 7);
	switch (self->which) {
	case 0: return nn_conv2d(x, 16, 3);
	case 1: return nn_conv2d(steps, 16, 3);
	case 2: return nn_conv2d(picture, 16, 3, .groups = 2);
	case 3: return nn_conv2d(picture, 16, 9);
	case 4: return nn_conv2d(picture, 16, 3, .stride = -1);
	case 5: return nn_conv2d(picture, 16, 3, .same = true, .stride = 2);
	case 6: return nn_conv1d(picture, 16, 3);
	case 7: return nn_conv_transpose2d(picture, 16, 2, .stride = 2, .output_padding = 2);
	case 8: return nn_max_pool2d(picture, 9);
	case 9: return nn_avg_pool2d(picture, 2, .padding = 2);
	case 10: return nn_max_pool2d(nn_squeeze(picture, 1), 2);
	case 11: return nn_batch_norm(nn_sum_axis(x, 1, false));
	case 12: return nn_group_norm(picture, 2);
	case 13: return nn_layer_norm(steps, 3);
	case 14: return nn_multi_head_attention(steps, steps, steps, 3, NULL, true);
	case 15: return nn_multi_head_attention(steps, steps, steps, 2, NULL, true, .key_padding_mask = x);
	case 16: return nn_scaled_dot_product_attention(steps, nn_slice(steps, 2, 0, 4), steps, NULL, false);
	case 17: return nn_matmul(x, w);
	case 18: return nn_matmul(picture, nn_reshape(x, 4, 8, 6));
	case 19: return nn_reshape(x, 14, 14);
	case 20: return nn_concat(picture, nn_slice(picture, 3, 0, 7), 1);
	case 21: return nn_concat(x, x, 0);
	case 22: return nn_slice(x, 1, 100, 200);
	case 23: return nn_slice(x, 1, 5, 5);
	case 24: return nn_slice(x, 0, 0, 2);
	case 25: return nn_split_of(x, 1, 3, (int[]){96, 0, 96}).at[0];
	case 26: return nn_split_of(x, 1, 2, (int[]){96, 95}).at[0];
	case 27: return nn_split(x, 1, 10).at[0];
	case 28: return nn_add(x, w);
	case 29: return nn_linear(x, 0);
	case 30: return nn_linear(nn_sum_axis(x, 1, false), 4);
	case 31: return nn_linear_with(x, w, NULL);
	case 32: return nn_lstm(x, 16);
	case 33: return nn_lstm(steps, 16, .layers = 2, .h0 = nn_slice(x, 1, 0, 16));
	case 34: return nn_embedding(x, 0, 8);
	case 35: return nn_embedding_with(x, nn_sum(w));
	case 36: return nn_cross_entropy_loss(steps, label);
	case 37: return nn_cross_entropy_loss(x, label, .weight = nn_arange(0, 10));
	case 38: return nn_mse_loss(x, label);
	case 39: return nn_mse_loss(x, x, .weight = w);
	case 40: return nn_bce_with_logits_loss(x, nn_sum(x));
	case 41: return nn_gaussian_nll_loss(x, x, steps, false);
	case 42: return nn_permute(picture, 0, 2, 3);
	case 43: return nn_transpose(x, 1, 2);
	case 44: return nn_squeeze(x, 1);
	case 45: return nn_expand(x, 3, 192);
	case 46: return nn_gather(x, 1, steps);
	case 47: return nn_einsum("bi,ij->bj", x, w);
	case 48: return nn_upsample_bilinear(x, 2, false);
	case 49: return nn_dropout(x, 50);
	case 50: return nn_pad(x, 0, 1, 1, 1, 1);
	case 51: return nn_reflection_pad(picture, 8, 8, 0, 0);
	case 52: return nn_softmax(x, 0);
	case 53: return nn_rotary_positions(places);
	case 54: return nn_sum_axis(x, 2, false);
	case 55: return nn_one_hot(nn_sum(x), 10);
	case 56: return nn_stack(x, steps, 1);
	case 57: return nn_prod_axis(x, 0, false);
	case 58: return nn_index_select(x, 1, label);
	default: return nn_linear(nn_add(x, nn_sum(w)), 2);
	}
}

/* For losses of [PROCESS] whose target does not fit: `outputs` numbers, as one tensor or as two. */
struct single { int outputs; };

nn_tensor single_forward(const struct single *self, nn_tensor x)
{
	return nn_linear(x, self->outputs);
}

struct pair { int outputs; };

nn_tensors pair_forward(const struct pair *self, nn_tensor x)
{
	return nn_tensors_of(nn_linear(x, self->outputs), nn_linear(x, self->outputs));
}

/* What comes in goes out: no call of a function to point at. */
struct same { int unused; };

nn_tensor same_forward(const struct same *self, nn_tensor x)
{
	(void)self;
	return x;
}
