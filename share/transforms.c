/* transforms.c: what is done with samples between the file and the network. Each class is a module of data_scheme, behind the one that reads the
** data; they work on any source: memory, mapped files, streams. What is fitted is fitted on the train part and kept with the model.
**
**   data_scheme = dataset, split, scaling, noise
**   [standard]
**   type = scaling
**   class = standard_scaling
**   path_to_class = share/transforms.c
**   key = standard */
#include <math.h>
#include <mosaic.h>
#include <stdlib.h>
#include <string.h>

static int64_t numbers(const struct mosaic_array *a)
{
	int64_t n = 1;
	for (int i = 0; i < a->rank; i++)
		n *= a->shape[i];
	return n;
}

static void need_data(const char *class, mosaic_data *data)
{
	if (!mosaic_get(data, MOSAIC_TRAIN, 0) || !mosaic_samples(data, MOSAIC_TRAIN))
		mosaic_fail("%s: there are no samples yet; put it behind a module that reads some", class);
}

static void *room(size_t count, size_t size)
{
	void *p = calloc(count + 1, size);
	if (!p)
		mosaic_fail("transforms: not enough memory for %zu numbers", count);
	return p;
}

/* ---- parts ---------------------------------------------------------------------------------- */

/* Deals samples to train, validation and test. */
struct split {
	double train_prop MOSAIC_DEFAULT(0.8); /* share of the samples to train on */
	double validation_prop MOSAIC_DEFAULT(0); /* share of the samples to validate with; what is left tests */
	int folds MOSAIC_DEFAULT(0);        /* cross-validation with so many parts instead of the two shares; 0: none */
	int fold MOSAIC_DEFAULT(1);         /* which part tests, 1 to folds: {1-5} */
	bool in_order MOSAIC_DEFAULT(false); /* train, validation, test as in the file; else by the seed of the run */
};

void split_init(struct split *self)
{
	if (!(self->train_prop > 0 && self->validation_prop >= 0 && self->train_prop + self->validation_prop < 1))
		mosaic_fail("split: train_prop (%g) and validation_prop (%g) are shares that leave some samples to test", self->train_prop, self->validation_prop);
	if (self->folds < 0 || self->folds == 1 || (self->folds && (self->fold < 1 || self->fold > self->folds)))
		mosaic_fail("split: fold (%d) must be 1 to folds (%d), and folds 0 or at least 2", self->fold, self->folds);
}

/* Numbers of the samples: the test part stands last, before it validation. */
static int64_t *split_order(const struct split *self, int64_t count, int64_t test_end, const mosaic_run_info *run)
{
	int64_t *order = room((size_t)count, sizeof *order), *out = room((size_t)count, sizeof *out);
	mosaic_random random = mosaic_random_for(run, "split");
	if (!self->in_order)
		mosaic_random_permutation(&random, count, order);
	for (int64_t i = 0; i < count; i++)
		out[i] = self->in_order ? (i + test_end) % count : order[(i + test_end) % count];
	free(order);
	return out;
}

void split_prepare(const struct split *self, mosaic_data *data, const mosaic_run_info *run)
{
	need_data("split", data);
	if (mosaic_samples(data, MOSAIC_TEST) || mosaic_samples(data, MOSAIC_VALIDATION))
		mosaic_fail("split: the data has a %s part already; leave split out", mosaic_samples(data, MOSAIC_TEST) ? "test" : "validation");
	int64_t all = mosaic_samples(data, MOSAIC_TRAIN), end = 0;
	int64_t train = (int64_t)((double)all * self->train_prop + 0.5), validation = (int64_t)((double)all * self->validation_prop + 0.5);
	if (self->folds) {
		end = self->fold * all / self->folds;
		train = all - (end - (self->fold - 1) * all / self->folds);
		validation = 0;
	}
	int64_t test = all - train - validation;
	if (train < 1 || test < 1 || (validation < 1 && self->validation_prop > 0 && !self->folds))
		mosaic_fail("split: %lld samples make %lld to train, %lld to validate, %lld to test; each part needs one at least: change train_prop, validation_prop or folds",
			(long long)all, (long long)train, (long long)validation, (long long)test);
	int64_t *order = split_order(self, all, end, run);
	const int64_t *rows[MOSAIC_SPLITS] = {[MOSAIC_TRAIN] = order, [MOSAIC_VALIDATION] = order + train, [MOSAIC_TEST] = order + train + validation};
	mosaic_divide(data, rows, (int64_t[]){[MOSAIC_TRAIN] = train, [MOSAIC_VALIDATION] = validation, [MOSAIC_TEST] = test});
	free(order);
}

