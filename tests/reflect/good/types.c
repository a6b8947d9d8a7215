#include <mosaic.h>

enum activation { sigmoid, relu = 5, last = -1 };
typedef int32_t count;
typedef enum { sgd, adam } optimizer;
typedef const char *text;

/* Every type that a parameter may have. */
struct all {
	char c; signed char sc; unsigned char uc;
	short s; unsigned short us; int i; unsigned u; long l; unsigned long ul; long long ll; unsigned long long ull;
	int8_t i8; uint8_t u8; int16_t i16; uint16_t u16; int32_t i32; uint32_t u32; int64_t i64; uint64_t u64; size_t z;
	float f; double d; bool b;
	const char *p; text t; const char *const q;
	enum activation e; optimizer o; enum { anonymous_a, anonymous_b } n;
	mosaic_ints is; mosaic_floats fs;
	count typedefed; const int constant; volatile int volatile_too;
};

void all_init(struct all *self)
{
	(void)self;
}
