/* hdf5.c: samples from two datasets of an HDF5 file. Small ones are read whole; larger ones are streamed, some samples at a time, by the thread that
** reads ahead. */
#include <mosaic.h>
#include <hdf5.h>

#include "reader.h"
MOSAIC_PKG("hdf5");

/* Samples from two datasets of an HDF5 file. Axis 0 are the samples. */
struct hdf5 {
	const char *path;                   /* the file */
	const char *inputs MOSAIC_DEFAULT("input"), *targets MOSAIC_DEFAULT("output"); /* names of the datasets: "group/x" */
	enum reader_target target_kind MOSAIC_DEFAULT(number); /* label: classes 0, 1, ... for CrossEntropyLoss */
	int64_t in_memory MOSAIC_DEFAULT(268435456); /* datasets of more bytes are streamed */
	int batch_size MOSAIC_DEFAULT(32);  /* samples a step */
	bool shuffle MOSAIC_DEFAULT(true);  /* a new order of the train part each epoch */
	bool drop_last MOSAIC_DEFAULT(false); /* leave out a last batch that is not full */
	int input_size MOSAIC_DERIVED, output_size MOSAIC_DERIVED, rank MOSAIC_DERIVED;
	int64_t shape[8] MOSAIC_DERIVED;    /* of an input */
};

static herr_t first_reason(unsigned n, const H5E_error2_t *error, void *out)
{
	(void)n;
	if (!*(char *)out && error->desc)
		snprintf(out, 200, "%s", error->desc);
	return 0;
}

/* What HDF5 says about its last failure, the innermost reason. */
static const char *reason(char out[200])
{
	*out = '\0';
	H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, first_reason, out);
	return *out ? out : "no reason is given";
}

static hid_t open_hdf5(const char *path)
{
	char why[200];
	size_t size = 0;
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	FILE *f = mosaic_open(path, "rb");  /* counts in the identity of the run */
	fseeko(f, 0, SEEK_END);
	size = (size_t)ftello(f);
	fclose(f);
	if (size == 0)
		mosaic_fail("%s: the file is empty", path);
	if (H5Fis_hdf5(path) <= 0)
		mosaic_fail("%s: is no HDF5 file, or damaged at its beginning", path);
	hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
	if (file < 0)
		mosaic_fail("%s: cannot be opened as HDF5: %s", path, reason(why));
	return file;
}

static herr_t add_name(hid_t group, const char *name, const H5L_info_t *info, void *out)
{
	(void)info;
	size_t used = strlen(out);
	hid_t inner = H5Gopen2(group, name, H5P_DEFAULT);
	snprintf((char *)out + used, 400 - used, "%s%s%s", used ? ", " : "", name, inner < 0 ? "" : "/...");
	if (inner >= 0)
		H5Gclose(inner);
	return 0;
}

/* Type and shape of a dataset; numbers are read as int32, int64, uint8, float32 or float64, whatever the file has. */
static hid_t open_dataset(hid_t file, const char *path, const char *name, struct values *v)
{
	char why[200], names[400] = "", shown[600];
	hid_t set = *name ? H5Dopen2(file, name, H5P_DEFAULT) : -1;
	*v = (struct values){.path = path, .name = name, .offset = -1};
	if (set < 0) {
		reason(why);
		H5Literate(file, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_name, names);
		mosaic_fail("%s: there is no dataset '%s'; there are: %s", path, name, *names ? names : "none");
	}
	hid_t space = H5Dget_space(set), type = H5Dget_type(set);
	H5T_class_t kind = H5Tget_class(type);
	hsize_t shape[H5S_MAX_RANK];
	v->rank = H5Sget_simple_extent_ndims(space);
	if (kind != H5T_FLOAT && kind != H5T_INTEGER)
		mosaic_fail("%s: does not hold numbers; integers and floats are read", values_name(v, shown, sizeof shown));
	if (v->rank < 1 || v->rank > 9)
		mosaic_fail("%s: has %d axes; an array of samples has 1 to 9, axis 0 are the samples", values_name(v, shown, sizeof shown), v->rank);
	H5Sget_simple_extent_dims(space, shape, NULL);
	for (int i = 0; i < v->rank; i++)
		v->shape[i] = shape[i] < INT64_MAX / 16 ? (int64_t)shape[i] : -1;
	size_t bytes = H5Tget_size(type);
	v->kind = kind == H5T_FLOAT ? 'f' : bytes == 1 && H5Tget_sign(type) == H5T_SGN_NONE ? 'u' : 'i';
	v->bytes = v->kind == 'f' ? bytes <= 4 ? 4 : 8 : v->kind == 'u' ? 1 : bytes < 4 || (bytes == 4 && H5Tget_sign(type) != H5T_SGN_NONE) ? 4 : 8;
	H5Tclose(type);
	H5Sclose(space);
	values_samples(v);
	return set;
}

