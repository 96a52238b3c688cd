/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/idps/{name}/pulls/{id}/changes: who would come in and who would drop out, of a preview or of
 * a pull that was refused (store/google_change.h).
 */
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "http/admin_google.h"
#include "store/google_change.h"
#include "store/google_run.h"

typedef struct {
    scim_sync_admin_t *q;
    apr_int64_t run;
    const char *type; /* or NULL */
    const char *what; /* or NULL */
    apr_int64_t after;
    int limit;
    apr_array_header_t *page;
} ask_t;

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    scim_sync_google_idp_t *google;
    scim_sync_google_run_t *run;
    apr_status_t rv;

    if ((rv = scim_sync_admin_google_load(db, a->q, &google, p)) != APR_SUCCESS ||
        (rv = scim_sync_google_run_load(db, &run, a->q->name, a->run, p)) != APR_SUCCESS) {
        return rv;
    }
    if (!run) {
        return scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND,
                                        "%s has no pull %" APR_INT64_T_FMT ".", a->q->name, a->run);
    }
    if (!run->changes) {
        return scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND,
                                        "Of pull %" APR_INT64_T_FMT " no changes are kept: they "
                                        "are of the newest preview, or refused pull, alone.",
                                        a->run);
    }
    return scim_sync_google_change_list(db, &a->page, a->run, a->type, a->what, a->after, a->limit,
                                        p);
}

/* One of a few words, or nothing. */
static const scim_sync_error_t *read_word(scim_sync_admin_t *q, const char *name,
                                          const char *const *words, const char *text,
                                          const char **word)
{
    const char *asked = scim_sync_admin_asked(q, name);
    int i;

    for (i = 0; asked && words[i]; i++) {
        if (!strcmp(words[i], asked)) {
            *word = words[i];
            return NULL;
        }
    }
    return asked ? scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "%s must be %s.", name, text)
                 : NULL;
}

static const scim_sync_error_t *read_query(ask_t *a)
{
    static const char *const types[] = { SCIM_SYNC_CHANGE_USER, SCIM_SYNC_CHANGE_GROUP,
                                         SCIM_SYNC_CHANGE_MEMBER, NULL };
    static const char *const kinds[] = { SCIM_SYNC_CHANGE_NEW, SCIM_SYNC_CHANGE_CHANGED,
                                         SCIM_SYNC_CHANGE_GONE, SCIM_SYNC_CHANGE_FAULTY, NULL };
    scim_sync_admin_t *q = a->q;
    const scim_sync_error_t *error;

    if ((error = read_word(q, "type", types, "User, Group or Member", &a->type)) ||
        (error = read_word(q, "what", kinds, "new, changed, gone or faulty", &a->what)) ||
        (error = scim_sync_admin_limit(q, &a->limit))) {
        return error;
    }
    return scim_sync_query_number(&a->after, q->query, "after", 0, APR_INT64_MAX, 0, q->p);
}

static json_t *change_json(const scim_sync_google_change_t *change)
{
    json_t *j =
        json_pack("{s:I, s:s, s:s, s:s, s:s?}", "id", (json_int_t)change->id, "type", change->type,
                  "what", change->what, "googleId", change->subject, "name", change->name);

    if (!strcmp(change->type, SCIM_SYNC_CHANGE_MEMBER)) {
        json_object_set_new(j, "group", change->group ? json_string(change->group) : json_null());
    }
    json_object_set_new(j, "detail", change->detail ? json_string(change->detail) : json_null());
    return j;
}

int scim_sync_admin_pull_changes(scim_sync_admin_t *q, apr_int64_t run)
{
    const scim_sync_error_t *error;
    ask_t a = { .q = q, .run = run };
    json_t *changes;
    int i;

    if ((error = read_query(&a))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, load, &a)) {
        return OK;
    }
    changes = json_array();
    for (i = 0; i < a.page->nelts; i++) {
        json_array_append_new(changes,
                              change_json(&APR_ARRAY_IDX(a.page, i, scim_sync_google_change_t)));
    }
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:o}", "changes", changes), q->p));
}
