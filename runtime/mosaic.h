/* mosaic.h: what user modules include. Classes are structs, methods are functions <class>_<method>.
**
**   data classes      void  <class>_prepare(const struct <class> *self, mosaic_data *data [, const mosaic_run_info *run [, const mosaic_module_info *module]]);
**                                           or struct <class> *self, to fill derived fields that info() tells
**                     void  <class>_transform(const struct <class> *self, mosaic_data *data [, ...]);    what predict repeats
**                     void  <class>_info(const struct <class> *self, mosaic_info *info);
**   pipeline classes  nn_tensor <class>_forward(const struct <class> *self, nn_tensor x [, ...]);        or nn_tensors
**                     void  <class>_init(struct <class> *self);                 checks, derived fields
**                     bool  <class>_parameters(const struct <class> *self, const char *name);            does it train? Or nn_group: how
**                     void  <class>_metric(const struct <class> *self, nn_tensor prediction, nn_tensor target);
**   loss classes      nn_tensor <class>_loss(const struct <class> *self, nn_tensor prediction, nn_tensor target);
**                     loss and metric get all predictions, then all targets; they may take the inputs behind them, or one nn_tensors
*/
#ifndef MOSAIC_H
#define MOSAIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __clang__
#define MOSAIC_ANNOTATE(text) __attribute__((annotate(text)))
#else
#define MOSAIC_ANNOTATE(text)
#endif
/* On a field: the value when the config gives none, as the config would write it. */
#define MOSAIC_DEFAULT(...) MOSAIC_ANNOTATE("mosaic.default=" #__VA_ARGS__)
/* On a field: not a parameter; init fills it. */
#define MOSAIC_DERIVED MOSAIC_ANNOTATE("mosaic.derived")
/* At file scope: a library that this source needs, by its pkg-config name. */
#define MOSAIC_PKG(name) extern const char mosaic_pkg MOSAIC_ANNOTATE("mosaic.pkg=" name)

/* Lists, written [1, 2, 3] in the config. */
typedef struct { int count; const int64_t *at; } mosaic_ints;
typedef struct { int count; const double *at; } mosaic_floats;

/* ---- info: values for the modules that come later ------------------------------------------- */
typedef struct mosaic_info mosaic_info;
void mosaic_info_int(mosaic_info *info, const char *name, int64_t value);
void mosaic_info_float(mosaic_info *info, const char *name, double value);
void mosaic_info_string(mosaic_info *info, const char *name, const char *value);
void mosaic_info_bool(mosaic_info *info, const char *name, bool value);

/* ---- run_info, module_info ------------------------------------------------------------------ */
typedef struct mosaic_run_info mosaic_run_info;
int64_t mosaic_run_id(const mosaic_run_info *run);
uint64_t mosaic_run_seed(const mosaic_run_info *run);
const char *mosaic_run_device(const mosaic_run_info *run);                          /* "cpu", "cuda:0" */
const char *mosaic_run_get(const mosaic_run_info *run, const char *name);           /* an info() value as text, or NULL */
typedef struct mosaic_module_info mosaic_module_info;
const char *mosaic_module_get(const mosaic_module_info *module, const char *name);  /* a pair of its section, or NULL */

/* ---- random numbers: the same for a seed and a purpose, on every machine -------------------- */
typedef struct { uint64_t key[2], counter; } mosaic_random;
mosaic_random mosaic_random_for(const mosaic_run_info *run, const char *purpose);
uint64_t mosaic_random_bits(mosaic_random *r);
double mosaic_random_uniform(mosaic_random *r);                   /* [0, 1) */
double mosaic_random_normal(mosaic_random *r);                    /* mean 0, deviation 1 */
int64_t mosaic_random_below(mosaic_random *r, int64_t n);         /* 0 .. n-1 */
void mosaic_random_permutation(mosaic_random *r, int64_t n, int64_t *out);

