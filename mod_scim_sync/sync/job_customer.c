/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person on the customers' side of a site, where it differs from a user (sync/job_person.c): whose
 * an account is, what it is called, and how memberships of portals are queued.
 */
#include "sync/job_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/drift.h"
#include "store/portal.h"
#include "sync/profile.h"
#include "sync/sides.h"

/* ---- the account ---- */

/*
 * Jira has said that it did not make the account, for there is one, or the address is no good. It
 * does not say which: who made that is not known.
 */
static int was_refused(const scim_sync_outcome_t *answer)
{
    return answer->status == 400 || answer->status == 409;
}

int scim_sync_job_customer_exists(const scim_sync_errand_t *e)
{
    return e->job->worker->customers && e->kind == SCIM_SYNC_CREATE_ACCOUNT &&
           e->outcome.verdict == SCIM_SYNC_ABSENT && was_refused(&e->outcome);
}

int scim_sync_job_customer_is_ours(const scim_sync_errand_t *e)
{
    const scim_sync_job_t *job = e->job;
    const scim_sync_learnt_t *learnt = &job->learnt;

    return e->kind == SCIM_SYNC_FIND_ACCOUNT &&
           scim_sync_jira_is_portal_only(e->account.account_id) &&
           (job->intended || (learnt->created && !was_refused(&learnt->answer)));
}

/* A search that shows an account that was revoked does not show that it has access again. */
int scim_sync_job_customer_is_closed(const scim_sync_errand_t *e)
{
    return e->job->worker->customers && e->kind == SCIM_SYNC_FIND_ACCOUNT && e->was &&
           !e->account.active;
}

void scim_sync_job_customer_absent(const scim_sync_errand_t *e)
{
    scim_sync_job_t *job = e->job;

    if (!job->learnt.desks) {
        job->learnt.desks = apr_array_make(job->pool, 2, sizeof(const char *));
    }
    APR_ARRAY_PUSH(job->learnt.desks, const char *) = apr_pstrdup(job->pool, e->group_id);
}

/* ---- its name ---- */

/* What it is called from the beginning, in Jira; staff have their names elsewhere. */
static apr_status_t put_name(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    const char *name = e->kind == SCIM_SYNC_CREATE_ACCOUNT ? e->profile : e->account.display_name;

    return scim_sync_jira_is_portal_only(e->account.account_id)
               ? scim_sync_held_put_profile(db, e->job->worker->jira.name, e->account.account_id,
                                            name, p)
               : APR_SUCCESS;
}

/* The customers of a desk are shown who can't get into its portal, too. */
apr_status_t scim_sync_job_customer_met(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                        apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    if (!e->job->worker->customers) {
        return APR_SUCCESS;
    }
    if (e->kind != SCIM_SYNC_CREATE_ACCOUNT) {
        rv = scim_sync_held_set_active(db, e->job->worker->jira.name, e->account.account_id,
                                       e->account.active, p);
    }
    return rv == APR_SUCCESS ? put_name(db, e, p) : rv;
}

static apr_status_t name_of(scim_sync_db_t *db, const char **name, const scim_sync_claim_t *claim,
                            apr_pool_t *p)
{
    json_t *doc = NULL;
    apr_status_t rv;

    *name = NULL;
    if (!claim) {
        return APR_SUCCESS;
    }
    rv = scim_sync_told_doc(db, &doc, claim->told->id, p);
    *name = doc ? scim_sync_profile_name(doc, p) : NULL;
    *name = *name ? *name : claim->told->name;
    return rv;
}

/* A name that differs is news once; it was said when it stands in held behind a mark. */
static void compare_name(scim_sync_person_t *person, const char *told, apr_pool_t *p)
{
    const char *held = person->account->profile;
    const char *said = told ? apr_pstrcat(p, SCIM_SYNC_PROFILE_UNSENT, told, NULL) : NULL;

    if (!told || !person->portal_only || (held && !strcmp(held, told))) {
        return;
    }
    person->renamed = told;
    person->profile = held && !strcmp(held, said) ? NULL : said;
}

