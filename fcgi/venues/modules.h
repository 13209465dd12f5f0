/* modules: what venues.fcgi is made of. */
#ifndef TG_VENUES_MODULES_H
#define TG_VENUES_MODULES_H

#include "common/api/module.h"

/* Ends with NULL. The program for all resources (suite/main.c) has these modules, too. */
extern const struct module *const venues_modules[];

#endif
