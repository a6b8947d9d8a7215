/* golden_cases.c: see golden_cases.h. The nn_ functions are called as in a forward, in a trace without a module. */
#include "golden_cases.h"

#include "trace.h"

#include <mosaic.h>

#include <string.h>

struct call { nn_tensor x, t; double arg[6]; };
#define CALL(name, value) static nn_tensor call_##name(const struct call *c) { return value; }
#define ONE(name) CALL(name, nn_##name(c->x))
ONE(relu) ONE(gelu) ONE(silu) ONE(softplus) ONE(sigmoid) ONE(tanh) ONE(erf) ONE(abs) ONE(sign) ONE(square) ONE(exp) ONE(expm1) ONE(sin) ONE(cos)
ONE(tan) ONE(asin) ONE(acos) ONE(atan) ONE(sinh) ONE(cosh) ONE(exp2) ONE(log2) ONE(log10) ONE(floor) ONE(ceil) ONE(round) ONE(cumsum)
ONE(neg) ONE(sqrt) ONE(rsqrt) ONE(log) ONE(log1p) ONE(reciprocal) ONE(mean) ONE(sum) ONE(flatten)
CALL(leaky_relu, nn_leaky_relu(c->x, c->arg[0]))
CALL(elu, nn_elu(c->x, c->arg[0]))
CALL(clamp, nn_clamp(c->x, c->arg[0], c->arg[1]))
CALL(pow, nn_pow(c->x, c->arg[0]))
CALL(maximum, nn_maximum(c->x, c->arg[0]))
CALL(minimum, nn_minimum(c->x, c->arg[0]))
CALL(softmax, nn_softmax(c->x, (int)c->arg[0]))
CALL(log_softmax, nn_log_softmax(c->x, (int)c->arg[0]))
CALL(sum_axis, nn_sum_axis(c->x, (int)c->arg[0], false))
CALL(mean_axis, nn_mean_axis(c->x, (int)c->arg[0], false))
CALL(max_axis, nn_max_axis(c->x, (int)c->arg[0], false))
CALL(min_axis, nn_min_axis(c->x, (int)c->arg[0], false))
CALL(transpose, nn_transpose(c->x, (int)c->arg[0], (int)c->arg[1]))
CALL(slice, nn_slice(c->x, (int)c->arg[0], (int)c->arg[1], (int)c->arg[2]))
CALL(mse_loss, nn_mse_loss(c->x, c->t))
CALL(l1_loss, nn_l1_loss(c->x, c->t))
CALL(huber_loss, nn_huber_loss(c->x, c->t, c->arg[0]))
CALL(bce_loss, nn_bce_loss(c->x, c->t))
CALL(bce_with_logits_loss, nn_bce_with_logits_loss(c->x, c->t))
CALL(cross_entropy_loss, nn_cross_entropy_loss(c->x, c->t))