enum shuffle_when { each_epoch, once };

/* Mixes the samples to train on. */
struct shuffle {
	enum shuffle_when when MOSAIC_DEFAULT(each_epoch); /* once: before the first epoch */
};

void shuffle_prepare(const struct shuffle *self, mosaic_data *data, const mosaic_run_info *run)
{
	int batch_size;
	bool shuffle, drop_last;
	need_data("shuffle", data);
	mosaic_loader_get(data, MOSAIC_TRAIN, &batch_size, &shuffle, &drop_last);
	if (self->when == each_epoch) {
		mosaic_loader(data, MOSAIC_TRAIN, batch_size, true, drop_last);
		return;
	}
	int64_t count = mosaic_samples(data, MOSAIC_TRAIN), *order = room((size_t)count, sizeof *order);
	mosaic_random random = mosaic_random_for(run, "shuffle");
	mosaic_random_permutation(&random, count, order);
	mosaic_divide(data, (const int64_t *[MOSAIC_SPLITS]){order}, (int64_t[MOSAIC_SPLITS]){count});
	free(order);
}

enum what_is_changed { inputs, targets };

/* ---- scaling -------------------------------------------------------------------------------- */

/* One straight line a number of a sample: (value - from) * by + to. It goes with the samples that it is for when these are loaded, so it has no pointers. */
struct line { double from, by, to; };

/* Larger ones stay as they are in memory or in their file, and are scaled each time that they are loaded: memory would not hold what changes in a mapped file. */
enum { SCALED_IN_MEMORY = 1 << 24 };

static void scale_loaded(const void *context, const struct mosaic_array *a, double *sample, mosaic_random *random)
{
	const struct line *lines = context;
	(void)random;
	for (int64_t k = 0, n = numbers(a); k < n; k++)
		sample[k] = (sample[k] - lines[k].from) * lines[k].by + lines[k].to;
}

static void scale(mosaic_data *data, enum mosaic_split split, struct mosaic_array *a, const struct line *lines)
{
	int64_t n = numbers(a), count = n * a->samples;
	bool grows = mosaic_in_file(data, a) || (a->type != MOSAIC_FLOAT32 && a->type != MOSAIC_FLOAT64);
	if (!a->at || mosaic_changing(data, a) || (grows && count > SCALED_IN_MEMORY)) {
		mosaic_each_load(data, split, a, "scaling", scale_loaded, lines, (size_t)n * sizeof *lines);
		return;
	}
	struct mosaic_array old = *a;
	if (a->type != MOSAIC_FLOAT32 && a->type != MOSAIC_FLOAT64)
		old = mosaic_remake(data, a, MOSAIC_FLOAT64, a->samples, a->rank, a->shape);
	for (int64_t i = 0; i < count; i++) {
		const struct line *line = &lines[i % n];
		mosaic_set_value(a, i, (mosaic_value(&old, i) - line->from) * line->by + line->to);
	}
}

struct moments { double mean, squares, low, high; };

