/* SPDX-License-Identifier: Apache-2.0 */
#include "customer_fake.h"

#include <string.h>

#include <apr_strings.h>

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
    database_run(fake->db, "DELETE FROM jira_member WHERE state = 'removing'", fake->p);
    database_run(fake->db, "UPDATE jira_member SET state = 'ours' WHERE state = 'adding'", fake->p);
}