ONE(logsigmoid) ONE(softsign) ONE(tanhshrink) ONE(mish) ONE(selu) ONE(hardsigmoid) ONE(hardswish) ONE(gelu_tanh) ONE(global_avg_pool)
CALL(celu, nn_celu(c->x, c->arg[0]))
CALL(hardtanh, nn_hardtanh(c->x, c->arg[0], c->arg[1]))
CALL(hardshrink, nn_hardshrink(c->x, c->arg[0]))
CALL(softshrink, nn_softshrink(c->x, c->arg[0]))
CALL(threshold, nn_threshold(c->x, c->arg[0], c->arg[1]))
CALL(lerp, nn_lerp(c->x, nn_square(c->x), c->arg[0]))
CALL(logaddexp, nn_logaddexp(c->x, nn_square(c->x)))
CALL(hypot, nn_hypot(c->x, c->arg[0]))
#define INT(i) ((int)c->arg[i])
CALL(max_pool1d, nn_max_pool1d(c->x, INT(0), .stride = INT(1), .padding = INT(2), .dilation = INT(3)))
CALL(avg_pool1d, nn_avg_pool1d(c->x, INT(0), .stride = INT(1), .padding = INT(2)))
CALL(max_pool2d, nn_max_pool2d(c->x, INT(0), .stride = INT(1), .padding = INT(2), .dilation = INT(3)))
CALL(avg_pool2d, nn_avg_pool2d(c->x, 1, .kernels = {INT(0), INT(1)}, .strides = {INT(2), INT(3)}, .paddings = {INT(4), INT(5)}))
#define POOL_MORE .ceil_mode = INT(3)
CALL(max_pool1d_ceil, nn_max_pool1d(c->x, INT(0), .stride = INT(1), .padding = INT(2), POOL_MORE, .dilation = INT(4)))
CALL(max_pool2d_ceil, nn_max_pool2d(c->x, INT(0), .stride = INT(1), .padding = INT(2), POOL_MORE, .dilation = INT(4)))
CALL(avg_pool1d_more, nn_avg_pool1d(c->x, INT(0), .stride = INT(1), .padding = INT(2), POOL_MORE, .count_exclude_pad = INT(4)))
CALL(avg_pool2d_more, nn_avg_pool2d(c->x, INT(0), .stride = INT(1), .padding = INT(2), POOL_MORE, .count_exclude_pad = INT(4), .divisor_override = INT(5)))
CALL(adaptive_avg_pool2d, nn_adaptive_avg_pool2d(c->x, INT(0), INT(1)))
#define CONV_OPTIONS .stride = INT(0), .padding = INT(1), .dilation = INT(2), .groups = INT(3)
CALL(conv1d, nn_conv1d(c->x, 4, 3, CONV_OPTIONS))
CALL(conv2d, nn_conv2d(c->x, 4, 2, CONV_OPTIONS))
CALL(conv3d, nn_conv3d(c->x, 2, 2, CONV_OPTIONS))
CALL(conv_transpose1d, nn_conv_transpose1d(c->x, 4, 3, CONV_OPTIONS, .output_padding = INT(4)))
CALL(conv_transpose2d, nn_conv_transpose2d(c->x, 2, 2, CONV_OPTIONS, .output_padding = INT(4)))
CALL(conv_transpose3d, nn_conv_transpose3d(c->x, 2, 2, CONV_OPTIONS))
#define WEIGHT(i) (INT(i) ? nn_arange(1, INT(i)) : NULL)
CALL(smooth_l1_loss, nn_smooth_l1_loss(c->x, c->t, c->arg[0]))
CALL(bce_with_logits_loss_with, nn_bce_with_logits_loss_with(c->x, c->t, nn_arange(1, 3)))
CALL(nll_loss, nn_nll_loss_with(nn_log_softmax(c->x, -1), c->t, WEIGHT(0), INT(1)))
CALL(cross_entropy_loss_with, nn_cross_entropy_loss_with(c->x, c->t, WEIGHT(0), INT(1), c->arg[2]))
CALL(kl_div_loss, nn_kl_div_loss(nn_log_softmax(c->x, -1), c->t, INT(0), INT(1)))
CALL(poisson_nll_loss, nn_poisson_nll_loss(c->x, c->t, INT(0), INT(1)))
CALL(gaussian_nll_loss, nn_gaussian_nll_loss(nn_slice(c->x, 1, 0, 3), c->t, nn_slice(c->x, 1, 3, 6), INT(0)))
CALL(hinge_embedding_loss, nn_hinge_embedding_loss(c->x, c->t, c->arg[0]))
CALL(cosine_embedding_loss, nn_cosine_embedding_loss(nn_slice(c->x, 1, 0, 3), nn_slice(c->x, 1, 3, 6), c->t, c->arg[0]))
CALL(margin_ranking_loss, nn_margin_ranking_loss(nn_slice(c->x, 1, 0, 1), nn_slice(c->x, 1, 1, 2), c->t, c->arg[0]))
CALL(embedding, nn_embedding(nn_floor(c->x), 4, 3))
CALL(embedding_padding, nn_embedding_padding(nn_floor(c->x), 4, 3, INT(0)))
CALL(embedding_with_padding, nn_embedding_with_padding(nn_floor(c->x), nn_parameter("weight", nn_ones(), 4, 2), INT(0)))
CALL(gather, nn_gather(nn_slice(c->x, 1, 0, 2), INT(0), nn_floor(nn_abs(nn_slice(c->x, 1, 1, 3)))))
CALL(index_select, nn_index_select(c->x, INT(0), nn_mul(nn_arange(0, 2), 2)))
CALL(argmax, nn_argmax(c->x, INT(0), INT(1)))
CALL(argmin, nn_argmin(c->x, INT(0), INT(1)))
CALL(logsumexp, nn_logsumexp(c->x, INT(0), INT(1)))
CALL(flip, nn_flip(c->x, INT(0)))
CALL(roll, nn_roll(c->x, INT(0), INT(1)))
CALL(pad, nn_pad(c->x, c->arg[0], INT(1), INT(2), INT(3), INT(4)))
CALL(reflection_pad, nn_reflection_pad(c->x, INT(0), INT(1), INT(2), INT(3)))
CALL(replication_pad, nn_replication_pad(c->x, INT(0), INT(1), INT(2), INT(3)))
CALL(stack, nn_stack(c->x, nn_square(c->x), INT(0)))
CALL(squeeze, nn_squeeze(nn_mul(nn_unsqueeze(c->x, INT(0)), 2), INT(0)))
CALL(permute, nn_permute(c->x, 0, 2, 1))
CALL(expand, nn_expand(nn_unsqueeze(c->x, 1), 2, -1, -1))
ONE(prod) ONE(argmax_all) ONE(argmin_all) ONE(logsumexp_all)
CALL(prod_axis, nn_prod_axis(c->x, INT(0), INT(1)))
CALL(var_axis, nn_var_axis(c->x, INT(0), INT(1), INT(2)))
CALL(std, nn_std(c->x, INT(0)))
CALL(norm_axis, nn_norm_axis(c->x, c->arg[0], INT(1), INT(2)))

