/* apikeys: API keys, as an organization's owners handle them in the dashboard. */
#ifndef TG_APIKEYS_H
#define TG_APIKEYS_H

#include "serve.h"

extern const struct module apikeys_module;

#endif
