/* config_report.h: one config read and expanded, as text; shared by the tests of this folder. */
#ifndef CONFIG_REPORT_H
#define CONFIG_REPORT_H

#include "config.h"

/* Messages, then settings, pipelines and JSON when the config is right. Returns whether it is. */
bool config_report(const char *path, struct text *out);
bool config_expand(struct arena *a, const char *path, const char *bytes, size_t n, struct sweep *sweep);
/* The lines of all pipelines, one a line. */
void config_lines(const struct sweep *sweep, struct text *out);

#endif
