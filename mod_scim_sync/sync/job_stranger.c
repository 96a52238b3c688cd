/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of an authoritative group whom others had put there: who they are, and that one is taken
 * out.
 *
 * No intent is written before the call: until it is answered the membership is held as theirs, so
 * that after a crash it is found and tried again; that it is gone already counts as done.
 */
#include "sync/job_int.h"

#include <apr_strings.h>

#include "store/drift.h"

/* For the next round, as what it lives in is of this transaction, or of this round. */
static void keep(scim_sync_search_t *kept, const scim_sync_search_t *search, apr_pool_t *p)
{
    int i;

    *kept = *search;
    kept->behind = apr_pstrdup(p, search->behind);
    kept->found = search->found ? apr_array_copy(p, search->found) : NULL;
    for (i = 0; kept->found && i < kept->found->nelts; i++) {
        const char **account_id = &APR_ARRAY_IDX(kept->found, i, const char *);

        *account_id = apr_pstrdup(p, *account_id);
    }
}

apr_status_t scim_sync_job_team_strangers(scim_sync_db_t *db, const scim_sync_job_t *job,
                                          scim_sync_team_t *team, int all, int *goes_on,
                                          apr_pool_t *p)
{
    scim_sync_job_name_t *name = team->name ? scim_sync_job_team_name(job, team->name) : NULL;
    scim_sync_strangers_t strangers = { .goes_on = 1 };
    scim_sync_search_t search = { .behind = NULL };
    apr_status_t rv = APR_SUCCESS;

    *goes_on = 0;
    if (!name || !team->linked) {
        return APR_SUCCESS;
    }
    search = name->search;
    while (rv == APR_SUCCESS && strangers.goes_on) {
        rv = scim_sync_authority_strangers(db, job->worker, job->task.idp, team->linked->group_id,
                                           &search, name->learnt.refused, &strangers, p);
        if (!all) {
            break;
        }
    }
    keep(&name->next_search, &search, job->next_round);
    *goes_on = strangers.goes_on;
    team->strangers = strangers.accounts;
    team->unknown = strangers.unknown;
    team->stuck = strangers.stuck;
    return rv;
}

static void note_refusal(const scim_sync_errand_t *e)
{
    scim_sync_learnt_t *learnt = &e->name->learnt;

    APR_ARRAY_PUSH(learnt->refused, const char *) = apr_pstrdup(e->job->pool, e->account_id);
    learnt->refusal = e->outcome;
    learnt->refusal.detail = apr_pstrdup(e->job->pool, e->outcome.detail);
}

/* About the person, as any membership; who no IdP tells of is called as in Jira. */
static apr_status_t tell(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    const scim_sync_job_t *job = e->job;
    const char *site = job->worker->jira.name;
    scim_sync_held_account_t *account;
    apr_array_header_t *users;
    const scim_sync_told_t *user;
    const char *who;
    apr_status_t rv;

    if ((rv = scim_sync_held_account(db, &account, site, e->account_id, NULL, p)) != APR_SUCCESS ||
        (rv = scim_sync_told_linked(db, &users, site, e->account_id, p)) != APR_SUCCESS ||
        (rv = scim_sync_held_who(db, &who, site, e->group_id, e->account_id, p)) != APR_SUCCESS) {
        return rv;
    }
    user = users->nelts > 0 ? APR_ARRAY_IDX(users, 0, const scim_sync_told_t *) : NULL;
    return scim_sync_event_add(db,
                               &(scim_sync_event_t) {
                                   .kind = "jira.member.removed",
                                   .actor = "provisioner",
                                   .idp = job->task.idp,
                                   .site = site,
                                   .subject = user ? user->id : e->account_id,
                                   .name = user ? user->name : who,
                                   .detail = job->name,
                                   .about = SCIM_SYNC_EVENT_PERSON,
                                   .email = account ? account->email : NULL,
                                   .group = job->name,
                               },
                               p);
}

apr_status_t scim_sync_job_stranger_apply(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                          apr_pool_t *p)
{
    const char *site = e->job->worker->jira.name;
    apr_status_t rv;

    if (e->outcome.verdict == SCIM_SYNC_REFUSED) {
        note_refusal(e);
    }
    if (e->outcome.verdict != SCIM_SYNC_DONE) {
        return APR_SUCCESS;
    }
    /* What the person is called goes with the membership. */
    rv = tell(db, e, p);
    if (rv == APR_SUCCESS) {
        rv = scim_sync_held_put_member(db, site, e->group_id, e->account_id, NULL, p);
    }
    /* An IdP may have begun to want it while the call was under way. */
    return rv == APR_SUCCESS ? scim_sync_task_add_linked(db, site, e->account_id, p) : rv;
}
