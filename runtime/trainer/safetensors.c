/* safetensors.c: reads safetensors files: 8 bytes of header length, a JSON header, the tensors. Files may come from
** anywhere, so the reader is strict and bounded: what it has not checked it does not use. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_MAX = 64 << 20, ENTRIES_MAX = 1 << 20, NAME_MAX_LENGTH = 4096 };

/* ---- the part of JSON that a header is made of ------------------------------------------------------ */
struct json { const char *at, *end; struct trainer_pool *pool; const char *wrong; };

static bool wrong(struct json *j, const char *what)
{
	if (!j->wrong)
		j->wrong = what;
	return false;
}

static void blanks(struct json *j)
{
	while (j->at < j->end && (*j->at == ' ' || *j->at == '\t' || *j->at == '\n' || *j->at == '\r'))
		j->at++;
}

static bool is_next(struct json *j, char c)
{
	blanks(j);
	if (j->at == j->end || *j->at != c)
		return false;
	j->at++;
	return true;
}

static bool expect(struct json *j, char c)
{
	return is_next(j, c) || wrong(j, c == ':' ? "':' expected" : c == '{' ? "'{' expected" : c == '[' ? "'[' expected" : "',' or the end of a list expected");
}

static int hex4(struct json *j)
{
	int v = 0;

	for (int i = 0; i < 4; i++, j->at++) {
		char c = j->at < j->end ? *j->at : 'x';
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
		if (digit < 0)
			return -1;
		v = v * 16 + digit;
	}
	return v;
}

static char *utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xC0 | c >> 6);
		*to++ = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		*to++ = (char)(0xE0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 63));
		*to++ = (char)(0x80 | (c & 63));
	} else {
		*to++ = (char)(0xF0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 63));
		*to++ = (char)(0x80 | (c >> 6 & 63));
		*to++ = (char)(0x80 | (c & 63));
	}
	return to;
}

/* \uXXXX, or two of them for a character beyond the first plane; zero is refused since names are C strings. */
static bool unicode(struct json *j, char **to)
{
	int c = hex4(j), low;

	if (c >= 0xD800 && c < 0xDC00 && j->end - j->at > 6 && j->at[0] == '\\' && j->at[1] == 'u') {
		j->at += 2;
		low = hex4(j);
		if (low < 0xDC00 || low > 0xDFFF)
			return wrong(j, "a \\u escape is not a character");
		c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
	}
	if (c <= 0 || (c >= 0xD800 && c < 0xE000))
		return wrong(j, "a \\u escape is not a character");
	*to = utf8(*to, (uint32_t)c);
	return true;
}

/* A string into the pool: at most as long as its escaped form. */
static const char *string(struct json *j)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";

	if (!is_next(j, '"'))
		return wrong(j, "a string expected"), NULL;
	const char *close = j->at;
	while (close < j->end && *close != '"')
		close += *close == '\\' ? 2 : 1;
	if (close >= j->end)
		return wrong(j, "a string does not end"), NULL;
	char *text = trainer_pool_alloc(j->pool, (size_t)(close - j->at) + 1, 1), *to = text;
	while (j->at < close) {
		if ((unsigned char)*j->at < ' ')
			return wrong(j, "a control character in a string"), NULL;
		if (*j->at != '\\') {
			*to++ = *j->at++;
			continue;
		}
		const char *escape = strchr(from, j->at[1]);
		j->at += 2;
		if (j->at[-1] && escape)
			*to++ = into[escape - from];
		else if (j->at[-1] != 'u' || !unicode(j, &to))
			return wrong(j, "an escape that JSON does not know"), NULL;
	}
	*to = '\0';
	j->at = close + 1;
	return text;
}

static bool number(struct json *j, uint64_t *out)
{
	blanks(j);
	*out = 0;
	if (j->at == j->end || *j->at < '0' || *j->at > '9')
		return wrong(j, "a number expected");
	for (; j->at < j->end && *j->at >= '0' && *j->at <= '9'; j->at++)
		if (*out > (UINT64_MAX >> 1) / 10 - 10)
			return wrong(j, "a number is too large");
		else
			*out = *out * 10 + (uint64_t)(*j->at - '0');
	return true;
}

/* [n, n, ...], at most `room`. */
static bool numbers(struct json *j, uint64_t *out, int room, int *count)
{
	*count = 0;
	if (!expect(j, '['))
		return false;
	if (is_next(j, ']'))
		return true;
	do {
		if (*count == room)
			return wrong(j, "a list is too long");
		if (!number(j, &out[(*count)++]))
			return false;
	} while (is_next(j, ','));
	return expect(j, ']');
}

