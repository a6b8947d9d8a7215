#include <mosaic.h>

struct mlp { int width; };
nn_tensor mlp_foward(const struct mlp *self, nn_tensor x) { return nn_linear(x, self->width); }
void mlp_inti(struct mlp *self) { (void)self; }
nn_tensor mlp_load(const struct mlp *self, nn_tensor x) { (void)self; return x; }
void mlp_infos(const struct mlp *self, mosaic_info *info) { (void)self, (void)info; }
void mlp_info(const struct mlp *self, mosaic_info *info) { (void)self, (void)info; }
nn_tensor mpl_forward(const struct mlp *self, nn_tensor x) { return nn_linear(x, self->width); }
nn_tensor encoder_forward(const struct mlp *self, nn_tensor x) { return nn_linear(x, self->width); }
