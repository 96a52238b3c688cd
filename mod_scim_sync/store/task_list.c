/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of tasks for people, in pages. Each is put together from walks along one index: one for
 * each IdP that has tasks in a state, so that neither those of others nor those in other states are
 * read.
 */
#include "store/task_private.h"

#include <stdlib.h>
#include <string.h>

static const char *const states[] = { SCIM_SYNC_TASK_WAITING, SCIM_SYNC_TASK_FAILED,
                                      SCIM_SYNC_TASK_HELD, SCIM_SYNC_TASK_DISCARDED,
                                      SCIM_SYNC_TASK_PLANNED };

#define PARTLY_HELD      " AND t.guard IS NOT NULL AND t.state <> 'planned'"
#define PARTLY_DISCARDED " AND t.discarded IS NOT NULL"

#define STATES (sizeof(states) / sizeof(states[0]))

typedef struct {
    scim_sync_db_t *db;
    const scim_sync_task_filter_t *filter;
    apr_int64_t after;
    int max;
    apr_array_header_t *found; /* scim_sync_task_t * */
    apr_pool_t *p;
} list_t;

static void put_if(scim_sync_sql_t *sql, const char *text, const char *value)
{
    if (value) {
        scim_sync_sql_put(sql, text, DB_ARGS(DB_TEXT(value)));
    }
}

/* Beside the count, which the filter names: these tasks are too many to be sifted afterwards. */
static void put_guard(scim_sync_sql_t *sql, const scim_sync_task_filter_t *filter)
{
    put_if(sql, " AND t.idp = %s", filter->idp);
    if (filter->state && !strcmp(filter->state, SCIM_SYNC_TASK_HELD)) {
        scim_sync_sql_puts(sql, PARTLY_HELD);
    }
    else if (filter->state && !strcmp(filter->state, SCIM_SYNC_TASK_DISCARDED)) {
        scim_sync_sql_puts(sql, " AND (t.state = '" SCIM_SYNC_TASK_DISCARDED
                                "' OR t.discarded IS NOT NULL)");
    }
    else {
        put_if(sql, " AND t.state = %s", filter->state);
    }
}

static void put_way(scim_sync_sql_t *sql, scim_sync_task_way_t way, const char *state,
                    const char *key, const scim_sync_task_filter_t *filter)
{
    switch (way) {
    case SCIM_SYNC_TASK_BY_STATE:
        scim_sync_sql_put(sql, " AND t.state = %s AND t.idp = %s",
                          DB_ARGS(DB_TEXT(state), DB_TEXT(key)));
        break;
    case SCIM_SYNC_TASK_BY_SUBJECT:
        scim_sync_sql_put(sql,
                          " AND t.site = %s AND t.kind IN ('" SCIM_SYNC_TASK_USER
                          "', '" SCIM_SYNC_TASK_GROUP "', '" SCIM_SYNC_TASK_PORTAL
                          "') AND t.subject = %s",
                          DB_ARGS(DB_TEXT(key), DB_TEXT(filter->subject)));
        break;
    case SCIM_SYNC_TASK_BY_GUARD:
        put_guard(sql, filter);
        break;
    case SCIM_SYNC_TASK_HELD_IN_PART:
        scim_sync_sql_put(sql, PARTLY_HELD " AND t.idp = %s", DB_ARGS(DB_TEXT(key)));
        break;
    case SCIM_SYNC_TASK_DISCARDED_IN_PART:
        scim_sync_sql_put(sql, PARTLY_DISCARDED " AND t.idp = %s", DB_ARGS(DB_TEXT(key)));
        break;
    case SCIM_SYNC_TASK_BY_ID:
        break;
    }
}

/* Only what is asked for stands there (store/event_search.c says why). */
scim_sync_sql_t *scim_sync_task_walk(scim_sync_task_way_t way, const char *state, const char *key,
                                     const scim_sync_task_filter_t *filter, apr_int64_t after,
                                     int max, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);

    scim_sync_sql_put(sql,
                      "SELECT " SCIM_SYNC_TASK_COLUMNS ", " SCIM_SYNC_TASK_NAME
                      " FROM task t WHERE t.id > %lld",
                      DB_ARGS(DB_INT(after)));
    put_way(sql, way, state, key, filter);
    put_if(sql, " AND t.kind = %s", filter->kind);
    put_if(sql, " AND t.site = %s", filter->site);
    put_if(sql, " AND t.class = %s", filter->class);
    put_if(sql, " AND t.guard_idp = %s", filter->guard_idp);
    put_if(sql, " AND t.guard = %s", filter->guard);
    if (filter->status >= 0) {
        scim_sync_sql_put(sql, " AND t.status = %lld", DB_ARGS(DB_INT(filter->status)));
    }
    scim_sync_sql_put(sql, " ORDER BY t.id LIMIT %lld", DB_ARGS(DB_INT(max)));
    return sql;
}

static apr_status_t walk(list_t *list, scim_sync_task_way_t way, const char *state, const char *key)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_sql_select(list->db, &rows,
                              scim_sync_task_walk(way, state, key, list->filter, list->after,
                                                  list->max, list->p),
                              list->p);
    if (rv == APR_SUCCESS) {
        apr_array_cat(list->found, scim_sync_task_rows(rows, list->p));
    }
    return rv;
}