/* ---- the header ---------------------------------------------------------------------------------------- */
static bool entry(struct json *j, struct st_entry *e)
{
	uint64_t shape[8], offsets[2];
	int seen = 0, count;

	if (!expect(j, '{'))
		return false;
	do {
		const char *key = string(j);
		if (!key || !expect(j, ':'))
			return false;
		if (strcmp(key, "dtype") == 0 && !(seen & 1)) {
			const char *dtype = string(j);
			if (!dtype || strlen(dtype) >= sizeof e->dtype)
				return wrong(j, "a dtype that is not known");
			strcpy(e->dtype, dtype);
			seen |= 1;
		} else if (strcmp(key, "shape") == 0 && !(seen & 2)) {
			if (!numbers(j, shape, 8, &e->rank))
				return false;
			for (int i = 0; i < e->rank; i++)
				e->shape[i] = (int64_t)shape[i];
			seen |= 2;
		} else if (strcmp(key, "data_offsets") == 0 && !(seen & 4)) {
			if (!numbers(j, offsets, 2, &count) || count != 2)
				return wrong(j, "data_offsets are two numbers");
			e->begin = offsets[0];
			e->end = offsets[1];
			seen |= 4;
		} else {
			return wrong(j, "a tensor has dtype, shape and data_offsets, each once");
		}
	} while (is_next(j, ','));
	return expect(j, '}') && (seen == 7 || wrong(j, "a tensor has dtype, shape and data_offsets, each once"));
}

static bool metadata(struct json *j, struct st_file *f)
{
	if (f->meta.count || !expect(j, '{'))
		return wrong(j, "two __metadata__");
	if (is_next(j, '}'))
		return true;
	do {
		const char *key = string(j), *value = key && expect(j, ':') ? string(j) : NULL;
		if (!value)
			return false;
		if (f->meta.count == ENTRIES_MAX)
			return wrong(j, "too many pairs in __metadata__");
		f->meta.at = trainer_grow(f->meta.at, &f->meta.cap, f->meta.count, sizeof *f->meta.at);
		f->meta.at[f->meta.count++] = (struct trainer_pair){key, value};
	} while (is_next(j, ','));
	return expect(j, '}');
}

static bool header(struct json *j, struct st_file *f)
{
	if (!expect(j, '{'))
		return false;
	if (!is_next(j, '}')) {
		do {
			const char *name = string(j);
			if (!name || !expect(j, ':'))
				return false;
			if (strcmp(name, "__metadata__") == 0) {
				if (!metadata(j, f))
					return false;
				continue;
			}
			if (f->count == ENTRIES_MAX || strlen(name) > NAME_MAX_LENGTH)
				return wrong(j, "too many tensors, or too long a name");
			struct st_entry e = {.name = name};
			if (!entry(j, &e))
				return false;
			f->entries = trainer_grow(f->entries, &f->cap, f->count, sizeof *f->entries);
			f->entries[f->count++] = e;
		} while (is_next(j, ','));
		if (!expect(j, '}'))
			return false;
	}
	blanks(j);
	return j->at == j->end || wrong(j, "text after the header");
}

static size_t dtype_size(const char *dtype)
{
	static const struct { const char *name; size_t size; } known[] = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8}, {"U64", 8},
		{"I32", 4}, {"U32", 4}, {"I16", 2}, {"U16", 2}, {"I8", 1}, {"U8", 1}, {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].name, dtype) == 0)
			return known[i].size;
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct st_entry *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct st_entry *)a)->name, ((const struct st_entry *)b)->name);
}

/* Tensors must fill the data one after the other, as the format demands: no overlap, no hole. Leaves them sorted by name. */
static const char *layout(struct st_file *f)
{
	uint64_t at = 0;

	if (!f->count)
		return f->data_size ? "the file is longer than its tensors" : NULL;
	qsort(f->entries, (size_t)f->count, sizeof *f->entries, by_offset);
	for (int i = 0; i < f->count; i++) {
		const struct st_entry *e = &f->entries[i];
		size_t bytes = dtype_size(e->dtype);
		if (!bytes)
			return "a dtype that is not known";
		for (int d = 0; d < e->rank; d++)
			if (!trainer_multiply(&bytes, e->shape[d]))
				return "a shape is too large";
		if (e->begin != at || e->end < e->begin || e->end - e->begin != bytes || e->end > f->data_size)
			return "offsets of tensors overlap, leave holes or do not fit their shapes";
		at = e->end;
	}
	if (at != f->data_size)
		return "the file is longer than its tensors";
	qsort(f->entries, (size_t)f->count, sizeof *f->entries, by_name);
	for (int i = 1; i < f->count; i++)
		if (strcmp(f->entries[i - 1].name, f->entries[i].name) == 0)
			return "two tensors of one name";
	return NULL;
}