apr_status_t scim_sync_job_customer_load(scim_sync_db_t *db, const scim_sync_job_t *job,
                                         const scim_sync_claims_t *sum, scim_sync_person_t *person,
                                         apr_pool_t *p)
{
    const char *told;
    apr_status_t rv;

    person->customers = 1;
    person->invite = sum->invite;
    if (!person->account) {
        rv = scim_sync_sides_staff(db, &person->staff, job->worker->jira.name, person->email, p);
        return rv == APR_SUCCESS ? name_of(db, &person->display, sum->creates, p) : rv;
    }
    person->portal_only = scim_sync_jira_is_portal_only(person->account->account_id);
    rv = name_of(db, &told, sum->profile, p);
    compare_name(person, told, p);
    return rv;
}

/* ---- portals ---- */

/*
 * So often a revocation waits for portals that the person has still to leave, which is a minute and
 * a half; then it comes first, for it ends all access. What is queued is sent all the same.
 */
#define PATIENCE 6

static apr_status_t queue(scim_sync_db_t *db, const scim_sync_job_t *job,
                          const scim_sync_step_t *step, const scim_sync_person_t *person,
                          apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    const char *account_id = person->account->account_id;
    const char *was = scim_sync_held_state(person->members, step->group_id);

    scim_sync_reconcile_touch(job->worker, account_id);
    return step->kind == SCIM_SYNC_ADD_MEMBER
               ? scim_sync_portal_join(db, site, step->group_id, account_id, was, p)
               : scim_sync_portal_part(db, site, step->group_id, account_id, was, p);
}

/* No guard is asked: nobody has what was never sent. */
static apr_status_t unqueue(scim_sync_db_t *db, const scim_sync_job_t *job,
                            const scim_sync_person_t *person, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && person->account && i < person->members->nelts; i++) {
        const scim_sync_held_member_t *m =
            &APR_ARRAY_IDX(person->members, i, scim_sync_held_member_t);

        if (scim_sync_plan_unqueues(person, m)) {
            rv = scim_sync_portal_part(db, job->worker->jira.name, m->group_id,
                                       person->account->account_id, m->state, p);
        }
    }
    return rv;
}

/*
 * The desks' lists are to be clean before the access is revoked: who has none is perhaps not to be
 * taken from them any more.
 */
static apr_status_t put_off(scim_sync_db_t *db, const scim_sync_job_t *job, const char *account_id,
                            apr_array_header_t *steps, scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    int portals;
    apr_status_t rv = scim_sync_portal_leaving(db, &portals, job->worker->jira.name, account_id, p);

    if (rv != APR_SUCCESS || portals == 0 || job->task.attempts >= PATIENCE) {
        return rv;
    }
    apr_array_clear(steps);
    if (outcome->verdict == SCIM_SYNC_DONE) {
        *outcome = (scim_sync_outcome_t) {
            .verdict = SCIM_SYNC_RETRY,
            .detail = "the person leaves the portals first, then the access is revoked"
        };
    }
    return APR_SUCCESS;
}

/* So long (ms) it is waited each time for a desk to invite to, and so often. */
#define INVITE_MS    1000
#define INVITE_TRIES 60

/*
 * Who is to be invited is invited to a portal, and Jira does that when the account is made and never
 * again: it waits a moment for the group that stands for one to be looked at.
 */
