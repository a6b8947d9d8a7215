/* spawn.c: other programs, started without a shell: mosaicc, Ninja, a compiler asked for its version. Trainers are slots.c's. */
#include "launcher.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

extern char **environ;

/* Path of `name` beside the running program, or NULL. */
static char *beside(const char *name)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0)
		return NULL;
	self[n] = '\0';
	char *slash = strrchr(self, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	char *path = format("%s/%s", self, name);
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* `out`: where its stdout and stderr go, or -1: where ours do. 0 or an errno. */
static int start(const char *const *argv, int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	char *path = beside(argv[0]);
	posix_spawn_file_actions_init(&actions);
	if (out >= 0) {
		posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
		posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
	}
	/* argv's strings are only read: posix_spawn's type is older than const. */
	char *const *words = (char *const *)(uintptr_t)argv;
	int why = path ? posix_spawn(pid, path, &actions, NULL, words, environ) : posix_spawnp(pid, argv[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	free(path);
	return why;
}

static void read_lines(int fd, void (*line)(void *, const char *), void *context)
{
	FILE *in = fdopen(fd, "r");
	char *text = NULL;
	size_t cap = 0;
	ssize_t n;
	if (!in) {
		close(fd);
		return;
	}
	while ((n = getline(&text, &cap, in)) > 0) {
		text[n - (text[n - 1] == '\n')] = '\0';
		line(context, text);
	}
	free(text);
	fclose(in);
}

/* *why: an errno when it could not be started. */
static int run(const char *const *argv, void (*line)(void *, const char *), void *context, int *why)
{
	int ends[2] = {-1, -1}, status;
	pid_t pid;
	fflush(NULL);
	*why = line && pipe2(ends, O_CLOEXEC) < 0 ? errno : start(argv, ends[1], &pid);
	if (line && ends[1] >= 0)
		close(ends[1]);
	if (*why) {
		if (ends[0] >= 0)
			close(ends[0]);
		return -1;
	}
	if (line)
		read_lines(ends[0], line, context);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_program(const char *const *argv, void (*line)(void *context, const char *line), void *context)
{
	int why, status = run(argv, line, context, &why);
	if (why) {
		complain("cannot start %s: %s", argv[0], strerror(why));
		hint("install %s beside mosaic, or in a directory of PATH", argv[0]);
	}
	return status;
}

static void keep_first(void *context, const char *line)
{
	char **first = context;
	if (!*first)
		*first = copy(line);
}

char *program_version(const char *program)
{
	const char *argv[] = {program, "--version", NULL};
	char *first = NULL;
	int why;
	if (run(argv, keep_first, &first, &why) == 0)
		return first;
	free(first);
	return NULL;
}
