/* modules: what keys.fcgi is made of. */
#ifndef TG_KEYS_MODULES_H
#define TG_KEYS_MODULES_H

#include "common/api/module.h"

/* Ends with NULL. The program for all resources (suite/main.c) has these modules, too. */
extern const struct module *const keys_modules[];

#endif
