/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether what is queued for a portal is what would be queued now. Between the two there may be a
 * pause of Jira's of any length, in which IdPs say something else, are paused, or get other rules;
 * whose task it was that decided then may not have run since. So each person's plan is asked again
 * right before the batch, as that person's own job asks it. Who is not on it is not sent.
 */
#include "sync/job_int.h"

#include <string.h>

#include "base/text.h"
#include "store/plan.h"
#include "store/portal.h"
#include "sync/team_claims.h"

/* ---- what a person's plan says ---- */

/*
 * The person's task, or the one that there would be, by a user of an IdP that is live; id NULL: no
 * such one stands for the account.
 */
static apr_status_t find_teller(scim_sync_db_t *db, const scim_sync_job_t *job,
                                const apr_array_header_t *people, scim_sync_task_t *teller,
                                apr_pool_t *p)
{
    const scim_sync_worker_t *worker = job->worker;
    const char *site = worker->jira.name;
    apr_status_t rv = APR_SUCCESS;
    int i;

    teller->subject = NULL;
    for (i = 0; rv == APR_SUCCESS && !teller->subject && i < people->nelts; i++) {
        const scim_sync_portal_person_t *one = &APR_ARRAY_IDX(people, i, scim_sync_portal_person_t);
        scim_sync_task_t *task = NULL;
        const char *plan;

        if (!one->resource ||
            (rv = scim_sync_plan_task(db, &task, &plan, site, one->resource, p)) != APR_SUCCESS) {
            continue;
        }
        if (task) {
            *teller = *task;
        }
        else if (one->idp) {
            *teller = (scim_sync_task_t) { .site = site,
                                           .idp = one->idp,
                                           .kind = SCIM_SYNC_TASK_USER,
                                           .subject = one->resource,
                                           .changed = scim_sync_now() };
        }
        if (teller->subject && scim_sync_rulebook_is_still(worker->rulebook, teller->idp)) {
            teller->subject = NULL;
        }
    }
    return rv;
}

/* As if nothing had been decided about this portal yet. */
static void undecide(scim_sync_person_t *person, const char *portal, int removes)
{
    int i;

    for (i = 0; i < person->members->nelts; i++) {
        scim_sync_held_member_t *m = &APR_ARRAY_IDX(person->members, i, scim_sync_held_member_t);

        if (!strcmp(m->group_id, portal)) {
            m->state = removes ? SCIM_SYNC_HELD_OURS : SCIM_SYNC_HELD_ENDING;
        }
    }
}

static int has_step(const apr_array_header_t *steps, scim_sync_step_kind_t kind, const char *portal)
{
    int i;

    for (i = 0; i < steps->nelts; i++) {
        const scim_sync_step_t *step = &APR_ARRAY_IDX(steps, i, scim_sync_step_t);

        if (step->kind == kind && !strcmp(step->group_id, portal)) {
            return 1;
        }
    }
    return 0;
}

static apr_status_t ask_plan(scim_sync_db_t *db, const scim_sync_job_t *job,
                             const scim_sync_task_t *teller, const char *account_id, int removes,
                             int *wanted, apr_pool_t *p)
{
    const char *portal = job->task.subject;
    scim_sync_person_t person;
    scim_sync_stands_t stands;
    apr_array_header_t *steps;
    scim_sync_job_t *asked;
    apr_status_t rv;

    *wanted = 0;
    if ((rv = scim_sync_job_make(db, &asked, job->worker, teller, p)) != APR_SUCCESS ||
        (rv = scim_sync_job_person_load(db, asked, &person, &stands, p)) != APR_SUCCESS ||
        !person.account || strcmp(person.account->account_id, account_id) != 0) {
        return rv;
    }
    undecide(&person, portal, removes);
    scim_sync_plan_person(&steps, &person, &asked->learnt, p);
    *wanted = !(removes && stands.pending) &&
              has_step(steps, removes ? SCIM_SYNC_REMOVE_MEMBER : SCIM_SYNC_ADD_MEMBER, portal);
    return APR_SUCCESS;
}

