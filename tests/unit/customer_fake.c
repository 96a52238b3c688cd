/* SPDX-License-Identifier: Apache-2.0 */
#include "customer_fake.h"

#include <string.h>

#include <apr_strings.h>

#include "store/config.h"
#include "store/link.h"

void customer_fake_put(fake_t *fake, const char *email, const char *how)
{
    apr_hash_set(fake->customers, apr_pstrdup(fake->p, email), APR_HASH_KEY_STRING, how);
}

static scim_sync_outcome_t say(scim_sync_verdict_t verdict, int status, const char *detail)
{
    return (scim_sync_outcome_t) { .verdict = verdict, .status = status, .detail = detail };
}

static const char *how_seen(const fake_t *fake, const scim_sync_errand_t *e)
{
    return apr_hash_get(fake->customers, e->job->email, APR_HASH_KEY_STRING);
}

static const char *atlassian_of(const fake_t *fake, const scim_sync_errand_t *e)
{
    return apr_hash_get(fake->accounts, e->job->email, APR_HASH_KEY_STRING);
}

static void show(scim_sync_errand_t *e, const char *account_id)
{
    e->outcome = account_id ? say(SCIM_SYNC_DONE, 200, NULL) : say(SCIM_SYNC_ABSENT, 200, "nobody");
    e->account = (scim_sync_jira_account_t) {
        .account_id = account_id, .email = e->job->email, .display_name = "Ann at Jira", .active = 1
    };
}

static const char *customer_of(const scim_sync_errand_t *e)
{
    return apr_pstrcat(e->job->round, "qm:", e->job->email, NULL);
}

static void find(const fake_t *fake, scim_sync_errand_t *e)
{
    const char *how = how_seen(fake, e);
    const char *account_id = atlassian_of(fake, e);

    if (!account_id && how && !strcmp(how, CUSTOMER_OPEN)) {
        account_id = customer_of(e);
    }
    show(e, account_id);
}

/* Who was put into the desk is shown even when a search does not. */
static void find_at_desk(const fake_t *fake, scim_sync_errand_t *e)
{
    const char *how = how_seen(fake, e);
    const char *id = customer_of(e);
    int there = apr_hash_get(fake->members, apr_pstrcat(fake->p, e->group_id, "/", id, NULL),
                             APR_HASH_KEY_STRING) != NULL;

    show(e, there && how && strcmp(how, CUSTOMER_REVOKED) != 0 ? id : NULL);
}

static void create(fake_t *fake, scim_sync_errand_t *e)
{
    if (atlassian_of(fake, e) || how_seen(fake, e)) {
        e->outcome = say(SCIM_SYNC_ABSENT, 409, "there is one");
        return;
    }
    customer_fake_put(fake, e->job->email, CUSTOMER_OPEN);
    fake->profile = apr_pstrdup(fake->p, e->profile);
    fake->invited = apr_pstrdup(fake->p, e->group_id);
    show(e, customer_of(e));
}

int customer_fake(fake_t *fake, scim_sync_errand_t *e)
{
    switch (e->kind) {
    case SCIM_SYNC_FIND_ACCOUNT:
        find(fake, e);
        return 1;
    case SCIM_SYNC_FIND_CUSTOMER:
        find_at_desk(fake, e);
        return 1;
    case SCIM_SYNC_CREATE_ACCOUNT:
        create(fake, e);
        return 1;
    case SCIM_SYNC_REVOKE_ACCOUNT:
        customer_fake_put(fake, e->account_id + strlen("qm:"), CUSTOMER_REVOKED);
        e->outcome = say(SCIM_SYNC_DONE, 204, NULL);
        return 1;
    default:
        return 0;
    }
}

void customer_fake_work(fake_t *fake)
{
    scim_sync_job_t *job;
    int rounds = 0;

    database_run(fake->db, "DELETE FROM task WHERE kind <> 'user'", fake->p);
    while ((job = fake_take(fake)) != NULL) {
        while (!fake_turn(fake, job)) {
            assert_true(++rounds < 100);
            fake_answer(fake, job);
        }
        apr_pool_destroy(job->pool);
        database_run(fake->db, "DELETE FROM task WHERE kind <> 'user'", fake->p);
    }
}

const char *customer_fake_held(fake_t *fake, const char *account_id)
{
    return store_members(fake->db, account_id, fake->p);
}

