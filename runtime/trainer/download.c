/* download.c: files that modules fetch, kept where the module wants them and at most [MONITOR] cache_size bytes of them. Those that were used longest ago go
** first, never one in use, never one that was not fetched or that was changed since. How a file is fetched is the module's (mosaic_download.h): this
** knows no network.
**
** The index (cache_index.c) is read and written under a short lock; who fetches a file holds another one, so a second process waits for it and then
** finds the file. */
#include "data_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { WHY = 3072, URL_MAX = 8192 };

struct cache {
	struct mosaic_cache_settings settings;
	struct cache_lock lock;
	struct cache_index index;
	char file[PATH_MAX];                   /* the one that is asked for, from the root */
	const char *path;                      /* as the module wrote it */
	char why[WHY];
};

static int64_t nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return nanoseconds(t);
}

__attribute__((format(printf, 2, 3))) static bool because(struct cache *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->why, sizeof c->why, format, ap);
	va_end(ap);
	return false;
}

/* ---- names -------------------------------------------------------------------------------------- */

static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			return true;
	return false;
}

/* One spelling from the root; the folder is made when `make`. */
static bool find_place(struct cache *c, const char *path, bool make)
{
	char folder[PATH_MAX], real[PATH_MAX];
	const char *slash = path ? strrchr(path, '/') : NULL, *name = slash ? slash + 1 : path;

	c->path = path;
	if (!path || !*path)
		return because(c, "a file without a name was asked for");
	if (has_control(path) || strlen(path) >= sizeof folder)
		return because(c, "the name of a file is too long, or has control characters");
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return because(c, "%s: this is a folder; a path ends in the name of a file", path);
	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	if (make && !trainer_make_dirs(folder))
		return because(c, "%s: cannot make its folder: %s", path, strerror(errno));
	if (!realpath(folder, real))
		return because(c, "%s: %s", path, strerror(errno));
	size_t n = strlen(real), m = strlen(name);
	if (n + m + 2 > sizeof c->file)
		return because(c, "%s: the path is too long", path);
	memcpy(c->file, real, n);
	if (n > 1)
		c->file[n++] = '/';
	memcpy(c->file + n, name, m + 1);
	return true;
}

/* Without a name and a password, which belong neither into a log nor into the index. */
static void plain_url(const char *url, char out[URL_MAX])
{
	const char *host = strstr(url, "://") + 3, *at = host + strcspn(host, "/?#");

	while (at > host && *at != '@')
		at--;
	snprintf(out, URL_MAX, "%.*s%s", (int)(host - url), url, *at == '@' ? at + 1 : host);
}

static bool check_url(struct cache *c, const char *url)
{
	if (!url || strlen(url) >= URL_MAX || has_control(url))
		return because(c, "the address of %s is missing, too long, or has control characters", c->path);
	if (strncmp(url, "http://", 7) && strncmp(url, "https://", 8) && strncmp(url, "file://", 7))
		return because(c, "'%s' is no address of a file: http://, https:// and file:// can be fetched", url);
	return true;
}

/* ---- opening, and what is there ------------------------------------------------------------------ */

static bool cache_open(struct cache *c)
{
	char folder[PATH_MAX];
	const char *slash;

	c->settings = mosaic_cache_get();
	slash = strrchr(c->settings.index, '/');
	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - c->settings.index) : 0, c->settings.index);
	if (*folder && !trainer_make_dirs(folder))
		return because(c, "cannot make the folder of %s: %s", c->settings.index, strerror(errno));
	return cache_lock_open(&c->lock, c->settings.index, c->why, sizeof c->why);
}

static bool index_take(struct cache *c)
{
	cache_lock_index(&c->lock, true);
	cache_index_free(&c->index);
	if (cache_index_read(c->settings.index, &c->index, c->why, sizeof c->why))
		return true;
	cache_lock_index(&c->lock, false);
	return false;
}

