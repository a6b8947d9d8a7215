/* mosaic_download.h: files from a network, for data modules; it brings libcurl. What is kept, and for how long, is the runtime's (doc/data.md, "Downloads").
**
**	#include <mosaic_download.h>
**	FILE *f = mosaic_open(mosaic_download_file("https://example.org/iris.csv", "data/iris.csv", "sha256:6f60..."), "r");
*/
#ifndef MOSAIC_DOWNLOAD_H
#define MOSAIC_DOWNLOAD_H

#include <curl/curl.h>
#include <mosaic.h>
#include <string.h>
MOSAIC_PKG("libcurl");

static inline size_t mosaic_curl_write(char *bytes, size_t size, size_t count, void *sink)
{
	return mosaic_sink_write(sink, bytes, size * count) ? size * count : 0;
}

/* What went wrong, without times and addresses that differ from try to try. */
static inline void mosaic_curl_explain(CURL *c, CURLcode code, char *why, size_t size)
{
	long number = 0;
	switch (code) {
	case CURLE_HTTP_RETURNED_ERROR:
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &number);
		snprintf(why, size, "the server answers %ld%s", number, number == 404 ? " (not found)" : number == 403 || number == 401 ? " (not allowed)" : "");
		return;
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(c, CURLINFO_OS_ERRNO, &number);
		snprintf(why, size, "cannot connect%s%s", number ? ": " : "", number ? strerror((int)number) : "");
		return;
	case CURLE_COULDNT_RESOLVE_HOST:
		snprintf(why, size, "no address is known for this host; is there a network?");
		return;
	case CURLE_FILE_COULDNT_READ_FILE:
		snprintf(why, size, "there is no such file, or it cannot be read");
		return;
	case CURLE_PARTIAL_FILE:
		snprintf(why, size, "the connection ended before the file did");
		return;
	case CURLE_OPERATION_TIMEDOUT:
		snprintf(why, size, "no answer for a minute");
		return;
	default:
		snprintf(why, size, "%s", curl_easy_strerror(code));
	}
}

static inline bool mosaic_curl_fetch(const char *url, void *sink, char *why, size_t size)
{
	CURL *c = curl_easy_init();
	if (!c) {
		snprintf(why, size, "libcurl cannot be started");
		return false;
	}
	curl_easy_setopt(c, CURLOPT_URL, url);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https,file");
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(c, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS | CURLPROTO_FILE));
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(c, CURLOPT_MAXREDIRS, 10L);
	curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 60L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);      /* a server that says nothing any more, not one that is slow */
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, 60L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "mosaic");
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, mosaic_curl_write);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, sink);
	CURLcode code = curl_easy_perform(c);
	if (code != CURLE_OK)
		mosaic_curl_explain(c, code, why, size);
	curl_easy_cleanup(c);
	return code == CURLE_OK;
}

/* Fetches `url` (http, https, file) to `path`, unless it is there already; returns `path`. checksum: NULL, or what the file must have: "sha256:HEX" or
** "xxh128:HEX". Stops with a message when it cannot. A macro, so that mosaicc shows the message at the module's line. */
#define mosaic_download_file(url, path, checksum) mosaic_download_with(mosaic_curl_fetch, url, path, checksum)

/* The names of the original. */
#define download_file(url, path) mosaic_download_file(url, path, NULL)
#define save_path_file(path) mosaic_save_path_file(path)
#define get_path_file(path) mosaic_get_path_file(path)
#endif
