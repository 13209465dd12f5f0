/* request: reads the headers and the body of one request. */
#include "common/http/request.h"

#include "common/http/principal.h"
#include "common/base/clock.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>

const char *req_header(const struct req *r, const char *name, size_t *count)
{
	const char *first = NULL;
	size_t n = strlen(name), found = 0;
	for (size_t i = 0; i < r->http.n_params; i++) {
		const struct cgi_param *p = &r->http.params[i];
		if (p->n != n || memcmp(p->text, name, n) != 0)
			continue;
		if (!found++)
			first = p->text + n + 1;
	}
	if (count)
		*count = found;
	if (found > 1)
		return NULL;
	return first;
}

enum err req_single(struct req *r, const char *name, const char *label, const char **value)
{
	size_t count;
	*value = req_header(r, name, &count);
	if (count > 1)
		return fail_field(r, label, "%s must be sent once", label);
	return OK;
}

/* Takes the next token of a list such as "a=b ; c, d": ended by a comma or semicolon, without white
 * space and quotes, cut to fit `out`. False at the end. */
static bool next_token(const char **s, char *out, size_t size)
{
	*s += strspn(*s, ",; \t");
	if (!**s)
		return false;
	size_t k = 0;
	for (; **s && **s != ',' && **s != ';'; (*s)++)
		if (**s != ' ' && **s != '\t' && **s != '"' && k + 1 < size)
			out[k++] = **s;
	out[k] = 0;
	return true;
}

bool req_prefers(const struct req *r, const char *name, const char *token)
{
	const char *s = req_header(r, name, NULL);
	char word[64];
	while (s && next_token(&s, word, sizeof word))
		if (strcasecmp(word, token) == 0)
			return true;
	return false;
}

const char *req_page_query(struct req *r, const char *name)
{
	struct query q;
	if (!strstr(r->http.raw_query, name) || !query_read(r->arena, r->http.raw_query, &q))
		return NULL;
	for (size_t i = 0; i < q.n; i++)
		if (strcmp(q.list[i].name, name) == 0)
			return q.list[i].value;
	return NULL;
}

enum language req_language(struct req *r)
{
	if (r->language.known)
		return r->language.of;
	const char *chosen = req_page_query(r, "lang");
	r->language.of = language_from(req_header(r, "HTTP_ACCEPT_LANGUAGE", NULL), chosen);
	r->language.named = language_known(chosen);
	r->language.known = true;
	return r->language.of;
}

enum err fail(struct req *r, enum err err, const char *hint, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	r->failure.message = arena_vprintf(r->arena, fmt, ap);
	va_end(ap);
	r->failure.hint = hint;
	return err;
}

enum err fail_field(struct req *r, const char *field, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	problem_add(&r->problems, field, "%s", arena_vprintf(r->arena, fmt, ap));
	va_end(ap);
	return ERR_VALIDATION;
}

/* Sets the client's address: the peer's, or the one that trusted proxies name in X-Forwarded-For
 * (contract section 3). It is 0.0.0.0 for a peer on a Unix socket. */
static void find_client(struct req *r)
{
	struct addr peer = {.family = 4};
	const char *remote = req_header(r, "REMOTE_ADDR", NULL);
	if (remote)
		(void)addr_parse(remote, strlen(remote), &peer);
	r->http.client = peer;
	const struct config *c = r->app->conf;
	if (c && c->proxy_count)
		r->http.client = client_address(&peer, c->proxies, c->proxy_count,
			req_header(r, "HTTP_X_FORWARDED_FOR", NULL));
	char text[ADDR_TEXT];
	addr_print(&r->http.client, text);
	r->http.client_text = arena_strdup(r->arena, text);
}

static const char *const mounts[] = {
	MOUNT_OPEN_API,
	MOUNT_BOX_OFFICE,
	MOUNT_DASHBOARD,
	MOUNT_PUBLIC,
	MOUNT_PAGES,
	MOUNT_ORDER,
	MOUNT_TICKET,
	MOUNT_NODE,
};

