/* scratch.h: numbers that are made of a file once and may be larger than memory: a file without a name, which is gone when the process ends, however it does.
** It lies in the folder TMPDIR, or where that is not set in /var/tmp, or in /tmp, which is memory on some machines. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <errno.h>
#include <fcntl.h>
#include <mosaic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
	FILE *file;                         /* NULL: not open */
	const char *of;                     /* the file that the numbers come from, for messages */
	int64_t bytes;
};

static inline const char *scratch_folder(void)
{
	const char *folder = getenv("TMPDIR");
	if (folder && *folder)
		return folder;
	return access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
}

static inline void scratch_close(struct scratch *s)
{
	if (s->file)
		fclose(s->file);
	s->file = NULL;
}

/* With errno. What it holds so far goes: a disk that is full is not left so. */
_Noreturn static inline void scratch_fail(struct scratch *s)
{
	int error = errno;
	int64_t bytes = s->bytes;
	scratch_close(s);
	mosaic_fail("%s: is too large for memory, and a temporary file in %s fails after %lld bytes: %s; set TMPDIR to a folder with more room, or a higher in_memory",
		s->of, scratch_folder(), (long long)bytes, strerror(error));
}

/* file is NULL, with errno, when it cannot be. */
static inline struct scratch scratch_open(const char *of)
{
	struct scratch s = {.of = of};
	char path[4096];
	int fd = snprintf(path, sizeof path, "%s/mosaic_XXXXXX", scratch_folder()) < (int)sizeof path ? mkstemp(path) : (errno = ENAMETOOLONG, -1);
	if (fd < 0)
		return s;
	unlink(path);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	s.file = fdopen(fd, "w+b");
	if (s.file)
		setvbuf(s.file, NULL, _IOFBF, 1 << 18);
	else
		close(fd);
	return s;
}

/* false, with errno: call scratch_fail when all else is given back. */
static inline bool scratch_write(struct scratch *s, const void *bytes, size_t count)
{
	if (fwrite(bytes, 1, count, s->file) != count)
		return false;
	s->bytes += (int64_t)count;
	return true;
}

/* `count` bytes from `offset` on; false: they are not there. */
static inline bool bytes_read(FILE *file, int64_t offset, void *out, size_t count)
{
	ssize_t got = 1;
	for (size_t n = 0; n < count; n += (size_t)got) {
		got = pread(fileno(file), (char *)out + n, count - n, (off_t)offset + (off_t)n);
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got <= 0)
			return false;
	}
	return true;
}

/* A file that samples are read from, mapped: a call of the system for each one would take longer than the sample. Where it cannot be mapped it is read. */
struct view { FILE *file; const char *at; int64_t bytes; };

static inline struct view view_of(FILE *file)
{
	struct view v = {.file = file};
	struct stat now;
	if (fstat(fileno(file), &now) != 0 || now.st_size == 0)
		return v;
	void *at = mmap(NULL, (size_t)now.st_size, PROT_READ, MAP_SHARED, fileno(file), 0);
	if (at != MAP_FAILED) {
		v.at = at;
		v.bytes = now.st_size;
	}
	return v;
}

static inline bool view_read(const struct view *v, int64_t offset, void *out, size_t count)
{
	if (!v->at)
		return bytes_read(v->file, offset, out, count);
	if (offset > v->bytes || (int64_t)count > v->bytes - offset)
		return false;
	memcpy(out, v->at + offset, count);
	return true;
}

static inline bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}
#endif
