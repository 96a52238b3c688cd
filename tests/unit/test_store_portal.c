/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is queued for a portal, and its task: in which order, what a stream of news does to one that
 * waits or has failed, and which rows an answer is about.
 */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/link.h"
#include "store/portal.h"

#define DESK "desk:4"

static database_t *a_desk(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;

    store_idp(database->db, "okta", "main", p);
    OK(scim_sync_held_put_group(
        database->db, "main",
        &(scim_sync_held_group_t) { .group_id = DESK, .name = "project/DEMO" }, p));
    return database;
}

/* A user who stands for the account of the same id; and a group of the IdP that is the desk's. */
static void tell(const database_t *database, const char *idp, const char *user, int active)
{
    store_user(database->db, idp, user, user, active, database->pool);
    OK(scim_sync_held_put_link(database->db, "main", user, "user", user, database->pool));
}

static void stand(const database_t *database, const char *idp, const char *group)
{
    const scim_sync_link_t link = { .name = "project/DEMO", .group_id = DESK, .told_as = group };

    store_group(database->db, idp, group, group, database->pool);
    OK(scim_sync_link_put(database->db, "main", group, &link, database->pool));
}

static void queue(const database_t *database, const char *account, const char *state)
{
    OK(scim_sync_held_put_member(database->db, "main", DESK, account, state, database->pool));
    OK(scim_sync_task_add_portal(database->db, "main", DESK, database->pool));
}

static const char *line(const database_t *database, int removes, int max)
{
    scim_sync_portal_line_t found;

    OK(scim_sync_portal_line(database->db, &found, "main", DESK, removes, max, database->pool));
    return apr_array_pstrcat(database->pool, found.accounts, ' ');
}

static const char *column(const database_t *database, const char *sql)
{
    return store_column(database->db, sql, database->pool);
}

static void test_the_oldest_come_first(void **state)
{
    database_t *database = a_desk(state);
    scim_sync_portal_line_t found;

    stand(database, "okta", "g");
    for (int i = 1; i <= 3; i++) {
        tell(database, "okta", apr_psprintf(database->pool, "a%d", i), 1);
    }
    queue(database, "a3", "queued");
    queue(database, "a1", "adding");
    queue(database, "a2", "queued");
    queue(database, "r1", "ending");
    OK(scim_sync_held_put_member(database->db, "main", DESK, "o1", "ours", database->pool));
    OK(scim_sync_held_put_member(database->db, "main", "desk:5", "x1", "adding", database->pool));
    database_run(database->db, "UPDATE jira_member SET seen = {now} - 9000", database->pool);
    database_run(database->db, "UPDATE jira_member SET seen = 1 WHERE account_id = 'a2'",
                 database->pool);
    assert_string_equal(line(database, 0, 9), "a2 a1 a3");
    assert_string_equal(line(database, 0, 2), "a2 a1");
    OK(scim_sync_portal_line(database->db, &found, "main", DESK, 1, 9, database->pool));
    assert_int_equal(found.accounts->nelts, 1);
    assert_in_range(found.age, 9000, 60000);
    OK(scim_sync_portal_line(database->db, &found, "main", "desk:6", 0, 9, database->pool));
    assert_int_equal(found.accounts->nelts, 0);
    assert_int_equal(found.age, 0);
}

typedef struct {
    const char *change; /* SQL */
    int adds;           /* "a1" may be added, */
    int removes;        /* "r1" removed, of whom okta tells, */
    int strangers;      /* and "s1", of whom nobody tells any more */
} still_t;

#define IDP_STATE(name, state) "UPDATE idp SET state = '" state "' WHERE name = '" name "'"
#define NO_MORE_OF_OKTA        "DELETE FROM jira_link WHERE resource = 'g'"
#define OKTA_GAVE                                                                                  \
    "INSERT INTO jira_gave (site, group_id, idp, at) VALUES ('main', 'desk:4', 'okta', 1)"

