/* terminal.c: what may be written to a stream: colours and long lines are for terminals. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_cursor(FILE *stream)
{
	const char *term = getenv("TERM");
	return term && *term && strcmp(term, "dumb") != 0 && isatty(fileno(stream));
}

bool terminal_colors(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");
	return terminal_cursor(stream) && !(no_color && *no_color);
}

int terminal_width(FILE *stream, int otherwise)
{
	struct winsize size = {0};
	return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : otherwise;
}
