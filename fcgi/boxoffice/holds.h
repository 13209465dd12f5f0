/* holds: holds, as the box office makes, extends and releases them. */
#ifndef TG_BOXOFFICE_HOLDS_H
#define TG_BOXOFFICE_HOLDS_H

#include "common/ticketing/hold.h"

extern const struct module holds_module;

#endif