/* ---- data: train, test and validation parts, each a list of arrays of samples --------------- */
typedef struct mosaic_data mosaic_data;
enum mosaic_split { MOSAIC_TRAIN, MOSAIC_TEST, MOSAIC_VALIDATION, MOSAIC_SPLITS };
enum mosaic_role { MOSAIC_INPUT, MOSAIC_TARGET };
enum mosaic_type { MOSAIC_FLOAT32, MOSAIC_FLOAT64, MOSAIC_INT32, MOSAIC_INT64, MOSAIC_UINT8 };
struct mosaic_array {
	const char *name;
	enum mosaic_role role;
	enum mosaic_type type;
	int64_t samples;
	int rank; int64_t shape[8];        /* of one sample; rank 0: one number */
	void *at;                          /* samples * product(shape) values, row by row; NULL for a stream */
};
/* Adds an array of zeros; every array of a split has the same count of samples. The memory belongs to `data`.
** mosaic_floats32(data, MOSAIC_TRAIN, MOSAIC_INPUT, "x", 160, 2) is 160 samples of 2 floats. */
struct mosaic_array *mosaic_add(mosaic_data *data, enum mosaic_split split, enum mosaic_role role, enum mosaic_type type,
	const char *name, int64_t samples, int rank, const int64_t *shape);
#define MOSAIC_DIMS(...) (int)(sizeof((int64_t[]){0, ##__VA_ARGS__}) / sizeof(int64_t)) - 1, (int64_t[]){0, ##__VA_ARGS__} + 1
#define mosaic_input(data, split, name, samples, ...) \
	((float *)mosaic_add(data, split, MOSAIC_INPUT, MOSAIC_FLOAT32, name, samples, MOSAIC_DIMS(__VA_ARGS__))->at)
#define mosaic_target(data, split, name, samples, ...) \
	((float *)mosaic_add(data, split, MOSAIC_TARGET, MOSAIC_FLOAT32, name, samples, MOSAIC_DIMS(__VA_ARGS__))->at)
#define mosaic_labels(data, split, name, samples) \
	((int32_t *)mosaic_add(data, split, MOSAIC_TARGET, MOSAIC_INT32, name, samples, MOSAIC_DIMS())->at)
/* Samples that do not fit in memory: `read` fills `out` with `count` samples from `first` on. */
typedef void mosaic_reader(void *context, int64_t first, int64_t count, void *out);
struct mosaic_array *mosaic_stream(mosaic_data *data, enum mosaic_split split, enum mosaic_role role, enum mosaic_type type,
	const char *name, int64_t samples, int rank, const int64_t *shape, mosaic_reader *read, void *context);
/* Samples in a file, mapped: `offset` bytes in. */
struct mosaic_array *mosaic_map(mosaic_data *data, enum mosaic_split split, enum mosaic_role role, enum mosaic_type type,
	const char *name, const char *path, int64_t offset, int64_t samples, int rank, const int64_t *shape);
/* Array `index` of a split, or NULL; for data modules that transform what the module before them made. */
struct mosaic_array *mosaic_get(mosaic_data *data, enum mosaic_split split, int index);
int64_t mosaic_samples(const mosaic_data *data, enum mosaic_split split);
/* Batches of a split; train and test have batch_size 1, no shuffle, drop_last false until they are set. */
void mosaic_loader(mosaic_data *data, enum mosaic_split split, int batch_size, bool shuffle, bool drop_last);
void mosaic_loader_get(const mosaic_data *data, enum mosaic_split split, int *batch_size, bool *shuffle, bool *drop_last);
double mosaic_value(const struct mosaic_array *a, int64_t index);              /* any type, as a number */
void mosaic_set_value(struct mosaic_array *a, int64_t index, double value);

