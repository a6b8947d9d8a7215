/* loss.c: losses of one's own. A class with a method `loss` is named in [PROCESS]:
**   class_loss_function = mse_l1
**   path_to_class_loss_function = share/loss.c
**   weight = 0.25 */
#include <mosaic.h>

/* Squared and absolute error mixed: (1 - weight) * mean((p - t)^2) + weight * mean(|p - t|). */
struct mse_l1 {
	float weight MOSAIC_DEFAULT(0.5);   /* of the absolute error, 0 to 1 */
};

void mse_l1_init(struct mse_l1 *self)
{
	if (!(self->weight >= 0 && self->weight <= 1))
		mosaic_fail("mse_l1: weight must be in 0 to 1, not %g", (double)self->weight);
}

nn_tensor mse_l1_loss(const struct mse_l1 *self, nn_tensor prediction, nn_tensor target)
{
	nn_tensor squared = nn_mul(nn_mse_loss(prediction, target), 1 - self->weight);
	nn_tensor absolute = nn_mul(nn_l1_loss(prediction, target), self->weight);
	return nn_add(squared, absolute);
}

/* Mean of log(cosh(p - t)): like the squared error near 0, like the absolute error far away. */
struct log_cosh {
};

nn_tensor log_cosh_loss(const struct log_cosh *self, nn_tensor prediction, nn_tensor target)
{
	(void)self;
	nn_tensor e = nn_sub(prediction, target);
	/* log(cosh(e)) = e + log(1 + exp(-2 e)) - log(2), which does not overflow where cosh does. */
	nn_tensor log_cosh = nn_add(e, nn_softplus(nn_mul(e, -2.0)));
	return nn_mean(nn_sub(log_cosh, 0.69314718055994530942));
}
