/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "store/config.h"
#include "store/member.h"
#include "store/migrate.h"
#include "store/resource.h"

const scim_sync_task_filter_t store_any_task = { .status = -1 };
const scim_sync_outcome_t store_refusal = { SCIM_SYNC_REFUSED, 400, 0, "no" };

database_t *store_of(void **state)
{
    database_t *database = database_of(state);
    const char *why;

    if (scim_sync_migrate(database->db, &why, database->pool) != APR_SUCCESS) {
        fail_msg("%s", why);
    }
    store_site(database->db, "main", database->pool);
    return database;
}

void store_site(scim_sync_db_t *db, const char *name, apr_pool_t *p)
{
    const scim_sync_site_t site = { .name = name,
                                    .base_url = "https://demo.example.com",
                                    .email = "admin@example.com",
                                    .api_token = "demo-sealed",
                                    .products = "[\"jira-software\"]" };
    int created;

    OK(scim_sync_site_put(db, &site, &created, p));
    assert_true(created);
}

apr_array_header_t *store_sites(const char *sites, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 2, sizeof(const char *));
    char *rest = apr_pstrdup(p, sites);
    char *name;

    while ((name = apr_strtok(rest, " ", &rest)) != NULL) {
        APR_ARRAY_PUSH(list, const char *) = name;
    }
    return list;
}

void store_idp(scim_sync_db_t *db, const char *name, const char *sites, apr_pool_t *p)
{
    const scim_sync_idp_t idp = { .name = name,
                                  .provider = "other",
                                  .mode = "users",
                                  .state = "live",
                                  .sites = store_sites(sites, p) };
    int stored;

    OK(scim_sync_idp_insert(db, &idp, &stored, p));
    assert_true(stored);
}

void store_set_state(scim_sync_db_t *db, const char *idp, const char *state, apr_pool_t *p)
{
    scim_sync_idp_t *found;

    OK(scim_sync_idp_load(db, &found, idp, p));
    found->state = state;
    OK(scim_sync_idp_update(db, found, p));
}

static scim_sync_resource_t *make(scim_sync_type_t type, const char *id, json_t *body,
                                  apr_pool_t *p)
{
    const scim_sync_error_t *error;
    scim_sync_resource_t *r;

    error = scim_sync_resource_read(&r, type, scim_sync_json_own(body, p), 100, p);
    if (error != NULL) {
        fail_msg("%s", error->detail);
    }
    r->id = id;
    r->version = 1;
    r->created = r->modified = scim_sync_now();
    return r;
}

void store_put_rules(scim_sync_db_t *db, const char *idp, const char *rules, apr_pool_t *p)
{
    scim_sync_idp_t *found;
    int stored;

    OK(scim_sync_idp_load(db, &found, idp, p));
    OK(scim_sync_idp_put_rules(db, found, rules, &stored, p));
    assert_true(stored);
}

void store_wipe(scim_sync_db_t *db, apr_pool_t *p)
{
    static const char *const tables[] = { "task",        "event_unlogged",      "event",
                                          "jira_link",   "jira_account",        "jira_group",
                                          "jira_member", "portal_organization", "resource" };

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        database_run(db, apr_psprintf(p, "DELETE FROM %s", tables[i]), p);
    }
}

scim_sync_resource_t *store_make_user(const char *id, const char *email, int active, apr_pool_t *p)
{
    json_t *body = json_pack("{s:s, s:b}", "userName", id, "active", active);

    if (email != NULL) {
        json_object_set_new(body, "emails",
                            json_pack("[{s:s, s:b}]", "value", email, "primary", 1));
    }
    return make(SCIM_SYNC_USER, id, body, p);
}

scim_sync_resource_t *store_make_group(const char *id, const char *name, apr_pool_t *p)
{
    return make(SCIM_SYNC_GROUP, id, json_pack("{s:s}", "displayName", name), p);
}

static void insert(scim_sync_db_t *db, const char *idp, const scim_sync_resource_t *r,
                   apr_pool_t *p)
{
    int stored;

    OK(scim_sync_resource_insert(db, idp, r, &stored, p));
    assert_true(stored);
}

