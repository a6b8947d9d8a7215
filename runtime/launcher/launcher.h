/* launcher.h: the one internal header of `mosaic`, grouped by file. The launcher starts trainers and owns the database while
** it lives; the other commands read it. Trainers never see this header: they speak through doc/design.md, "A job". */
#ifndef MOSAIC_LAUNCHER_H
#define MOSAIC_LAUNCHER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "cli/cli.h"

#define MOSAIC_VERSION "0.1.0"

/* ---- util.c: memory, text, files, time --------------------------------------------------------- */
void *need(void *memory);                                  /* ends the program when an allocation gave NULL */
void *grow(void *at, int *cap, int count, size_t size);    /* room for one more of `count` items */
char *copy(const char *s);                                 /* NULL gives NULL */
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

struct text { char *at; size_t len, cap; };                /* a growing string; `at` is NULL while it is empty */
void text_add(struct text *t, const char *s);
void text_addn(struct text *t, const char *s, size_t n);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *t);
void text_unescape(char *s);                               /* in place */

/* A user's mistake or the system's: "mosaic: error: ..."; then what to do next. Both go to stderr. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Whole file, NUL-terminated, to be freed. NULL with errno when it cannot be read or is longer than `limit`. */
char *file_read(const char *path, size_t limit, size_t *size);
char *file_tail(const char *path, size_t limit);           /* its last `limit` bytes at most, from a line's start; NULL if none */
int file_write(const char *path, const char *bytes, size_t n);  /* through a temporary name and rename; 0 or -1 with errno */
int make_dirs(const char *path);                           /* mkdir -p */
double now(void);                                          /* seconds of a clock that never jumps */
char *date_text(void);                                     /* "2024-05-01T12:00:00Z" */
bool parse_int(const char *s, int64_t low, int64_t high, int64_t *out);
const char *nearest(const char *name, const char *const *names, int count);  /* by edit distance, or NULL */

/* ---- spawn.c, build.c: other programs, and what Ninja says ---------------------------------------- */
/* Starts `argv`, found beside this program or in PATH, and waits: its exit status, 128 + signal, or -1 (a message was printed).
** With `line` its output comes line by line. */
int run_program(const char *const *argv, void (*line)(void *context, const char *line), void *context);
char *program_version(const char *program);                /* first line of `program --version`, or NULL */
struct build { struct text log; bool ok; };                /* log: what Ninja said, progress left out */
/* Builds all that can be built; EXIT_DONE also when something could not. */
enum exit_code build_all(const char *ninja_file, struct build *b);
/* What the compiler said of this trainer: from the log, else from the file TRAINER.log; NULL if nothing. */
char *build_messages(const struct build *b, const char *trainer);

/* ---- commands.c: the one table of commands; cli/cli.h has its rows ----------------------------- */
struct args {
	const struct command *command;
	int count; const char *const *at;                      /* what is no option */
	const char *values[OPTIONS_MAX];                       /* parallel to command->options; "" for a flag that was given */
	const char *seconds[OPTIONS_MAX];                      /* of options that take two */
};
extern const struct command commands[];                    /* ends with a NULL name */
const struct command *command_or_complain(const char *name);
extern const struct program_table mosaic_program;          /* help.c */
const char *option(const struct args *args, const char *name);  /* NULL when it was not given */
const char *option_second(const struct args *args, const char *name);
/* Value of a numeric option in *out, which keeps its value when the option is absent; false after a message. */
bool option_int(const struct args *args, const char *name, int64_t low, int64_t high, int64_t *out);

enum exit_code cmd_launch(const struct args *args);
enum exit_code cmd_run(const struct args *args);
enum exit_code cmd_status(const struct args *args);
enum exit_code cmd_savedb(const struct args *args);
enum exit_code cmd_generate(const struct args *args);
enum exit_code cmd_import(const struct args *args);
enum exit_code cmd_job(const struct args *args);
enum exit_code cmd_history(const struct args *args);
enum exit_code cmd_rerun(const struct args *args);
enum exit_code cmd_rekey(const struct args *args);
enum exit_code cmd_pause(const struct args *args);
enum exit_code cmd_resume(const struct args *args);
enum exit_code cmd_show(const struct args *args);
enum exit_code cmd_best(const struct args *args);
enum exit_code cmd_export(const struct args *args);
enum exit_code cmd_note(const struct args *args);
enum exit_code cmd_tag(const struct args *args);
enum exit_code cmd_diff(const struct args *args);
enum exit_code cmd_verify(const struct args *args);
enum exit_code cmd_compare(const struct args *args);
enum exit_code cmd_report(const struct args *args);
enum exit_code cmd_version(const struct args *args);
enum exit_code cmd_help(const struct args *args);

