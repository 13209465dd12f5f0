/* account: the route that returns the calling API key and its organization. */
#ifndef TG_KEYS_ACCOUNT_H
#define TG_KEYS_ACCOUNT_H

#include "common/api/module.h"

extern const struct module account_module;

#endif
