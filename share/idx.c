/* idx.c: samples from IDX files, the format of MNIST, plain or packed with gzip. Plain bytes are mapped; what is packed and large is unpacked once,
** into a file without a name, and streamed. */
#include <mosaic.h>
#include <unistd.h>
#include <zlib.h>

#include "reader.h"
#include "scratch.h"
MOSAIC_PKG("zlib");

/* Samples from two IDX files, such as train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz. */
struct idx {
	const char *inputs, *targets;       /* the files */
	enum reader_target target_kind MOSAIC_DEFAULT(label); /* label: classes 0, 1, ... for CrossEntropyLoss */
	int batch_size MOSAIC_DEFAULT(32);  /* samples a step */
	bool shuffle MOSAIC_DEFAULT(true);  /* a new order of the train part each epoch */
	bool drop_last MOSAIC_DEFAULT(false); /* leave out a last batch that is not full */
	int64_t in_memory MOSAIC_DEFAULT(268435456); /* packed files of more bytes are streamed */
	int input_size MOSAIC_DERIVED, output_size MOSAIC_DERIVED, rank MOSAIC_DERIVED;
	int64_t shape[8] MOSAIC_DERIVED;    /* of an input */
};

static gzFile open_packed(const char *path)
{
	FILE *f = mosaic_open(path, "rb");
	int fd = dup(fileno(f));
	fclose(f);
	gzFile packed = fd < 0 ? NULL : gzdopen(fd, "rb");
	if (!packed)
		mosaic_fail("%s: not enough memory", path);
	return packed;
}

/* Exactly `size` bytes from `at` on; without them what was unpacked so far goes. */
static void read_bytes(gzFile f, const char *path, struct scratch *unpacked, void *to, int64_t at, int64_t size)
{
	int64_t got = 0;
	while (got < size) {
		unsigned chunk = (unsigned)(size - got < 1 << 30 ? size - got : 1 << 30);
		int n = gzread(f, (char *)to + got, chunk), error;
		const char *why = gzerror(f, &error);
		if (n <= 0)
			scratch_close(unpacked);
		if (n < 0 || (n == 0 && error < 0))
			mosaic_fail("%s: cannot be unpacked behind byte %lld: %s; the file is cut off or damaged", path, (long long)(at + got), error == Z_BUF_ERROR ? "unexpected end of file" : why);
		if (n == 0)
			mosaic_fail("%s: is cut off: %lld bytes are expected here, %lld are there", path, (long long)(at + size), (long long)(at + got));
		got += n;
	}
}

/* Where samples can be read at any place: a file without a name. Once for all runs of the process. */
static FILE *unpack_large(gzFile f, const char *path, int64_t size)
{
	enum { PIECE = 1 << 18 };
	FILE *packed = file_open(path), *known = file_known(packed, 1);
	if (known)
		return known;
	char *piece = malloc(PIECE);
	struct scratch to = scratch_open(path);
	bool ok = piece && to.file;
	for (int64_t at = 0, count; ok && at < size; at += count) {
		count = size - at < PIECE ? size - at : PIECE;
		read_bytes(f, path, &to, piece, at, count);
		ok = scratch_write(&to, piece, (size_t)count);
	}
	free(piece);
	if (!ok || fflush(to.file) != 0)
		scratch_fail(&to);
	return file_keep(packed, 1, to.file);
}

/* The numbers of a packed file. */
static void unpack_values(struct values *v, gzFile f, int64_t in_memory)
{
	struct scratch none = {0};
	int64_t size = values_count(v, true) * v->bytes;
	if (size > in_memory) {
		v->archive = unpack_large(f, v->path, size);
		v->offset = 0;
		return;
	}
	v->memory = malloc((size_t)size);
	if (!v->memory)
		mosaic_fail("%s: not enough memory for its %lld bytes; with a lower in_memory it is streamed", v->path, (long long)size);
	read_bytes(f, v->path, &none, v->memory, 0, size);
}

/* They are where the header says that they are. */
static void check_size(const struct values *v)
{
	int64_t size = values_count(v, true) * v->bytes;
	FILE *plain = mosaic_open(v->path, "rb");
	fseeko(plain, 0, SEEK_END);
	int64_t there = ftello(plain) - v->offset;
	fclose(plain);
	if (there < size)
		mosaic_fail("%s: is cut off: its %lld samples need %lld bytes, %lld are there", v->path, (long long)v->shape[0], (long long)size, (long long)there);
}

static void read_idx(struct values *v, const char *path, int64_t in_memory)
{
	static const struct { unsigned char code; char kind; int bytes; } types[] = {{8, 'u', 1}, {9, 'i', 1}, {11, 'i', 2}, {12, 'i', 4}, {13, 'f', 4}, {14, 'f', 8}};
	unsigned char head[4 + 4 * 8];
	struct scratch none = {0};
	gzFile f = open_packed(path);
	*v = (struct values){.path = path, .name = "", .swapped = true};
	read_bytes(f, path, &none, head, 0, 4);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].code == head[2] && head[0] == 0 && head[1] == 0) {
			v->kind = types[i].kind;
			v->bytes = types[i].bytes;
		}
	v->rank = head[3];
	if (!v->bytes || v->rank < 1 || v->rank > 8)
		mosaic_fail("%s: is no IDX file: it begins with the bytes %02x %02x %02x %02x; 00 00, a type and 01 to 08 are expected", path, head[0], head[1], head[2], head[3]);
	read_bytes(f, path, &none, head + 4, 4, 4 * v->rank);
	for (int i = 0; i < v->rank; i++)
		v->shape[i] = (int64_t)head[4 + 4 * i] << 24 | head[5 + 4 * i] << 16 | head[6 + 4 * i] << 8 | head[7 + 4 * i];
	values_samples(v);
	const bool plain = gzdirect(f);
	v->offset = plain ? 4 + 4 * v->rank : -1;
	if (!plain)
		unpack_values(v, f, in_memory);
	gzclose(f);
	if (plain)
		check_size(v);
}

void idx_init(struct idx *self)
{
	reader_check("idx", self->inputs, "inputs", self->batch_size);
	reader_check("idx", self->targets, "targets", self->batch_size);
	if (self->in_memory < 0)
		mosaic_fail("idx: in_memory (%lld) is a number of bytes", (long long)self->in_memory);
}

void idx_prepare(struct idx *self, mosaic_data *data)
{
	struct values x, y;
	read_idx(&x, self->inputs, self->in_memory);
	read_idx(&y, self->targets, self->in_memory);
	READER_ADD(self, data, &x, &y, self->target_kind);
}

void idx_info(const struct idx *self, mosaic_info *info)
{
	reader_tell(info, self->batch_size, self->input_size, self->output_size, self->rank, self->shape);
}
