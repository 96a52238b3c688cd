/* SPDX-License-Identifier: Apache-2.0 */
/* Who asked for a comparison, when the next is due, and what is held of what is compared. */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "base/text.h"
#include "store/drift.h"
#include "store/link.h"
#include "store/portal.h"
#include "store/reconcile.h"

#define HOUR APR_INT64_C(3600000)

static scim_sync_reconcile_row_t *row_of(const database_t *database)
{
    scim_sync_reconcile_row_t *row;

    OK(scim_sync_reconcile_load(database->db, &row, "main", database->pool));
    return row;
}

static void ask(const database_t *database, int trust)
{
    int found;

    OK(scim_sync_reconcile_ask(database->db, "main", trust, &found, database->pool));
    assert_int_equal(found, 1);
}

static void test_from_the_question_to_the_end(void **state)
{
    database_t *database = store_of(state);
    scim_sync_reconcile_row_t *row = row_of(database);

    assert_int_equal(row->asked + row->running + row->started + row->ended, 0);
    assert_null(row->outcome);
    ask(database, 1);
    row = row_of(database);
    assert_true(row->asked > 0 && row->trust && !row->running);
    database_run(database->db, "UPDATE reconcile SET asked = asked - 10", database->pool);
    OK(scim_sync_reconcile_start(database->db, "main", database->pool));
    row = row_of(database);
    assert_true(row->running && row->asked && row->trust); /* should this process die */
    OK(scim_sync_reconcile_end(database->db, "main", SCIM_SYNC_RECONCILE_DOUBTFUL, "why", "{}",
                               database->pool));
    row = row_of(database);
    assert_false(row->running || row->asked || row->trust);
    assert_true(row->ended >= row->started);
    assert_string_equal(row->outcome, "doubtful");
    assert_string_equal(row->detail, "why");
    assert_string_equal(row->report, "{}");
}

static void test_who_asks_meanwhile_is_served_afterwards(void **state)
{
    database_t *database = store_of(state);

    OK(scim_sync_reconcile_start(database->db, "main", database->pool));
    database_run(database->db, "UPDATE reconcile SET started = started - 10", database->pool);
    ask(database, 1);
    OK(scim_sync_reconcile_end(database->db, "main", SCIM_SYNC_RECONCILE_DONE, NULL, "{}",
                               database->pool));
    assert_true(row_of(database)->asked > 0);
    assert_int_equal(row_of(database)->trust, 1);
}

static void test_it_goes_with_its_site(void **state)
{
    database_t *database = store_of(state);
    scim_sync_reconcile_row_t *row;
    int found;

    ask(database, 0);
    database_run(database->db, "DELETE FROM site", database->pool);
    assert_int_equal(
        database_number(database->db, "SELECT COUNT(*) FROM reconcile", database->pool), 0);
    OK(scim_sync_reconcile_load(database->db, &row, "main", database->pool));
    assert_null(row);
    OK(scim_sync_reconcile_ask(database->db, "main", 0, &found, database->pool));
    assert_int_equal(found, 0);
    OK(scim_sync_reconcile_start(database->db, "main", database->pool));
}

static void test_when_it_is_due(void **state)
{
    scim_sync_reconcile_row_t row = { .site_created = 1000, .now = 5000 };
    apr_int64_t first = scim_sync_reconcile_due(&row, "main", 24 * HOUR);

    (void)state;
    assert_in_range(first, 1000, 1000 + 24 * HOUR);
    assert_int_equal(scim_sync_reconcile_due(&row, "main", 24 * HOUR), first);
    for (int i = 0; i < 9; i++) { /* names that are nearly alike are not due at once */
        char name[] = "site-0";

        name[5] = (char)('1' + i);
        assert_true(llabs(scim_sync_reconcile_due(&row, "site-0", 24 * HOUR) -
                          scim_sync_reconcile_due(&row, name, 24 * HOUR)) > HOUR / 2);
    }
    assert_int_equal(scim_sync_reconcile_due(&row, "main", 0), 0);
    row.asked = 4000;
    assert_int_equal(scim_sync_reconcile_due(&row, "main", 0), 4000);
    row = (scim_sync_reconcile_row_t) { .running = 1, .started = 3000 };
    assert_int_equal(scim_sync_reconcile_due(&row, "main", 0), 3000); /* its process may be dead */
    row = (scim_sync_reconcile_row_t) { .started = 3000, .ended = 9000, .outcome = "done" };
    assert_int_equal(scim_sync_reconcile_due(&row, "main", 2 * HOUR), 3000 + 2 * HOUR);
    assert_int_equal(scim_sync_reconcile_due(&row, "main", 0), 0);
    row.outcome = "doubtful";
    assert_int_equal(scim_sync_reconcile_due(&row, "main", 2 * HOUR), 3000 + 2 * HOUR);
    row.outcome = "failed";
    assert_int_equal(scim_sync_reconcile_due(&row, "main", 24 * HOUR), 9000 + HOUR);
    assert_int_equal(scim_sync_reconcile_due(&row, "main", HOUR / 2), 9000 + HOUR / 2);
}

