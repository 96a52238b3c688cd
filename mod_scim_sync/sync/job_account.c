/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to an account itself, beside its memberships: suspended, restored, deleted, revoked,
 * its profile written. Intents and answers.
 */
#include "sync/job_int.h"

#include <apr_strings.h>

#include "sync/profile.h"
#include "sync/sides.h"

int scim_sync_job_asks_organization(scim_sync_step_kind_t kind)
{
    return kind == SCIM_SYNC_FIND_DIRECTORY || kind == SCIM_SYNC_READ_STANDING ||
           kind == SCIM_SYNC_SUSPEND_ACCOUNT || kind == SCIM_SYNC_RESTORE_ACCOUNT ||
           kind == SCIM_SYNC_UPDATE_PROFILE;
}

int scim_sync_job_account_hinders(const scim_sync_errand_t *e)
{
    scim_sync_verdict_t verdict = e->outcome.verdict;

    if (e->kind == SCIM_SYNC_UPDATE_PROFILE) {
        return verdict == SCIM_SYNC_REFUSED;
    }
    if (e->kind == SCIM_SYNC_DELETE_ACCOUNT) {
        return verdict == SCIM_SYNC_REFUSED;
    }
    /* An organization API that is out of order must not keep a leaver's access. */
    return scim_sync_job_asks_organization(e->kind) &&
           (verdict == SCIM_SYNC_REFUSED ||
            (verdict == SCIM_SYNC_RETRY && e->outcome.status != SCIM_SYNC_TOO_MANY));
}

static apr_status_t put_state(scim_sync_db_t *db, const scim_sync_errand_t *e, const char *state,
                              apr_pool_t *p)
{
    const scim_sync_worker_t *worker = e->job->worker;
    apr_status_t rv = scim_sync_held_put_state(db, worker->jira.name, e->account_id, state, p);

    return rv == APR_SUCCESS ? scim_sync_sides_tell(db, worker, e->account_id, state, p) : rv;
}

apr_status_t scim_sync_job_account_intend(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                          apr_pool_t *p)
{
    switch (e->kind) {
    case SCIM_SYNC_SUSPEND_ACCOUNT:
        return put_state(db, e, SCIM_SYNC_HELD_SUSPENDING, p);
    case SCIM_SYNC_DELETE_ACCOUNT:
        return put_state(db, e, SCIM_SYNC_HELD_DELETING, p);
    case SCIM_SYNC_REVOKE_ACCOUNT:
        return put_state(db, e, SCIM_SYNC_HELD_REVOKING, p);
    default:
        return APR_SUCCESS;
    }
}

static void note_hindrance(const scim_sync_errand_t *e)
{
    scim_sync_outcome_t *hindrance = &e->job->learnt.hindrance;

    *hindrance = e->outcome;
    hindrance->detail = apr_pstrdup(e->job->pool, e->outcome.detail);
}

/* Done, with these words for people; or refused, or never sent: then it is as it was. */
static apr_status_t apply_deed(scim_sync_db_t *db, const scim_sync_errand_t *e, const char *state,
                               const char *kind, apr_pool_t *p)
{
    apr_status_t rv;

    if (e->outcome.verdict == SCIM_SYNC_DONE) {
        rv = put_state(db, e, state, p);
        return rv == APR_SUCCESS ? scim_sync_job_event(db, e->job, kind, e->account_id, p) : rv;
    }
    if (e->outcome.verdict == SCIM_SYNC_REFUSED || e->outcome.status == SCIM_SYNC_TOO_MANY) {
        return put_state(db, e, e->was, p);
    }
    return APR_SUCCESS;
}

/* What the organization says of an account tells what became of a call whose answer was lost. */
static apr_status_t apply_standing(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    scim_sync_learnt_t *learnt = &e->job->learnt;

    if (e->outcome.verdict != SCIM_SYNC_DONE) {
        return APR_SUCCESS;
    }
    learnt->standing = 1;
    learnt->unmanaged = e->unmanaged;
    learnt->suspended = e->suspended;
    if (e->returns && !e->suspended) {
        return put_state(db, e, NULL, p);
    }
    return e->was && e->suspended ? put_state(db, e, SCIM_SYNC_HELD_SUSPENDED, p) : APR_SUCCESS;
}

/* What can't be written is said once: the same profile is not tried again. */
static apr_status_t apply_profile(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    int done = e->outcome.verdict == SCIM_SYNC_DONE;
    apr_status_t rv;

    if (!done && e->outcome.verdict != SCIM_SYNC_REFUSED) {
        return APR_SUCCESS;
    }
    rv = scim_sync_held_put_profile(db, e->job->worker->jira.name, e->account_id, e->profile, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return done ? scim_sync_job_event(db, e->job, "jira.profile.updated", e->profile, p)
                : scim_sync_job_event(db, e->job, "jira.profile.kept", e->outcome.detail, p);
}

apr_status_t scim_sync_job_account_apply(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                         apr_pool_t *p)
{
    if (scim_sync_job_account_hinders(e) && e->kind != SCIM_SYNC_UPDATE_PROFILE) {
        note_hindrance(e);
    }
    switch (e->kind) {
    case SCIM_SYNC_FIND_DIRECTORY:
        if (e->outcome.verdict == SCIM_SYNC_DONE) {
            e->job->learnt.directory = apr_pstrdup(e->job->pool, e->directory);
        }
        return APR_SUCCESS;
    case SCIM_SYNC_READ_STANDING:
        return apply_standing(db, e, p);
    case SCIM_SYNC_SUSPEND_ACCOUNT:
        return apply_deed(db, e, SCIM_SYNC_HELD_SUSPENDED, "jira.account.suspended", p);
    case SCIM_SYNC_RESTORE_ACCOUNT:
        return apply_deed(db, e, NULL, "jira.account.restored", p);
    case SCIM_SYNC_DELETE_ACCOUNT:
        return apply_deed(db, e, SCIM_SYNC_HELD_DELETED, "jira.account.deleted", p);
    case SCIM_SYNC_REVOKE_ACCOUNT:
        return e->outcome.verdict == SCIM_SYNC_ABSENT
                   ? scim_sync_held_forget_account(db, e->job->worker->jira.name, e->account_id, p)
                   : apply_deed(db, e, SCIM_SYNC_HELD_REVOKED, "jira.account.revoked", p);
    case SCIM_SYNC_UPDATE_PROFILE:
        return apply_profile(db, e, p);
    default:
        return APR_SUCCESS;
    }
}

apr_status_t scim_sync_job_account_say(scim_sync_db_t *db, const scim_sync_job_t *job,
                                       const scim_sync_person_t *person, apr_pool_t *p)
{
    apr_status_t rv;

    if (!person->wanted || !person->account || !person->profile || person->organization) {
        return APR_SUCCESS;
    }
    rv = scim_sync_held_put_profile(db, job->worker->jira.name, person->account->account_id,
                                    person->profile, p);
    return rv == APR_SUCCESS
               ? scim_sync_job_event(
                     db, job, "jira.profile.kept",
                     person->customers
                         ? apr_psprintf(p,
                                        "the name \"%s\" is not written: no call of Jira's changes "
                                        "the name of a customer, who can do that in the portal",
                                        person->renamed)
                         : "profiles are written with a key of the organization only: give one to "
                           "the site",
                     p)
               : rv;
}
