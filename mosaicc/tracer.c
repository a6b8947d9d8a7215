/* tracer.c: what the traces of a sweep share: the memory that children write to, debug info, and the messages, so that a mistake that a
** thousand pipelines meet is printed once. */
#include "trace.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RESULT_MAX = 64 << 20 };

struct tracer *tracer_open(void)
{
	struct tracer *t = calloc(1, sizeof *t);
	size_t head = (sizeof *t->report + 4095) & ~(size_t)4095;
	void *shared = mmap(NULL, head + RESULT_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!t || shared == MAP_FAILED) {
		fputs("mosaicc: out of memory\n", stderr);
		exit(71);
	}
	t->report = shared;
	t->result = (char *)shared + head;
	t->result_cap = RESULT_MAX;
	t->output = -1;
	t->places = place_book_new(&t->arena);
	return t;
}

/* Messages at one place that differ in the pipeline or in numbers only (sizes, shapes) are one. */
static struct hash128 key_of(const char *text, size_t size)
{
	const char *start = strstr(text, "error: ");
	size_t kept = start ? (size_t)(start - text) : 0, n = kept;
	char *plain = malloc(size + 1);
	if (!plain)
		return hash_bytes(text, size);
	memcpy(plain, text, kept);
	for (size_t i = kept; i < size; i++)
		if (text[i] < '0' || text[i] > '9')
			plain[n++] = text[i];
	struct hash128 key = hash_bytes(plain, n);
	free(plain);
	return key;
}

static void add(struct tracer *t, const char *text, size_t size, const struct pipeline *p)
{
	struct hash128 key = key_of(text, size);
	for (int i = 0; i < t->errors.count; i++)
		if (t->errors.at[i].key.hi == key.hi && t->errors.at[i].key.lo == key.lo) {
			t->errors.at[i].more++;
			return;
		}
	const char *line = p->line ? arena_strdup(&t->arena, p->line) : "";
	VEC_PUSH(&t->arena, &t->errors, ((struct tracer_error){key, arena_strndup(&t->arena, text, size), line, 0}));
}

void tracer_flush(struct tracer *t)
{
	FILE *out = diag.out ? diag.out : stderr;
	for (int i = 0; i < t->errors.count; i++) {
		const struct tracer_error *e = &t->errors.at[i];
		fprintf(out, "%s  pipeline: %s", e->text, e->line);
		if (e->more)
			fprintf(out, " and %d more pipeline%s", e->more, e->more == 1 ? "" : "s");
		fputc('\n', out);
	}
	t->errors.count = 0;
}

void tracer_close(struct tracer *t)
{
	tracer_flush(t);
	place_book_close(t->places);
	munmap(t->report, (size_t)(t->result - (char *)t->report) + t->result_cap);
	arena_free(&t->arena);
	free(t);
}

void tracer_discard(struct tracer *t)
{
	t->errors.count = 0;
}

void tracer_collect(struct tracer_messages *m)
{
	*m = (struct tracer_messages){.before = diag.out, .errors = diag.errors};
	m->file = open_memstream(&m->at, &m->size);
	if (m->file)
		diag.out = m->file;
}

void tracer_collected(struct tracer *t, struct tracer_messages *m, const struct pipeline *p)
{
	diag.out = m->before;
	if (!m->file)
		return;
	fclose(m->file);
	if (m->size)
		add(t, m->at, m->size, p);
	free(m->at);
}

void tracer_dropped(struct tracer_messages *m)
{
	diag.out = m->before;
	diag.errors = m->errors;
	if (m->file)
		fclose(m->file);
	free(m->at);
}
