/* download_tool.c: INDEX BYTES then commands, done one after the other, as a data module would:
**	get URL PATH CHECKSUM	fetches ("-": no checksum) and prints the path
**	save PATH, known PATH	mosaic_save_path_file; mosaic_get_path_file, printed as yes or no
**	hold			prints "holding" and waits for the end of standard input */
#include <mosaic_download.h>

#include "trainer/data_internal.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	mosaic_cache_set((struct mosaic_cache_settings){argv[1], atoll(argv[2]), NULL});
	for (char **a = argv + 3; *a; a++)
		if (strcmp(*a, "get") == 0 && a[1] && a[2] && a[3]) {
			printf("%s\n", mosaic_download_file(a[1], a[2], strcmp(a[3], "-") ? a[3] : NULL));
			a += 3;
		} else if (strcmp(*a, "save") == 0 && a[1]) {
			save_path_file(*++a);
		} else if (strcmp(*a, "known") == 0 && a[1]) {
			puts(get_path_file(*++a) ? "yes" : "no");
		} else if (strcmp(*a, "hold") == 0) {
			puts("holding");
			while (getchar() != EOF)
				;
		} else {
			return 2;
		}
	return 0;
}