/* Samples `first` to `first + count - 1` as numbers, of arrays in memory, in files, of streams alike: count * product(shape) of them. */
void mosaic_read(const mosaic_data *data, const struct mosaic_array *a, int64_t first, int64_t count, double *out);
/* Gives an array new memory of zeros, of another type, shape or count of samples. Returns what it was: its `at` can be read until the method ends. */
struct mosaic_array mosaic_remake(mosaic_data *data, struct mosaic_array *a, enum mosaic_type type, int64_t samples, int rank, const int64_t *shape);
/* The same for what is larger than memory: the array becomes a stream of float64, whose samples `make` makes of those before, one at a time, as they are loaded.
** `context` is copied: `bytes` of plain values, no pointers. */
typedef void mosaic_make(const void *context, const struct mosaic_array *before, const double *sample, double *out);
void mosaic_remake_each(mosaic_data *data, struct mosaic_array *a, int rank, const int64_t *shape, mosaic_make *make, const void *context, size_t bytes);
/* Deals the samples of the train part to the parts: part s gets those with the numbers rows[s][0 .. count[s] - 1]. A part that gets some must be empty before. */
void mosaic_divide(mosaic_data *data, const int64_t *const rows[MOSAIC_SPLITS], const int64_t count[MOSAIC_SPLITS]);
/* Changes samples each time that they are loaded to train on, one at a time, whatever their type in memory. `random` depends on the run's seed, the
** epoch, the purpose and the number of the sample alone. `context` is copied: `bytes` of plain values, no pointers. */
typedef void mosaic_change(const void *context, const struct mosaic_array *a, double *sample, mosaic_random *random);
void mosaic_each_load(mosaic_data *data, enum mosaic_split split, struct mosaic_array *a, const char *purpose, mosaic_change *change, const void *context, size_t bytes);
bool mosaic_changing(const mosaic_data *data, const struct mosaic_array *a);   /* is there such a change? Then what follows it is one, too */
bool mosaic_in_file(const mosaic_data *data, const struct mosaic_array *a);    /* is it mapped, and maybe larger than memory? What is changed in place takes memory */

/* What a transform fitted on the train part: kept in the checkpoint under the class's name; predict gets it back.
** While preparing, mosaic_keep stores; mosaic_kept returns it (NULL if absent) in prepare and in predict alike. */
void mosaic_keep(mosaic_data *data, const char *name, int64_t count, const double *values);
const double *mosaic_kept(const mosaic_data *data, const char *name, int64_t *count);
void mosaic_keep_text(mosaic_data *data, const char *name, const char *text);
const char *mosaic_kept_text(const mosaic_data *data, const char *name);
/* Names of the input columns for `predict FILE`, separated by '\n'; numbers are read in that order. */
void mosaic_columns(mosaic_data *data, const char *names);

