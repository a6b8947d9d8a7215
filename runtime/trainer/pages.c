/* pages.c: large pages for the memory of a training, where the system has some: what streams through all parameters then seldom waits for a
** page table. */
#include "driver.h"

#include <sys/mman.h>
#include <unistd.h>

void trainer_large_pages(const struct mosaic_program *p)
{
	enum { LARGE = 2 << 20 };                   /* of most machines; in less than twice as much there may be none of them */
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = ((uintptr_t)p->memory + page - 1) / page * page, end = ((uintptr_t)p->memory + p->memory_bytes) / page * page;
	if (p->memory && p->memory_bytes >= 2 * LARGE)
		(void)madvise((void *)begin, end - begin, MADV_HUGEPAGE);   /* a kernel without them says so, and nobody minds */
}
