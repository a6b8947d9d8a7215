/* scratch.c: a folder for what a call that writes nothing needs while it lives: compiled modules, files for other programs. A child of
** ours waits for the end of this process, however it comes, and removes the folder. */
#include "build.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void remove_folder(const char *path, int depth)
{
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d));) {
		char name[4096];
		struct stat st;
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof name, "%s/%s", path, e->d_name);
		if (depth > 0 && lstat(name, &st) == 0 && S_ISDIR(st.st_mode))
			remove_folder(name, depth - 1);
		else
			unlink(name);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

/* A compiler that was still writing may have put a file there meanwhile. */
_Noreturn static void wait_and_remove(int end, const char *path)
{
	char byte;
	setsid();                              /* Ctrl-C is for the others */
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	while (read(end, &byte, 1) < 0 && errno == EINTR)
		;
	for (int i = 0; i < 10 && access(path, F_OK) == 0; i++) {
		if (i)
			usleep(100000);
		remove_folder(path, 4);
	}
	_exit(0);
}

bool scratch_open(struct arena *a, struct scratch *out)
{
	const char *base = getenv("TMPDIR");
	char *path = arena_printf(a, "%s/mosaicc-XXXXXX", base && *base ? base : "/tmp");
	int ends[2];
	if (!mkdtemp(path)) {
		err((struct place){path, 0, 0}, "cannot make a temporary folder: %s", strerror(errno));
		hint("TMPDIR names the folder that temporary files go to");
		return false;
	}
	if (pipe2(ends, O_CLOEXEC) != 0) {
		rmdir(path);
		err((struct place){0}, "cannot make a pipe: %s", strerror(errno));
		return false;
	}
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[1]);
		wait_and_remove(ends[0], path);
	}
	close(ends[0]);
	*out = (struct scratch){.path = path, .end = ends[1], .pid = pid};
	return true;
}

void scratch_close(struct scratch *s)
{
	if (!s->path)
		return;
	close(s->end);
	if (s->pid < 0)
		remove_folder(s->path, 4);
	while (s->pid > 0 && waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*s = (struct scratch){0};
}
