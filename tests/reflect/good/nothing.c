#include <mosaic.h>
int main(void)
{
	return 0;
}
