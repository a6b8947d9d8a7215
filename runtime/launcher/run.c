/* run.c: a run starts and ends: its state, what the user is told, and the row that goes to the outbox. */
#include "launcher.h"
#include "search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void run_launch(struct launcher *l, int index)
{
	struct run *r = &l->plan.runs[index];
	int checkpoint = r->measure.checkpoint;
	measure_free(&r->measure);
	r->measure.checkpoint = checkpoint;
	r->state = RUN_RUNNING;
	l->running++;
	free(r->started);
	r->started = date_text();
	progress_clear(&l->progress);
	if (!r->launched)
		printf(" ---> launch %lld %d/%d\n", (long long)r->id, ++l->launched, l->total);
	else if (!r->alone)
		printf(" ---> continue %lld to epoch %d\n", (long long)r->id, run_until(r));
	else
		printf(" ---> launch %lld again, alone\n", (long long)r->id);
	r->launched = true;
	outbox_add(l, ENTRY_START, index);
}

static void write_run_info(struct launcher *l, const struct run *r)
{
	struct result x;
	struct text t = {0};
	char *path = format("%s/run_info_%lld.mdt", l->sweep.run_files_path, (long long)r->id);
	text_printf(&t, "pipeline=%s\n", l->sweep.pipelines[r->pipeline].modules);
	result_of(&r->measure, &x);
	if (r->state == RUN_DONE || r->state == RUN_RESTING)
		text_printf(&t, "train_loss=%.9g\ntrain_acc=%.9g\ntest_loss=%.9g\ntest_acc=%.9g\n", x.train_loss, x.train_acc, x.test_loss, x.test_acc);
	if (file_write(path, t.at, t.len) < 0 && !l->progress.info_failed) {
		complain("%s: %s", path, strerror(errno));
		l->progress.info_failed = true;
	}
	text_free(&t);
	free(path);
}

/* One line, however long and strange the message is. */
static void print_error(const struct run *r)
{
	char line[160];
	snprintf(line, sizeof line, "%.*s", (int)strcspn(r->error, "\n"), r->error);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	printf(" [run error] %lld %s\n", (long long)r->id, line);
}

static void print_finished(const struct run *r)
{
	printf(" [run finished] %lld", (long long)r->id);
	if (r->measure.stop_reason && r->measure.end_epoch < r->epochs)
		printf(" stopped early after epoch %d of %d", r->measure.end_epoch, r->epochs);
	putchar('\n');
}

void run_end(struct launcher *l, int index, enum run_state state, char *error)
{
	struct run *r = &l->plan.runs[index];
	if (r->state == RUN_RUNNING)
		l->running--;
	r->state = state;
	free(r->error);
	r->error = error;
	free(r->finished);
	r->finished = date_text();
	l->done += state == RUN_DONE;
	l->failed += state == RUN_FAILED;
	l->interrupted += state == RUN_INTERRUPTED;
	progress_clear(&l->progress);
	if (state == RUN_DONE)
		print_finished(r);
	else if (state == RUN_RESTING)
		printf(" [run waiting] %lld after epoch %d of %d\n", (long long)r->id, r->until, r->epochs);
	else if (state == RUN_FAILED)
		print_error(r);
	else
		printf(" [run interrupted] %lld\n", (long long)r->id);
	write_run_info(l, r);
	if (l->search)
		search_note(l, index);
	outbox_add(l, ENTRY_END, index);
}

void run_end_measured(struct launcher *l, int index)
{
	struct run *r = &l->plan.runs[index];
	struct measure *m = &r->measure;
	int asked = run_until(r);
	if (m->end == END_FAILED)
		run_end(l, index, RUN_FAILED, format("%s\nepoch %d of %s", m->message, m->end_epoch, l->sweep.pipelines[r->pipeline].line));
	else if (m->end_epoch < asked && !m->stop_reason)
		run_end(l, index, RUN_FAILED, format("the trainer stopped after epoch %d of %d", m->end_epoch, asked));
	else if (m->epochs != m->end_epoch)
		run_end(l, index, RUN_FAILED, format("the trainer reported %d of its %d epochs", m->epochs, m->end_epoch));
	else
		run_end(l, index, asked < r->epochs && !m->stop_reason ? RUN_RESTING : RUN_DONE, NULL);
}
