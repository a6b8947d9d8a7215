/* test_safetensors.c: files survive a round trip, and nothing that a file may hold is believed. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#define FILE_NAME "test_safetensors.tmp"

static void write_bytes(const void *bytes, size_t n)
{
	unlink(FILE_NAME);                     /* some file systems flush a file that is written over */
	FILE *f = fopen(FILE_NAME, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* A file of this header and `data` bytes of zeros. */
static void write_header(const char *header, size_t data)
{
	unsigned char file[4096] = {0};
	size_t length = strlen(header);

	file[0] = (unsigned char)length;
	file[1] = (unsigned char)(length >> 8);
	memcpy(file + 8, header, length);
	write_bytes(file, 8 + length + data);
}

static void refused(const char *header, size_t data, const char *message)
{
	char why[WHY_SIZE], expected[WHY_SIZE];

	write_header(header, data);
	assert_null(st_open(FILE_NAME, why, sizeof why));
	snprintf(expected, sizeof expected, FILE_NAME ": %s", message);
	assert_string_equal(why, expected);
}

static void round_trip(void **state)
{
	float lanes[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, f[3];
	double d[2] = {1e300, -0.0}, back[3];
	struct st_item items[] = {
		{.name = "wide \"name\"\n", .scalar = 8, .rank = 1, .shape = {2}, .at = d, .count = 2, .stride = 1},
		{.name = "lane", .scalar = 4, .rank = 2, .shape = {3, 1}, .at = lanes + 1, .count = 3, .stride = 4},
		{.name = "nothing", .scalar = 8, .rank = 2, .shape = {0, 4}, .at = d, .count = 0, .stride = 1},
		{.name = "number", .scalar = 8, .at = d, .count = 1, .stride = 1},
	};
	struct trainer_pair pair = {"k\xc3\xa9y", "tab\there, \\ and \x01"};
	struct trainer_pairs meta = {&pair, 1, 1};
	char why[WHY_SIZE];

	(void)state;
	assert_true(st_write(FILE_NAME, items, 4, &meta, true, why, sizeof why));
	struct st_file *file = st_open(FILE_NAME, why, sizeof why);
	assert_non_null(file);
	assert_int_equal(file->count, 4);
	assert_string_equal(trainer_pairs_get(&file->meta, pair.name), pair.value);
	assert_true(st_intact(file));
	const struct st_entry *e = st_find(file, "lane");
	assert_int_equal(e->rank, 2);
	assert_int_equal(e->shape[0], 3);
	assert_true(st_read(file, e, 4, f, why, sizeof why));
	assert_true(f[0] == 1 && f[1] == 5 && f[2] == 9);
	assert_true(st_read(file, e, 8, back, why, sizeof why));
	assert_true(back[0] == 1 && back[1] == 5 && back[2] == 9);
	assert_true(st_read(file, st_find(file, items[0].name), 8, back, why, sizeof why));
	assert_memory_equal(back, d, sizeof d);
	assert_int_equal(st_count(st_find(file, "nothing")), 0);
	assert_int_equal(st_find(file, "number")->rank, 0);
	assert_null(st_find(file, "none"));
	assert_int_equal(file->data_at % 8, 0);
	st_close(file);
}

static void headers_are_checked(void **state)
{
	(void)state;
	refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "damaged header: offsets of tensors overlap, leave holes or do not fit their shapes");
	refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
		"damaged header: offsets of tensors overlap, leave holes or do not fit their shapes");
	refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "damaged header: offsets of tensors overlap, leave holes or do not fit their shapes");
	refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3, "damaged header: offsets of tensors overlap, leave holes or do not fit their shapes");
	refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5, "damaged header: the file is longer than its tensors");
	refused("{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "damaged header: a dtype that is not known");
	refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}", 4, "damaged header: a number is too large");
	refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[900000000000000000,900000000000000000],\"data_offsets\":[0,4]}}", 4, "damaged header: a shape is too large");
	refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4, "damaged header: a list is too long");
	refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "damaged header: a number expected");
	refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "damaged header: a tensor has dtype, shape and data_offsets, each once");
	refused("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1]}}", 4, "damaged header: a tensor has dtype, shape and data_offsets, each once");
	refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0,
		"damaged header: two tensors of one name");
	refused("{\"a\\ud800\":1}", 0, "damaged header: a \\u escape is not a character");
	refused("{\"a\\u0000\":1}", 0, "damaged header: a \\u escape is not a character");
	refused("{\"a\\q\":1}", 0, "damaged header: an escape that JSON does not know");
	refused("{\"a", 0, "damaged header: a string does not end");
	refused("{\"a\\", 0, "damaged header: a string does not end");
	refused("{\"__metadata__\":{\"a\":1}}", 0, "damaged header: a string expected");
	refused("{} {}", 0, "damaged header: text after the header");
	refused("[]", 0, "damaged header: '{' expected");
}

