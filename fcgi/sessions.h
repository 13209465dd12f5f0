/* sessions: signing in to the dashboard and out of it. */
#ifndef TG_SESSIONS_H
#define TG_SESSIONS_H

#include "serve.h"

extern const struct module sessions_module;

#endif