/* ---- what is compared ---- */

static void put_account(const database_t *database, const char *id)
{
    const scim_sync_held_account_t account = {
        .account_id = id, .email = apr_pstrcat(database->pool, id, "@example.com", NULL)
    };

    OK(scim_sync_held_put_account(database->db, "main", &account, database->pool));
}

static void put_group(const database_t *database, const char *id, const char *name)
{
    const scim_sync_held_group_t group = { .group_id = id, .name = name };

    OK(scim_sync_held_put_group(database->db, "main", &group, database->pool));
}

static void put_member(const database_t *database, const char *group, const char *account,
                       const char *state)
{
    OK(scim_sync_held_put_member(database->db, "main", group, account, state, database->pool));
}

static void put_link(const database_t *database, const char *resource, const char *kind,
                     const char *object)
{
    OK(scim_sync_held_put_link(database->db, "main", resource, kind, object, database->pool));
}

static void test_groups(void **state)
{
    database_t *database = store_of(state);
    apr_array_header_t *groups;
    const char *text = "";

    put_group(database, "g1", "linked");
    put_group(database, "g2", "held");
    put_group(database, "g3", "theirs");
    put_group(database, "g4", "empty");
    put_link(database, "r1", "group", "g1");
    put_member(database, "g2", "a1", SCIM_SYNC_HELD_GRANTED);
    put_member(database, "g3", "a1", SCIM_SYNC_HELD_THEIRS);
    OK(scim_sync_kept_groups(database->db, &groups, "main", database->pool));
    for (int i = 0; i < groups->nelts; i++) {
        const scim_sync_kept_group_t *g = &APR_ARRAY_IDX(groups, i, scim_sync_kept_group_t);

        text = apr_psprintf(database->pool, "%s %s=%d", text, g->name, g->filled);
    }
    assert_string_equal(text, " empty=0 held=1 linked=1 theirs=0");
}

/* That another directory keeps one is known by what it is protected by. */
static void test_portals(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    apr_array_header_t *portals;
    const char *text = "";

    put_group(database, "desk:1", "project/A");
    put_group(database, "organization:1", "organization/B");
    put_group(database, "organization:2", "organization/C");
    OK(scim_sync_held_protect(database->db, "main", "organization:1",
                              scim_sync_portal_managed("organization/B", p), p));
    OK(scim_sync_held_protect(database->db, "main", "organization:2",
                              "organization/C is protected by a pattern", p));
    OK(scim_sync_kept_groups(database->db, &portals, "main", p));
    for (int i = 0; i < portals->nelts; i++) {
        const scim_sync_kept_group_t *g = &APR_ARRAY_IDX(portals, i, scim_sync_kept_group_t);

        text = apr_psprintf(p, "%s %s=%d", text, g->group_id, g->managed);
        assert_false(g->listed);
    }
    assert_string_equal(text, " organization:1=1 organization:2=0 desk:1=0");
}

static void put_name(const database_t *database, const char *resource, const char *name,
                     const char *group_id)
{
    const scim_sync_link_t link = { .name = name, .group_id = group_id };

    OK(scim_sync_link_put(database->db, "main", resource, &link, database->pool));
}

