/* sign_in_by_code: the routes that sign in with the one-time code of a link. */
#ifndef TG_DASHBOARD_SIGN_IN_BY_CODE_H
#define TG_DASHBOARD_SIGN_IN_BY_CODE_H

#include "common/api/module.h"

extern const struct module sign_in_by_code_module;

#endif