static nn_tensor call_split(const struct call *c)
{
	nn_tensors parts = nn_split(c->x, INT(0), INT(1));
	return nn_sub(parts.at[0], parts.at[1]);
}
CALL(upsample_nearest, nn_upsample_nearest(c->x, INT(0)))
CALL(upsample_bilinear, nn_upsample_bilinear(c->x, INT(0), INT(1)))
CALL(matmul, nn_matmul(nn_unsqueeze(c->x, 1), nn_transpose(nn_expand(nn_unsqueeze(nn_sin(c->x), 1), 2, -1, -1), 2, 3)))
CALL(matmul_vector, nn_matmul(c->x, nn_arange(1, 4)))
CALL(einsum_batch, nn_einsum("bij, bkj -> bik", c->x, nn_sin(c->x)))
CALL(einsum_sum, nn_einsum("bij,bij->b", c->x, nn_sin(c->x)))
CALL(einsum_outer, nn_einsum("bij,bkl->bkj", c->x, nn_sin(c->x)))
static nn_tensor call_einsum_more(const struct call *c)
{
	static const char *const equations[] = {"...ij,...kj->...ik", "bij,...->bij", "...ij,ij->...", "b...,kj->b...k", "bij , jii -> bi", "...ij,ij->...j", "...j,...j->..."};
	nn_tensor table = nn_reshape(nn_mul(nn_arange(1, 12), 0.125), 3, 4), cube = nn_reshape(nn_mul(nn_arange(1, 36), 0.125), 4, 3, 3);
	nn_tensor others[] = {nn_sin(c->x), nn_sin(c->x), table, table, cube, nn_slice(table, 0, 1, 2), nn_slice(table, 0, 1, 2)};
	return nn_einsum(equations[INT(0)], c->x, others[INT(0)]);
}

/* x [B,4] as matrices of 2 x 2, and of 1 x 4. */
static nn_tensor call_einsum_one(const struct call *c)
{
	static const char *const equations[] = {"bii->bi", "...ii->...", "bij->bji", "bij->"};
	return nn_einsum(equations[INT(0)], nn_reshape(c->x, 2, 2), NULL);
}
CALL(bilinear, nn_bilinear(nn_slice(c->x, 1, 0, 2), nn_slice(c->x, 1, 2, 5), 3))
CALL(softplus_with, nn_softplus_with(c->x, c->arg[0], c->arg[1]))
CALL(bilinear_no_bias, nn_bilinear_no_bias(nn_slice(c->x, 1, 0, 2), nn_slice(c->x, 1, 2, 5), 3))
CALL(instance_norm_running, nn_instance_norm(c->x, .running = true, .momentum = c->arg[0], .affine = INT(1)))
CALL(instance_norm_eval, nn_instance_norm(c->x, .running = true, .affine = true))
CALL(weight_norm_axis, nn_linear_with(c->x, nn_weight_norm_axis(nn_parameter("v", nn_ones(), 2, 4), nn_parameter("g", nn_ones(), 4), INT(0)), NULL))
CALL(attention, nn_scaled_dot_product_attention(c->x, nn_sin(c->x), nn_square(c->x), INT(0) ? nn_ge(nn_arange(0, 3), 1) : NULL, INT(1)))
CALL(multi_head_attention, nn_multi_head_attention(c->x, INT(1) ? nn_sin(c->x) : c->x, c->x, 2, NULL, INT(0)))
CALL(sinusoidal_positions, nn_mul(c->x, nn_sinusoidal_positions(3, 4)))
CALL(rotary_positions, nn_rotary_positions(c->x))

/* args: layers, directions more than one, first and last states, relu, no bias. The states before the first step are made of x. */
#define FIRST(f) (INT(2) ? f(nn_slice(c->x, 1, 0, INT(0) * (1 + INT(1)))) : NULL)
#define RECURRENT .layers = INT(0), .bidirectional = INT(1), .no_bias = INT(4), .h0 = FIRST(nn_sin)
#define WITH_STATES(name, ...) INT(2) ? all_states(nn_##name##_states(c->x, 2, RECURRENT, __VA_ARGS__)) : nn_##name(c->x, 2, RECURRENT, __VA_ARGS__)

static nn_tensor all_states(nn_tensors all)
{
	for (int i = 0; i < all.count; i++)
		all.at[i] = nn_flatten(all.at[i]);
	return nn_concat_of(all.count, all.at, 1);
}
#define PROJECTED .layers = INT(0), .bidirectional = INT(1), .no_bias = INT(4), .proj_size = 2, .h0 = INT(2) ? nn_sin(nn_slice(c->x, 1, 0, INT(0) * (1 + INT(1)))) : NULL
CALL(lstm_projected, INT(2) ? all_states(nn_lstm_states(c->x, 3, PROJECTED)) : nn_lstm(c->x, 3, PROJECTED))
CALL(rnn, WITH_STATES(rnn, .relu = INT(3)))
CALL(lstm, WITH_STATES(lstm, .c0 = FIRST(nn_square)))
CALL(gru, WITH_STATES(gru, .dropout = 0))

