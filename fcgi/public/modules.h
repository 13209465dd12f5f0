/* modules: what public.fcgi is made of. */
#ifndef TG_PUBLIC_MODULES_H
#define TG_PUBLIC_MODULES_H

#include "common/api/module.h"

/* Ends with NULL. The program for all resources (suite/main.c) has these modules, too. */
extern const struct module *const public_modules[];

#endif
