/* mosaic_cuda_runs.h: a program whose whole training fits in a thread: every run has a thread, and an epoch of all runs is one launch. Comes behind the
** network; it needs struct training, struct batch, train(), evaluate(), predict() and gradient_of(), which trainer.cu has.
** Parameters and state lie [element][run], so that threads side by side read numbers side by side. What a run gives does not depend on how many others
** there are: its thread does what the C program does, in the same order. */
#ifndef MOSAIC_CUDA_RUNS_H
#define MOSAIC_CUDA_RUNS_H

static struct { real *params, *state; double *scalars; struct mosaic_device_steps *steps; struct batch *batch; struct predicted *predicted; struct params *grads; } runs_;

static __device__ __forceinline__ void load_(real *to, const real *from, int count, int run, int lanes)
{
	for (int i = 0; i < count; i++)
		to[i] = from[(size_t)i * lanes + run];
}

static __device__ __forceinline__ void store_(real *to, const real *from, int count, int run, int lanes)
{
	for (int i = 0; i < count; i++)
		to[(size_t)i * lanes + run] = from[i];
}

enum { PARAMS = sizeof(struct params) / sizeof(real), STATE = STATE_ARRAYS * PARAMS };

/* The steps of an epoch, or some of them, of all runs. */
template <bool training> static __device__ __forceinline__ void run_steps_(const struct mosaic_device_steps *s, real *params, real *state, double *scalars, double *all_sums)
{
	const int run = thread_(), lanes = s->lanes;
	if (run >= lanes)
		return;
	struct training self;
	double sums[COLUMNS], hyper[HYPERS];
	uint64_t key = 0;
	load_((real *)&self.params, params, PARAMS, run, lanes);
	if (training) {
		load_((real *)&self.state, state, STATE, run, lanes);
		for (int i = 0; i < SCALARS; i++)
			self.scalars[i] = scalars[(size_t)i * lanes + run];
	}
	for (int i = 0; i < COLUMNS; i++)
		sums[i] = all_sums[(size_t)i * lanes + run];
	for (int i = 0; i < HYPERS; i++)
		hyper[i] = s->hyper[(size_t)i * lanes + run];
	for (int64_t b = s->first; b < s->first + s->count; b++) {
		struct batch io;
		struct untyped at[IOS];
		const int n = samples_of_(s, b);
#define GATHER(k, name, values) \
		at[k].at = io.name; \
		for (int r = 0; r < n; r++) { \
			const real *from = sample_(s, k, values, b * s->batch + r, run); \
			for (int i = 0; i < (values); i++) \
				io.name[r][i] = from[i]; \
		}
		EACH_IO(GATHER)
#undef GATHER
		if (training && s->rates_change)
			for (int i = 0; i < HYPERS; i++)
				hyper[i] = s->hyper[((size_t)(b - s->first) * HYPERS + i) * lanes + run];
		if (training && s->keys)
			key = step_key_of_(s->keys[run], b);
		const struct mosaic_step step = {n, at, at + INPUTS, hyper, sums, &key, b, s->batches};
		if (training)
			train(&self, &step);
		else
			evaluate(&self, &step);
	}
	for (int i = 0; i < COLUMNS; i++)
		all_sums[(size_t)i * lanes + run] = sums[i];
	if (!training)
		return;
	store_(params, (const real *)&self.params, PARAMS, run, lanes);
	store_(state, (const real *)&self.state, STATE, run, lanes);
	for (int i = 0; i < SCALARS; i++)
		scalars[(size_t)i * lanes + run] = self.scalars[i];
}

__global__ void train_runs(const struct mosaic_device_steps *s, real *params, real *state, double *scalars, double *sums)
{
	run_steps_<true>(s, params, state, scalars, sums);
}

__global__ void evaluate_runs(const struct mosaic_device_steps *s, real *params, real *state, double *scalars, double *sums)
{
	run_steps_<false>(s, params, state, scalars, sums);
}

/* One thread: the predictions of run 0 for n samples, or its gradients. */
#define PLACE_IO(k, name, values) at[k].at = io->name;
#define PLACE_PREDICTION(k, name) to[k].at = out->name;
__global__ void predict_run(const real *params, int n, int lanes, const struct batch *io, struct predicted *out)
{
	struct training self;
	struct untyped at[IOS], to[PREDICTIONS];
	load_((real *)&self.params, params, PARAMS, 0, lanes);
	EACH_IO(PLACE_IO)
	EACH_PREDICTION(PLACE_PREDICTION)
	predict(&self, n, at, to);
}

#ifdef MOSAIC_GRADIENTS                          /* for tests */
__global__ void gradient_run(const real *params, int n, int lanes, const uint64_t *keys, const struct batch *io, double *sums, struct params *grads)
{
	struct training self;
	struct untyped at[IOS];
	double hyper[HYPERS];
	load_((real *)&self.params, params, PARAMS, 0, lanes);
	EACH_IO(PLACE_IO)
	const struct mosaic_step step = {n, at, at + INPUTS, hyper, sums, keys, 0, 1};
	gradient_of(&self, &step, &self.grads);
	*grads = self.grads;
}
#endif

/* ---- the host -------------------------------------------------------------------------------- */