/* Sets path, query and mount point from REQUEST_URI, which may be in absolute form (RFC 9112
 * section 3.2.2). SCRIPT_NAME and PATH_INFO are not used: they differ between servers. */
static void find_path(struct req *r)
{
	const char *uri = req_header(r, "REQUEST_URI", NULL);
	uri = text_or(uri, "");
	if (*uri && *uri != '/') {
		const char *authority = strstr(uri, "://");
		uri = authority ? authority + 3 + strcspn(authority + 3, "/?") : "";
	}
	size_t n = strcspn(uri, "?#");
	r->http.raw_path = arena_dup(r->arena, uri, n);
	r->http.raw_query =
		uri[n] == '?' ? arena_dup(r->arena, uri + n + 1, strcspn(uri + n + 1, "#")) : "";
	const char *base = r->app->conf ? r->app->conf->base_path : "";
	size_t base_n = strlen(base);
	if (strncmp(r->http.raw_path, base, base_n) != 0)
		return;
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		size_t mount_n = strlen(mounts[i]);
		const char *rest = r->http.raw_path + base_n + mount_n;
		if (strncmp(r->http.raw_path + base_n, mounts[i], mount_n) != 0 ||
			(*rest && *rest != '/'))
			continue;
		r->http.mount = r->http.mount_seen = mounts[i];
		if (*rest && !path_read(r->arena, rest, strlen(rest), &r->http.path))
			r->http.mount = NULL;
		return;
	}
}

/* Finds the names of the connection's CGI variables, which are looked up by many gates. */
static void find_params(struct req *r)
{
	size_t n = 0;
	while (r->conn->env[n])
		n++;
	r->http.params = arena_alloc(r->arena, (n + 1) * sizeof *r->http.params);
	for (size_t i = 0; i < n; i++) {
		const char *text = r->conn->env[i], *end = strchr(text, '=');
		if (end)
			r->http.params[r->http.n_params++] =
				(struct cgi_param){text, (size_t)(end - text)};
	}
}

/* Firewalls of shared hosting let only GET and POST pass: X-HTTP-Method-Override of a POST names
 * the method that is meant, PATCH, PUT or DELETE; with another value there is none. */
static void find_method(struct req *r)
{
	const char *sent = text_or(req_header(r, "REQUEST_METHOD", NULL), ""), *meant = NULL;
	if (strcmp(sent, "POST") == 0)
		meant = req_header(r, "HTTP_X_HTTP_METHOD_OVERRIDE", NULL);
	/* a copy: the access log needs it after the connection is closed */
	r->http.method_text = arena_strdup(r->arena, text_or(meant, sent));
	r->http.method = method_read(r->http.method_text);
	r->http.head = strcmp(sent, "HEAD") == 0;
	if (meant && r->http.method != METHOD_PATCH && r->http.method != METHOD_DELETE)
		r->http.method = METHOD_NONE;
}

void req_begin(struct req *r, struct app *app, struct room *room, struct conn *conn)
{
	*r = (struct req){.app = app,
		.room = room,
		.arena = room->arena,
		.db = app->db,
		.conn = conn,
		.now = clock_now(),
		.began_ns = clock_mono_ns()};
	request_id_make(r->id);
	find_params(r);
	r->problems.arena = r->arena;
	params_init(&r->input, r->arena);
	params_init(&r->filters, r->arena);
	r->response.head = &room->head;
	r->response.body = &room->reply;
	buf_clear(&room->head);
	buf_clear(&room->reply);
	find_method(r);
	find_client(r);
	find_path(r);
	r->prefer.strict = req_prefers(r, "HTTP_PREFER", "handling=strict");
	r->prefer.lenient = req_prefers(r, "HTTP_PREFER", "handling=lenient");
}

void req_event(struct req *r, struct uuid event)
{
	if (r->shown.events == 0 || uuid_equal(&r->shown.event, &event))
		r->shown.events = MAX(r->shown.events, 1);
	else
		r->shown.events = 2;
	r->shown.event = event;
}

void req_until(struct req *r, int64_t ms)
{
	if (!r->shown.until || ms < r->shown.until)
		r->shown.until = ms;
}

