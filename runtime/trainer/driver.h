/* driver.h: the parts of the trainer's driver, grouped by file. Only runtime/trainer/ and its tests include it.
** A process trains a job of runs: options or a job file become `struct trainer_run`s (cli.c, job.c), up to `lanes` of them
** are prepared at a time (prepare.c), those at the same point with data of the same size form a group, and a group is
** trained, one run a lane (train.c, and group.h for the files below it). */
#ifndef MOSAIC_DRIVER_H
#define MOSAIC_DRIVER_H

#include "data_internal.h"

#include <trainer.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 75, WHY_SIZE = 1024 };

struct trainer_pair { const char *name, *value; };
struct trainer_pairs { struct trainer_pair *at; int count, cap; };

/* ---- run.c: one run, its settings and what becomes of it ------------------------------------- */
enum trainer_status { RUN_WAITING, RUN_DONE, RUN_FAILED, RUN_INTERRUPTED };
struct trainer_run {
	struct trainer_pool pool;              /* strings and structs of this run */
	int64_t id, epochs;
	uint64_t seed;
	double *hyper;                         /* [hyper_count] */
	struct trainer_pairs set;              /* as given: NAME or SECTION.FIELD; a later one wins */
	struct trainer_pairs facts;            /* every value that the result depends on but epochs and seed, in one spelling */
	const char *dir, *log, *weights;       /* log, weights may be NULL */
	double checkpoint;                     /* seconds between checkpoints, 0: none */
	bool resume, by_hand;                  /* by_hand: a bad checkpoint is an error, not a warning */

	void **selves;                         /* one struct a data class */
	mosaic_data *data;
	bool data_shared;                      /* `data` belongs to another run of the group */
	struct mosaic_run_info info;
	struct trainer_pairs inputs;           /* the input arrays before the first transform: name, "float32 2 3" */
	char data_hash[33];
	bool streams, validation;

