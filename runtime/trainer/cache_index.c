/* cache_index.c: which files the cache knows: a text file, a line a file, fields between tabs. It is written beside itself and renamed, under the lock of
** cache_lock.c. It holds no contents, and losing it loses nothing but what may be deleted. */
#include "data_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char head[] = "mosaic cache 1";
enum { INDEX_BYTES_MAX = 1 << 26, FIELDS = 7 };

void cache_index_free(struct cache_index *index)
{
	for (int i = index->count; i-- > 0;)
		cache_index_remove(index, i);
	free(index->at);
	*index = (struct cache_index){0};
}

void cache_index_remove(struct cache_index *index, int at)
{
	struct cache_entry *e = &index->at[at];

	free(e->path);
	free(e->url);
	free(e->checksum);
	memmove(e, e + 1, (size_t)(index->count - at - 1) * sizeof *e);
	index->count--;
}

struct cache_entry *cache_index_find(struct cache_index *index, const char *path)
{
	for (int i = 0; i < index->count; i++)
		if (strcmp(index->at[i].path, path) == 0)
			return &index->at[i];
	return NULL;
}

void cache_index_put(struct cache_index *index, const struct cache_entry *e)
{
	struct cache_entry new = *e, *old;

	new.path = trainer_strdup(e->path);
	new.url = trainer_strdup(e->url);
	new.checksum = trainer_strdup(e->checksum);
	if ((old = cache_index_find(index, e->path)))
		cache_index_remove(index, (int)(old - index->at));
	index->at = trainer_grow(index->at, &index->cap, index->count, sizeof *index->at);
	index->at[index->count++] = new;
}

static bool read_number(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return *text && !*end && !errno && *out >= 0;
}

static bool read_line(char *line, struct cache_index *index)
{
	char *f[FIELDS];
	int n = 0;
	struct cache_entry e = {0};

	while (n < FIELDS && line)
		f[n++] = strsep(&line, "\t");
	if (n != FIELDS || line || *f[6] != '/')
		return false;
	e.fetched = strcmp(f[0], "fetched") == 0;
	if (!e.fetched && strcmp(f[0], "own") != 0)
		return false;
	if (!read_number(f[1], &e.size) || !read_number(f[2], &e.changed) || !read_number(f[3], &e.used))
		return false;
	e.checksum = f[4], e.url = f[5], e.path = f[6];
	cache_index_put(index, &e);
	return true;
}

static char *read_all(const char *path, char *why, size_t size)
{
	FILE *f = fopen(path, "rbe");
	struct stat st;
	char *text = NULL;

	if (!f && errno == ENOENT)
		return trainer_strdup(head);
	if (!f || fstat(fileno(f), &st) != 0)
		snprintf(why, size, "cannot open %s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode) || st.st_size > INDEX_BYTES_MAX)
		snprintf(why, size, "%s is no index of downloads; name another file in [MONITOR] cache_database_path", path);
	else {
		text = trainer_alloc((size_t)st.st_size + 1, 1);
		text[fread(text, 1, (size_t)st.st_size, f)] = '\0';
	}
	if (f)
		fclose(f);
	return text;
}

bool cache_index_read(const char *path, struct cache_index *index, char *why, size_t size)
{
	char *text = read_all(path, why, size), *next = text, *line;
	int number = 0;
	bool ok = text;

	while (ok && (line = strsep(&next, "\n")))
		if (++number == 1)
			ok = strcmp(line, head) == 0;
		else if (*line)
			ok = read_line(line, index);
	if (text && !ok)
		snprintf(why, size, "%s:%d: this is no index of downloads; name another file in [MONITOR] cache_database_path", path, number);
	free(text);
	return ok;
}

bool cache_index_write(const char *path, const struct cache_index *index, char *why, size_t size)
{
	size_t n = strlen(path) + sizeof ".new";
	char *new = trainer_alloc(n, 1);

	snprintf(new, n, "%s.new", path);
	FILE *f = fopen(new, "wbe");
	if (f)
		fprintf(f, "%s\n", head);
	for (int i = 0; f && i < index->count; i++) {
		const struct cache_entry *e = &index->at[i];
		fprintf(f, "%s\t%lld\t%lld\t%lld\t%s\t%s\t%s\n", e->fetched ? "fetched" : "own", (long long)e->size, (long long)e->changed, (long long)e->used, e->checksum,
			e->url, e->path);
	}
	bool ok = f && fflush(f) == 0 && !ferror(f) && fsync(fileno(f)) == 0;
	if (f && fclose(f) != 0)
		ok = false;
	ok = ok && rename(new, path) == 0;
	if (!ok) {
		snprintf(why, size, "cannot write %s: %s", new, strerror(errno));
		unlink(new);
	}
	free(new);
	return ok;
}
