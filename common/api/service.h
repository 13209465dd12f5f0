/* service: serves one request at a time below the transport. */
#ifndef TG_API_SERVICE_H
#define TG_API_SERVICE_H

#include "common/api/module.h"

/* The state of a process, owned by the caller. `program` and `tables` (ends with an empty table)
 * must outlive it, and so must `conf_path`; NULL: the first request names the configuration file
 * in TG_CONF. */
struct app *app_new(const char *program, const struct route_table *tables, const char *conf_path);
void app_free(struct app *app);

/* Reads the configuration unless that was done, and attaches shared memory. With `env`, the
 * variables of a request, at most once a second. A failure is logged once; until it is mended,
 * requests are answered 503. */
void service_configure(struct app *app, char **env);

/* Answers one request with one whole response. */
void service_handle(struct app *app, struct conn *conn);

/* After the client has its response: writes the access log line and the last use of the key, and
 * releases the request's memory. */
void service_finish(struct app *app);

#endif
