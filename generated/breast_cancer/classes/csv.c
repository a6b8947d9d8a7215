/* Class csv for trainers: its fields, and its methods under one signature. */
#include "trainer.h"
#include <share/csv.c>

static const struct mosaic_enumerator class_target_kind_names[] = {{"number", 0}, {"label", 1}, {NULL, 0}};
static const struct mosaic_enumerator class_missing_names[] = {{"refuse", 0}, {"drop_row", 1}, {"mean", 2}, {NULL, 0}};
static const struct mosaic_enumerator class_scaling_names[] = {{"none", 0}, {"standard", 1}, {"minmax", 2}, {NULL, 0}};
static const struct mosaic_enumerator class_split_names[] = {{"shuffled", 0}, {"in_order", 1}, {NULL, 0}};
extern const struct mosaic_field class_csv_fields[];
const struct mosaic_field class_csv_fields[] = {
	{"path", NULL, "the file; cells may stand in double quotes", MOSAIC_FIELD_STRING, sizeof ((struct csv *)0)->path, offsetof(struct csv, path), NULL},
	{"header", "true", "the first row names the columns", MOSAIC_FIELD_BOOL, sizeof ((struct csv *)0)->header, offsetof(struct csv, header), NULL},
	{"separator", ",", "between cells: one character, or `tab`", MOSAIC_FIELD_STRING, sizeof ((struct csv *)0)->separator, offsetof(struct csv, separator), NULL},
	{"target", "", "columns to predict, by name or number (from 1): \"y1, 7..9\"; empty: the last one", MOSAIC_FIELD_STRING, sizeof ((struct csv *)0)->target, offsetof(struct csv, target), NULL},
	{"inputs", "", "columns that go in, written like target; empty: all that are no target", MOSAIC_FIELD_STRING, sizeof ((struct csv *)0)->inputs, offsetof(struct csv, inputs), NULL},
	{"target_kind", "number", "label: classes 0, 1, ... for CrossEntropyLoss, made of names or integers", MOSAIC_FIELD_ENUM, sizeof ((struct csv *)0)->target_kind, offsetof(struct csv, target_kind), class_target_kind_names},
	{"categories", "", "inputs that hold names, written like target: each becomes a column of 0 and 1 for each of its names", MOSAIC_FIELD_STRING, sizeof ((struct csv *)0)->categories, offsetof(struct csv, categories), NULL},
	{"missing", "refuse", "an empty cell, NA or NaN: an error; the row is left out; the mean of the train part stands in", MOSAIC_FIELD_ENUM, sizeof ((struct csv *)0)->missing, offsetof(struct csv, missing), class_missing_names},
	{"scaling", "standard", "of inputs; standard: mean 0, deviation 1; minmax: 0 to 1; as the train part has them", MOSAIC_FIELD_ENUM, sizeof ((struct csv *)0)->scaling, offsetof(struct csv, scaling), class_scaling_names},
	{"split", "shuffled", "shuffled: by the seed of the run; in_order: train, validation, test as in the file", MOSAIC_FIELD_ENUM, sizeof ((struct csv *)0)->split, offsetof(struct csv, split), class_split_names},
	{"train_prop", "0.8", "share of the rows to train on", MOSAIC_FIELD_FLOAT, sizeof ((struct csv *)0)->train_prop, offsetof(struct csv, train_prop), NULL},
	{"validation_prop", "0", "share of the rows to validate with; what is left tests", MOSAIC_FIELD_FLOAT, sizeof ((struct csv *)0)->validation_prop, offsetof(struct csv, validation_prop), NULL},
	{"folds", "0", "cross-validation with so many parts instead of the two shares; 0: none", MOSAIC_FIELD_INT, sizeof ((struct csv *)0)->folds, offsetof(struct csv, folds), NULL},
	{"fold", "1", "which part tests, 1 to folds: {1-5}", MOSAIC_FIELD_INT, sizeof ((struct csv *)0)->fold, offsetof(struct csv, fold), NULL},
	{"batch_size", "32", "samples a step", MOSAIC_FIELD_INT, sizeof ((struct csv *)0)->batch_size, offsetof(struct csv, batch_size), NULL},
	{"shuffle", "true", "a new order of the train part each epoch", MOSAIC_FIELD_BOOL, sizeof ((struct csv *)0)->shuffle, offsetof(struct csv, shuffle), NULL},
	{"drop_last", "false", "leave out a last batch that is not full", MOSAIC_FIELD_BOOL, sizeof ((struct csv *)0)->drop_last, offsetof(struct csv, drop_last), NULL},
	{"in_memory", "67108864", "files of more bytes are streamed", MOSAIC_FIELD_INT, sizeof ((struct csv *)0)->in_memory, offsetof(struct csv, in_memory), NULL},
	{"input_size", NULL, "numbers a sample; output_size of labels: classes", MOSAIC_FIELD_DERIVED, 0, 0, NULL},
	{"output_size", NULL, "numbers a sample; output_size of labels: classes", MOSAIC_FIELD_DERIVED, 0, 0, NULL},
};
void class_csv_init(void *self);
void class_csv_prepare(const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module);
void class_csv_transform(const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module);
void class_csv_info(const void *self, mosaic_info *info);

void class_csv_init(void *self)
{
	csv_init(self);
}

void class_csv_prepare(const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module)
{
	(void)run, (void)module;
	csv_prepare((struct csv *)self, data, run);
}

void class_csv_transform(const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module)
{
	(void)run, (void)module;
	csv_transform(self, data);
}

void class_csv_info(const void *self, mosaic_info *info)
{
	csv_info(self, info);
}
