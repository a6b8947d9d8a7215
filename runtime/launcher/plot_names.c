/* plot_names.c: names that are too long for their room lose what they have in common before they lose what tells them apart. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that all names begin with, up to a place where a character begins. */
static size_t common_start(char *const *names, int n)
{
	size_t same = strlen(names[0]);
	for (int i = 1; i < n; i++) {
		size_t k = 0;
		while (k < same && names[i][k] == names[0][k])
			k++;
		same = k;
	}
	while (same && ((unsigned char)names[0][same] & 0xc0) == 0x80)
		same--;
	return same;
}

/* Bytes that all names end with, beyond the first `start`. */
static size_t common_end(char *const *names, int n, size_t start)
{
	size_t length = strlen(names[0]), same = length - start;
	for (int i = 1; i < n; i++) {
		size_t other = strlen(names[i]), k = 0;
		while (k < same && k < other - start && names[i][other - 1 - k] == names[0][length - 1 - k])
			k++;
		same = k;
	}
	while (same && ((unsigned char)names[0][length - same] & 0xc0) == 0x80)
		same--;
	return same;
}

/* The first `most` bytes at most, whole characters. */
static int head(const char *s, size_t most)
{
	size_t n = strlen(s) < most ? strlen(s) : most;
	while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return (int)n;
}

void names_shorten(char **names, int n, double room, double size)
{
	bool fits = true;
	for (int i = 0; i < n; i++)
		fits = fits && text_width(names[i], size) <= room;
	if (fits || n < 2)
		return;
	size_t start = common_start(names, n), end = common_end(names, n, start), longest = 0, columns = (size_t)fmax(room / (0.6 * size), 0);
	for (int i = 0; i < n; i++)
		longest = strlen(names[i]) - start - end > longest ? strlen(names[i]) - start - end : longest;
	size_t kept = columns > longest + 6 ? columns - longest - 2 : 4;   /* of the start: it says what kind of thing this is */
	for (int i = 0; i < n; i++) {
		size_t length = strlen(names[i]);
		bool cut_start = start > kept + 2, cut_end = end > 4;
		size_t from = cut_start ? start : 0, to = cut_end ? length - end : length;
		char *whole = names[i];
		names[i] = format("%.*s%s%.*s%s", cut_start ? head(whole, kept) : 0, whole, cut_start ? "…" : "", (int)(to - from), whole + from, cut_end ? "…" : "");
		free(whole);
	}
}

const char *name_of_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}
