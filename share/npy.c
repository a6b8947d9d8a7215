/* npy.c: samples from NumPy's files. npy: two .npy files; npz: two arrays of one .npz file. Axis 0 are the samples; values that the file holds as memory
** does are mapped, and large arrays of an archive are streamed: a file may be larger than memory. The formats: numpy.lib.format and .ZIP (APPNOTE 6.3). */
#include <mosaic.h>
#include <zlib.h>

#include "reader.h"
MOSAIC_PKG("zlib");

/* Samples from two .npy files. */
struct npy {
	const char *inputs, *targets;       /* the files */
	enum reader_target target_kind MOSAIC_DEFAULT(number); /* label: classes 0, 1, ... for CrossEntropyLoss */
	int batch_size MOSAIC_DEFAULT(32);  /* samples a step */
	bool shuffle MOSAIC_DEFAULT(true);  /* a new order of the train part each epoch */
	bool drop_last MOSAIC_DEFAULT(false); /* leave out a last batch that is not full */
	int input_size MOSAIC_DERIVED, output_size MOSAIC_DERIVED, rank MOSAIC_DERIVED;
	int64_t shape[8] MOSAIC_DERIVED;    /* of an input */
};

/* ---- the header of an array: a Python dictionary -------------------------------------------- */

struct header { struct values *v; const char *text, *at, *end; int64_t offset; };

_Noreturn static void header_fail(const struct header *h, const char *what)
{
	char name[600];
	mosaic_fail("%s: byte %lld: %s; the file is no .npy array or damaged", values_name(h->v, name, sizeof name), (long long)(h->offset + (h->at - h->text)), what);
}

static void blanks(struct header *h)
{
	while (h->at < h->end && strchr(" \n", *h->at) && *h->at)
		h->at++;
}

static bool take(struct header *h, const char *word)
{
	size_t n = strlen(word);
	blanks(h);
	if ((size_t)(h->end - h->at) < n || strncmp(h->at, word, n) != 0)
		return false;
	h->at += n;
	return true;
}

static void read_descr(struct header *h)
{
	char quote = 0, order, kind;
	blanks(h);
	if (h->end - h->at >= 5 && (*h->at == '\'' || *h->at == '"'))
		quote = *h->at++;
	else
		header_fail(h, "structured arrays are not read: a plain type such as '<f4' is expected here");
	order = *h->at++;
	kind = *h->at++;
	char *end;
	long bytes = strtol(h->at, &end, 10);
	struct values *v = h->v;
	v->bytes = (int)bytes;
	v->kind = kind == 'b' ? 'u' : kind;
	v->swapped = order == '>';
	bool known = (kind == 'f' && (bytes == 2 || bytes == 4 || bytes == 8)) || ((kind == 'i' || kind == 'u') && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8))
		|| (kind == 'b' && bytes == 1);
	if (!known || !strchr("<>|=", order) || end >= h->end || *end != quote)
		header_fail(h, "numbers of this type are not read; save it as float32, float64 or an integer: a.astype('float32')");
	h->at = end + 1;
}

static void read_shape(struct header *h)
{
	if (!take(h, "("))
		header_fail(h, "a shape such as (100, 3) is expected here");
	for (h->v->rank = 0; !take(h, ")"); ) {
		char *end;
		blanks(h);
		long long n = strtoll(h->at, &end, 10);
		if (end == h->at || n < 0 || h->v->rank == 9)
			header_fail(h, h->v->rank == 9 ? "the array has more than 9 axes" : "a size is expected here");
		h->at = end;
		h->v->shape[h->v->rank++] = n;
		if (!take(h, ",") && (blanks(h), *h->at != ')'))
			header_fail(h, "',' or ')' is expected here");
	}
}

