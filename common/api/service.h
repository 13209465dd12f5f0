/* service: serves requests, below the transport. */
#ifndef TG_API_SERVICE_H
#define TG_API_SERVICE_H

#include "common/api/module.h"

/* The state of a process, owned by the caller. `program`, `tables` (ends with NULL routes) and
 * `conf_path` must outlive it. `conf_path` NULL: the variable TG_CONF of the first request names
 * the configuration file. */
struct app *app_new(const char *program, const struct route_table *tables, const char *conf_path);
void app_free(struct app *app);

/* Reads the configuration and attaches shared memory, unless that was done. With `env` (the
 * variables of a request) it tries at most once a second. Each failure is logged once; until it
 * succeeds, requests get 503. */
void service_configure(struct app *app, char **env);

/* Serves one request: writes one whole response to the connection. True when it was kept instead,
 * to share a transaction with those that follow; it has then passed the gates, and service_settle
 * answers it. At most KEPT_MAX may be kept. */
bool service_handle(struct app *app, struct conn *conn);

/* Called after the response of service_handle was sent: writes the access log line and the last use
 * of the key, and releases the request's memory. */
void service_finish(struct app *app);

/* Called while there are no requests; see db_rest(). */
int64_t service_idle(struct app *app);

/* Answers the requests that were kept, finishes their connections, and does what service_finish
 * does for each. */
void service_settle(struct app *app);

#endif
