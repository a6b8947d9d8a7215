/* cost.h: what a sweep costs, before anything is built: counted from the graphs (cost.c), and shown (cost_print.c). */
#ifndef MOSAICC_COST_H
#define MOSAICC_COST_H

#include "build.h"

/* Of one batch, one run. doc/cost.md has the convention. */
struct flops { double forward, backward, optimizer, evaluation; };
/* What the time of a batch is made of; all lanes together where a vector holds them. */
struct work { double products, gemm, direct, light, heavy, calls, weights, values; bool rows; };   /* rows: of several samples, along which one lane works in vectors */
struct program_cost {
	int64_t trained;
	int batch, eval_batch;
	struct flops flops;
	struct work step, evaluation;
	double weight_bytes, gradient_bytes, state_bytes, activation_bytes;   /* of one run */
};
struct pipeline_cost {
	const struct program *program;
	const struct program_cost *of;
	int64_t train, test, validation;       /* samples */
	int epochs, runs;                      /* runs: multiplicity */
	double epoch_flops;
	double data_bytes, process_bytes;      /* data: of one run; process: a trainer with all lanes */
	double epoch_seconds, run_seconds;     /* of a trainer with all lanes; a run in a lane takes as long as the others beside it */
};
struct sweep_cost {
	struct pipeline_cost *at; int count;
	int runs, processes, slots, cores;
	double flops, seconds, build_seconds, bytes;   /* bytes: what runs at once */
};
/* Of a program whose text was just made: the graphs after all passes, and the plans. */
void cost_count(struct emission *e, struct program_cost *out);
/* Seconds of an epoch with all lanes on a machine with AVX-512, whatever this one is: 0 where the program was not counted. */
double cost_reference_seconds(struct build *b, const struct pipeline *p);
/* The same on this machine with one thread, so many runs in lanes, before it is known how fast the machine is. */
double cost_expected_seconds(struct build *b, const struct pipeline *p, int lanes);
void cost_of_sweep(struct build *b, struct sweep_cost *out);
void cost_print(const struct build *b, const struct sweep_cost *c, FILE *out);
void cost_print_json(const struct build *b, const struct sweep_cost *c, FILE *out);

/* cost_time.c: the calibrated part. */
struct machine { double vector_bytes; int threads; };   /* of its widest vectors; that a trainer may have, at most its cores */
struct machine cost_machine(int threads);
double cost_batch_seconds(const struct work *w, int lanes, int scalar_bytes, const struct machine *m);
/* Fills what follows from the pipelines' costs: how runs share processes, and processes the slots. */
void cost_schedule(const struct build *b, struct sweep_cost *c);
#endif