/* `head`: the beginning of an array, `size` bytes of it. Sets type, shape and offset, which counts from `base`. */
static void read_header(struct values *v, const char *head, size_t size, int64_t base)
{
	char name[600];
	const unsigned char *u = (const unsigned char *)head;
	if (size < 12 || memcmp(head, "\x93NUMPY", 6) != 0)
		mosaic_fail("%s: %s", values_name(v, name, sizeof name), size == 0 ? "the file is empty" : "is no .npy array: it does not begin with \\x93NUMPY");
	size_t at = u[6] == 1 ? 10 : 12, length = u[6] == 1 ? u[8] + 256u * u[9] : u[8] + 256u * u[9] + 65536u * u[10] + 16777216u * u[11];
	if (u[6] < 1 || u[6] > 3)
		mosaic_fail("%s: version %d of .npy is not known", values_name(v, name, sizeof name), u[6]);
	if (length > size - at)
		mosaic_fail("%s: is cut off: its header has %zu bytes, %zu are there", values_name(v, name, sizeof name), length, size - at);
	char *copy = strndup(head + at, length);
	struct header h = {v, copy, copy, copy ? copy + strlen(copy) : NULL, base + (int64_t)at};
	bool descr = false, shape = false;
	if (!copy || !take(&h, "{"))
		header_fail(&h, "'{' is expected here");
	while (!take(&h, "}")) {
		if (take(&h, "'descr':"))
			read_descr(&h), descr = true;
		else if (take(&h, "'shape':"))
			read_shape(&h), shape = true;
		else if (take(&h, "'fortran_order': True"))
			header_fail(&h, "the array is stored by columns; save numpy.ascontiguousarray(a)");
		else if (!take(&h, "'fortran_order': False"))
			header_fail(&h, "'descr', 'fortran_order' or 'shape' is expected here");
		take(&h, ",");
	}
	if (!descr || !shape)
		header_fail(&h, "'descr' or 'shape' is missing");
	free(copy);
	v->offset = base + (int64_t)(at + length);
}

static void read_npy(struct values *v, const char *path)
{
	enum { HEAD = 1 << 16 };
	char *head = malloc(HEAD);
	FILE *f = mosaic_open(path, "rb");
	*v = (struct values){.path = path, .name = ""};
	if (!head)
		mosaic_fail("%s: not enough memory", path);
	size_t size = fread(head, 1, HEAD, f);
	fseeko(f, 0, SEEK_END);
	int64_t bytes = ftello(f);
	fclose(f);
	read_header(v, head, size, 0);
	free(head);
	int64_t need = v->offset + values_count(v, true) * v->bytes;
	if (bytes < need)
		mosaic_fail("%s: is cut off: it has %lld bytes, its %lld samples need %lld", path, (long long)bytes, (long long)(v->rank ? v->shape[0] : 0), (long long)need);
}

void npy_init(struct npy *self)
{
	reader_check("npy", self->inputs, "inputs", self->batch_size);
	reader_check("npy", self->targets, "targets", self->batch_size);
}

void npy_prepare(struct npy *self, mosaic_data *data)
{
	struct values x, y;
	read_npy(&x, self->inputs);
	read_npy(&y, self->targets);
	values_samples(&x);
	values_samples(&y);
	READER_ADD(self, data, &x, &y, self->target_kind);
}

void npy_info(const struct npy *self, mosaic_info *info)
{
	reader_tell(info, self->batch_size, self->input_size, self->output_size, self->rank, self->shape);
}

/* ---- .npz: a zip archive of .npy arrays ------------------------------------------------------- */

/* Samples from two arrays of one .npz file. */
struct npz {
	const char *path;                   /* the file */
	const char *inputs MOSAIC_DEFAULT("x"), *targets MOSAIC_DEFAULT("y"); /* names of the arrays */
	enum reader_target target_kind MOSAIC_DEFAULT(number); /* label: classes 0, 1, ... for CrossEntropyLoss */
	int batch_size MOSAIC_DEFAULT(32);  /* samples a step */
	bool shuffle MOSAIC_DEFAULT(true);  /* a new order of the train part each epoch */
	bool drop_last MOSAIC_DEFAULT(false); /* leave out a last batch that is not full */
	int64_t in_memory MOSAIC_DEFAULT(268435456); /* arrays of more bytes are streamed */
	int input_size MOSAIC_DERIVED, output_size MOSAIC_DERIVED, rank MOSAIC_DERIVED;
	int64_t shape[8] MOSAIC_DERIVED;    /* of an input */
};

/* An archive, of which a part is in memory. */
enum { ZIP_WINDOW = 1 << 18 };
struct zip { const char *path; FILE *file; uint64_t size, from, held; unsigned char window[ZIP_WINDOW]; };

