/* test_schedule.c: learning rates step by step against torch.optim.lr_scheduler's, warm-up, and that a resumed run goes on with the same. */
#include "unit.h"
#include "golden_schedules.h"

#include <math.h>

static const char *const hyper_names[] = {"lr", "beta1"};
static const double hyper_defaults[] = {0.05, 0.9};

static struct mosaic_program program(const char *const *settings)
{
	return (struct mosaic_program){.abi = MOSAIC_TRAINER_ABI, .name = "schedule", .lanes = 1, .real_bytes = 4, .batch = 1, .column_count = 1, .columns = (const char *const[]){"loss"},
		.settings = settings, .optimizer = {.name = "Adam", .hyper_count = 2, .hyper_names = hyper_names, .hyper_defaults = hyper_defaults}};
}

static struct trainer_run *run_of(const struct mosaic_program *p)
{
	char why[WHY_SIZE] = "";
	struct trainer_run *run = trainer_run_new(p);
	if (!trainer_settings_apply(p, run, why, sizeof why))
		fail_msg("%s", why);
	return run;
}

static void finish_epoch(struct trainer_run *run, int epoch)
{
	trainer_history_add(run, (double[]){losses[epoch], 2 * losses[epoch]}, 2);
	run->epoch = epoch + 1;
}

static void like_torch(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof golden / sizeof *golden; k++) {
		struct mosaic_program p = program(golden[k].settings);
		struct trainer_run *run = run_of(&p);
		for (int epoch = 0; epoch < EPOCHS; epoch++) {
			for (int step = 0; step < STEPS; step++) {
				double hyper[2] = {0.05, 0.9};
				trainer_schedule_apply(&p, run, epoch, step, STEPS, hyper);
				int at = epoch * STEPS + step;
				if (!(fabs(hyper[0] - golden[k].lr[at]) <= 1e-12 && fabs(hyper[1] - golden[k].momentum[at]) <= 1e-12))
					fail_msg("%s, case %zu, epoch %d, step %d: lr %.17g and momentum %.17g, torch %.17g and %.17g", golden[k].settings[1], k, epoch, step, hyper[0], hyper[1],
						golden[k].lr[at], golden[k].momentum[at]);
			}
			finish_epoch(run, epoch);
		}
		trainer_run_free(run);
	}
}

/* A run that is resumed has its history at once. */
static void resumed(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof golden / sizeof *golden; k++) {
		struct mosaic_program p = program(golden[k].settings);
		struct trainer_run *run = run_of(&p);
		double hyper[2] = {0.05, 0.9};
		for (int epoch = 0; epoch < 17; epoch++)
			finish_epoch(run, epoch);
		trainer_schedule_apply(&p, run, 17, 1, STEPS, hyper);
		assert_true(fabs(hyper[0] - golden[k].lr[17 * STEPS + 1]) <= 1e-12);
		trainer_run_free(run);
	}
}

static void warm_up(void **state)
{
	(void)state;
	static const char *const settings[] = {"warmup_epochs", "2", "scheduler", "StepLR", "step_size", "1", "gamma", "0.5", NULL};
	struct mosaic_program p = program(settings);
	struct trainer_run *run = run_of(&p);
	static const double wanted[] = {0.0125, 0.025, 0.01875, 0.025, 0.0125, 0.0125};
	for (int at = 0; at < 6; at++) {
		double hyper[2] = {0.05, 0.9};
		trainer_schedule_apply(&p, run, at / 2, at % 2, 2, hyper);
		assert_true(fabs(hyper[0] - wanted[at]) < 1e-15);
	}
	assert_true(trainer_schedule_steps(run));
	trainer_run_free(run);
}

static void wrong(const char *name, const char *value, const char *message)
{
	const char *settings[] = {"scheduler", "StepLR", name, value, NULL};
	if (strcmp(name, "scheduler") == 0)
		settings[1] = value;
	struct mosaic_program p = program(settings);
	struct trainer_run *run = trainer_run_new(&p);
	char why[WHY_SIZE] = "";
	assert_false(trainer_settings_apply(&p, run, why, sizeof why));
	assert_string_equal(why, message);
	trainer_run_free(run);
}

static void mistakes(void **state)
{
	(void)state;
	wrong("scheduler", "Step", "there is no scheduler 'Step'; did you mean 'StepLR'?");
	wrong("step_size", "0", "step_size: 0 is out of range");
	wrong("step_size", "2.5", "step_size: 2.5 is out of range");
	wrong("gamma", "x", "gamma: 'x' is not a number");
	wrong("anneal_strategy", "cosine", "anneal_strategy: 'cosine' is neither cos nor linear");
	wrong("mode", "most", "mode: 'most' is neither min nor max");
	wrong("threshold_mode", "true", "threshold_mode: 'true' is neither rel nor abs");
	wrong("three_phase", "perhaps", "three_phase: 'perhaps' is not a number");
	wrong("milestones", "[5, 3]", "milestones: '[5, 3]' is no list of at most 64 epochs that rise, such as [30, 80]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(like_torch), cmocka_unit_test(resumed), cmocka_unit_test(warm_up), cmocka_unit_test(mistakes)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
