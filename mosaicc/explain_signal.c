/* explain_signal.c: what a signal, a sanitizer's trap or an abort in user code means, in words for its author. */
#include "trace.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static const char assertion_text[] = "assertion failed: ", heap_text[] = "the heap is damaged: ";

/* clang's traps carry their kind in the instruction: x86 ud1 with an 8-bit displacement, AArch64 brk #0x5500 + kind. */
static int trap_kind(const unsigned char i[8])
{
	if (i[0] == 0x67 && i[1] == 0x0f && i[2] == 0xb9 && (i[3] == 0x40 || i[3] == 0))
		return i[3] ? i[4] : 0;        /* 0 needs no displacement */
	if (i[3] == 0xd4 && (i[2] & 0xe0) == 0x20) {
		int immediate = (i[0] | i[1] << 8 | i[2] << 16) >> 5 & 0xffff;
		return immediate >> 8 == 0x55 ? immediate & 0xff : -1;
	}
	return -1;
}

static const char *trap_text(int kind, const char **hint)
{
	static const struct { int kind; const char *text, *hint; } traps[] = {
		{0, "an integer addition overflows", NULL},
		{1, "code is reached that was declared unreachable", NULL},
		{3, "an integer division by zero, or one that overflows", NULL},
		{5, "a number is converted to an integer type that cannot hold it", NULL},
		{10, "a bool or an enum holds a value that its type has not", "is it set before it is read?"},
		{11, "the function ends without a return", NULL},
		{12, "an integer multiplication overflows", NULL},
		{13, "an integer negation overflows", NULL},
		{16, "NULL is given to a function that takes none", NULL},
		{18, "an array index is out of bounds", NULL},
		{19, "pointer arithmetic goes out of bounds, or starts from NULL", NULL},
		{20, "a shift by a negative number, by too many bits, or of a negative number", NULL},
		{21, "an integer subtraction overflows", NULL},
		{22, "a pointer that is NULL, or not aligned for its type, is used", NULL},
		{24, "an array of variable length has a size below 1", NULL},
	};
	for (size_t i = 0; i < sizeof traps / sizeof *traps; i++)
		if (traps[i].kind == kind) {
			*hint = traps[i].hint;
			return traps[i].text;
		}
	*hint = "an index out of bounds, an overflow or another operation that C leaves undefined";
	return "undefined behaviour";
}

/* The last line that was printed, without its end; "" when there is none. */
const char *last_line(struct arena *a, const char *output)
{
	size_t n = strlen(output);
	while (n && output[n - 1] == '\n')
		n--;
	size_t first = n;
	while (first && output[first - 1] != '\n')
		first--;
	return n - first < 500 ? arena_strndup(a, output + first, n - first) : "";
}

/* assert() and the C library's heap checks print why they abort. */
static const char *abort_text(struct arena *a, const char *output)
{
	const char *line = last_line(a, output), *assertion = strstr(line, "Assertion `");
	if (assertion) {
		const char *text = assertion + strlen("Assertion `"), *end = strstr(text, "' failed.");
		return arena_printf(a, "%s%.*s", assertion_text, end ? (int)(end - text) : (int)strlen(text), text);
	}
	static const char *const heap[] = {"free(): ", "malloc(): ", "realloc(): ", "munmap_chunk(): ", "corrupted ",
		"malloc_consolidate(): ", "double free"};
	for (size_t i = 0; i < sizeof heap / sizeof *heap; i++)
		if (strncmp(line, heap[i], strlen(heap[i])) == 0)
			return arena_printf(a, "%s%s", heap_text, line);
	return "abort() was called";
}

static const char memory_hint[] = "the memory limit is reached: malloc has returned NULL";

static const char *memory_text(struct arena *a, const struct watch_report *r, const char **hint)
{
	if (r->stack_full) {
		*hint = "a recursion without end, or local arrays of megabytes: allocate those with malloc";
		return "the stack is full";
	}
	if (r->memory_full)
		*hint = memory_hint;
	if (r->wild_call)
		return "a call through a pointer that points to no function";
	if (r->fault < 4096)
		return "a NULL pointer is used";
	return arena_printf(a, "an invalid pointer is used (%s)", r->signal == SIGBUS ? "bus error" : "segmentation fault");
}

const char *ending_signal(struct arena *a, const struct watched *w, double seconds, const char **hint)
{
	const struct watch_report *r = &w->report;
	const char *text;
	switch (r->signal) {
	case SIGSEGV:
	case SIGBUS:
		if (r->code > 0)
			return memory_text(a, r, hint);
		break;
	case SIGFPE:
		return "an integer division by zero, or one that overflows";
	case SIGILL:
	case SIGTRAP:
		text = trap_text(trap_kind(r->instruction), hint);
		if (r->memory_full)
			*hint = memory_hint;
		return text;
	case SIGABRT:
		return abort_text(a, w->output);
	case SIGPROF:
	case SIGXCPU:
		*hint = "is there a loop without end?";
		return arena_printf(a, "still running after %g s of CPU time", seconds);
	case SIGALRM:
		*hint = "does it wait for something that does not come?";
		return "still waiting when the time was over";
	}
	return arena_printf(a, "ended by signal %d (%s)", r->signal, strsignal(r->signal));
}

bool says_last_line(const char *why)
{
	return strncmp(why, assertion_text, sizeof assertion_text - 1) == 0 || strncmp(why, heap_text, sizeof heap_text - 1) == 0;
}
