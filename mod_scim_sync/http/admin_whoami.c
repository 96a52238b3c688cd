/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/whoami: who asks, and what that one may do.
 */
#include "base/json.h"
#include "http/admin.h"

int scim_sync_admin_whoami(scim_sync_admin_t *q)
{
    if (q->name) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_answer_method(q->r, "GET, HEAD");
    }
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:s, s:s}", "user", q->r->user,
                                                               "role",
                                                               scim_sync_role_name(q->role)),
                                                     q->p));
}