	enum trainer_status status;
	char *failure;                         /* malloc'ed */
	int64_t failed_epoch;
	int64_t epoch, step;                   /* epochs finished, steps done in the next one */
	double *sums;                          /* [columns]: of the unfinished epoch */
	double *history;                       /* [rows][history columns], exact */
	int64_t history_rows, history_cap;
	double seconds_before, started;
	struct st_file *checkpoint_file;       /* opened to be resumed from; NULL: start anew */
	struct trainer_schedule *schedule;     /* NULL: the learning rate stays */
	struct trainer_early *early;           /* NULL: neither early_stopping nor keep_best */
	FILE *samples;                         /* where the samples go before the first transform; NULL: nowhere */
};
struct trainer_run *trainer_run_new(const struct mosaic_program *p);
void trainer_run_free(struct trainer_run *run);
/* First failure wins; the message goes to the run's log as well. */
void trainer_run_fail(struct trainer_run *run, int64_t epoch, const char *format, ...) __attribute__((format(printf, 3, 4)));
void trainer_run_note(const struct trainer_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
void trainer_history_add(struct trainer_run *run, const double *row, int columns);
char *trainer_run_path(const struct trainer_run *run, const char *stem, const char *suffix);  /* malloc'ed DIR/STEM_ID.SUFFIX */
void trainer_pairs_set(struct trainer_pool *pool, struct trainer_pairs *pairs, const char *name, const char *value);
const char *trainer_pairs_get(const struct trainer_pairs *pairs, const char *name);
double trainer_seconds(void);              /* monotonic */

/* ---- settings.c: names that may be set ------------------------------------------------------- */
bool trainer_setting_known(const struct mosaic_program *p, const char *name, char *why, size_t size);
const char *trainer_setting_default(const struct mosaic_program *p, const char *name);
/* Puts seed, epochs and the optimiser's numbers from run->set into the run. */
bool trainer_settings_apply(const struct mosaic_program *p, struct trainer_run *run, char *why, size_t size);
bool trainer_number(const char *text, double *out);
bool trainer_integer(const char *text, int64_t low, int64_t high, int64_t *out);
bool trainer_unsigned(const char *text, uint64_t *out);

/* ---- schedule.c: learning rates that change ---------------------------------------------------- */
typedef const char *trainer_setting_of(const struct mosaic_program *p, const struct trainer_run *run, const char *name);
bool trainer_schedule_key(const char *name);
/* From the settings `scheduler`, `warmup_epochs` and those of the scheduler into run->schedule; after the optimiser's numbers. */
bool trainer_schedule_read(const struct mosaic_program *p, struct trainer_run *run, trainer_setting_of *get, char *why, size_t size);
bool trainer_schedule_steps(const struct trainer_run *run);           /* changes the rate within an epoch */
/* Sets the rates of a step (from 0) of an epoch (from 0) of so many steps; hyper: of the run's lane. */
void trainer_schedule_apply(const struct mosaic_program *p, struct trainer_run *run, int64_t epoch, int64_t step, int64_t steps, double *hyper);

/* ---- early.c: early_stopping and keep_best -------------------------------------------------------- */
bool trainer_early_key(const char *name);
bool trainer_early_read(const struct mosaic_program *p, struct trainer_run *run, trainer_setting_of *get, char *why, size_t size);
bool trainer_early_columns(const struct mosaic_program *p, struct trainer_run *run, char *why, size_t size);   /* once the data is known */
bool trainer_early_over(const struct mosaic_program *p, struct trainer_run *run);     /* after an epoch: it is enough */
bool trainer_early_stopped(const struct trainer_run *run);                           /* what trainer_early_over said last */
void trainer_early_rule(const struct trainer_run *run, char *out, size_t size);
void trainer_early_reason(const struct trainer_run *run, char *out, size_t size);
void trainer_early_keep(const struct mosaic_program *p, struct trainer_run *run, int lane);   /* after an epoch: if it is the best one */
/* by: the setting, "max test_f1"; at: [params_reals] of one lane, in the layout of struct params. */
struct trainer_best { const char *by, *column; int64_t epoch; double value; const void *at; };
bool trainer_early_kept(const struct trainer_run *run, struct trainer_best *out);
void *trainer_early_restore(const struct mosaic_program *p, struct trainer_run *run, const char *by, int64_t epoch);
void trainer_early_free(struct trainer_early *e);

/* ---- fields.c: text into the fields of a data class ------------------------------------------ */
bool trainer_field_set(struct trainer_pool *pool, const char *section, const struct mosaic_field *f, void *self, const char *text,
	char *why, size_t size);
const char *trainer_field_text(struct trainer_pool *pool, const struct mosaic_field *f, const void *self);
const char *trainer_field_kind(const struct mosaic_field *f, char *out, size_t size);      /* for people: "integer", "sigmoid or relu" */

/* ---- guard.c: user code that may fail, crash or leave ----------------------------------------- */
/* Runs call(context); false when it ended in mosaic_fail, with the message (malloc'ed). */
bool trainer_guarded(void (*call)(void *context), void *context, char **message);
void trainer_guard_install(void);                                     /* handlers of SIGSEGV and its like, of exit */
/* What is being done, for the message of a crash; NULL: nothing. `report`: a prefix of a report line that the message ends. */
void trainer_guard_doing(const char *what, const char *report, int log_fd, int report_fd);
void trainer_guard_within(const char *what);                          /* a part of it, such as a stream; NULL: no more */
int trainer_log_open(const char *path);                               /* -1 with errno */
/* Sends stdout and stderr to `fd` until trainer_output_restore. */
struct trainer_output { int out, err; };
struct trainer_output trainer_output_to(int fd);
void trainer_output_restore(struct trainer_output before);

/* ---- signals.c -------------------------------------------------------------------------------- */
extern volatile int trainer_stop;          /* set by SIGTERM and SIGINT, and when nobody reads the reports any more */
void trainer_signals_install(void);
void trainer_streams_open(void);                          /* before anything else is opened */
/* While user code prepares there is nothing to save: a signal writes `text` to fd and ends the process at once. NULL: off. */
void trainer_signals_leave_at_once(const char *text, int fd);
void trainer_float_mode(void);

/* ---- prepare.c -------------------------------------------------------------------------------- */
struct trainer_report;
bool trainer_prepare(const struct mosaic_program *p, struct trainer_run *run, struct trainer_report *report);
bool trainer_bind(const struct mosaic_program *p, struct trainer_run *run, int index, char *why, size_t size);
bool trainer_inputs_check(const struct mosaic_program *p, const mosaic_data *data, enum mosaic_split split, bool targets, char *why, size_t size);

/* ---- loader.c: batches of a split as reals in lanes -------------------------------------------- */
struct trainer_loader_io {
	const struct mosaic_array_store *array[MOSAIC_LANES_MAX];
	size_t values, sample_bytes, slot_bytes; /* in one sample; of one sample in all lanes; of a batch in the buffer */
	int64_t labels;                        /* as in mosaic_io */
	const char *base;                      /* samples in the order of the epoch; NULL: filled for each batch */
	char *buffer, *raw;                    /* what was allocated; raw: samples as they are in memory or come from a stream */
	double *changed;                       /* one sample, for changes at each load */
	bool in_pieces;                        /* streams, and what changes at each load: pieces.c */
};
struct trainer_loader {
	int lanes; size_t scalar;
	int64_t samples, batches;              /* samples: those that are used (drop_last) */
	int batch, io_count;
	bool shuffle, packed_once;
	enum mosaic_split split;
	struct trainer_run *const *runs;       /* one a lane; lanes without a run of their own repeat the first */
	struct trainer_loader_io *io;
	int64_t *order[MOSAIC_LANES_MAX];      /* NULL: in order */
	const void **at;                       /* [io_count]: the batch */
	int64_t epoch;
	int slots;                             /* batches that a buffer of one batch has room for: 1, or more when a thread reads ahead */
	char *failure[MOSAIC_LANES_MAX];       /* of a stream; the lane reads no more. malloc'ed */
	struct trainer_ahead *ahead;           /* NULL: nothing is read ahead */
};
/* pieces.c: one lane of samples `first` ... of the epoch's order, through raw memory, into a batch. */
void trainer_pieces_fill(struct trainer_loader *l, struct trainer_loader_io *io, int lane, int64_t first, int64_t count, char *to);
/* ahead.c: a thread fills the next batches of what has no base while this one is trained on. */
struct trainer_ahead *trainer_ahead_open(struct trainer_loader *l);
int trainer_ahead_take(struct trainer_loader *l, int64_t b);           /* waits for batch b and sets l->at; returns its samples */
void trainer_ahead_stop(struct trainer_ahead *a);
void trainer_ahead_close(struct trainer_ahead *a);
void trainer_loader_failures(struct trainer_loader *l);                /* tells runs of theirs */
void trainer_loader_pack(struct trainer_loader *l, int io, int64_t first, int64_t count, char *to);
const struct mosaic_array_store *trainer_array_for(const struct mosaic_program *p, const mosaic_data *data, enum mosaic_split split, int io);
void trainer_loader_open(struct trainer_loader *l, const struct mosaic_program *p, struct trainer_run *const *runs, enum mosaic_split split);
void trainer_loader_epoch(struct trainer_loader *l, int64_t epoch);
void trainer_loader_fill(struct trainer_loader *l, int io, int64_t first, int64_t count);
void trainer_loader_close(struct trainer_loader *l);
int64_t trainer_loader_batches(int64_t samples, struct mosaic_batching b);
bool trainer_exact(const struct mosaic_array *a, const void *values, int64_t count, size_t scalar, int64_t *at);   /* convert.c */
bool trainer_are_labels(const struct mosaic_array *a, const void *values, int64_t count, int64_t labels, int64_t *at);
const char *trainer_label_hint(double value);                          /* "", or what to write */
void trainer_convert(const struct mosaic_array *a, const void *from, size_t count, size_t scalar, void *to);
void trainer_gather(const struct mosaic_array *a, const void *from, const int64_t *order, size_t rows, size_t values, size_t scalar, void *to, size_t stride);

/* Sets l->at to batch b and returns its samples. Inline: a step of a small network takes some 300 ns. */
static inline int trainer_loader_batch(struct trainer_loader *l, int64_t b)
{
	int64_t first = b * l->batch, left = l->samples - first;
	int n = left < l->batch ? (int)left : l->batch;

	if (__builtin_expect(l->ahead != NULL, 0))
		return trainer_ahead_take(l, b);
	for (int k = 0; k < l->io_count; k++) {
		struct trainer_loader_io *io = &l->io[k];
		if (io->base) {
			l->at[k] = io->base + (size_t)first * io->sample_bytes;
		} else {
			trainer_loader_fill(l, k, first, n);
			l->at[k] = io->buffer;
		}
	}
	return n;
}

/* ---- device.c: programs whose memory lies on a device ------------------------------------------- */
/* own: the program with lanes for so many runs, as far as there is room, and with mirrors of its memory. For the CPU a copy of p. */
bool trainer_device_open(const struct mosaic_program *p, int runs, struct mosaic_program *own, char *why, size_t size);
void trainer_device_close(struct mosaic_program *own);
bool trainer_device_put(const struct mosaic_program *p);
bool trainer_device_get(const struct mosaic_program *p);
/* What the device reads of a split. */
struct trainer_feed {
	const struct mosaic_program *p;
	struct trainer_run *const *runs;       /* one a lane */
	enum mosaic_split split;
	int64_t total, samples, batches;       /* samples: those that are used (drop_last) */
	int batch;
	bool shuffle, resident;                /* resident: all samples lie on the device */
	void *data[MOSAIC_DEVICE_IOS];         /* on the device, as set and order */
	int32_t *set, *order;
	struct mosaic_program one;             /* of one lane, for the loaders, of which each lane has one where not all lies there */
	struct trainer_loader *loaders;
	char failure[128];
};
bool trainer_feed_open(struct trainer_feed *f, const struct mosaic_program *p, struct trainer_run *const *runs, enum mosaic_split split);
void trainer_feed_close(struct trainer_feed *f);
bool trainer_feed_epoch(struct trainer_feed *f, int64_t epoch);
/* s: first, count, hyper, rates_change and keys are set. */
bool trainer_feed_steps(struct trainer_feed *f, struct mosaic_device_steps s, bool training);

/* ---- state.c: one lane of the program's memory -------------------------------------------------- */
void trainer_lane_init(const struct mosaic_program *p, int lane, uint64_t seed);
void trainer_lane_put(const struct mosaic_program *p, void *base, size_t first, size_t count, int lane, const void *values);
/* Averaged weights (an array of the state called "ema"), NULL: none are kept. swap: exchanges them with the trained ones. */
void *trainer_averaged(const struct mosaic_program *p);
void trainer_average_swap(const struct mosaic_program *p);
int64_t trainer_parameter_count(const struct mosaic_program *p);
void trainer_program_hash(const struct mosaic_program *p, char out[33]);
bool trainer_program_check(const struct mosaic_program *p, char *why, size_t size);

/* ---- safetensors.c, safetensors_write.c ---------------------------------------------------------- */
struct st_item { const char *name; int scalar, rank; int64_t shape[8]; const void *at; size_t count, stride; };
struct st_entry { const char *name; char dtype[8]; int rank; int64_t shape[8]; uint64_t begin, end; };
struct st_file {
	int fd; char *path, *header;
	uint64_t data_at, data_size;
	struct st_entry *entries; int count, cap;
	struct trainer_pairs meta;
	struct trainer_pool pool;
};
/* Bounded and strict: every size and offset is checked before it is used. NULL with a sentence that starts with the path. */
struct st_file *st_open(const char *path, char *why, size_t size);
void st_close(struct st_file *f);
const struct st_entry *st_find(const struct st_file *f, const char *name);
int64_t st_count(const struct st_entry *e);
/* The values as floats (scalar 4) or doubles (8); F32 and F64 are converted into each other. */
bool st_read(const struct st_file *f, const struct st_entry *e, int scalar, void *out, char *why, size_t size);
/* Whether the file is as st_write wrote it: the pair "checksum" is the XXH3-128 of the header, with zeros there, and the data. */
#define ST_NO_CHECKSUM "00000000000000000000000000000000"
bool st_intact(const struct st_file *f);
/* Writes a temporary file beside `path`, syncs it when asked, renames. A pair "checksum" joins `meta`. False with a sentence. */
bool st_write(const char *path, const struct st_item *items, int count, const struct trainer_pairs *meta, bool sync, char *why, size_t size);

/* ---- checkpoint.c, history.c ----------------------------------------------------------------------- */
bool trainer_checkpoint_save(const struct mosaic_program *p, struct trainer_run *run, int lane, char *why, size_t size);
/* Opens run->checkpoint_file when the run is to be resumed and has one; puts its place and history into the run. False: the run failed. */
bool trainer_checkpoint_open(const struct mosaic_program *p, struct trainer_run *run);
bool trainer_checkpoint_load(const struct mosaic_program *p, struct trainer_run *run, int lane, char *why, size_t size);
bool trainer_weights_load(const struct mosaic_program *p, const struct st_file *f, int lane, char *why, size_t size);
/* For predicting, into all lanes: those of the best epoch, or of the last one; averaged weights where the file has them. */
bool trainer_model_load(const struct mosaic_program *p, const struct st_file *f, bool best, char *why, size_t size);
int64_t trainer_best_of(const struct st_file *f, const char **by);     /* the best epoch that is kept in a checkpoint; 0: none */
#define TRAINER_BEST "best."               /* before the names of its tensors */
bool trainer_kept_load(const struct st_file *f, mosaic_data *data, char *why, size_t size);
bool trainer_models_write(const struct mosaic_program *p, struct trainer_run *run, int lane, char *why, size_t size);
bool trainer_history_write(const struct mosaic_program *p, const struct trainer_run *run, char *why, size_t size);   /* history.c */
int trainer_history_columns(const struct mosaic_program *p, bool validation);
char *trainer_history_column(const struct mosaic_program *p, int column);   /* "train_loss"; malloc'ed */

/* ---- report.c, progress.c, number.c ------------------------------------------------------------------ */
struct trainer_report {
	const struct mosaic_program *program;
	FILE *out;                             /* report lines; NULL: none */
	bool bar, color;                       /* a progress bar on stderr */
	bool lost;                             /* nobody reads the lines any more */
	int columns;                           /* of the last `columns` line */
	double flushed, drawn;
	struct trainer_run *run;               /* the one that the bar shows */
	int64_t first_epoch;
};
void trainer_report_start(struct trainer_report *r, struct trainer_run *run);
void trainer_report_epoch(struct trainer_report *r, const struct trainer_run *run, int64_t epoch, const double *row);
void trainer_report_checkpoint(struct trainer_report *r, const struct trainer_run *run);
void trainer_report_end(struct trainer_report *r, struct trainer_run *run);      /* done, failed or interrupted */
void trainer_report_tick(struct trainer_report *r, double now, double part);     /* part of the epoch that is done */
void trainer_report_flush(struct trainer_report *r);
void trainer_progress_draw(struct trainer_report *r, double now, double part);
void trainer_progress_clear(struct trainer_report *r);
int trainer_number_text(double value, char out[32]);                  /* as %.9g; returns the length */

/* ---- train.c, job.c, cli.c, help.c, predict.c, samples.c, csv.c --------------------------------------------------- */
int trainer_train(const struct mosaic_program *p, struct trainer_run **runs, int count, struct trainer_report *report);
/* comments: lines that start with '#', for the reports: a spool file is to say what its runs were. */
struct trainer_job { struct trainer_run **runs; int count, cap; char *comments; size_t comment_bytes, comment_cap; };
bool trainer_job_read(const struct mosaic_program *p, FILE *in, const char *name, struct trainer_job *job);
void trainer_job_free(struct trainer_job *job);
enum { THREADS_MAX = 256 };
struct trainer_options {
	bool help, info, version, resume, last, device, predict, samples;
	const char *job, *out_dir, *weights, *predict_file, *predict_out;
	int report_fd, threads;
	int64_t id;
	double checkpoint;
	struct trainer_pairs set;
	struct trainer_pool pool;
};
int trainer_main(const struct mosaic_program *p, int argc, char **argv);
void trainer_large_pages(const struct mosaic_program *p);             /* pages.c */
bool trainer_options_read(const struct mosaic_program *p, int argc, char **argv, struct trainer_options *o, char *why, size_t size);
void trainer_help(const struct mosaic_program *p, const char *name, FILE *out);
/* set: what the command line says; checkpoint: a file that may not be there. */
void trainer_print_info(const struct mosaic_program *p, const struct trainer_pairs *set, const char *checkpoint, FILE *out);
/* settings_list.c: `value` and `meaning` may be NULL; `of`: whose it is, when nothing more is known. `set`: values that go before the program's own; may be NULL. */
struct trainer_setting_row { const char *name, *kind, *value, *meaning, *of; };
typedef void trainer_setting_shown(void *context, const struct trainer_setting_row *row);
void trainer_settings_list(const struct mosaic_program *p, const struct trainer_pairs *set, trainer_setting_shown *show, void *context);
void trainer_fields_list(const struct mosaic_program *p, const struct trainer_pairs *set, const struct mosaic_data_class *c, trainer_setting_shown *show, void *context);
int trainer_predict(const struct mosaic_program *p, const struct trainer_options *o);
/* Seed and fields of the data classes as the training of this checkpoint had them, where the command line says nothing else. */
void trainer_settings_of_training(const struct mosaic_program *p, struct trainer_run *run, const struct st_file *file, const struct trainer_options *o);
int trainer_samples(const struct mosaic_program *p, const struct trainer_options *o);
void trainer_samples_write(const mosaic_data *data, FILE *out);
/* A CSV file in memory: cells[row * columns + column]; `lines` the line of each row. */
struct csv { int64_t rows; int columns; char **cells; int64_t *lines; char *text; char **header; };
bool csv_read(const char *path, struct csv *csv, char *why, size_t size);
void csv_free(struct csv *csv);

#endif
