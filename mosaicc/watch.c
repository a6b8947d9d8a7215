/* watch.c: runs a function that calls user code in a child process, with limits, and tells how that ended. The child hands over its
** result in shared memory, not through a pipe: user code may close every file, print without end, or leave processes of its own behind. */
#include "trace.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifndef WITH_ASAN
#define WITH_ASAN 0
#endif

enum { WALL_FACTOR = 6, OUTPUT_MAX = 64 * 1024, STACK_SIZE = 8 << 20 };

/* Signal and exit handlers get no context, so the child's report is known to the process. */
static struct watch_report *reporting;
static pid_t reporting_pid;
static const struct tracer *reporting_to;

/* ---- in the child: how it ends -------------------------------------------------------------- */

static void take_frames(struct watch_report *r)
{
	void *at[FRAMES_MAX];
	int n = backtrace(at, FRAMES_MAX);
	for (int i = 0; i < n; i++)
		r->frames[i] = (uintptr_t)at[i];
	r->frame_count = n;
}

void watch_end(enum ending ending)
{
	reporting->ending = ending;
	_exit(ending == ENDING_DONE ? 0 : 1);
}

void watch_fail(const char *message)
{
	if (reporting->ending != ENDING_NONE)
		_exit(1);
	snprintf(reporting->message, sizeof reporting->message, "%s", message);
	take_frames(reporting);
	watch_end(ENDING_FAILED);
}

void watch_result(const struct text *result)
{
	if (result->len >= reporting_to->result_cap)
		watch_fail("the graph is too large to be handed over; use fewer or larger operations");
	memcpy(reporting_to->result, result->at ? result->at : "", result->len);
	reporting->result_size = result->len;
}

void watch_at(struct place at)
{
	snprintf(reporting->at_file, sizeof reporting->at_file, "%s", at.file ? at.file : "");
	reporting->at_line = at.line;
	reporting->at_col = at.col;
}

void watch_fail_at(struct place at, const char *message)
{
	watch_at(at);
	watch_fail(message);
}

