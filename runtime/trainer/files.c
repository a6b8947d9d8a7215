/* files.c: files that user code opens through the runtime. Their contents count in the identity of a run. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "data_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* mosaic_open has no handle, so the list belongs to the process; NULL: nobody asks. */
static struct mosaic_files *recorded;

struct mosaic_files *mosaic_files_record(struct mosaic_files *files)
{
	struct mosaic_files *before = recorded;

	recorded = files;
	return before;
}

static struct mosaic_cache_settings cache = {NULL, -1, NULL};

void mosaic_cache_set(struct mosaic_cache_settings settings)
{
	cache = settings;
}

struct mosaic_cache_settings mosaic_cache_get(void)
{
	struct mosaic_cache_settings s = cache;

	s.index = s.index ? s.index : "cache.db";
	s.bytes = s.bytes < 0 ? (int64_t)1 << 30 : s.bytes;
	return s;
}

/* How many have begun and not ended: they may be within each other. */
static int long_reads;

void mosaic_long_read(bool on)
{
	bool changes = on ? long_reads++ == 0 : long_reads > 0 && --long_reads == 0;

	if (changes && cache.waits)
		cache.waits(on);
}

void mosaic_files_free(struct mosaic_files *files)
{
	for (int i = 0; i < files->count; i++)
		free(files->at[i].path);
	free(files->at);
	*files = (struct mosaic_files){0};
}

static bool hash_file(int fd, char out[33], int64_t *bytes)
{
	enum { CHUNK = 1 << 16 };
	XXH3_state_t *state = XXH3_createState();
	char *chunk = trainer_alloc(CHUNK, 1);
	ssize_t n = -1;

	*bytes = 0;
	if (state && XXH3_128bits_reset(state) == XXH_OK)
		while ((n = pread(fd, chunk, CHUNK, (off_t)*bytes)) > 0) {
			XXH3_128bits_update(state, chunk, (size_t)n);
			*bytes += n;
		}
	XXH128_hash_t h = n == 0 ? XXH3_128bits_digest(state) : (XXH128_hash_t){0};
	snprintf(out, 33, "%016llx%016llx", (unsigned long long)h.high64, (unsigned long long)h.low64);
	XXH3_freeState(state);
	free(chunk);
	return n == 0;
}

static void record(const char *path, int fd)
{
	if (!recorded)
		return;
	for (int i = 0; i < recorded->count; i++)
		if (strcmp(recorded->at[i].path, path) == 0)
			return;
	struct mosaic_file_use use = {.path = NULL};
	mosaic_long_read(true);
	bool hashed = hash_file(fd, use.hash, &use.bytes);
	int error = errno;
	mosaic_long_read(false);
	if (!hashed) {
		close(fd);
		mosaic_fail("%s: cannot read: %s", path, strerror(error));
	}
	use.path = trainer_strdup(path);
	recorded->at = trainer_grow(recorded->at, &recorded->cap, recorded->count, sizeof *recorded->at);
	recorded->at[recorded->count++] = use;
}

static int open_checked(const char *path, struct stat *st)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (!path)
		mosaic_fail("a file without a name was asked for (NULL)");
	if (fd < 0) {
		int error = errno;
		char here[2048];
		mosaic_fail("%s: cannot open: %s%s%s%s", path, strerror(error), *path == '/' ? "" : " (relative to ",
			*path == '/' ? "" : getcwd(here, sizeof here) ? here : "the current directory", *path == '/' ? "" : ")");
	}
	if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode)) {
		close(fd);
		mosaic_fail("%s: is not a regular file", path);
	}
	record(path, fd);
	return fd;
}

FILE *mosaic_open(const char *path, const char *mode)
{
	struct stat st;

	if (!mode || (strcmp(mode, "r") != 0 && strcmp(mode, "rb") != 0))
		mosaic_fail("mosaic_open(\"%s\"): the mode can be \"r\" or \"rb\", got \"%s\"", path ? path : "", mode ? mode : "");
	int fd = open_checked(path, &st);
	FILE *file = fdopen(fd, mode);
	if (!file) {
		close(fd);
		mosaic_fail("%s: cannot open: %s", path, strerror(errno));
	}
	return file;
}

void *mosaic_read_file(const char *path, size_t *size)
{
	struct stat st;
	int fd = open_checked(path, &st);
	size_t room = (size_t)st.st_size, n = 0;
	char *text = room < SIZE_MAX / 2 ? malloc(room + 1) : NULL;
	ssize_t got = 0;

	while (text && n < room && (got = read(fd, text + n, room - n)) > 0)
		n += (size_t)got;
	int error = errno;
	close(fd);
	if (!text)
		mosaic_fail("%s: not enough memory for its %zu bytes", path, room);
	if (got < 0) {
		free(text);
		mosaic_fail("%s: cannot read: %s", path, strerror(error));
	}
	text[n] = '\0';
	if (size)
		*size = n;
	return text;
}

void mosaic_files_use(const char *path)
{
	struct stat st;

	close(open_checked(path, &st));
}

void *trainer_map_file(const char *path, int64_t offset, size_t bytes, void **base, size_t *length)
{
	struct stat st;
	int fd = open_checked(path, &st);
	size_t page = (size_t)sysconf(_SC_PAGESIZE), skip = offset > 0 ? (size_t)offset % page : 0;

	if (offset < 0 || (uint64_t)offset > (uint64_t)st.st_size || bytes > (uint64_t)st.st_size - (uint64_t)offset) {
		close(fd);
		mosaic_fail("%s: has %lld bytes; %zu bytes from byte %lld on were asked for", path, (long long)st.st_size, bytes,
			(long long)offset);
	}
	*length = bytes + skip;
	if (*length == 0)
		*length = 1;
	/* Writable and private: a transform may change values in place, the file stays as it is. */
	*base = mmap(NULL, *length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, (off_t)((size_t)offset - skip));
	int error = errno;
	close(fd);
	if (*base == MAP_FAILED)
		mosaic_fail("%s: cannot map %zu bytes: %s", path, bytes, strerror(error));
	return (char *)*base + skip;
}
