/* streams.c: standard input, output and error as a program needs them, whoever started it. */
#include "cli.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

void streams_open(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR);
	signal(SIGXFSZ, SIG_IGN);
}

bool streams_written(void)
{
	return fflush(stdout) == 0 && !ferror(stdout);
}