static hid_t memory_type(const struct values *v)
{
	if (v->kind == 'u')
		return H5T_NATIVE_UINT8;
	if (v->kind == 'i')
		return v->bytes == 4 ? H5T_NATIVE_INT32 : H5T_NATIVE_INT64;
	return v->bytes == 4 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
}

static void read_samples(hid_t set, const struct values *v, int64_t first, int64_t count, void *out)
{
	hsize_t start[9] = {(hsize_t)first}, size[9] = {(hsize_t)count};
	char why[200], name[600];
	for (int i = 1; i < v->rank; i++)
		size[i] = (hsize_t)v->shape[i];
	hid_t from = H5Dget_space(set), to = H5Screate_simple(v->rank, size, NULL);
	bool ok = from >= 0 && to >= 0 && H5Sselect_hyperslab(from, H5S_SELECT_SET, start, NULL, size, NULL) >= 0 && H5Dread(set, memory_type(v), to, from, H5P_DEFAULT, out) >= 0;
	if (!ok)
		mosaic_fail("%s: samples %lld to %lld cannot be read: %s; the file is cut off or damaged", values_name(v, name, sizeof name), (long long)first, (long long)(first + count - 1), reason(why));
	H5Sclose(from);
	H5Sclose(to);
}

/* ---- streams: as long as the process lives ------------------------------------------------------ */

struct stream { hid_t file, set; struct values v; char path[]; };

static void read_stream(void *context, int64_t first, int64_t count, void *out)
{
	const struct stream *s = context;
	struct mosaic_array a = {.type = (enum mosaic_type)values_type(&s->v)};
	read_samples(s->set, &s->v, first, count, out);
	values_check(&s->v, &a, out, first, count);
}

static int add_stream(mosaic_data *data, enum mosaic_role role, const char *path, const char *name)
{
	size_t path_size = strlen(path) + 1, size = path_size + strlen(name) + 1;
	struct stream *s = malloc(sizeof *s + size);
	int64_t shape[8];
	if (!s)
		mosaic_fail("%s: not enough memory", path);
	memcpy(s->path, path, path_size);
	memcpy(s->path + path_size, name, size - path_size);
	s->file = open_hdf5(s->path);
	s->set = open_dataset(s->file, s->path, s->path + path_size, &s->v);
	int rank = values_shape(&s->v, shape);
	mosaic_stream(data, MOSAIC_TRAIN, role, (enum mosaic_type)values_type(&s->v), role == MOSAIC_INPUT ? "x" : "y", s->v.shape[0], rank, shape, read_stream, s);
	return (int)values_count(&s->v, false);
}

static int add_dataset(const struct hdf5 *self, mosaic_data *data, hid_t set, enum mosaic_role role, struct values *v)
{
	bool labels = role == MOSAIC_TARGET && self->target_kind == label;
	int64_t bytes = values_count(v, true) * v->bytes;
	if (!labels && bytes > self->in_memory)
		return add_stream(data, role, self->path, role == MOSAIC_INPUT ? self->inputs : self->targets);
	v->memory = malloc((size_t)bytes);
	if (!v->memory)
		mosaic_fail("%s: not enough memory for its %lld bytes; with a lower in_memory it is streamed", v->path, (long long)bytes);
	read_samples(set, v, 0, v->shape[0], v->memory);
	return values_add(data, role, self->target_kind, v);
}

/* ---- the class ------------------------------------------------------------------------------ */

void hdf5_init(struct hdf5 *self)
{
	reader_check("hdf5", self->path, "path", self->batch_size);
	if (self->in_memory < 0)
		mosaic_fail("hdf5: in_memory (%lld) is a number of bytes", (long long)self->in_memory);
}

void hdf5_prepare(struct hdf5 *self, mosaic_data *data)
{
	struct values x, y;
	hid_t file = open_hdf5(self->path), inputs = open_dataset(file, self->path, self->inputs, &x), targets = open_dataset(file, self->path, self->targets, &y);
	values_same(&x, &y);
	self->rank = values_shape(&x, self->shape);
	self->input_size = add_dataset(self, data, inputs, MOSAIC_INPUT, &x);
	self->output_size = add_dataset(self, data, targets, MOSAIC_TARGET, &y);
	mosaic_loader(data, MOSAIC_TRAIN, self->batch_size, self->shuffle, self->drop_last);
	H5Dclose(inputs);
	H5Dclose(targets);
	H5Fclose(file);
}

void hdf5_info(const struct hdf5 *self, mosaic_info *info)
{
	reader_tell(info, self->batch_size, self->input_size, self->output_size, self->rank, self->shape);
}
