/* modules: what venues.fcgi is made of: the venue directory. */
#include "fcgi/venues/modules.h"

#include "fcgi/venues/venues.h"

const struct module *const venues_modules[] = {
	&venues_module,
	NULL,
};
