/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recording events, keeping them for their time, and noting those that the log has not had yet.
 */
#include "store/event_private.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

/* Bytes of each text: what people read, and what a line of the log has room for. */
#define TEXT_MAX   255
#define DETAIL_MAX 1000
#define CHANGE_MAX 2000
/* PostgreSQL refuses a row whose entry in an index is longer than some 2700 bytes. */
#define KEY_MAX 255

/* Of this process, before there are threads: scim_sync_event_note_unlogged(). */
static int note_unlogged;

void scim_sync_event_note_unlogged(int wanted)
{
    note_unlogged = wanted;
}

const char *scim_sync_event_key(const char *text, apr_pool_t *p)
{
    /* Folding makes a text three times as long at most: what is cut off makes no difference. */
    return scim_sync_excerpt(scim_sync_fold(scim_sync_excerpt(text, KEY_MAX, p), p), KEY_MAX, p);
}

static int is_about(const scim_sync_event_t *event, const char *what)
{
    return event->about && !strcmp(event->about, what);
}

/* The address is an index entry of its own only where the name does not lead there already. */
static const char *email_key(const scim_sync_event_t *event, const char *person_key, apr_pool_t *p)
{
    const char *key = scim_sync_event_key(event->email, p);

    return key && person_key && !strcmp(key, person_key) ? NULL : key;
}

/* What the columns of an event are, as they are stored. */
typedef struct {
    const char *name;
    const char *value;
} cell_t;
#define CELLS 11

static void cells_of(cell_t cells[CELLS], const scim_sync_event_t *event, apr_pool_t *p)
{
    const char *key = scim_sync_event_key(event->name, p);
    const char *person = is_about(event, SCIM_SYNC_EVENT_PERSON) ? key : NULL;
    int as_group =
        is_about(event, SCIM_SYNC_EVENT_GROUP) || is_about(event, SCIM_SYNC_EVENT_PORTAL);
    const char *group = as_group ? key : NULL;
    int fits = event->change && strlen(event->change) <= CHANGE_MAX;
    const cell_t all[CELLS] = {
        { "kind", event->kind },
        { "actor", scim_sync_excerpt(event->actor, TEXT_MAX, p) },
        { "idp", event->idp },
        { "site", event->site },
        { "subject", event->subject },
        { "name", scim_sync_excerpt(event->name, TEXT_MAX, p) },
        { "detail", scim_sync_excerpt(event->detail, DETAIL_MAX, p) },
        { "change", fits ? event->change : NULL },
        { "person", person },
        { "email", email_key(event, person, p) },
        { "group", event->group ? scim_sync_event_key(event->group, p) : group },
    };

    memcpy(cells, all, sizeof(all));
}

#define INTO                                                                                       \
    "INSERT INTO event (at, kind, actor, idp, site, subject, name, detail, change,"                \
    " person_key, email_key, group_key)"

apr_status_t scim_sync_event_add(scim_sync_db_t *db, const scim_sync_event_t *event, apr_pool_t *p)
{
    scim_sync_value_t values[CELLS];
    cell_t cells[CELLS];
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    cells_of(cells, event, p);
    for (i = 0; i < CELLS; i++) {
        values[i] = DB_TEXT(cells[i].value);
    }
    rv = scim_sync_db_select(db, &rows,
                             INTO " VALUES ({now}, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
                                  " RETURNING id",
                             CELLS, values, p);
    if (rv == APR_SUCCESS && note_unlogged) {
        rv = scim_sync_db_exec(db, NULL, "INSERT INTO event_unlogged (event) VALUES (%lld)",
                               DB_ARGS(DB_INT(scim_sync_db_number(rows, 0, 0))), p);
    }
    return rv;
}

static const char *page_text(const apr_array_header_t *events, apr_pool_t *p)
{
    json_t *page = scim_sync_json_own(json_array(), p);
    int i;
    int n;

    for (i = 0; i < events->nelts; i++) {
        json_t *row = json_object();
        cell_t cells[CELLS];

        cells_of(cells, APR_ARRAY_IDX(events, i, const scim_sync_event_t *), p);
        for (n = 0; n < CELLS; n++) {
            scim_sync_json_put(row, cells[n].name, cells[n].value);
        }
        json_array_append_new(page, row);
    }
    return scim_sync_json_text(page, NULL, p);
}

apr_status_t scim_sync_event_add_each(scim_sync_db_t *db, const apr_array_header_t *events,
                                      apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    const json_t *ids;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        INTO " SELECT {now}, e.value ->> 'kind', e.value ->> 'actor', e.value ->> 'idp',"
             " e.value ->> 'site', e.value ->> 'subject', e.value ->> 'name',"
             " e.value ->> 'detail', e.value ->> 'change', e.value ->> 'person',"
             " e.value ->> 'email', e.value ->> 'group'"
             " FROM {each}(CAST(%s AS {json})) e RETURNING id",
        DB_ARGS(DB_TEXT(page_text(events, p))), p);
    if (rv != APR_SUCCESS || !note_unlogged) {
        return rv;
    }
    ids = scim_sync_json_own(scim_sync_json_list(scim_sync_db_texts(rows, 0, p)), p);
    return scim_sync_db_exec(db, NULL,
                             "INSERT INTO event_unlogged (event) SELECT CAST(e.value AS BIGINT)"
                             " FROM {texts}(CAST(%s AS {json})) e",
                             DB_ARGS(DB_TEXT(scim_sync_json_text(ids, NULL, p))), p);
}

/* ---- before and after ---- */