/* Two and three tensors: see pair_cases in golden_ops.py. */
#define SECOND nn_slice(nn_sin(c->x), 1, 0, 1)
#define THIRD nn_slice(nn_cos(c->x), 2, 0, 1)
#define PAIR(name) CALL(name##_pair, nn_##name(c->x, SECOND))
#define COMPARED(name) CALL(name##_pair, nn_mul(nn_##name(c->x, SECOND), c->x))
PAIR(add) PAIR(sub) PAIR(mul) PAIR(div) PAIR(pow) PAIR(maximum) PAIR(minimum) PAIR(logaddexp) PAIR(hypot) PAIR(leaky_relu)
COMPARED(lt) COMPARED(le) COMPARED(gt) COMPARED(ge) COMPARED(eq) COMPARED(ne)
CALL(bce_pair, nn_bce(nn_sigmoid(c->x), SECOND))
CALL(where_pair, nn_where(nn_gt(c->x, SECOND), THIRD, nn_square(c->x)))
CALL(lerp_pair, nn_lerp(c->x, SECOND, THIRD))
CALL(clamp_pair, nn_clamp(c->x, nn_sub(SECOND, 0.5), nn_add(THIRD, 0.5)))

/* ---- with weights, and the rest: weight_cases and other_cases ---- */
CALL(linear, nn_linear(c->x, INT(0)))
CALL(linear_with, nn_linear_with(c->x, nn_parameter("weight", nn_ones(), 2, 4), nn_parameter("bias", nn_ones(), 2)))
CALL(conv1d_with, nn_conv1d_with(c->x, nn_parameter("weight", nn_ones(), 2, 3, 2), nn_parameter("bias", nn_ones(), 2), .stride = 2, .padding = 1))
CALL(conv2d_with, nn_conv2d_with(c->x, nn_parameter("weight", nn_ones(), 2, 4, 2, 2), nn_parameter("bias", nn_ones(), 2), .padding = 1))
CALL(conv3d_with, nn_conv3d_with(nn_unsqueeze(c->x, 1), nn_parameter("weight", nn_ones(), 2, 1, 2, 2, 1), nn_parameter("bias", nn_ones(), 2), .stride = 1))
CALL(embedding_with, nn_embedding_with(nn_floor(c->x), nn_parameter("weight", nn_ones(), 4, 2)))
CALL(batch_norm, INT(2) && c->arg[0] < 1e-4 ? nn_batch_norm(c->x) : nn_batch_norm_with(c->x, c->arg[0], c->arg[1], INT(2)))
CALL(batch_norm_eval, nn_batch_norm(c->x))
CALL(layer_norm, nn_layer_norm(c->x, INT(0)))
CALL(group_norm, nn_group_norm(c->x, INT(0)))
CALL(instance_norm, nn_instance_norm(c->x))
CALL(rms_norm, nn_rms_norm(c->x))
CALL(weight_norm, nn_linear_with(c->x, nn_weight_norm(nn_parameter("v", nn_ones(), 2, 4), nn_parameter("g", nn_ones(), 2)), nn_parameter("bias", nn_ones(), 2)))
CALL(concat, nn_concat(c->x, nn_square(c->x), INT(0)))
CALL(concat_of, nn_concat_of(3, (nn_tensor[]){c->x, nn_sin(c->x), nn_square(c->x)}, INT(0)))
CALL(reshape, nn_reshape(c->x, 2, 3))
CALL(sum_axes, nn_sum_axes(c->x, 2, (int[]){1, 2}, INT(0)))
CALL(mean_axes, nn_mean_axes(c->x, 2, (int[]){0, 2}, INT(0)))
ONE(max) ONE(min) ONE(global_max_pool) ONE(last_step)
CALL(var, nn_var(c->x, INT(0)))
CALL(std_axis, nn_std_axis(c->x, INT(0), INT(1), INT(2)))
CALL(norm, nn_norm(c->x, c->arg[0]))
CALL(one_hot, nn_one_hot(nn_floor(c->x), INT(0)))
CALL(arange, nn_mul(c->x, nn_arange(3, 2)))
CALL(samples, nn_mul(c->x, nn_samples()))
CALL(dropout, nn_dropout(c->x, c->arg[0]))
CALL(dropout2d, nn_dropout2d(c->x, c->arg[0]))

