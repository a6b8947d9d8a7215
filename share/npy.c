/* npy.c: samples from NumPy's files. npy: two .npy files; npz: two arrays of one .npz file. Axis 0 are the samples; values that the file holds as memory
** does are mapped, so a .npy file may be larger than memory. The formats: numpy.lib.format and .ZIP (APPNOTE 6.3). */
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
	int input_size MOSAIC_DERIVED, output_size MOSAIC_DERIVED, rank MOSAIC_DERIVED;
	int64_t shape[8] MOSAIC_DERIVED;    /* of an input */
};

struct zip { const char *path; const unsigned char *at; size_t size; };

static uint64_t little(const struct zip *z, uint64_t at, int bytes)
{
	uint64_t n = 0;
	if (at > z->size || (uint64_t)bytes > z->size - at)
		mosaic_fail("%s: is cut off or damaged at byte %llu of %zu", z->path, (unsigned long long)at, z->size);
	for (int i = bytes - 1; i >= 0; i--)
		n = n << 8 | z->at[at + (uint64_t)i];
	return n;
}

/* Where the directory begins: the end record is searched from the end of the file. */
static uint64_t directory(const struct zip *z, uint64_t *entries)
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
static void wide_sizes(const struct zip *z, uint64_t extra, uint64_t length, struct member *m)
{
	for (uint64_t at = extra; at + 4 <= extra + length; at += 4 + little(z, at + 2, 2)) {
		uint64_t *const fields[] = {&m->size, &m->packed, &m->header}, from = at + 4;
		int k = 0;
		for (int i = 0; little(z, at, 2) == 1 && i < 3; i++)
			if (*fields[i] == 0xFFFFFFFF)
				*fields[i] = little(z, from + 8 * (uint64_t)k++, 8);
	}
}

static struct member find_member(const struct zip *z, const char *name)
{
	uint64_t entries, at = directory(z, &entries);
	char names[400] = "";
	for (uint64_t i = 0; i < entries; i++) {
		if (little(z, at, 4) != 0x02014b50)
			mosaic_fail("%s: its directory is damaged at byte %llu", z->path, (unsigned long long)at);
		struct member m = {little(z, at + 10, 2), little(z, at + 20, 4), little(z, at + 24, 4), little(z, at + 42, 4), (uint32_t)little(z, at + 16, 4)};
		uint64_t n = little(z, at + 28, 2), extra = little(z, at + 30, 2);
		little(z, at + 46 + n, 0);
		const char *found = (const char *)z->at + at + 46;
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

static void inflate_member(const struct zip *z, const char *name, const struct member *m, uint64_t from, char *out)
{
	z_stream s = {.next_in = (Bytef *)z->at + from};
	uint64_t in = m->packed, room = m->size;
	int status = inflateInit2(&s, -15);
	s.next_out = (Bytef *)out;
	while (status == Z_OK) {                /* zlib counts in 32 bits */
		s.avail_in = (uInt)(in < 1 << 30 ? in : 1 << 30);
		s.avail_out = (uInt)(room < 1 << 30 ? room : 1 << 30);
		uint64_t given = s.avail_in, taken = s.avail_out;
		status = inflate(&s, Z_NO_FLUSH);
		in -= given - s.avail_in;
		room -= taken - s.avail_out;
	}
	inflateEnd(&s);
	if (status != Z_STREAM_END || room)
		mosaic_fail("%s: array '%s' cannot be unpacked; the file is damaged", z->path, name);
}

static void read_member(struct values *v, const struct zip *z, const char *name)
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
	char *plain = malloc(m.size + 1);
	if (!plain)
		mosaic_fail("%s: not enough memory for the %llu bytes of '%s'", z->path, (unsigned long long)m.size, name);
	if (m.method == 8)
		inflate_member(z, name, &m, from, plain);
	else
		memcpy(plain, z->at + from, m.size);
	uint32_t crc = 0;
	for (uint64_t at = 0; at < m.size; at += 1 << 30)
		crc = (uint32_t)crc32(crc, (const Bytef *)plain + at, (uInt)(m.size - at < 1 << 30 ? m.size - at : 1 << 30));
	if (crc != m.crc)
		mosaic_fail("%s: array '%s' is damaged: its checksum is wrong", z->path, name);
	read_header(v, plain, m.size, 0);
	int64_t bytes = values_count(v, true) * v->bytes;
	if (bytes > (int64_t)m.size - v->offset)
		mosaic_fail("%s: array '%s' is cut off: its %lld samples need %lld bytes, %lld are there", z->path, name, (long long)v->shape[0], (long long)bytes, (long long)m.size - v->offset);
	memmove(plain, plain + v->offset, (size_t)bytes);
	v->offset = -1;
	v->memory = plain;
}

void npz_init(struct npz *self)
{
	reader_check("npz", self->path, "path", self->batch_size);
}

void npz_prepare(struct npz *self, mosaic_data *data)
{
	struct values x, y;
	size_t size;
	void *text = mosaic_read_file(self->path, &size);
	struct zip z = {self->path, text, size};
	read_member(&x, &z, self->inputs);
	read_member(&y, &z, self->targets);
	free(text);
	values_samples(&x);
	values_samples(&y);
	READER_ADD(self, data, &x, &y, self->target_kind);
}

void npz_info(const struct npz *self, mosaic_info *info)
{
	reader_tell(info, self->batch_size, self->input_size, self->output_size, self->rank, self->shape);
}
