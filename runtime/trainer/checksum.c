/* checksum.c: the checksum that a download must have, as a module writes it, and that of a file. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "data_internal.h"
#include "sha256.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_hex(const char *s, size_t n)
{
	return strlen(s) == n && strspn(s, "0123456789abcdefABCDEF") == n;
}

bool checksum_read(const char *text, struct checksum *out)
{
	bool sha = strncmp(text, "sha256:", 7) == 0, xxh = strncmp(text, "xxh128:", 7) == 0;
	const char *hex = sha || xxh ? text + 7 : text;

	*out = (struct checksum){CHECKSUM_NONE, ""};
	if (!xxh && is_hex(hex, 64))
		out->kind = CHECKSUM_SHA256;
	else if (!sha && is_hex(hex, 32))
		out->kind = CHECKSUM_XXH128;
	else
		return false;
	for (size_t i = 0; hex[i]; i++)
		out->hex[i] = (char)tolower((unsigned char)hex[i]);
	return true;
}

const char *checksum_name(enum checksum_kind kind)
{
	return kind == CHECKSUM_SHA256 ? "sha256" : "xxh128";
}

static bool add_file(FILE *f, enum checksum_kind kind, XXH3_state_t *x, struct sha256 *s)
{
	enum { CHUNK = 1 << 16 };
	char *chunk = trainer_alloc(CHUNK, 1);
	size_t n;

	while ((n = fread(chunk, 1, CHUNK, f)) > 0)
		if (kind == CHECKSUM_SHA256)
			sha256_add(s, chunk, n);
		else
			XXH3_128bits_update(x, chunk, n);
	free(chunk);
	return !ferror(f);
}

bool checksum_file(const char *path, enum checksum_kind kind, char out[65])
{
	FILE *f = fopen(path, "rbe");
	XXH3_state_t *x = f ? XXH3_createState() : NULL;
	struct sha256 s;

	if (!f)
		return false;
	sha256_begin(&s);
	bool ok = x && XXH3_128bits_reset(x) == XXH_OK && add_file(f, kind, x, &s);
	if (ok && kind == CHECKSUM_SHA256)
		sha256_hex(&s, out);
	if (ok && kind == CHECKSUM_XXH128) {
		XXH128_hash_t h = XXH3_128bits_digest(x);
		snprintf(out, 65, "%016llx%016llx", (unsigned long long)h.high64, (unsigned long long)h.low64);
	}
	XXH3_freeState(x);
	fclose(f);
	return ok;
}