static bool index_give(struct cache *c, bool changed)
{
	bool ok = !changed || cache_index_write(c->settings.index, &c->index, c->why, sizeof c->why);

	cache_lock_index(&c->lock, false);
	return ok;
}

/* Whether a file is still what was fetched: one that its user has changed is the user's. */
static bool unchanged(const struct cache_entry *e)
{
	struct stat st;

	return e->fetched && stat(e->path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == e->size && nanoseconds(st.st_mtim) == e->changed;
}

/* The entry of the file as it is now, with what is known of it before; false: there is no such file. */
static bool entry_now(struct cache *c, struct cache_entry *e)
{
	static char none[] = "";
	const struct cache_entry *known = cache_index_find(&c->index, c->file);
	struct stat st;

	if (stat(c->file, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	*e = known ? *known : (struct cache_entry){.url = none, .checksum = none};
	e->path = c->file;
	e->fetched = known && unchanged(known);
	if (!known || known->size != st.st_size || known->changed != nanoseconds(st.st_mtim))
		e->checksum = none;
	e->size = st.st_size;
	e->changed = nanoseconds(st.st_mtim);
	return true;
}

/* ---- making room ---------------------------------------------------------------------------------- */

static int oldest(struct cache *c)
{
	int found = -1;

	for (int i = 0; i < c->index.count; i++) {
		const struct cache_entry *e = &c->index.at[i];
		if (e->fetched && strcmp(e->path, c->file) != 0 && (found < 0 || e->used < c->index.at[found].used) && !cache_lock_used(&c->lock, e->path))
			found = i;
	}
	return found;
}

/* What is deleted is in the index, unchanged, and used by nobody. */
static void make_room(struct cache *c, int64_t bytes)
{
	int64_t held = bytes;
	int at;

	for (int i = c->index.count; i-- > 0;)
		if (c->index.at[i].fetched && !unchanged(&c->index.at[i]))
			cache_index_remove(&c->index, i);
		else if (c->index.at[i].fetched && strcmp(c->index.at[i].path, c->file) != 0)
			held += c->index.at[i].size;
	while (held > c->settings.bytes && (at = oldest(c)) >= 0) {
		held -= c->index.at[at].size;
		if (unlink(c->index.at[at].path) == 0)
			fprintf(stderr, "%s was deleted: it was used longest ago, and downloads take at most %lld bytes (cache_size)\n", c->index.at[at].path,
				(long long)c->settings.bytes);
		cache_index_remove(&c->index, at);
	}
	if (held > c->settings.bytes)
		fprintf(stderr, "warning: downloads take %lld bytes, more than the %lld of cache_size: all of them are in use\n", (long long)held, (long long)c->settings.bytes);
}

/* ---- fetching -------------------------------------------------------------------------------------- */

struct sink { int fd; int64_t bytes, most; int error; bool full; };

bool mosaic_sink_write(void *sink, const void *bytes, size_t count)
{
	struct sink *s = sink;
	const char *from = bytes;
	ssize_t n;

	if ((s->full = count > (uint64_t)(s->most - s->bytes)))
		return false;
	for (; count; from += n, count -= (size_t)n, s->bytes += n)
		while ((n = write(s->fd, from, count)) < 0)
			if (errno != EINTR) {
				s->error = errno;
				return false;
			}
	return true;
}

static bool fetch_to(struct cache *c, mosaic_fetch *fetch, const char *url, const char *part)
{
	struct sink sink = {.fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666), .most = c->settings.bytes};
	char why[512] = "", shown[URL_MAX];

	plain_url(url, shown);
	if (sink.fd < 0)
		return because(c, "%s: cannot write %s: %s", shown, part, strerror(errno));
	if (c->settings.waits)
		c->settings.waits(true);
	bool ok = fetch(url, &sink, why, sizeof why);
	if (c->settings.waits)
		c->settings.waits(false);
	if (ok && fsync(sink.fd) != 0)
		sink.error = errno;
	if (close(sink.fd) != 0 && !sink.error)
		sink.error = errno;
	if (sink.full)
		return because(c, "%s: is larger than the %lld bytes that downloads may take; raise [MONITOR] cache_size", shown, (long long)c->settings.bytes);
	if (sink.error)
		return because(c, "%s: cannot write %s: %s", shown, c->path, strerror(sink.error));
	return ok || because(c, "%s: cannot be fetched: %s\nput the file at %s by hand: then nothing is fetched", shown, why, c->path);
}

static bool has_checksum(struct cache *c, const char *file, const struct checksum *sum, const char *of, const char *what_to_do)
{
	char hex[65];

	if (!checksum_file(file, sum->kind, hex))
		return because(c, "%s: cannot read: %s", file, strerror(errno));
	return strcmp(hex, sum->hex) == 0 || because(c, "%s: its %s is %s, not %s%s", of, checksum_name(sum->kind), hex, sum->hex, what_to_do);
}

static void sync_folder(const char *file)
{
	char folder[PATH_MAX];
	int n = (int)(strrchr(file, '/') - file);

	snprintf(folder, sizeof folder, "%.*s", n ? n : 1, file);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

static bool arrive(struct cache *c, const char *url, const char *part, const struct checksum *sum)
{
	char shown[URL_MAX], text[80] = "";
	struct cache_entry e = {.path = c->file, .url = shown, .checksum = text, .used = now(), .fetched = true};
	struct stat st;

	plain_url(url, shown);
	if (sum->kind && !has_checksum(c, part, sum, shown, "; correct the address, or the checksum"))
		return false;
	if (sum->kind)
		snprintf(text, sizeof text, "%s:%s", checksum_name(sum->kind), sum->hex);
	if (stat(part, &st) != 0)
		return because(c, "%s: %s", part, strerror(errno));
	e.size = st.st_size;
	e.changed = nanoseconds(st.st_mtim);
	if (!index_take(c))
		return false;
	make_room(c, e.size);
	cache_index_put(&c->index, &e);
	if (rename(part, c->file) != 0) {
		cache_lock_index(&c->lock, false);
		return because(c, "%s: cannot write: %s", c->path, strerror(errno));
	}
	sync_folder(c->file);
	fprintf(stderr, "%s was fetched from %s: %lld bytes\n", c->path, shown, (long long)e.size);
	return index_give(c, true);
}

static bool fetch_file(struct cache *c, mosaic_fetch *fetch, const char *url, const struct checksum *sum)
{
	char part[PATH_MAX + 16];
	const char *slash = strrchr(c->file, '/');
	struct stat st;

	if (lstat(c->file, &st) == 0 && !S_ISREG(st.st_mode))
		return because(c, S_ISLNK(st.st_mode) ? "%s: is a link to a file that is not there" : "%s: is not a regular file", c->path);
	snprintf(part, sizeof part, "%.*s/.%s.part", (int)(slash - c->file), c->file, slash + 1);
	if (fetch_to(c, fetch, url, part) && arrive(c, url, part, sum))
		return true;
	unlink(part);
	return false;
}

/* ---- asking ---------------------------------------------------------------------------------------- */

enum found { FOUND, MISSING, FAILED };

/* A file that was fetched from elsewhere, or lacks the checksum, is fetched again; one of the user's is never written over. */
static enum found is_it(struct cache *c, const char *url, const struct checksum *sum, struct cache_entry *e, char verified[80])
{
	char shown[URL_MAX];

	plain_url(url, shown);
	if (!entry_now(c, e))
		return MISSING;
	if (e->fetched && strcmp(e->url, shown) != 0)
		return MISSING;
	if (!sum->kind)
		return FOUND;
	snprintf(verified, 80, "%s:%s", checksum_name(sum->kind), sum->hex);
	if (strcmp(e->checksum, verified) == 0)
		return FOUND;
	bool right = has_checksum(c, c->file, sum, c->path, "; it was put there by hand, or changed since: delete it to have it fetched");
	e->checksum = verified;
	return right ? FOUND : e->fetched ? MISSING : FAILED;
}

/* Puts the file into the index as used now; without writing that down for each run of a sweep. */
static bool touch(struct cache *c, struct cache_entry *e)
{
	const int64_t second = 1000000000;
	const struct cache_entry *known = cache_index_find(&c->index, c->file);
	bool same = known && known->fetched == e->fetched && known->size == e->size && known->changed == e->changed && strcmp(known->checksum, e->checksum) == 0;

	if (same && now() - known->used < second)
		return true;
	e->used = now();
	cache_index_put(&c->index, e);
	return false;
}

static enum found look(struct cache *c, const char *url, const struct checksum *sum)
{
	struct cache_entry e;
	char verified[80];

	if (!index_take(c))
		return FAILED;
	cache_lock_use(&c->lock, c->file);     /* under the lock of the index: nobody deletes it from now on */
	enum found found = is_it(c, url, sum, &e, verified);
	bool wrote = found == FOUND && !touch(c, &e);
	return index_give(c, wrote) ? found : FAILED;
}

static bool download(struct cache *c, mosaic_fetch *fetch, const char *url, const char *path, const char *text)
{
	struct checksum sum = {CHECKSUM_NONE, ""};

	if ((!find_place(c, path, false) && !find_place(c, path, true)) || !check_url(c, url))
		return false;
	if (text && *text && !checksum_read(text, &sum))
		return because(c, "'%s' is no checksum: sha256: and 64 digits, or xxh128: and 32, from 0 to f", text);
	if (!cache_open(c))                    /* a disk that cannot be written: what lies there is used */
		return access(c->file, R_OK) == 0 && (!sum.kind || has_checksum(c, c->file, &sum, c->path, "; delete it to have it fetched"));
	cache_lock_fetch(&c->lock, c->file, true);
	enum found found = look(c, url, &sum);
	bool ok = found == FOUND || (found == MISSING && fetch_file(c, fetch, url, &sum));
	cache_lock_fetch(&c->lock, c->file, false);
	return ok;
}

static void close_or_fail(struct cache *c, bool ok)
{
	char why[WHY];

	cache_index_free(&c->index);
	memcpy(why, c->why, sizeof why);
	free(c);
	if (!ok)
		mosaic_fail("%s", why);
}

const char *mosaic_download_with(mosaic_fetch *fetch, const char *url, const char *path, const char *checksum)
{
	struct cache *c = trainer_alloc(1, sizeof *c);

	close_or_fail(c, download(c, fetch, url, path, checksum));
	mosaic_files_use(path);
	return path;
}

void mosaic_save_path_file(const char *path)
{
	struct cache *c = trainer_alloc(1, sizeof *c);
	struct cache_entry e;
	bool ok = find_place(c, path, false) && cache_open(c) && index_take(c);

	if (ok) {
		bool there = entry_now(c, &e);
		cache_lock_use(&c->lock, c->file);
		ok = index_give(c, there && !touch(c, &e)) && (there || because(c, "%s: there is no such file to be kept", path));
	}
	close_or_fail(c, ok);
}

bool mosaic_get_path_file(const char *path)
{
	struct cache *c = trainer_alloc(1, sizeof *c);
	struct cache_entry e;
	struct stat st;
	bool named = path && *path && !has_control(path), there = named && stat(path, &st) == 0, ok = named && !there;

	if (!ok)
		ok = find_place(c, path, false);
	if (there && (ok = ok && cache_open(c) && index_take(c))) {
		there = cache_index_find(&c->index, c->file) && entry_now(c, &e);
		if (there)
			cache_lock_use(&c->lock, c->file);
		ok = index_give(c, there && !touch(c, &e));
	}
	close_or_fail(c, ok);
	return there;
}
