#include <mosaic.h>

struct far {
	const char *url;
};

void far_prepare(const struct far *self, mosaic_data *data)
{
	(void)data;
	download_file(self->url, "x");
}