/* Of each number of a sample, over the train part; some samples at a time. */
static struct moments *moments_of(const char *class, mosaic_data *data, const struct mosaic_array *a)
{
	int64_t n = numbers(a), chunk = 65536 / n + 1, seen = 0;
	struct moments *m = room((size_t)n, sizeof *m);
	double *values = room((size_t)(chunk * n), sizeof *values);
	while (seen < a->samples) {
		int64_t count = a->samples - seen < chunk ? a->samples - seen : chunk;
		mosaic_read(data, a, seen, count, values);
		for (int64_t i = 0; i < count * n; i++) {
			struct moments *o = &m[i % n];
			double v = values[i], d = v - o->mean, k = (double)(seen + i / n + 1);
			if (!isfinite(v))
				mosaic_fail("%s: '%s' of sample %lld of the train part is %g; correct the data, or leave such samples out", class, a->name, (long long)(seen + i / n), v);
			o->mean += d / k;
			o->squares += d * (v - o->mean);
			o->low = k == 1 || v < o->low ? v : o->low;
			o->high = k == 1 || v > o->high ? v : o->high;
		}
		seen += count;
	}
	free(values);
	return m;
}

enum fitting { standard, minmax };

/* Keeps three numbers a number of a sample. One that never changes is only moved. */
static void fit(const char *class, mosaic_data *data, bool of_targets, enum fitting how, double low, double high)
{
	struct mosaic_array *a;
	char name[32];
	need_data(class, data);
	for (int index = 0; (a = mosaic_get(data, MOSAIC_TRAIN, index)); index++) {
		if ((a->role == MOSAIC_TARGET) != of_targets)
			continue;
		int64_t n = numbers(a);
		mosaic_long_read(true);
		struct moments *m = moments_of(class, data, a);
		mosaic_long_read(false);
		struct line *lines = room((size_t)n, sizeof *lines);
		for (int64_t k = 0; k < n; k++) {
			double width = how == standard ? sqrt(m[k].squares / (double)a->samples) : m[k].high - m[k].low;
			lines[k] = (struct line){how == standard ? m[k].mean : m[k].low, width > 0 ? (high - low) / width : 1, low};
		}
		snprintf(name, sizeof name, "lines_%d", index);
		mosaic_keep(data, name, 3 * n, &lines->from);
		free(lines);
		free(m);
	}
}

/* The same in training and in `predict`, which has inputs only. */
static void apply(const char *class, mosaic_data *data, bool of_targets)
{
	struct mosaic_array *a;
	char name[32];
	for (int s = MOSAIC_TRAIN; s < MOSAIC_SPLITS; s++)
		for (int index = 0; (a = mosaic_get(data, (enum mosaic_split)s, index)); index++) {
			int64_t count;
			if ((a->role == MOSAIC_TARGET) != of_targets)
				continue;
			snprintf(name, sizeof name, "lines_%d", index);
			const double *lines = mosaic_kept(data, name, &count);
			if (!lines || count != 3 * numbers(a))
				mosaic_fail("%s: a sample of '%s' has %lld numbers, the scaling was fitted to %lld", class, a->name, (long long)numbers(a), (long long)(count / 3));
			scale(data, (enum mosaic_split)s, a, (const struct line *)lines);
		}
}

/* Each number of a sample to mean 0 and deviation 1, as the train part has them. */
struct standard_scaling {
	enum what_is_changed scaled MOSAIC_DEFAULT(inputs); /* targets: predictions are then scaled, too */
};

void standard_scaling_prepare(const struct standard_scaling *self, mosaic_data *data)
{
	fit("standard_scaling", data, self->scaled == targets, standard, 0, 1);
}

void standard_scaling_transform(const struct standard_scaling *self, mosaic_data *data)
{
	apply("standard_scaling", data, self->scaled == targets);
}

/* Each number of a sample to the range from low to high, as the train part has them. */
struct minmax_scaling {
	double low MOSAIC_DEFAULT(0), high MOSAIC_DEFAULT(1); /* where the least and the greatest value of the train part go */
	enum what_is_changed scaled MOSAIC_DEFAULT(inputs); /* targets: predictions are then scaled, too */
};