/* ---- one account ---- */

/* Nobody tells of the account: it is taken out by an IdP that decides alone who is in the portal. */
static apr_status_t ask_authority(scim_sync_db_t *db, const scim_sync_job_t *job, int *wanted,
                                  apr_pool_t *p)
{
    const scim_sync_rulebook_t *book = job->worker->rulebook;
    const scim_sync_team_claim_t *claim;
    apr_status_t rv = scim_sync_team_authority(db, &claim, book, NULL, job->worker->jira.name,
                                               job->task.subject, p);

    *wanted = rv == APR_SUCCESS && claim && !scim_sync_rulebook_is_still(book, claim->idp);
    return rv;
}

/* It was decided otherwise meanwhile; whoever stands for it, or for the portal, is looked at anew. */
static apr_status_t take_back(scim_sync_db_t *db, const scim_sync_job_t *job,
                              const apr_array_header_t *people, const char *account_id, int removes,
                              int stranger, apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    const char *portal = job->task.subject;
    apr_status_t rv = stranger
                          ? scim_sync_held_put_member(db, site, portal, account_id,
                                                      removes ? SCIM_SYNC_HELD_THEIRS : NULL, p)
                          : scim_sync_portal_take_back(db, site, portal, account_id, removes, p);
    int added;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < people->nelts; i++) {
        const char *resource = APR_ARRAY_IDX(people, i, scim_sync_portal_person_t).resource;

        if (resource) {
            rv = scim_sync_task_add_missing(db, site, resource, &added, p);
        }
    }
    return rv == APR_SUCCESS && stranger ? scim_sync_task_add_linked(db, site, portal, p) : rv;
}

static apr_status_t sift_one(scim_sync_db_t *db, const scim_sync_job_t *job, const char *account_id,
                             int removes, int *wanted, apr_pool_t *p)
{
    scim_sync_task_t teller = { .subject = NULL };
    apr_array_header_t *people;
    apr_status_t rv;
    int stranger;

    rv = scim_sync_portal_people(db, &people, job->worker->jira.name, account_id, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    stranger = !APR_ARRAY_IDX(people, 0, scim_sync_portal_person_t).resource;
    *wanted = 0;
    if (stranger) {
        rv = removes ? ask_authority(db, job, wanted, p) : APR_SUCCESS;
    }
    else if ((rv = find_teller(db, job, people, &teller, p)) == APR_SUCCESS && teller.subject) {
        rv = ask_plan(db, job, &teller, account_id, removes, wanted, p);
    }
    return rv == APR_SUCCESS && !*wanted
               ? take_back(db, job, people, account_id, removes, stranger, p)
               : rv;
}

/* ---- a line ---- */

apr_status_t scim_sync_job_portal_sift(scim_sync_db_t *db, const scim_sync_job_t *job,
                                       scim_sync_portal_line_t *line, int removes, apr_pool_t *p)
{
    apr_array_header_t *kept = apr_array_make(p, line->accounts->nelts + 1, sizeof(const char *));
    apr_status_t rv = APR_SUCCESS;
    apr_pool_t *scratch;
    int wanted;
    int i;

    apr_pool_create(&scratch, p);
    for (i = 0; rv == APR_SUCCESS && i < line->accounts->nelts; i++) {
        const char *account_id = APR_ARRAY_IDX(line->accounts, i, const char *);

        apr_pool_clear(scratch);
        rv = sift_one(db, job, account_id, removes, &wanted, scratch);
        if (rv == APR_SUCCESS && wanted) {
            APR_ARRAY_PUSH(kept, const char *) = account_id;
        }
    }
    apr_pool_destroy(scratch);
    line->still |= kept->nelts == 0 && line->accounts->nelts > 0;
    line->accounts = kept;
    return rv;
}
