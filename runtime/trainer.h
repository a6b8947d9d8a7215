/* trainer.h: the contract between a generated trainer.c and the runtime that it links (libmosaic_trainer.a).
** trainer.c holds the network and `struct mosaic_program`; the runtime owns main(), options, data, epochs, checkpoints.
**
** Lanes: every `real` of a trainer is a vector of `lanes` floats or doubles, one run a lane. In memory a tensor of
** shape [a][b] is scalar[a][b][lanes]; lane l of element e is at [e * lanes + l]. */
#ifndef MOSAIC_TRAINER_H
#define MOSAIC_TRAINER_H

#include <mosaic.h>

#include <mosaic_device.h>

enum { MOSAIC_TRAINER_ABI = 4, MOSAIC_LANES_MAX = 16 };

enum mosaic_init { MOSAIC_INIT_ZEROS, MOSAIC_INIT_ONES, MOSAIC_INIT_FILL, MOSAIC_INIT_UNIFORM, MOSAIC_INIT_NORMAL, MOSAIC_INIT_ORTHOGONAL, MOSAIC_INIT_PADDED };
/* One tensor inside struct params (or a struct of the same layout: gradients, optimiser state). */
struct mosaic_tensor {
	const char *name;                  /* "h1.weight", as in the checkpoint */
	const char *module;                /* class that it belongs to */
	size_t offset, count;              /* in reals */
	int rank; int64_t shape[8];
	bool trains;
	enum mosaic_init init; double a, b; /* uniform(a,b), normal(a,b), fill(a), orthogonal(a); padded: normal(0,a), zeros in row b */
};
struct mosaic_io {
	const char *name; bool target; int rank; int64_t shape[8]; /* of one sample */
	int64_t labels;                    /* above 0: every value is a label, 0 .. labels - 1 */
};
/* Optimiser state besides the parameters: `per_param` arrays of the layout of params ("exp_avg", "exp_avg_sq"), then
** `scalars` doubles a lane ("step", "beta1_power", ...), lane by lane: scalar s of lane l is at [s * lanes + l].
** The array called "ema" holds averaged weights: they stand in for the trained ones while the program evaluates, and in what it writes. */
struct mosaic_extra { const char *name; int rank; int64_t shape[4]; double *at; };   /* of programs of one lane */
struct mosaic_optimizer {
	const char *name;                  /* "Adam" */
	int hyper_count; const char *const *hyper_names; const double *hyper_defaults;  /* "lr", "beta1", ... */
	int per_param; const char *const *per_param_names;
	int scalars; const char *const *scalar_names; const double *scalar_start;
	int extra_count; const struct mosaic_extra *extras;       /* state of another shape */
};
/* One parameter of a data class, bound at run time; `fallback` as the config writes it. */
enum mosaic_field_kind { MOSAIC_FIELD_INT, MOSAIC_FIELD_UINT, MOSAIC_FIELD_FLOAT, MOSAIC_FIELD_BOOL, MOSAIC_FIELD_STRING, MOSAIC_FIELD_ENUM,
	MOSAIC_FIELD_INTS, MOSAIC_FIELD_FLOATS, MOSAIC_FIELD_DERIVED };
struct mosaic_enumerator { const char *name; int64_t value; };
struct mosaic_field {
	const char *name, *fallback, *comment;
	enum mosaic_field_kind kind; int size; size_t offset;
	const struct mosaic_enumerator *enumerators;              /* ends with a NULL name */
};
struct mosaic_data_class {
	const char *section, *class;
	size_t size;
	const struct mosaic_field *fields; int field_count;
	void (*init)(void *self);                                 /* any of them may be NULL */
	void (*prepare)(const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module);
	void (*transform)(const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module);
	void (*info)(const void *self, mosaic_info *info);
	const char *const *pairs;                                 /* module_info: key, value, ..., NULL */
};
/* What one step sees. inputs/targets: one pointer an io, to n samples of reals in lanes. */
struct mosaic_step {
	int n;                                                    /* samples in this batch, 1 .. batch */
	const void *const *inputs, *const *targets;
	const double *hyper;                                      /* [hyper_count][lanes] */
	double *sums;                                             /* [columns][lanes]: loss, accuracy, metrics are added */
	const uint64_t *keys;                                     /* [lanes]: of the random numbers of this step; of training alone */
	int64_t batch, batches;                                   /* its place in the epoch, from 0; of training alone */
};
struct mosaic_program {
	int abi;
	const char *name, *version, *about;                       /* about: the header that --info prints */
	int lanes, real_bytes, batch;                             /* real_bytes: of one lane, 4 or 8; batch: the largest n that train and evaluate take */
	const struct mosaic_tensor *tensors; int tensor_count;
	size_t params_reals;                                      /* reals in struct params, padding included */
	const struct mosaic_io *ios; int io_count;                /* inputs, then targets */
	const struct mosaic_io *predictions; int prediction_count;
	const char *const *columns; int column_count;             /* "loss", "acc", then metrics: means over batches; "acc" in percent over samples */
	struct mosaic_optimizer optimizer;
	const struct mosaic_data_class *data_classes; int data_class_count;
	const char *const *settings;                              /* "lr", "1e-2", "epochs", "400", "seed", "1", ..., NULL: defaults a run may override */
	void *params, *state; double *state_scalars;              /* static memory of the trainer */
	void *memory; size_t memory_bytes;                        /* all of it, for the system to lay out; NULL: it may as it likes */
	void (*train)(const struct mosaic_step *step);            /* forward, backward, optimiser */
	void (*evaluate)(const struct mosaic_step *step);
	void (*predict)(int n, const void *const *inputs, void *const *outputs);
	void (*gradient)(const struct mosaic_step *step, void *grads);  /* forward and backward only, for tests and probes */
	const struct mosaic_device *device;                       /* NULL: the CPU. Else memory and the functions above are NULL here, and the runtime gives mirrors */
	bool draws;                                               /* train takes mosaic_step.keys: it has dropout or noise */
	const char *hash;                                         /* of graph, precision and data classes, in hex: a checkpoint of another hash is refused. May be NULL */
	const char *cache_database_path; int64_t cache_size;      /* of [MONITOR]: the index of downloads and how many bytes they may take; NULL: cache.db, 1 GiB */
};
extern const struct mosaic_program mosaic_program;

/* Optimizers that look at a batch more than once: a whole step each, in programs of one lane, with memory that the program brings. [n]: as many as
** parameters that train. */
struct mosaic_lbfgs {
	int parameters, history; bool strong_wolfe;
	void *grads;                                              /* for mosaic_program.gradient */
	double *direction, *last_grads, *changes, *steps, *ro;    /* kept: [n], [n], [history][n], [history][n], [history] */
	double *weights, *now, *trial, *low, *high;               /* [n]; the last two for strong_wolfe */
};
void mosaic_lbfgs(const struct mosaic_program *p, const struct mosaic_lbfgs *s, const struct mosaic_step *step);
struct mosaic_levenberg {
	int parameters;
	void *grads, *predictions, *seed;                         /* of a batch; of one sample */
	double *normal, *factor, *gradient, *delta, *row, *weights;   /* [n][n], [n][n], [n] ... */
};
void mosaic_levenberg_marquardt(const struct mosaic_program *p, const struct mosaic_levenberg *s, const struct mosaic_step *step);

#endif
