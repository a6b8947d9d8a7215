/* util.c: memory, text, messages, files and time for the commands. Nothing here knows of runs or of SQLite. */
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void *need(void *memory)
{
	if (!memory) {
		fputs("mosaic: error: out of memory\n", stderr);
		exit(EXIT_USAGE);
	}
	return memory;
}

void *grow(void *at, int *cap, int count, size_t size)
{
	if (count < *cap)
		return at;
	*cap = *cap ? *cap * 2 : 16;
	return need(reallocarray(at, (size_t)*cap, size));
}

char *copy(const char *s)
{
	return s ? need(strdup(s)) : NULL;
}

char *format(const char *fmt, ...)
{
	va_list ap;
	char *out = NULL;
	va_start(ap, fmt);
	if (vasprintf(&out, fmt, ap) < 0)
		out = NULL;
	va_end(ap);
	return need(out);
}

void text_addn(struct text *t, const char *s, size_t n)
{
	if (t->len + n + 1 > t->cap) {
		t->cap = (t->len + n + 1) * 2;
		t->at = need(realloc(t->at, t->cap));
	}
	if (n)
		memcpy(t->at + t->len, s, n);
	t->len += n;
	t->at[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);
	va_end(ap);
	need(n < 0 ? NULL : s);
	text_addn(t, s, (size_t)n);
	free(s);
}

void text_free(struct text *t)
{
	free(t->at);
	*t = (struct text){0};
}

void text_unescape(char *s)
{
	char *out = s;
	for (; *s; s++) {
		if (*s != '\\' || !s[1]) {
			*out++ = *s;
			continue;
		}
		s++;
		*out++ = *s == 'n' ? '\n' : *s == 't' ? '\t' : *s == 'r' ? '\r' : *s;
	}
	*out = '\0';
}

void complain(const char *fmt, ...)
{
	va_list ap;
	fflush(stdout);
	fputs("mosaic: error: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void hint(const char *fmt, ...)
{
	va_list ap;
	fputs("  hint: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

char *file_read(const char *path, size_t limit, size_t *size)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		errno = EISDIR;
		return NULL;
	}
	struct text t = {0};
	char block[65536];
	ssize_t n;
	text_addn(&t, "", 0);
	while ((n = read(fd, block, sizeof block)) > 0 && t.len + (size_t)n <= limit)
		text_addn(&t, block, (size_t)n);
	int why = n < 0 ? errno : EFBIG;
	close(fd);
	if (n) {
		text_free(&t);
		errno = why;
		return NULL;
	}
	if (size)
		*size = t.len;
	return t.at;
}

char *file_tail(const char *path, size_t limit)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	char *out = need(calloc(1, limit + 1));
	off_t end = lseek(fd, 0, SEEK_END), from = end > (off_t)limit ? end - (off_t)limit : 0;
	ssize_t n = end < 0 ? -1 : pread(fd, out, limit, from);
	close(fd);
	if (n <= 0) {
		free(out);
		return NULL;
	}
	out[n] = '\0';
	for (ssize_t i = 0; i < n; i++)
		if (!out[i])
			out[i] = '?';
	char *line = from ? strchr(out, '\n') : NULL;
	if (line && line[1])
		memmove(out, line + 1, strlen(line + 1) + 1);
	return out;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t done = write(fd, bytes, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		n -= (size_t)done;
	}
	return true;
}

int file_write(const char *path, const char *bytes, size_t n)
{
	char *temporary = format("%s.%ld.tmp", path, (long)getpid());
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), result = -1, why = errno;
	if (fd >= 0) {
		bool written = write_all(fd, bytes, n);
		why = errno;
		if (close(fd) == 0 && written && rename(temporary, path) == 0)
			result = 0;
		else {
			why = written ? errno : why;
			unlink(temporary);
		}
	}
	free(temporary);
	errno = why;
	return result;
}

int make_dirs(const char *path)
{
	char *p = copy(path);
	int result = 0;
	for (char *at = p + 1; *p && result == 0; at++) {
		char c = *at;
		if (c != '/' && c != '\0')
			continue;
		*at = '\0';
		if (mkdir(p, 0777) < 0 && errno != EEXIST)
			result = -1;
		*at = c;
		if (!c)
			break;
	}
	free(p);
	return result;
}

double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

char *date_text(void)
{
	time_t t = time(NULL);
	struct tm tm;
	char s[32];
	gmtime_r(&t, &tm);
	strftime(s, sizeof s, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return copy(s);
}

bool parse_int(const char *s, int64_t low, int64_t high, int64_t *out)
{
	char *end;
	errno = 0;
	long long v = strtoll(s, &end, 10);
	if (errno || end == s || *end || v < low || v > high)
		return false;
	*out = v;
	return true;
}

static int edit_distance(const char *a, const char *b)
{
	enum { MOST = 64 };
	int row[MOST + 1], n = (int)strnlen(b, MOST + 1), m = (int)strnlen(a, MOST + 1);
	if (n > MOST || m > MOST)
		return INT_MAX;
	for (int j = 0; j <= n; j++)
		row[j] = j;
	for (int i = 1; i <= m; i++) {
		int diagonal = row[0];
		row[0] = i;
		for (int j = 1; j <= n; j++) {
			int change = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			int step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			row[j] = change < step ? change : step;
		}
	}
	return row[n];
}

const char *nearest(const char *name, const char *const *names, int count)
{
	const char *best = NULL;
	int least = (int)(strnlen(name, 64) + 2) / 3 + 1;
	for (int i = 0; i < count; i++) {
		int d = edit_distance(name, names[i]);
		if (d < least) {
			least = d;
			best = names[i];
		}
	}
	return best;
}
