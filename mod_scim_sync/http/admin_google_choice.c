/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/idps/{name}/google/choice: which users and groups of the directory come in at all. What is
 * put holds from the next pull on.
 */
#include <string.h>

#include "base/json.h"
#include "http/admin_google.h"
#include "http/admin_version.h"
#include "store/google_choice.h"
#include "sync/google_choice.h"

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_google_chosen_t chosen;
    const scim_sync_choice_t *choice; /* to be put */
} ask_t;

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    scim_sync_google_idp_t *google;
    apr_status_t rv = scim_sync_admin_google_load(db, a->q, &google, p);

    return rv == APR_SUCCESS ? scim_sync_google_choice_load(db, &a->chosen, a->q->name, p) : rv;
}

static scim_sync_admin_version_t version_of(const ask_t *a)
{
    return (scim_sync_admin_version_t) { a->chosen.idp, a->chosen.version };
}

static int show(scim_sync_admin_t *q)
{
    const scim_sync_choice_t *choice;
    const char *why;
    ask_t a = { .q = q };

    if (scim_sync_admin_read(q, load, &a)) {
        return OK;
    }
    /* Only another version of this module can have stored what this one can't read. */
    if (scim_sync_choice_parse(&choice, a.chosen.text, &why, q->p) != APR_SUCCESS) {
        return scim_sync_admin_refuse(q, HTTP_INTERNAL_SERVER_ERROR,
                                      "This version of the module can't read the choice that is "
                                      "stored, put it anew: %s.",
                                      why);
    }
    scim_sync_admin_tag(q, version_of(&a));
    return scim_sync_admin_answer(q, HTTP_OK, scim_sync_choice_json(choice, q->p));
}

/* ---- PUT ---- */

static const char *choice_text(const ask_t *a, apr_pool_t *p)
{
    return scim_sync_json_text(scim_sync_choice_json(a->choice, p), NULL, p);
}

/* What is stored and can't be read is as if it were nothing. */
static apr_status_t tell(scim_sync_db_t *db, const ask_t *a, apr_pool_t *p)
{
    const scim_sync_choice_t *before;
    const char *why;
    apr_status_t rv = scim_sync_choice_parse(&before, a->chosen.text, &why, p);
    const scim_sync_event_t event = {
        .kind = "google.choice",
        .idp = a->q->name,
        .change =
            scim_sync_event_change(rv == APR_SUCCESS ? scim_sync_choice_flat(before, p) : NULL,
                                   scim_sync_choice_flat(a->choice, p), p)
    };

    return scim_sync_admin_tell(db, a->q, event, p);
}

static int is_same(const ask_t *a, apr_pool_t *p)
{
    const scim_sync_choice_t *before;
    const char *why;

    return scim_sync_choice_parse(&before, a->chosen.text, &why, p) == APR_SUCCESS &&
           json_equal(scim_sync_choice_json(before, p), scim_sync_choice_json(a->choice, p));
}

static apr_status_t store(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    scim_sync_admin_version_t version;
    apr_status_t rv;
    int stored;

    if ((rv = load(db, a, p)) != APR_SUCCESS) {
        return rv;
    }
    version = version_of(a);
    if ((rv = scim_sync_admin_expect(a->q, &version)) != APR_SUCCESS) {
        return rv;
    }
    if (is_same(a, p)) {
        return APR_SUCCESS;
    }
    rv = scim_sync_google_choice_put(db, a->q->name, choice_text(a, p), a->chosen.version, &stored,
                                     p);
    if (rv == APR_SUCCESS && !stored) {
        return scim_sync_admin_too_late(a->q);
    }
    return rv == APR_SUCCESS ? tell(db, a, p) : rv;
}

static int put(scim_sync_admin_t *q)
{
    const char *why;
    ask_t a = { .q = q };

    if (q->no_body) {
        return scim_sync_admin_refuse(q, HTTP_BAD_REQUEST,
                                      "There is no body; {} is what chooses everything.");
    }
    if (scim_sync_choice_read(&a.choice, q->body, &why, q->p) != APR_SUCCESS) {
        return scim_sync_admin_refuse(q, HTTP_BAD_REQUEST, "%s.", why);
    }
    return scim_sync_admin_changed(q, store, &a) ? OK : show(q);
}

int scim_sync_admin_google_choice(scim_sync_admin_t *q)
{
    const char *method = scim_sync_method(q->r);

    if (!strcmp(method, "GET")) {
        return show(q);
    }
    return strcmp(method, "PUT") ? scim_sync_answer_method(q->r, "GET, HEAD, PUT") : put(q);
}