/* By a group of an IdP that stands for both, the organization is on the desk. */
static void test_who_is_in_a_desk_by_an_organization(void **state)
{
    static const struct {
        const char *desk;
        const char *account;
        int is;
    } cases[] = {
        { "desk:1", "a1", 1 },
        { "desk:2", "a1", 0 }, /* nobody puts the organization there */
        { "desk:1", "a2", 0 }, /* of another one */
        { "desk:1", "a3", 0 }, /* of the desk itself */
    };
    database_t *database = store_of(state);

    put_group(database, "desk:1", "project/A");
    put_group(database, "desk:2", "project/B");
    put_group(database, "organization:1", "organization/C");
    put_name(database, "r1", "project/A", "desk:1");
    put_name(database, "r1", "organization/C", "organization:1");
    put_name(database, "r2", "project/B", "desk:2");
    put_member(database, "organization:1", "a1", SCIM_SYNC_HELD_OURS);
    put_member(database, "organization:2", "a2", SCIM_SYNC_HELD_OURS);
    put_member(database, "desk:1", "a3", SCIM_SYNC_HELD_OURS);
    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        int is;

        OK(scim_sync_kept_by_organization(database->db, &is, "main", cases[c].desk,
                                          cases[c].account, database->pool));
        assert_int_equal(is, cases[c].is);
    }
}

static void test_accounts_in_pages(void **state)
{
    database_t *database = store_of(state);
    apr_array_header_t *page;
    const char *behind = "";
    const char *text = "";

    store_idp(database->db, "okta", "main", database->pool);
    store_user(database->db, "okta", "ann", "ann@example.com", 1, database->pool);
    store_user(database->db, "okta", "bob", "bob@example.com", 0, database->pool);
    for (int i = 1; i <= 5; i++) {
        put_account(database, apr_psprintf(database->pool, "a%d", i));
    }
    put_link(database, "ann", "user", "a2");
    put_link(database, "bob", "user", "a3");
    put_link(database, "gone", "user", "a4");
    OK(scim_sync_held_set_active(database->db, "main", "a5", 0, database->pool));
    for (int i = 0; i < 6; i++) {
        static const char *const states[] = { SCIM_SYNC_HELD_SUSPENDED,  SCIM_SYNC_HELD_DELETED,
                                              SCIM_SYNC_HELD_SUSPENDING, SCIM_SYNC_HELD_DELETING,
                                              SCIM_SYNC_HELD_REVOKING,   SCIM_SYNC_HELD_REVOKED };
        const char *id = apr_psprintf(database->pool, "a6%d", i);

        put_account(database, id);
        OK(scim_sync_held_put_state(database->db, "main", id, states[i], database->pool));
    }
    do {
        OK(scim_sync_kept_accounts(database->db, &page, "main", behind, 2, database->pool));
        for (int i = 0; i < page->nelts; i++) {
            const scim_sync_kept_account_t *a = &APR_ARRAY_IDX(page, i, scim_sync_kept_account_t);

            text = apr_psprintf(database->pool, "%s %s%s%s%s", text, a->account_id,
                                a->wanted ? "w" : "", a->inactive ? "i" : "",
                                a->ended ? a->ended : "");
            behind = a->account_id;
        }
        text = apr_pstrcat(database->pool, text, " |", NULL);
    } while (page->nelts > 0);
    assert_string_equal(text, " a1 a2w | a3 a4 | a5i a60suspended | a61deleted a65revoked | |");
}