static int open_(int lanes, size_t params_reals, int arrays, int scalars, int columns, int hypers)
{
	size_t free = 0, all = 0;
	if (!take_device_() || !good_(cudaMemGetInfo(&free, &all), "its memory"))
		return 0;
	/* Every thread that can be on the device at once has its memory, whether it runs or not; half of the rest is for data. */
	int device = 0, processors = 1, threads = 1;
	cudaGetDevice(&device);
	cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
	cudaDeviceGetAttribute(&threads, cudaDevAttrMaxThreadsPerMultiProcessor, device);
	const size_t a_run = params_reals * (1 + arrays) * sizeof(real) + (scalars + columns + hypers + 4) * sizeof(double), resident = (size_t)processors * threads * (sizeof(struct training) + sizeof(struct batch));
	if (lanes == 0) {
		const size_t room = free > resident ? (free - resident) / 2 / a_run : 0;
		return room < 1 ? fails_("GPU: %zu bytes are free, %zu are needed", free, resident + a_run) : room < RUNS_MAX ? (int)room : RUNS_MAX;
	}
	if (params_reals != PARAMS || arrays != STATE_ARRAYS)
		return fails_("GPU: the two parts of this program do not belong together; build it again");
	runs_.params = (real *)alloc_((size_t)PARAMS * lanes * sizeof(real));
	runs_.state = (real *)alloc_((size_t)STATE * lanes * sizeof(real));
	runs_.scalars = (double *)alloc_((size_t)SCALARS * lanes * sizeof(double));
	runs_.steps = (struct mosaic_device_steps *)alloc_(sizeof *runs_.steps);
	runs_.batch = (struct batch *)alloc_(sizeof(struct batch));
	runs_.predicted = (struct predicted *)alloc_(sizeof(struct predicted));
	runs_.grads = (struct params *)alloc_(sizeof(struct params));
	return runs_.params && runs_.state && runs_.scalars && runs_.steps && runs_.batch && runs_.predicted && runs_.grads && open_epoch_memory_(lanes, columns, hypers) ? lanes : 0;
}

static void close_()
{
	cudaStreamSynchronize(stream_);
	release_(runs_.params);
	release_(runs_.state);
	release_(runs_.scalars);
	release_(runs_.steps);
	release_(runs_.batch);
	release_(runs_.predicted);
	release_(runs_.grads);
	memset(&runs_, 0, sizeof runs_);
	close_epoch_memory_();
}

static bool put_memory_(const void *params, const void *state, const double *scalars)
{
	const size_t n = device_.lanes;
	return put_(runs_.params, params, PARAMS * n * sizeof(real)) && put_(runs_.state, state, STATE * n * sizeof(real)) && put_(runs_.scalars, scalars, SCALARS * n * sizeof(double));
}

static bool get_memory_(void *params, void *state, double *scalars)
{
	const size_t n = device_.lanes;
	return get_(params, runs_.params, PARAMS * n * sizeof(real)) && get_(state, runs_.state, STATE * n * sizeof(real)) && get_(scalars, runs_.scalars, SCALARS * n * sizeof(double));
}

static bool train_(const struct mosaic_device_steps *steps)
{
	struct mosaic_device_steps s = *steps;
	if (!put_epoch_(&s) || !put_(runs_.steps, &s, sizeof s))
		return false;
	LAUNCH(train_runs, s.lanes, runs_.steps, runs_.params, runs_.state, runs_.scalars, device_.sums);
	return good_(cudaGetLastError(), "a launch");
}

static bool evaluate_(const struct mosaic_device_steps *steps)
{
	struct mosaic_device_steps s = *steps;
	if (!put_epoch_(&s) || !put_(runs_.steps, &s, sizeof s))
		return false;
	LAUNCH(evaluate_runs, s.lanes, runs_.steps, runs_.params, runs_.state, runs_.scalars, device_.sums);
	return good_(cudaGetLastError(), "a launch");
}

static bool put_batch_(int n, const void *const *inputs, const void *const *targets)
{
#define PUT(k, name, values) \
	if ((k < INPUTS || targets) && !put_(runs_.batch->name, k < INPUTS ? inputs[k] : targets[k - INPUTS], (size_t)n * (values) * sizeof(real))) \
		return false;
	EACH_IO(PUT)
#undef PUT
	return true;
}

static bool predict_(int n, const void *const *inputs, void *const *outputs)
{
	if (!put_batch_(n, inputs, NULL))
		return false;
	LAUNCH(predict_run, 1, runs_.params, n, device_.lanes, runs_.batch, runs_.predicted);
#define GET(k, name) \
	if (!get_(outputs[k], runs_.predicted->name, (size_t)n * sizeof runs_.predicted->name[0])) \
		return false;
	EACH_PREDICTION(GET)
#undef GET
	return true;
}

#ifdef MOSAIC_GRADIENTS
static bool gradient_(int n, const void *const *inputs, const void *const *targets, const uint64_t *keys, double *sums, void *grads)
{
	if (!put_batch_(n, inputs, targets) || (keys && !put_(device_.keys, keys, sizeof *keys)) || !put_(device_.sums, sums, COLUMNS * sizeof *sums))
		return false;
	LAUNCH(gradient_run, 1, runs_.params, n, device_.lanes, device_.keys, runs_.batch, device_.sums, runs_.grads);
	return get_(grads, runs_.grads, sizeof(struct params)) && get_(sums, device_.sums, COLUMNS * sizeof *sums);
}
#else
#define gradient_ NULL
#endif

const struct mosaic_device mosaic_device = {"cuda", RUNS_MAX, open_, close_, failure_, try_alloc_, release_, put_, stage_, send_, arrive_, leave_, put_memory_, get_memory_, put_sums_, get_sums_,
	shuffle_, train_, evaluate_, predict_, gradient_};
#endif
