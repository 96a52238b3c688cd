/* SPDX-License-Identifier: Apache-2.0 */
#include "store/config.h"

#include <string.h>

#include <apr_lib.h>

#include "base/json.h"
#include "store/token_end.h"

#define NAME_MAX_LENGTH 64

int scim_sync_name_is_valid(const char *name)
{
    apr_size_t i;

    for (i = 0; name[i]; i++) {
        int plain = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9');

        if (!plain && (i == 0 || !strchr(".-", name[i]))) {
            return 0;
        }
    }
    return i > 0 && i <= NAME_MAX_LENGTH;
}

apr_status_t scim_sync_generation(scim_sync_db_t *db, const char **instance,
                                  apr_int64_t *generation, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT i.value, g.value FROM meta i, meta g"
                             " WHERE i.name = 'instance' AND g.name = 'generation'",
                             DB_NO_ARGS, p);
    if (rv == APR_SUCCESS && rows->count != 1) {
        rv = APR_EGENERAL;
    }
    if (rv == APR_SUCCESS) {
        *instance = scim_sync_db_text(rows, 0, 0);
        *generation = scim_sync_db_number(rows, 0, 1);
    }
    return rv;
}

apr_status_t scim_sync_generation_raise(scim_sync_db_t *db, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT)"
                             " WHERE name = 'generation'",
                             DB_NO_ARGS, p);
}

static json_t *token_json(const scim_sync_token_t *token)
{
    return json_pack("{s:s, s:s, s:I, s:s*}", "id", token->id, "hash", token->hash, "expires",
                     (json_int_t)token->expires, "who", token->replaced_by);
}

static json_t *tokens_json(const scim_sync_idp_t *idp, const apr_array_header_t *tokens)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        const scim_sync_token_t *token = APR_ARRAY_IDX(tokens, i, scim_sync_token_t *);

        if (!strcmp(token->idp, idp->name)) {
            json_array_append_new(list, token_json(token));
        }
    }
    return list;
}

static json_t *ended_json(const scim_sync_idp_t *idp, const apr_array_header_t *ended)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < ended->nelts; i++) {
        const scim_sync_token_end_t *t = APR_ARRAY_IDX(ended, i, scim_sync_token_end_t *);

        if (!strcmp(t->idp, idp->name)) {
            json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:s, s:s}", "id", t->id, "hash",
                                                  t->hash, "ended", (json_int_t)t->ended, "how",
                                                  t->how, "who", t->who));
        }
    }
    return list;
}

static json_t *idp_json(const scim_sync_idp_t *idp, const apr_array_header_t *tokens,
                        const apr_array_header_t *ended)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:o?, s:o, s:o}", "name", idp->name,
                     "provider", idp->provider, "mode", idp->mode, "state", idp->state, "made",
                     (json_int_t)idp->created, "perMinute", (json_int_t)idp->per_minute,
                     "allowFrom", idp->allow_from ? json_loads(idp->allow_from, 0, NULL) : NULL,
                     "tokens", tokens_json(idp, tokens), "ended", ended_json(idp, ended));
}

apr_status_t scim_sync_config_snapshot(scim_sync_db_t *db, json_t **snapshot, apr_pool_t *p)
{
    apr_array_header_t *idps;
    apr_array_header_t *tokens;
    apr_array_header_t *ended;
    const char *instance;
    apr_int64_t generation;
    apr_status_t rv;
    json_t *list;
    int i;

    /* The generation first: a change in between makes the copy look old, never new. */
    if ((rv = scim_sync_generation(db, &instance, &generation, p)) != APR_SUCCESS ||
        (rv = scim_sync_idp_list(db, &idps, p)) != APR_SUCCESS ||
        (rv = scim_sync_token_list(db, &tokens, NULL, p)) != APR_SUCCESS ||
        (rv = scim_sync_token_end_list(db, &ended, NULL, p)) != APR_SUCCESS) {
        return rv;
    }
    list = json_array();
    for (i = 0; i < idps->nelts; i++) {
        json_array_append_new(list,
                              idp_json(APR_ARRAY_IDX(idps, i, scim_sync_idp_t *), tokens, ended));
    }
    *snapshot = scim_sync_json_own(json_pack("{s:s, s:I, s:o}", "instance", instance, "generation",
                                             (json_int_t)generation, "idps", list),
                                   p);
    return *snapshot ? APR_SUCCESS : APR_EGENERAL;
}
