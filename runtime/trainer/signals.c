/* signals.c: being asked to stop, the standard streams, and the mode of the floating-point unit. */
#include "driver.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

volatile int trainer_stop;

static struct { char text[4096]; size_t length; int fd; volatile sig_atomic_t active; } leaving;

void trainer_signals_leave_at_once(const char *text, int fd)
{
	leaving.active = 0;
	if (!text)
		return;
	leaving.length = strlen(text) < sizeof leaving.text ? strlen(text) : 0;
	memcpy(leaving.text, text, leaving.length);
	leaving.fd = fd;
	leaving.active = 1;
}

static void asked_to_stop(int sig)
{
	(void)sig;
	trainer_stop = 1;
	if (!leaving.active)
		return;
	if (leaving.fd >= 0 && leaving.length && write(leaving.fd, leaving.text, leaving.length) < 0)
		_exit(EXIT_INTERRUPTED);
	_exit(EXIT_INTERRUPTED);
}

/* A stream that is closed would be the next file to be opened: a checkpoint, with what user code prints in it. */
void trainer_streams_open(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_RDWR);
}

void trainer_signals_install(void)
{
	struct sigaction stop = {.sa_handler = asked_to_stop, .sa_flags = SA_RESTART}, ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);     /* a closed pipe or a limit is a failed write, which is looked at */
	sigaction(SIGXFSZ, &ignore, NULL);
}

/* Results that would be denormal become zero. As moments and gradients vanish they would reach numbers below 1e-38, which cost the
** processor some hundred cycles each: the last epochs of a run that converged would take ten times as long. The mode is
** the same for every lane and machine, so it changes no promise about bits. Denormals that are read, from data, stay as they are: with
** "denormals are zero" the comparisons behind min_ and max_ would differ between lane counts. */
void trainer_float_mode(void)
{
#if defined __x86_64__
	__builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8000);    /* flush to zero */
#elif defined __aarch64__
	uint64_t fpcr;
	__asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
	__asm__ volatile("msr fpcr, %0" : : "r"(fpcr | (uint64_t)1 << 24));
#endif
}