/* ---- options: golden_options.py ---- */
#define MORE .reduction = (enum nn_reduction)INT(0), .weight = WEIGHT(1)
CALL(mse_loss_more, nn_mse_loss(c->x, nn_cos(c->x), MORE))
CALL(l1_loss_more, nn_l1_loss(c->x, nn_cos(c->x), MORE))
CALL(huber_loss_more, nn_huber_loss(c->x, nn_cos(c->x), 0.7, MORE))
CALL(smooth_l1_loss_more, nn_smooth_l1_loss(c->x, nn_cos(c->x), 0.7, MORE))
CALL(bce_loss_more, nn_bce_loss(nn_sigmoid(c->x), nn_square(nn_cos(c->x)), MORE))
CALL(bce_with_logits_loss_more, nn_bce_with_logits_loss(c->x, nn_square(nn_cos(c->x)), MORE))
CALL(bce_with_logits_loss_with_more, nn_bce_with_logits_loss_with(c->x, nn_square(nn_cos(c->x)), nn_arange(2, 3), MORE))
CALL(kl_div_loss_more, nn_kl_div_loss(nn_log_softmax(c->x, -1), nn_sigmoid(c->x), false, false, MORE))
CALL(poisson_nll_loss_more, nn_poisson_nll_loss(nn_square(c->x), nn_square(nn_cos(c->x)), false, true, MORE, .eps = 0.25))
CALL(gaussian_nll_loss_more, nn_gaussian_nll_loss(c->x, nn_cos(c->x), nn_square(nn_slice(c->x, 1, 0, 1)), INT(2), MORE, .eps = 0.25))
CALL(hinge_embedding_loss_more, nn_hinge_embedding_loss(c->x, nn_sign(c->x), 0.5, MORE))
CALL(cosine_embedding_loss_more, nn_cosine_embedding_loss(c->x, nn_cos(c->x), nn_sign(nn_slice(c->x, 1, 0, 1)), 0.25, MORE))
CALL(margin_ranking_loss_more, nn_margin_ranking_loss(c->x, nn_cos(c->x), nn_sign(c->x), 0.25, MORE))
#define LAST(x) nn_slice(x, 1, -1, 0)
#define BUT_LAST(x) nn_slice(x, 1, 0, -1)
CALL(cross_entropy_loss_more, nn_cross_entropy_loss(BUT_LAST(c->x), LAST(c->x), MORE))
CALL(cross_entropy_loss_with_more, nn_cross_entropy_loss_with(BUT_LAST(c->x), LAST(c->x), WEIGHT(1), 1, 0.2, .reduction = (enum nn_reduction)INT(0)))
CALL(nll_loss_more, nn_nll_loss(BUT_LAST(c->x), LAST(c->x), MORE))
CALL(nll_loss_with_more, nn_nll_loss_with(BUT_LAST(c->x), LAST(c->x), WEIGHT(1), 1, .reduction = (enum nn_reduction)INT(0)))
CALL(cross_entropy_places, nn_cross_entropy_loss(BUT_LAST(c->x), nn_squeeze(LAST(c->x), 1), MORE))
CALL(batch_norm_more, nn_batch_norm(c->x, .eps = c->arg[0], .momentum = c->arg[1], .cumulative = INT(2), .no_affine = INT(3), .no_bias = INT(4), .no_running = INT(5)))
CALL(layer_norm_more, nn_layer_norm(c->x, INT(0), .eps = c->arg[1], .no_affine = INT(2), .no_bias = INT(3)))
CALL(group_norm_more, nn_group_norm(c->x, INT(0), .eps = c->arg[1], .no_affine = INT(2), .no_bias = INT(3)))
CALL(instance_norm_more, nn_instance_norm(c->x, .eps = c->arg[0], .affine = INT(1)))
CALL(rms_norm_more, nn_rms_norm(c->x, .axes = INT(0), .eps = c->arg[1], .no_affine = INT(2)))
CALL(weight_norm_whole, nn_linear_with(c->x, nn_weight_norm(nn_parameter("v", nn_ones(), 2, 4), nn_parameter("g", nn_ones())), NULL))
CALL(linear_no_bias, nn_linear_no_bias(c->x, 2))

#define SAME_CONV .same = INT(0), .padding = INT(1), .padding_mode = (enum nn_padding_mode)INT(2), .dilation = INT(3), .no_bias = INT(4)
CALL(conv1d_more, nn_conv1d(c->x, 2, 3, SAME_CONV))
CALL(conv2d_more, nn_conv2d(c->x, 2, 2, SAME_CONV))
CALL(conv3d_more, nn_conv3d(nn_unsqueeze(c->x, 1), 2, 2, SAME_CONV))
CALL(conv2d_with_more, nn_conv2d_with(c->x, nn_parameter("weight", nn_ones(), 2, 2, 2, 3), NULL, .same = true))
CALL(conv_transpose1d_with, nn_conv_transpose1d_with(c->x, nn_parameter("weight", nn_ones(), 2, 3, 2), nn_parameter("bias", nn_ones(), 3), .stride = 2, .output_padding = 1))
CALL(conv_transpose2d_with, nn_conv_transpose2d_with(c->x, nn_parameter("weight", nn_ones(), 2, 1, 2, 2), nn_parameter("bias", nn_ones(), 2), .groups = 2, .strides = {2, 3},
	.output_paddings = {1, 2}))
