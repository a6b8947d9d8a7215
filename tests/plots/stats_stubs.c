/* stats_stubs.c: what plot_axis.c needs of the commands to be linked alone; nothing here is called. */
#include "../../runtime/launcher/plot.h"

#include <stdlib.h>

const char *option(const struct args *args, const char *name)
{
	(void)args, (void)name;
	abort();
}

void complain(const char *fmt, ...)
{
	(void)fmt;
	abort();
}

void plot_printf(struct plot *p, const char *fmt, ...)
{
	(void)p, (void)fmt;
	abort();
}
