/* util.c: arena, strings, vectors, files, hashes, nearest names. Nothing of the compiler itself. */
#define XXH_INLINE_ALL
#include "mosaicc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/* ---- arena ---------------------------------------------------------------------------------- */

enum { BLOCK_SIZE = 64 * 1024 };

struct arena_block {
	struct arena_block *before;
	size_t used, size;
	_Alignas(16) char bytes[];
};

static void *must(void *memory)
{
	if (memory)
		return memory;
	fputs("mosaicc: out of memory\n", stderr);
	exit(71);
}

void *arena_alloc(struct arena *a, size_t size)
{
	if (size > SIZE_MAX / 2)
		must(NULL);
	size = (size + 15) & ~(size_t)15;
	struct arena_block *b = a->last;
	if (!b || b->size - b->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
		b = must(malloc(sizeof *b + room));
		*b = (struct arena_block){.before = a->last, .size = room};
		a->last = b;
		a->total += room;
	}
	void *at = b->bytes + b->used;
	b->used += size;
	return memset(at, 0, size);
}

void arena_free(struct arena *a)
{
	for (struct arena_block *b = a->last, *before; b; b = before) {
		before = b->before;
		free(b);
	}
	*a = (struct arena){0};
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1);
	memcpy(copy, s, n);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

/* Most results are short: formatted once into a buffer, a second time only when they are longer. */
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	char buffer[256];
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(buffer, sizeof buffer, fmt, again);
	va_end(again);
	if (n < 0)
		die("bad format %s", fmt);
	if ((size_t)n < sizeof buffer)
		return arena_strndup(a, buffer, (size_t)n);
	char *s = arena_alloc(a, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

void vec_grow(struct arena *a, void **at, int *cap, int count, size_t size)
{
	int more = *cap ? *cap * 2 : 8;
	if (more < *cap)
		must(NULL);
	void *bigger = arena_alloc(a, (size_t)more * size);
	if (count)
		memcpy(bigger, *at, (size_t)count * size);
	*at = bigger;
	*cap = more;
}

/* ---- growing text --------------------------------------------------------------------------- */

static void text_reserve(struct text *t, size_t n)
{
	enum { FIRST = 512 };
	if (t->len + n + 1 <= t->cap)
		return;
	size_t cap = (t->len + n + 1) * 2;
	if (cap < FIRST)
		cap = FIRST;
	t->at = must(realloc(t->at, cap));
	t->cap = cap;
}

void text_addn(struct text *t, const char *s, size_t n)
{
	text_reserve(t, n);
	memcpy(t->at + t->len, s, n);
	t->len += n;
	t->at[t->len] = 0;
}

void text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap, again;
	text_reserve(t, 127);
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(t->at + t->len, t->cap - t->len, fmt, again);
	va_end(again);
	if (n < 0)
		die("bad format %s", fmt);
	if ((size_t)n >= t->cap - t->len) {
		text_reserve(t, (size_t)n);
		vsnprintf(t->at + t->len, (size_t)n + 1, fmt, ap);
	}
	va_end(ap);
	t->len += (size_t)n;
}

void text_free(struct text *t)
{
	free(t->at);
	*t = (struct text){0};
}

const char *number_text(struct arena *a, double v, bool float64)
{
	char s[40];
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(s, sizeof s, "%.*g", digits, v);
		if (float64 ? strtod(s, NULL) == v : strtof(s, NULL) == (float)v)
			break;
	}
	return arena_strdup(a, s);
}

/* ---- hashes --------------------------------------------------------------------------------- */

struct hash128 hash_bytes(const void *bytes, size_t n)
{
	XXH128_hash_t h = XXH3_128bits(bytes, n);
	return (struct hash128){h.high64, h.low64};
}

void hash_hex(struct hash128 h, char out[33])
{
	snprintf(out, 33, "%016llx%016llx", (unsigned long long)h.hi, (unsigned long long)h.lo);
}

/* ---- files ---------------------------------------------------------------------------------- */

