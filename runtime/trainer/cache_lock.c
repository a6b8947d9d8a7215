/* cache_lock.c: who reads and writes the index of downloads, who fetches a file, who uses one. All are locks on bytes of INDEX.lock: byte 0 is the index,
** two bytes further on belong to each file. The kernel drops them when their owner dies, however it dies. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "data_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two files with one hash would only wait for each other. */
static off_t byte_of(const char *file, bool fetch)
{
	return (off_t)(XXH3_64bits(file, strlen(file)) >> 3) * 2 + 2 + fetch;
}

static int call(int fd, int command, short type, off_t at, short *found)
{
	struct flock f = {.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
	int result;

	while ((result = fcntl(fd, command, &f)) < 0 && errno == EINTR)
		;
	if (found)
		*found = f.l_type;
	return result;
}

/* File systems without locks: everything works but for trainers that fetch the same file at once. */
static void wait_for(struct cache_lock *l, off_t at)
{
	void (*waits)(bool on) = mosaic_cache_get().waits;

	if (call(l->fd, F_OFD_SETLK, F_WRLCK, at, NULL) == 0 || (errno != EAGAIN && errno != EACCES))
		return;
	if (waits)
		waits(true);
	call(l->fd, F_OFD_SETLKW, F_WRLCK, at, NULL);
	if (waits)
		waits(false);
}

/* Stays open while the process lives: closing it would tell that no file is in use. */
bool cache_lock_open(struct cache_lock *l, const char *index, char *why, size_t size)
{
	static struct cache_lock kept = {.fd = -1};
	size_t n = strlen(index) + sizeof ".lock";
	char *path = trainer_alloc(n, 1);

	snprintf(path, n, "%s.lock", index);
	if (kept.fd >= 0 && strcmp(kept.path, path) == 0) {
		*l = kept;
		free(path);
		return true;
	}
	l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	l->path = path;
	if (l->fd < 0) {
		snprintf(why, size, "cannot open %s: %s", path, strerror(errno));
		free(path);
		return false;
	}
	free(kept.path);
	kept = *l;
	return true;
}

void cache_lock_index(struct cache_lock *l, bool on)
{
	if (on)
		wait_for(l, 0);
	else
		call(l->fd, F_OFD_SETLK, F_UNLCK, 0, NULL);
}

void cache_lock_fetch(struct cache_lock *l, const char *file, bool on)
{
	if (on)
		wait_for(l, byte_of(file, true));
	else
		call(l->fd, F_OFD_SETLK, F_UNLCK, byte_of(file, true), NULL);
}

void cache_lock_use(struct cache_lock *l, const char *file)
{
	call(l->fd, F_OFD_SETLK, F_RDLCK, byte_of(file, false), NULL);
}

bool cache_lock_used(struct cache_lock *l, const char *file)
{
	int fd = open(l->path, O_RDWR | O_CLOEXEC);    /* asks as a stranger: one's own locks count, too */
	short found = F_UNLCK;
	bool used = fd < 0 || (call(fd, F_OFD_GETLK, F_WRLCK, byte_of(file, false), &found) == 0 && found != F_UNLCK);

	if (fd >= 0)
		close(fd);
	return used;
}
