/* shapes.c: small images of shapes, drawn anew for each seed, to compare networks for images without a file. Ten classes: disc, ring,
** square, frame, triangle, cross, plus, bars across, bars down, checks; each at a place, of a size and of a brightness of its own, in noise. */
#include <math.h>
#include <mosaic.h>

enum { KINDS = 10 };
enum shapes_target { class, image };

/* Images of one of ten shapes, and which. */
struct drawn_shapes {
	int batch_size;                     /* samples a step */
	int data_size MOSAIC_DEFAULT(5000); /* samples in all */
	float train_prop MOSAIC_DEFAULT(0.8); /* share of them to train on; the others test */
	int size MOSAIC_DEFAULT(28);        /* height and width */
	int channels MOSAIC_DEFAULT(1);     /* 3: shape and ground have colours */
	double noise MOSAIC_DEFAULT(0.3);   /* deviation of what is added to each pixel */
	enum shapes_target target MOSAIC_DEFAULT(class); /* what is to be said of an image: its shape, or the image itself without the noise */
};

void drawn_shapes_init(struct drawn_shapes *self)
{
	int64_t train = (int64_t)(self->data_size * (double)self->train_prop + 0.5);
	if (self->batch_size < 1 || self->size < 8 || self->size > 1024 || (self->channels != 1 && self->channels != 3))
		mosaic_fail("drawn_shapes: batch_size (%d) must be at least 1, size (%d) 8 to 1024, channels (%d) 1 or 3", self->batch_size, self->size, self->channels);
	if (!(self->train_prop > 0 && self->train_prop < 1) || train < 1 || train >= self->data_size)
		mosaic_fail("drawn_shapes: train_prop (%g) of %d samples must leave some for train and some for test", (double)self->train_prop, self->data_size);
	if (!(self->noise >= 0))
		mosaic_fail("drawn_shapes: noise (%g) must not be negative", self->noise);
}

/* Whether the point is on the shape: u and v go from -1 to 1 across it. */
static bool covers(int kind, double u, double v)
{
	double radius = sqrt(u * u + v * v), edge = fmax(fabs(u), fabs(v));
	switch (kind) {
	case 0: return radius < 1;
	case 1: return radius < 1 && radius > 0.6;
	case 2: return edge < 0.9;
	case 3: return edge < 0.9 && edge > 0.5;
	case 4: return v < 0.8 && v > 2 * fabs(u) - 0.9;
	case 5: return edge < 0.9 && (fabs(u - v) < 0.4 || fabs(u + v) < 0.4);
	case 6: return edge < 0.95 && fmin(fabs(u), fabs(v)) < 0.3;
	case 7: return edge < 0.95 && fmod(v + 1, 0.8) < 0.4;
	case 8: return edge < 0.95 && fmod(u + 1, 0.8) < 0.4;
	default: return edge < 0.95 && (fmod(u + 1, 1) < 0.5) == (fmod(v + 1, 1) < 0.5);
	}
}

static double between(mosaic_random *random, double low, double high)
{
	return low + (high - low) * mosaic_random_uniform(random);
}

/* One image [channels][size][size]; its shape is inside, its radius a quarter to nearly half of the image. `clean`, if wanted: the same
** without noise. */
static void draw(const struct drawn_shapes *self, mosaic_random *random, int kind, float *image, float *clean)
{
	int n = self->size;
	double radius = between(random, 0.25, 0.45) * n, x0 = between(random, radius, n - radius), y0 = between(random, radius, n - radius);
	for (int c = 0, i = 0; c < self->channels; c++) {
		double on = between(random, 0.6, 1), off = self->channels > 1 ? between(random, 0, 0.4) : 0;
		for (int y = 0; y < n; y++)
			for (int x = 0; x < n; x++, i++) {
				double value = covers(kind, (x + 0.5 - x0) / radius, (y + 0.5 - y0) / radius) ? on : off;
				if (clean)
					clean[i] = (float)value;
				image[i] = (float)(value + self->noise * mosaic_random_normal(random));
			}
	}
}

static void fill(const struct drawn_shapes *self, mosaic_data *data, enum mosaic_split split, int64_t samples, mosaic_random *random)
{
	int64_t pixels = (int64_t)self->channels * self->size * self->size;
	float *x = mosaic_input(data, split, "image", samples, pixels);
	float *clean = self->target == image ? mosaic_target(data, split, "clean", samples, pixels) : NULL;
	int32_t *label = self->target == class ? mosaic_labels(data, split, "class", samples) : NULL;
	for (int64_t i = 0; i < samples; i++) {
		int kind = (int)mosaic_random_below(random, KINDS);
		draw(self, random, kind, x + i * pixels, clean ? clean + i * pixels : NULL);
		if (label)
			label[i] = kind;
	}
}

/* The images depend on the seed of the run and on nothing else: runs of one seed see the same ones. */
void drawn_shapes_prepare(const struct drawn_shapes *self, mosaic_data *data, const mosaic_run_info *run)
{
	mosaic_random random = mosaic_random_for(run, "drawn_shapes");
	int64_t train = (int64_t)(self->data_size * (double)self->train_prop + 0.5);
	fill(self, data, MOSAIC_TRAIN, train, &random);
	fill(self, data, MOSAIC_TEST, self->data_size - train, &random);
	mosaic_loader(data, MOSAIC_TRAIN, self->batch_size, true, true);
	mosaic_loader(data, MOSAIC_TEST, self->batch_size, false, false);
}

/* What the networks after it may ask for by name. */
void drawn_shapes_info(const struct drawn_shapes *self, mosaic_info *info)
{
	mosaic_info_int(info, "input_size", (int64_t)self->channels * self->size * self->size);
	mosaic_info_int(info, "channels", self->channels);
	mosaic_info_int(info, "height", self->size);
	mosaic_info_int(info, "width", self->size);
	mosaic_info_int(info, "output_size", self->target == image ? (int64_t)self->channels * self->size * self->size : KINDS);
}
