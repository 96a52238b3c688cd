/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps, made: the calls that bring a site or an IdP to where a document wants it. Each call goes
 * with the version that the difference was shown of, so that nobody's change meanwhile is lost.
 */
#ifndef SCIM_SYNCCTL_MAKE_H
#define SCIM_SYNCCTL_MAKE_H

#include "scim-syncctl/steps.h"

typedef struct {
    ctl_t *ctl;
    const ctl_wish_t *wish;
    ctl_config_t *now; /* brought up to date by what is made */
} ctl_maker_t;

/* Makes a step; on anything but CTL_FINE it has said why, and is done in part or not at all. */
ctl_exit_t ctl_make(ctl_maker_t *maker, const ctl_step_t *step, apr_pool_t *p);

/*
 * Has the server look at rules that are to be put to an IdP that is there, so that a mistake in
 * them is known before anything is changed.
 */
ctl_exit_t ctl_make_try(ctl_maker_t *maker, const ctl_step_t *step, apr_pool_t *p);

#endif
