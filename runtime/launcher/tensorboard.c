/* tensorboard.c: runs as TensorBoard event files, one folder a run: a scalar a column and epoch, the results at the last one, and what the
** run was given for the HParams page. Written by hand: a record is its length, the bytes of a protocol buffer, and a checksum of each
** (CRC-32C, masked as TFRecord does). Field numbers are those of tensorflow's event.proto, summary.proto, tensor.proto and of
** tensorboard's hparams plugin_data.proto and api.proto. */
#include "tensorboard.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* ---- records ---- */

static uint32_t crc32c(const char *at, size_t n)
{
	uint32_t crc = ~0u;
	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return ~crc;
}

static void put_little(struct text *t, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++, v >>= 8)
		text_addn(t, (char[]){(char)(v & 255)}, 1);
}

static void put_checksum(struct text *t, const char *at, size_t n)
{
	uint32_t crc = crc32c(at, n);
	put_little(t, ((crc >> 15) | (crc << 17)) + 0xa282ead8u, 4);
}

/* Takes over the bytes of `event`. */
static void put_record(struct text *file, struct text *event)
{
	size_t from = file->len;
	put_little(file, event->len, 8);
	put_checksum(file, file->at + from, 8);
	text_addn(file, event->at ? event->at : "", event->len);
	put_checksum(file, event->at ? event->at : "", event->len);
	text_free(event);
}

/* ---- protocol buffers ---- */

enum wire { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static void put_varint(struct text *t, uint64_t v)
{
	for (; v > 127; v >>= 7)
		text_addn(t, (char[]){(char)((v & 127) | 128)}, 1);
	text_addn(t, (char[]){(char)v}, 1);
}

static void put_field(struct text *t, int field, enum wire wire)
{
	put_varint(t, (uint64_t)field << 3 | wire);
}

static void put_int(struct text *t, int field, uint64_t v)
{
	put_field(t, field, VARINT);
	put_varint(t, v);
}

static void put_double(struct text *t, int field, double v)
{
	uint64_t bits;
	memcpy(&bits, &v, sizeof bits);
	put_field(t, field, FIXED64);
	put_little(t, bits, 8);
}

static void put_float(struct text *t, int field, float v)
{
	uint32_t bits;
	memcpy(&bits, &v, sizeof bits);
	put_field(t, field, FIXED32);
	put_little(t, bits, 4);
}

static void put_bytes(struct text *t, int field, const char *at, size_t n)
{
	put_field(t, field, BYTES);
	put_varint(t, n);
	text_addn(t, at, n);
}

static void put_string(struct text *t, int field, const char *s)
{
	put_bytes(t, field, s, strlen(s));
}

/* Takes over the bytes of `message`. */
static void put_message(struct text *t, int field, struct text *message)
{
	put_bytes(t, field, message->at ? message->at : "", message->len);
	text_free(message);
}

/* ---- events ---- */

enum { EVENT_WALL_TIME = 1, EVENT_STEP = 2, EVENT_FILE_VERSION = 3, EVENT_SUMMARY = 5 };
enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_SIMPLE = 2, VALUE_TENSOR = 8, VALUE_METADATA = 9 };

static struct text event_begin(double wall_time, int step)
{
	struct text e = {0};
	put_double(&e, EVENT_WALL_TIME, wall_time);
	if (step)
		put_int(&e, EVENT_STEP, (uint64_t)step);
	return e;
}

static void put_version(struct text *file, double wall_time)
{
	struct text e = event_begin(wall_time, 0);
	put_string(&e, EVENT_FILE_VERSION, "brain.Event:2");
	put_record(file, &e);
}

static void add_scalar(struct text *summary, const char *tag, float v)
{
	struct text value = {0};
	put_string(&value, VALUE_TAG, tag);
	put_float(&value, VALUE_SIMPLE, v);
	put_message(summary, SUMMARY_VALUE, &value);
}

static void put_summary(struct text *file, double wall_time, int step, struct text *summary)
{
	struct text e = event_begin(wall_time, step);
	put_message(&e, EVENT_SUMMARY, summary);
	put_record(file, &e);
}

