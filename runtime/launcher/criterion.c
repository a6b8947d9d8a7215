/* criterion.c: the one table of criteria. */
#include "criterion.h"

#include "launcher.h"

#include <math.h>
#include <string.h>

const struct criterion criteria[CRITERIA] = {
	{"train_loss", "train_loss", -1, INFINITY}, {"test_loss", "test_loss", -1, INFINITY}, {"train_acc", "train_acc", 1, 100},
	{"test_acc", "test_acc", 1, 100}, {"nb_params", "nb_params", -1, INFINITY}, {"duration(s)", "duration(s)", -1, INFINITY},
	{"epochs", "epochs", 0, INFINITY}, {"overfit", "overfit", -1, INFINITY}, {"trainability", "trainability", -1, INFINITY},
	{"slope", "slope", 0, INFINITY},
};

int criterion_place(const char *name)
{
	for (int i = 0; i < CRITERIA; i++)
		if (!strcmp(criteria[i].name, name))
			return i;
	return strcmp(name, "duration") ? -1 : CRITERION_DURATION;  /* shells take the brackets for something else */
}

const struct criterion *criterion_find(const char *name)
{
	const char *names[CRITERIA];
	int place = criterion_place(name);
	if (place >= 0)
		return &criteria[place];
	for (int i = 0; i < CRITERIA; i++)
		names[i] = criteria[i].name;
	const char *near = nearest(name, names, CRITERIA);
	complain("there is no criterion '%s'", name);
	if (near)
		hint("did you mean '%s'?", near);
	else
		hint("criteria: train_loss, test_loss, train_acc, test_acc, nb_params, duration(s), epochs, overfit, trainability, slope");
	return NULL;
}
