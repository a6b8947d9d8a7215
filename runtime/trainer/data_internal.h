/* data_internal.h: what stands behind the opaque handles of mosaic.h. For the trainer's driver and for mosaicc's child
** process, which runs `prepare` once to learn the shapes. Not for user modules.
**
** A process that runs prepare does:
**	mosaic_fail_set(handler, context);                 handler gets the message and must not return (longjmp, _exit)
**	mosaic_files_record(&files);                       files opened from now on are listed with their hash
**	mosaic_data *data = mosaic_data_new();
**	mosaic_data_owner(data, section);                  before each class
**	class->prepare(self, data, &run, &module);
**	if (!mosaic_data_check(data, why, sizeof why)) ... */
#ifndef MOSAIC_DATA_INTERNAL_H
#define MOSAIC_DATA_INTERNAL_H

#include <mosaic.h>

/* ---- memory.c: allocations that never return NULL, and pools of them ------------------------- */
struct trainer_pool { void **at; int count, cap; };                  /* freed together */
void *trainer_alloc(size_t count, size_t size);                      /* zeroed; overflow and lack of memory end the process */
void *trainer_grow(void *at, int *cap, int count, size_t size);      /* room for one more; new memory is not zeroed */
char *trainer_strdup(const char *s);
void *trainer_pool_alloc(struct trainer_pool *pool, size_t count, size_t size);
char *trainer_pool_strdup(struct trainer_pool *pool, const char *s);
void trainer_pool_free(struct trainer_pool *pool);
bool trainer_multiply(size_t *product, int64_t factor);              /* false on overflow or a negative factor */
/* Nearest of `count` names by edit distance, at most about a third of its length away, or NULL. */
const char *trainer_nearest(const char *name, const char *const *names, int count);

/* ---- fail.c ---------------------------------------------------------------------------------- */
typedef void mosaic_fail_handler(void *context, const char *message);
struct mosaic_fail_hook { mosaic_fail_handler *handler; void *context; };
/* Sets what mosaic_fail does and returns what it did; {NULL}: print the message and exit(1). */
struct mosaic_fail_hook mosaic_fail_set(mosaic_fail_handler *handler, void *context);

/* ---- files.c --------------------------------------------------------------------------------- */
struct mosaic_file_use { char *path; char hash[33]; int64_t bytes; };   /* XXH3-128 of the contents, in hex */
struct mosaic_files { struct mosaic_file_use *at; int count, cap; };
/* Where opened files are listed, each path once; NULL (the default): not listed, not hashed. Returns the list used until now. */
struct mosaic_files *mosaic_files_record(struct mosaic_files *files);
void mosaic_files_free(struct mosaic_files *files);
/* `bytes` from `offset` on, private to this process; *base and *length are for munmap. mosaic_fail when it cannot. */
void *trainer_map_file(const char *path, int64_t offset, size_t bytes, void **base, size_t *length);

/* Where the index of downloads is and how many bytes they may take; NULL, negative: "cache.db", 1 GiB. `waits`: told before and after a wait for a network
** or for another process, and a long read; may be NULL. */
struct mosaic_cache_settings { const char *index; int64_t bytes; void (*waits)(bool on); };
void mosaic_cache_set(struct mosaic_cache_settings settings);
struct mosaic_cache_settings mosaic_cache_get(void);
void mosaic_files_use(const char *path);                             /* counts as opened through the runtime */
bool trainer_make_dirs(const char *path);                            /* errno */

/* ---- cache_index.c: which files the cache knows, in a text file ------------------------------------ */
struct cache_entry { char *path, *url, *checksum; int64_t size, changed, used; bool fetched; };   /* changed, used: ns; checksum: that the file was found to have; "" */
struct cache_index { struct cache_entry *at; int count, cap; };
bool cache_index_read(const char *path, struct cache_index *index, char *why, size_t size);   /* no file: empty */
bool cache_index_write(const char *path, const struct cache_index *index, char *why, size_t size);
struct cache_entry *cache_index_find(struct cache_index *index, const char *path);
/* Replaces the entry of its path; copies its texts. */
void cache_index_put(struct cache_index *index, const struct cache_entry *e);
void cache_index_remove(struct cache_index *index, int at);
void cache_index_free(struct cache_index *index);

/* ---- cache_lock.c: who uses, fetches, writes --------------------------------------------------------- */
struct cache_lock { int fd; char *path; };
enum cache_byte { CACHE_USED, CACHE_FETCHED };
bool cache_lock_open(struct cache_lock *l, const char *index, char *why, size_t size);
void cache_lock_index(struct cache_lock *l, bool on);                /* waits */
void cache_lock_fetch(struct cache_lock *l, const char *file, bool on);
void cache_lock_use(struct cache_lock *l, const char *file);         /* until this process ends */
bool cache_lock_used(struct cache_lock *l, const char *file);        /* by any process, this one too */

