/* smtp: hands a message over to a mail server (RFC 5321) by libcurl, which waits for some replies
 * without a limit of its own. */
#include "cron/mail_send/mail.h"

#include "common/base/log.h"
#include "common/net/curl_trust.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECT_MS 10000L

/* What the process says: the result. Less than a pipe takes at once. */
struct report {
	int outcome, code;
	char error[1024];
};

/* A message that is being handed over. */
struct conversation {
	const struct buf *text;
	size_t sent; /* bytes of it */
	bool offered; /* the server was given the sender's address: what it refuses is the message
	               */
	struct report report;
};

/* ---- callbacks of curl ---- */

static size_t read_text(char *to, size_t size, size_t n, void *ctx)
{
	struct conversation *c = ctx;

	n = MIN(size * n, c->text->n - c->sent);
	memcpy(to, c->text->p + c->sent, n);
	c->sent += n;
	return n;
}

/* What the server says besides, such as its list of extensions, is of no use. */
static size_t ignore_text(char *p, size_t size, size_t n, void *ctx)
{
	(void)p;
	(void)ctx;
	return size * n;
}

/* Keeps the last reply that refuses something, and notes when the message itself is offered: what
 * was refused before was of no consequence. */
static int listen_to(CURL *easy, curl_infotype type, char *p, size_t n, void *ctx)
{
	struct conversation *c = ctx;

	(void)easy;
	if (type == CURLINFO_HEADER_OUT && n > 10 && strncasecmp(p, "MAIL FROM:", 10) == 0) {
		c->offered = true;
		c->report.error[0] = '\0';
	}
	if (type == CURLINFO_HEADER_IN && n > 4 && (*p == '4' || *p == '5'))
		snprintf(c->report.error, sizeof c->report.error, "%.*s",
			(int)MIN(n, sizeof c->report.error - 1), p);
	return 0;
}

/* ---- setting up ---- */

static void set_protocols(CURL *e)
{
#if LIBCURL_VERSION_NUM >= 0x075500 /* 7.85.0, which deprecates the other option */
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
#else
	curl_easy_setopt(e, CURLOPT_PROTOCOLS, (long)(CURLPROTO_SMTP | CURLPROTO_SMTPS));
#endif
}

/* Nothing leaves the machine in clear. A server on it is often one with a certificate for another
 * name, so that there TLS is for those who name an authority. */
static long tls_wanted(const struct mail *m)
{
	bool near = mail_host_is_loopback(m->host);

	if (near && !*m->s.conf->mail_ca)
		return CURLUSESSL_NONE;
	return CURLUSESSL_ALL;
}

static void set_server(struct mail *m, CURL *e)
{
	const struct config *c = m->s.conf;

	set_protocols(e);
	curl_easy_setopt(e, CURLOPT_URL, c->mail_url);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)BUDGET_MS);
	curl_easy_setopt(e, CURLOPT_USE_SSL, tls_wanted(m));
	curl_trust(e, c->mail_ca);
}

static void set_message(CURL *e, struct conversation *c)
{
	curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE, (curl_off_t)c->text->n);
	curl_easy_setopt(e, CURLOPT_READFUNCTION, read_text);
	curl_easy_setopt(e, CURLOPT_READDATA, c);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, ignore_text);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, ignore_text);
	curl_easy_setopt(e, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, listen_to);
	curl_easy_setopt(e, CURLOPT_DEBUGDATA, c);
}

static void set_envelope(CURL *e, const char *from, const char *to, struct curl_slist **list)
{
	char address[2][320];

	snprintf(address[0], sizeof *address, "<%s>", from);
	snprintf(address[1], sizeof *address, "<%s>", to);
	*list = oom_check(curl_slist_append(NULL, address[1]));
	curl_easy_setopt(e, CURLOPT_MAIL_FROM, address[0]);
	curl_easy_setopt(e, CURLOPT_MAIL_RCPT, *list);
}

static bool speaks_smtp(void)
{
	const char *const *known = curl_version_info(CURLVERSION_NOW)->protocols;

	while (*known && strcmp(*known, "smtp") != 0)
		known++;
	return *known != NULL;
}

bool smtp_begin(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK && speaks_smtp())
		return true;
	log_msg(LOG_ERROR, "libcurl cannot send mail: it was built without SMTP, or is broken");
	return false;
}

/* ---- the process ---- */

/* What the server refuses of a message for good (5xx) is not tried again. Before the message is
 * offered, refusals are of this client, such as its login, and may end. */
static void judge(struct conversation *c, CURLcode code)
{
	struct report *r = &c->report;
	bool refused = *r->error != 0;

	if (code == CURLE_OK) {
		r->outcome = MAIL_DELIVERED;
		r->error[0] = '\0';
		return;
	}
	bool final = c->offered && *r->error == '5' && code != CURLE_OPERATION_TIMEDOUT;
	r->outcome = final ? MAIL_FAILED : MAIL_RETRY;
	r->code = refused ? (int)strtol(r->error, NULL, 10) : 0;
	if (!refused)
		snprintf(r->error, sizeof r->error, "%s", curl_easy_strerror(code));
}

/* What the process does; it leaves the database's connection to its parent. */
static void converse(struct mail *m, const struct mail_job *j, int said)
{
	struct conversation c = {.text = &j->text};
	CURL *e = oom_check(curl_easy_init());
	struct curl_slist *to;
	long status = 0;

	set_server(m, e);
	set_message(e, &c);
	set_envelope(e, m->from, j->recipient, &to);
	CURLcode code = curl_easy_perform(e);
	curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK)
		c.report.code = (int)status;
	judge(&c, code);
	/* before the connection is closed, which waits for the server again */
	ssize_t n = write(said, &c.report, sizeof c.report);
	_exit(n != sizeof c.report);
}

void smtp_start(struct mail *m, struct mail_job *j, int said)
{
	j->pid = fork();
	if (j->pid == 0)
		converse(m, j, said);
}

void smtp_ended(struct mail_job *j, int status, const char *said, size_t n)
{
	struct report r;

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || n != sizeof r) {
		mail_result(j, MAIL_RETRY, 0, "interrupted");
		return;
	}
	memcpy(&r, said, sizeof r);
	mail_result(j, (enum mail_outcome)r.outcome, r.code, r.error);
}
