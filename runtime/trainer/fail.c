/* fail.c: mosaic_fail, the way out of user code that meets a mistake. Who runs the code decides what follows. */
#include "data_internal.h"

#include <stdarg.h>
#include <stdlib.h>

/* User code calls mosaic_fail without a handle, so the hook belongs to the thread: the one that reads ahead has its own. */
static _Thread_local struct mosaic_fail_hook hook;

struct mosaic_fail_hook mosaic_fail_set(mosaic_fail_handler *handler, void *context)
{
	struct mosaic_fail_hook before = hook;

	hook = (struct mosaic_fail_hook){handler, context};
	return before;
}

void mosaic_fail(const char *format, ...)
{
	char message[4096];
	va_list ap;

	va_start(ap, format);
	vsnprintf(message, sizeof message, format, ap);
	va_end(ap);
	if (hook.handler)
		hook.handler(hook.context, message);
	fflush(stdout);
	fprintf(stderr, "error: %s\n", message);
	exit(1);
}
