/* check_macros.c: reads what `cc -dM -E` says about the headers of a trainer: every macro must be known to name_is_macro(), for a variable of
** that name would not compile. Names that begin with an underscore are nobody's. */
#include "plan.h"

#include <ctype.h>
#include <string.h>

int main(void)
{
	char line[4096], name[256];
	int count = 0, missing = 0;
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "#define %255[A-Za-z0-9_]", name) != 1 || !isalpha((unsigned char)name[0]))
			continue;
		count++;
		if (name_is_macro(name))
			continue;
		printf("%s is a macro that mosaicc/macros.c does not list\n", name);
		missing++;
	}
	return missing != 0 || count < 50;
}
