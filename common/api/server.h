/* server: a program from its tables. */
#ifndef TG_API_SERVER_H
#define TG_API_SERVER_H

#include "common/api/module.h"

/* main() of a .fcgi: --describe, --check, --version, --listen ADDR, --workers N, --conf FILE;
 * otherwise serves. `modules` ends with NULL. */
int server_main(int argc, char **argv, const char *program, const struct module *const *modules);

/* The test seam: everything below the transport. Writes one whole response to the exchange. */
void service_handle(struct app *app, struct conn *conn);

/* A process' state; `conf_path` NULL: found later (an environment variable, or a parameter of the
 * first request). */
struct app *app_new(const char *program, const struct route_table *tables, const char *conf_path);
void app_free(struct app *app);

#endif