/* At most 64 KB, until the next call. */
static const unsigned char *bytes_at(struct zip *z, uint64_t at, uint64_t count)
{
	if (at > z->size || count > z->size - at)
		mosaic_fail("%s: is cut off or damaged at byte %llu of %llu", z->path, (unsigned long long)at, (unsigned long long)z->size);
	if (at < z->from || at + count > z->from + z->held) {
		z->from = at > ZIP_WINDOW / 2 ? at - ZIP_WINDOW / 2 : 0;
		z->held = z->size - z->from < ZIP_WINDOW ? z->size - z->from : ZIP_WINDOW;
		if (!bytes_read(z->file, (int64_t)z->from, z->window, z->held))
			mosaic_fail("%s: cannot be read at byte %llu", z->path, (unsigned long long)z->from);
	}
	return z->window + (at - z->from);
}

static uint64_t little(struct zip *z, uint64_t at, int bytes)
{
	const unsigned char *from = bytes_at(z, at, (uint64_t)bytes);
	uint64_t n = 0;
	for (int i = bytes - 1; i >= 0; i--)
		n = n << 8 | from[i];
	return n;
}

/* Where the directory begins: the end record is searched from the end of the file. */
static uint64_t directory(struct zip *z, uint64_t *entries)
{
	if (z->size == 0)
		mosaic_fail("%s: the file is empty", z->path);
	for (size_t back = 22; back <= z->size && back < 22 + 65536; back++) {
		uint64_t at = z->size - back;
		if (little(z, at, 4) != 0x06054b50)
			continue;
		*entries = little(z, at + 10, 2);
		uint64_t first = little(z, at + 16, 4);
		if (*entries != 0xFFFF && first != 0xFFFFFFFF)
			return first;
		uint64_t wide = at >= 20 && little(z, at - 20, 4) == 0x07064b50 ? little(z, at - 12, 8) : z->size;
		*entries = little(z, wide + 32, 8);
		return little(z, wide + 48, 8);
	}
	mosaic_fail("%s: is no .npz file, or is cut off: the directory at its end is missing", z->path);
}

struct member { uint64_t method, packed, size, header; uint32_t crc; };

/* Sizes beyond 32 bits stand in an extra field, in this order. */
static void wide_sizes(struct zip *z, uint64_t extra, uint64_t length, struct member *m)
{
	for (uint64_t at = extra; at + 4 <= extra + length; at += 4 + little(z, at + 2, 2)) {
		uint64_t *const fields[] = {&m->size, &m->packed, &m->header}, from = at + 4;
		int k = 0;
		for (int i = 0; little(z, at, 2) == 1 && i < 3; i++)
			if (*fields[i] == 0xFFFFFFFF)
				*fields[i] = little(z, from + 8 * (uint64_t)k++, 8);
	}
}

static struct member find_member(struct zip *z, const char *name)
{
	uint64_t entries, at = directory(z, &entries);
	char names[400] = "";
	for (uint64_t i = 0; i < entries; i++) {
		if (little(z, at, 4) != 0x02014b50)
			mosaic_fail("%s: its directory is damaged at byte %llu", z->path, (unsigned long long)at);
		struct member m = {little(z, at + 10, 2), little(z, at + 20, 4), little(z, at + 24, 4), little(z, at + 42, 4), (uint32_t)little(z, at + 16, 4)};
		uint64_t n = little(z, at + 28, 2), extra = little(z, at + 30, 2);
		const char *found = (const char *)bytes_at(z, at + 46, n);
		if (n == strlen(name) + 4 && memcmp(found, name, n - 4) == 0 && memcmp(found + n - 4, ".npy", 4) == 0) {
			wide_sizes(z, at + 46 + n, extra, &m);
			return m;
		}
		size_t used = strlen(names);
		snprintf(names + used, sizeof names - used, "%s%.*s", used ? ", " : "", (int)(n > 4 && n < 100 ? n - 4 : 0), found);
		at += 46 + n + extra + little(z, at + 32, 2);
	}
	mosaic_fail("%s: there is no array '%s'; there are: %s", z->path, name, names);
}

