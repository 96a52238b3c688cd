/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How task.c looks for what is due, and what it shares with task_decide.c and guard.c. Nobody else
 * includes this, but for the tests that ask the database for its plans.
 */
#ifndef SCIM_SYNC_STORE_TASK_PRIVATE_H
#define SCIM_SYNC_STORE_TASK_PRIVATE_H

#include "store/link.h"
#include "store/sql.h"
#include "store/task.h"

#define SCIM_SYNC_TASK_COLUMNS                                                                     \
    "t.id, t.site, t.kind, t.subject, t.state, t.seq, t.attempts, t.next_at, t.status, t.detail,"  \
    " t.created, t.changed, t.idp, t.class, t.failed_since, t.released, t.guard, t.guard_idp,"     \
    " t.takes, t.discarded, t.spared"

/*
 * Behind these: what people call the subject. Whoever tells another name tells it to the tasks at
 * the sites that the IdP feeds by then.
 */
#define SCIM_SYNC_TASK_NAME                                                                        \
    "COALESCE(t.name, CASE WHEN t.subject = '" SCIM_SYNC_DEFAULT                                   \
    "' || t.idp THEN 'default groups of ' || t.idp END)"

/* Rows of both: scim_sync_task_t * in p. */
apr_array_header_t *scim_sync_task_rows(const scim_sync_rows_t *rows, apr_pool_t *p);

/* How a list looks for its tasks: each way goes along one index, from one id to the next. */
typedef enum {
    SCIM_SYNC_TASK_BY_ID,
    SCIM_SYNC_TASK_BY_STATE,   /* of one IdP */
    SCIM_SYNC_TASK_BY_SUBJECT, /* at one site */
    SCIM_SYNC_TASK_BY_GUARD,   /* what one of its counts holds at one site */
    SCIM_SYNC_TASK_HELD_IN_PART,
    SCIM_SYNC_TASK_DISCARDED_IN_PART /* of one IdP, these two */
} scim_sync_task_way_t;

/* The first tasks of it behind an id. state: of BY_STATE; key: the IdP, or the site. */
scim_sync_sql_t *scim_sync_task_walk(scim_sync_task_way_t way, const char *state, const char *key,
                                     const scim_sync_task_filter_t *filter, apr_int64_t after,
                                     int max, apr_pool_t *p);

/* What the tasks of one kind of reason (store/task_reason.h) have in common, as its index has it. */
typedef struct {
    const char *state;
    const char *idp;
    const char *site;
    const char *kind;
    const char *class;
    int status;
} scim_sync_task_alike_t;

/* The next kind of its state behind one; and how many there are of one. */
scim_sync_sql_t *scim_sync_task_reason_next(const scim_sync_task_alike_t *alike, apr_pool_t *p);
scim_sync_sql_t *scim_sync_task_reason_count(const scim_sync_task_alike_t *alike, apr_pool_t *p);

/* With a WHERE behind it. Whose guard holds it stays. */
#define SCIM_SYNC_TASK_DUE_NOW                                                                     \
    "UPDATE task SET state = 'waiting', next_at = {now}, seq = seq + 1, attempts = 0,"             \
    " changed = {now}"

/*
 * What a guard held passes, and no more than that; of what was discarded, and is held by none, that.
 * With a WHERE behind it.
 */
#define SCIM_SYNC_TASK_RELEASE                                                                     \
    SCIM_SYNC_TASK_DUE_NOW                                                                         \
    ", released = CASE released WHEN 1 THEN 1 ELSE 2 END,"                                         \
    " spared = CASE WHEN guard IS NULL AND discarded IS NOT NULL THEN kept ELSE spared END,"       \
    " discarded = CASE WHEN guard IS NULL THEN NULL ELSE discarded END,"                           \
    " guard = NULL, guard_idp = NULL"

/*
 * What a guard held is discarded, besides what was already: with these words twice, and a WHERE
 * behind it. One that is just looked at anew is looked at to the end; one of which something else
 * waits or has failed is looked at anew, to say that.
 */