/* Whether the route takes callers without a key or session; there is none before setup. */
static bool is_open(const struct req *r)
{
	return !r->route || r->route->scope & (SCOPE_PUBLIC | SCOPE_ANYONE);
}

#define READ_AT_ONCE 16384 /* bytes of a body that are read at once */

/* CONTENT_LENGTH as a number; -1 when it is absent or empty, -2 when it is not a number. */
static long long stated_length(const struct req *r)
{
	const char *s = req_header(r, "CONTENT_LENGTH", NULL);
	if (!s || !*s)
		return -1;
	size_t digits = strspn(s, "0123456789");
	if (s[digits] || digits > 18) {
		if (s[digits])
			return -2;
		return (long long)BODY_MAX + 1;
	}
	return strtoll(s, NULL, 10);
}

enum err req_body(struct req *r)
{
	struct buf *b = &r->room->body;
	long long stated = stated_length(r);
	size_t most = is_open(r) ? OPEN_BODY_MAX : BODY_MAX, piece = READ_AT_ONCE;
	if (stated > 0 && stated < READ_AT_ONCE)
		piece = (size_t)stated;
	if (r->http.body)
		return OK;
	buf_clear(b);
	if (stated == -2)
		return fail_field(r, "Content-Length", "Content-Length must be a number of bytes");
	if (stated > (long long)most)
		return ERR_TOO_LARGE;
	for (;;) {
		size_t left = most - b->n, want = MAX(MIN(left, piece), 1);
		char *room = buf_room(b, want);
		ssize_t got = room ? r->conn->read(r->conn, room, want) : 0;
		if (got < 0)
			return fail_field(
				r, "body", "body is incomplete: the connection was closed");
		if (got == 0)
			break;
		b->n += (size_t)got;
		if (b->n > most)
			return ERR_TOO_LARGE;
	}
	/* some servers send 0 with a chunked body or after cutting an oversized one, so only a
	 * positive length can prove that bytes are missing */
	if (stated > 0 && b->n < (size_t)stated)
		return fail_field(r, "body", "body is shorter than Content-Length");
	buf_put(b, "", 0);
	r->http.body = text_or(b->p, "");
	assert(b->n <= most);
	r->http.body_n = b->n;
	return OK;
}

struct json_object *req_json(struct req *r, char why[JSON_WHY])
{
	why[0] = 0;
	if (!r->json && r->http.body_n)
		r->json = json_read(r->http.body, r->http.body_n,
			is_open(r) ? OPEN_VALUES_MAX : JSON_VALUES_MAX, why);
	return r->json;
}

void req_params(const struct req *r, struct params *out, const struct params *extra)
{
	params_init(out, r->arena);
	if (r->who) {
		params_set(out, "org", val_uuid(r->who->org));
		params_set(out, "key_id", val_uuid(r->who->id));
	}
	params_set(out, "now", val_time(r->now));
	for (size_t i = 0; extra && i < extra->n; i++)
		params_set(out, extra->list[i].name, extra->list[i].v);
}

/* Whether the request is a visitor's about something that does not exist. */
static bool is_about_nothing(const struct req *r)
{
	static const struct uuid none;
	return r->who && r->who->kind == PRINCIPAL_ANONYMOUS && uuid_equal(&r->who->org, &none);
}

/* No row belongs to no organization, so the database need not be asked. */
enum err req_sql(
	struct req *r, const struct statement *st, const struct params *params, struct rows *rows)
{
	assert(r->db);
	if (is_about_nothing(r) && !(st->flags & SQL_GLOBAL)) {
		if (rows)
			*rows = (struct rows){.n = 0};
		return OK;
	}
	if (r->joint && (st->flags & SQL_WRITE))
		return ERR_RETRY;
	return sql_run(r->db, r->arena, st, params, rows);
}

enum err req_defer(struct req *r, const struct statement *st, const struct params *params)
{
	assert(r->route && (r->route->flags & ROUTE_TX)); /* nothing else runs the batch */
	if (r->joint && r->batch.n == BATCH_MAX)
		return ERR_RETRY;
	return batch_add(r->db, r->arena, &r->batch, st, params);
}
