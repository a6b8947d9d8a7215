/* idx.c: samples from IDX files, the format of MNIST, plain or packed with gzip. Plain bytes are mapped. */
#include <mosaic.h>
#include <unistd.h>
#include <zlib.h>

#include "reader.h"
MOSAIC_PKG("zlib");

/* Samples from two IDX files, such as train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz. */
struct idx {
	const char *inputs, *targets;       /* the files */
	enum reader_target target_kind MOSAIC_DEFAULT(label); /* label: classes 0, 1, ... for CrossEntropyLoss */
	int batch_size MOSAIC_DEFAULT(32);  /* samples a step */
	bool shuffle MOSAIC_DEFAULT(true);  /* a new order of the train part each epoch */
	bool drop_last MOSAIC_DEFAULT(false); /* leave out a last batch that is not full */
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

/* Exactly `size` bytes. */
static void read_bytes(gzFile f, const char *path, void *to, int64_t size)
{
	int64_t got = 0;
	while (got < size) {
		unsigned chunk = (unsigned)(size - got < 1 << 30 ? size - got : 1 << 30);
		int n = gzread(f, (char *)to + got, chunk), error;
		const char *why = gzerror(f, &error);
		if (n < 0 || (n == 0 && error < 0))
			mosaic_fail("%s: cannot be unpacked behind byte %lld: %s; the file is cut off or damaged", path, (long long)got, error == Z_BUF_ERROR ? "unexpected end of file" : why);
		if (n == 0)
			mosaic_fail("%s: is cut off: %lld bytes are expected here, %lld are there", path, (long long)size, (long long)got);
		got += n;
	}
}

static void read_idx(struct values *v, const char *path)
{
	static const struct { unsigned char code; char kind; int bytes; } types[] = {{8, 'u', 1}, {9, 'i', 1}, {11, 'i', 2}, {12, 'i', 4}, {13, 'f', 4}, {14, 'f', 8}};
	unsigned char head[4 + 4 * 8];
	gzFile f = open_packed(path);
	*v = (struct values){.path = path, .name = "", .swapped = true};
	read_bytes(f, path, head, 4);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].code == head[2] && head[0] == 0 && head[1] == 0) {
			v->kind = types[i].kind;
			v->bytes = types[i].bytes;
		}
	v->rank = head[3];
	if (!v->bytes || v->rank < 1 || v->rank > 8)
		mosaic_fail("%s: is no IDX file: it begins with the bytes %02x %02x %02x %02x; 00 00, a type and 01 to 08 are expected", path, head[0], head[1], head[2], head[3]);
	read_bytes(f, path, head + 4, 4 * v->rank);
	for (int i = 0; i < v->rank; i++)
		v->shape[i] = (int64_t)head[4 + 4 * i] << 24 | head[5 + 4 * i] << 16 | head[6 + 4 * i] << 8 | head[7 + 4 * i];
	values_samples(v);
	int64_t size = values_count(v, true) * v->bytes;
	v->offset = gzdirect(f) && v->bytes == 1 ? 4 + 4 * v->rank : -1;
	if (v->offset < 0) {
		v->memory = malloc((size_t)size);
		if (!v->memory)
			mosaic_fail("%s: not enough memory for its %lld bytes", path, (long long)size);
		read_bytes(f, path, v->memory, size);
	} else {
		gzclose(f);
		FILE *plain = mosaic_open(path, "rb");
		fseeko(plain, 0, SEEK_END);
		if (ftello(plain) - v->offset < size)
			mosaic_fail("%s: is cut off: its %lld samples need %lld bytes, %lld are there", path, (long long)v->shape[0], (long long)size, (long long)(ftello(plain) - v->offset));
		fclose(plain);
		return;
	}
	gzclose(f);
}

void idx_init(struct idx *self)
{
	reader_check("idx", self->inputs, "inputs", self->batch_size);
	reader_check("idx", self->targets, "targets", self->batch_size);
}

void idx_prepare(struct idx *self, mosaic_data *data)
{
	struct values x, y;
	read_idx(&x, self->inputs);
	read_idx(&y, self->targets);
	READER_ADD(self, data, &x, &y, self->target_kind);
}

void idx_info(const struct idx *self, mosaic_info *info)
{
	reader_tell(info, self->batch_size, self->input_size, self->output_size, self->rank, self->shape);
}
