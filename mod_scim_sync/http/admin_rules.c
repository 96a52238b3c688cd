/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/idps/{name}/rules: what is done with what an identity provider tells; and .../rules/try: what
 * rules would make of names, without doing anything.
 */
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "http/admin_version.h"
#include "store/config.h"
#include "store/guard.h"
#include "sync/rules.h"

/* Of users, and of groups, that are tried in one request; and bytes of a name. */
#define TRIES_MAX 100
#define TRY_MAX   2048

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_idp_t *idp;
    const scim_sync_rules_t *rules; /* to be put, or to be tried */
} ask_t;

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_status_t rv = scim_sync_idp_load(db, &a->idp, a->q->name, p);

    return rv == APR_SUCCESS && !a->idp
               ? scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND, "There is no identity provider %s.",
                                          a->q->name)
               : rv;
}

/* Only another version of this module can have stored what this one can't read. */
static const scim_sync_error_t *stored_rules(ask_t *a)
{
    const char *why;

    return scim_sync_rules_parse(&a->rules, a->idp->rules, a->idp->mode, &why, a->q->p) ==
                   APR_SUCCESS
               ? NULL
               : scim_sync_error(a->q->p, HTTP_INTERNAL_SERVER_ERROR, NULL,
                                 "This version of the module can't read the rules that are "
                                 "stored, put them anew: %s.",
                                 why);
}

static int answer_rules(scim_sync_admin_t *q)
{
    const scim_sync_error_t *error;
    ask_t a = { .q = q };

    if (scim_sync_admin_read(q, load, &a)) {
        return OK;
    }
    if ((error = stored_rules(&a))) {
        return scim_sync_answer_error(q->r, error);
    }
    scim_sync_admin_tag(q, (scim_sync_admin_version_t) { a.idp->created, a.idp->version });
    return scim_sync_admin_answer(q, HTTP_OK, scim_sync_rules_json(a.rules, q->p));
}

/* ---- PUT ---- */

static const scim_sync_error_t *read_rules(ask_t *a, const json_t *j)
{
    const char *why;

    return scim_sync_rules_read(&a->rules, j, a->idp->mode, &why, a->q->p) == APR_SUCCESS
               ? NULL
               : scim_sync_error(a->q->p, HTTP_BAD_REQUEST, NULL, "%s.", why);
}

/* What has changed, for the event; empty when nothing has. */
static const char *difference(const ask_t *a, apr_pool_t *p)
{
    const scim_sync_rules_t *before;
    const char *why;

    return scim_sync_rules_parse(&before, a->idp->rules, a->idp->mode, &why, p) == APR_SUCCESS
               ? scim_sync_rules_difference(before, a->rules, p)
               : apr_psprintf(p, "in place of rules that could not be read (%s)", why);
}

static apr_status_t stale_rules(const ask_t *a)
{
    return scim_sync_admin_rollback(a->q, HTTP_PRECONDITION_FAILED,
                                    "%s was changed at the same moment: read the rules again.",
                                    a->q->name);
}

static apr_status_t store(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    scim_sync_admin_version_t version;
    const char *changes;
    apr_status_t rv;
    int stored;

    if ((rv = load(db, a, p)) != APR_SUCCESS) {
        return rv;
    }
    version = (scim_sync_admin_version_t) { a->idp->created, a->idp->version };
    if ((rv = scim_sync_admin_expect(a->q, &version)) != APR_SUCCESS) {
        return rv;
    }
    if (a->rules->customers != !strcmp(a->idp->mode, SCIM_SYNC_MODE_CUSTOMERS)) {
        return stale_rules(a);
    }
    changes = difference(a, p);
    if (!*changes) {
        return APR_SUCCESS;
    }
    rv = scim_sync_idp_put_rules(db, a->idp,
                                 scim_sync_json_text(scim_sync_rules_json(a->rules, p), NULL, p),
                                 &stored, p);
    if (rv == APR_SUCCESS && !stored) {
        return stale_rules(a);
    }
    if (rv == APR_SUCCESS && !a->rules->guard.enabled) {
        rv = scim_sync_guard_off(db, a->idp->name, p);
    }
    return rv == APR_SUCCESS
               ? scim_sync_admin_event(db, a->q, "idp.rules", a->idp->name, NULL, changes, p)
               : rv;
}

static int put(scim_sync_admin_t *q)
{
    const scim_sync_error_t *error;
    ask_t a = { .q = q };

    if (q->no_body) {
        return scim_sync_admin_refuse(q, HTTP_BAD_REQUEST,
                                      "There is no body; {} is what ends all rules.");
    }
    if (scim_sync_admin_read(q, load, &a)) {
        return OK;
    }
    if ((error = read_rules(&a, q->body))) {
        return scim_sync_answer_error(q->r, error);
    }
    return scim_sync_admin_changed(q, store, &a) ? OK : answer_rules(q);
}

/* ---- try ---- */

