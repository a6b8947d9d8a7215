/* memory.c: checked allocation, pools, and the nearest of several names. */
#include "data_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static _Noreturn void out_of_memory(void)
{
	fputs("error: not enough memory\n", stderr);
	exit(1);
}

void *trainer_alloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *trainer_grow(void *at, int *cap, int count, size_t size)
{
	if (count < *cap)
		return at;
	if (*cap > INT32_MAX / 2)
		out_of_memory();
	int wanted = *cap ? *cap * 2 : 8;
	void *p = reallocarray(at, (size_t)wanted, size);
	if (!p)
		out_of_memory();
	*cap = wanted;
	return p;
}

char *trainer_strdup(const char *s)
{
	char *copy = strdup(s);

	if (!copy)
		out_of_memory();
	return copy;
}

void *trainer_pool_alloc(struct trainer_pool *pool, size_t count, size_t size)
{
	pool->at = trainer_grow(pool->at, &pool->cap, pool->count, sizeof *pool->at);
	return pool->at[pool->count++] = trainer_alloc(count, size);
}

char *trainer_pool_strdup(struct trainer_pool *pool, const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(trainer_pool_alloc(pool, size, 1), s, size);
}

void trainer_pool_free(struct trainer_pool *pool)
{
	for (int i = 0; i < pool->count; i++)
		free(pool->at[i]);
	free(pool->at);
	*pool = (struct trainer_pool){0};
}

bool trainer_multiply(size_t *product, int64_t factor)
{
	return factor >= 0 && !__builtin_mul_overflow(*product, (uint64_t)factor, product);
}

/* Edit distance with insertions, deletions, replacements and swaps of neighbours. */
static int distance(const char *a, const char *b)
{
	enum { LONGEST = 63 };
	int d[LONGEST + 1][LONGEST + 1];
	int n = (int)strlen(a), m = (int)strlen(b);

	if (n > LONGEST || m > LONGEST)
		return LONGEST;
	for (int i = 0; i <= n; i++)
		for (int j = 0; j <= m; j++) {
			if (!i || !j) {
				d[i][j] = i + j;
				continue;
			}
			int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[n][m];
}

const char *trainer_nearest(const char *name, const char *const *names, int count)
{
	const char *nearest = NULL;
	int best = ((int)strlen(name) + 2) / 3;

	for (int i = 0; i < count; i++) {
		int d = distance(name, names[i]);
		bool other = d >= (int)strlen(name) && strcasecmp(name, names[i]) != 0;   /* no letter is the same */
		if (other || d > best || (nearest && d == best))
			continue;
		best = d;
		nearest = names[i];
	}
	return nearest;
}
