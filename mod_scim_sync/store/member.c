/* SPDX-License-Identifier: Apache-2.0 */
#include "store/member.h"

#include <apr_hash.h>

#include "base/text.h"
#include "store/field.h"

apr_status_t scim_sync_member_list(scim_sync_db_t *db, apr_array_header_t **members,
                                   const char *group, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT m.value, m.display, " SCIM_SYNC_MEMBER_TYPE ", " SCIM_SYNC_MEMBER_REF
        " FROM member m JOIN resource g ON g.id = m.resource" SCIM_SYNC_MEMBER_TARGET(
            "g") " WHERE m.resource = %s ORDER BY m.value",
        DB_ARGS(DB_TEXT(group)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *members = apr_array_make(p, rows->count, sizeof(scim_sync_member_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*members, scim_sync_member_t) = (scim_sync_member_t) {
            .value = scim_sync_db_text(rows, i, 0),
            .display = scim_sync_db_text(rows, i, 1),
            .type = scim_sync_db_text(rows, i, 2),
            .ref = scim_sync_db_text(rows, i, 3),
        };
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_member_count(scim_sync_db_t *db, apr_int64_t *count, const char *group,
                                    apr_int64_t most, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT COUNT(*) FROM (SELECT 1 FROM member WHERE resource = %s"
                             " LIMIT %lld) m",
                             DB_ARGS(DB_TEXT(group), DB_INT(most)), p);
    if (rv == APR_SUCCESS) {
        *count = scim_sync_db_number(rows, 0, 0);
    }
    return rv;
}

/*
 * What the id is, is looked up here, where it costs little, rather than whenever members are read.
 * An id is not given to another resource, so that what is found stays true.
 */
#define INSERT                                                                                     \
    "INSERT INTO member (resource, value, display, display_key, type, ref_type, real_type)"        \
    " VALUES (%s, %s, %s, %s, %s, %s, (SELECT t.type FROM resource t"                              \
    " JOIN resource g ON g.idp = t.idp WHERE t.id = %s AND g.id = %s))"                            \
    " ON CONFLICT (resource, value) DO NOTHING"

static apr_status_t add(scim_sync_db_t *db, const char *group, const apr_array_header_t *members,
                        apr_array_header_t *added, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < members->nelts; i++) {
        const scim_sync_member_t *m = &APR_ARRAY_IDX(members, i, scim_sync_member_t);
        int stored = 0;

        rv = scim_sync_db_exec(db, &stored, INSERT,
                               DB_ARGS(DB_TEXT(group), DB_TEXT(m->value), DB_TEXT(m->display),
                                       DB_TEXT(scim_sync_fold(m->display, p)), DB_TEXT(m->type),
                                       DB_TEXT(m->ref), DB_TEXT(m->value), DB_TEXT(group)),
                               p);
        if (stored) {
            APR_ARRAY_PUSH(added, const char *) = m->value;
        }
    }
    return rv;
}

static apr_status_t take_out(scim_sync_db_t *db, const char *group, const char *value,
                             apr_array_header_t *removed, apr_pool_t *p)
{
    int gone = 0;
    apr_status_t rv;

    rv = scim_sync_db_exec(db, &gone, "DELETE FROM member WHERE resource = %s AND value = %s",
                           DB_ARGS(DB_TEXT(group), DB_TEXT(value)), p);
    if (gone) {
        APR_ARRAY_PUSH(removed, const char *) = value;
    }
    return rv;
}

static apr_status_t take_out_all(scim_sync_db_t *db, const char *group,
                                 const apr_array_header_t *members, apr_array_header_t *removed,
                                 apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < members->nelts; i++) {
        rv = take_out(db, group, APR_ARRAY_IDX(members, i, scim_sync_member_t).value, removed, p);
    }
    return rv;
}

static int matches(const scim_sync_filter_t *filter, const scim_sync_member_t *member,
                   const char *base, apr_pool_t *p)
{
    json_t *element = scim_sync_member_render(member, base, p);
    int is_match = scim_sync_filter_matches(filter, element, p);

    json_decref(element);
    return is_match;
}

static apr_status_t take_out_matching(scim_sync_db_t *db, const char *group,
                                      const scim_sync_filter_t *filter, const char *base,
                                      apr_array_header_t *removed, apr_pool_t *p)
{
    apr_array_header_t *members;
    apr_pool_t *scratch;
    apr_status_t rv;
    int i;

    if ((rv = apr_pool_create(&scratch, p)) != APR_SUCCESS) {
        return rv;
    }
    rv = scim_sync_member_list(db, &members, group, p);
    for (i = 0; rv == APR_SUCCESS && i < members->nelts; i++) {
        const scim_sync_member_t *member = &APR_ARRAY_IDX(members, i, scim_sync_member_t);

        apr_pool_clear(scratch);
        if (matches(filter, member, base, scratch)) {
            rv = take_out(db, group, member->value, removed, p);
        }
    }
    apr_pool_destroy(scratch);
    return rv;
}

/* Take out whoever is not in members, then add the rest: only rows that differ are touched. */
static apr_status_t set(scim_sync_db_t *db, const char *group, const apr_array_header_t *members,
                        apr_array_header_t *added, apr_array_header_t *removed, apr_pool_t *p)
{
    apr_hash_t *keep = apr_hash_make(p);
    apr_array_header_t *old;
    apr_status_t rv;
    int i;

    for (i = 0; i < members->nelts; i++) {
        const scim_sync_member_t *m = &APR_ARRAY_IDX(members, i, scim_sync_member_t);

        apr_hash_set(keep, m->value, APR_HASH_KEY_STRING, m);
    }
    rv = scim_sync_member_list(db, &old, group, p);
    for (i = 0; rv == APR_SUCCESS && i < old->nelts; i++) {
        const char *value = APR_ARRAY_IDX(old, i, scim_sync_member_t).value;

        if (!apr_hash_get(keep, value, APR_HASH_KEY_STRING)) {
            rv = take_out(db, group, value, removed, p);
        }
    }
    return rv == APR_SUCCESS ? add(db, group, members, added, p) : rv;
}

apr_status_t scim_sync_member_apply(scim_sync_db_t *db, const char *group, const char *base,
                                    const apr_array_header_t *changes, apr_array_header_t *added,
                                    apr_array_header_t *removed, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < changes->nelts; i++) {
        const scim_sync_member_change_t *c = &APR_ARRAY_IDX(changes, i, scim_sync_member_change_t);

        switch (c->verb) {
        case SCIM_SYNC_MEMBERS_ADD:
            rv = add(db, group, c->members, added, p);
            break;
        case SCIM_SYNC_MEMBERS_REMOVE:
            rv = c->filter ? take_out_matching(db, group, c->filter, base, removed, p)
                           : take_out_all(db, group, c->members, removed, p);
            break;
        case SCIM_SYNC_MEMBERS_SET:
            rv = set(db, group, c->members, added, removed, p);
            break;
        }
    }
    return rv;
}

#define GROUPS_OF                                                                                  \
    "(SELECT m.resource FROM member m JOIN resource g ON g.id = m.resource"                        \
    " JOIN resource u ON u.id = m.value AND u.idp = g.idp WHERE m.value = %s)"

apr_status_t scim_sync_member_leave(scim_sync_db_t *db, const char *id, int *left, apr_pool_t *p)
{
    scim_sync_rows_t *groups;
    apr_status_t rv;

    /*
     * In one order, so that two who leave the same groups wait for each other, not both for ever.
     */
    rv = scim_sync_db_select(db, &groups,
                             "SELECT id FROM resource WHERE id IN " GROUPS_OF
                             " ORDER BY id{for_update}",
                             DB_ARGS(DB_TEXT(id)), p);
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, NULL,
                               "UPDATE resource SET version = version + 1, modified = %lld"
                               " WHERE id IN " GROUPS_OF,
                               DB_ARGS(DB_INT(scim_sync_now()), DB_TEXT(id)), p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, left,
                               "DELETE FROM member WHERE value = %s AND resource IN " GROUPS_OF,
                               DB_ARGS(DB_TEXT(id), DB_TEXT(id)), p);
    }
    return rv;
}