/* ---- files: opened through the runtime, so that their contents count in a run's identity ---- */
FILE *mosaic_open(const char *path, const char *mode);                          /* "r", "rb"; stops with a message if it cannot */
void *mosaic_read_file(const char *path, size_t *size);                         /* whole file, NUL-terminated; free() it */
void mosaic_long_read(bool on);                                                 /* around what takes the longer the larger a file is: mosaicc's --time-limit does not count it */
/* Downloads and files of one's own that the cache knows: [MONITOR] cache_database_path, cache_size. mosaic_download_file is in <mosaic_download.h>. */
void mosaic_save_path_file(const char *path);                                   /* tells the cache of a file; it is never deleted */
bool mosaic_get_path_file(const char *path);                                    /* is it known, and there? Then it stays while this process lives */
typedef bool mosaic_fetch(const char *url, void *sink, char *why, size_t size); /* hands over bytes with mosaic_sink_write; false with a reason */
bool mosaic_sink_write(void *sink, const void *bytes, size_t count);            /* false: stop */
const char *mosaic_download_with(mosaic_fetch *fetch, const char *url, const char *path, const char *checksum);
/* Stops this run (or this check) with a message: "data.csv:12:3: not a number: 'x'". */
_Noreturn void mosaic_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- tensors: symbolic in forward, metric and loss ------------------------------------------ */
typedef struct node *nn_tensor;
enum { NN_TENSORS_MAX = 8 };
typedef struct { int count; nn_tensor at[NN_TENSORS_MAX]; } nn_tensors;
#define nn_tensors_of(...) ((nn_tensors){(int)(sizeof((nn_tensor[]){__VA_ARGS__}) / sizeof(nn_tensor)), {__VA_ARGS__}})
int nn_rank(nn_tensor x);
int64_t nn_size(nn_tensor x, int axis);                           /* axis < 0 counts from the end; axis 0 is the batch */
nn_tensor nn_constant(double value);
nn_tensor nn_same(nn_tensor x);
/* Arguments of elementwise functions may be tensors or numbers. */
#define NN_ARG(x) _Generic((x), nn_tensor: nn_same, default: nn_constant)(x)
/* A trained tensor of one's own: nn_parameter("scale", nn_ones(), 3, 4). */
typedef struct { char text[64]; } nn_init;
nn_init nn_zeros(void);
nn_init nn_ones(void);
nn_init nn_fill(double value);
nn_init nn_uniform(double low, double high);
nn_init nn_normal(double mean, double deviation);
/* torch.nn.init, from the shape [out, in, kernel...] of the tensor: the deviation is gain sqrt(2 / (fan_in + fan_out)) (xavier) or gain / sqrt(fan) (kaiming),
** uniform values reach sqrt(3) as far. orthogonal: rows (or columns, the fewer of them) at right angles and of length `gain`. nn_gain("relu"): the gain
** behind which a function of this name stands: linear, conv, sigmoid 1, tanh 5/3, relu sqrt(2), leaky_relu, selu 3/4. */
enum nn_fan { NN_FAN_IN, NN_FAN_OUT };
nn_init nn_xavier_uniform(double gain);
nn_init nn_xavier_normal(double gain);
nn_init nn_kaiming_uniform(double gain, enum nn_fan fan);
nn_init nn_kaiming_normal(double gain, enum nn_fan fan);
nn_init nn_orthogonal(double gain);
double nn_gain(const char *function);
/* Other initial values for a layer: nn_tensor h = nn_linear(x, 64); nn_initialize(h, "weight", nn_orthogonal(1)); nn_initialize(h, "bias", nn_zeros());
** `layer` is what the layer returned. "weight" is also every weight_..., as of a recurrent layer. */
void nn_initialize(nn_tensor layer, const char *name, nn_init init);
nn_tensor nn_parameter_of(const char *name, nn_init init, int rank, const int64_t *shape);
#define nn_parameter(name, init, ...) nn_parameter_of(name, init, MOSAIC_DIMS(__VA_ARGS__))
/* How a tensor trains, as torch's parameter groups; what is not given is as [PROCESS] says. lr: a factor of the learning rate; weight_decay: one of
** its own. From <class>_parameters: return (nn_group){.no_decay = true}; */
typedef struct nn_group { bool frozen, no_decay; double lr, weight_decay; } nn_group;
/* What a module keeps beside the parameters, such as a running mean: no optimizer touches it, checkpoints hold it. It becomes the value of
** nn_update after each training step; without training it stays. */
nn_tensor nn_buffer_of(const char *name, nn_init init, int rank, const int64_t *shape);
#define nn_buffer(name, init, ...) nn_buffer_of(name, init, MOSAIC_DIMS(__VA_ARGS__))
void nn_update(nn_tensor buffer, nn_tensor value);                /* value: of the buffer's shape */
bool nn_training(void);                                           /* is this the trace for training? */
void nn_report(const char *name, nn_tensor value);                /* metric: a column of the history; value a scalar */
/* dy/dx, itself differentiable; y is summed when it has more than one element a sample. */
nn_tensor nn_grad(nn_tensor y, nn_tensor x);

