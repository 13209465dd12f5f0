/* programs: the modules of all FastCGI programs, for those that have everything. */
#include "suite/programs.h"

#include "fcgi/boxoffice/modules.h"
#include "fcgi/dashboard/modules.h"
#include "fcgi/events/modules.h"
#include "fcgi/keys/modules.h"
#include "fcgi/orders/modules.h"
#include "fcgi/public/modules.h"
#include "fcgi/tickets/modules.h"
#include "fcgi/venues/modules.h"
#include "fcgi/webhooks/modules.h"

#include <assert.h>
#include <stddef.h>

#define SUITE_MODULES 256 /* room for the modules of all programs */

/* Whether `list`, which ends with NULL, has the module, or one of nothing but the same statements:
 * several programs have them. */
static bool suite_has(const struct module *const *list, const struct module *m)
{
	for (; *list; list++) {
		bool same = m->statements && (*list)->statements == m->statements;
		if (*list == m || (same && !m->routes && !m->resources && !m->describe))
			return true;
	}
	return false;
}

const struct module *const *suite_modules(const struct module *const *own)
{
	const struct module *const *const programs[] = {
		boxoffice_modules,
		dashboard_modules,
		events_modules,
		keys_modules,
		orders_modules,
		public_modules,
		tickets_modules,
		venues_modules,
		webhooks_modules,
		own,
		NULL,
	};
	static const struct module *all[SUITE_MODULES];
	size_t n = 0;
	for (size_t i = 0; programs[i]; i++)
		for (const struct module *const *m = programs[i]; *m; m++) {
			if (suite_has(all, *m))
				continue;
			assert(n + 1 < SUITE_MODULES);
			all[n++] = *m;
		}
	return all;
}