#define SCIM_SYNC_TASK_DISCARD                                                                     \
    "UPDATE task SET state = CASE WHEN state IN ('held', 'planned')"                               \
    " THEN 'discarded' WHEN state = 'failed' THEN 'waiting' ELSE state END, next_at = {now},"      \
    " class = '" SCIM_SYNC_TASK_CLASS_GUARD "',"                                                   \
    " discarded_at = {now}, discarded = %s, detail = CAST(%s AS TEXT) || '" SCIM_SYNC_TASK_KEEPS   \
    "' || COALESCE(takes, '" SCIM_SYNC_TASK_ALL_HELD "') || '" SCIM_SYNC_TASK_AFTER_ALL            \
    "', kept = CASE WHEN discarded IS NULL THEN '' ELSE COALESCE(kept, '') END"                    \
    " || COALESCE(spared, '" SCIM_SYNC_TASK_SPARES_ALL "'),"                                       \
    " released = 0, guard = NULL, guard_idp = NULL, seq = seq + 1, changed = {now}"
#define SCIM_SYNC_TASK_KEEPS     ": keeps "
#define SCIM_SYNC_TASK_ALL_HELD  "what was held"
#define SCIM_SYNC_TASK_AFTER_ALL "; a retry takes it away after all"

/*
 * The fronts of a site: of each IdP whose tasks wait there and that is not paused, in how many ms
 * the first group's task is due, the first user's, and the first portal's; NULL when there is none. The IdPs are those
 * that the tasks name, of which some are deleted meanwhile. Each is found by one step in the index
 * task_due, over all tasks of the one before. So the tasks of a paused IdP are not read, however
 * many they are, and nothing has to be written to them when it is paused or live again.
 * ORDER BY and LIMIT rather than MIN(), which PostgreSQL works out by reading all as long as it
 * takes the table for a small one. Five times the site.
 */
#define SCIM_SYNC_TASK_FRONTS                                                                      \
    "WITH RECURSIVE w (idp) AS"                                                                    \
    " (SELECT (SELECT t.idp FROM task t WHERE t.site = %s AND t.state = 'waiting'"                 \
    " ORDER BY t.idp LIMIT 1)"                                                                     \
    " UNION ALL SELECT (SELECT t.idp FROM task t WHERE t.site = %s AND t.state = 'waiting'"        \
    " AND t.idp > w.idp ORDER BY t.idp LIMIT 1) FROM w WHERE w.idp IS NOT NULL)"                   \
    " SELECT w.idp, (SELECT t.next_at FROM task t WHERE t.site = %s AND t.state = 'waiting'"       \
    " AND t.idp = w.idp AND t.kind = 'group' ORDER BY t.next_at LIMIT 1) - {now},"                 \
    " (SELECT t.next_at FROM task t WHERE t.site = %s AND t.state = 'waiting'"                     \
    " AND t.idp = w.idp AND t.kind = 'user' ORDER BY t.next_at LIMIT 1) - {now},"                  \
    " (SELECT t.next_at FROM task t WHERE t.site = %s AND t.state = 'waiting'"                     \
    " AND t.idp = w.idp AND t.kind = 'portal' ORDER BY t.next_at LIMIT 1) - {now}"                 \
    " FROM w WHERE w.idp IS NOT NULL"                                                              \
    " AND NOT EXISTS (SELECT 1 FROM idp i WHERE i.name = w.idp AND i.state = 'paused')"

/* What is due behind a front, in order. The site, the IdP, the kind, and how many at most. */
#define SCIM_SYNC_TASK_DUE                                                                         \
    "SELECT " SCIM_SYNC_TASK_COLUMNS                                                               \
    ", t.name FROM task t WHERE t.site = %s AND t.state = 'waiting'"                               \
    " AND t.idp = %s AND t.kind = %s AND t.next_at <= (SELECT {now}) ORDER BY t.next_at, t.id "    \
    "LIMIT %lld"

#endif