/* One after the other. */
static const still_t stills[] = {
    { "", 1, 1, 1 },
    { IDP_STATE("okta", "paused"), 0, 0, 1 },
    { IDP_STATE("okta", "dryRun"), 0, 0, 1 },
    { IDP_STATE("okta", "live"), 1, 1, 1 },
    /* that of another one, which tells of neither, is nothing to them */
    { IDP_STATE("entra", "paused"), 1, 1, 1 },
    { IDP_STATE("entra", "live"), 1, 1, 1 },
    { "UPDATE resource SET active = 0 WHERE id = 'a1'", 0, 1, 1 },
    { "UPDATE resource SET active = 1 WHERE id = 'a1'", 1, 1, 1 },
    { "UPDATE jira_link SET left_at = 5 WHERE resource = 'a1'", 0, 1, 1 },
    { "UPDATE jira_link SET left_at = 0 WHERE resource = 'a1'", 1, 1, 1 },
    /* the portal is nothing to okta any more, which had given it */
    { NO_MORE_OF_OKTA, 0, 1, 1 },
    { IDP_STATE("okta", "paused"), 0, 1, 1 },
    { OKTA_GAVE, 0, 0, 1 },
    { IDP_STATE("entra", "paused"), 0, 0, 0 },
    { IDP_STATE("okta", "live"), 0, 1, 0 },
};

static void check_still(const database_t *database, const char *change, int removes,
                        const char *wish)
{
    scim_sync_portal_line_t found;

    OK(scim_sync_portal_line(database->db, &found, "main", DESK, removes, 9, database->pool));
    if (strcmp(line(database, removes, 9), wish) != 0 || found.still != !*wish) {
        fail_msg("%s: \"%s\", not \"%s\"; still %d", change, line(database, removes, 9), wish,
                 found.still);
    }
}

/* Nothing is sent by the word of one that is not live, nor against it. */
static void test_what_stays_in_the_queue(void **state)
{
    database_t *database = a_desk(state);
    apr_pool_t *p = database->pool;

    store_idp(database->db, "entra", "main", p);
    stand(database, "okta", "g");
    stand(database, "entra", "e");
    tell(database, "okta", "a1", 1);
    tell(database, "okta", "r1", 0);
    queue(database, "a1", "queued");
    queue(database, "r1", "ending");
    queue(database, "s1", "removing");
    /* entra's groups stand for it, too: who is nobody's may be removed by its word. */
    for (size_t i = 0; i < sizeof(stills) / sizeof(stills[0]); i++) {
        const still_t *c = &stills[i];

        if (*c->change) {
            database_run(database->db, c->change, p);
        }
        check_still(database, c->change, 0, c->adds ? "a1" : "");
        check_still(database, c->change, 1,
                    c->removes     ? c->strangers ? "r1 s1" : "r1"
                    : c->strangers ? "s1"
                                   : "");
    }
}

static const char *turned(const database_t *database, const char *was, int join)
{
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    OK(scim_sync_held_put_member(db, "main", DESK, "a1", was, p));
    database_run(db, "DELETE FROM task", p);
    OK(join ? scim_sync_portal_join(db, "main", DESK, "a1", was, p)
            : scim_sync_portal_part(db, "main", DESK, "a1", was, p));
    assert_string_equal(column(database, "SELECT subject FROM task"), DESK);
    return column(database, "SELECT state FROM jira_member");
}

/* What was never sent is as it was before; of what was sent only the opposite call is sure. */
static void test_what_is_turned(void **state)
{
    database_t *database = a_desk(state);

    assert_string_equal(turned(database, NULL, 1), "queued");
    assert_string_equal(turned(database, "ending", 1), "ours");
    assert_string_equal(turned(database, "removing", 1), "adding");
    assert_string_equal(turned(database, "uncertain", 1), "adding");
    assert_string_equal(turned(database, "queued", 0), "");
    assert_string_equal(turned(database, "adding", 0), "removing");
    assert_string_equal(turned(database, "uncertain", 0), "removing");
    assert_string_equal(turned(database, "ours", 0), "ending");
    assert_string_equal(turned(database, "theirs", 0), "ending");
}

