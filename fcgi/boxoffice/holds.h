/* holds: the routes by which the box office creates, extends and releases holds. */
#ifndef TG_BOXOFFICE_HOLDS_H
#define TG_BOXOFFICE_HOLDS_H

#include "common/ticketing/hold.h"

extern const struct module holds_module;

#endif