static json_t *shown(const json_t *value, apr_pool_t *p)
{
    return json_is_string(value)
               ? json_string(scim_sync_excerpt(json_string_value(value), TEXT_MAX, p))
               : json_deep_copy(value);
}

static void compare(json_t *change, const char *key, const json_t *before, const json_t *after,
                    apr_pool_t *p)
{
    json_t *pair;

    if (json_object_get(change, key) || json_equal(before, after)) {
        return;
    }
    pair = json_object();
    if (before) {
        json_object_set_new(pair, "before", shown(before, p));
    }
    if (after) {
        json_object_set_new(pair, "after", shown(after, p));
    }
    json_object_set_new(change, key, pair);
}

const char *scim_sync_event_change(const json_t *before, const json_t *after, apr_pool_t *p)
{
    json_t *change = scim_sync_json_own(json_object(), p);
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)before, key, value)
    {
        compare(change, key, value, json_object_get(after, key), p);
    }
    json_object_foreach((json_t *)after, key, value)
    {
        compare(change, key, json_object_get(before, key), value, p);
    }
    return json_object_size(change) > 0 ? scim_sync_json_text(change, NULL, p) : NULL;
}

/* ---- as people see them ---- */

/* By which keys it is found says what it is about; a portal has an id of its own kind. */
static const char *about_of(const scim_sync_rows_t *rows, int i, const char *subject)
{
    if (!subject) {
        return NULL;
    }
    if (scim_sync_db_text(rows, i, 10)) {
        return SCIM_SYNC_EVENT_PERSON;
    }
    if (!scim_sync_db_text(rows, i, 11)) {
        return NULL;
    }
    return !strncmp(subject, "desk:", 5) || !strncmp(subject, "organization:", 13)
               ? SCIM_SYNC_EVENT_PORTAL
               : SCIM_SYNC_EVENT_GROUP;
}

apr_array_header_t *scim_sync_event_rows(const scim_sync_rows_t *rows, apr_pool_t *p)
{
    apr_array_header_t *events = apr_array_make(p, rows->count, sizeof(scim_sync_event_t *));
    int i;

    for (i = 0; i < rows->count; i++) {
        scim_sync_event_t *e = apr_pcalloc(p, sizeof(*e));

        e->id = scim_sync_db_number(rows, i, 0);
        e->at = scim_sync_db_number(rows, i, 1);
        e->kind = scim_sync_db_text(rows, i, 2);
        e->actor = scim_sync_db_text(rows, i, 3);
        e->idp = scim_sync_db_text(rows, i, 4);
        e->site = scim_sync_db_text(rows, i, 5);
        e->subject = scim_sync_db_text(rows, i, 6);
        e->name = scim_sync_db_text(rows, i, 7);
        e->detail = scim_sync_db_text(rows, i, 8);
        e->change = scim_sync_db_text(rows, i, 9);
        e->about = about_of(rows, i, e->subject);
        APR_ARRAY_PUSH(events, scim_sync_event_t *) = e;
    }
    return events;
}

json_t *scim_sync_event_json(const scim_sync_event_t *e, apr_pool_t *p)
{
    json_t *change = e->change ? json_loads(e->change, 0, NULL) : NULL;

    return json_pack("{s:I, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:o}", "id",
                     (json_int_t)e->id, "at", scim_sync_time_text(e->at, p), "kind", e->kind,
                     "actor", e->actor, "idp", e->idp, "site", e->site, "subject", e->subject,
                     "about", e->about, "name", e->name, "detail", e->detail, "change",
                     change ? change : json_null());
}

/* ---- keeping ---- */

apr_status_t scim_sync_event_prune(scim_sync_db_t *db, apr_int64_t age, int most, int *deleted,
                                   apr_pool_t *p)
{
    return scim_sync_db_exec(db, deleted,
                             "DELETE FROM event WHERE id IN (SELECT e.id FROM event e"
                             " WHERE e.at < {now} - %lld ORDER BY e.at, e.id LIMIT %lld)",
                             DB_ARGS(DB_INT(age), DB_INT(most)), p);
}

/* ---- for the log ---- */

apr_status_t scim_sync_event_unlogged(scim_sync_db_t *db, apr_array_header_t **events, int max,
                                      apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT " SCIM_SYNC_EVENT_COLUMNS " FROM event_unlogged u"
                             " JOIN event e ON e.id = u.event ORDER BY u.event LIMIT %lld",
                             DB_ARGS(DB_INT(max)), p);
    if (rv == APR_SUCCESS) {
        *events = scim_sync_event_rows(rows, p);
    }
    return rv;
}

apr_status_t scim_sync_event_any_unlogged(scim_sync_db_t *db, int *any, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv =
        scim_sync_db_select(db, &rows, "SELECT event FROM event_unlogged LIMIT 1", DB_NO_ARGS, p);

    *any = rv == APR_SUCCESS && rows->count > 0;
    return rv;
}

apr_status_t scim_sync_event_logged(scim_sync_db_t *db, const apr_array_header_t *ids,
                                    apr_pool_t *p)
{
    json_t *list = scim_sync_json_own(json_array(), p);
    int i;

    for (i = 0; i < ids->nelts; i++) {
        json_array_append_new(list, json_integer((json_int_t)APR_ARRAY_IDX(ids, i, apr_int64_t)));
    }
    return scim_sync_db_exec(db, NULL,
                             "DELETE FROM event_unlogged WHERE event IN (SELECT"
                             " CAST(CAST(l.value AS TEXT) AS BIGINT)"
                             " FROM {each}(CAST(%s AS {json})) l)",
                             DB_ARGS(DB_TEXT(scim_sync_json_text(list, NULL, p))), p);
}
