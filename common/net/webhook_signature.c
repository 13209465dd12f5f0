/* webhook_signature: headers of requests, and the signatures of webhook deliveries. */
#include "common/net/http_client.h"

#include "common/base/hex.h"
#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/crypto/seal.h"
#include "common/crypto/digest.h"

#include <assert.h>
#include <curl/curl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRETS_MAX 16 /* signatures of one delivery */
#define SIGNATURE 47 /* "v1," and the base64 of 32 bytes */

void http_request_init(struct http_request *p, const char *url, const void *body, size_t n)
{
	memset(p, 0, sizeof *p);
	p->url = url;
	p->body = body;
	p->body_n = n;
	p->rest_s = -1;
	p->budget_ms = 10000;
}

void http_request_clear(struct http_request *p)
{
	curl_slist_free_all(p->headers);
	p->headers = NULL;
}

void http_request_header(struct http_request *p, const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	struct curl_slist *list =
		n > 0 && (size_t)n < sizeof line ? curl_slist_append(p->headers, line) : NULL;
	if (!list)
		abort();
	p->headers = list;
}

/* The signature of Standard Webhooks: HMAC-SHA-256 over "id.timestamp.body" with the decoded
 * secret. */
static bool standard(const char *secret, const char *id, const char *stamp,
	const struct http_request *p, char out[SIGNATURE + 1])
{
	uint8_t key[SECRET_KEY_MAX], mac[32];
	long n = secret_key(secret, strlen(secret), key);
	size_t id_n = strlen(id), stamp_n = strlen(stamp), all = id_n + stamp_n + 2 + p->body_n;
	char *text;

	if (n < 0)
		return false;
	text = oom_check(malloc(all));
	memcpy(text, id, id_n);
	text[id_n] = '.';
	memcpy(text + id_n + 1, stamp, stamp_n);
	text[id_n + 1 + stamp_n] = '.';
	if (p->body_n)
		memcpy(text + id_n + stamp_n + 2, p->body, p->body_n);
	hmac_sha256(key, (size_t)n, text, all, mac);
	OPENSSL_cleanse(key, sizeof key);
	free(text);
	memcpy(out, "v1,", 3);
	EVP_EncodeBlock((unsigned char *)out + 3, mac, sizeof mac);
	return true;
}

/* The simple signature: HMAC-SHA-256 over the body with the secret's text, in hexadecimal. */
static void simple(const char *secret, const struct http_request *p, char out[65])
{
	uint8_t mac[32];

	hmac_sha256(secret, strlen(secret), p->body, p->body_n, mac);
	hex_print(mac, sizeof mac, out);
}

bool webhook_signature_add(struct http_request *p, const struct webhook_signing *s)
{
	char stamp[24], list[SECRETS_MAX * (SIGNATURE + 1) + 1] = "", hex[65];
	size_t at = 0;

	if (s->secrets_n == 0 || s->secrets_n > SECRETS_MAX)
		return false;
	snprintf(stamp, sizeof stamp, "%lld", (long long)(s->now / 1000));
	for (size_t i = 0; i < s->secrets_n; i++) {
		if (i)
			list[at++] = ' ';
		if (!standard(s->secrets[i], s->id, stamp, p, list + at))
			return false;
		at += SIGNATURE;
		assert(at < sizeof list);
	}
	simple(s->secrets[0], p, hex);
	http_request_header(p, "Content-Type: application/json");
	http_request_header(p, "User-Agent: ticketgate-webhooks/" TG_VERSION);
	http_request_header(p, "Expect:");
	http_request_header(p, "webhook-id: %s", s->id);
	http_request_header(p, "webhook-timestamp: %s", stamp);
	http_request_header(p, "webhook-signature: %s", list);
	http_request_header(p, "webhook-attempt: %lld", (long long)s->attempt);
	http_request_header(p, "X-TN-Signature: sha256=%s", hex);
	return true;
}