void minmax_scaling_init(struct minmax_scaling *self)
{
	if (!(self->low < self->high))
		mosaic_fail("minmax_scaling: low (%g) must be less than high (%g)", self->low, self->high);
}

void minmax_scaling_prepare(const struct minmax_scaling *self, mosaic_data *data)
{
	fit("minmax_scaling", data, self->scaled == targets, minmax, self->low, self->high);
}

void minmax_scaling_transform(const struct minmax_scaling *self, mosaic_data *data)
{
	apply("minmax_scaling", data, self->scaled == targets);
}

/* ---- labels --------------------------------------------------------------------------------- */

/* Labels 0, 1, ... become vectors with a 1 at the place of the label. */
struct one_hot {
	enum what_is_changed encoded MOSAIC_DEFAULT(targets); /* inputs: each number of a sample is a label */
	int classes MOSAIC_DEFAULT(0);      /* 0: as many as the data has */
	int size MOSAIC_DERIVED;
};

static double label_checked(const struct mosaic_array *a, int64_t i, double v)
{
	if (!(v >= 0 && v < 1e6 && v == floor(v)))
		mosaic_fail("one_hot: '%s' of sample %lld is %g; labels are 0, 1, ...", a->name, (long long)(i / numbers(a)), v);
	return v;
}

/* What samples become that are loaded one at a time. */
static void one_hot_loaded(const void *context, const struct mosaic_array *before, const double *sample, double *out)
{
	int classes = *(const int *)context;
	for (int64_t i = 0, n = numbers(before); i < n; i++) {
		double label = label_checked(before, i, sample[i]);
		if (label >= classes)
			mosaic_fail("one_hot: '%s' of a sample is %g; there are the labels 0 to %d", before->name, label, classes - 1);
		out[i * classes + (int64_t)label] = 1;
	}
}

static void widen(mosaic_data *data, struct mosaic_array *a, int classes)
{
	int64_t shape[9], n = numbers(a);
	int rank = a->rank && !(a->rank == 1 && n == 1) ? a->rank : 0;
	if (rank == 8)
		mosaic_fail("one_hot: '%s' has 8 axes; there is no room for one more", a->name);
	memcpy(shape, a->shape, (size_t)rank * sizeof *shape);
	shape[rank] = classes;
	if (!a->at) {
		mosaic_remake_each(data, a, rank + 1, shape, one_hot_loaded, &classes, sizeof classes);
		return;
	}
	struct mosaic_array old = mosaic_remake(data, a, MOSAIC_FLOAT32, a->samples, rank + 1, shape);
	float *out = a->at;
	for (int64_t i = 0; i < old.samples * n; i++) {
		double label = label_checked(&old, i, mosaic_value(&old, i));
		if (label >= classes)
			mosaic_fail("one_hot: '%s' of sample %lld is %g; there are the labels 0 to %d", old.name, (long long)(i / n), label, classes - 1);
		out[i * classes + (int64_t)label] = 1;
	}
}

/* The greatest label of an array, wherever it is. */
static double most_of(const mosaic_data *data, const struct mosaic_array *a, double most)
{
	int64_t n = numbers(a), chunk = 65536 / n + 1;
	double *values = room((size_t)(chunk * n), sizeof *values);
	for (int64_t first = 0; first < a->samples; first += chunk) {
		int64_t count = a->samples - first < chunk ? a->samples - first : chunk;
		mosaic_read(data, a, first, count, values);
		for (int64_t i = 0; i < count * n; i++)
			most = label_checked(a, first * n + i, values[i]) > most ? values[i] : most;
	}
	free(values);
	return most;
}