void customer_fake_sent(fake_t *fake)
{
    database_run(fake->db, "DELETE FROM jira_member WHERE state IN ('ending', 'removing')",
                 fake->p);
    database_run(fake->db,
                 "UPDATE jira_member SET state = 'ours' WHERE state IN ('queued', 'adding')",
                 fake->p);
}

/* ---- a side, and what is told ---- */

static void add_idp(const database_t *database, const char *name)
{
    const scim_sync_idp_t idp = { .name = name,
                                  .provider = "other",
                                  .mode = SCIM_SYNC_MODE_CUSTOMERS,
                                  .state = SCIM_SYNC_IDP_LIVE,
                                  .sites = store_sites("main", database->pool) };
    int stored;

    OK(scim_sync_idp_insert(database->db, &idp, &stored, database->pool));
    assert_true(stored);
}

/* A group of that IdP stands for a portal, as its job has found out. */
static void add_portal(fake_t *fake, const char *idp, const char *group, const char *id,
                       const char *name)
{
    const scim_sync_held_group_t portal = { .group_id = id, .name = name };
    const scim_sync_link_t link = { .name = name, .group_id = id, .told_as = group };

    store_group(fake->db, idp, group, group, fake->p);
    OK(scim_sync_held_put_group(fake->db, "main", &portal, fake->p));
    OK(scim_sync_link_put(fake->db, "main", group, &link, fake->p));
}

fake_t *customer_fake_side(void **state)
{
    database_t *database = store_of(state);
    fake_t *fake;

    add_idp(database, "okta");
    add_idp(database, "entra");
    fake = fake_of(database);
    fake->worker.customers = 1;
    add_portal(fake, "okta", "g", DESK, "project/DEMO");
    add_portal(fake, "okta", "h", ORG, "organization/Example Ltd");
    add_portal(fake, "entra", "e", DESK, "project/DEMO");
    return fake;
}

void customer_fake_say(fake_t *fake, const char *idp, const char *subject)
{
    OK(scim_sync_task_add(fake->db, idp, "user", subject, fake->p));
}

void customer_fake_put_in(fake_t *fake, const char *idp, const char *group, const char *user)
{
    store_add_member(fake->db, group, user, fake->p);
    OK(scim_sync_task_add_member(fake->db, idp, user, fake->p));
}

void customer_fake_take_out(fake_t *fake, const char *idp, const char *group, const char *user)
{
    store_remove_member(fake->db, group, user, fake->p);
    OK(scim_sync_task_add_member(fake->db, idp, user, fake->p));
}

/* Ann is told, in these groups. */
void customer_fake_join(fake_t *fake, const char *idp, const char *id, const char *groups)
{
    apr_array_header_t *list = store_sites(groups, fake->p);

    store_user(fake->db, idp, id, ANN, 1, fake->p);
    customer_fake_say(fake, idp, id);
    for (int i = 0; i < list->nelts; i++) {
        customer_fake_put_in(fake, idp, APR_ARRAY_IDX(list, i, const char *), id);
    }
}

void customer_fake_change(fake_t *fake, const char *idp, const char *id, int active)
{
    store_change_user(fake->db, idp, id, ANN, active, fake->p);
    customer_fake_say(fake, idp, id);
}

void customer_fake_next_call(fake_t *fake, scim_sync_step_kind_t kind, scim_sync_verdict_t verdict,
                             int status, int done)
{
    fake->odd_kind = (int)kind;
    fake->odd = (scim_sync_outcome_t) { .verdict = verdict, .status = status, .detail = "odd" };
    fake->odd_done = done;
}

const char *customer_fake_column(fake_t *fake, const char *sql)
{
    return store_column(fake->db, sql, fake->p);
}

const char *customer_fake_events(fake_t *fake)
{
    return customer_fake_column(fake, "SELECT kind FROM event ORDER BY id");
}

/* The task of a user: "waiting", "failed ..."; "" when there is none. */
const char *customer_fake_task(fake_t *fake, const char *subject)
{
    return customer_fake_column(fake,
                                apr_psprintf(fake->p,
                                             "SELECT state || ' ' || COALESCE(detail, '') FROM task"
                                             " WHERE subject = '%s'",
                                             subject));
}

void customer_fake_retry(fake_t *fake)
{
    OK(scim_sync_task_hurry_site(fake->db, "main", fake->p));
    database_run(fake->db, "UPDATE task SET state = 'waiting', attempts = 0", fake->p);
    customer_fake_work(fake);
}
