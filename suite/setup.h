/* setup: the page that makes an installation, while there is none. */
#ifndef TG_SUITE_SETUP_H
#define TG_SUITE_SETUP_H

#include "common/api/module.h"

extern const struct module setup_module;

#endif
