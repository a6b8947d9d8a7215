/* sha256.h: SHA-256 (FIPS 180-4), for the checksums of downloads. Not for secrets. */
#ifndef MOSAIC_SHA256_H
#define MOSAIC_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 { uint32_t h[8]; uint64_t bytes; unsigned char block[64]; };
void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, size_t n);
void sha256_hex(struct sha256 *s, char out[65]);       /* ends it */
#endif
