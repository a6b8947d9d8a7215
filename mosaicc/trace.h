/* trace.h: shared by the files that run user code in a watched child: watch.c, trace*.c, place.c, name.c, store.c. */
#ifndef TRACE_H
#define TRACE_H

#include "op.h"

#include <mosaic.h>

#include <sys/types.h>

/* ---- shim.c ---------------------------------------------------------------------------------- */
void shim_text(const struct source *s, const char *real_path, struct text *out);

/* ---- watch.c: a function in a child process with limits, and how it ended ------------------- */
enum { FRAMES_MAX = 64, LOADED_MAX = 64 };
enum ending {
	ENDING_NONE,                           /* neither a result nor a reason: _exit, or killed from outside */
	ENDING_DONE, ENDING_FAILED,            /* a result; trace_fail */
	ENDING_SIGNAL, ENDING_EXIT,            /* crashed or out of time; user code called exit() */
	ENDING_BIND                            /* bind() failed: the parent does it again, aloud */
};
/* Where a library lies in the child. */
struct loaded { uintptr_t base, low, high; };

/* Written by the child into shared memory, also from signal handlers; the parent believes none of it. */
struct watch_report {
	volatile int ending;
	int module, method;                    /* which module of the pipeline; enum method_kind, METHOD_COUNT while it is loaded, or -1 */
	int signal, code, exit_status;
	unsigned char memory_full, stack_full, wild_call, quick;   /* quick: quick_exit(). Not bool: user code may have written here, and any byte is a number */
	uintptr_t fault;
	uintptr_t pc, caller, frames[FRAMES_MAX], last_call;
	int frame_count;
	unsigned char instruction[8];          /* at pc, for the kind of a sanitizer's trap */
	struct loaded loaded[LOADED_MAX];
	int loaded_count;
	char message[4096], at_file[1024];     /* at_file: a place that the child knows better than its stack */
	int at_line, at_col;
	volatile unsigned char waiting; volatile double waited;   /* for a network or another process; seconds until now */
	size_t result_size;
};
struct watch_limits { double seconds; size_t memory; };   /* of CPU; bytes beyond what mosaicc itself has */
struct watched {
	struct watch_report report;            /* a copy: nobody writes to it any more */
	const char *result, *output;           /* NUL-terminated; what the child made, what user code printed */
	size_t result_size;
	int status;                            /* as waitpid() gives it */
	bool timed_out;                        /* ended by the parent */
};
typedef void watch_work(void *context, struct watch_report *report, struct text *result);
bool watch_run(struct tracer *t, struct arena *a, const struct watch_limits *limits, watch_work *work, void *context, struct watched *out);
/* In the child: ends it; the message and the stack are in the report. */
_Noreturn void watch_fail(const char *message);
/* Where a mistake is from now on, whatever the stack says; line 0: the stack again. */
void watch_at(struct place at);
_Noreturn void watch_fail_at(struct place at, const char *message);
/* A result for the parent; of ENDING_BIND too. */
void watch_result(const struct text *result);
/* Before and after waiting for a network: that time is not the module's. */
void watch_wait(bool on);
_Noreturn void watch_end(enum ending ending);

/* ---- place.c: addresses of loaded libraries as places in the user's source ------------------ */
struct place_book;
struct place_book *place_book_new(struct arena *a);
void place_book_close(struct place_book *book);
/* Number of a source in the book; its debug info is read then, so that children share it. -1: unreadable. */
int place_book_add(struct place_book *book, const struct source *s);
/* Place of the instruction `offset` bytes into library `index`; line 0 when it is not the user's. */
struct place place_find(struct place_book *book, int index, uintptr_t offset);

/* ---- tracer.c: what the traces of a sweep share --------------------------------------------- */
struct tracer_error { struct hash128 key; const char *text, *line; int more; };
struct tracer {
	struct arena arena;
	struct watch_report *report;           /* shared with the children; the result's bytes follow */
	char *result; size_t result_cap;
	int output;                            /* a memory file that user code prints into */
	struct place_book *places;
	VEC(struct tracer_error) errors;
};
/* Between the two, messages are collected instead of printed; the pipeline is named once they are. */
struct tracer_messages { FILE *file, *before; char *at; size_t size; int errors; };
void tracer_collect(struct tracer_messages *m);
void tracer_collected(struct tracer *t, struct tracer_messages *m, const struct pipeline *p);
void tracer_dropped(struct tracer_messages *m);            /* neither printed nor counted */

/* ---- explain.c: why a child ended, as messages at the user's lines --------------------------- */
void explain(struct tracer *t, const struct trace_request *r, const struct watched *w, double seconds);
void explain_damage(const struct trace_request *r, bool data);   /* the result makes no sense */
const char *ending_signal(struct arena *a, const struct watched *w, double seconds, const char **hint);   /* explain_signal.c */
const char *last_line(struct arena *a, const char *output);
bool says_last_line(const char *why);      /* does the reason hold the last line that was printed? */