static void test_a_group_is_forgotten_with_all_that_hangs_on_it(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *members;
    const char *held;

    put_group(database, "g1", "devs");
    put_group(database, "g2", "ops");
    put_member(database, "g1", "a1", SCIM_SYNC_HELD_OURS);
    put_member(database, "g2", "a1", SCIM_SYNC_HELD_OURS);
    put_link(database, "r1", "group", "g1");
    put_link(database, "r2", "group", "g2");
    OK(scim_sync_held_forget_group(db, "main", "g1", p));
    assert_string_equal(store_column(db, "SELECT group_id FROM jira_group", p), "g2");
    assert_string_equal(store_column(db, "SELECT resource FROM jira_link", p), "r2");
    assert_string_equal(store_members(db, "a1", p), "g2=ours");
    OK(scim_sync_kept_state(db, &held, "main", "g2", "a1", p));
    assert_string_equal(held, "ours");
    OK(scim_sync_kept_state(db, &held, "main", "g1", "a1", p));
    assert_null(held);
    put_account(database, "a2");
    put_member(database, "g2", "a2", SCIM_SYNC_HELD_OURS);
    OK(scim_sync_kept_members(db, &members, "main", "g2", p));
    assert_int_equal(members->nelts, 2);
    database_run(db, "UPDATE jira_account SET state = 'suspended'", p);
    OK(scim_sync_kept_members(db, &members, "main", "g2", p));
    assert_int_equal(members->nelts, 1);
}

static const char *ids_of(const apr_array_header_t *members, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(const char *));

    for (int i = 0; i < members->nelts; i++) {
        const scim_sync_kept_member_t *m = &APR_ARRAY_IDX(members, i, scim_sync_kept_member_t);

        APR_ARRAY_PUSH(list, const char *) = apr_psprintf(p, "%s=%s", m->account_id, m->state);
    }
    scim_sync_list_sort(list);
    return apr_array_pstrcat(p, list, ' ');
}

static void test_from_whom_a_group_was_taken(void **state)
{
    static const char *const states[] = { SCIM_SYNC_HELD_OURS,    SCIM_SYNC_HELD_WITHDRAWN,
                                          SCIM_SYNC_HELD_THEIRS,  SCIM_SYNC_HELD_REVOKED,
                                          SCIM_SYNC_HELD_GRANTED, SCIM_SYNC_HELD_DOUBTFUL };
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *members;
    int any;

    for (int i = 0; i < 6; i++) {
        const char *id = apr_psprintf(p, "a%d", i);

        put_account(database, id);
        put_member(database, "g1", id, states[i]);
    }
    put_member(database, "g2", "a1", SCIM_SYNC_HELD_GRANTED);
    OK(scim_sync_kept_taken(db, &members, "main", "g1", p));
    assert_string_equal(ids_of(members, p), "a1=withdrawn a3=revoked");
    OK(scim_sync_kept_any_taken(db, &any, "main", "g1", p));
    assert_int_equal(any, 1);
    OK(scim_sync_kept_any_taken(db, &any, "main", "g2", p));
    assert_int_equal(any, 0);
    /* whoever is suspended has no access, wherever the account is */
    database_run(db, "UPDATE jira_account SET state = 'suspended' WHERE account_id = 'a1'", p);
    OK(scim_sync_kept_taken(db, &members, "main", "g1", p));
    assert_string_equal(ids_of(members, p), "a3=revoked");
    database_run(db, "UPDATE jira_account SET state = 'suspended' WHERE account_id = 'a3'", p);
    OK(scim_sync_kept_any_taken(db, &any, "main", "g1", p));
    assert_int_equal(any, 0);
}

static void test_what_stands_for_it(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *told;

    store_idp(db, "okta", "main", p);
    store_idp(db, "entra", "main", p);
    store_user(db, "okta", "ann", "ann@example.com", 0, p);
    store_user(db, "entra", "ann.e", "ann@example.com", 1, p);
    put_link(database, "ann", "user", "a1");
    put_link(database, "ann.e", "user", "a1");
    OK(scim_sync_told_linked(db, &told, "main", "a1", p));
    assert_int_equal(told->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(told, 0, scim_sync_told_t *)->id, "ann.e"); /* active */
    OK(scim_sync_task_add_linked(db, "main", "a1", p));
    assert_string_equal(store_column(db, "SELECT kind || subject FROM task ORDER BY 1", p),
                        "userann userann.e");
}

