/* download.c: a file from a network, for the reader that follows in data_scheme: it finds `path` here. Nothing here reads the file. */
#include <mosaic_download.h>

/* Fetches a file once; it is kept within [MONITOR] cache_size. */
struct download {
	const char *url;                    /* http://, https:// or file:// and an absolute path */
	const char *path;                   /* where it goes, and where the reader finds it */
	const char *checksum MOSAIC_DEFAULT(""); /* sha256:HEX or xxh128:HEX, or nothing */
};

void download_prepare(const struct download *self, mosaic_data *data)
{
	(void)data;
	mosaic_download_file(self->url, self->path, self->checksum);
}
