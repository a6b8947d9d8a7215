/* plot_ini.h: the file that describes plots, plot_config.ini. */
#ifndef MOSAIC_PLOT_INI_H
#define MOSAIC_PLOT_INI_H

#include <stdbool.h>

struct words { char **at; int count, cap; };
/* include_values has a list a key, so every value is one: "[a, b], 3" gives two. */
struct lists { struct words *at; int count, cap; };
enum plot_type { PLOT_LINE, PLOT_POINT, PLOT_VIOLIN, PLOT_BOX };
enum violin_scale { SCALE_AREA, SCALE_COUNT, SCALE_WIDTH };
struct plot_section {
	char *name;
	int line;
	struct words abscissae, ordinates, include_keys, excludes;
	struct lists include_values;
	enum plot_type type;
	enum violin_scale scale;
	bool band;                                             /* errorbars_style = fill_between */
};
struct plot_ini { struct plot_section *at; int count, cap; };
bool plot_ini_read(const char *path, struct plot_ini *out);  /* false after a message with file and line */
void plot_ini_free(struct plot_ini *ini);

#endif
