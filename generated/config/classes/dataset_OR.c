/* Class dataset_OR for trainers: its fields, and its methods under one signature. */
#include "trainer.h"
#include <share/dataset.c>

extern const struct mosaic_field class_dataset_OR_fields[];
const struct mosaic_field class_dataset_OR_fields[] = {
	{"batch_size", NULL, "samples a step", MOSAIC_FIELD_INT, sizeof ((struct dataset_OR *)0)->batch_size, offsetof(struct dataset_OR, batch_size), NULL},
	{"data_size", NULL, "samples in all", MOSAIC_FIELD_INT, sizeof ((struct dataset_OR *)0)->data_size, offsetof(struct dataset_OR, data_size), NULL},
	{"train_prop", NULL, "share of them to train on; the others test", MOSAIC_FIELD_FLOAT, sizeof ((struct dataset_OR *)0)->train_prop, offsetof(struct dataset_OR, train_prop), NULL},
};
void class_dataset_OR_init(void *self);
void class_dataset_OR_prepare(const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module);
void class_dataset_OR_info(const void *self, mosaic_info *info);

void class_dataset_OR_init(void *self)
{
	dataset_OR_init(self);
}

void class_dataset_OR_prepare(const void *self, mosaic_data *data, const mosaic_run_info *run, const mosaic_module_info *module)
{
	(void)run, (void)module;
	dataset_OR_prepare((struct dataset_OR *)self, data, run);
}

void class_dataset_OR_info(const void *self, mosaic_info *info)
{
	dataset_OR_info(self, info);
}
