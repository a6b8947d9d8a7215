/* samples.c: prints the samples of a training as CSV, as `predict` takes them: before the first transform. */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A name in a header without quotes. */
static void write_name(const char *name, size_t n, FILE *out)
{
	for (size_t i = 0; i < n; i++)
		putc(name[i] == ',' || name[i] == '"' || (unsigned char)name[i] < ' ' ? '_' : name[i], out);
}

/* The columns of the file that the inputs come from, where the data class has named one a number. */
static const char *column_names(const mosaic_data *data)
{
	const struct mosaic_split_store *s = &data->split[MOSAIC_TRAIN];
	int64_t values = 0, names = data->columns && *data->columns;

	for (int i = 0; i < s->count; i++)
		values += s->at[i]->array.role == MOSAIC_INPUT ? mosaic_array_values(&s->at[i]->array) : 0;
	for (const char *c = data->columns; names && *c; c++)
		names += *c == '\n';
	return names == values ? data->columns : NULL;
}

static void write_names(const mosaic_data *data, enum mosaic_role role, FILE *out)
{
	const struct mosaic_split_store *s = &data->split[MOSAIC_TRAIN];
	const char *columns = role == MOSAIC_INPUT ? column_names(data) : NULL;

	for (int i = 0; i < s->count; i++) {
		const struct mosaic_array *a = &s->at[i]->array;
		int64_t values = mosaic_array_values(a);
		for (int64_t v = 0; a->role == role && v < values; v++) {
			fputs(role == MOSAIC_TARGET ? ",target:" : ",input:", out);
			if (columns) {
				size_t n = strcspn(columns, "\n");
				write_name(columns, n, out);
				columns += n + (columns[n] == '\n');
				continue;
			}
			write_name(a->name, strlen(a->name), out);
			if (values > 1)
				fprintf(out, "_%lld", (long long)v);
		}
	}
}

static void write_values(const struct mosaic_split_store *s, enum mosaic_role role, int64_t sample, FILE *out)
{
	for (int i = 0; i < s->count; i++) {
		const struct mosaic_array *a = &s->at[i]->array;
		int64_t values = mosaic_array_values(a);
		for (int64_t v = 0; a->role == role && v < values; v++)
			fprintf(out, ",%.9g", mosaic_value(a, sample * values + v));
	}
}

static void check_memory(const struct mosaic_split_store *s)
{
	for (int i = 0; i < s->count; i++)
		if (!s->at[i]->array.at)
			mosaic_fail("'%s' is read in pieces while it is trained on: its samples cannot be listed", s->at[i]->array.name);
}

/* "part,input:x_0,input:x_1,target:y", then a line a sample. Called between prepare and transform. */
void trainer_samples_write(const mosaic_data *data, FILE *out)
{
	for (int split = 0; split < MOSAIC_SPLITS; split++)
		check_memory(&data->split[split]);
	fputs("part", out);
	write_names(data, MOSAIC_INPUT, out);
	write_names(data, MOSAIC_TARGET, out);
	putc('\n', out);
	for (int split = 0; split < MOSAIC_SPLITS; split++) {
		const struct mosaic_split_store *s = &data->split[split];
		int64_t samples = mosaic_samples(data, (enum mosaic_split)split);
		for (int64_t i = 0; i < samples && !ferror(out); i++) {
			fputs(mosaic_split_name((enum mosaic_split)split), out);
			write_values(s, MOSAIC_INPUT, i, out);
			write_values(s, MOSAIC_TARGET, i, out);
			putc('\n', out);
		}
	}
}

static int write_all(const struct mosaic_program *p, const struct trainer_options *o, struct trainer_run *run)
{
	struct trainer_report report = {.program = p};
	run->samples = o->predict_out ? fopen(o->predict_out, "we") : fdopen(dup(STDOUT_FILENO), "w");
	bool prepared = run->samples && trainer_prepare(p, run, &report);
	bool failed = !run->samples || ferror(run->samples);
	int code = prepared ? 0 : EXIT_FAILED;

	if (run->samples && !prepared)
		fprintf(stderr, "error: %s\n", run->failure);
	if (run->samples)
		failed = (fclose(run->samples) != 0) | failed;
	if (!failed)
		return code;
	fprintf(stderr, "error: cannot write %s: %s\n", o->predict_out ? o->predict_out : "to standard output", strerror(errno));
	return EXIT_FAILED;
}

int trainer_samples(const struct mosaic_program *p, const struct trainer_options *o)
{
	struct trainer_run *run = trainer_run_new(p);
	char why[WHY_SIZE];
	int code = EXIT_FAILED;

	run->id = o->id;
	run->dir = o->out_dir;
	char *path = o->weights ? trainer_strdup(o->weights) : trainer_run_path(run, "checkpoint", "safetensors");
	struct st_file *file = st_open(path, why, sizeof why);
	if (!file) {
		fprintf(stderr, "error: %s; train first, or give --weights FILE or --out DIR\n", why);
	} else {
		trainer_settings_of_training(p, run, file, o);
		code = write_all(p, o, run);
	}
	st_close(file);
	trainer_run_free(run);
	free(path);
	return code;
}