/* What is sent is known to be, and keeps its place; turned away, it was never sent. */
static void test_what_is_sent(void **state)
{
    database_t *database = a_desk(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    for (int removes = 0; removes <= 1; removes++) {
        int first;

        queue(database, "a1", removes ? "ending" : "queued");
        database_run(db, "UPDATE jira_member SET seen = 7", p);
        OK(scim_sync_portal_send(db, "main", DESK, "a1", !removes, &first, p));
        assert_int_equal(first, 0);
        OK(scim_sync_portal_send(db, "main", DESK, "a1", removes, &first, p));
        assert_int_equal(first, 1);
        assert_string_equal(column(database, "SELECT state || seen FROM jira_member"),
                            removes ? "removing7" : "adding7");
        OK(scim_sync_portal_send(db, "main", DESK, "a1", removes, &first, p));
        assert_int_equal(first, 0);
        OK(scim_sync_portal_unsend(db, "main", DESK, "a1", removes, p));
        assert_string_equal(column(database, "SELECT state || seen FROM jira_member"),
                            removes ? "ending7" : "queued7");
        OK(scim_sync_portal_part(db, "main", DESK, "a1", "queued", p));
        OK(scim_sync_portal_unsend(db, "main", DESK, "a1", removes, p));
        assert_string_equal(column(database, "SELECT state FROM jira_member"), "");
    }
}

static const char *awaited(const database_t *database, const char *account)
{
    const char *text = "";
    apr_array_header_t *list;

    OK(scim_sync_portal_awaited(database->db, &list, "main", account, database->pool));
    for (int i = 0; i < list->nelts; i++) {
        const scim_sync_portal_awaited_t *one = &APR_ARRAY_IDX(list, i, scim_sync_portal_awaited_t);

        text = apr_psprintf(database->pool, "%s[%s %s %d %s]", text, one->name,
                            one->removes ? "out" : "in", one->failed,
                            scim_sync_portal_awaited_why(one, database->pool));
    }
    return text;
}

static void test_what_an_account_waits_for(void **state)
{
    database_t *database = a_desk(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *list;
    int count;

    tell(database, "okta", "a1", 1);
    queue(database, "a1", "queued");
    assert_string_equal(awaited(database, "a1"),
                        "[project/DEMO in 0 what is queued for this portal is sent at once]");
    queue(database, "a1", "removing");
    database_run(db, "UPDATE task SET state = 'failed', detail = 'it is open'", p);
    assert_string_equal(awaited(database, "a1"), "[project/DEMO out 1 it is open]");
    OK(scim_sync_portal_awaited_by(db, &list, "main", "a1", p));
    assert_string_equal(apr_array_pstrcat(p, list, ' '), DESK);
    OK(scim_sync_portal_queued(db, &list, &count, "main", DESK, 0, 9, p));
    assert_int_equal(list->nelts + count, 0);
    queue(database, "a2", "ending");
    OK(scim_sync_portal_queued(db, &list, &count, "main", DESK, 1, 1, p));
    assert_int_equal(list->nelts, 1);
    assert_int_equal(count, 2);
    database_run(db, "DELETE FROM task", p);
    assert_non_null(strstr(awaited(database, "a1"), "out 1 what was queued"));
    OK(scim_sync_held_put_member(db, "main", DESK, "a1", "ours", p));
    assert_string_equal(awaited(database, "a1"), "");
}

/* An open desk has done nothing of what was sent. */
static void test_what_an_open_desk_has_not_done(void **state)
{
    database_t *database = a_desk(state);

    queue(database, "a1", "removing");
    queue(database, "a2", "adding");
    OK(scim_sync_portal_put_open(database->db, "main", DESK, "it is open", database->pool));
    assert_string_equal(column(database,
                               "SELECT account_id || '=' || state FROM jira_member ORDER BY 1"),
                        "a1=ending a2=adding");
}

static void test_what_was_turned_meanwhile_stays(void **state)
{
    database_t *database = a_desk(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    int settled;

    queue(database, "a1", "adding");
    queue(database, "a2", "removing");
    queue(database, "a3", "adding");
    queue(database, "a4", "removing");
    OK(scim_sync_portal_settle(db, "main", DESK, "a1", 1, &settled, p));
    assert_int_equal(settled, 0);
    OK(scim_sync_portal_settle(db, "main", DESK, "a2", 0, &settled, p));
    assert_int_equal(settled, 0);
    OK(scim_sync_portal_settle(db, "main", DESK, "a3", 0, &settled, p));
    assert_int_equal(settled, 1);
    OK(scim_sync_portal_settle(db, "main", DESK, "a4", 1, &settled, p));
    assert_int_equal(settled, 1);
    OK(scim_sync_portal_settle(db, "main", DESK, "a5", 0, &settled, p));
    assert_int_equal(settled, 0);
    assert_string_equal(column(database,
                               "SELECT account_id || '=' || state FROM jira_member ORDER BY 1"),
                        "a1=adding a2=removing a3=ours");
}

static void test_who_was_refused(void **state)
{
    database_t *database = a_desk(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    int given_up;

    queue(database, "a1", "adding");
    queue(database, "a2", "removing");
    queue(database, "a3", "adding");
    queue(database, "a4", "removing");
    OK(scim_sync_portal_give_up(db, "main", DESK, "a1", 1, 0, &given_up, p));
    assert_int_equal(given_up, 0);
    OK(scim_sync_portal_give_up(db, "main", DESK, "a3", 1, 1, &given_up, p));
    assert_int_equal(given_up, 0);
    OK(scim_sync_portal_give_up(db, "main", DESK, "a1", 0, 0, &given_up, p));
    assert_int_equal(given_up, 1);
    OK(scim_sync_portal_give_up(db, "main", DESK, "a2", 1, 0, &given_up, p));
    assert_int_equal(given_up, 1);
    OK(scim_sync_portal_give_up(db, "main", DESK, "a3", 0, 1, &given_up, p));
    assert_int_equal(given_up, 1);
    OK(scim_sync_portal_give_up(db, "main", DESK, "a4", 1, 1, &given_up, p));
    assert_int_equal(given_up, 1);
    assert_string_equal(column(database, "SELECT account_id || '=' || state FROM jira_member"
                                         " ORDER BY 1"),
                        "a2=ours a3=uncertain a4=uncertain");
}

static scim_sync_task_t *the_task(const database_t *database)
{
    static const scim_sync_task_filter_t any = { .kind = "portal", .status = -1 };
    apr_array_header_t *tasks;

    OK(scim_sync_task_list(database->db, &tasks, &any, 0, 10, database->pool));
    assert_int_equal(tasks->nelts, 1);
    return APR_ARRAY_IDX(tasks, 0, scim_sync_task_t *);
}

static apr_int64_t next(const database_t *database)
{
    apr_int64_t ms;

    OK(scim_sync_task_next(database->db, &ms, "main", database->pool));
    return ms;
}

static void test_news_of_a_portal(void **state)
{
    static const scim_sync_outcome_t wait = { SCIM_SYNC_RETRY, 0, 9000, "a moment" };
    static const scim_sync_outcome_t down = { SCIM_SYNC_RETRY, 503, 0, "it's down" };
    database_t *database = a_desk(state);
    scim_sync_task_t *t;

    queue(database, "a1", "adding");
    queue(database, "a2", "adding");
    t = the_task(database);
    assert_string_equal(t->name, "project/DEMO");
    assert_string_equal(t->idp, "");
    assert_int_equal(t->seq, 2);
    assert_int_equal(next(database), 0);
    /* It waits for its time, and what failed by itself is tried at once. */
    OK(scim_sync_task_delay(database->db, t, 9000, &wait, database->pool));
    queue(database, "a3", "adding");
    assert_in_range(next(database), 5000, 9000);
    OK(scim_sync_task_delay(database->db, the_task(database), 9000, &down, database->pool));
    queue(database, "a4", "adding");
    assert_int_equal(next(database), 0);
    /* What was parked says why until it was tried, which is soon, and once for all news. */
    OK(scim_sync_task_park(database->db, the_task(database), &store_refusal, database->pool));
    assert_int_equal(next(database), -1);
    queue(database, "a5", "adding");
    assert_in_range(next(database), 1, 2000);
    queue(database, "a6", "adding");
    assert_in_range(next(database), 0, 2000);
    t = the_task(database);
    assert_string_equal(t->state, "waiting");
    assert_string_equal(t->detail, "no");
    assert_true(t->attempts > 0);
}

static const char *due(const database_t *database, int max)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *tasks;
    const char *text = "";

    OK(scim_sync_task_due(database->db, &tasks, "main", max, p));
    for (int i = 0; i < tasks->nelts; i++) {
        text = apr_pstrcat(p, text, i > 0 ? " " : "",
                           APR_ARRAY_IDX(tasks, i, scim_sync_task_t *)->subject, NULL);
    }
    return text;
}

/* However many people there are, portals get their share; a paused IdP stops none. */
static void test_portals_among_others(void **state)
{
    database_t *database = a_desk(state);
    apr_pool_t *p = database->pool;
    int come;

    queue(database, "a1", "adding");
    OK(scim_sync_portal_join(database->db, "main", "desk:5", "a1", NULL, p));
    OK(scim_sync_task_more_come(database->db, &come, "main", p));
    assert_int_equal(come, 0);
    for (int i = 1; i <= 4; i++) {
        OK(scim_sync_task_add(database->db, "okta", "user", apr_psprintf(p, "u%d", i), p));
    }
    OK(scim_sync_task_more_come(database->db, &come, "main", p));
    assert_int_equal(come, 1);
    database_run(database->db, "UPDATE task SET next_at = 1", p);
    assert_string_equal(due(database, 1), "u1");
    assert_string_equal(due(database, 4), "desk:4 u1 u2 u3");
    assert_string_equal(due(database, 100), "desk:4 desk:5 u1 u2 u3 u4");
    store_set_state(database->db, "okta", "paused", p);
    assert_string_equal(due(database, 100), "desk:4 desk:5");
    OK(scim_sync_task_more_come(database->db, &come, "main", p));
    assert_int_equal(come, 0);
}

static void test_a_retry_believes_in_no_open_desk(void **state)
{
    database_t *database = a_desk(state);
    apr_pool_t *p = database->pool;
    const scim_sync_task_filter_t all = { .state = "failed", .status = -1 };
    scim_sync_portal_state_t portal;
    int found;

    queue(database, "a1", "removing");
    for (int how = 0; how < 4; how++) {
        OK(scim_sync_portal_put_open(database->db, "main", DESK, "it is open", p));
        OK(scim_sync_task_park(database->db, the_task(database), &store_refusal, p));
        queue(database, "a2", "adding");
        OK(scim_sync_portal_load(database->db, &portal, "main", DESK, p));
        assert_string_equal(portal.open, "it is open");
        assert_string_equal(portal.name, "project/DEMO");
        OK(scim_sync_task_park(database->db, the_task(database), &store_refusal, p));
        switch (how) {
        case 0:
            OK(scim_sync_task_retry(database->db, the_task(database)->id, &found, p));
            break;
        case 1:
            OK(scim_sync_task_retry_all(database->db, &all, &found, p));
            break;
        case 2:
            OK(scim_sync_task_retry_site(database->db, "main", NULL, p));
            break;
        default:
            OK(scim_sync_portal_put_open(database->db, "main", DESK, NULL, p));
        }
        OK(scim_sync_portal_load(database->db, &portal, "main", DESK, p));
        assert_null(portal.open);
    }
}

static void test_people_are_told(void **state)
{
    static const scim_sync_outcome_t anew = { SCIM_SYNC_RETRY, 400, 5000, "looked for anew" };
    database_t *database = a_desk(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *people;

    OK(scim_sync_held_put_account(
        db, "main", &(scim_sync_held_account_t) { .account_id = "a1", .email = "ann@example.com" },
        p));
    OK(scim_sync_portal_people(db, &people, "main", "a1", p));
    assert_int_equal(people->nelts, 1);
    assert_null(APR_ARRAY_IDX(people, 0, scim_sync_portal_person_t).resource);
    assert_string_equal(APR_ARRAY_IDX(people, 0, scim_sync_portal_person_t).name,
                        "ann@example.com");
    store_user(db, "okta", "u1", "ann@example.com", 1, p);
    store_idp(db, "entra", "main", p);
    store_user(db, "entra", "e1", "ann@example.com", 1, p);
    OK(scim_sync_held_put_link(db, "main", "u1", "user", "a1", p));
    OK(scim_sync_held_put_link(db, "main", "e1", "user", "a1", p));
    OK(scim_sync_portal_people(db, &people, "main", "a1", p));
    assert_int_equal(people->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(people, 0, scim_sync_portal_person_t).idp, "entra");
    assert_string_equal(APR_ARRAY_IDX(people, 1, scim_sync_portal_person_t).name, "u1");

    OK(scim_sync_task_tell_people(db, "main", "a1", &anew, p));
    assert_in_range(next(database), 1000, 5000);
    store_set_state(db, "entra", "dryRun", p);
    OK(scim_sync_task_tell_people(db, "main", "a1", &store_refusal, p));
    assert_string_equal(column(database, "SELECT subject || '=' || state || '=' ||"
                                         " COALESCE(detail, '-') FROM task ORDER BY 1"),
                        "e1=waiting=- u1=failed=no");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_the_oldest_come_first),
        DATABASE_TESTS(test_what_stays_in_the_queue),
        DATABASE_TESTS(test_what_is_turned),
        DATABASE_TESTS(test_what_is_sent),
        DATABASE_TESTS(test_what_an_account_waits_for),
        DATABASE_TESTS(test_what_an_open_desk_has_not_done),
        DATABASE_TESTS(test_what_was_turned_meanwhile_stays),
        DATABASE_TESTS(test_who_was_refused),
        DATABASE_TESTS(test_news_of_a_portal),
        DATABASE_TESTS(test_portals_among_others),
        DATABASE_TESTS(test_a_retry_believes_in_no_open_desk),
        DATABASE_TESTS(test_people_are_told),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