/* ---- db.c: SQLite and nothing else; the one file that includes sqlite3.h ------------------------ */
enum db_mode { DB_READ, DB_WRITE, DB_CREATE };             /* WRITE: must exist */
/* Worth trying again later: DB_BUSY, DB_FULL, DB_IO. */
enum db_trouble { DB_OK, DB_BUSY, DB_FULL, DB_IO, DB_READONLY, DB_BROKEN, DB_OTHER };
struct db;
struct rows;                                               /* a prepared statement that is being read */
/* NULL after a message. DB_WRITE and DB_CREATE bring the schema up to date, DB_READ only checks it. */
struct db *db_open(const char *path, enum db_mode mode);
void db_close(struct db *db);
/* One statement. `types` has a letter a value: i int64_t, d double (NaN: NULL), t const char * (NULL: NULL), b const void *, size_t.
** `sql` must be a constant: prepared statements are kept by its address. */
bool db_run(struct db *db, const char *sql, const char *types, ...);
struct rows *db_query(struct db *db, const char *sql, const char *types, ...);  /* NULL on error */
/* A query that somebody typed: it can only read. db_forget ends it. NULL when it is wrong or not allowed; db_message says why. */
struct rows *db_request(struct db *db, const char *sql);
void db_forget(struct rows *r);
bool row_is_int(struct rows *r, int column);
bool row_next(struct rows *r);
int64_t row_int(struct rows *r, int column);
double row_real(struct rows *r, int column);               /* NULL: NaN */
const char *row_text(struct rows *r, int column);          /* NULL: ""; valid until the next row_next */
const void *row_blob(struct rows *r, int column, size_t *size);
void row_end(struct rows *r);
bool db_begin(struct db *db);                              /* a writing transaction */
bool db_commit(struct db *db);                             /* on failure it was rolled back */
void db_rollback(struct db *db);
bool db_script(struct db *db, const char *sql);            /* several statements without values */
int64_t db_number(struct db *db, const char *sql, int64_t otherwise);  /* first value of the first row */
enum db_trouble db_trouble(const struct db *db);           /* of the last call that failed */
const char *db_message(const struct db *db);
void db_complain(const struct db *db);                     /* message and hint for the last failure */
const char *db_path(const struct db *db);
void db_share(struct db *db);                              /* write-ahead log where the file system can */
void db_unshare(struct db *db);                            /* one file again */
bool db_backup(const char *from, const char *to);          /* SQLite's backup, consistent at any moment; false after a message */
bool db_is_database(const char *path);                     /* by its first bytes */

/* ---- schema.c: tables, migration ---------------------------------------------------------------- */
enum { SCHEMA_VERSION = 5, SCHEMA_APPLICATION = 0x4d6f7361 };
bool schema_prepare(struct db *db);                        /* creates or migrates; false after a message */
bool schema_check(struct db *db);                          /* can it be read? false after a message */

/* ---- sweep.c: sweep.json, every field checked ---------------------------------------------------- */
struct pair { const char *name, *value; };
struct program { const char *name, *trainer, *source, *hash; int lanes; };
struct pipeline {
	const char *line, *error;                              /* error: why it has no program, or NULL */
	char *modules;                                         /* JSON on one line */
	int program;                                           /* -1 with error */
	struct pair *params; int param_count;
	struct pair *settings; int setting_count;
	uint64_t seed;
	int epochs, multiplicity;
	double seconds_per_epoch;                              /* as mosaicc expects; 0: not known */
	char identity[33];
};
struct halving { bool on, asynchronous; const char *criterion; int eta, min_epochs; };   /* on: asked for */
struct repetition { bool on; int start, maximum, looks; const char *criterion, *by; double alpha; };   /* multiplicity = auto */
struct sweep {
	const char *path, *version, *config, *config_text, *database, *run_files_path;
	struct pair *process; int process_count;
	struct program *programs; int program_count;
	struct pipeline *pipelines; int pipeline_count;
	int nb_processus, threads;                             /* trainers at once; threads of each */
	int *gpus, gpu_count;                                  /* of need_gpu; numbers as CUDA_VISIBLE_DEVICES takes them */
	double timeout, checkpoint;                            /* seconds; timeout 0: none */
	struct halving halving;
	struct repetition repetition;
	char *machine, *ninja;                                 /* texts of machine.ninja and build.ninja beside it, or NULL */
	void *json;                                            /* owns the strings */
};
bool sweep_read(const char *path, struct sweep *out);      /* false after a message */
void sweep_free(struct sweep *s);
/* Value of a PROCESS pair for this pipeline: its own setting when the key was swept. */
const char *pipeline_process(const struct pipeline *p, const struct pair *pair);
const char *pipeline_setting(const struct pipeline *p, const char *name);