/* An array on its way out of the archive, some bytes at a time. */
enum { PIECE = 1 << 18 };
struct unpacking {
	const struct zip *z;
	const char *name;
	const struct member *m;
	uint64_t from, packed;              /* where the rest lies, and how much of it */
	uint32_t crc;
	z_stream s;
	int status;
	struct scratch to;                  /* where large ones go */
	unsigned char in[PIECE], out[PIECE];
};

/* What it took goes first. */
#define unpack_fail(u, ...) (unpack_free(u), mosaic_fail(__VA_ARGS__))
static void unpack_free(struct unpacking *u)
{
	if (u->m->method == 8)
		inflateEnd(&u->s);
	scratch_close(&u->to);
	free(u);
}

static void packed_bytes(struct unpacking *u, void *out, size_t count)
{
	if (!bytes_read(u->z->file, (int64_t)u->from, out, count))
		unpack_fail(u, "%s: array '%s' is cut off or damaged", u->z->path, u->name);
	u->from += count;
	u->packed -= count;
}

/* Goes on while there is room behind it and the data does not end; true: it has ended. */
static bool inflate_some(struct unpacking *u)
{
	do {
		if (u->s.avail_in == 0 && u->packed) {
			u->s.avail_in = (uInt)(u->packed < PIECE ? u->packed : PIECE);
			u->s.next_in = u->in;
			packed_bytes(u, u->in, u->s.avail_in);
		}
		u->status = inflate(&u->s, Z_NO_FLUSH);
	} while (u->status == Z_OK && u->s.avail_out);
	return u->status == Z_STREAM_END;
}

/* The next bytes of the array. */
static void unpack(struct unpacking *u, void *out, size_t count)
{
	if (u->m->method == 8) {
		u->s.next_out = out;
		u->s.avail_out = (uInt)count;
		if ((!inflate_some(u) && u->status != Z_OK) || u->s.avail_out)
			unpack_fail(u, "%s: array '%s' cannot be unpacked; the file is damaged", u->z->path, u->name);
	} else {
		packed_bytes(u, out, count);
	}
	u->crc = (uint32_t)crc32(u->crc, out, (uInt)count);
}

/* Behind the last byte: the end that the data tells, and its checksum. */
static void unpack_end(struct unpacking *u)
{
	while (u->m->method == 8 && u->status == Z_OK)
		inflate_some(u);
	if (u->m->method == 8 && u->status != Z_STREAM_END)
		unpack_fail(u, "%s: array '%s' cannot be unpacked; the file is damaged", u->z->path, u->name);
	if (u->crc != u->m->crc)
		unpack_fail(u, "%s: array '%s' is damaged: its checksum is wrong", u->z->path, u->name);
}

static struct unpacking *unpack_begin(const struct zip *z, const char *name, const struct member *m, uint64_t from)
{
	struct unpacking *u = calloc(1, sizeof *u);
	if (!u || (m->method == 8 && inflateInit2(&u->s, -15) != Z_OK))
		mosaic_fail("%s: not enough memory", z->path);
	u->z = z;
	u->name = name;
	u->m = m;
	u->from = from;
	u->packed = m->packed;
	u->s.next_out = u->out;
	return u;
}

/* In memory: all of it. */
static char *unpack_whole(const struct zip *z, const char *name, const struct member *m, uint64_t from)
{
	char *plain = malloc(m->size + 1);
	if (!plain)
		mosaic_fail("%s: not enough memory for the %llu bytes of '%s'", z->path, (unsigned long long)m->size, name);
	struct unpacking *u = unpack_begin(z, name, m, from);
	for (uint64_t at = 0, count; at < m->size; at += count) {
		count = m->size - at < PIECE ? m->size - at : PIECE;
		unpack(u, plain + at, count);
	}
	unpack_end(u);
	unpack_free(u);
	return plain;
}

