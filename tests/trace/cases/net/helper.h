/* helper.h: what good_header.c includes. */
static nn_tensor helper(nn_tensor x, int width)
{
	nn_tensor deep = nn_linear(x, width);
	return deep;
}
