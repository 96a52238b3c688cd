/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking for events. A question is answered by walks, each along one index from its newest event
 * on: "by the id, by the name, by the address" are three, and a kind with a dot at its end is one
 * for each kind that begins so. So that none sorts or reads more than the page, whatever the
 * database makes of it, the walks are put together here.
 */
#include "store/event_private.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

/* Users of one address, over all IdPs. */
#define NAMESAKES_MAX 20
/* There are some thirty kinds. */
#define KINDS_MAX 100
/* Of each condition so many events are counted, to find the one that leaves the fewest. */
#define COUNTED 1000

typedef struct {
    scim_sync_event_way_t way;
    const char *key; /* NULL: BY_TIME has none */
} walk_t;

static const char *const columns[SCIM_SYNC_EVENT_WAYS] = {
    [SCIM_SYNC_EVENT_BY_SUBJECT] = "e.subject", [SCIM_SYNC_EVENT_BY_PERSON] = "e.person_key",
    [SCIM_SYNC_EVENT_BY_EMAIL] = "e.email_key", [SCIM_SYNC_EVENT_BY_GROUP] = "e.group_key",
    [SCIM_SYNC_EVENT_BY_KIND] = "e.kind",       [SCIM_SYNC_EVENT_BY_ACTOR] = "e.actor",
    [SCIM_SYNC_EVENT_BY_IDP] = "e.idp",         [SCIM_SYNC_EVENT_BY_SITE] = "e.site",
};

/*
 * From one row of the index to another, rather than what is equal to the key: PostgreSQL, which
 * plans for any value, would go along the times of all events, past those with other keys.
 */
static void put_range(scim_sync_sql_t *sql, scim_sync_event_way_t way, const char *key,
                      const scim_sync_event_bounds_t *bounds, apr_pool_t *p)
{
    const char *column = columns[way];

    if (!column) {
        scim_sync_sql_put(sql, " WHERE e.at >= %lld AND (e.at, e.id) < (%lld, %lld)",
                          DB_ARGS(DB_INT(bounds->query.from), DB_INT(bounds->at),
                                  DB_INT(bounds->id)));
        return;
    }
    scim_sync_sql_put(sql,
                      apr_pstrcat(p, " WHERE ", column, " IS NOT NULL AND (", column,
                                  ", e.at) >= (%s, %lld) AND (", column,
                                  ", e.at, e.id) < (%s, %lld, %lld)", NULL),
                      DB_ARGS(DB_TEXT(key), DB_INT(bounds->query.from), DB_TEXT(key),
                              DB_INT(bounds->at), DB_INT(bounds->id)));
}

static void put_order(scim_sync_sql_t *sql, scim_sync_event_way_t way, int most, apr_pool_t *p)
{
    const char *column = columns[way];

    scim_sync_sql_put(sql,
                      apr_pstrcat(p, " ORDER BY ", column ? column : "", column ? " DESC, " : "",
                                  "e.at DESC, e.id DESC LIMIT %lld", NULL),
                      DB_ARGS(DB_INT(most)));
}

static void put_if(scim_sync_sql_t *sql, const char *text, const char *value)
{
    if (value) {
        scim_sync_sql_put(sql, text, DB_ARGS(DB_TEXT(value)));
    }
}

/*
 * What is looked at beside the key is looked at as a text that no index has: SQLite, which does not
 * know how many events have what, would go along whichever of the two it finds first.
 *
 * Only what is asked for stands there: from a condition that is always true PostgreSQL expects few
 * rows, and sorts all of them rather than stop after a page.
 */
scim_sync_sql_t *scim_sync_event_walk(scim_sync_event_way_t way, const char *key,
                                      const scim_sync_event_bounds_t *bounds, apr_pool_t *p)
{
    const scim_sync_event_query_t *q = &bounds->query;
    const char *const *groups = bounds->group_keys;
    scim_sync_sql_t *sql = scim_sync_sql_make(p);

    scim_sync_sql_puts(sql, "SELECT " SCIM_SYNC_EVENT_COLUMNS " FROM event e");
    put_range(sql, way, key, bounds, p);
    put_if(sql, " AND e.subject || '' = %s", q->subject);
    put_if(sql, " AND e.kind || '' = %s", q->kind);
    put_if(sql, " AND e.actor || '' = %s", q->actor);
    put_if(sql, " AND e.idp || '' = %s", q->idp);
    put_if(sql, " AND e.site || '' = %s", q->site);
    if (bounds->kinds) {
        scim_sync_sql_put(sql, " AND substr(e.kind, 1, length(CAST(%s AS TEXT))) = %s",
                          DB_ARGS(DB_TEXT(bounds->kinds), DB_TEXT(bounds->kinds)));
    }
    if (groups[0]) {
        scim_sync_sql_put(sql, " AND e.group_key || '' IN (%s, %s, %s, %s, %s, %s, %s, %s)",
                          DB_ARGS(DB_TEXT(groups[0]), DB_TEXT(groups[1]), DB_TEXT(groups[2]),
                                  DB_TEXT(groups[3]), DB_TEXT(groups[4]), DB_TEXT(groups[5]),
                                  DB_TEXT(groups[6]), DB_TEXT(groups[7])));
    }
    put_order(sql, way, q->max, p);
    return sql;
}

