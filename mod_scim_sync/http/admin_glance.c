/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_glance.h"

#include "base/json.h"
#include "store/glance.h"

apr_status_t scim_sync_admin_load_glance(scim_sync_db_t *db, scim_sync_admin_glance_t *glance,
                                         const char *idp, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_glance_load(db, &glance->idps, idp, p);

    return rv == APR_SUCCESS ? scim_sync_token_list(db, &glance->tokens, idp, p) : rv;
}

/* What this host knows is newer than what is written down once a minute. */
static apr_int64_t last_contact(const scim_sync_admin_t *q, const scim_sync_admin_glance_t *glance,
                                const scim_sync_glance_t *of)
{
    apr_int64_t last = of->contact;
    int i;

    for (i = 0; i < glance->tokens->nelts; i++) {
        const scim_sync_token_t *token = APR_ARRAY_IDX(glance->tokens, i, scim_sync_token_t *);

        if (!strcmp(token->idp, of->idp)) {
            apr_int64_t used = scim_sync_shared_token_last_used(q->runtime->shared, token->id);

            last = used > last ? used : last;
        }
    }
    return last;
}

static json_t *count(const scim_sync_glance_t *of, scim_sync_glance_count_t which)
{
    return json_integer((json_int_t)of->counts[which]);
}

void scim_sync_admin_put_glance(scim_sync_admin_t *q, json_t *idp,
                                const scim_sync_admin_glance_t *glance)
{
    static const scim_sync_glance_t nothing = { .idp = "" };
    const scim_sync_glance_t *of =
        apr_hash_get(glance->idps, scim_sync_json_str(idp, "name"), APR_HASH_KEY_STRING);

    of = of ? of : &nothing;
    json_object_update_new(idp, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "lastContactAt",
                                          scim_sync_admin_time(last_contact(q, glance, of), q->p),
                                          "users", count(of, SCIM_SYNC_GLANCE_USERS), "groups",
                                          count(of, SCIM_SYNC_GLANCE_GROUPS), "waiting",
                                          count(of, SCIM_SYNC_GLANCE_WAITING), "failed",
                                          count(of, SCIM_SYNC_GLANCE_FAILED), "held",
                                          count(of, SCIM_SYNC_GLANCE_HELD), "countedAt",
                                          scim_sync_admin_time(of->counted, q->p)));
}
