/* http_response: what is kept of a webhook receiver's response. */
#include "common/net/http_response.h"

#include "common/base/clock.h"
#include "common/net/http_transfer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>

#define REST_MAX_S (7 * 24 * 3600) /* limit of Retry-After */

/* Parses Retry-After, seconds or a date (RFC 9110, section 10.2.3); -1 for anything else. */
static int64_t read_rest(const char *s, size_t n)
{
	char text[64];
	time_t at;

	while (n > 0 &&
		(s[n - 1] == '\r' || s[n - 1] == '\n' || s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	while (n > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	if (n == 0 || n >= sizeof text)
		return -1;
	memcpy(text, s, n);
	text[n] = '\0';
	if (strspn(text, "0123456789") == n) {
		int64_t v = n > 9 ? REST_MAX_S : strtoll(text, NULL, 10);
		if (v < REST_MAX_S)
			return v;
		return REST_MAX_S;
	}
	if (text[0] < 'A' || text[0] > 'Z' || (at = curl_getdate(text, NULL)) < 0)
		return -1;
	int64_t left = (int64_t)at - clock_now() / 1000;
	if (left < 0)
		return 0;
	if (left < REST_MAX_S)
		return left;
	return REST_MAX_S;
}

void http_response_header(struct http_request *p, const char *line, size_t n)
{
	static const char name[] = "retry-after:";
	const size_t name_n = sizeof name - 1;

	if (n > 5 && memcmp(line, "HTTP/", 5) == 0)
		p->rest_s = -1;
	if (n > name_n && strncasecmp(line, name, name_n) == 0)
		p->rest_s = read_rest(line + name_n, n - name_n);
	assert(p->rest_s >= -1 && p->rest_s <= REST_MAX_S);
}

void http_response_body(struct http_request *p, const char *bytes, size_t n)
{
	size_t room = sizeof p->kept - p->kept_n;

	memcpy(p->kept + p->kept_n, bytes, MIN(n, room));
	p->kept_n += MIN(n, room);
	assert(p->kept_n <= sizeof p->kept);
}

static enum post_error status_error(long status)
{
	if (status >= 300 && status < 400)
		return ERROR_3XX;
	if (status >= 400 && status < 500)
		return ERROR_4XX;
	if (status >= 500 && status < 600)
		return ERROR_5XX;
	return ERROR_BAD_RESPONSE;
}

bool http_response_status(struct http_request *p, long status)
{
	p->status = (int)status;
	p->error = NULL;
	if (status >= 300)
		p->error = http_errors[status_error(status)];
	return status >= 200;
}
