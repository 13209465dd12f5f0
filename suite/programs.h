/* programs: the modules of all FastCGI programs, for those that have everything. */
#ifndef TG_SUITE_PROGRAMS_H
#define TG_SUITE_PROGRAMS_H

#include "common/api/module.h"

/* The modules of all programs, each once, in the order of the programs; then those of `own`, which
 * may be NULL. Ends with NULL. Static storage: for one call. */
const struct module *const *suite_modules(const struct module *const *own);

#endif