/* Registers of the interrupted code; the addresses are written before anything that may crash again. */
static void take_registers(struct watch_report *r, const ucontext_t *c, const siginfo_t *info)
{
#if defined(__x86_64__)
	uintptr_t pc = (uintptr_t)c->uc_mcontext.gregs[REG_RIP], sp = (uintptr_t)c->uc_mcontext.gregs[REG_RSP], link = 0;
#elif defined(__aarch64__)
	uintptr_t pc = (uintptr_t)c->uc_mcontext.pc, sp = (uintptr_t)c->uc_mcontext.sp, link = (uintptr_t)c->uc_mcontext.regs[30];
#else
	uintptr_t pc = 0, sp = 0, link = 0;
	(void)c;
#endif
	bool fault = r->signal == SIGSEGV || r->signal == SIGBUS;
	uintptr_t where = (uintptr_t)info->si_addr;
	r->pc = pc;
	r->caller = link;
	r->fault = where;
	r->wild_call = fault && where == pc;
	r->stack_full = fault && where + (1 << 16) > sp && where < sp + (1 << 16);
	if (r->stack_full)
		return;
	if (r->signal == SIGILL || r->signal == SIGTRAP)
		memcpy(r->instruction, (const void *)pc, sizeof r->instruction);
	if (!link && sp && r->wild_call)
		r->caller = *(const uintptr_t *)sp;
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
	struct watch_report *r = reporting;
	if (r->ending != ENDING_NONE)
		_exit(1);
	r->ending = ENDING_SIGNAL;
	r->signal = signal;
	r->code = info->si_code;
	take_registers(r, context, info);
	void *room = mmap(NULL, 32 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	r->memory_full = room == MAP_FAILED;
	take_frames(r);
	_exit(1);
}

static void on_leave(int status, void *context)
{
	(void)context;
	if (reporting->ending != ENDING_NONE || getpid() != reporting_pid)
		return;
	reporting->exit_status = status;
	take_frames(reporting);
	watch_end(ENDING_EXIT);
}

static void on_quick_exit(void)
{
	reporting->quick = true;
	on_leave(0, NULL);
}

/* Before user code forks: two processes that trace the same module would write over each other. */
static void on_fork(void)
{
	if (getpid() != reporting_pid)
		return;
	watch_fail("fork() is not possible here: a module runs in one process");
}

/* ---- in the child: limits ------------------------------------------------------------------- */

static void limit(int resource, rlim_t value)
{
	struct rlimit r;
	if (getrlimit(resource, &r) != 0)
		return;
	if (r.rlim_max == RLIM_INFINITY || value < r.rlim_max)
		r.rlim_max = value;
	r.rlim_cur = r.rlim_max;
	setrlimit(resource, &r);
}

static size_t address_space(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (f && fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* The soft limit alone: it is lifted while a file is fetched. Behind it stands the parent, with a clock. */
static void set_cpu_limit(double seconds)
{
	struct rlimit r;
	if (getrlimit(RLIMIT_CPU, &r) != 0)
		return;
	r.rlim_cur = seconds > 0 && (rlim_t)seconds < r.rlim_max ? (rlim_t)seconds : r.rlim_max;
	setrlimit(RLIMIT_CPU, &r);
}

static double clock_seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Timers stop; the parent adds what is told here to its own clock. */
void watch_wait(bool on)
{
	static struct itimerval cpu, wall;
	static struct rlimit limit;
	static double from, cpu_from;
	const struct itimerval off = {0};
	if (on) {
		from = clock_seconds(CLOCK_MONOTONIC);
		cpu_from = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
		getrlimit(RLIMIT_CPU, &limit);
		reporting->waiting = true;
		setitimer(ITIMER_PROF, &off, &cpu);
		setitimer(ITIMER_REAL, &off, &wall);
		set_cpu_limit(0);
		return;
	}
	if (limit.rlim_cur != RLIM_INFINITY)
		set_cpu_limit((double)limit.rlim_cur + clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_from + 1);
	reporting->waited += clock_seconds(CLOCK_MONOTONIC) - from;
	reporting->waiting = false;
	setitimer(ITIMER_PROF, &cpu, NULL);
	setitimer(ITIMER_REAL, &wall, NULL);
}

static void set_limits(const struct watch_limits *l)
{
	struct itimerval cpu = {.it_value = {(time_t)l->seconds, (suseconds_t)((l->seconds - (double)(time_t)l->seconds) * 1e6)}};
	struct itimerval wall = {.it_value = {(time_t)(l->seconds * WALL_FACTOR), 0}};
	double rest = l->seconds * WALL_FACTOR - (double)wall.it_value.tv_sec;
	wall.it_value.tv_usec = (suseconds_t)(rest * 1e6);
	limit(RLIMIT_CORE, 0);
	set_cpu_limit(l->seconds + 2);
	if (!WITH_ASAN)                        /* whose shadow takes terabytes */
		limit(RLIMIT_AS, address_space() + l->memory);
	struct rlimit stack;
	if (getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur > STACK_SIZE) {
		stack.rlim_cur = STACK_SIZE;
		setrlimit(RLIMIT_STACK, &stack);
	}
	setitimer(ITIMER_PROF, &cpu, NULL);
	setitimer(ITIMER_REAL, &wall, NULL);
}

/* Nothing of the parent stays open: /dev/null to read from, the memory file to print into. */
static void set_files(int output)
{
	int null = open("/dev/null", O_RDONLY);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	close_range(3, ~0U, 0);
	setvbuf(stdout, NULL, _IONBF, 0);      /* a crash would lose what a buffer holds */
	clearerr(stdin);
}

static void set_handlers(void)
{
	static const int caught[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGPROF, SIGALRM,
		SIGXCPU, SIGSYS, SIGTERM, SIGHUP, SIGINT, SIGPIPE};
	enum { ALTERNATE = 64 * 1024 };
	stack_t stack = {.ss_sp = malloc(ALTERNATE), .ss_size = ALTERNATE};
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	sigfillset(&action.sa_mask);
	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
		sigaction(caught[i], &action, NULL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	on_exit(on_leave, NULL);
	at_quick_exit(on_quick_exit);
	pthread_atfork(on_fork, NULL, NULL);
}

_Noreturn static void child_main(struct tracer *t, const struct watch_limits *limits, watch_work *work, void *context, pid_t parent)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	reporting = t->report;
	reporting_pid = getpid();
	reporting_to = t;
	set_files(t->output);
	set_handlers();
	set_limits(limits);
	struct text result = {0};
	work(context, t->report, &result);
	watch_result(&result);
	watch_end(ENDING_DONE);
}

/* ---- in the parent -------------------------------------------------------------------------- */

/* Waits until the child has ended, at most `seconds` and what it waited for a network itself; true: it had to be ended. It is not reaped yet. */
static bool wait_end(pid_t pid, double seconds, const struct watch_report *r)
{
	const double most = 24 * 3600;         /* of waiting, whatever the child's memory says */
	int fd = pidfd_open(pid, 0);
	bool ended = false;
	double start = clock_seconds(CLOCK_MONOTONIC);
	for (double left = seconds; fd >= 0 && !ended && left > 0;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ended = poll(&p, 1, left > 1e6 ? 1000000000 : (int)(left * 1000) + 1) == 1;
		double passed = clock_seconds(CLOCK_MONOTONIC) - start, waited = r->waited;
		left = seconds - passed + (waited > 0 && waited < most ? waited : 0);
		if (r->waiting && passed < most && left < 1)
			left = 1;
	}
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !ended)
		kill(pid, SIGKILL);
	siginfo_t info;
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
		;
	return fd >= 0 && !ended;
}

static const char *read_output(struct arena *a, int fd)
{
	off_t size = lseek(fd, 0, SEEK_CUR);
	if (size <= 0)
		return "";
	char *text = arena_alloc(a, (size_t)(size > OUTPUT_MAX ? OUTPUT_MAX : size) + 1);
	ssize_t n = pread(fd, text, (size_t)(size > OUTPUT_MAX ? OUTPUT_MAX : size), 0);
	text[n < 0 ? 0 : n] = 0;
	return text;
}

/* A fresh file a child: one of fixed size, so that printing without end fills no memory. */
static int output_file(void)
{
	int fd = memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	if (ftruncate(fd, OUTPUT_MAX) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A message must not drive the terminal. */
static void make_plain(char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < ' ' && *s != '\n' && *s != '\t') || *s == 127)
			*s = '?';
}

/* What the child wrote is copied once it is dead, and its size is checked: user code may have written there. */
static void take_result(struct tracer *t, struct arena *a, struct watched *out)
{
	out->report = *t->report;
	struct watch_report *r = &out->report;
	r->message[sizeof r->message - 1] = r->at_file[sizeof r->at_file - 1] = 0;
	make_plain(r->message);
	make_plain(r->at_file);
	r->frame_count = r->frame_count < 0 ? 0 : r->frame_count > FRAMES_MAX ? FRAMES_MAX : r->frame_count;
	r->loaded_count = r->loaded_count < 0 ? 0 : r->loaded_count > LOADED_MAX ? LOADED_MAX : r->loaded_count;
	out->result_size = (r->ending == ENDING_DONE || r->ending == ENDING_BIND) && r->result_size < t->result_cap ? r->result_size : 0;
	out->result = arena_strndup(a, t->result, out->result_size);
}

bool watch_run(struct tracer *t, struct arena *a, const struct watch_limits *limits, watch_work *work, void *context, struct watched *out)
{
	void *warm[4];
	backtrace(warm, 4);                    /* loads libgcc_s now, not in a signal handler */
	memset(t->report, 0, sizeof *t->report);
	t->report->module = t->report->method = -1;
	t->output = output_file();
	fflush(NULL);
	pid_t parent = getpid(), pid = t->output < 0 ? -1 : fork();
	if (pid == 0)
		child_main(t, limits, work, context, parent);
	if (pid < 0) {
		err((struct place){0}, "cannot start a process for the trace: %s", strerror(errno));
		if (t->output >= 0)
			close(t->output);
		return false;
	}
	setpgid(pid, pid);
	out->timed_out = wait_end(pid, limits->seconds * WALL_FACTOR + 0.5, t->report);
	kill(-pid, SIGKILL);                   /* what user code started and left behind; the child is not reaped yet, so the number is ours */
	while (waitpid(pid, &out->status, 0) < 0 && errno == EINTR)
		;
	take_result(t, a, out);
	out->output = read_output(a, t->output);
	close(t->output);
	return true;
}
