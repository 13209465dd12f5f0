/* api_keys: the routes by which owners manage API keys in the dashboard. */
#ifndef TG_KEYS_API_KEYS_H
#define TG_KEYS_API_KEYS_H

#include "common/api/module.h"

extern const struct module api_keys_module;

#endif
