/* mosaic_cuda_step.h: a program that trains one run with the whole device. Comes behind the network; it needs struct training, struct batch, train(),
** evaluate(), predict() and gradient_of(), which trainer.cu has. A step of a full batch is captured once as a graph and replayed; nothing waits for the
** device within an epoch. */
#ifndef MOSAIC_CUDA_STEP_H
#define MOSAIC_CUDA_STEP_H

struct graph_of { cudaGraphExec_t at; int n; };
static struct {
	struct training *memory;
	struct feed *feed;
	struct batch *batch;
	struct predicted *predicted;
	struct graph_of training, evaluation;
} step_;

/* Sample r of this step's batch, number v of io k. */
template <int k, int values> __global__ void gather(const struct feed *feed, int n, real *to)
{
	const int at = thread_();
	if (at >= n * values)
		return;
	to[at] = sample_(&feed->s, k, values, feed->now * feed->s.batch + at / values, 0)[at % values];
}

#ifdef REAL_RANDOM_H
__global__ void take_key(const struct feed *feed)
{
	const uint64_t key = step_key_of_(feed->s.keys[0], feed->now);
	set_step_key(&key);
}

__global__ void give_key(const uint64_t *key)
{
	set_step_key(key);
}
#endif

static void step_of(bool training, int n)
{
	struct untyped io[IOS];
	/* Without an order a batch lies where it is; the copy costs less than a graph for each batch. */
#define GATHER(k, name, values) \
	io[k].at = step_.batch->name; \
	LAUNCH((gather<k, values>), (int64_t)n * (values), step_.feed, n, &step_.batch->name[0][0]);
	EACH_IO(GATHER)
#undef GATHER
#ifdef REAL_RANDOM_H
	if (training)
		LAUNCH(take_key, 1, step_.feed);
#endif
	const struct mosaic_step step = {n, io, io + INPUTS, NULL, NULL, NULL, 0, 0};
	if (training)
		train(step_.memory, step_.feed, &step);
	else
		evaluate(step_.memory, step_.feed, &step);
}

/* False after a failure, or when this cannot be captured: then steps are launched one by one. */
static bool capture_(bool training, struct graph_of *g, int n)
{
	cudaGraph_t graph = NULL;
	if (g->at && g->n == n)
		return true;
	if (g->at)
		cudaGraphExecDestroy(g->at);
	g->at = NULL;
	if (!good_(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeRelaxed), "capturing a step"))
		return false;
	step_of(training, n);
	if (!good_(cudaStreamEndCapture(stream_, &graph), "capturing a step") || !good_(cudaGraphInstantiate(&g->at, graph, 0), "capturing a step"))
		return false;
	cudaGraphDestroy(graph);
	g->n = n;
	return true;
}

static bool run_steps_(const struct mosaic_device_steps *steps, bool training)
{
	struct graph_of *g = training ? &step_.training : &step_.evaluation;
	struct feed feed = {*steps, device_.sums, steps->first, device_.hypers, {}};
	if (!put_epoch_(&feed.s))
		return false;
#define PLACE(k, name, values) feed.io[k].at = step_.batch->name;
	EACH_IO(PLACE)
#undef PLACE
	if (!put_(step_.feed, &feed, sizeof feed))
		return false;
	for (int64_t b = steps->first; b < steps->first + steps->count; b++) {
		const int n = samples_of_(steps, b);
		if (n < steps->batch || steps->batches == 1)
			step_of(training, n);
		else if (!capture_(training, g, n) || !good_(cudaGraphLaunch(g->at, stream_), "a step"))
			return false;
	}
	return good_(cudaGetLastError(), "a launch");
}

static bool train_(const struct mosaic_device_steps *s)
{
	return run_steps_(s, true);
}

