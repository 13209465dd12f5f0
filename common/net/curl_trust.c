/* curl_trust: which certificates a libcurl transfer accepts. */
#include "common/net/curl_trust.h"

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/base/text.h"
#include "common/net/ca_bundle.h"

#include <stdlib.h>

#define CA_FILE_MAX ((size_t)4 << 20) /* bytes of a file of certificates */

#if LIBCURL_VERSION_NUM >= 0x074d00 /* 7.77.0 */
/* The two files as one, because libcurl takes one file; NULL when one cannot be read. Static
 * storage. */
static struct curl_blob *both_files(const char *one, const char *two)
{
	static struct curl_blob blob;
	static struct buf text = {.max = CA_FILE_MAX * 2};
	const char *const paths[] = {one, two};

	if (!blob.data)
		buf_clear(&text);
	for (size_t i = 0; i < 2 && !blob.data; i++) {
		size_t n;
		char *p = file_read(NULL, paths[i], CA_FILE_MAX, &n, NULL);
		if (!p)
			return NULL;
		buf_put(&text, p, n);
		buf_putc(&text, '\n');
		free(p);
	}
	blob = (struct curl_blob){text.p, text.n, CURL_BLOB_NOCOPY};
	return &blob;
}
#endif

void curl_trust(CURL *e, const char *file)
{
	const char *own = text_filled(file);
	const struct ca_bundle system = ca_bundle_find("");

	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* a folder is searched by hash: reading the whole bundle for each connection would take
	 * longer than the handshake */
	curl_easy_setopt(e, CURLOPT_CAPATH, system.folder);
	curl_easy_setopt(e, CURLOPT_CAINFO, own ? own : system.file);
#if LIBCURL_VERSION_NUM >= 0x074d00
	if (own && system.file)
		curl_easy_setopt(e, CURLOPT_CAINFO_BLOB, both_files(own, system.file));
#endif
}
