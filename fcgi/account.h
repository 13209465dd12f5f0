/* account: who the key is and whose. */
#ifndef TG_ACCOUNT_H
#define TG_ACCOUNT_H

#include "serve.h"

extern const struct module account_module;

#endif