static bool evaluate_(const struct mosaic_device_steps *s)
{
	return run_steps_(s, false);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static int open_(int lanes, size_t params_reals, int arrays, int scalars, int columns, int hypers)
{
	size_t free = 0, all = 0;
	if (!take_device_() || !good_(cudaMemGetInfo(&free, &all), "its memory"))
		return 0;
	size_t needed = sizeof(struct training) + sizeof(struct batch) + sizeof(struct predicted);
#ifdef MOSAIC_CUDA_BLAS_H
	needed += BLAS_WORKSPACE + (MOSAIC_BLAS == BLAS_BF16 ? (sizeof(struct training) + sizeof(struct batch)) / 2 : 0);
#endif
	if (lanes == 0)
		return needed < free ? 1 : fails_("GPU: training takes %zu bytes, %zu of %zu are free", needed, free, all);
	if (params_reals != sizeof(struct params) / sizeof(real) || arrays != STATE_ARRAYS || scalars != SCALARS)
		return fails_("GPU: the two parts of this program do not belong together; build it again");
	step_.memory = (struct training *)alloc_(sizeof(struct training));
	step_.feed = (struct feed *)alloc_(sizeof(struct feed));
	step_.batch = (struct batch *)alloc_(sizeof(struct batch));
	step_.predicted = (struct predicted *)alloc_(sizeof(struct predicted));
#ifdef MOSAIC_CUDA_BLAS_H
	if (step_.memory && step_.batch && !blas_open_(step_.memory, sizeof(struct training), step_.batch, sizeof(struct batch)))
		return 0;
#endif
	return step_.memory && step_.feed && step_.batch && step_.predicted && open_epoch_memory_(1, columns, hypers) ? 1 : 0;
}

static void close_()
{
	cudaStreamSynchronize(stream_);
	if (step_.training.at)
		cudaGraphExecDestroy(step_.training.at);
	if (step_.evaluation.at)
		cudaGraphExecDestroy(step_.evaluation.at);
#ifdef MOSAIC_CUDA_BLAS_H
	blas_close_();
#endif
	scratch_release_();
	release_(step_.memory);
	release_(step_.feed);
	release_(step_.batch);
	release_(step_.predicted);
	memset(&step_, 0, sizeof step_);
	close_epoch_memory_();
}

static bool put_memory_(const void *params, const void *state, const double *scalars)
{
	return put_(&step_.memory->params, params, sizeof(struct params)) && put_(&step_.memory->state, state, STATE_ARRAYS * sizeof(struct params)) &&
		put_(step_.memory->scalars, scalars, SCALARS * sizeof(double));
}

static bool get_memory_(void *params, void *state, double *scalars)
{
	return get_(params, &step_.memory->params, sizeof(struct params)) && get_(state, &step_.memory->state, STATE_ARRAYS * sizeof(struct params)) &&
		get_(scalars, step_.memory->scalars, SCALARS * sizeof(double));
}

/* ---- predictions, and gradients for tests ------------------------------------------------------ */

static bool put_batch_(struct untyped *io, int n, const void *const *inputs, const void *const *targets)
{
#define PUT(k, name, values) \
	io[k].at = step_.batch->name; \
	if ((k < INPUTS || targets) && !put_(step_.batch->name, k < INPUTS ? inputs[k] : targets[k - INPUTS], (size_t)n * (values) * sizeof(real))) \
		return false;
	EACH_IO(PUT)
#undef PUT
	return true;
}

static bool predict_(int n, const void *const *inputs, void *const *outputs)
{
	struct untyped io[IOS], out[PREDICTIONS];
	if (!put_batch_(io, n, inputs, NULL))
		return false;
#define PLACE(k, name) out[k].at = step_.predicted->name;
	EACH_PREDICTION(PLACE)
#undef PLACE
	predict(step_.memory, n, io, out);
#define GET(k, name) \
	if (!get_(outputs[k], step_.predicted->name, (size_t)n * sizeof step_.predicted->name[0])) \
		return false;
	EACH_PREDICTION(GET)
#undef GET
	return true;
}

static bool gradient_(int n, const void *const *inputs, const void *const *targets, const uint64_t *keys, double *sums, void *grads)
{
	struct untyped io[IOS];
	double *saved = (double *)alloc_(SCALARS * sizeof(double) + sizeof(struct params));
	struct feed feed = {{}, device_.sums, 0, device_.hypers, {}};
	if (!saved || !put_batch_(io, n, inputs, targets) || !put_(device_.sums, sums, COLUMNS * sizeof *sums) || !put_(step_.feed, &feed, sizeof feed))
		return false;
#ifdef REAL_RANDOM_H
	if (keys && !put_(device_.keys, keys, sizeof *keys))
		return false;
	LAUNCH(give_key, 1, device_.keys);
#else
	(void)keys;
#endif
	/* What a step leaves behind is put back. */
	char *params = (char *)(saved + SCALARS);
	copy_(saved, step_.memory->scalars, SCALARS * sizeof(double));
	copy_(step_.memory->next_scalars, step_.memory->scalars, SCALARS * sizeof(double));
	copy_(params, &step_.memory->params, sizeof(struct params));
	const struct mosaic_step step = {n, io, io + INPUTS, NULL, NULL, NULL, 0, 0};
	gradient_of(step_.memory, &step, &step_.memory->grads);
	LAUNCH(finish, 1, step_.memory, step_.feed);
	copy_(&step_.memory->params, params, sizeof(struct params));
	const bool ok = get_(grads, &step_.memory->grads, sizeof(struct params)) && get_sums_(sums);
	release_(saved);
	return ok;
}

const struct mosaic_device mosaic_device = {"cuda", 1, open_, close_, failure_, try_alloc_, release_, put_, stage_, send_, arrive_, leave_, put_memory_, get_memory_, put_sums_, get_sums_,
	shuffle_, train_, evaluate_, predict_, gradient_};
#endif
