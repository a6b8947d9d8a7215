/* Calls in a header; see variables.c. */
#include <mosaic.h>

static inline nn_tensor two_layers(nn_tensor x)
{
	nn_tensor first = nn_linear(x, 3); /*= first */
	first = nn_relu(first); /*= first */
	return nn_linear(first, 2); /*= "" */
}
