/* cron: what cron does, for hosts that have none or run it rarely. */
#ifndef TG_SUITE_CRON_H
#define TG_SUITE_CRON_H

#include "common/api/module.h"

extern const struct module cron_module;

#endif