CALL(conv_transpose3d_with, nn_conv_transpose3d_with(nn_unsqueeze(c->x, 1), nn_parameter("weight", nn_ones(), 1, 2, 2, 1, 2), NULL, .stride = 1))
CALL(circular_pad, nn_circular_pad(c->x, INT(0), INT(1), INT(2), INT(3)))
static nn_tensor call_split_of(const struct call *c)
{
	nn_tensors parts = nn_split_of(c->x, 2, 3, (int[]){1, 2, 1});
	return nn_mul(nn_add(parts.at[0], parts.at[2]), parts.at[1]);
}
CALL(slice_step, nn_slice_step(c->x, INT(0), INT(1), INT(2), INT(3)))
CALL(cumsum_axis, nn_cumsum_axis(c->x, INT(0)))
CALL(max_axes, nn_max_axes(c->x, 2, (int[]){1, 2}, INT(0)))
CALL(min_axes, nn_min_axes(c->x, 2, (int[]){0, 2}, INT(0)))
CALL(var_axes, nn_var_axes(c->x, 2, (int[]){1, 2}, INT(0), INT(1)))
CALL(std_axes, nn_std_axes(c->x, 2, (int[]){1, 2}, INT(0), INT(1)))
CALL(norm_axes, nn_norm_axes(c->x, INT(0) == 99 ? 1.0 / 0.0 : INT(0) == -99 ? -1.0 / 0.0 : c->arg[0], 2, (int[]){1, 2}, INT(1)))
CALL(upsample_bilinear_to, nn_upsample_bilinear_to(c->x, INT(0), INT(1), INT(2)))
CALL(upsample_nearest_to, nn_upsample_nearest_to(c->x, INT(0), INT(1)))
CALL(upsample_linear, nn_upsample_linear(c->x, INT(0), INT(1)))
CALL(attention_more, nn_scaled_dot_product_attention(c->x, nn_sin(c->x), nn_square(c->x), NULL, INT(0), .scale = c->arg[1], .attn_bias = nn_arange(0, 3)))
CALL(attention_dropout, nn_scaled_dot_product_attention(c->x, nn_sin(c->x), nn_square(c->x), NULL, false, .dropout = c->arg[0]))
#define PADDED nn_gt(nn_sum_axis(c->x, 2, false), 0.5)
CALL(multi_head_attention_more, nn_multi_head_attention(c->x, INT(0) ? nn_concat(c->x, nn_sin(c->x), 2) : c->x, INT(0) ? nn_cos(c->x) : c->x, 2, NULL, INT(1), .no_bias = INT(2),
	.key_padding_mask = INT(3) ? PADDED : NULL))

