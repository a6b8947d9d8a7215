/* scale_trainer.c: reports curves that look trained, as fast as a pipe takes them, and trains nothing: for databases of
** 100,000 runs. It reads the settings `scale.nb_params` and `scale.level` (what the test loss falls to) of a job as
** doc/design.md, "A job" describes it, and writes no file. Numbers are a function of seed, level and epoch. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS_MAX = 64 };
struct run { long id, epochs, nb_params; uint64_t random; double level; };
static struct run runs[RUNS_MAX];
static int count;

static void set(struct run *r, const char *name, const char *value)
{
	if (!strcmp(name, "seed"))
		r->random ^= strtoull(value, NULL, 10) * 0x9e3779b97f4a7c15;
	else if (!strcmp(name, "epochs"))
		r->epochs = atol(value);
	else if (!strcmp(name, "scale.nb_params"))
		r->nb_params = atol(value);
	else if (!strcmp(name, "scale.level")) {
		r->level = atof(value);
		r->random ^= (uint64_t)(r->level * 1e9);
	}
}

static bool read_job(void)
{
	char line[4096], name[256], value[2048];
	long id;
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "run %ld", &id) == 1) {
			if (count == RUNS_MAX)
				return false;
			runs[count++] = (struct run){.id = id, .epochs = 1, .level = 0.01, .random = 1};
		} else if (count && sscanf(line, "set %255s %2047[^\n]", name, value) == 2)
			set(&runs[count - 1], name, value);
	}
	return count > 0;
}

/* From -1 to 1. */
static double noise(struct run *r)
{
	r->random = r->random * 6364136223846793005u + 1442695040888963407u;
	return (double)(int32_t)(r->random >> 32) / 2147483648.0;
}

static void train(struct run *r, FILE *report)
{
	double rate = 0.05 + 0.03 * noise(r), level = r->level * exp(0.6 * (noise(r) + noise(r) + noise(r)));
	fprintf(report, "start\t%ld\t%ld\t%032lx\n", r->id, r->nb_params, r->nb_params);
	for (long e = 1; e <= r->epochs; e++) {
		double loss = level + (0.25 - level) * exp(-rate * (double)e), right = 50 + 50 * (1 - exp(-rate * (double)e));
		fprintf(report, "epoch\t%ld\t%ld\t%.9g\t%.9g\t%.9g\t%.9g\n", r->id, e, loss * (1 + 0.02 * noise(r)), loss * (1.1 + 0.05 * noise(r)),
			floor(160 * right / 100) / 1.6, floor(40 * right / 100) / 0.4);
	}
	fprintf(report, "done\t%ld\t%ld\t%.6g\n", r->id, r->epochs, 0.2 + 0.05 * noise(r));
}

int main(int argc, char **argv)
{
	FILE *report = stdout;
	for (int i = 1; i + 1 < argc; i += 2)
		if (!strcmp(argv[i], "--report-fd"))
			report = fdopen(atoi(argv[i + 1]), "w");
	if (!report || !read_job()) {
		fprintf(stderr, "scale_trainer: bad job\n");
		return 2;
	}
	fputs("columns\ttrain_loss\ttest_loss\ttrain_acc\ttest_acc\n", report);
	for (int i = 0; i < count; i++)
		train(&runs[i], report);
	return fclose(report) ? 1 : 0;
}