void one_hot_prepare(struct one_hot *self, mosaic_data *data)
{
	struct mosaic_array *a;
	double most = -1;
	need_data("one_hot", data);
	for (int s = MOSAIC_TRAIN; s < MOSAIC_SPLITS; s++)
		for (int i = 0; (a = mosaic_get(data, (enum mosaic_split)s, i)); i++)
			if ((a->role == MOSAIC_INPUT) == (self->encoded == inputs))
				most = most_of(data, a, most);
	self->size = self->classes ? self->classes : (int)most + 1;
	if (self->size < 2)
		mosaic_fail("one_hot: %d classes; there must be 2 at least", self->size);
	mosaic_keep(data, "classes", 1, &(double){self->size});
}

void one_hot_transform(const struct one_hot *self, mosaic_data *data)
{
	struct mosaic_array *a;
	const double *classes = mosaic_kept(data, "classes", NULL);
	for (int s = MOSAIC_TRAIN; s < MOSAIC_SPLITS; s++)
		for (int i = 0; (a = mosaic_get(data, (enum mosaic_split)s, i)); i++)
			if ((a->role == MOSAIC_INPUT) == (self->encoded == inputs))
				widen(data, a, (int)*classes);
}

void one_hot_info(const struct one_hot *self, mosaic_info *info)
{
	if (self->encoded == targets && self->size)
		mosaic_info_int(info, "output_size", self->size);
}

/* ---- samples that are different in each epoch ------------------------------------------------ */

enum noise_kind { normal, uniform };

/* Noise on the inputs to train on, new in each epoch. */
struct noise {
	double deviation;                   /* of the noise */
	enum noise_kind distribution MOSAIC_DEFAULT(normal);
};

void noise_init(struct noise *self)
{
	if (!(self->deviation >= 0))
		mosaic_fail("noise: deviation (%g) must be at least 0", self->deviation);
}

static void noise_change(const void *context, const struct mosaic_array *a, double *sample, mosaic_random *random)
{
	const struct noise *self = context;
	for (int64_t k = 0, n = numbers(a); k < n; k++)
		sample[k] += self->deviation * (self->distribution == normal ? mosaic_random_normal(random) : sqrt(12) * (mosaic_random_uniform(random) - 0.5));
}

static void on_inputs(const char *class, mosaic_data *data, mosaic_change *change, const void *context, size_t bytes)
{
	struct mosaic_array *a;
	need_data(class, data);
	for (int i = 0; (a = mosaic_get(data, MOSAIC_TRAIN, i)); i++)
		if (a->role == MOSAIC_INPUT) {
			char purpose[64];
			snprintf(purpose, sizeof purpose, "%s %d", class, i);
			mosaic_each_load(data, MOSAIC_TRAIN, a, purpose, change, context, bytes);
		}
}

void noise_prepare(const struct noise *self, mosaic_data *data)
{
	struct noise plain;
	memset(&plain, 0, sizeof plain);
	plain.deviation = self->deviation;
	plain.distribution = self->distribution;
	on_inputs("noise", data, noise_change, &plain, sizeof plain);
}

/* Where an image's pixels are. Samples [height,width] and [channels,height,width] say it themselves, rows of pixels need the module's fields. */
struct image { int64_t channels, height, width; };

static struct image image_of(const char *class, mosaic_data *data, int channels, int height, int width)
{
	need_data(class, data);
	const struct mosaic_array *a = mosaic_get(data, MOSAIC_TRAIN, 0);
	struct image m = {channels, height, width};
	if (a->rank == 3)
		m = (struct image){a->shape[0], a->shape[1], a->shape[2]};
	if (a->rank == 2)
		m = (struct image){1, a->shape[0], a->shape[1]};
	if (m.channels < 1 || m.height < 1 || m.width < 1 || m.channels > 1 << 20 || m.height > 1 << 20 || m.width > 1 << 20 || m.channels * m.height > numbers(a)
		|| m.channels * m.height * m.width != numbers(a))
		mosaic_fail("%s: image_channels (%lld), image_height (%lld) and image_width (%lld) do not make the %lld numbers of a sample of '%s'", class, (long long)m.channels, (long long)m.height,
			(long long)m.width, (long long)numbers(a), a->name);
	return m;
}