/* What a convolution may be told; 0 means the default: stride 1, padding 0, dilation 1, groups 1. The arrays give a number by axis.
** nn_conv2d(x, 16, 3, .padding = 1, .stride = 2). same: as much padding as keeps the sizes, with a stride of 1. */
enum nn_padding_mode { NN_ZEROS, NN_REFLECT, NN_REPLICATE, NN_CIRCULAR };
typedef struct nn_conv {
	int stride, padding, dilation, groups, output_padding;
	bool no_bias, same;
	enum nn_padding_mode padding_mode;
	int kernels[3], strides[3], paddings[3], dilations[3], output_paddings[3];
} nn_conv;
#define nn_conv1d(x, out_channels, kernel, ...) nn_conv1d_of(x, out_channels, kernel, (nn_conv){__VA_ARGS__})
#define nn_conv1d_with(x, weight, bias, ...) nn_conv1d_with_of(x, weight, bias, (nn_conv){__VA_ARGS__})
#define nn_conv_transpose1d(x, out_channels, kernel, ...) nn_conv_transpose1d_of(x, out_channels, kernel, (nn_conv){__VA_ARGS__})
#define nn_conv_transpose1d_with(x, weight, bias, ...) nn_conv_transpose1d_with_of(x, weight, bias, (nn_conv){__VA_ARGS__})
#define nn_conv2d(x, out_channels, kernel, ...) nn_conv2d_of(x, out_channels, kernel, (nn_conv){__VA_ARGS__})
#define nn_conv2d_with(x, weight, bias, ...) nn_conv2d_with_of(x, weight, bias, (nn_conv){__VA_ARGS__})
#define nn_conv_transpose2d(x, out_channels, kernel, ...) nn_conv_transpose2d_of(x, out_channels, kernel, (nn_conv){__VA_ARGS__})
#define nn_conv_transpose2d_with(x, weight, bias, ...) nn_conv_transpose2d_with_of(x, weight, bias, (nn_conv){__VA_ARGS__})
#define nn_conv3d(x, out_channels, kernel, ...) nn_conv3d_of(x, out_channels, kernel, (nn_conv){__VA_ARGS__})
#define nn_conv3d_with(x, weight, bias, ...) nn_conv3d_with_of(x, weight, bias, (nn_conv){__VA_ARGS__})
#define nn_conv_transpose3d(x, out_channels, kernel, ...) nn_conv_transpose3d_of(x, out_channels, kernel, (nn_conv){__VA_ARGS__})
#define nn_conv_transpose3d_with(x, weight, bias, ...) nn_conv_transpose3d_with_of(x, weight, bias, (nn_conv){__VA_ARGS__})

/* What a pooling may be told; 0 means the default: the stride is the kernel, padding 0, dilation 1. ceil_mode: one window more where places are left over.
** Of means: count_exclude_pad divides by the places that are there (torch's count_include_pad=False), divisor_override by a number of one's own. */
typedef struct nn_pool {
	int stride, padding, dilation;
	bool ceil_mode, count_exclude_pad;
	int divisor_override;
	int kernels[3], strides[3], paddings[3], dilations[3];
} nn_pool;
#define nn_max_pool1d(x, kernel, ...) nn_max_pool1d_of(x, kernel, (nn_pool){__VA_ARGS__})
#define nn_max_pool2d(x, kernel, ...) nn_max_pool2d_of(x, kernel, (nn_pool){__VA_ARGS__})
#define nn_avg_pool1d(x, kernel, ...) nn_avg_pool1d_of(x, kernel, (nn_pool){__VA_ARGS__})
#define nn_avg_pool2d(x, kernel, ...) nn_avg_pool2d_of(x, kernel, (nn_pool){__VA_ARGS__})

