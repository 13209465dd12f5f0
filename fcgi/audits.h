/* audits: who did what, from where. */
#ifndef TG_AUDITS_H
#define TG_AUDITS_H

#include "serve.h"

extern const struct module audits_module;

#endif
