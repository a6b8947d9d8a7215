/* Tensors in another thread. */
#include <pthread.h>
#include <mosaic.h>

static void *relu_of(void *x)
{
	return nn_relu(x);
}

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	pthread_t thread;
	void *y = NULL;
	pthread_create(&thread, NULL, relu_of, x);
	pthread_join(thread, &y);
	return nn_linear(y, self->width);
}
