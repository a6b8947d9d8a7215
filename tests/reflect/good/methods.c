#include <mosaic.h>

/* Has them all. */
struct all { int n; };
void all_init(struct all *self) { self->n++; }
void all_info(const struct all *self, mosaic_info *info) { mosaic_info_int(info, "n", self->n); }
static nn_tensors all_forward(const struct all *const self, nn_tensors x, const mosaic_run_info *run, const mosaic_module_info *module) { (void)self, (void)run, (void)module; return x; }
bool all_parameters(const struct all *self, const char *name) { return self->n && *name; }
void all_metric(const struct all *self, nn_tensor prediction, nn_tensor target) { (void)self; nn_report("e", nn_mse_loss(prediction, target)); }
void all_prepare(const struct all *self, mosaic_data *data) { (void)self, (void)data; }
void all_transform(const struct all *self, mosaic_data *data, const mosaic_run_info *run) { (void)self, (void)data, (void)run; }
nn_tensor all_loss(const struct all *self, nn_tensor prediction, nn_tensor target) { (void)self; return nn_mse_loss(prediction, target); }

/* Two in, several out; one named like the beginning of another. */
struct all_in { int n; };
nn_tensors all_in_forward(const struct all_in *self, const nn_tensor x, struct node *y) { (void)self; return nn_tensors_of(x, y); }

struct empty { };
nn_tensor empty_forward(const struct empty *self, nn_tensor x) { (void)self; return x; }

/* Not a class: no method. */
struct helper { int *p; union { int i; } u; };
void helper_reset(struct helper *self) { self->p = 0; }
