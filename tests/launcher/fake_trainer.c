/* fake_trainer.c: obeys the job protocol of doc/design.md without training anything, and misbehaves when it is told to.
** Losses are a function of seed and epoch, so that a test can say what the database must hold.
** Settings: fake.mode (see misbehave), fake.seed (only that run misbehaves), fake.ms (a pause an epoch), fake.every (epochs
** between checkpoints), fake.loss, fake.fall and fake.noise (losses are loss + fall / epoch + noise * a number of the seed, -1 to 1). What it did is appended to DIR/trace: "start ID SEED FROM" and "done ID SEED". */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { RUNS_MAX = 64 };
struct run { long id, seed, epochs, from, ms, every, only_seed; bool resume, over, own_loss; double loss, fall, noise; char mode[32], dir[256], log[300], lr[32]; };
static struct run runs[RUNS_MAX];
static int count;
static FILE *report;
static const char columns[] = "columns\ttrain_loss\ttest_loss\ttrain_acc\ttest_acc\n";
static volatile sig_atomic_t stopped;

static void on_signal(int s)
{
	(void)s;
	stopped = 1;
}

static void set(struct run *r, const char *name, const char *value)
{
	if (!strcmp(name, "seed"))
		r->seed = atol(value);
	else if (!strcmp(name, "epochs"))
		r->epochs = atol(value);
	else if (!strcmp(name, "fake.ms"))
		r->ms = atol(value);
	else if (!strcmp(name, "fake.every"))
		r->every = atol(value);
	else if (!strcmp(name, "fake.seed"))
		r->only_seed = atol(value);
	else if (!strcmp(name, "fake.mode"))
		snprintf(r->mode, sizeof r->mode, "%s", value);
	else if (!strcmp(name, "fake.loss")) {
		r->loss = atof(value);
		r->own_loss = true;
	} else if (!strcmp(name, "fake.fall"))
		r->fall = atof(value);
	else if (!strcmp(name, "fake.noise"))
		r->noise = atof(value);
	else if (!strcmp(name, "lr"))
		snprintf(r->lr, sizeof r->lr, "%s", value);
}

static bool read_job(FILE *in)
{
	char line[65536];
	struct run *r = NULL;
	while (fgets(line, sizeof line, in)) {
		line[strcspn(line, "\n")] = '\0';
		char *value = strchr(line, ' ');
		if (line[0] == '#') {
			fprintf(report, "%s\n", line);
			continue;
		}
		if (value)
			*value++ = '\0';
		if (!strcmp(line, "run") && count < RUNS_MAX) {
			r = &runs[count++];
			r->id = atol(value);
		} else if (!r)
			return false;
		else if (!strcmp(line, "set") && strchr(value, ' ')) {
			char *text = strchr(value, ' ');
			*text++ = '\0';
			set(r, value, text);
		} else if (!strcmp(line, "dir"))
			snprintf(r->dir, sizeof r->dir, "%s", value);
		else if (!strcmp(line, "log"))
			snprintf(r->log, sizeof r->log, "%s", value);
		else if (!strcmp(line, "resume"))
			r->resume = true;
		else if (!strcmp(line, "end"))
			r = NULL;
		else if (strcmp(line, "checkpoint"))
			return false;
	}
	return count > 0 && !r;
}

static void append(const char *path, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap), fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
	va_end(ap);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		exit(1);
	close(fd);
}

static void trace(const struct run *r, const char *what, long from)
{
	char path[300];
	snprintf(path, sizeof path, "%s/trace", r->dir);
	append(path, "%s %ld %ld %ld\n", what, r->id, r->seed, from);
}

static void checkpoint(const struct run *r, long epoch)
{
	char path[300], temporary[320];
	snprintf(path, sizeof path, "%s/checkpoint_%ld.safetensors", r->dir, r->id);
	snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid());
	FILE *f = fopen(temporary, "w");
	if (!f || fprintf(f, "%ld %ld\n", r->seed, epoch) < 0 || fclose(f) || rename(temporary, path))
		exit(1);
	fprintf(report, "checkpoint\t%ld\t%ld\n", r->id, epoch);
}

static long resumed_from(const struct run *r)
{
	char path[300];
	long seed, epoch;
	snprintf(path, sizeof path, "%s/checkpoint_%ld.safetensors", r->dir, r->id);
	FILE *f = r->resume ? fopen(path, "r") : NULL;
	bool ours = f && fscanf(f, "%ld %ld", &seed, &epoch) == 2 && seed == r->seed;
	if (f)
		fclose(f);
	return ours ? epoch : 0;
}

static bool is(const struct run *r, const char *mode)
{
	return !strcmp(r->mode, mode) && (!r->only_seed || r->only_seed == r->seed);
}

static double seed_noise(const struct run *r)
{
	unsigned long x = (unsigned long)r->seed * 0x9e3779b97f4a7c15u + (unsigned long)(r->loss * 1e6) * 0xd6e8feb86659fd93u;
	for (int i = 0; i < 3; i++) {
		x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
		x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
		x ^= x >> 31;
	}
	return (double)(x % 2000001) / 1e6 - 1;
}

