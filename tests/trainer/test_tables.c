/* test_tables.c: share/csv.c reads tables whole or row by row: of random files both make the same numbers, or say the same. The window on the file is small,
** so that rows, quotes and line ends lie across its edges. Every first row has two cells: columns that are not there are told before a large file is read. */
#include "unit.h"

#include <unistd.h>

enum { FILES = 3000, PIECES = 30, TEXT = 4096 };

#define TABLE_WINDOW 8
#define csv table_module                          /* the runtime has a struct of this name for predict */
#include "share/csv.c"
#undef csv

static const char *const pieces[] = {"1", "2.5", "a", "\"a\"", "\"a,b\"", "\"\n\"", "\"\"", "\"", " ", ",", ",", ",", "\n", "\n", "\r\n", "NA", "7", "1.0", "\"x\"\"y\"", "\n\n  \n",
	"1,2\n", "3,4\n", "1,\"2\"\n", "5,x\n", " 1.0 ,2\r\n", "-1e-3,\n"};
enum { PIECE_COUNT = sizeof pieces / sizeof *pieces, ROWS = 6 };   /* the last ones are rows: most files should be tables */

struct reading { struct table_module table; char out[TEXT]; };

static void write_table(mosaic_random *r, const char *path)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	fputs(mosaic_random_below(r, 8) ? "a,b\n" : "\xEF\xBB\xBF\n a ,\"b\"\r\n", f);
	for (int64_t n = mosaic_random_below(r, PIECES); n > 0; n--)
		fputs(pieces[mosaic_random_below(r, 9) ? PIECE_COUNT - 1 - mosaic_random_below(r, ROWS) : mosaic_random_below(r, PIECE_COUNT)], f);
	fclose(f);
}

static void read_table_file(void *context)
{
	struct reading *c = context;
	struct mosaic_run_info run = {.id = 1, .seed = 3, .device = "cpu"};
	mosaic_data *data = mosaic_data_new();
	const struct mosaic_array *a;
	double values[TEXT];
	size_t used = 0;

	mosaic_data_owner(data, "table");
	csv_prepare(&c->table, data, &run);
	csv_transform(&c->table, data);
	for (int s = MOSAIC_TRAIN; s < MOSAIC_SPLITS; s++)
		for (int k = 0; (a = mosaic_get(data, (enum mosaic_split)s, k)); k++) {
			used += (size_t)snprintf(c->out + used, sizeof c->out - used, "%s %s:", mosaic_split_name((enum mosaic_split)s), a->name);
			mosaic_read(data, a, 0, a->samples, values);
			for (int64_t i = 0; i < a->samples * mosaic_array_values(a) && used < sizeof c->out / 2; i++)
				used += (size_t)snprintf(c->out + used, sizeof c->out - used, " %.17g", values[i]);
		}
	for (int k = 0; k < data->kept_count; k++)
		used += (size_t)snprintf(c->out + used, sizeof c->out - used, " %s: %.99s", data->kept[k].name, data->kept[k].text ? data->kept[k].text : "");
	mosaic_data_free(data);
}

static void both_ways_of_reading_agree(void **state)
{
	mosaic_random r = trainer_random(7, "tables", 0, 0);
	int right = 0;

	(void)state;
	for (int i = 0; i < FILES; i++) {
		char path[64], *message[2] = {NULL, NULL};
		snprintf(path, sizeof path, "test_tables.%d.csv", (int)getpid());
		write_table(&r, path);
		struct reading whole = {.table = {.path = path, .header = mosaic_random_below(&r, 4) > 0, .separator = ",", .target = "", .inputs = "", .target_kind = (enum csv_target)mosaic_random_below(&r, 2),
			.categories = mosaic_random_below(&r, 2) ? "1" : "", .missing = (enum csv_missing)mosaic_random_below(&r, 3), .scaling = (enum csv_scaling)mosaic_random_below(&r, 3), .split = in_order,
			.train_prop = 0.6, .batch_size = 4, .in_memory = 1 << 20}}, rows = whole;
		rows.table.in_memory = 0;
		bool read = trainer_guarded(read_table_file, &whole, &message[0]);
		assert_int_equal(trainer_guarded(read_table_file, &rows, &message[1]), read);
		if (read)
			assert_string_equal(rows.out, whole.out);
		else
			assert_string_equal(message[1], message[0]);
		right += read;
		free(message[0]);
		free(message[1]);
		unlink(path);
	}
	assert_in_range(right, FILES / 20, FILES);
	print_message("%d of %d files are tables\n", right, FILES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(both_ways_of_reading_agree)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
