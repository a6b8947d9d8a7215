/* lock.c: one launcher a database, by an open-file-description lock on DATABASE.lock: the kernel drops it when its owner
** dies, however it dies. And .mosaic/databases: which databases the launchers of this directory used, the last one first. */
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char last_path[] = ".mosaic/databases";
enum { LAST_MAX = 16 };

static char *lock_path(const char *database)
{
	char *real = realpath(database, NULL), *path = format("%s.lock", real ? real : database);
	free(real);
	return path;
}

static int lock_call(int fd, int command, short type, short *found)
{
	struct flock f = {.l_type = type, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
	int result;
	while ((result = fcntl(fd, command, &f)) < 0 && errno == EINTR && command != F_OFD_SETLKW)
		;
	if (found)
		*found = f.l_type;
	return result;
}

/* "launcher 12 on host since ...", as its owner wrote it. */
static char *owner(const char *path)
{
	char *text = file_read(path, 4096, NULL);
	if (text)
		text[strcspn(text, "\n")] = '\0';
	if (text && *text)
		return text;
	free(text);
	return copy("another launcher");
}

/* The owner removes the file when it leaves: whoever waited on it may hold a file that has no name any more. */
static bool still_named(int fd, const char *path)
{
	struct stat a, b;
	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

static void write_owner(int fd)
{
	char host[256] = "", *date = date_text();
	gethostname(host, sizeof host - 1);
	char *s = format("launcher %ld on %s since %s\n", (long)getpid(), host, date);
	/* The name is a courtesy, the lock is what counts: a full disk must not stop anything here. */
	if (ftruncate(fd, 0) == 0 && pwrite(fd, s, strlen(s), 0) < 0)
		errno = 0;
	free(s);
	free(date);
}

/* 1: taken; 0: taken by another; -1: an error. */
static int try_lock(int fd, const char *path, const char *database, bool wait)
{
	if (lock_call(fd, F_OFD_SETLK, F_WRLCK, NULL) == 0)
		return 1;
	if (errno != EAGAIN && errno != EACCES) {
		fprintf(stderr, "mosaic: warning: %s: this file system has no locks (%s): start only one launcher a database\n", path, strerror(errno));
		return 1;
	}
	char *who = owner(path);
	if (wait)
		fprintf(stderr, "mosaic: %s is in use by %s: waiting until it has finished (Ctrl-C to give up)\n", database, who);
	else {
		complain("%s is in use by %s", database, who);
		hint("wait until it has finished, or name another database");
	}
	free(who);
	return wait ? lock_call(fd, F_OFD_SETLKW, F_WRLCK, NULL) == 0 : 0;
}

enum exit_code lock_take(const char *database, bool wait, struct lock *out)
{
	*out = (struct lock){.fd = -1, .path = lock_path(database)};
	for (;;) {
		int fd = open(out->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		if (fd < 0) {
			complain("%s: %s", out->path, strerror(errno));
			hint("a launcher needs to write beside its database: check the directory's permissions");
			lock_release(out);
			return EXIT_USAGE;
		}
		int got = try_lock(fd, out->path, database, wait);
		if (got == 1 && still_named(fd, out->path)) {
			write_owner(fd);
			out->fd = fd;
			return EXIT_DONE;
		}
		close(fd);
		if (got != 1 && !wait) {
			lock_release(out);
			return EXIT_IN_USE;
		}
	}
}

void lock_release(struct lock *l)
{
	if (l->fd >= 0) {
		unlink(l->path);
		close(l->fd);
	}
	free(l->path);
	*l = (struct lock){.fd = -1};
}

bool lock_held(const char *database, char **who)
{
	char *path = lock_path(database);
	short found = F_UNLCK;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool held = fd >= 0 && lock_call(fd, F_OFD_GETLK, F_RDLCK, &found) == 0 && found != F_UNLCK;
	if (fd >= 0)
		close(fd);
	if (who)
		*who = held ? owner(path) : NULL;
	free(path);
	return held;
}

pid_t lock_owner(const char *database, char **host)
{
	char *who, name[256] = "";
	long pid = -1;
	if (host)
		*host = NULL;
	if (!lock_held(database, &who))
		return 0;
	if (sscanf(who, "launcher %ld on %255s since", &pid, name) != 2 || pid <= 1)
		pid = -1;
	if (host && *name)
		*host = copy(name);
	free(who);
	return (pid_t)pid;
}

void last_write(const char *database)
{
	struct text out = {0};
	char *old = file_read(last_path, 1 << 20, NULL), *next = old, *line;
	int count = 1;
	if (strchr(database, '\n'))
		return;
	text_printf(&out, "%s\n", database);
	while (next && (line = strsep(&next, "\n")) && count < LAST_MAX)
		if (*line && strcmp(line, database)) {
			text_printf(&out, "%s\n", line);
			count++;
		}
	/* Only a convenience: where it cannot be written, commands ask for the database. */
	if (make_dirs(".mosaic") == 0)
		file_write(last_path, out.at, out.len);
	text_free(&out);
	free(old);
}

char *last_database(void)
{
	char *text = file_read(last_path, 1 << 20, NULL), *next = text, *line, *found = NULL;
	while (next && (line = strsep(&next, "\n"))) {
		if (!*line || access(line, F_OK) < 0)
			continue;
		bool held = lock_held(line, NULL);
		if (!found || held) {
			free(found);
			found = copy(line);
		}
		if (held)
			break;
	}
	free(text);
	if (!found) {
		complain("no launcher has run in this directory");
		hint("name the database: mosaic_status database.db");
	}
	return found;
}
