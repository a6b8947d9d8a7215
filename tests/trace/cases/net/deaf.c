/* Waits, with all signals blocked: the parent ends it. */
#include <signal.h>
#include <unistd.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		sleep(1000);
	return nn_linear(x, self->width);
}
