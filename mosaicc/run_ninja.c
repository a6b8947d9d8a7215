/* run_ninja.c: builds all trainers that can be built. On a terminal Ninja shows how far it is; on a pipe only what the compiler says. */
#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Two builds at once in one folder would spoil each other's objects; `mosaic launch` takes the same lock. The kernel drops it. */
int build_lock(struct build *b)
{
	int fd = open(arena_printf(&b->arena, "%s/.cache/lock", b->options.out), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
		;
	return fd;
}

/* What Ninja prints on a pipe, without the line that says that there is nothing to say. */
static void pass_on(int fd)
{
	FILE *in = fdopen(fd, "r");
	char *line = NULL;
	size_t cap = 0;
	while (in && getline(&line, &cap, in) >= 0)
		if (strcmp(line, "ninja: no work to do.\n") != 0) {
			fputs(line, stdout);
			fflush(stdout);
		}
	free(line);
	if (in)
		fclose(in);
}

/* Ninja with these words; `quiet`: its output comes through pass_on(). Its exit status, or -1 after a message. */
static int start_ninja(const char *const *argv, bool quiet)
{
	int ends[2] = {-1, -1}, status;
	pid_t pid;
	posix_spawn_file_actions_t files;
	posix_spawn_file_actions_init(&files);
	if (quiet && pipe2(ends, O_CLOEXEC) == 0)
		posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
	int why = posix_spawnp(&pid, "ninja", &files, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (ends[1] >= 0)
		close(ends[1]);
	if (why) {
		if (ends[0] >= 0)
			close(ends[0]);
		err((struct place){0}, "cannot start ninja: %s", strerror(why));
		hint("install it with: apt-get install ninja-build");
		return -1;
	}
	if (ends[0] >= 0)
		pass_on(ends[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool run_ninja(struct build *b)
{
	return run_ninja_for(b, (const char *const[]){"all"}, 1);
}

bool run_ninja_for(struct build *b, const char *const *targets, int target_count)
{
	bool quiet = b->options.quiet || !terminal_cursor(stdout);
	const char **argv = arena_alloc(&b->arena, ((size_t)target_count + 12) * sizeof *argv);
	const char *first[] = {"ninja", "-f", arena_printf(&b->arena, "%s/build.ninja", b->options.out), "-k", "0"};
	int count = 0;
	while (count < 5) {
		argv[count] = first[count];
		count++;
	}
	if (b->options.jobs) {
		argv[count++] = "-j";
		argv[count++] = arena_printf(&b->arena, "%d", b->options.jobs);
	}
	if (quiet)
		argv[count++] = "--quiet";
	for (int i = 0; i < target_count; i++)
		argv[count++] = targets[i];
	int lock = build_lock(b);
	int status = start_ninja(argv, quiet);
	if (lock >= 0)
		close(lock);
	return status == 0;
}
