/* SPDX-License-Identifier: Apache-2.0 */
#include "store/glance_private.h"

#include <string.h>

/* The names of the counts, as they stand in the table. */
static const char *const names[SCIM_SYNC_GLANCE_COUNTS] = {
    [SCIM_SYNC_GLANCE_USERS] = "users",     [SCIM_SYNC_GLANCE_GROUPS] = "groups",
    [SCIM_SYNC_GLANCE_WAITING] = "waiting", [SCIM_SYNC_GLANCE_FAILED] = "failed",
    [SCIM_SYNC_GLANCE_HELD] = "held",
};

#define COUNT "SELECT COUNT(*) FROM "

/* The whole number, of one IdP. */
static const char *const whole[SCIM_SYNC_GLANCE_COUNTS] = {
    [SCIM_SYNC_GLANCE_USERS] = COUNT "resource WHERE type = 'User' AND idp = %s",
    [SCIM_SYNC_GLANCE_GROUPS] = COUNT "resource WHERE type = 'Group' AND idp = %s",
    [SCIM_SYNC_GLANCE_WAITING] = COUNT "task WHERE state = 'waiting' AND idp = %s",
    [SCIM_SYNC_GLANCE_FAILED] = COUNT "task WHERE state = 'failed' AND idp = %s",
    [SCIM_SYNC_GLANCE_HELD] = COUNT "task WHERE guard IS NOT NULL AND state <> 'planned'"
                                    " AND idp = %s",
};

static int is_large(const scim_sync_glance_t *glance, int which)
{
    return glance->counts[which] > SCIM_SYNC_TALLY_MOST;
}

static apr_status_t count_whole(scim_sync_db_t *db, apr_int64_t *count, const char *idp, int which,
                                apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_db_select(db, &rows, whole[which], DB_ARGS(DB_TEXT(idp)), p);

    if (rv == APR_SUCCESS) {
        *count = scim_sync_db_number(rows, 0, 0);
    }
    return rv;
}

/* Each count up to one more than SCIM_SYNC_GLANCE_MOST. */
static apr_status_t look(scim_sync_db_t *db, apr_hash_t **glances, const char *idp, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int which;
    int i;

    *glances = apr_hash_make(p);
    rv = scim_sync_db_select(db, &rows, SCIM_SYNC_GLANCE, DB_ARGS(DB_TEXT(idp)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        scim_sync_glance_t *glance = apr_pcalloc(p, sizeof(*glance));
        apr_int64_t pulled = scim_sync_db_number(rows, i, 2);

        glance->idp = scim_sync_db_text(rows, i, 0);
        glance->contact = scim_sync_db_number(rows, i, 1);
        glance->contact = pulled > glance->contact ? pulled : glance->contact;
        for (which = 0; which < SCIM_SYNC_GLANCE_COUNTS; which++) {
            glance->counts[which] = scim_sync_db_number(rows, i, 3 + which);
        }
        apr_hash_set(*glances, glance->idp, APR_HASH_KEY_STRING, glance);
    }
    return rv;
}

static int which_of(const char *name)
{
    int which = 0;

    while (which < SCIM_SYNC_GLANCE_COUNTS && strcmp(names[which], name)) {
        which++;
    }
    return which;
}

/* In the place of what is too much to be counted now; *known has what was found, by its number. */
static apr_status_t take_tallies(scim_sync_db_t *db, scim_sync_glance_t *glance, unsigned *known,
                                 apr_pool_t *p)
{
    apr_array_header_t *tally;
    apr_int64_t at;
    apr_status_t rv = scim_sync_tally_load(db, &tally, &at, glance->idp, p);
    int i;

    *known = 0;
    for (i = 0; rv == APR_SUCCESS && i < tally->nelts; i++) {
        const scim_sync_tally_t *one = &APR_ARRAY_IDX(tally, i, scim_sync_tally_t);
        int which = which_of(one->what);

        if (which < SCIM_SYNC_GLANCE_COUNTS && is_large(glance, which)) {
            glance->counts[which] = one->count;
            glance->counted = at;
            *known |= 1u << which;
        }
    }
    return rv;
}

static apr_status_t complete(scim_sync_db_t *db, scim_sync_glance_t *glance, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    unsigned known = 0;
    int any = 0;
    int which;

    for (which = 0; which < SCIM_SYNC_GLANCE_COUNTS; which++) {
        any |= is_large(glance, which);
    }
    if (any) {
        rv = take_tallies(db, glance, &known, p);
    }
    /* It has become so much within the last minute: that is counted now. */
    for (which = 0; rv == APR_SUCCESS && which < SCIM_SYNC_GLANCE_COUNTS; which++) {
        if (is_large(glance, which) && !(known & (1u << which))) {
            rv = count_whole(db, &glance->counts[which], glance->idp, which, p);
        }
    }
    return rv;
}

apr_status_t scim_sync_glance_load(scim_sync_db_t *db, apr_hash_t **glances, const char *idp,
                                   apr_pool_t *p)
{
    apr_status_t rv = look(db, glances, idp, p);
    apr_hash_index_t *i;

    for (i = apr_hash_first(p, *glances); rv == APR_SUCCESS && i; i = apr_hash_next(i)) {
        rv = complete(db, apr_hash_this_val(i), p);
    }
    return rv;
}

apr_status_t scim_sync_glance_tally(scim_sync_db_t *db, apr_array_header_t *tally, apr_pool_t *p)
{
    apr_hash_t *glances;
    apr_status_t rv = look(db, &glances, NULL, p);
    apr_hash_index_t *i;
    int which;

    for (i = apr_hash_first(p, glances); rv == APR_SUCCESS && i; i = apr_hash_next(i)) {
        scim_sync_glance_t *glance = apr_hash_this_val(i);

        for (which = 0; rv == APR_SUCCESS && which < SCIM_SYNC_GLANCE_COUNTS; which++) {
            if (is_large(glance, which)) {
                rv = count_whole(db, &glance->counts[which], glance->idp, which, p);
                scim_sync_tally_add(tally, glance->idp, names[which], glance->counts[which]);
            }
        }
    }
    return rv;
}

apr_status_t scim_sync_glance_heard(scim_sync_db_t *db, const char *idp, apr_int64_t at,
                                    apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE idp SET contact = %lld WHERE name = %s AND contact < %lld",
                             DB_ARGS(DB_INT(at), DB_TEXT(idp), DB_INT(at)), p);
}
