/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/people and api/groups: who there is, over all identity providers, and what is the matter.
 */
#include <apr_encode.h>

#include "base/json.h"
#include "base/text.h"
#include "http/admin.h"
#include "http/admin_people.h"

/* Longer than any name that is looked for by its beginning. */
#define PREFIX_MAX 256

typedef struct {
    scim_sync_people_query_t query;
    scim_sync_people_page_t page;
} ask_t;

/* A place in the list, as a text that is given back: the key and the id, in base64url. */
static const char *print_place(const scim_sync_position_t *place, apr_pool_t *p)
{
    const json_t *pair = scim_sync_json_own(json_pack("[s, s]", place->key, place->id), p);
    apr_size_t len;
    const char *text = scim_sync_json_text(pair, &len, p);

    return apr_pencode_base64(p, text, (apr_ssize_t)len, APR_ENCODE_BASE64URL, NULL);
}

static const scim_sync_error_t *read_place(scim_sync_admin_t *q, scim_sync_position_t *place)
{
    const char *text = scim_sync_admin_asked(q, "after");
    const char *decoded;
    const char *why;
    apr_size_t len;
    json_t *pair;

    if (!text) {
        return NULL;
    }
    decoded = apr_pdecode_base64(q->p, text, APR_ENCODE_STRING, APR_ENCODE_NONE, &len);
    if (decoded && scim_sync_json_parse(&pair, decoded, len, 1, &why, q->p) == APR_SUCCESS) {
        place->key = json_string_value(json_array_get(pair, 0));
        place->id = json_string_value(json_array_get(pair, 1));
    }
    return place->key && place->id ? NULL
                                   : scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                                                     "after must be the next of the page before.");
}

static const scim_sync_error_t *read_query(scim_sync_admin_t *q, scim_sync_people_query_t *query)
{
    const char *prefix = scim_sync_admin_asked(q, "q");
    const scim_sync_error_t *error;

    if (prefix && strlen(prefix) > PREFIX_MAX) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "q has %d bytes at most.", PREFIX_MAX);
    }
    query->prefix = prefix ? scim_sync_fold(prefix, q->p) : "";
    query->idp = scim_sync_admin_asked(q, "idp");
    query->state = scim_sync_admin_asked(q, "state");
    if (query->state && !scim_sync_people_is_state(query->state)) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "state must be ok, waiting, failed, held, discarded or planned.");
    }
    error = read_place(q, &query->after);
    return error ? error : scim_sync_admin_limit(q, &query->max);
}

static apr_status_t find(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;

    return scim_sync_people_find(db, &a->page, &a->query, p);
}

json_t *scim_sync_admin_person_json(const scim_sync_people_entry_t *e, scim_sync_type_t type)
{
    json_t *task = e->task ? json_pack("{s:I, s:s, s:s?}", "id", (json_int_t)e->task, "site",
                                       e->site, "detail", e->detail)
                           : json_null();
    json_t *entry = json_pack("{s:s, s:s, s:s, s:b, s:s, s:o}", "id", e->id, "idp", e->idp, "name",
                              e->name, "deleted", e->gone, "state", e->state, "task", task);

    if (type == SCIM_SYNC_USER) {
        json_object_update_new(entry, json_pack("{s:s?, s:s?, s:b}", "displayName", e->display,
                                                "email", e->email, "active", e->active));
    }
    return entry;
}

static int answer(scim_sync_admin_t *q, scim_sync_type_t type, const char *collection)
{
    ask_t a = { .query = { .type = type } };
    const scim_sync_error_t *error;
    json_t *list;
    int i;

    if (q->name) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_answer_method(q->r, "GET, HEAD");
    }
    if ((error = read_query(q, &a.query))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, find, &a)) {
        return OK;
    }
    list = json_array();
    for (i = 0; i < a.page.entries->nelts; i++) {
        json_array_append_new(list,
                              scim_sync_admin_person_json(APR_ARRAY_IDX(a.page.entries, i,
                                                                        scim_sync_people_entry_t *),
                                                          type));
    }
    return scim_sync_admin_answer(
        q, HTTP_OK,
        scim_sync_json_own(json_pack("{s:o, s:s?}", collection, list, "next",
                                     a.page.next.key ? print_place(&a.page.next, q->p) : NULL),
                           q->p));
}

int scim_sync_admin_people(scim_sync_admin_t *q)
{
    return answer(q, SCIM_SYNC_USER, "people");
}

int scim_sync_admin_groups(scim_sync_admin_t *q)
{
    return answer(q, SCIM_SYNC_GROUP, "groups");
}
