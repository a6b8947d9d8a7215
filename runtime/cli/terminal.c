/* terminal.c: what may be written to a stream: colours and long lines are for terminals. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_colors(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	if ((no_color && *no_color) || !term || !*term || strcmp(term, "dumb") == 0)
		return false;
	return isatty(fileno(stream));
}

int terminal_width(FILE *stream, int otherwise)
{
	struct winsize size = {0};
	return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : otherwise;
}
