/* slots.c: one trainer process: started without a shell, read through a pipe, never left behind. What its reports mean is
** schedule.c's business. */
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPORT_FD = 3 };
struct child { const char *trainer; char **environment; int in, out, report; char *threads; pid_t parent; volatile int why; };

/* After vfork: only system calls, and results through `c`. posix_spawn cannot do the first two of these. */
_Noreturn static void child_run(struct child *c)
{
	static const int defaults[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD, SIGQUIT};
	char *argv[] = {(char *)(uintptr_t)c->trainer, (char[]){"--job"}, (char[]){"-"}, (char[]){"--report-fd"}, (char[]){"3"}, c->threads ? (char[]){"--threads"} : NULL, c->threads, NULL};
	sigset_t none;
	setpgid(0, 0);                                     /* Ctrl-C reaches the launcher alone, which passes it on once */
	prctl(PR_SET_PDEATHSIG, SIGKILL);                  /* the launcher was killed: this process must not outlive it */
	if (getppid() != c->parent)
		_exit(127);
	for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
		signal(defaults[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(c->in, 0) >= 0 && dup2(c->out, 1) >= 0 && dup2(c->out, 2) >= 0 && dup2(c->report, REPORT_FD) >= 0)
		execve(c->trainer, argv, c->environment);
	c->why = errno;
	_exit(127);
}

/* Away from 0 to 3, which dup2 fills; closed by exec. */
static int high(int fd)
{
	if (fd < 0)
		return -1;
	int up = fcntl(fd, F_DUPFD_CLOEXEC, 10), why = errno;
	close(fd);
	errno = why;
	return up;
}

static int job_file(const struct text *text)
{
	int fd = memfd_create("job", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	for (size_t done = 0; done < text->len;) {
		ssize_t n = write(fd, text->at + done, text->len - done);
		if (n <= 0) {
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);
	return high(fd);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Ours, with one GPU to see. What vfork leaves to the child is made before. */
static char **environment_of(int gpu, char *visible, size_t size)
{
	size_t count = 0, n = 0;
	while (environ[count])
		count++;
	char **out = need(calloc(count + 2, sizeof *out));
	for (size_t i = 0; i < count; i++)
		if (gpu < 0 || strncmp(environ[i], "CUDA_VISIBLE_DEVICES=", strlen("CUDA_VISIBLE_DEVICES=")) != 0)
			out[n++] = environ[i];
	snprintf(visible, size, "CUDA_VISIBLE_DEVICES=%d", gpu);
	if (gpu >= 0)
		out[n++] = visible;
	return out;
}

int slot_start(struct job *j, const char *trainer, const char *log, bool keep_log, int gpu, int threads, const struct text *text)
{
	char visible[48], count[16];
	snprintf(count, sizeof count, "%d", threads);
	int report[2] = {-1, -1}, why = 0;
	struct child c = {.trainer = trainer, .environment = environment_of(gpu, visible, sizeof visible), .threads = threads > 1 ? count : NULL, .parent = getpid(), .in = job_file(text), .report = -1};
	c.out = high(open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (keep_log ? 0 : O_TRUNC), 0666));
	if (c.in < 0 || c.out < 0 || pipe2(report, O_CLOEXEC) < 0)
		why = errno;
	else if ((c.report = high(report[1])) < 0 || fcntl(report[0], F_SETFL, O_NONBLOCK) < 0)
		why = errno;
	pid_t pid = -1;
	if (!why) {
		pid = vfork();
		if (pid == 0)
			child_run(&c);
		why = pid < 0 ? errno : 0;
	}
	free(c.environment);
	close_fd(c.in);
	close_fd(c.out);
	close_fd(c.report);
	if (why) {
		close_fd(report[0]);
		return why;
	}
	/* vfork has returned: the child runs the trainer, or has left and said why. */
	if (c.why) {
		close_fd(report[0]);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		return c.why;
	}
	j->pid = pid;
	j->report_fd = report[0];
	j->started = now();
	return 0;
}

void slot_signal(struct job *j, int signal)
{
	if (j->pid <= 0)
		return;
	kill(-j->pid, signal);
	kill(-j->pid, SIGCONT);                            /* who was stopped (Ctrl-Z, a batch system's suspend) hears only KILL otherwise */
	if (!j->killed)
		j->killed = now();
}

bool slot_fill(struct job *j)
{
	char block[65536];
	ssize_t n = j->report_fd < 0 ? 0 : read(j->report_fd, block, sizeof block);
	if (n > 0) {
		text_addn(&j->line, block, (size_t)n);
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	close_fd(j->report_fd);
	j->report_fd = -1;
	return false;
}

char *slot_line(struct job *j, size_t *at)
{
	if (j->line.len <= *at)
		return NULL;
	char *from = j->line.at + *at, *end = memchr(from, '\n', j->line.len - *at);
	if (!end)
		return NULL;
	*end = '\0';
	*at += (size_t)(end - from) + 1;
	if (j->overlong) {                                 /* the rest of a line whose beginning was thrown away */
		j->overlong = false;
		return from + strlen(from);
	}
	return from;
}

void slot_drop(struct job *j, size_t at)
{
	if (!j->line.at)
		return;
	j->line.len -= at;
	memmove(j->line.at, j->line.at + at, j->line.len + 1);
	if (j->line.len > REPORT_LINE_MAX) {
		j->overlong = true;
		j->line.len = 0;
		j->line.at[0] = '\0';
	}
}

void slot_free(struct job *j)
{
	close_fd(j->report_fd);
	free(j->group.runs);
	text_free(&j->line);
	columns_free(&j->columns);
	*j = (struct job){.report_fd = -1};
}