/* ---- report.c: the lines that a trainer writes ---------------------------------------------------- */
enum { COLUMNS_MAX = 256, REPORT_LINE_MAX = 1 << 16, EPOCHS_MAX = 100000000 };
/* A process may train runs with and without validation, one kind after the other: each `columns` line is a new version. */
struct columns { int count, version; char *names[COLUMNS_MAX]; };
enum measure_end { END_NONE, END_DONE, END_FAILED, END_INTERRUPTED };
struct measure {                                           /* what the reports say of one run */
	int64_t nb_params;
	char *data_hash, *message;
	struct columns columns;                                /* those in force at epoch 1 */
	int epochs, cap;
	double *values;                                        /* [epochs][columns.count] */
	int checkpoint;                                        /* last epoch in a checkpoint */
	int end_epoch;
	double seconds;
	enum measure_end end;
	char *stop_rule, *stop_reason;                         /* of a run that ended before its epochs; NULL: none did */
	int best_epoch;                                        /* whose parameters are kept; 0: none */
	char *best_column;
};
enum report_kind { REPORT_GARBAGE, REPORT_COMMENT, REPORT_COLUMNS, REPORT_START, REPORT_EPOCH, REPORT_CHECKPOINT, REPORT_STOPPED, REPORT_BEST, REPORT_END };
struct report { enum report_kind kind; int64_t id; char *fields[COLUMNS_MAX + 3]; int count; };
void report_parse(char *line, struct report *out);         /* cuts `line` into fields */
void report_columns(const struct report *r, struct columns *c);
bool report_apply(const struct report *r, const struct columns *c, struct measure *m);  /* false: garbage, nothing changed */
void columns_free(struct columns *c);
void measure_free(struct measure *m);

/* ---- results.c: numbers of a finished run ---------------------------------------------------------- */
struct result {                                            /* NaN: unknown */
	double train_loss, test_loss, train_acc, test_acc;
	double overfit, trainability, slope, slope_std_plus, slope_std_minus;
};
void result_of(const struct measure *m, struct result *out);
void result_text(const struct result *r, double seconds, struct text *out);   /* "train_loss=...\ttest_loss=...\texecution_time=..." */

/* ---- early.c: runs that stopped early ---------------------------------------------------------------- */
/* What a pipeline's early stopping is, as its trainer spells it (runtime/trainer/early.c); NULL: it has none. */
char *stop_rule_of(const struct pipeline *p);
/* How far a run has come, for a plan: all the way when the rule that stopped it (NULL, "": none did) is still that of its pipeline. */
int epochs_reached(const struct pipeline *p, int epochs, const char *stop_rule);
bool has_early(struct db *db);                             /* columns of it: not in older databases, which are read as they are */