char *file_read(struct arena *a, const char *path, size_t limit, size_t *size)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return NULL;
	struct stat st;
	if (fstat(fileno(f), &st) != 0 || S_ISDIR(st.st_mode)) {
		fclose(f);
		errno = EISDIR;
		return NULL;
	}
	struct text t = {0};
	char buffer[16384];
	size_t n;
	while ((n = fread(buffer, 1, sizeof buffer, f)) > 0 && t.len + n <= limit)
		text_addn(&t, buffer, n);
	bool failed = ferror(f), too_big = n > 0;
	int why = errno;
	fclose(f);
	char *copy = failed || too_big ? NULL : arena_strndup(a, t.at ? t.at : "", t.len);
	if (size)
		*size = t.len;
	text_free(&t);
	if (!copy)
		errno = too_big ? EFBIG : why;
	return copy;
}

static bool file_equals(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return false;
	char buffer[16384];
	size_t done = 0, got;
	bool equal = true;
	while (equal && (got = fread(buffer, 1, sizeof buffer, f)) > 0) {
		equal = done + got <= n && memcmp(buffer, bytes + done, got) == 0;
		done += got;
	}
	equal = equal && !ferror(f) && done == n;
	fclose(f);
	return equal;
}

int file_write_if_changed(const char *path, const char *bytes, size_t n)
{
	if (file_equals(path, bytes, n))
		return 0;
	struct text temporary = {0};
	text_printf(&temporary, "%s.tmp%ld", path, (long)getpid());
	FILE *f = fopen(temporary.at, "wb");
	int failed = !f || fwrite(bytes, 1, n, f) != n;
	int why = errno;
	if (f && fclose(f) != 0 && !failed) {
		failed = 1;
		why = errno;
	}
	if (!failed && rename(temporary.at, path) != 0) {
		failed = 1;
		why = errno;
	}
	if (failed && f)
		unlink(temporary.at);
	text_free(&temporary);
	errno = why;
	return failed ? -1 : 0;
}

int make_dirs(const char *path)
{
	struct text part = {0};
	int failed = 0;
	text_add(&part, path);
	for (char *slash = part.at + 1; !failed && *part.at; slash++) {
		char was = *slash;
		if (was && was != '/')
			continue;
		*slash = 0;
		failed = mkdir(part.at, 0777) != 0 && errno != EEXIST;
		*slash = was;
		if (!was)
			break;
	}
	struct stat st;
	if (!failed && (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))) {
		errno = ENOTDIR;
		failed = 1;
	}
	text_free(&part);
	return failed ? -1 : 0;
}

/* ---- names ---------------------------------------------------------------------------------- */

bool name_is_identifier(const char *s)
{
	for (const char *c = s; *c; c++) {
		bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_';
		if (!letter && !(c > s && *c >= '0' && *c <= '9'))
			return false;
	}
	return *s != 0;
}

/* Levenshtein distance with one row; long names are cut, they only serve a hint. */
static int edit_distance(const char *a, const char *b)
{
	enum { LONGEST = 64 };
	int row[LONGEST + 1];
	int na = (int)strnlen(a, LONGEST), nb = (int)strnlen(b, LONGEST);
	for (int j = 0; j <= nb; j++)
		row[j] = j;
	for (int i = 1; i <= na; i++) {
		int diagonal = row[0];
		row[0] = i;
		for (int j = 1; j <= nb; j++) {
			int change = diagonal + (a[i - 1] != b[j - 1]);
			int least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
			diagonal = row[j];
			row[j] = change < least ? change : least;
		}
	}
	return row[nb];
}

const char *nearest_name(const char *name, const char *const *names, int count)
{
	const char *best = NULL;
	int limit = (int)strnlen(name, 64) / 3 + 1, least = limit + 1;
	for (int i = 0; i < count; i++) {
		int d = edit_distance(name, names[i]);
		if (d < least) {
			least = d;
			best = names[i];
		}
	}
	return best;
}