/* ---- trace_api.c: the state behind nn_*, in the child ---------------------------------------- */
struct trace_scope { struct place_book *places; struct watch_report *report; const int *book; struct arena *arena; };
void trace_begin(const struct trace_scope *scope);
void trace_graph_begin(const char *name, bool training, bool float64, int batch);
/* Class that new nodes belong to, and whether tensors may be used now (not in init, info, prepare). */
void trace_add_updates(void);
void trace_in(const char *class, bool tensors);
bool trace_knows(nn_tensor x);
/* Of a call of the graph in progress (node->mark): the function that the user called, "layer_norm", or NULL; where in the user's code, or 0. */
const char *trace_function(int call);
uintptr_t trace_address(int call);
struct node *trace_leaf(enum node_kind kind, const char *name, struct shape shape);
struct node *trace_scalar(struct node *n, const char *what);
/* trace_init.c. text: as node->init has it, with numbers in place of what depends on the shape; `function` is named in messages. */
bool trace_init_valid(const nn_init *init);
const char *trace_init_text(struct arena *a, const char *function, const char *name, const struct shape *shape, const nn_init *init);
/* builtin.c */
int builtin_predictions(const char *name);                 /* how many a loss takes */
nn_tensor trace_builtin_loss(const struct module *process, const char *name, const nn_tensor *predictions, nn_tensor target);
/* ignored: a label that does not count, as the config writes it, or NULL. */
nn_tensor trace_accuracy(const char *kind, const char *loss, const char *ignored, nn_tensor prediction, nn_tensor target);

/* ---- child.c: modules of a pipeline, loaded and called, in the child ------------------------ */
enum { MODULES_MAX = LOADED_MAX };
struct mosaic_info;
struct mosaic_run_info;
struct mosaic_module_info;
struct instance {
	struct module *module;
	const struct class *class;
	const char *name;                      /* of the class; a pointer of its own, to tell two modules of one class apart */
	void *library, *self;
	struct bound bound;
	struct mosaic_module_info *info;
};
struct child {
	const struct trace_request *request;
	struct watch_report *report;
	struct arena *arena;
	struct text *result;
	struct instance at[MODULES_MAX];
	struct mosaic_run_info *run;
	struct infos infos;                    /* of the modules so far */
	int book[LOADED_MAX];                  /* libraries in the place book */
};
struct child_job { const struct trace_request *request; struct tracer *tracer; const struct data_shape *data; };
void child_begin(struct child *c, const struct child_job *job, struct watch_report *report, struct text *result, struct arena *a);
void child_infos(struct child *c, const struct infos *infos);   /* of modules that ran before */
/* Loads the library of module `index` (the number of modules: the loss), before any of its code runs. */
void child_load(struct child *c, int index);
void child_bind(struct child *c, int index);
/* A fresh struct of the module, after its init. */
void child_init(struct child *c, int index);
void child_info(struct child *c, int index);
/* Adapter of a method that is about to be called, for the report too; NULL when the class has none. */
void *child_method(struct child *c, int index, enum method_kind method);
typedef void shim_tensors(const void *self, const nn_tensor *in, int count, void *out, const struct mosaic_run_info *run,
	const struct mosaic_module_info *module);
typedef void shim_data(const void *self, void *data, const struct mosaic_run_info *run, const struct mosaic_module_info *module);

/* ---- trace_data.c, trace.c: the two traces; what both parents do ------------------------------ */
/* Module `index` and its class, or the loss at the number of modules; false for what is no class (swept keys of [PROCESS]). */
bool request_module(const struct trace_request *r, int index, struct module **m, const struct class **class);
/* Before the child: classes and methods are there, libraries are loaded for places. */
bool request_check(struct tracer *t, const struct trace_request *r, bool data);
/* Binds again in the parent what was bound in the child: that marks parameters as used, and prints mistakes. */
bool request_bind(struct arena *a, const struct trace_request *r, int index, const struct infos *infos);
bool trace_run(struct tracer *t, struct arena *a, const struct trace_request *r, bool data, watch_work *work, void *job, struct watched *w);

/* ---- result.c: the child's result as lines, written there and read with checks in the parent --- */
void result_line(struct text *out, const char *word, int count, const char *const *fields);
struct result_reader { const char *at; struct arena *arena; bool failed; };
enum { RESULT_FIELDS = 16 };
/* The next line split at tabs, unescaped; the count of fields, 0 at the end or when it is none of ours. */
int result_read(struct result_reader *r, const char *fields[RESULT_FIELDS]);
bool result_int(const char *text, int64_t low, int64_t high, int64_t *out);
void result_infos(struct text *out, const struct infos *infos, int first);
void infos_put(struct arena *a, struct infos *infos, struct info_value v);
bool result_info(struct arena *a, int count, const char *const *fields, struct infos *infos);

/* ---- name.c: labels and parameters, after the user's variables ------------------------------ */
void name_graph(struct graph *g, struct source *const *sources, int source_count);
/* Gives the parameters of `eval` the names of those of `train`. NULL, or a parameter that `train` has not. */
const struct node *name_alike(const struct graph *train, struct graph *eval, struct source *const *sources, int source_count);

/* ---- store.c: bound text into the bytes of a struct ----------------------------------------- */
/* A struct of `bound`'s class in the arena, zeroed where fields are derived. */
void *bind_store(struct arena *a, const struct bound *bound);

#endif