static bool read_at(int fd, void *to, uint64_t count, uint64_t offset)
{
	while (count) {
		ssize_t n = pread(fd, to, count, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to = (char *)to + n;
		count -= (uint64_t)n;
		offset += (uint64_t)n;
	}
	return true;
}

static const char *read_header(struct st_file *f)
{
	struct stat st;
	uint8_t length_bytes[8];
	uint64_t length = 0;

	if (fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return "is not a regular file";
	if (st.st_size < 8 || !read_at(f->fd, length_bytes, 8, 0))
		return "is too short for a safetensors file";
	for (int i = 7; i >= 0; i--)
		length = length << 8 | length_bytes[i];
	if (length < 2 || length > HEADER_MAX)
		return "is not a safetensors file";
	if (length > (uint64_t)st.st_size - 8)
		return "is cut off: it ends inside its header";
	f->data_at = 8 + length;
	f->data_size = (uint64_t)st.st_size - f->data_at;
	f->header = trainer_alloc(length + 1, 1);
	if (!read_at(f->fd, f->header, length, 8))
		return "cannot be read";
	struct json j = {f->header, f->header + length, &f->pool, NULL};
	if (!header(&j, f))
		return j.wrong;
	return layout(f);
}

struct st_file *st_open(const char *path, char *why, size_t size)
{
	struct st_file *f = trainer_alloc(1, sizeof *f);

	f->path = trainer_strdup(path);
	f->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0) {
		snprintf(why, size, "%s: cannot open: %s", path, strerror(errno));
		st_close(f);
		return NULL;
	}
	const char *problem = read_header(f);
	if (!problem)
		return f;
	bool says = strncmp(problem, "is ", 3) == 0 || strncmp(problem, "cannot ", 7) == 0;
	snprintf(why, size, "%s: %s%s", path, says ? "" : "damaged header: ", problem);
	st_close(f);
	return NULL;
}

void st_close(struct st_file *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	free(f->header);
	free(f->entries);
	free(f->meta.at);
	trainer_pool_free(&f->pool);
	free(f);
}

const struct st_entry *st_find(const struct st_file *f, const char *name)
{
	struct st_entry key = {.name = name};

	return f->count ? bsearch(&key, f->entries, (size_t)f->count, sizeof key, by_name) : NULL;
}

int64_t st_count(const struct st_entry *e)
{
	return (int64_t)((e->end - e->begin) / dtype_size(e->dtype));
}

bool st_read(const struct st_file *f, const struct st_entry *e, int scalar, void *out, char *why, size_t size)
{
	int stored = strcmp(e->dtype, "F64") == 0 ? 8 : strcmp(e->dtype, "F32") == 0 ? 4 : 0;
	int64_t count = st_count(e);

	if (!stored) {
		snprintf(why, size, "%s: tensor %s is %s; F32 or F64 is needed", f->path, e->name, e->dtype);
		return false;
	}
	struct mosaic_array as = {.type = stored == 8 ? MOSAIC_FLOAT64 : MOSAIC_FLOAT32};
	void *raw = stored == scalar ? out : trainer_alloc((size_t)count, (size_t)stored);
	bool ok = read_at(f->fd, raw, e->end - e->begin, f->data_at + e->begin);
	if (!ok)
		snprintf(why, size, "%s: cannot read tensor %s", f->path, e->name);
	else if (raw != out)
		trainer_convert(&as, raw, (size_t)count, (size_t)scalar, out);
	if (raw != out)
		free(raw);
	return ok;
}

bool st_intact(const struct st_file *f)
{
	enum { CHUNK = 1 << 16 };
	const char *told = trainer_pairs_get(&f->meta, "checksum");
	char *head = trainer_strdup(f->header), *chunk = trainer_alloc(CHUNK, 1), hash[33], *hole = NULL;
	size_t length = (size_t)(f->data_at - 8);
	XXH3_state_t *state = XXH3_createState();

	if (told && strlen(told) == 32 && (hole = strstr(head, "\"checksum\":\"")) && strncmp(hole + 12, told, 32) == 0)
		memcpy(hole + 12, ST_NO_CHECKSUM, 32);
	bool ok = hole && strlen(head) == length && state && XXH3_128bits_reset(state) == XXH_OK && XXH3_128bits_update(state, head, length) == XXH_OK;
	for (uint64_t at = 0; ok && at < f->data_size; at += CHUNK) {
		uint64_t n = f->data_size - at < CHUNK ? f->data_size - at : CHUNK;
		ok = read_at(f->fd, chunk, n, f->data_at + at) && XXH3_128bits_update(state, chunk, (size_t)n) == XXH_OK;
	}
	XXH128_hash_t h = ok ? XXH3_128bits_digest(state) : (XXH128_hash_t){0};
	snprintf(hash, sizeof hash, "%016llx%016llx", (unsigned long long)h.high64, (unsigned long long)h.low64);
	ok = ok && strcmp(hash, told) == 0;
	XXH3_freeState(state);
	free(head);
	free(chunk);
	return ok;
}