/* ---- checksum.c ------------------------------------------------------------------------------------- */
enum checksum_kind { CHECKSUM_NONE, CHECKSUM_SHA256, CHECKSUM_XXH128 };
struct checksum { enum checksum_kind kind; char hex[65]; };
/* "sha256:HEX", "xxh128:HEX", or the digits alone; false: neither. */
bool checksum_read(const char *text, struct checksum *out);
const char *checksum_name(enum checksum_kind kind);
bool checksum_file(const char *path, enum checksum_kind kind, char out[65]);   /* errno */

/* ---- data.c ---------------------------------------------------------------------------------- */
struct mosaic_array_store {
	struct mosaic_array array;             /* first: users hold pointers to it */
	char *name;
	void *memory, *map; size_t map_length; /* what is to be freed */
	size_t bytes;                          /* room at array.at as it was made */
	bool in_file;                          /* at is mapped: reading it may wait for a disk */
	mosaic_reader *read; void *context;    /* a stream */
	const struct mosaic_array_store *from; int64_t *rows;   /* a stream of chosen samples of `from` */
	struct mosaic_load_make *make;         /* a stream of samples that are made of those of another one */
	struct mosaic_load_change *changes; int change_count, change_cap;
};
struct mosaic_load_make { struct mosaic_array_store *of; mosaic_make *make; void *context; size_t bytes; };
struct mosaic_load_change { mosaic_change *change; char *purpose; void *context; size_t bytes; };   /* purpose: with the section of the class */
struct mosaic_batching { int batch_size; bool shuffle, drop_last; };
struct mosaic_split_store {
	struct mosaic_array_store **at; int count, cap;
	struct mosaic_batching batching;
};
/* One kept value: numbers, or a text. `owner` is the section of the class that kept it. */
struct mosaic_kept { char *owner, *name, *text; double *values; int64_t count; };
struct mosaic_data {
	struct mosaic_split_store split[MOSAIC_SPLITS];
	struct mosaic_kept *kept; int kept_count, kept_cap;
	char *owner, *columns;
	struct mosaic_array_store **old, **bases; int old_count, old_cap, base_count, base_cap;   /* old: until the next class; bases: views point into them */
};
mosaic_data *mosaic_data_new(void);
void mosaic_data_free(mosaic_data *data);
void mosaic_data_owner(mosaic_data *data, const char *section);
void mosaic_data_done(mosaic_data *data);                            /* after the last class: memory goes that only a class could still look at */
void mosaic_store_free(struct mosaic_array_store *s);
/* A store like `as` of a split, without memory; it fails with a message that begins with `function` when that makes no sense. */
struct mosaic_array_store *mosaic_store_new(const char *function, mosaic_data *data, enum mosaic_split split, const struct mosaic_array *as, const int64_t *shape,
	size_t *bytes);
struct mosaic_array *mosaic_store_push(mosaic_data *data, enum mosaic_split split, struct mosaic_array_store *store);
/* Whether every array is whole, and as long as the others of its split; else false with a sentence. */
bool mosaic_data_check(const mosaic_data *data, char *why, size_t size);
size_t mosaic_type_size(enum mosaic_type type);
const char *mosaic_type_name(enum mosaic_type type);                 /* "float32" */
bool mosaic_type_named(const char *name, enum mosaic_type *type);
const char *mosaic_split_name(enum mosaic_split split);              /* "train" */
int64_t mosaic_array_values(const struct mosaic_array *a);           /* in one sample */
void mosaic_shape_text(int rank, const int64_t *shape, char *out, size_t size);   /* "[3,4]" */
/* XXH3-128 in hex of everything that training sees, and of what is kept. Streams count by name and shape; *streams tells that there are some. */
void mosaic_data_hash(const mosaic_data *data, char out[33], bool *streams);

/* ---- kept.c ---------------------------------------------------------------------------------- */
void trainer_kept_add(mosaic_data *data, const char *owner, const char *name, int64_t count, const double *values, const char *text);

/* ---- info.c ---------------------------------------------------------------------------------- */
enum mosaic_info_kind { MOSAIC_INFO_INT, MOSAIC_INFO_FLOAT, MOSAIC_INFO_STRING, MOSAIC_INFO_BOOL };
struct mosaic_info_value { char *name, *value; enum mosaic_info_kind kind; };
struct mosaic_info { struct mosaic_info_value *at; int count, cap; };   /* a later value of a name replaces the earlier */
const char *trainer_info_get(const struct mosaic_info *info, const char *name);
void trainer_info_free(struct mosaic_info *info);
struct mosaic_run_info { int64_t id; uint64_t seed; const char *device; struct mosaic_info infos; bool compile_time; };   /* compile_time: id and seed are not known */
/* `pairs`: key, value, ..., NULL; `changed` the same, looked up first. Either may be NULL. */
struct mosaic_module_info { const char *const *pairs, *const *changed; };

/* ---- random.c -------------------------------------------------------------------------------- */
/* The stream of numbers of one purpose; `epoch` and `step` 0 where they do not matter. Number i has counter i. */
mosaic_random trainer_random(uint64_t seed, const char *purpose, uint64_t epoch, uint64_t step);
double trainer_sqrt(double x);
double trainer_normal_quantile(double p);                            /* 0 < p < 1 */

#endif