/* The next IdP that has such tasks behind one (NULL: the first), or NULL. */
static apr_status_t next_idp(list_t *list, scim_sync_task_way_t way, const char *state,
                             const char **idp)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(list->p);
    scim_sync_rows_t *rows;
    apr_status_t rv;

    scim_sync_sql_puts(sql, "SELECT t.idp FROM task t WHERE ");
    /* The IdP of portals' tasks is "". */
    scim_sync_sql_put(sql, *idp ? "t.idp > %s" : "t.idp >= %s", DB_ARGS(DB_TEXT(*idp ? *idp : "")));
    if (way == SCIM_SYNC_TASK_BY_STATE) {
        scim_sync_sql_put(sql, " AND t.state = %s", DB_ARGS(DB_TEXT(state)));
    }
    else {
        scim_sync_sql_puts(sql,
                           way == SCIM_SYNC_TASK_HELD_IN_PART ? PARTLY_HELD : PARTLY_DISCARDED);
    }
    scim_sync_sql_puts(sql, " ORDER BY t.idp LIMIT 1");
    rv = scim_sync_sql_select(list->db, &rows, sql, list->p);
    *idp = rv == APR_SUCCESS ? scim_sync_db_text(rows, 0, 0) : NULL;
    return rv;
}

/* Of the IdP that is asked for, or of each that has such tasks: from one to the next. */
static apr_status_t walk_idps(list_t *list, scim_sync_task_way_t way, const char *state)
{
    const char *idp = NULL;
    apr_status_t rv;

    if (list->filter->idp) {
        return walk(list, way, state, list->filter->idp);
    }
    while ((rv = next_idp(list, way, state, &idp)) == APR_SUCCESS && idp &&
           (rv = walk(list, way, state, idp)) == APR_SUCCESS) {
    }
    return rv;
}

static apr_status_t walk_states(list_t *list)
{
    const char *state = list->filter->state;
    apr_status_t rv = APR_SUCCESS;
    apr_size_t i;

    for (i = 0; rv == APR_SUCCESS && i < STATES; i++) {
        if (!state || !strcmp(states[i], state)) {
            rv = walk_idps(list, SCIM_SYNC_TASK_BY_STATE, states[i]);
        }
    }
    if (rv == APR_SUCCESS && state && !strcmp(state, SCIM_SYNC_TASK_HELD)) {
        rv = walk_idps(list, SCIM_SYNC_TASK_HELD_IN_PART, NULL);
    }
    if (rv == APR_SUCCESS && state && !strcmp(state, SCIM_SYNC_TASK_DISCARDED)) {
        rv = walk_idps(list, SCIM_SYNC_TASK_DISCARDED_IN_PART, NULL);
    }
    return rv;
}

/* At each site: that is what the index of subjects begins with. All that there are. */
static apr_status_t walk_subject(list_t *list)
{
    scim_sync_rows_t *sites;
    apr_status_t rv =
        scim_sync_db_select(list->db, &sites, "SELECT name FROM site", DB_NO_ARGS, list->p);
    int max = list->max;
    int i;

    list->max = APR_INT16_MAX;
    for (i = 0; rv == APR_SUCCESS && i < sites->count; i++) {
        rv = walk(list, SCIM_SYNC_TASK_BY_SUBJECT, NULL, scim_sync_db_text(sites, i, 0));
    }
    list->max = max;
    return rv;
}

static int by_id(const void *a, const void *b)
{
    apr_int64_t left = (*(const scim_sync_task_t *const *)a)->id;
    apr_int64_t right = (*(const scim_sync_task_t *const *)b)->id;

    return left < right ? -1 : left > right;
}

/* A subject has so few tasks that all are read, whatever their IdP and state. */
static int is_of(const scim_sync_task_t *task, const scim_sync_task_filter_t *filter)
{
    const char *state = filter->state;

    return (!filter->idp || !strcmp(task->idp, filter->idp)) &&
           (!state || !strcmp(task->state, state) ||
            (!strcmp(state, SCIM_SYNC_TASK_HELD) && task->guard &&
             strcmp(task->state, SCIM_SYNC_TASK_PLANNED)) ||
            (!strcmp(state, SCIM_SYNC_TASK_DISCARDED) && task->discarded));
}

/* What two walks have found stands there once. */
static void put_together(list_t *list)
{
    scim_sync_task_t **all = (scim_sync_task_t **)list->found->elts;
    int kept = 0;
    int i;

    qsort(all, (size_t)list->found->nelts, sizeof(*all), by_id);
    for (i = 0; i < list->found->nelts && kept < list->max; i++) {
        if (is_of(all[i], list->filter) && (kept == 0 || all[kept - 1]->id != all[i]->id)) {
            all[kept++] = all[i];
        }
    }
    list->found->nelts = kept;
}

static apr_status_t walk_all(list_t *list)
{
    const scim_sync_task_filter_t *filter = list->filter;

    if (filter->subject) {
        return walk_subject(list);
    }
    if (filter->guard && filter->guard_idp && filter->site) {
        return walk(list, SCIM_SYNC_TASK_BY_GUARD, NULL, NULL);
    }
    return filter->state || filter->idp ? walk_states(list)
                                        : walk(list, SCIM_SYNC_TASK_BY_ID, NULL, NULL);
}

apr_status_t scim_sync_task_list(scim_sync_db_t *db, apr_array_header_t **tasks,
                                 const scim_sync_task_filter_t *filter, apr_int64_t after, int max,
                                 apr_pool_t *p)
{
    list_t list = { .db = db, .filter = filter, .after = after, .max = max, .p = p };
    apr_status_t rv;
    int begun;

    *tasks = list.found = apr_array_make(p, 16, sizeof(scim_sync_task_t *));
    /* A task that goes from one state to another meanwhile would be in none of the walks, or in two. */
    if ((rv = scim_sync_db_look(db, 0, &begun, p)) == APR_SUCCESS) {
        rv = walk_all(&list);
    }
    rv = scim_sync_db_looked(db, begun, rv, p);
    put_together(&list);
    return rv;
}
