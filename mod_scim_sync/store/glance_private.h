/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What glance.c asks whenever somebody looks. Nobody else includes this, but for the tests that ask
 * the database for its plans.
 */
#ifndef SCIM_SYNC_STORE_GLANCE_PRIVATE_H
#define SCIM_SYNC_STORE_GLANCE_PRIVATE_H

#include "store/glance.h"
#include "store/tally_private.h"

/* clang-format off */

#define SCIM_SYNC_GLANCE_TOLD(type) \
    SCIM_SYNC_TALLY_SOME("resource r WHERE r.idp = i.name AND r.type = '" type "'", \
                         "r.created, r.id")

/*
 * Of each IdP, or the one that is named: name, contact, the last pull's end, and the counts in
 * their order. The pull is not looked for by "=", as in the list of requests (store/record.c).
 */
#define SCIM_SYNC_GLANCE \
    "SELECT i.name, i.contact, (SELECT g.ended FROM google_run g" \
    " WHERE g.idp BETWEEN i.name AND i.name AND g.state = 'done'" \
    " ORDER BY g.idp DESC, g.id DESC LIMIT 1), " \
    SCIM_SYNC_GLANCE_TOLD("User") ", " \
    SCIM_SYNC_GLANCE_TOLD("Group") ", " \
    SCIM_SYNC_TALLY_TASKS("t.state = 'waiting'") ", " \
    SCIM_SYNC_TALLY_TASKS("t.state = 'failed'") ", " \
    SCIM_SYNC_TALLY_TASKS("t.guard IS NOT NULL AND t.state <> 'planned'") \
    " FROM idp i WHERE i.name = COALESCE(%s, i.name)"

/* clang-format on */

#endif