#define NAMED(name) {#name, call_##name}
static const struct { const char *name; nn_tensor (*f)(const struct call *c); } functions[] = {
	NAMED(relu), NAMED(gelu), NAMED(silu), NAMED(softplus), NAMED(sigmoid), NAMED(tanh), NAMED(erf), NAMED(abs), NAMED(sign), NAMED(square),
	NAMED(exp), NAMED(expm1), NAMED(sin), NAMED(cos), NAMED(neg), NAMED(sqrt), NAMED(rsqrt), NAMED(log), NAMED(log1p), NAMED(reciprocal),
	NAMED(tan), NAMED(asin), NAMED(acos), NAMED(atan), NAMED(sinh), NAMED(cosh), NAMED(exp2), NAMED(log2), NAMED(log10), NAMED(floor),
	NAMED(ceil), NAMED(round), NAMED(cumsum), NAMED(mean), NAMED(sum), NAMED(flatten), NAMED(leaky_relu), NAMED(elu), NAMED(clamp), NAMED(pow), NAMED(maximum), NAMED(minimum),
	NAMED(softmax), NAMED(log_softmax), NAMED(sum_axis), NAMED(mean_axis), NAMED(max_axis), NAMED(min_axis), NAMED(transpose), NAMED(slice),
	NAMED(mse_loss), NAMED(l1_loss), NAMED(huber_loss), NAMED(bce_loss), NAMED(bce_with_logits_loss), NAMED(cross_entropy_loss),
	NAMED(logsigmoid), NAMED(softsign), NAMED(tanhshrink), NAMED(mish), NAMED(selu), NAMED(hardsigmoid), NAMED(hardswish), NAMED(gelu_tanh), NAMED(celu),
	NAMED(hardtanh), NAMED(hardshrink), NAMED(softshrink), NAMED(threshold), NAMED(lerp), NAMED(logaddexp), NAMED(hypot), NAMED(global_avg_pool),
	NAMED(max_pool1d), NAMED(avg_pool1d), NAMED(max_pool2d), NAMED(avg_pool2d), NAMED(max_pool1d_ceil), NAMED(max_pool2d_ceil), NAMED(avg_pool1d_more), NAMED(avg_pool2d_more),
	NAMED(adaptive_avg_pool2d),
	NAMED(conv1d), NAMED(conv2d), NAMED(conv3d), NAMED(conv_transpose1d), NAMED(conv_transpose2d), NAMED(conv_transpose3d),
	NAMED(smooth_l1_loss), NAMED(bce_with_logits_loss_with), NAMED(nll_loss), NAMED(cross_entropy_loss_with), NAMED(kl_div_loss), NAMED(poisson_nll_loss), NAMED(gaussian_nll_loss),
	NAMED(hinge_embedding_loss), NAMED(cosine_embedding_loss), NAMED(margin_ranking_loss),
	NAMED(embedding), NAMED(embedding_padding), NAMED(embedding_with_padding), NAMED(gather), NAMED(index_select), NAMED(argmax), NAMED(argmin), NAMED(logsumexp), NAMED(flip), NAMED(roll), NAMED(pad), NAMED(reflection_pad),
	NAMED(replication_pad), NAMED(stack), NAMED(split), NAMED(squeeze), NAMED(permute), NAMED(expand), NAMED(prod_axis), NAMED(prod), NAMED(argmax_all), NAMED(argmin_all), NAMED(logsumexp_all), NAMED(var_axis), NAMED(std), NAMED(norm_axis),
	NAMED(upsample_nearest), NAMED(upsample_bilinear), NAMED(matmul), NAMED(matmul_vector), NAMED(einsum_batch), NAMED(einsum_sum), NAMED(einsum_outer), NAMED(einsum_more), NAMED(einsum_one),
	NAMED(bilinear), NAMED(attention), NAMED(multi_head_attention), NAMED(sinusoidal_positions), NAMED(rotary_positions),
	NAMED(rnn), NAMED(lstm), NAMED(lstm_projected), NAMED(softplus_with), NAMED(bilinear_no_bias), NAMED(instance_norm_running), NAMED(instance_norm_eval), NAMED(weight_norm_axis), NAMED(gru),
	NAMED(add_pair), NAMED(sub_pair), NAMED(mul_pair), NAMED(div_pair), NAMED(pow_pair), NAMED(maximum_pair), NAMED(minimum_pair),
	NAMED(logaddexp_pair), NAMED(hypot_pair), NAMED(leaky_relu_pair), NAMED(lt_pair), NAMED(le_pair), NAMED(gt_pair), NAMED(ge_pair), NAMED(eq_pair),
	NAMED(ne_pair), NAMED(bce_pair), NAMED(where_pair), NAMED(lerp_pair), NAMED(clamp_pair), NAMED(linear), NAMED(linear_with), NAMED(conv1d_with),
	NAMED(conv2d_with), NAMED(conv3d_with), NAMED(embedding_with), NAMED(batch_norm), NAMED(batch_norm_eval), NAMED(layer_norm), NAMED(group_norm),
	NAMED(instance_norm), NAMED(rms_norm), NAMED(weight_norm), NAMED(concat), NAMED(concat_of), NAMED(reshape), NAMED(sum_axes), NAMED(mean_axes),
	NAMED(max), NAMED(min), NAMED(global_max_pool), NAMED(last_step), NAMED(var), NAMED(std_axis), NAMED(norm), NAMED(one_hot), NAMED(arange),
	NAMED(samples), NAMED(dropout), NAMED(dropout2d),
	NAMED(mse_loss_more), NAMED(l1_loss_more), NAMED(huber_loss_more), NAMED(smooth_l1_loss_more), NAMED(bce_loss_more),
	NAMED(bce_with_logits_loss_more), NAMED(bce_with_logits_loss_with_more), NAMED(kl_div_loss_more), NAMED(poisson_nll_loss_more), NAMED(gaussian_nll_loss_more),
	NAMED(hinge_embedding_loss_more), NAMED(cosine_embedding_loss_more), NAMED(margin_ranking_loss_more), NAMED(cross_entropy_loss_more), NAMED(cross_entropy_loss_with_more),
	NAMED(nll_loss_more), NAMED(nll_loss_with_more), NAMED(cross_entropy_places), NAMED(batch_norm_more), NAMED(layer_norm_more),
	NAMED(group_norm_more), NAMED(instance_norm_more), NAMED(rms_norm_more), NAMED(weight_norm_whole), NAMED(linear_no_bias),
	NAMED(conv1d_more), NAMED(conv2d_more), NAMED(conv3d_more), NAMED(conv2d_with_more), NAMED(conv_transpose1d_with),
	NAMED(conv_transpose2d_with), NAMED(conv_transpose3d_with), NAMED(circular_pad), NAMED(split_of), NAMED(slice_step),
	NAMED(cumsum_axis), NAMED(max_axes), NAMED(min_axes), NAMED(var_axes), NAMED(std_axes),
	NAMED(norm_axes), NAMED(upsample_bilinear_to), NAMED(upsample_nearest_to), NAMED(upsample_linear), NAMED(attention_more),
	NAMED(attention_dropout), NAMED(multi_head_attention_more)};

/* ---- which functions have numbers from PyTorch ------------------------------------------------------------ */

/* The names of cases that are not the function's own. */
static const struct { const char *function, *case_name; } other_names[] = {
	{"batch_norm_with", "batch_norm"}, {"standardize", "batch_norm"}, {"rnn_states", "rnn"}, {"lstm_states", "lstm"}, {"gru_states", "gru"}, {"nll_loss_with", "nll_loss"},
	{"einsum", "einsum_batch"}, {"unsqueeze", "squeeze"}, {"scaled_dot_product_attention", "attention"}};
static const struct { const char *function, *why; } without[] = {
	{"noise", "torch has no layer of that name: ops_cases compares its parts with the reference, trainer_random its distribution"}};