void store_user(scim_sync_db_t *db, const char *idp, const char *id, const char *email, int active,
                apr_pool_t *p)
{
    insert(db, idp, store_make_user(id, email, active, p), p);
}

void store_group(scim_sync_db_t *db, const char *idp, const char *id, const char *name,
                 apr_pool_t *p)
{
    insert(db, idp, store_make_group(id, name, p), p);
}

void store_change_user(scim_sync_db_t *db, const char *idp, const char *id, const char *email,
                       int active, apr_pool_t *p)
{
    int stored;

    OK(scim_sync_resource_update(db, idp, store_make_user(id, email, active, p), &stored, p));
    assert_true(stored);
}

static void change_member(scim_sync_db_t *db, scim_sync_member_verb_t verb, const char *group,
                          const char *value, apr_pool_t *p)
{
    apr_array_header_t *changes = apr_array_make(p, 1, sizeof(scim_sync_member_change_t));
    apr_array_header_t *members = apr_array_make(p, 1, sizeof(scim_sync_member_t));
    apr_array_header_t *added = apr_array_make(p, 1, sizeof(const char *));
    apr_array_header_t *removed = apr_array_make(p, 1, sizeof(const char *));

    APR_ARRAY_PUSH(members, scim_sync_member_t) = (scim_sync_member_t) { .value = value };
    APR_ARRAY_PUSH(changes, scim_sync_member_change_t) =
        (scim_sync_member_change_t) { .verb = verb, .members = members };
    OK(scim_sync_member_apply(db, group, "", changes, added, removed, p));
    assert_int_equal(added->nelts + removed->nelts, 1);
}

void store_add_member(scim_sync_db_t *db, const char *group, const char *value, apr_pool_t *p)
{
    change_member(db, SCIM_SYNC_MEMBERS_ADD, group, value, p);
}

void store_remove_member(scim_sync_db_t *db, const char *group, const char *value, apr_pool_t *p)
{
    change_member(db, SCIM_SYNC_MEMBERS_REMOVE, group, value, p);
}

void store_person(const database_t *database, const char *idp, const char *id, int active)
{
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    const char *account = apr_pstrcat(p, "a-", id, NULL);
    const scim_sync_held_account_t held_account = { .account_id = account, .email = id };

    store_user(db, idp, id, apr_pstrcat(p, id, "@example.com", NULL), active, p);
    OK(scim_sync_held_put_account(db, "main", &held_account, p));
    OK(scim_sync_held_put_link(db, "main", id, "user", account, p));
    OK(scim_sync_held_put_member(db, "main", "g", account, SCIM_SYNC_HELD_OURS, p));
    OK(scim_sync_task_add(db, idp, "user", id, p));
}

int store_taken(const database_t *database, const scim_sync_guard_count_t *count)
{
    apr_int64_t number = -1;

    OK(scim_sync_guard_taken(database->db, &number, count, database->pool));
    return (int)number;
}

void store_take(const database_t *database, const scim_sync_guard_count_t *count,
                const char *subject, const char *object)
{
    OK(scim_sync_guard_add(database->db, count, subject, object, database->pool));
}

const char *store_members(scim_sync_db_t *db, const char *account_id, apr_pool_t *p)
{
    return store_column(db,
                        apr_psprintf(p,
                                     "SELECT group_id || '=' || state FROM jira_member"
                                     " WHERE site = 'main' AND account_id = '%s' ORDER BY group_id",
                                     account_id),
                        p);
}

const char *store_column(scim_sync_db_t *db, const char *sql, apr_pool_t *p)
{
    apr_array_header_t *cells = apr_array_make(p, 8, sizeof(const char *));
    scim_sync_rows_t *rows;

    if (scim_sync_db_select(db, &rows, sql, DB_NO_ARGS, p) != APR_SUCCESS) {
        fail_msg("%s: %s", sql, scim_sync_db_error(db));
    }
    for (int i = 0; i < rows->count; i++) {
        const char *text = scim_sync_db_text(rows, i, 0);

        APR_ARRAY_PUSH(cells, const char *) = text != NULL ? text : "-";
    }
    return apr_array_pstrcat(p, cells, ' ');
}
