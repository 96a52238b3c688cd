/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_idp_name.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

#define CHARACTERS_MAX 128

const scim_sync_error_t *scim_sync_admin_read_name(scim_sync_admin_t *q,
                                                   scim_sync_admin_name_t *name)
{
    const json_t *told = json_object_get(q->body, "displayName");

    name->has_display = told != NULL;
    if (!told || json_is_null(told)) {
        return NULL;
    }
    name->display = json_is_string(told)
                        ? scim_sync_display_name(json_string_value(told), CHARACTERS_MAX, q->p)
                        : NULL;
    return name->display
               ? NULL
               : scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                                 "displayName must be a text on one line of 1 to %d characters, or "
                                 "null.",
                                 CHARACTERS_MAX);
}

void scim_sync_admin_set_name(scim_sync_idp_t *idp, const scim_sync_admin_name_t *name)
{
    idp->display_name = name->has_display ? name->display : idp->display_name;
}

void scim_sync_admin_show_name(json_t *object, const scim_sync_idp_t *idp)
{
    json_object_set_new(object, "displayName",
                        idp->display_name ? json_string(idp->display_name) : json_null());
}

const char *scim_sync_admin_say_change(const scim_sync_admin_t *q, const scim_sync_idp_t *idp,
                                       const char *called_before)
{
    const char *before = called_before ? called_before : idp->name;
    const char *now = idp->display_name ? idp->display_name : idp->name;

    return strcmp(before, now)
               ? apr_pstrcat(q->p, idp->state, "; called ", now, ", was ", before, NULL)
               : idp->state;
}