static void test_who_may_be_a_stranger(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *list;

    store_idp(db, "okta", "main", p);
    store_user(db, "okta", "ann", "ann@example.com", 1, p);
    store_user(db, "okta", "bob", NULL, 1, p);
    store_user(db, "okta", "cat", "cat@example.com", 0, p);
    store_group(db, "okta", "g", "devs", p);
    for (int i = 0; i < 3; i++) {
        static const char *const ids[] = { "ann", "bob", "cat" };

        store_add_member(db, "g", ids[i], p);
    }
    store_add_member(db, "g", "nobody-that-is-known", p);
    put_link(database, "g", "group", "g1");
    put_link(database, "ann", "user", "a1");
    OK(scim_sync_told_unknown_members(db, &list, "main", "g1", 10, p));
    assert_int_equal(list->nelts, 0); /* looked for, and none made: by the rules, say */
    OK(scim_sync_task_add_all(db, "okta", NULL, p));
    OK(scim_sync_told_unknown_members(db, &list, "main", "g1", 10, p));
    assert_int_equal(list->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(list, 0, scim_sync_told_unknown_t).told->id, "bob");
    assert_int_equal(APR_ARRAY_IDX(list, 0, scim_sync_told_unknown_t).waits, 1);
    database_run(db, "UPDATE task SET state = 'failed' WHERE subject = 'bob'", p);
    OK(scim_sync_told_unknown_members(db, &list, "main", "g1", 10, p));
    assert_int_equal(APR_ARRAY_IDX(list, 0, scim_sync_told_unknown_t).waits, 0);
    put_member(database, "g1", "a1", SCIM_SYNC_HELD_OURS);
    put_member(database, "g1", "a2", SCIM_SYNC_HELD_THEIRS);
    put_member(database, "g2", "a3", SCIM_SYNC_HELD_THEIRS);
    OK(scim_sync_kept_strangers(db, &list, "main", "g1", "", 10, p));
    assert_int_equal(list->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(list, 0, const char *), "a2");
}

/* By group: how many others put there. */
static void test_whom_others_put_into_groups(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *groups;

    store_idp(db, "okta", "main", p);
    store_user(db, "okta", "ann", "ann@example.com", 1, p);
    put_link(database, "ann", "user", "a1");
    for (int i = 0; i < 3; i++) {
        static const scim_sync_held_group_t held[] = {
            { .group_id = "g1", .name = "devs" },
            { .group_id = "g2", .name = "admins", .protection = "by name" },
            { .group_id = "g3", .name = "unlinked" },
        };

        OK(scim_sync_held_put_group(db, "main", &held[i], p));
        put_member(database, held[i].group_id, "a1", SCIM_SYNC_HELD_THEIRS);
        put_member(database, held[i].group_id, "a2", SCIM_SYNC_HELD_THEIRS);
        put_member(database, held[i].group_id, "a3", SCIM_SYNC_HELD_OURS);
    }
    put_link(database, "g", "group", "g1");
    put_link(database, "h", "group", "g2");
    OK(scim_sync_kept_theirs(db, &groups, "main", p));
    assert_int_equal(groups->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(groups, 0, scim_sync_kept_theirs_t).group, "devs");
    assert_int_equal(APR_ARRAY_IDX(groups, 0, scim_sync_kept_theirs_t).members, 2);
}

static int lacking(const database_t *database)
{
    const scim_sync_kept_lacking_t first = { .id = "" };
    apr_array_header_t *users;

    OK(scim_sync_kept_lacking(database->db, &users, "main", "okta", &first, 10, database->pool));
    return users->nelts;
}

static void test_whether_somebody_lacks_an_account(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    assert_false(lacking(database));
    store_idp(db, "okta", "main", p);
    store_site(db, "other", p);
    store_idp(db, "entra", "other", p);
    store_user(db, "entra", "eve", "eve@example.com", 1, p);
    store_user(db, "okta", "bob", "bob@example.com", 0, p);
    store_group(db, "okta", "g", "devs", p);
    assert_false(lacking(database)); /* not of this site, not active, not a person */
    store_user(db, "okta", "ann", "ann@example.com", 1, p);
    assert_true(lacking(database));
    OK(scim_sync_held_intend(db, "main", "ann", "user", "ann@example.com", p));
    assert_true(lacking(database)); /* begun, and none as far as is known */
    OK(scim_sync_task_add(db, "okta", "user", "ann", p));
    assert_false(lacking(database)); /* who waits is looked for in any case */
    database_run(db, "UPDATE task SET state = 'failed'", p);
    assert_true(lacking(database));
    put_link(database, "ann", "user", "a1");
    assert_false(lacking(database));
}

