/* safetensors_write.c: writes safetensors files so that a crash or a full disk leaves the old file or the new one. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_SCALARS = 4096 };

bool trainer_make_dirs(const char *path)
{
	char *copy = trainer_strdup(path);
	bool ok = true;

	for (char *slash = copy + 1; ok && *copy && (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		ok = mkdir(copy, 0777) == 0 || errno == EEXIST;
		*slash = '/';
	}
	struct stat st;
	ok = ok && (mkdir(copy, 0777) == 0 || (errno == EEXIST && stat(copy, &st) == 0 && (S_ISDIR(st.st_mode) || (errno = ENOTDIR, false))));
	free(copy);
	return ok;
}

/* Gathers values [first, first + n) of an item, which lie `stride` scalars apart. */
static void gather(const struct st_item *item, size_t first, size_t n, void *out)
{
	const float *f = item->at;
	const double *d = item->at;

	if (item->scalar == 8)
		for (size_t i = 0; i < n; i++)
			((double *)out)[i] = d[(first + i) * item->stride];
	else
		for (size_t i = 0; i < n; i++)
			((float *)out)[i] = f[(first + i) * item->stride];
}

typedef bool sink(void *context, const void *bytes, size_t n);

static bool each_chunk(const struct st_item *items, int count, sink *put, void *context)
{
	double chunk[CHUNK_SCALARS];

	for (int k = 0; k < count; k++)
		for (size_t at = 0; at < items[k].count; at += CHUNK_SCALARS) {
			size_t n = items[k].count - at < CHUNK_SCALARS ? items[k].count - at : CHUNK_SCALARS;
			gather(&items[k], at, n, chunk);
			if (!put(context, chunk, n * (size_t)items[k].scalar))
				return false;
		}
	return true;
}

static bool into_hash(void *context, const void *bytes, size_t n)
{
	return XXH3_128bits_update(context, bytes, n) == XXH_OK;
}

static bool into_file(void *context, const void *bytes, size_t n)
{
	return fwrite(bytes, 1, n, context) == n;
}

static void json_string(FILE *out, const char *s)
{
	putc('"', out);
	for (; *s; s++)
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < ' ')
			fprintf(out, "\\u%04x", *s);
		else
			putc(*s, out);
	putc('"', out);
}

/* The header, padded with blanks so that the data starts at a multiple of 8. The caller frees it. */
static char *header_text(const struct st_item *items, int count, const struct trainer_pairs *meta, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);
	uint64_t at = 0;

	if (!out)
		return NULL;
	fputs("{\"__metadata__\":{", out);
	for (int i = 0; i < meta->count; i++) {
		fputs(i ? "," : "", out);
		json_string(out, meta->at[i].name);
		putc(':', out);
		json_string(out, meta->at[i].value);
	}
	putc('}', out);
	for (int k = 0; k < count; k++) {
		uint64_t bytes = items[k].count * (uint64_t)items[k].scalar;
		putc(',', out);
		json_string(out, items[k].name);
		fprintf(out, ":{\"dtype\":\"F%d\",\"shape\":[", items[k].scalar * 8);
		for (int d = 0; d < items[k].rank; d++)
			fprintf(out, "%s%lld", d ? "," : "", (long long)items[k].shape[d]);
		fprintf(out, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)at, (unsigned long long)(at + bytes));
		at += bytes;
	}
	putc('}', out);
	for (long n = ftell(out); n % 8; n++)
		putc(' ', out);
	return fclose(out) == 0 ? text : NULL;
}

static bool sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	/* Some file systems cannot sync a directory (EINVAL); then the rename is as safe as it can be. */
	bool ok = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);

	if (fd >= 0)
		close(fd);
	free(dir);
	return ok;
}

static bool write_all(FILE *out, const char *head, size_t length, const struct st_item *items, int count, bool sync)
{
	uint8_t size[8];

	for (int i = 0; i < 8; i++)
		size[i] = (uint8_t)((uint64_t)length >> (8 * i));
	return into_file(out, size, 8) && into_file(out, head, length) && each_chunk(items, count, into_file, out) &&
		fflush(out) == 0 && (!sync || fsync(fileno(out)) == 0);
}

/* Of the header, in which the checksum itself is zeros, and of the data. */
static bool hash_all(const char *head, size_t length, const struct st_item *items, int count, char out[33])
{
	XXH3_state_t *state = XXH3_createState();
	bool ok = state && XXH3_128bits_reset(state) == XXH_OK && into_hash(state, head, length) && each_chunk(items, count, into_hash, state);
	XXH128_hash_t h = ok ? XXH3_128bits_digest(state) : (XXH128_hash_t){0};

	snprintf(out, 33, "%016llx%016llx", (unsigned long long)h.high64, (unsigned long long)h.low64);
	XXH3_freeState(state);
	return ok;
}

bool st_write(const char *path, const struct st_item *items, int count, const struct trainer_pairs *meta, bool sync, char *why, size_t size)
{
	struct trainer_pool pool = {0};
	struct trainer_pairs all = {0};
	char checksum[33] = "", *temporary = trainer_pool_alloc(&pool, strlen(path) + 32, 1), *head = NULL;
	size_t length = 0;
	bool ok = false;

	sprintf(temporary, "%s.%ld.tmp", path, (long)getpid());
	for (int i = 0; i < meta->count; i++)
		trainer_pairs_set(&pool, &all, meta->at[i].name, meta->at[i].value);
	trainer_pairs_set(&pool, &all, "checksum", ST_NO_CHECKSUM);
	head = header_text(items, count, &all, &length);
	char *hole = head ? strstr(head, "\"checksum\":\"" ST_NO_CHECKSUM) : NULL;
	if (hole && hash_all(head, length, items, count, checksum))
		memcpy(hole + strlen("\"checksum\":\""), checksum, 32);
	FILE *out = *checksum ? fopen(temporary, "wbe") : NULL;
	int error = errno;
	if (out) {
		ok = write_all(out, head, length, items, count, sync);
		error = errno;
		if (fclose(out) != 0 && ok) {
			ok = false;
			error = errno;
		}
		if (ok && (rename(temporary, path) != 0 || (sync && !sync_directory(path)))) {
			ok = false;
			error = errno;
		}
	}
	if (!ok) {
		snprintf(why, size, "cannot write %s: %s", path, strerror(error));
		unlink(temporary);
	}
	free(head);
	free(all.at);
	trainer_pool_free(&pool);
	return ok;
}