static bool is_called(const json_t *functions, const char *name)
{
	size_t i, len = strlen(name);
	json_t *c;
	json_array_foreach(functions, i, c) {
		const char *called = json_string_value(json_object_get(c, "function"));
		if (called && strncmp(called, name, len) == 0 && (!called[len] || strcmp(called + len, "_pair") == 0))
			return true;
	}
	for (size_t k = 0; k < sizeof other_names / sizeof *other_names; k++)
		if (strcmp(other_names[k].function, name) == 0)
			return is_called(functions, other_names[k].case_name);
	for (size_t k = 0; k < sizeof without / sizeof *without; k++)
		if (strcmp(without[k].function, name) == 0)
			return true;
	return false;
}

bool golden_is_complete(struct arena *a, const json_t *functions)
{
	bool complete = true;
	for (int i = 0; op_registry[i]; i++)
		if (op_registry[i]->class == OP_ELEMENTWISE && op_registry[i]->inputs > 0 && !is_called(functions, op_registry[i]->name)) {
			fprintf(stderr, "nn_%s: no numbers from PyTorch; golden_torch.py makes them\n", op_registry[i]->name);
			complete = false;
		}
	for (const struct op_function *f = op_functions; f->file; f++) {
		const char *open = strchr(f->prototype, '('), *start = open;
		while (start > f->prototype && start[-1] != ' ' && start[-1] != '*')
			start--;
		const char *name = arena_strndup(a, start + 3, (size_t)(open - start) - 3);       /* without nn_ */
		const char *end = name + strlen(name) - (strlen(name) > 3 ? 3 : 0), *stem = arena_strndup(a, name, (size_t)(end - name));
		if (!is_called(functions, name) && !(strcmp(end, "_of") == 0 && is_called(functions, stem))) {
			fprintf(stderr, "nn_%s: no numbers from PyTorch; golden_torch.py makes them\n", name);
			complete = false;
		}
	}
	return complete;
}

/* ---- the graph of a case ------------------------------------------------------------------------------------- */

const json_t *golden_values(const json_t *c, int n, const char *name)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(c, "tries"), i, one)
		if (json_integer_value(json_object_get(one, "n")) == n && json_object_get(one, name))
			return json_object_get(one, name);
	return json_object_get(json_array_get(json_object_get(c, "tries"), 0), name);
}

static struct shape shape_of_json(const json_t *tensor, bool batch)
{
	struct shape s = {.batch = batch ? 0 : -1};
	size_t i;
	json_t *size;
	json_array_foreach(json_object_get(tensor, "shape"), i, size)
		s.dim[s.rank++] = json_integer_value(size);
	return s;
}

static nn_tensor called(const json_t *c, const struct call *call)
{
	const char *name = json_string_value(json_object_get(c, "function"));
	for (size_t i = 0; name && i < sizeof functions / sizeof *functions; i++)
		if (strcmp(functions[i].name, name) == 0)
			return functions[i].f(call);
	die("golden_cases.c cannot call %s", name ? name : "a function without a name");
}

void golden_name(const json_t *c, struct text *out)
{
	size_t i;
	json_t *arg;
	text_printf(out, "torch %s", json_string_value(json_object_get(c, "function")));
	json_array_foreach(json_object_get(c, "args"), i, arg)
		text_printf(out, " %g", json_number_value(arg));
}

static bool ends_with(const char *name, const char *end)
{
	return strlen(name) > strlen(end) && strcmp(name + strlen(name) - strlen(end), end) == 0;
}

struct graph *golden_graph(struct arena *a, const json_t *c, const char *graph_name)
{
	static struct watch_report report;              /* no module: nothing is in user code */
	struct trace_scope scope = {.arena = a, .report = &report};
	int batch = (int)json_integer_value(json_object_get(c, "batch"));
	const json_t *t = golden_values(c, batch, "t"), *w = golden_values(c, batch, "w");
	struct call call = {0};
	trace_begin(&scope);
	trace_graph_begin(graph_name, !ends_with(json_string_value(json_object_get(c, "function")), "_norm_eval"), true, batch);
	trace_in("golden", true);
	call.x = trace_leaf(NODE_INPUT, "x", shape_of_json(golden_values(c, batch, "x"), true));
	if (t)
		call.t = trace_leaf(NODE_TARGET, "t", shape_of_json(t, true));
	for (size_t i = 0; i < sizeof call.arg / sizeof *call.arg; i++)
		call.arg[i] = json_number_value(json_array_get(json_object_get(c, "args"), i));
	nn_tensor y = called(c, &call), loss = y;
	struct graph *g = trace_graph();
	if (w) {
		nn_tensor weights = trace_leaf(NODE_TARGET, "w", y->shape);
		loss = nn_sum(nn_mul(y, weights));
	}
	graph_output(g, "prediction", "y", y);
	graph_output(g, "prediction", "d_x", nn_grad(loss, call.x));
	graph_output(g, "loss", "loss", loss);
	trace_add_updates();
	return g;
}