static void put_epoch(const struct run *r, long e)
{
	if (is(r, "validation"))
		fputs("columns\tvalidation_loss\ttrain_loss\ttest_loss\n", report);
	double train = 1.0 / (double)(e + r->seed), test = train + 0.5 / (double)(e * e);
	if (r->own_loss)
		train = test = r->loss + r->fall / (double)e + r->noise * seed_noise(r);
	if (is(r, "validation"))
		fprintf(report, "epoch\t%ld\t%ld\t7\t%.9g\t%.9g\n%s", r->id, e, train, test, columns);
	else
		fprintf(report, "epoch\t%ld\t%ld\t%.9g\t%.9g\t%.9g\t%.9g\n", r->id, e, train, test, 50.0, 75.5);
}

static void misbehave(struct run *r, long e)
{
	struct rlimit none = {0, 0};
	if (is(r, "nan")) {
		fprintf(report, "failed\t%ld\t%ld\tthe loss is NaN\\nsecond line\n", r->id, e);
		r->over = true;
	}
	if (is(r, "crash") || (is(r, "crash-in-group") && count > 1)) {
		append(r->log, "about to crash\n");
		setrlimit(RLIMIT_CORE, &none);
		fflush(report);
		raise(SIGSEGV);
	}
	if (is(r, "leave"))
		exit(3);
	if (is(r, "hang")) {
		signal(SIGTERM, SIG_IGN);
		fflush(report);
		for (;;)
			pause();
	}
	if (is(r, "garbage")) {
		fputs("what is this\nepoch\t1\t9\nepoch\tx\nepoch\t999999\t1\t0\t0\t0\t0\ndone\t1\nstart\n\t\t\n\001\002\377\n", report);
		fputc('\0', report);
		fputc('\n', report);
		for (int i = 0; i < 200000; i++)
			fputc('z', report);
		fputc('\n', report);
	}
}

static void train(long e)
{
	long ms = 0;
	for (int i = 0; i < count; i++) {
		struct run *r = &runs[i];
		if (r->over || e <= r->from || e > r->epochs)
			continue;
		ms = r->ms;
		put_epoch(r, e);
		if (e == 3)
			misbehave(r, e);
		if (r->over)
			continue;
		if (e == r->epochs || (is(r, "short") && e == 3)) {
			checkpoint(r, e);
			trace(r, "done", e);
			fprintf(report, "done\t%ld\t%ld\t%.6g\n", r->id, e, 0.25);
			r->over = true;
		} else if (r->every && e % r->every == 0)
			checkpoint(r, e);
	}
	fflush(report);
	if (ms)
		nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static int stop(long e)
{
	for (int i = 0; i < count; i++)
		if (!runs[i].over) {
			checkpoint(&runs[i], e < runs[i].from ? runs[i].from : e);
			fprintf(report, "interrupted\t%ld\t%ld\n", runs[i].id, e);
		}
	return 75;
}

/* `samples ... -o FILE` and `predict CSV ... -o FILE`: two inputs, of which it predicts the sum. */
static int answer(int argc, char **argv)
{
	FILE *in = NULL, *out = NULL;
	double x, y;
	bool predict = !strcmp(argv[1], "predict");
	for (int i = 2; i + 1 < argc; i++)
		if (!strcmp(argv[i], "-o"))
			out = fopen(argv[i + 1], "w");
	if (predict)
		in = fopen(argv[2], "r");
	if (!out || (predict && !in))
		return 2;
	fputs(predict ? "y\n" : "part,input:a,input:b,target:y\n", out);
	for (int i = 0; !predict && i < 8; i++)
		fprintf(out, "%s,%d,%d,%d\n", i < 6 ? "train" : "test", i % 3, i / 3, i % 2);
	while (predict && fscanf(in, "%lf,%lf", &x, &y) == 2)
		fprintf(out, "%.9g\n", x + y);
	return fclose(out) ? 2 : 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && (!strcmp(argv[1], "samples") || !strcmp(argv[1], "predict")))
		return answer(argc, argv);
	long last = 0;
	const char *job = "-";
	report = stdout;
	for (int i = 1; i + 1 < argc; i += 2)
		if (!strcmp(argv[i], "--report-fd"))
			report = fdopen(atoi(argv[i + 1]), "w");
		else if (!strcmp(argv[i], "--job"))
			job = argv[i + 1];
		else if (!strcmp(argv[i], "--threads"))
			printf("with %s threads\n", argv[i + 1]);
	FILE *in = strcmp(job, "-") ? fopen(job, "r") : stdin;
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(SIGTERM, &action, NULL);
	if (!report || !in || !read_job(in)) {
		fprintf(stderr, "fake_trainer: bad job\n");
		return 2;
	}
	fputs(columns, report);
	for (int i = 0; i < count; i++) {
		struct run *r = &runs[i];
		r->from = resumed_from(r);
		trace(r, "start", r->from);
		printf("log of run %ld\n", r->id);
		fprintf(report, "start\t%ld\t%d\t%032ld\n", r->id, 49, r->seed);
		for (long e = 1; e <= r->from; e++)
			put_epoch(r, e);
		if (r->from >= r->epochs) {
			trace(r, "done", r->from);
			fprintf(report, "done\t%ld\t%ld\t%.6g\n", r->id, r->from, 0.25);
			r->over = true;
		}
		last = r->epochs > last ? r->epochs : last;
	}
	fflush(NULL);
	for (long e = 1; e <= last; e++) {
		if (stopped)
			return stop(e - 1);
		train(e);
	}
	fflush(NULL);
	if (is(&runs[0], "linger"))
		nanosleep(&(struct timespec){0, 150000000}, NULL);
	return 0;
}
