/* verify_guard.c: work that fills a temporary folder, and what takes the folder away, however the work ends: by itself, by a signal, or because this
** process is killed without being asked. */
#include "verify.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

/* A file that somebody was still writing may appear meanwhile: again, then. */
static int remove_folder(const char *folder)
{
	int failed = -1;
	for (int i = 0; failed && i < 10; i++) {
		if (i)
			usleep(100000);
		failed = nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	return failed;
}

/* Those that would end us; one that our caller ignores (nohup) stays ignored. */
static void wanted_signals(sigset_t *out)
{
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction old;
	sigemptyset(out);
	sigaddset(out, SIGCHLD);
	for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
		if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaddset(out, ending[i]);
}

/* Nothing of it writes into the folder any more: compilers may outlive the Ninja that was told to stop. */
static void end_group(pid_t group)
{
	for (int i = 0; i < 500 && kill(-group, 0) == 0; i++) {
		if (i == 300)
			kill(-group, SIGKILL);
		usleep(10000);
	}
}

/* A process apart that waits for us. It gets the number of the work's process group, and at the end a byte that says that nothing is left to do;
** when the pipe ends without it, we were killed: then the work is ended, and the folder goes. */
_Noreturn static void watch(int end, const char *folder, bool keep)
{
	pid_t group = 0;
	char byte;
	setsid();                              /* what is sent to our group is for the others */
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (read(end, &group, sizeof group) == (ssize_t)sizeof group && read(end, &byte, 1) == 1)
		_exit(0);
	if (group > 0) {
		kill(-group, SIGTERM);
		end_group(group);
	}
	if (!keep)
		remove_folder(folder);
	_exit(0);
}

/* The pipe to it; -1: there is none, and everything works but that. */
static int start_watcher(const char *folder, bool keep)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[1]);
		watch(ends[0], folder, keep);
	}
	close(ends[0]);
	if (pid > 0)
		return ends[1];
	close(ends[1]);
	return -1;
}

/* Into the pipe, whether anybody reads it or not. */
static void tell(int watcher, const void *bytes, size_t size)
{
	if (watcher >= 0 && write(watcher, bytes, size) == (ssize_t)size)
		return;
}

/* The work is a child's, in a process group of its own with the mosaicc, Ninja and compilers that it starts: whatever signal comes, and
** whenever, all of them get it, and we are there to remove the folder. */
static enum exit_code in_a_group(enum exit_code (*work)(void *context), void *context, int watcher)
{
	sigset_t wanted, before;
	int status = 0, got;
	wanted_signals(&wanted);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &wanted, &before);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		setpgid(0, 0);
		pid_t group = getpid();
		tell(watcher, &group, sizeof group);
		if (watcher >= 0)
			close(watcher);
		sigprocmask(SIG_SETMASK, &before, NULL);
		enum exit_code code = work(context);
		fflush(NULL);
		_exit(code);
	}
	if (child < 0) {
		complain("fork: %s", strerror(errno));
		return EXIT_USAGE;
	}
	setpgid(child, child);
	while (waitpid(child, &status, WNOHANG) != child)
		if (sigwait(&wanted, &got) == 0 && got != SIGCHLD)
			kill(-child, got);
	end_group(child);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return WIFEXITED(status) ? (enum exit_code)WEXITSTATUS(status) : EXIT_STOPPED;
}

enum exit_code verify_guarded(enum exit_code (*work)(void *context), void *context, const char *folder, bool keep)
{
	fflush(NULL);
	int watcher = start_watcher(folder, keep);
	enum exit_code code = in_a_group(work, context, watcher);
	if (!keep && remove_folder(folder) < 0)
		complain("%s: %s", folder, strerror(errno));
	tell(watcher, "", 1);
	if (watcher >= 0)
		close(watcher);
	return code;
}