/* ---- which walks ---- */

static void add_walk(apr_array_header_t *walks, scim_sync_event_way_t way, const char *key)
{
    APR_ARRAY_PUSH(walks, walk_t) = (walk_t) { way, key };
}

/* Who has this address today is found under the names and addresses of before, too: by the id. */
static apr_status_t walk_person(scim_sync_db_t *db, apr_array_header_t *walks, const char *person,
                                apr_pool_t *p)
{
    const char *key = scim_sync_event_key(person, p);
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    add_walk(walks, SCIM_SYNC_EVENT_BY_SUBJECT, person);
    add_walk(walks, SCIM_SYNC_EVENT_BY_PERSON, key);
    add_walk(walks, SCIM_SYNC_EVENT_BY_EMAIL, key);
    rv = scim_sync_db_select(db, &rows,
                             "SELECT resource FROM resource_email WHERE email = %s LIMIT %lld",
                             DB_ARGS(DB_TEXT(scim_sync_fold(person, p)), DB_INT(NAMESAKES_MAX)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        add_walk(walks, SCIM_SYNC_EVENT_BY_SUBJECT, scim_sync_db_text(rows, i, 0));
    }
    return rv;
}

/*
 * The names under which events of a group are found: what was asked for; and where that is the id
 * of one that is told of today, its displayName, and what it is called in Jira.
 */
static apr_status_t name_group(scim_sync_db_t *db, const char **keys, const char *group,
                               apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    for (i = 0; i < SCIM_SYNC_EVENT_GROUP_KEYS; i++) {
        keys[i] = scim_sync_event_key(group, p);
    }
    rv = scim_sync_db_select(
        db, &rows,
        "SELECT r.name FROM resource r WHERE r.id = %s AND r.type = 'Group'"
        " UNION SELECT COALESCE(g.name, l.name) FROM jira_link l"
        " LEFT JOIN jira_group g ON g.site = l.site AND g.group_id = l.object"
        " WHERE l.resource = %s AND l.kind = 'group' LIMIT %lld",
        DB_ARGS(DB_TEXT(group), DB_TEXT(group), DB_INT(SCIM_SYNC_EVENT_GROUP_KEYS - 1)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        keys[i + 1] = scim_sync_event_key(scim_sync_db_text(rows, i, 0), p);
    }
    return rv;
}

/* One walk for each key: none twice, for each would find the same. */
static void walk_group(apr_array_header_t *walks, const char *group, const char *const *keys)
{
    int i;
    int k;

    add_walk(walks, SCIM_SYNC_EVENT_BY_SUBJECT, group);
    for (i = 0; i < SCIM_SYNC_EVENT_GROUP_KEYS; i++) {
        for (k = 0; strcmp(keys[k], keys[i]); k++) {
        }
        if (k == i) {
            add_walk(walks, SCIM_SYNC_EVENT_BY_GROUP, keys[i]);
        }
    }
}

/* Each kind that there is, from one to the next along the index, in whatever order it has. */
static apr_status_t find_kinds(scim_sync_db_t *db, apr_array_header_t *kinds, const char *prefix,
                               apr_pool_t *p)
{
    const char *kind = "";
    scim_sync_rows_t *rows;
    apr_status_t rv = APR_SUCCESS;
    int n;

    for (n = 0; rv == APR_SUCCESS && kind && n < KINDS_MAX; n++) {
        rv = scim_sync_db_select(db, &rows, "SELECT MIN(kind) FROM event WHERE kind > %s",
                                 DB_ARGS(DB_TEXT(kind)), p);
        kind = rv == APR_SUCCESS ? scim_sync_db_text(rows, 0, 0) : NULL;
        if (kind && !strncmp(kind, prefix, strlen(prefix))) {
            APR_ARRAY_PUSH(kinds, const char *) = kind;
        }
    }
    return rv;
}

/* How many events a walk would meet if there were no other condition, as far as they are counted. */
static apr_status_t count(scim_sync_db_t *db, apr_int64_t *number, scim_sync_event_way_t way,
                          const char *key, const scim_sync_event_bounds_t *bounds, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);
    scim_sync_rows_t *rows;
    apr_status_t rv;

    scim_sync_sql_puts(sql, "SELECT COUNT(*) FROM (SELECT 1 FROM event e");
    put_range(sql, way, key, bounds, p);
    put_order(sql, way, COUNTED, p);
    scim_sync_sql_puts(sql, ") c");
    if ((rv = scim_sync_sql_select(db, &rows, sql, p)) == APR_SUCCESS) {
        *number += scim_sync_db_number(rows, 0, 0);
    }
    return rv;
}

apr_status_t scim_sync_event_narrowest(scim_sync_db_t *db, scim_sync_event_way_t *way,
                                       const scim_sync_event_bounds_t *bounds,
                                       const apr_array_header_t *kinds, apr_pool_t *p)
{
    const scim_sync_event_query_t *q = &bounds->query;
    const walk_t others[] = { { SCIM_SYNC_EVENT_BY_ACTOR, q->actor },
                              { SCIM_SYNC_EVENT_BY_IDP, q->idp },
                              { SCIM_SYNC_EVENT_BY_SITE, q->site } };
    int is_alone = (kinds != NULL) + (q->actor != NULL) + (q->idp != NULL) + (q->site != NULL) < 2;
    apr_int64_t fewest = kinds ? 0 : APR_INT64_MAX;
    apr_status_t rv = APR_SUCCESS;
    apr_size_t n;
    int i;

    *way = kinds ? SCIM_SYNC_EVENT_BY_KIND : SCIM_SYNC_EVENT_BY_TIME;
    for (i = 0; rv == APR_SUCCESS && !is_alone && kinds && fewest < COUNTED && i < kinds->nelts;
         i++) {
        rv = count(db, &fewest, SCIM_SYNC_EVENT_BY_KIND, APR_ARRAY_IDX(kinds, i, const char *),
                   bounds, p);
    }
    fewest = kinds && fewest > COUNTED ? COUNTED : fewest;
    for (n = 0; rv == APR_SUCCESS && n < sizeof(others) / sizeof(others[0]); n++) {
        apr_int64_t number = 0;

        if (others[n].key && !is_alone) {
            rv = count(db, &number, others[n].way, others[n].key, bounds, p);
        }
        if (others[n].key && number < fewest) {
            *way = others[n].way;
            fewest = number;
        }
    }
    return rv;
}

/* One walk along a condition, which then is none any more. */
static void take(apr_array_header_t *walks, scim_sync_event_way_t way, const char **condition)
{
    add_walk(walks, way, *condition);
    *condition = NULL;
}

/* The walks for the condition that leaves the fewest events; the others are only looked at. */
static apr_status_t walk_narrowest(scim_sync_db_t *db, apr_array_header_t *walks,
                                   scim_sync_event_bounds_t *bounds, apr_pool_t *p)
{
    scim_sync_event_query_t *q = &bounds->query;
    apr_array_header_t *kinds = apr_array_make(p, 8, sizeof(const char *));
    int is_by_kind = q->kind || bounds->kinds;
    scim_sync_event_way_t way;
    apr_status_t rv;
    int i;

    if (q->kind) {
        APR_ARRAY_PUSH(kinds, const char *) = q->kind;
    }
    else if (bounds->kinds && (rv = find_kinds(db, kinds, bounds->kinds, p)) != APR_SUCCESS) {
        return rv;
    }
    rv = scim_sync_event_narrowest(db, &way, bounds, is_by_kind ? kinds : NULL, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    switch (way) {
    case SCIM_SYNC_EVENT_BY_KIND:
        bounds->kinds = NULL;
        q->kind = NULL;
        for (i = 0; i < kinds->nelts; i++) {
            add_walk(walks, way, APR_ARRAY_IDX(kinds, i, const char *));
        }
        break;
    case SCIM_SYNC_EVENT_BY_ACTOR:
        take(walks, way, &q->actor);
        break;
    case SCIM_SYNC_EVENT_BY_IDP:
        take(walks, way, &q->idp);
        break;
    case SCIM_SYNC_EVENT_BY_SITE:
        take(walks, way, &q->site);
        break;
    default:
        add_walk(walks, SCIM_SYNC_EVENT_BY_TIME, NULL);
    }
    return APR_SUCCESS;
}

static apr_status_t choose(scim_sync_db_t *db, apr_array_header_t *walks,
                           scim_sync_event_bounds_t *bounds, apr_pool_t *p)
{
    scim_sync_event_query_t *q = &bounds->query;

    if (q->person) {
        return walk_person(db, walks, q->person, p);
    }
    if (q->group) {
        walk_group(walks, q->group, bounds->group_keys);
        memset(bounds->group_keys, 0, sizeof(bounds->group_keys));
        return APR_SUCCESS;
    }
    if (q->subject) {
        take(walks, SCIM_SYNC_EVENT_BY_SUBJECT, &q->subject);
        return APR_SUCCESS;
    }
    return walk_narrowest(db, walks, bounds, p);
}

/* ---- the page ---- */

/* Where the page begins; *gone: behind an event that is no more. */
static apr_status_t find_place(scim_sync_db_t *db, scim_sync_event_bounds_t *bounds, int *gone,
                               apr_pool_t *p)
{
    const scim_sync_event_query_t *q = &bounds->query;
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *gone = 0;
    bounds->at = q->to > 0 ? q->to : APR_INT64_MAX;
    bounds->id = 0;
    if (q->before <= 0) {
        return APR_SUCCESS;
    }
    rv = scim_sync_db_select(db, &rows, "SELECT at FROM event WHERE id = %lld",
                             DB_ARGS(DB_INT(q->before)), p);
    if (rv == APR_SUCCESS) {
        *gone = rows->count == 0;
        if (scim_sync_db_number(rows, 0, 0) < bounds->at) {
            bounds->at = scim_sync_db_number(rows, 0, 0);
            bounds->id = q->before;
        }
    }
    return rv;
}

static int newest_first(const void *a, const void *b)
{
    const scim_sync_event_t *one = *(scim_sync_event_t *const *)a;
    const scim_sync_event_t *other = *(scim_sync_event_t *const *)b;

    if (one->at != other->at) {
        return one->at > other->at ? -1 : 1;
    }
    return one->id > other->id ? -1 : one->id < other->id;
}

/* What two walks have found stands there once. */
static void put_together(apr_array_header_t *events, int max)
{
    scim_sync_event_t **all = (scim_sync_event_t **)events->elts;
    int kept = 0;
    int i;

    qsort(all, (size_t)events->nelts, sizeof(*all), newest_first);
    for (i = 0; i < events->nelts && kept < max; i++) {
        if (kept == 0 || all[kept - 1]->id != all[i]->id) {
            all[kept++] = all[i];
        }
    }
    events->nelts = kept;
}

static apr_status_t walk_all(scim_sync_db_t *db, apr_array_header_t *events,
                             const apr_array_header_t *walks,
                             const scim_sync_event_bounds_t *bounds, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    scim_sync_rows_t *rows;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < walks->nelts; i++) {
        const walk_t *walk = &APR_ARRAY_IDX(walks, i, walk_t);

        rv = scim_sync_sql_select(db, &rows, scim_sync_event_walk(walk->way, walk->key, bounds, p),
                                  p);
        if (rv == APR_SUCCESS) {
            apr_array_cat(events, scim_sync_event_rows(rows, p));
        }
    }
    return rv;
}

static apr_status_t search(scim_sync_db_t *db, apr_array_header_t *events,
                           const scim_sync_event_query_t *query, apr_pool_t *p)
{
    apr_array_header_t *walks = apr_array_make(p, 4, sizeof(walk_t));
    scim_sync_event_bounds_t bounds = { .query = *query };
    apr_size_t length = query->kind ? strlen(query->kind) : 0;
    apr_status_t rv;
    int gone;

    if (length > 0 && query->kind[length - 1] == '.') {
        bounds.kinds = query->kind;
        bounds.query.kind = NULL;
    }
    if ((rv = find_place(db, &bounds, &gone, p)) != APR_SUCCESS || gone) {
        return rv;
    }
    if (query->group && (rv = name_group(db, bounds.group_keys, query->group, p)) != APR_SUCCESS) {
        return rv;
    }
    if ((rv = choose(db, walks, &bounds, p)) == APR_SUCCESS &&
        (rv = walk_all(db, events, walks, &bounds, p)) == APR_SUCCESS) {
        put_together(events, query->max);
    }
    return rv;
}

apr_status_t scim_sync_event_search(scim_sync_db_t *db, apr_array_header_t **events,
                                    const scim_sync_event_query_t *query, apr_pool_t *p)
{
    apr_status_t rv;
    int begun;

    *events = apr_array_make(p, query->max, sizeof(scim_sync_event_t *));
    if ((rv = scim_sync_db_look(db, 1, &begun, p)) == APR_SUCCESS) {
        rv = search(db, *events, query, p);
    }
    return scim_sync_db_looked(db, begun, rv, p);
}