/* ---- plan.c: which runs are missing ----------------------------------------------------------------- */
/* RESTING: trained as far as the next decision needs; STOPPED: a decision went against it. */
enum run_state { RUN_WAITING, RUN_RUNNING, RUN_DONE, RUN_FAILED, RUN_INTERRUPTED, RUN_RESTING, RUN_STOPPED };
struct run {
	int64_t id;
	int pipeline, again;                                   /* again: round of --again that made it, 0: none */
	int epochs;                                            /* to be reached: its pipeline's, or more */
	int until;                                             /* for now; 0: epochs */
	uint64_t seed;
	char identity[33];
	bool resume;                                           /* was started before: go on from its checkpoint */
	bool alone;                                            /* its group died: by itself now */
	bool launched;                                         /* its launch line was printed */
	bool counted;                                          /* among launcher.total */
	int slot;                                              /* of the trainer that has it: the one before may not have left yet */
	enum run_state state;
	struct measure measure;
	char *error;
	char *started, *finished;
};
struct group { int *runs, count; };                        /* indices of runs that one process trains */
struct plan {
	struct run *runs; int count, cap;                      /* missing runs in launch order */
	int done, repeated;                                    /* already in the database; twice in the sweep */
	struct group *groups; int group_count, group_cap, next_group;
};
/* Reads what the database has, reserves ids and fills `runs`. false after a message; nothing was changed then. */
bool plan_make(struct db *db, const struct sweep *s, bool again, struct plan *out);
void plan_groups(struct plan *p, const struct sweep *s, int slots, const int *runs, int count);  /* after the groups that wait */
int run_until(const struct run *r);                        /* the epoch to train to now */
void plan_add_group(struct plan *p, int at, int run);      /* a group of one run, before group `at` */
void plan_free(struct plan *p);
void run_identity(const char *pipeline_identity, uint64_t seed, char out[33]);
void hash_text(const char *s, size_t n, char out[33]);     /* XXH3-128 in hexadecimal; in sweep.c, like run_identity */

/* ---- pipelines.c: pipelines.json, the original's form ---------------------------------------------------- */
struct json_t;
struct json_t *pipelines_read(const char *path);           /* checked, every value a text; NULL after a message */
char *pipeline_line(struct json_t *modules);               /* "dataset_OR(1,200,0.8) | mlp_funnel(4,3)" */
char *pipeline_numbers(const char *line);                  /* such a line with every number in one form: 1e-2 and 0.01 are the same */
char *pipeline_text(struct json_t *modules);               /* its JSON on one line, as in struct pipeline */
bool pipelines_write(const char *path, const char *const *modules, int count);  /* false after a message */

/* ---- choose.c: plans of runs that were named ---------------------------------------------------------- */
struct named { const char *name; int place; };             /* names are borrowed */
struct names { struct named *at; int count, cap; };
void names_add(struct names *n, const char *name, int place);
void names_sort(struct names *n);                          /* before names_find */
int names_find(const struct names *n, const char *name);   /* the place of the first of this name, or -1 */
void names_free(struct names *n);
struct names sweep_identities(const struct sweep *s);      /* sorted; places: pipelines */
/* To which epoch: `until`, or `more` than they have (or were to have, if they are not done); both 0: what they were to have. */
struct goal { int until, more; };
/* The runs `ids`, which the database has; the others are left alone. Call it inside no transaction. */
bool plan_chosen(struct db *db, const struct sweep *s, const int64_t *ids, int count, struct goal goal, struct plan *out);

/* ---- changed.c: runs whose program, data or settings are others by now ------------------------------------ */
/* A plan that trains them again, with their seeds, as new runs that take their places once they are done. `chosen`: among these, NULL:
** all. Call it inside no transaction. */
struct selection;
bool plan_changed(struct db *db, const struct sweep *s, const struct selection *chosen, int until, struct plan *out);

/* ---- record.c: rows of a run ------------------------------------------------------------------------- */
/* What the runs of one launch share. shared: by pipeline, where the database keeps its JSON, 0: not written yet. */
struct origin { int64_t launch; char *host, *compiler, *flags; int64_t *shared; };
bool record_launch(struct db *db, const struct sweep *s, struct origin *o);  /* and the programs' sources; fills `o` */
bool record_launch_end(struct db *db, int64_t launch, int exit_code);
bool record_start(struct db *db, const struct sweep *s, const struct run *r, const struct origin *o);
bool record_checkpoint(struct db *db, const struct run *r);
bool record_end(struct db *db, const struct run *r);       /* by its state: done, error or interrupted */
bool record_reserve(struct db *db, const struct run *r, const char *pipeline_identity);
bool record_continue(struct db *db, int64_t id, int epochs);  /* it is to reach so many: interrupted, until it is launched */
bool record_heal(struct db *db, int64_t id);               /* its results are there: done */
bool record_replaced_by(struct db *db, int64_t id, int64_t by);  /* when run `by` is done, `id` is retired */
bool record_retire(struct db *db, int64_t by);             /* those that `by` replaces: results go to replaced_results, all else stays */
bool record_state(struct db *db, int64_t id, const char *status, const char *text);
bool record_insert(struct db *db, int64_t id, const char *line, const char *modules, const struct pair *pairs, int count, int64_t *shared);
int64_t record_next_id(struct db *db);
bool record_set_next_id(struct db *db, int64_t id);
void origin_free(struct origin *o);