/* What a normalisation may be told; 0 means torch's default. no_affine: no weight and no bias; affine: of nn_instance_norm, which has none by itself. Of
** nn_batch_norm: momentum (0.1), cumulative: the mean of all steps instead; no_running: the batch's own mean and variance, without training, too. running, of
** nn_instance_norm: it keeps means and variances, with momentum, and takes them without training. */
typedef struct nn_norms {
	double eps, momentum;
	bool cumulative, no_running, no_affine, no_bias, affine, running;
	int axes;
} nn_norms;
#define nn_batch_norm(x, ...) nn_batch_norm_of(x, (nn_norms){__VA_ARGS__})
#define nn_layer_norm(x, axes, ...) nn_layer_norm_of(x, axes, (nn_norms){__VA_ARGS__})
#define nn_group_norm(x, groups, ...) nn_group_norm_of(x, groups, (nn_norms){__VA_ARGS__})
#define nn_instance_norm(x, ...) nn_instance_norm_of(x, (nn_norms){__VA_ARGS__})
#define nn_rms_norm(x, ...) nn_rms_norm_of(x, (nn_norms){__VA_ARGS__})

/* What a loss may be told: reduction, torch's; weight: a factor for each value before the reduction, which broadcasts (of labels: one for each class, and the mean is
** over the weights). eps: of nn_gaussian_nll_loss and nn_poisson_nll_loss. nn_mse_loss(p, t, .reduction = NN_NONE) has the shape of p: multiply it with a mask. */
enum nn_reduction { NN_MEAN, NN_SUM, NN_NONE };
typedef struct nn_loss {
	enum nn_reduction reduction;
	nn_tensor weight;
	double eps;
} nn_loss;
#define nn_mse_loss(prediction, target, ...) nn_mse_loss_of(prediction, target, (nn_loss){__VA_ARGS__})
#define nn_l1_loss(prediction, target, ...) nn_l1_loss_of(prediction, target, (nn_loss){__VA_ARGS__})
#define nn_huber_loss(prediction, target, delta, ...) nn_huber_loss_of(prediction, target, delta, (nn_loss){__VA_ARGS__})
#define nn_smooth_l1_loss(prediction, target, beta, ...) nn_smooth_l1_loss_of(prediction, target, beta, (nn_loss){__VA_ARGS__})
#define nn_bce_loss(prediction, target, ...) nn_bce_loss_of(prediction, target, (nn_loss){__VA_ARGS__})
#define nn_bce_with_logits_loss(logits, target, ...) nn_bce_with_logits_loss_of(logits, target, (nn_loss){__VA_ARGS__})
#define nn_bce_with_logits_loss_with(logits, target, pos_weight, ...) nn_bce_with_logits_loss_with_of(logits, target, pos_weight, (nn_loss){__VA_ARGS__})
#define nn_nll_loss(log_p, target, ...) nn_nll_loss_of(log_p, target, (nn_loss){__VA_ARGS__})
#define nn_nll_loss_with(log_p, target, weights, ignore_index, ...) nn_nll_loss_with_of(log_p, target, weights, ignore_index, (nn_loss){__VA_ARGS__})
#define nn_cross_entropy_loss(logits, target, ...) nn_cross_entropy_loss_of(logits, target, (nn_loss){__VA_ARGS__})
#define nn_cross_entropy_loss_with(logits, target, weights, ignore_index, label_smoothing, ...) nn_cross_entropy_loss_with_of(logits, target, weights, ignore_index, label_smoothing, (nn_loss){__VA_ARGS__})
#define nn_kl_div_loss(log_p, target, log_target, batchmean, ...) nn_kl_div_loss_of(log_p, target, log_target, batchmean, (nn_loss){__VA_ARGS__})
#define nn_poisson_nll_loss(prediction, target, log_input, full, ...) nn_poisson_nll_loss_of(prediction, target, log_input, full, (nn_loss){__VA_ARGS__})
#define nn_gaussian_nll_loss(prediction, target, variance, full, ...) nn_gaussian_nll_loss_of(prediction, target, variance, full, (nn_loss){__VA_ARGS__})
#define nn_hinge_embedding_loss(prediction, target, margin, ...) nn_hinge_embedding_loss_of(prediction, target, margin, (nn_loss){__VA_ARGS__})
#define nn_cosine_embedding_loss(x, y, target, margin, ...) nn_cosine_embedding_loss_of(x, y, target, margin, (nn_loss){__VA_ARGS__})
#define nn_margin_ranking_loss(x, y, target, margin, ...) nn_margin_ranking_loss_of(x, y, target, margin, (nn_loss){__VA_ARGS__})

