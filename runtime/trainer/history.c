/* history.c: history_<id>.csv: one line an epoch, for people and spreadsheets; the exact values are in the checkpoint. */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_rows(const struct mosaic_program *p, const struct trainer_run *run, FILE *out)
{
	int columns = trainer_history_columns(p, run->validation);
	char number[32];

	fputs("epoch", out);
	for (int c = 0; c < columns; c++) {
		char *name = trainer_history_column(p, c);
		fprintf(out, ",%s", name);
		free(name);
	}
	putc('\n', out);
	for (int64_t e = 0; e < run->history_rows; e++) {
		fprintf(out, "%lld", (long long)(e + 1));
		for (int c = 0; c < columns; c++) {
			int n = trainer_number_text(run->history[e * columns + c], number);
			putc(',', out);
			fwrite(number, 1, (size_t)n, out);
		}
		putc('\n', out);
	}
}

bool trainer_history_write(const struct mosaic_program *p, const struct trainer_run *run, char *why, size_t size)
{
	char *path = trainer_run_path(run, "history", "csv"), *temporary = NULL;
	FILE *out = asprintf(&temporary, "%s.%ld.tmp", path, (long)getpid()) < 0 ? NULL : fopen(temporary, "we");
	bool ok = false;

	if (out) {
		write_rows(p, run, out);
		ok = !ferror(out);
		ok = fclose(out) == 0 && ok && rename(temporary, path) == 0;
	}
	if (!ok) {
		snprintf(why, size, "cannot write %s: %s", path, strerror(errno));
		if (out)
			unlink(temporary);
	}
	free(temporary);
	free(path);
	return ok;
}
