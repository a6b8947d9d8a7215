/* unit.h: what the unit tests of the trainer's runtime share. */
#ifndef TRAINER_UNIT_H
#define TRAINER_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <cmocka.h>

#include "trainer/driver.h"

/* That `call` ends in mosaic_fail with exactly this message. */
static inline void expect_fail(void (*call)(void *context), void *context, const char *message)
{
	char *got;

	assert_false(trainer_guarded(call, context, &got));
	assert_string_equal(got, message);
	free(got);
}
#endif