static const scim_sync_error_t *expect_names(scim_sync_admin_t *q, const char *field)
{
    const json_t *list = json_object_get(q->body, field);

    if (!list || (json_is_array(list) && json_array_size(list) <= TRIES_MAX)) {
        return NULL;
    }
    return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "%s must be a list of %d at most.", field,
                           TRIES_MAX);
}

static int is_name(const json_t *value)
{
    return json_is_string(value) && json_string_length(value) <= TRY_MAX;
}

static const char *fate_of(const scim_sync_rules_user_t *user)
{
    return !user->wanted ? "skipped" : user->rewritten ? "rewritten" : "kept";
}

/* As in scim/resource.h: without an e-mail address, the userName is it if it is one. */
static json_t *try_user(const ask_t *a, const char *user_name, const char *email)
{
    const char *address = email ? email : scim_sync_is_email(user_name) ? user_name : NULL;
    scim_sync_rules_user_t user;

    user = scim_sync_rules_user(a->rules, user_name, scim_sync_fold(address, a->q->p), a->q->p);
    return json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s, s:s?}", "userName", user_name, "result",
                     fate_of(&user), "name", user.name, "email", user.email, "rule",
                     user.reason.rule, "why", user.reason.why, "warning", user.reason.warning);
}

static json_t *try_group(const ask_t *a, const char *name)
{
    scim_sync_rules_group_t group = scim_sync_rules_group(a->rules, name, a->q->p);
    json_t *j = json_pack("{s:s, s:b, s:s, s:s, s:s?}", "group", name, "authoritative",
                          group.authoritative, "rule", group.reason.rule, "why", group.reason.why,
                          "warning", group.reason.warning);

    if (a->rules->customers) {
        json_object_set_new(j, "projects", scim_sync_rules_portals(group.names, 1));
        json_object_set_new(j, "organizations", scim_sync_rules_portals(group.names, 0));
    }
    else {
        json_object_set_new(j, "jiraGroups", scim_sync_json_list(group.names));
    }
    return j;
}

/* A text, or {"userName", "email"}. */
static const scim_sync_error_t *try_users(const ask_t *a, json_t *users)
{
    json_t *value;
    apr_size_t i;

    json_array_foreach(json_object_get(a->q->body, "usernames"), i, value)
    {
        const json_t *name = json_is_object(value) ? json_object_get(value, "userName") : value;
        const json_t *email = json_object_get(value, "email");

        if (!is_name(name) || (email && !json_is_null(email) && !is_name(email))) {
            return scim_sync_error(a->q->p, HTTP_BAD_REQUEST, NULL,
                                   "usernames[%" APR_SIZE_T_FMT "] must be a text, or an object "
                                   "with userName and perhaps email; each of %d bytes at most.",
                                   i, TRY_MAX);
        }
        json_array_append_new(users,
                              try_user(a, json_string_value(name), json_string_value(email)));
    }
    return NULL;
}

static const scim_sync_error_t *try_groups(const ask_t *a, json_t *groups)
{
    json_t *value;
    apr_size_t i;

    json_array_foreach(json_object_get(a->q->body, "groups"), i, value)
    {
        if (!is_name(value)) {
            return scim_sync_error(a->q->p, HTTP_BAD_REQUEST, NULL,
                                   "groups[%" APR_SIZE_T_FMT "] must be a text of %d bytes at "
                                   "most.",
                                   i, TRY_MAX);
        }
        json_array_append_new(groups, try_group(a, json_string_value(value)));
    }
    return NULL;
}

static int try_out(scim_sync_admin_t *q)
{
    static const char *const fields[] = { "usernames", "groups", "rules", NULL };
    json_t *users = scim_sync_json_own(json_array(), q->p);
    json_t *groups = scim_sync_json_own(json_array(), q->p);
    const json_t *given = json_object_get(q->body, "rules");
    const scim_sync_error_t *error;
    ask_t a = { .q = q };

    if ((error = scim_sync_admin_only(q, fields)) || (error = expect_names(q, "usernames")) ||
        (error = expect_names(q, "groups"))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, load, &a)) {
        return OK;
    }
    error = given && !json_is_null(given) ? read_rules(&a, given) : stored_rules(&a);
    if (error || (error = try_users(&a, users)) || (error = try_groups(&a, groups))) {
        return scim_sync_answer_error(q->r, error);
    }
    return scim_sync_admin_answer(
        q, HTTP_OK,
        scim_sync_json_own(json_pack("{s:O, s:O}", "users", users, "groups", groups), q->p));
}

int scim_sync_admin_rules(scim_sync_admin_t *q)
{
    const char *method = scim_sync_method(q->r);

    if (q->item) {
        if (strcmp(q->item, "try")) {
            return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
        }
        return strcmp(method, "POST") ? scim_sync_answer_method(q->r, "POST") : try_out(q);
    }
    if (!strcmp(method, "GET")) {
        return answer_rules(q);
    }
    return strcmp(method, "PUT") ? scim_sync_answer_method(q->r, "GET, HEAD, PUT") : put(q);
}
