/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statements of people.c (people_sql.c), for itself, for migrations, for who deletes an IdP,
 * and for the tests that ask the database for its plans. Nobody else includes this.
 */
#ifndef SCIM_SYNC_STORE_PEOPLE_PRIVATE_H
#define SCIM_SYNC_STORE_PEOPLE_PRIVATE_H

#include "store/people.h"
#include "store/sql.h"

/* With a WHERE behind it: before the resources of these tasks are deleted. */
#define SCIM_SYNC_PEOPLE_FORGET                                                                    \
    "UPDATE task SET gone_key = COALESCE((SELECT r.name_key FROM resource r"                       \
    " WHERE r.id = task.subject), gone_key)"

/* Each is a walk along one index, from one key to the next, among what one IdP told. */
typedef enum {
    SCIM_SYNC_PEOPLE_BY_NAME,
    SCIM_SYNC_PEOPLE_BY_EMAIL,
    SCIM_SYNC_PEOPLE_BY_DISPLAY,
    SCIM_SYNC_PEOPLE_BY_GONE, /* those that it has deleted */
    SCIM_SYNC_PEOPLE_WAYS
} scim_sync_people_way_t;

/*
 * The first `most` of a walk behind a place: id, idp, name, email, active, doc, name_key,
 * display_key, and the key of the walk.
 */
scim_sync_sql_t *scim_sync_people_walk(scim_sync_people_way_t way, const char *idp,
                                       const scim_sync_people_query_t *query,
                                       const scim_sync_position_t *after, int most, apr_pool_t *p);

/*
 * Each IdP of the tasks whose subjects are gone, from one to the next along the index: const char *,
 * added to idps, in p.
 */
apr_status_t scim_sync_people_gone(scim_sync_db_t *db, apr_array_header_t *idps,
                                   scim_sync_type_t type, apr_pool_t *p);

/*
 * Subjects of an IdP's tasks, at most so many: in the state that is asked for; and, of held and
 * discarded, those of which a part is.
 */
scim_sync_sql_t *scim_sync_people_in_state(const char *idp, const scim_sync_people_query_t *query,
                                           int most, apr_pool_t *p);
scim_sync_sql_t *scim_sync_people_decided(const char *idp, const scim_sync_people_query_t *query,
                                          int most, apr_pool_t *p);
/* How many tasks of whatever kind an IdP has in a state, up to so many. */
scim_sync_sql_t *scim_sync_people_count(const char *idp, const char *state, int most,
                                        apr_pool_t *p);

/* So many ids at most has a statement. */
#define SCIM_SYNC_PEOPLE_IDS 100

/* Resources by their ids, with the columns of a walk by name. */
scim_sync_sql_t *scim_sync_people_by_id(const char *const *ids, int n, apr_pool_t *p);

/*
 * The tasks of users or groups at a site: subject, id, site, state, guard, discarded, detail, name,
 * gone_key, idp.
 */
scim_sync_sql_t *scim_sync_people_tasks(scim_sync_type_t type, const char *site,
                                        const char *const *ids, int n, apr_pool_t *p);

/* A page of a group's members behind an id: value, display, type (NULL: there is nothing of it). */
scim_sync_sql_t *scim_sync_people_members_of(const char *idp, const char *group, const char *after,
                                             int most, apr_pool_t *p);

/*
 * What users stand for at a site, and the state of their memberships of a group there: resource,
 * object, state.
 */
scim_sync_sql_t *scim_sync_people_held(const char *site, const char *group_id,
                                       const char *const *ids, int n, apr_pool_t *p);

/*
 * Part of a migration (store/migrate.h): the indexes of which the databases don't need the same,
 * and the keys of those that are gone already.
 */
apr_status_t scim_sync_people_index(scim_sync_db_t *db, apr_pool_t *p);

#endif