static void lengths_are_checked(void **state)
{
	static const unsigned char huge[] = {255, 255, 255, 255, 255, 255, 255, 127, '{', '}'}, cut[] = {100, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
	char why[WHY_SIZE];

	(void)state;
	write_bytes(huge, sizeof huge);
	assert_null(st_open(FILE_NAME, why, sizeof why));
	assert_string_equal(why, FILE_NAME ": is not a safetensors file");
	write_bytes(cut, sizeof cut);
	assert_null(st_open(FILE_NAME, why, sizeof why));
	assert_string_equal(why, FILE_NAME ": is cut off: it ends inside its header");
	write_bytes(cut, 7);
	assert_null(st_open(FILE_NAME, why, sizeof why));
	assert_string_equal(why, FILE_NAME ": is too short for a safetensors file");
	assert_null(st_open("/", why, sizeof why));
	assert_string_equal(why, "/: is not a regular file");
	assert_null(st_open("nowhere.tmp", why, sizeof why));
	assert_string_equal(why, "nowhere.tmp: cannot open: No such file or directory");
}

static void escapes_are_read(void **state)
{
	char why[WHY_SIZE];

	(void)state;
	write_header("{\"__metadata__\":{\"a\\u00e9\\ud83d\\ude00\\n\":\"\\\"\\\\\\/\"}}  ", 0);
	struct st_file *f = st_open(FILE_NAME, why, sizeof why);
	assert_non_null(f);
	assert_string_equal(trainer_pairs_get(&f->meta, "a\xc3\xa9\xf0\x9f\x98\x80\n"), "\"\\/");
	st_close(f);
}

/* One bit anywhere, and the file is not intact. */
static void every_flipped_bit_is_seen(void **state)
{
	double values[3] = {1, 2, 3};
	struct st_item item = {.name = "values", .scalar = 8, .rank = 1, .shape = {3}, .at = values, .count = 3, .stride = 1};
	struct trainer_pair pair = {"seed", "1"};
	struct trainer_pairs meta = {&pair, 1, 1};
	char why[WHY_SIZE];
	unsigned char bytes[1000];

	(void)state;
	assert_true(st_write(FILE_NAME, &item, 1, &meta, false, why, sizeof why));
	FILE *in = fopen(FILE_NAME, "rb");
	size_t n = fread(bytes, 1, sizeof bytes, in);
	fclose(in);
	for (size_t bit = 0; bit < n * 8; bit++) {
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		write_bytes(bytes, n);
		struct st_file *f = st_open(FILE_NAME, why, sizeof why);
		assert_false(f && st_intact(f));
		st_close(f);
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
}

/* Whatever a header is mutated into: it is refused with a message, or its tensors lie inside the file and can be read. */
static void mutations_never_crash(void **state)
{
	static const char header[] = "{\"__metadata__\":{\"k\":\"v\\u0041\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
		"\"b\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[24,32]}}";
	static const char bytes[] = "0123456789{}[]\",:\\u \x80\xff";
	mosaic_random r = trainer_random(1, "mutations", 0, 0);
	int opened = 0;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char text[sizeof header], why[WHY_SIZE] = "";
		memcpy(text, header, sizeof header);
		for (int64_t i = mosaic_random_below(&r, 4); i >= 0; i--) {
			int64_t at = mosaic_random_below(&r, sizeof header - 1);
			text[at] = bytes[mosaic_random_below(&r, sizeof bytes - 1)];
		}
		write_header(text, (size_t)mosaic_random_below(&r, 4) ? 32 : (size_t)mosaic_random_below(&r, 64));
		struct st_file *f = st_open(FILE_NAME, why, sizeof why);
		assert_true(f || strncmp(why, FILE_NAME ": ", sizeof FILE_NAME + 1) == 0);
		for (int i = 0; f && i < f->count; i++) {
			double *values = trainer_alloc((size_t)st_count(&f->entries[i]), sizeof *values);
			opened += st_read(f, &f->entries[i], 8, values, why, sizeof why);
			free(values);
		}
		st_close(f);
	}
	assert_true(opened > 10);
}

static void failed_writes_leave_nothing(void **state)
{
	struct trainer_pairs meta = {0};
	char why[WHY_SIZE];

	(void)state;
	assert_false(st_write("no/such/folder/f", NULL, 0, &meta, true, why, sizeof why));
	assert_string_equal(why, "cannot write no/such/folder/f: No such file or directory");
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(FILE_NAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip), cmocka_unit_test(headers_are_checked), cmocka_unit_test(lengths_are_checked), cmocka_unit_test(escapes_are_read),
		cmocka_unit_test(every_flipped_bit_is_seen), cmocka_unit_test(mutations_never_crash), cmocka_unit_test(failed_writes_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, remove_file);
}
