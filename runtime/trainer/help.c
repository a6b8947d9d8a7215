/* help.c: --help and --info, made from the program's tables. Rows of settings: settings_list.c. */
#include "driver.h"

#include <string.h>
#include <unistd.h>

static void help_row(void *context, const struct trainer_setting_row *row)
{
	FILE *out = context;
	char name[300];

	snprintf(name, sizeof name, "--%s", row->name);
	fprintf(out, "  %-30s %s", name, row->kind);
	if (row->value)
		fprintf(out, " (%s)", row->value);
	if (row->meaning)
		fprintf(out, ": %s", row->meaning);
	putc('\n', out);
}

static void help_settings(const struct mosaic_program *p, FILE *out)
{
	fprintf(out, "\nSettings (in parentheses what they are otherwise):\n");
	trainer_settings_list(p, NULL, help_row, out);
	for (int c = 0; c < p->data_class_count; c++) {
		fprintf(out, "\nData, [%s] of class %s:\n", p->data_classes[c].section, p->data_classes[c].class);
		trainer_fields_list(p, NULL, &p->data_classes[c], help_row, out);
	}
}

void trainer_help(const struct mosaic_program *p, const char *name, FILE *out)
{
	fprintf(out,
		"%s: trains the network %s, or predicts with it.\n\n"
		"  %s [options]                    train; one line an epoch, or a progress bar on a terminal\n"
		"  %s predict FILE.csv [-o FILE]   predictions for each row of a CSV file\n"
		"  %s samples [-o FILE]            the samples that a run was trained and tested with, as CSV\n\n"
		"  --out DIR             where checkpoint, model and history are written (.)\n"
		"  --resume              go on from DIR/checkpoint_ID.safetensors\n"
		"  --weights FILE        start from (predict: use) the parameters of a safetensors file\n"
		"  --last                predict with the last epoch, though the parameters of the best one are kept (keep_best)\n"
		"  --checkpoint SECONDS  time between checkpoints; 0: only at the end or when stopped (60)\n"
		"  --id N                number of the run in the names of its files (1)\n"
		"  --info                what the program computes, its tensors, sizes and settings; of a checkpoint that is there its epochs\n"
		"  --threads N           threads that share the large products of a step; the result has the same bits (1)\n"
		"  --job FILE            runs as the launcher describes them; -: standard input\n"
		"  --report-fd N         where the lines of progress go (1)\n"
		"%s  --version, --help\n", name, p->name, name, name, name,
		p->device ? "  --device              says whether the GPU that it needs can be used (exit 0)\n" : "");
	help_settings(p, out);
	fprintf(out, "\nOptions may be written --NAME VALUE or --NAME=VALUE. SIGTERM and SIGINT stop with a checkpoint (exit 75).\n"
		"Exit: 0 done, 1 failed, 2 wrong use, 75 interrupted.\n");
}

static const char *init_text(const struct mosaic_tensor *t, char *out, size_t size)
{
	switch (t->init) {
	case MOSAIC_INIT_ZEROS: return "zeros";
	case MOSAIC_INIT_ONES: return "ones";
	case MOSAIC_INIT_FILL: snprintf(out, size, "%.6g", t->a); break;
	case MOSAIC_INIT_UNIFORM: snprintf(out, size, "uniform(%.6g, %.6g)", t->a, t->b); break;
	case MOSAIC_INIT_NORMAL: snprintf(out, size, "normal(%.6g, %.6g)", t->a, t->b); break;
	case MOSAIC_INIT_PADDED: snprintf(out, size, "normal(0, %.6g), row %.0f zeros", t->a, t->b); break;
	case MOSAIC_INIT_ORTHOGONAL: snprintf(out, size, "orthogonal(%.6g)", t->a); break;
	}
	return out;
}

static void print_ios(const char *what, const struct mosaic_io *io, FILE *out)
{
	char shape[128];

	mosaic_shape_text(io->rank, io->shape, shape, sizeof shape);
	fprintf(out, "%-12s%s %s\n", what, io->name, shape);
}

/* Of the checkpoint that predict would take, when it is one of this program. */
static void print_checkpoint(const struct mosaic_program *p, const char *path, FILE *out)
{
	char hash[33], why[WHY_SIZE];
	struct st_file *f = access(path, R_OK) == 0 ? st_open(path, why, sizeof why) : NULL;
	const char *of = f ? trainer_pairs_get(&f->meta, "program_hash") : NULL, *epoch = f ? trainer_pairs_get(&f->meta, "epoch") : NULL, *by;

	trainer_program_hash(p, hash);
	if (of && epoch && strcmp(of, hash) == 0) {
		int64_t best = trainer_best_of(f, &by);
		fprintf(out, "\n%s: epoch %s", path, epoch);
		if (best)
			fprintf(out, "; best epoch %lld, by %s, which predict uses", (long long)best, by);
		putc('\n', out);
	}
	st_close(f);
}

static void info_row(void *context, const struct trainer_setting_row *row)
{
	FILE *out = context;

	fprintf(out, "%-32s %-24s %*s%s%s\n", row->name, row->kind, row->meaning ? -16 : 0, row->value ? row->value : "-", row->meaning ? " " : "", row->meaning ? row->meaning : "");
}

/* With the values that a training with the same options would have; "-": an earlier data class tells it. */
static void print_settings(const struct mosaic_program *p, const struct trainer_pairs *set, FILE *out)
{
	fprintf(out, "\n%-32s %-24s %-16s %s\n", "setting", "type", "value", "meaning");
	trainer_settings_list(p, set, info_row, out);
	for (int c = 0; c < p->data_class_count; c++)
		trainer_fields_list(p, set, &p->data_classes[c], info_row, out);
}

void trainer_print_info(const struct mosaic_program *p, const struct trainer_pairs *set, const char *checkpoint, FILE *out)
{
	size_t bytes = p->params_reals * (size_t)p->lanes * (size_t)p->real_bytes;
	char shape[128], init[64];

	fprintf(out, "%s\n", p->about ? p->about : p->name);
	if (p->about && *p->about && p->about[strlen(p->about) - 1] != '\n')
		putc('\n', out);
	for (int i = 0; i < p->io_count; i++)
		print_ios(p->ios[i].target ? "target" : "input", &p->ios[i], out);
	for (int i = 0; i < p->prediction_count; i++)
		print_ios("prediction", &p->predictions[i], out);
	fprintf(out, "\n%-32s %-16s %10s  %-8s %s\n", "tensor", "shape", "values", "trains", "starts as");
	for (int i = 0; i < p->tensor_count; i++) {
		const struct mosaic_tensor *t = &p->tensors[i];
		mosaic_shape_text(t->rank, t->shape, shape, sizeof shape);
		fprintf(out, "%-32s %-16s %10zu  %-8s %s\n", t->name, shape, t->count, t->trains ? "yes" : "no", init_text(t, init, sizeof init));
	}
	fprintf(out, "\n%lld parameters, float%d, %d lane%s (runs at once), batches of up to %d, optimiser %s\n", (long long)trainer_parameter_count(p),
		p->real_bytes * 8, p->lanes, p->lanes == 1 ? "" : "s", p->batch, p->optimizer.name);
	fprintf(out, "%zu bytes of parameters, %zu of optimiser state\n", bytes, bytes * (size_t)p->optimizer.per_param);
	print_settings(p, set, out);
	print_checkpoint(p, checkpoint, out);
}