/* Where it can be read at any place: what is packed goes into a file without a name. Once for all runs of the process. */
static FILE *unpack_large(const struct zip *z, const char *name, const struct member *m, uint64_t from)
{
	FILE *known = file_known(z->file, m->header + 1);
	if (known)
		return known;
	struct unpacking *u = unpack_begin(z, name, m, from);
	bool packed = m->method == 8, ok = true;
	if (packed)
		u->to = scratch_open(z->path);
	ok = !packed || u->to.file;
	for (uint64_t at = 0, count; ok && at < m->size; at += count) {
		count = m->size - at < PIECE ? m->size - at : PIECE;
		unpack(u, u->out, count);
		ok = !packed || scratch_write(&u->to, u->out, count);
	}
	if (!ok || (packed && fflush(u->to.file) != 0)) {
		struct scratch full = u->to;
		int error = errno;
		u->to.file = NULL;
		unpack_free(u);
		errno = error;
		scratch_fail(&full);
	}
	unpack_end(u);
	FILE *file = packed ? u->to.file : z->file;
	u->to.file = NULL;
	unpack_free(u);
	return file_keep(z->file, m->header + 1, file);
}

enum { HEAD = 1 << 17 };

/* Type, shape and place of an array of which `plain` is the beginning. */
static void read_array(struct values *v, const struct zip *z, const struct member *m, const char *plain, uint64_t size)
{
	read_header(v, plain, size, 0);
	int64_t bytes = values_count(v, true) * v->bytes;
	if (bytes > (int64_t)m->size - v->offset)
		mosaic_fail("%s: array '%s' is cut off: its %lld samples need %lld bytes, %lld are there", z->path, v->name, (long long)v->shape[0], (long long)bytes, (long long)m->size - v->offset);
}

static void read_member(struct values *v, struct zip *z, const char *name, int64_t in_memory)
{
	struct member m = find_member(z, name);
	*v = (struct values){.path = z->path, .name = name};
	if (little(z, m.header, 4) != 0x04034b50)
		mosaic_fail("%s: array '%s' is damaged at byte %llu", z->path, name, (unsigned long long)m.header);
	uint64_t from = m.header + 30 + little(z, m.header + 26, 2) + little(z, m.header + 28, 2);
	if (m.method != 0 && m.method != 8)
		mosaic_fail("%s: array '%s' is packed in a way that is not known (%d); use numpy.savez or numpy.savez_compressed", z->path, name, (int)m.method);
	if (from > z->size || m.packed > z->size - from || (m.method == 0 && m.packed != m.size) || m.size / 1100 > m.packed)
		mosaic_fail("%s: array '%s' is cut off or damaged", z->path, name);
	if (m.size <= (uint64_t)in_memory) {
		char *plain = unpack_whole(z, name, &m, from);
		read_array(v, z, &m, plain, m.size);
		memmove(plain, plain + v->offset, m.size - (uint64_t)v->offset);
		v->offset = -1;
		v->memory = plain;
		return;
	}
	FILE *file = unpack_large(z, name, &m, from);
	char head[HEAD];
	size_t size = m.size < HEAD ? m.size : HEAD;
	from = m.method == 8 ? 0 : from;
	if (!bytes_read(file, (int64_t)from, head, size))
		mosaic_fail("%s: array '%s' is cut off or damaged", z->path, name);
	read_array(v, z, &m, head, size);
	v->offset += (int64_t)from;
	v->archive = file;
}

void npz_init(struct npz *self)
{
	reader_check("npz", self->path, "path", self->batch_size);
	if (self->in_memory < 0)
		mosaic_fail("npz: in_memory (%lld) is a number of bytes", (long long)self->in_memory);
}

void npz_prepare(struct npz *self, mosaic_data *data)
{
	struct values x, y;
	struct zip *z = malloc(sizeof *z);
	if (!z)
		mosaic_fail("%s: not enough memory", self->path);
	z->path = self->path;
	z->file = file_open(self->path);
	fseeko(z->file, 0, SEEK_END);
	z->size = (uint64_t)ftello(z->file);
	z->from = z->held = 0;
	mosaic_long_read(true);
	read_member(&x, z, self->inputs, self->in_memory);
	read_member(&y, z, self->targets, self->in_memory);
	mosaic_long_read(false);
	free(z);
	values_samples(&x);
	values_samples(&y);
	READER_ADD(self, data, &x, &y, self->target_kind);
}

void npz_info(const struct npz *self, mosaic_info *info)
{
	reader_tell(info, self->batch_size, self->input_size, self->output_size, self->rank, self->shape);
}