/* ---- the HParams page ---- */

/* A value of google.protobuf.Value: a number where the text is one. */
static struct text hparam_value(const char *s)
{
	struct text v = {0};
	char *end;
	double number = strtod(s, &end);
	if (*s && !*end && isfinite(number))
		put_double(&v, 2, number);
	else
		put_string(&v, 3, s);
	return v;
}

/* Data of the plugin: a message in field `which` of HParamsPluginData, on an empty tensor. Takes over its bytes. */
static void put_hparams(struct text *file, double wall_time, const char *tag, int which, struct text *message)
{
	struct text content = {0}, plugin = {0}, metadata = {0}, dim = {0}, shape = {0}, tensor = {0}, value = {0}, summary = {0};
	put_message(&content, which, message);
	put_string(&plugin, 1, "hparams");
	put_message(&plugin, 2, &content);
	put_message(&metadata, 1, &plugin);
	put_int(&dim, 1, 1);
	put_message(&shape, 2, &dim);
	put_int(&tensor, 1, 1);                                /* DT_FLOAT */
	put_message(&tensor, 2, &shape);
	put_bytes(&tensor, 4, "\0\0\0\0", 4);
	put_string(&value, VALUE_TAG, tag);
	put_message(&value, VALUE_TENSOR, &tensor);
	put_message(&value, VALUE_METADATA, &metadata);
	put_message(&summary, SUMMARY_VALUE, &value);
	put_summary(file, wall_time, 0, &summary);
}

static void put_session_start(struct text *file, const struct board_run *r)
{
	struct text start = {0};
	for (int i = 0; i < r->param_count; i++) {
		struct text entry = {0}, value = hparam_value(r->params[i].value);
		put_string(&entry, 1, r->params[i].name);
		put_message(&entry, 2, &value);
		put_message(&start, 1, &entry);
	}
	put_double(&start, 5, r->started);
	put_hparams(file, r->started, "_hparams_/session_start_info", 3, &start);
}

static void put_session_end(struct text *file, const struct board_run *r)
{
	enum { SUCCESS = 1, FAILURE = 2, RUNNING = 3 };
	bool done = !strcmp(r->status, "done") || !strcmp(r->status, "replaced");
	struct text end = {0};
	put_int(&end, 1, done ? SUCCESS : !strcmp(r->status, "error") ? FAILURE : RUNNING);
	put_double(&end, 2, r->started + r->seconds);
	put_hparams(file, r->started + r->seconds, "_hparams_/session_end_info", 4, &end);
}

/* ---- a run ---- */

void board_text(const struct board_run *r, struct text *file)
{
	int epochs = 0;
	for (int i = 0; i < r->curve_count; i++)
		epochs = r->curves[i].epochs > epochs ? r->curves[i].epochs : epochs;
	put_version(file, r->started);
	put_session_start(file, r);
	for (int e = 0; e < epochs; e++) {
		struct text summary = {0};
		for (int i = 0; i < r->curve_count; i++)
			if (e < r->curves[i].epochs)
				add_scalar(&summary, r->curves[i].name, r->curves[i].values[e]);
		put_summary(file, r->started + r->seconds * (e + 1) / epochs, e + 1, &summary);
	}
	struct text results = {0};
	for (int i = 0; i < r->result_count; i++)
		add_scalar(&results, r->results[i].name, (float)r->results[i].value);
	if (results.at)
		put_summary(file, r->started + r->seconds, epochs, &results);
	put_session_end(file, r);
}

bool board_write(const char *folder, const struct board_run *r)
{
	char *own = format("%s/run_%lld", folder, (long long)r->id), *path = format("%s/events.out.tfevents.0000000000.mosaic", own);
	struct text file = {0};
	board_text(r, &file);
	bool ok = make_dirs(own) == 0 && file_write(path, file.at, file.len) == 0;
	if (!ok)
		complain("%s: %s", path, strerror(errno));
	text_free(&file);
	free(path);
	free(own);
	return ok;
}

double board_time(const char *date)
{
	struct tm tm = {0};
	const char *end = strptime(date, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return end && !*end ? (double)timegm(&tm) : 0;
}
