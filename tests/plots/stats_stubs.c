/* stats_stubs.c: what the files under test need of gnuplot's and of the commands' to be linked alone; nothing of it is called but
** text_width. */
#include "../../runtime/launcher/plot.h"

#include <stdlib.h>
#include <string.h>

const char *option(const struct args *args, const char *name)
{
	(void)args, (void)name;
	abort();
}

void plot_printf(struct plot *p, const char *fmt, ...)
{
	(void)p, (void)fmt;
	abort();
}

double text_width(const char *s, double size)
{
	return 0.6 * size * (double)strlen(s);
}
