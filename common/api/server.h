/* server: main() of a FastCGI program, from the tables of its modules. */
#ifndef TG_API_SERVER_H
#define TG_API_SERVER_H

#include "common/api/module.h"

/* Options: --describe, --check, --version, --help, --conf FILE, --listen PATH|ADDRESS:PORT and
 * --workers N; serves unless told otherwise. `modules` ends with NULL. Returns the exit status. */
int server_main(int argc, char **argv, const char *program, const struct module *const *modules);

/* The tables of all modules with routes; ends with NULL routes. Freed by the caller. */
struct route_table *server_routes(const struct module *const *modules);

#endif