/* Images to train on are mirrored, each with this probability, anew in each epoch. */
struct flip {
	double probability MOSAIC_DEFAULT(0.5); /* that an image is mirrored */
	bool vertical MOSAIC_DEFAULT(false); /* upside down instead of left and right */
	int image_channels MOSAIC_DEFAULT(1), image_height MOSAIC_DEFAULT(0), image_width MOSAIC_DEFAULT(0); /* of samples that are rows of pixels */
};

void flip_init(struct flip *self)
{
	if (!(self->probability >= 0 && self->probability <= 1))
		mosaic_fail("flip: probability (%g) must be 0 to 1", self->probability);
}

struct flipping { struct image image; double probability; int64_t vertical; };

static void flip_change(const void *context, const struct mosaic_array *a, double *sample, mosaic_random *random)
{
	const struct flipping *f = context;
	const struct image *m = &f->image;
	(void)a;
	if (mosaic_random_uniform(random) >= f->probability)
		return;
	for (int64_t row = 0; row < m->channels * m->height; row++) {
		int64_t y = row % m->height, other = f->vertical ? row - y + (m->height - 1 - y) : row;
		for (int64_t x = 0; x < m->width; x++) {
			int64_t at = row * m->width + x, to = f->vertical ? other * m->width + x : row * m->width + (m->width - 1 - x);
			double v = sample[at];
			if (to <= at)
				continue;
			sample[at] = sample[to];
			sample[to] = v;
		}
	}
}

void flip_prepare(const struct flip *self, mosaic_data *data)
{
	struct flipping f = {image_of("flip", data, self->image_channels, self->image_height, self->image_width), self->probability, self->vertical};
	on_inputs("flip", data, flip_change, &f, sizeof f);
}

/* Images to train on get a margin and are cut to their size at a place that is drawn in each epoch. */
struct crop {
	int margin MOSAIC_DEFAULT(4);       /* pixels on each side */
	double margin_value MOSAIC_DEFAULT(0); /* what they hold */
	int image_channels MOSAIC_DEFAULT(1), image_height MOSAIC_DEFAULT(0), image_width MOSAIC_DEFAULT(0); /* of samples that are rows of pixels */
};

void crop_init(struct crop *self)
{
	if (self->margin < 0 || self->margin > 1 << 20)
		mosaic_fail("crop: margin (%d) must be at least 0", self->margin);
}

struct cropping { struct image image; int64_t margin; double value; };

/* In place: rows are gone through from the side that nobody reads any more. */
static void crop_change(const void *context, const struct mosaic_array *a, double *sample, mosaic_random *random)
{
	const struct cropping *c = context;
	const struct image *m = &c->image;
	int64_t down = mosaic_random_below(random, 2 * c->margin + 1) - c->margin, right = mosaic_random_below(random, 2 * c->margin + 1) - c->margin;
	(void)a;
	for (int64_t channel = 0; channel < m->channels; channel++)
		for (int64_t i = 0; i < m->height; i++)
			for (int64_t j = 0; j < m->width; j++) {
				int64_t y = down < 0 ? m->height - 1 - i : i, x = right < 0 ? m->width - 1 - j : j;
				bool inside = y + down >= 0 && y + down < m->height && x + right >= 0 && x + right < m->width;
				double *image = sample + channel * m->height * m->width;
				image[y * m->width + x] = inside ? image[(y + down) * m->width + x + right] : c->value;
			}
}

void crop_prepare(const struct crop *self, mosaic_data *data)
{
	struct cropping c = {image_of("crop", data, self->image_channels, self->image_height, self->image_width), self->margin, self->margin_value};
	on_inputs("crop", data, crop_change, &c, sizeof c);
}