static apr_status_t await_desk(scim_sync_db_t *db, const scim_sync_job_t *job,
                               const scim_sync_person_t *person, const scim_sync_stands_t *stands,
                               apr_array_header_t *steps, scim_sync_outcome_t *outcome,
                               apr_pool_t *p)
{
    const scim_sync_step_t *step =
        steps->nelts > 0 ? &APR_ARRAY_IDX(steps, 0, scim_sync_step_t) : NULL;
    apr_array_header_t *grants;
    apr_status_t rv;
    int i;

    if (!step || step->kind != SCIM_SYNC_CREATE_ACCOUNT || !person->invite || step->group_id ||
        job->task.attempts >= INVITE_TRIES) {
        return APR_SUCCESS;
    }
    rv = scim_sync_job_grants(db, job, stands->claims, &grants, p);
    for (i = 0; rv == APR_SUCCESS && i < grants->nelts; i++) {
        const scim_sync_grant_t *grant = &APR_ARRAY_IDX(grants, i, scim_sync_grant_t);

        /* Jira may have shown the portal already, and the group not stand for it yet. */
        if (!(grant->group_id && scim_sync_list_holds(person->groups, grant->group_id)) &&
            grant->name && scim_sync_portal_is_project(grant->name)) {
            apr_array_clear(steps);
            *outcome = (scim_sync_outcome_t) {
                .verdict = SCIM_SYNC_RETRY,
                .retry_ms = INVITE_MS,
                .detail = apr_pstrcat(p, "is to be invited to the portal of ", grant->name,
                                      ", which is looked for first", NULL)
            };
            break;
        }
    }
    return rv;
}

/* So long (ms) until it is looked again, if there is no news of the portal before. */
#define AWAIT_MS 60000

/*
 * Who leaves is not done with before the portals have let go: until then the person has access, and
 * the task says why. That is said of each portal by its own task already, and is no event.
 */
static apr_status_t await_portals(scim_sync_db_t *db, scim_sync_job_t *job, const char *account_id,
                                  scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    scim_sync_outcome_t end = { .verdict = SCIM_SYNC_REFUSED };
    const char *text = NULL;
    apr_array_header_t *portals;
    apr_status_t rv;
    int i;

    rv = scim_sync_portal_awaited(db, &portals, job->worker->jira.name, account_id, p);
    for (i = 0; rv == APR_SUCCESS && i < portals->nelts; i++) {
        const scim_sync_portal_awaited_t *one =
            &APR_ARRAY_IDX(portals, i, scim_sync_portal_awaited_t);

        if (!one->removes) {
            continue;
        }
        if (!one->failed) {
            end = (scim_sync_outcome_t) { .verdict = SCIM_SYNC_RETRY, .retry_ms = AWAIT_MS };
        }
        text = apr_pstrcat(p, text ? text : "", text ? "; " : "", "still in ", one->name, ": ",
                           scim_sync_portal_awaited_why(one, p), NULL);
    }
    if (rv == APR_SUCCESS && text) {
        *outcome = end;
        outcome->detail = text;
        job->said = text;
    }
    return rv;
}

apr_status_t scim_sync_job_customer_queue(scim_sync_db_t *db, scim_sync_job_t *job,
                                          const scim_sync_person_t *person,
                                          const scim_sync_stands_t *stands,
                                          apr_array_header_t *steps, scim_sync_outcome_t *outcome,
                                          apr_pool_t *p)
{
    apr_status_t rv = unqueue(db, job, person, p);
    int revoke = 0;
    int kept = 0;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < steps->nelts; i++) {
        const scim_sync_step_t step = APR_ARRAY_IDX(steps, i, scim_sync_step_t);

        if (step.kind == SCIM_SYNC_ADD_MEMBER || step.kind == SCIM_SYNC_REMOVE_MEMBER) {
            rv = queue(db, job, &step, person, p);
            continue;
        }
        revoke |= step.kind == SCIM_SYNC_REVOKE_ACCOUNT;
        APR_ARRAY_IDX(steps, kept++, scim_sync_step_t) = step;
    }
    steps->nelts = kept;
    if (rv == APR_SUCCESS) {
        rv = await_desk(db, job, person, stands, steps, outcome, p);
    }
    if (rv == APR_SUCCESS && revoke) {
        rv = put_off(db, job, person->account->account_id, steps, outcome, p);
    }
    return rv == APR_SUCCESS && person->account && kept == 0 && outcome->verdict == SCIM_SYNC_DONE
               ? await_portals(db, job, person->account->account_id, outcome, p)
               : rv;
}