/* What attention may be told: scale in place of 1 / sqrt(E), dropout of the shares while it trains, attn_bias: added to the scores (torch's attn_mask of numbers),
** broadcasting to [...,T,S]. Of nn_multi_head_attention: key_padding_mask [B,S], not 0 where a key is not to be seen; no_bias. */
typedef struct nn_attention {
	double scale, dropout;
	nn_tensor attn_bias, key_padding_mask;
	bool no_bias;
} nn_attention;
#define nn_scaled_dot_product_attention(q, k, v, mask, causal, ...) nn_scaled_dot_product_attention_of(q, k, v, mask, causal, (nn_attention){__VA_ARGS__})
#define nn_multi_head_attention(query, key, value, heads, mask, causal, ...) \
	nn_multi_head_attention_of(query, key, value, heads, mask, causal, (nn_attention){__VA_ARGS__})

/* What a recurrent layer may be told. layers 0: 1. The states before the first step, zeros if not given: [B,layers * directions,hidden], or without the batch for
** all samples alike; c0 of nn_lstm only. dropout: between the layers, while it trains. relu: nn_rnn only, in place of tanh. proj_size: nn_lstm only; h has so many
** numbers, less than c, made of o tanh(c) by a weight. */
typedef struct nn_recurrent {
	int layers;
	bool bidirectional, relu, no_bias;
	double dropout;
	nn_tensor h0, c0;
	int proj_size;
} nn_recurrent;
#define nn_rnn(x, hidden, ...) nn_rnn_of(x, hidden, (nn_recurrent){__VA_ARGS__})
#define nn_rnn_states(x, hidden, ...) nn_rnn_states_of(x, hidden, (nn_recurrent){__VA_ARGS__})
#define nn_lstm(x, hidden, ...) nn_lstm_of(x, hidden, (nn_recurrent){__VA_ARGS__})
#define nn_lstm_states(x, hidden, ...) nn_lstm_states_of(x, hidden, (nn_recurrent){__VA_ARGS__})
#define nn_gru(x, hidden, ...) nn_gru_of(x, hidden, (nn_recurrent){__VA_ARGS__})
#define nn_gru_states(x, hidden, ...) nn_gru_states_of(x, hidden, (nn_recurrent){__VA_ARGS__})

/* As a label that does not count: there is none. */
enum { NN_NO_INDEX = -2147483647 };

#define nn_reshape(x, ...) nn_reshape_of(x, MOSAIC_DIMS(__VA_ARGS__))
#define nn_expand(x, ...) nn_expand_of(x, MOSAIC_DIMS(__VA_ARGS__))
#define nn_permute(x, ...) nn_permute_of(x, MOSAIC_DIMS(__VA_ARGS__))
#define nn_pad(x, value, ...) nn_pad_of(x, value, MOSAIC_DIMS(__VA_ARGS__))
#define nn_reflection_pad(x, ...) nn_reflection_pad_of(x, MOSAIC_DIMS(__VA_ARGS__))
#define nn_circular_pad(x, ...) nn_circular_pad_of(x, MOSAIC_DIMS(__VA_ARGS__))
#define nn_replication_pad(x, ...) nn_replication_pad_of(x, MOSAIC_DIMS(__VA_ARGS__))
#include <mosaic_ops.h>                                           /* one prototype an op, made from templates/ops */
#endif