static void test_who_lacks_an_account_comes_in_pages(void **state)
{
    database_t *database = store_of(state);
    scim_sync_kept_lacking_t behind = { .id = "" };
    apr_pool_t *p = database->pool;
    apr_array_header_t *users;
    int i;

    store_idp(database->db, "okta", "main", p);
    for (i = 0; i < 5; i++) {
        const char *id = apr_psprintf(p, "u%d", i);

        store_user(database->db, "okta", id, i == 2 ? NULL : "x@example.com", 1, p);
    }
    database_run(database->db, "UPDATE resource SET created = 7", p);
    for (i = 0; i < 5; i++) {
        OK(scim_sync_kept_lacking(database->db, &users, "main", "okta", &behind, 1, p));
        assert_int_equal(users->nelts, 1);
        behind = APR_ARRAY_IDX(users, 0, scim_sync_kept_lacking_t);
        assert_string_equal(behind.id, apr_psprintf(p, "u%d", i));
        assert_true(i == 2 ? !behind.email : !strcmp(behind.email, "x@example.com"));
    }
    OK(scim_sync_kept_lacking(database->db, &users, "main", "okta", &behind, 1, p));
    assert_int_equal(users->nelts, 0);
}

/* The task of ann, as "state/seq"; "" when there is none. */
static const char *task_of_ann(const database_t *database)
{
    return store_column(database->db,
                        "SELECT state || '/' || CAST(seq AS TEXT) FROM task WHERE site = 'main'",
                        database->pool);
}

static void test_one_is_made_due(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    int added;

    store_idp(db, "okta", "main", p);
    store_user(db, "okta", "ann", "ann@example.com", 1, p);
    OK(scim_sync_task_renew(db, "other", "ann", &added, p));
    assert_int_equal(added, 0);
    OK(scim_sync_task_add_missing(db, "main", "nobody", &added, p));
    assert_int_equal(added, 0);
    assert_string_equal(task_of_ann(database), "");
    OK(scim_sync_task_add_missing(db, "main", "ann", &added, p));
    assert_int_equal(added, 1);
    assert_string_equal(task_of_ann(database), "waiting/1");
    OK(scim_sync_task_renew(db, "main", "ann", &added, p));
    assert_int_equal(added, 0);
    assert_string_equal(task_of_ann(database), "waiting/1");
    database_run(db, "UPDATE task SET state = 'failed'", p);
    OK(scim_sync_task_add_missing(db, "main", "ann", &added, p));
    assert_int_equal(added, 0);
    OK(scim_sync_task_renew(db, "main", "ann", &added, p));
    assert_int_equal(added, 1);
    assert_string_equal(task_of_ann(database), "waiting/2");
    assert_string_equal(store_column(db, "SELECT kind || ' ' || idp FROM task", p), "user okta");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_from_the_question_to_the_end),
        DATABASE_TESTS(test_who_asks_meanwhile_is_served_afterwards),
        DATABASE_TESTS(test_it_goes_with_its_site),
        UNIT_TEST(test_when_it_is_due),
        DATABASE_TESTS(test_groups),
        DATABASE_TESTS(test_portals),
        DATABASE_TESTS(test_who_is_in_a_desk_by_an_organization),
        DATABASE_TESTS(test_accounts_in_pages),
        DATABASE_TESTS(test_a_group_is_forgotten_with_all_that_hangs_on_it),
        DATABASE_TESTS(test_from_whom_a_group_was_taken),
        DATABASE_TESTS(test_what_stands_for_it),
        DATABASE_TESTS(test_who_may_be_a_stranger),
        DATABASE_TESTS(test_whom_others_put_into_groups),
        DATABASE_TESTS(test_whether_somebody_lacks_an_account),
        DATABASE_TESTS(test_who_lacks_an_account_comes_in_pages),
        DATABASE_TESTS(test_one_is_made_due),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