/* ---- job.c: the text that a trainer gets -------------------------------------------------------------- */
void job_write(const struct sweep *s, const struct run *r, struct text *out);
char *job_log(const struct sweep *s, int64_t id);          /* path of output_<id>.log */
/* Pairs that the params table gets for a run: PROCESS, the seed, then the pipeline's own. */
struct pair *job_params(const struct sweep *s, const struct run *r, const char *seed, int *count);

/* ---- slots.c: trainer processes ------------------------------------------------------------------------ */
struct job {                                               /* one process and its group */
	struct group group;
	pid_t pid;                                             /* 0: a free slot */
	int report_fd;                                         /* -1: closed */
	struct text line;                                      /* a line that is not complete yet */
	struct columns columns;
	double started, killed;                                /* killed: when TERM was sent, 0: not */
	bool timed_out, overlong;
	int garbage;                                           /* lines that are no reports */
};
/* Starts a trainer with `text` on its stdin; gpu: the only one that it sees, -1: it needs none. 0, or an errno. */
int slot_start(struct job *j, const char *trainer, const char *log, bool keep_log, int gpu, int threads, const struct text *text);
void slot_signal(struct job *j, int signal);               /* to the trainer and what it started */
/* Reads what there is; the next complete line, or NULL when there is none yet. */
bool slot_fill(struct job *j);                             /* false: nothing more to read now */
char *slot_line(struct job *j, size_t *at);                /* *at: where to look, 0 at first; slot_drop when NULL came */
void slot_drop(struct job *j, size_t at);
void slot_free(struct job *j);

/* ---- outbox.c: rows that wait for the next commit -------------------------------------------------------- */
enum entry_kind { ENTRY_START, ENTRY_CHECKPOINT, ENTRY_END, ENTRY_SEARCH, ENTRY_LEFT };   /* LEFT: interrupted while it rested */
struct entry { enum entry_kind kind; int run; };
struct outbox {
	struct entry *at; int count, cap;
	double oldest, retry;                                  /* retry: when to try again after trouble, 0: no trouble */
	enum db_trouble trouble;
};
struct launcher;
void outbox_add(struct launcher *l, enum entry_kind kind, int run);
double outbox_due(const struct outbox *o);                 /* when the next commit is due; 0: nothing waits */
/* Writes all in one transaction. False: nothing was written and all is kept; the trouble says whether to try again. */
bool outbox_flush(struct launcher *l);

/* ---- launch.c, schedule.c: a sweep ------------------------------------------------------------------------ */
struct progress { bool on, shown, info_failed; double started, drawn, work; };
struct search;                                             /* search.h */
struct launcher {
	struct sweep sweep;
	struct build build;
	struct plan plan;
	struct db *db;
	struct origin origin;
	struct outbox outbox;
	struct job *jobs; int slots;
	struct progress progress;
	struct search *search;                                 /* NULL: what is missing is trained, and nothing decided */
	int total;                                             /* runs that this launch means to train */
	int launched, done, failed, interrupted, stopped, running;
	int stopping;                                          /* signals so far */
	bool paused;                                           /* what waits is not started any more */
	bool broken;                                           /* the database cannot be written any more */
	double hold;                                           /* no new trainer before this time: the disk is full */
	int signals;                                           /* signalfd */
};
bool schedule(struct launcher *l);                         /* trains plan's groups; false: could not even begin */
/* run.c, by the run's place in the plan: state, message and row. run_end takes over `error`; run_end_measured: as its trainer reported. */
void run_launch(struct launcher *l, int index);
void run_end(struct launcher *l, int index, enum run_state state, char *error);
void run_end_measured(struct launcher *l, int index);
struct launch_options {
	const char *database, *build;                          /* NULL: the sweep's; no build */
	int64_t jobs;
	bool again, wait;
	/* Instead of what is missing; false after a message. The database is open and locked. */
	bool (*choose)(struct db *db, const struct sweep *s, void *context, struct plan *out);
	void *context;
	bool searching;                                        /* `choose` says with which runs the sweep's search goes on */
	const char *run_files;                                 /* NULL: the sweep's run_files_path */
	bool scratch;                                          /* the database is nobody's last one, and nobody is told of it */
	const char *go_on;                                     /* how to go on after an interruption; NULL: the same command */
};
enum exit_code launch_explain(const char *sweep_path, const char *database, bool json);  /* explain.c; database may be NULL */
bool launch_options(const struct args *args, struct launch_options *o);  /* false after a message */
enum exit_code launch_sweep(const char *sweep_path, const struct launch_options *o);
enum exit_code launch_config(const char *config, const char *folder, struct launch_options *o);  /* mosaicc first; folder may be NULL */

