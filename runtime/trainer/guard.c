/* guard.c: runs user code that may fail, crash, print or leave, so that what happens can be told to its run. */
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct landing { jmp_buf at; char *message; };

static void land(void *context, const char *message)
{
	struct landing *l = context;

	l->message = trainer_strdup(message);
	longjmp(l->at, 1);
}

bool trainer_guarded(void (*call)(void *context), void *context, char **message)
{
	struct landing l = {.message = NULL};
	struct mosaic_fail_hook before = mosaic_fail_set(land, &l);
	bool ended = setjmp(l.at) == 0;

	if (ended)
		call(context);
	mosaic_fail_set(before.handler, before.context);
	*message = l.message;
	return ended;
}

/* What a signal handler may read: written before user code starts, and no pointers. */
static struct { char what[512], within[512], report[128]; int log_fd, report_fd; volatile sig_atomic_t active; } doing;

void trainer_guard_doing(const char *what, const char *report, int log_fd, int report_fd)
{
	doing.active = 0;
	if (!what)
		return;
	snprintf(doing.what, sizeof doing.what, "%s", what);
	snprintf(doing.report, sizeof doing.report, "%s", report ? report : "");
	doing.log_fd = log_fd;
	doing.report_fd = report_fd;
	doing.active = 1;
}

void trainer_guard_within(const char *what)
{
	doing.within[0] = '\0';
	if (what)
		snprintf(doing.within, sizeof doing.within, "%s", what);
}

static void put(int fd, const char *text)
{
	/* Nothing can be done about a failure here. */
	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		return;
}

/* Only write(2) and strlen: this runs in signal handlers. */
static void tell(const char *how, const char *why)
{
	int to[2] = {doing.log_fd >= 0 ? doing.log_fd : STDERR_FILENO, doing.report[0] ? doing.report_fd : -1};

	for (int i = 0; i < 2; i++) {
		put(to[i], i ? doing.report : "error: ");
		put(to[i], how);
		put(to[i], doing.within[0] ? doing.within : doing.what);
		put(to[i], why);
		put(to[i], "\n");
	}
}

static void crashed(int sig)
{
	if (doing.active)
		tell("crashed in ", sig == SIGSEGV ? " (SIGSEGV: invalid memory access)" : sig == SIGBUS ? " (SIGBUS: a mapped file became shorter, or a misaligned access)" :
			sig == SIGFPE ? " (SIGFPE: integer division by zero)" : sig == SIGILL ? " (SIGILL: a check of the compiler failed, or this processor lacks an instruction)" : " (SIGABRT: abort or assert)");
	else if (sig == SIGILL)
		put(STDERR_FILENO, "error: illegal instruction: this processor lacks one that the trainer was compiled for; [MONITOR] target = x86-64-v3 compiles for all since about 2013\n");
	doing.active = 0;
	raise(sig);                            /* SA_RESETHAND: the default action, so that the parent sees the signal */
}

static void left(void)
{
	if (!doing.active)
		return;
	tell("exit() was called in ", "; modules leave with mosaic_fail");
	_exit(EXIT_FAILED);
}

void trainer_guard_install(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	static char other[1 << 16];            /* an overflow of the stack needs another one to be told */
	stack_t stack = {.ss_sp = other, .ss_size = sizeof other};
	struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_ONSTACK | SA_RESETHAND | SA_NODEFER};

	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &action, NULL);
	atexit(left);
	at_quick_exit(left);
}

int trainer_log_open(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

struct trainer_output trainer_output_to(int fd)
{
	struct trainer_output before = {-1, -1};

	fflush(stdout);
	fflush(stderr);
	if (fd < 0)
		return before;
	before.out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	before.err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	return before;
}

void trainer_output_restore(struct trainer_output before)
{
	fflush(stdout);
	fflush(stderr);
	if (before.out >= 0) {
		dup2(before.out, STDOUT_FILENO);
		close(before.out);
	}
	if (before.err >= 0) {
		dup2(before.err, STDERR_FILENO);
		close(before.err);
	}
}
