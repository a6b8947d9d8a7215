/* test_checksum.c: SHA-256 against the examples of FIPS 180 and in pieces of every size; which texts are checksums. */
#include "../trainer/unit.h"

#include "trainer/sha256.h"

static void expect_sha(const char *text, size_t repeats, size_t piece, const char *hex)
{
	struct sha256 s;
	char got[65];
	size_t n = strlen(text);

	sha256_begin(&s);
	for (size_t r = 0; r < repeats; r++)
		for (size_t i = 0; i < n; i += piece)
			sha256_add(&s, text + i, piece < n - i ? piece : n - i);
	sha256_hex(&s, got);
	assert_string_equal(got, hex);
}

static void known_sums(void **state)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

	(void)state;
	expect_sha("", 1, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect_sha("abc", 1, 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	for (size_t piece = 1; piece <= 56; piece++)
		expect_sha(two_blocks, 1, piece, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	expect_sha("aaaaaaaaaa", 100000, 7, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* The value that XXH3 gives for nothing, from its specification. */
static void sum_of_a_file(void **state)
{
	char hex[65];

	(void)state;
	assert_true(checksum_file("/dev/null", CHECKSUM_XXH128, hex));
	assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
	assert_true(checksum_file("/dev/null", CHECKSUM_SHA256, hex));
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_false(checksum_file("/dev/null/none", CHECKSUM_SHA256, hex));
}

static void texts(void **state)
{
	static const char *const wrong[] = {"", "abc", "sha256:", "sha256:00", "md5:00000000000000000000000000000000", "0000000000000000000000000000000g",
		"sha256:00000000000000000000000000000000", "000000000000000000000000000000000"};
	struct checksum c;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(checksum_read(wrong[i], &c));
	assert_true(checksum_read("xxh128:0123456789abcdefABCDEF0123456789", &c));
	assert_int_equal(c.kind, CHECKSUM_XXH128);
	assert_string_equal(c.hex, "0123456789abcdefabcdef0123456789");
	assert_true(checksum_read("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", &c));
	assert_int_equal(c.kind, CHECKSUM_SHA256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(known_sums), cmocka_unit_test(sum_of_a_file), cmocka_unit_test(texts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