/* ---- select.c: the runs that options name ----------------------------------------------------------------- */
#define SELECT_OPTIONS \
	{"id", 'i', "LIST", "the runs of LIST: numbers and ranges such as 1-3,7, or all"}, \
	{"request", 'r', "SQL", "the runs that a SELECT gives as its first column; it can only read"}, \
	{"param-name-value", 0, "NAME VALUE", "runs whose parameter or result NAME is VALUE"}, {"param-name-and-value", 0, "NAME VALUE", NULL}, \
	{"param-name-value-low-threshold", 0, "NAME VALUE", "... is a number of at most VALUE"}, \
	{"param-name-and-value-low-threshold", 0, "NAME VALUE", NULL}, \
	{"param-name-value-high-threshold", 0, "NAME VALUE", "... is a number of at least VALUE"}, \
	{"param-name-and-value-high-threshold", 0, "NAME VALUE", NULL}, \
	{"failed", 'f', NULL, "runs that ended with an error"}, {"interrupted", 'I', NULL, "runs that were interrupted or cut off before their end"}, \
	{"stopped", 0, NULL, "runs that a search stopped"}, \
	{"tag", 'T', "NAME", "runs with this tag"}
struct selection { int64_t *ids; int count, cap; };        /* in ascending order, each once */
/* The runs that satisfy all selectors. False after a message: also when there is none of them, or no selector. */
bool select_runs(const char *database, const struct args *args, struct selection *out);
bool select_given(const struct args *args);
/* The same with numbers that stand among the arguments, "1-3,7" or "all" (is_run_list): those of them that satisfy the selectors, if any. */
bool select_words(const char *database, const struct args *args, const char *const *words, int count, struct selection *out);
bool is_run_list(const char *word);
void select_free(struct selection *s);

/* ---- lock.c: one launcher a database; which database a directory used last ------------------------------ */
struct lock { int fd; char *path; };
/* Takes the lock, waiting for whoever holds it if `wait`; EXIT_DONE, EXIT_IN_USE, or EXIT_USAGE after a message. */
enum exit_code lock_take(const char *database, bool wait, struct lock *out);
void lock_release(struct lock *l);
bool lock_held(const char *database, char **who);          /* by a living launcher; who: "launcher 12 on host since ..." */
pid_t lock_owner(const char *database, char **host);       /* its process, 0: nobody's, -1: it is not known */
void last_write(const char *database);                     /* remembers it in .mosaic/databases */
char *last_database(void);                                 /* of a running launcher, else the last; NULL after a message */

/* ---- status.c, savedb.c, chart.c: what several commands show ---------------------------------------------- */
struct json_t *json_measure(double v);                     /* null when it is not finite */
struct json_t *json_text(const char *s);                   /* bytes that are no UTF-8 become '?' */
void add_visible(struct text *out, const char *s);         /* control characters must not reach a terminal */
struct run_curve { char *name; float *values; int epochs; };
int curves_read(struct db *db, int64_t id, struct run_curve *out, int most);  /* how many, or -1 */
struct json_t *json_words(const char *words);              /* ["keep", "slow"] of "keep slow"; NULL: [] */
char *run_tags(struct db *db, int64_t id);                    /* "keep slow", NULL: none */
void curves_free(struct run_curve *c, int n);                  /* and c itself */
/* The curves that are there of these two, in plain characters. */
void chart_add(struct text *out, const struct run_curve *a, const struct run_curve *b);

/* ---- progress.c: one line that is redrawn, on a terminal only -------------------------------------------- */
void progress_begin(struct launcher *l);
void progress_plan(struct launcher *l);                    /* there are other runs, or other epochs to reach */
void progress_draw(struct launcher *l);
void progress_clear(struct progress *p);
void duration_text(double seconds, char out[32]);

#endif
