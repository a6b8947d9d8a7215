/* mosaic_download.h: files from a network, for data modules; it brings libcurl. What is kept, and for how long, is the runtime's (doc/data.md, "Downloads").
**
**	#include <mosaic_download.h>
**	FILE *f = mosaic_open(mosaic_download_file("https://example.org/iris.csv", "data/iris.csv", "sha256:6f60..."), "r");
*/
#ifndef MOSAIC_DOWNLOAD_H
#define MOSAIC_DOWNLOAD_H

#include <curl/curl.h>
#include <mosaic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
MOSAIC_PKG("libcurl");

static inline size_t mosaic_curl_write(char *bytes, size_t size, size_t count, void *sink)
{
	return mosaic_sink_write(sink, bytes, size * count) ? size * count : 0;
}

/* The certificates that servers of https are checked against: what the variables of the command curl say, else where libcurl was built to look for them, else
** where other Linuxes keep them, else those that a bundle brought (MOSAIC_CERTIFICATES, which its starter sets). */
static inline void mosaic_curl_certificates(CURL *c)
{
	static const char *const usual[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
	const char *given = getenv("CURL_CA_BUNDLE"), *folder = getenv("SSL_CERT_DIR"), *bundled = getenv("MOSAIC_CERTIFICATES");

	if (!given || !*given)
		given = getenv("SSL_CERT_FILE");
	if (given && *given)
		curl_easy_setopt(c, CURLOPT_CAINFO, given);
	if (folder && *folder)
		curl_easy_setopt(c, CURLOPT_CAPATH, folder);
	if ((given && *given) || (folder && *folder))
		return;
#if LIBCURL_VERSION_NUM >= 0x074600
	const char *built = curl_version_info(CURLVERSION_NOW)->cainfo;
	if (!built || access(built, R_OK) == 0)
		return;
#endif
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (access(usual[i], R_OK) == 0) {
			curl_easy_setopt(c, CURLOPT_CAINFO, usual[i]);
			return;
		}
	if (bundled)
		curl_easy_setopt(c, CURLOPT_CAINFO, bundled);
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
	case CURLE_PEER_FAILED_VERIFICATION:
		curl_easy_getinfo(c, CURLINFO_SSL_VERIFYRESULT, &number);
		snprintf(why, size, "its certificate is not trusted: %s", number == 10 ? "it has expired" : number > 1 ? "no authority that is known here has signed it" : "it belongs to another host");
		return;
	case CURLE_SSL_CACERT_BADFILE:
		snprintf(why, size, "the certificates to check it against cannot be read; install ca-certificates, or name a file in CURL_CA_BUNDLE");
		return;
	case CURLE_SSL_CONNECT_ERROR:
		snprintf(why, size, "no secure connection could be made; is it a server of https?");
		return;
	case CURLE_TOO_MANY_REDIRECTS:
		snprintf(why, size, "more than 10 redirections");
		return;
	case CURLE_GOT_NOTHING:
		snprintf(why, size, "the server closed the connection without an answer");
		return;
	case CURLE_UNSUPPORTED_PROTOCOL:
		snprintf(why, size, "it leads to an address that is neither http nor https");
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
	mosaic_curl_certificates(c);
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
