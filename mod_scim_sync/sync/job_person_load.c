/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One person at one site, as the planner asks about them: told by all IdPs, seen through the rules
 * of each, held in Jira. Reads only.
 */
#include "sync/job_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "sync/profile.h"

/*
 * The rules that decide about a user; NULL, and why, when they can't be read. An administrator who
 * takes an IdP away has said what becomes of its people: then its rules say nothing any more.
 */
static const scim_sync_rules_t *rules_of(const scim_sync_job_t *job, const scim_sync_told_t *told,
                                         const char **why)
{
    static const char nobody[] = "";

    return scim_sync_rulebook_of(job->worker->rulebook, told->fed ? told->idp : nobody, why);
}

const char *scim_sync_job_person_email(const scim_sync_job_t *job, const scim_sync_told_t *told,
                                       apr_pool_t *p)
{
    const char *why;
    const scim_sync_rules_t *rules = scim_sync_rulebook_of(job->worker->rulebook, told->idp, &why);

    return rules ? scim_sync_rules_user(rules, told->name, told->email, p).email : told->email;
}

static int is_same(const char *email, const char *other)
{
    return email && other && !strcmp(email, other);
}

apr_status_t scim_sync_job_person_rival(scim_sync_db_t *db, const char **rival,
                                        const scim_sync_job_t *job,
                                        const scim_sync_claimant_t *claimant,
                                        const char *account_id, apr_pool_t *p)
{
    apr_array_header_t *users;
    apr_status_t rv;
    int i;

    *rival = NULL;
    rv = scim_sync_told_person(db, &users, job->worker->jira.name, NULL, account_id, NULL, p);
    for (i = 0; rv == APR_SUCCESS && i < users->nelts; i++) {
        const scim_sync_told_t *user = APR_ARRAY_IDX(users, i, scim_sync_told_t *);

        if (!strcmp(user->idp, claimant->idp) && strcmp(user->id, claimant->id) &&
            !is_same(scim_sync_job_person_email(job, user, p), claimant->email) &&
            (!*rival || strcmp(user->name, *rival) < 0)) {
            *rival = user->name;
        }
    }
    return rv;
}

/*
 * The account that the subject stands for. Without a link it is the one that is known under its
 * address, which it stands for from now on; unless that is another user's: then only Jira can tell
 * whose the address is today.
 */
static apr_status_t load_account(scim_sync_db_t *db, const scim_sync_job_t *job, int wants,
                                 scim_sync_held_account_t **account, int *news, apr_pool_t *p)
{
    const scim_sync_claimant_t subject = { job->task.idp, job->task.subject, job->email };
    const char *site = job->worker->jira.name;
    const char *object;
    const char *rival;
    apr_status_t rv;
    int linked;

    *account = NULL;
    *news = 0;
    rv = scim_sync_held_link(db, &linked, &object, site, job->task.subject, p);
    if (rv != APR_SUCCESS || (!object && (!wants || !job->email))) {
        return rv;
    }
    rv = scim_sync_held_account(db, account, site, object, job->email, p);
    if (rv != APR_SUCCESS || object || !*account) {
        return rv;
    }
    rv = scim_sync_job_person_rival(db, &rival, job, &subject, (*account)->account_id, p);
    if (rv != APR_SUCCESS || rival) {
        *account = NULL;
        return rv;
    }
    *news = 1;
    return APR_SUCCESS;
}

/* ---- what IdPs say ---- */

static const char *address_of(const scim_sync_person_t *person)
{
    return person->email ? person->email : person->account ? person->account->email : NULL;
}

/* Whether another IdP than the job's has stopped: what it wants is neither given nor taken. */
static int is_still(const scim_sync_job_t *job, const char *idp)
{
    return scim_sync_rulebook_is_still(job->worker->rulebook, idp) && strcmp(idp, job->task.idp);
}

/* Add the claims of those who are this person; *doubt when the rules of one can't be read. */
static void add_claims(const scim_sync_job_t *job, const apr_array_header_t *users,
                       scim_sync_person_t *person, scim_sync_stands_t *stands, apr_pool_t *p)
{
    const char *account_id = person->account ? person->account->account_id : NULL;
    const char *email = address_of(person);
    int i;

    for (i = 0; i < users->nelts; i++) {
        const scim_sync_told_t *user = APR_ARRAY_IDX(users, i, scim_sync_told_t *);
        int still = is_still(job, user->idp);
        const char *why;
        const scim_sync_rules_t *rules = rules_of(job, user, &why);
        scim_sync_claim_t claim;

        if (!rules) {
            person->doubt = still ? person->doubt : why;
            continue;
        }
        claim = scim_sync_claim(user, rules, job->task.changed, p);
        if (!strcmp(user->id, job->task.subject) ||
            scim_sync_claim_is_on(&claim, account_id, email)) {
            APR_ARRAY_PUSH(still ? stands->kept_claims : stands->claims, scim_sync_claim_t) = claim;
        }
    }
}

static apr_status_t load_claims(scim_sync_db_t *db, const scim_sync_job_t *job,
                                scim_sync_person_t *person, scim_sync_stands_t *stands,
                                apr_pool_t *p)
{
    const char *account_id = person->account ? person->account->account_id : NULL;
    const char *site = job->worker->jira.name;
    const char *subject = job->task.subject;
    apr_array_header_t *users;
    apr_status_t rv;

    stands->claims = apr_array_make(p, 2, sizeof(scim_sync_claim_t));
    stands->kept_claims = apr_array_make(p, 1, sizeof(scim_sync_claim_t));
    rv = scim_sync_told_person(db, &users, site, address_of(person), account_id, subject, p);
    if (rv == APR_SUCCESS) {
        add_claims(job, users, person, stands, p);
    }
    /* Where there is neither an account nor the beginning of one nobody has left anything. */
    if (rv != APR_SUCCESS || (!person->account && !person->begun)) {
        return rv;
    }
    rv = scim_sync_told_gone(db, &users, site, account_id, subject, p);
    if (rv == APR_SUCCESS) {
        add_claims(job, users, person, stands, p);
    }
    return rv;
}

/* The groups that the claims want the person in; *wants is 1 when one wants the person at all. */
static apr_status_t add_groups(scim_sync_db_t *db, const scim_sync_job_t *job,
                               const apr_array_header_t *claims, apr_array_header_t *groups,
                               int *wants, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    *wants = 0;
    for (i = 0; rv == APR_SUCCESS && i < claims->nelts; i++) {
        const scim_sync_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_claim_t);

        if (claim->wants) {
            *wants = 1;
            rv = scim_sync_told_groups(db, groups, job->worker->jira.name, claim->told->id, p);
        }
    }
    return rv;
}

static apr_status_t load_groups(scim_sync_db_t *db, const scim_sync_job_t *job,
                                scim_sync_person_t *person, scim_sync_stands_t *stands,
                                apr_pool_t *p)
{
    apr_array_header_t *groups = apr_array_make(p, 4, sizeof(const char *));
    apr_array_header_t *kept = apr_array_make(p, 1, sizeof(const char *));
    apr_status_t rv;
    int wants;

    person->groups = groups;
    person->kept_groups = kept;
    if ((rv = add_groups(db, job, stands->claims, groups, &wants, p)) != APR_SUCCESS ||
        (rv = add_groups(db, job, stands->kept_claims, kept, &wants, p)) != APR_SUCCESS) {
        return rv;
    }
    person->kept = wants && !person->wanted;
    return scim_sync_job_person_kept(db, job, person, kept, stands, p);
}

/* The profile that the account should have, if it has another one as far as is known. */
static apr_status_t load_profile(scim_sync_db_t *db, const scim_sync_claim_t *claim,
                                 scim_sync_person_t *person, apr_pool_t *p)
{
    json_t *doc;
    const char *profile;
    apr_status_t rv;

    if (!claim || !person->account) {
        return APR_SUCCESS;
    }
    rv = scim_sync_told_doc(db, &doc, claim->told->id, p);
    profile = rv == APR_SUCCESS && doc ? scim_sync_profile(doc, p) : NULL;
    if (profile && !person->organization) {
        profile = apr_pstrcat(p, SCIM_SYNC_PROFILE_UNSENT, profile, NULL);
    }
    if (profile && (!person->account->profile || strcmp(profile, person->account->profile))) {
        person->profile = profile;
    }
    return rv;
}

/* ---- all of it ---- */

static void sum_up(const scim_sync_job_t *job, const scim_sync_claims_t *sum,
                   scim_sync_person_t *person, apr_pool_t *p)
{
    person->wanted = sum->wanted;
    person->import = sum->import;
    person->products = sum->products;
    person->leaving = sum->leaving;
    person->rule = sum->rule;
    person->doubt = person->doubt ? person->doubt : sum->doubt;
    person->grace_ms = sum->until - scim_sync_now();
    person->grace_until = scim_sync_time_text(sum->until, p);
    person->organization = !job->worker->customers && job->worker->organization.key != NULL;
}

static void begin(const scim_sync_job_t *job, scim_sync_person_t *person)
{
    memset(person, 0, sizeof(*person));
    person->name = job->name;
    person->begun = job->intended;
    person->protection = &job->worker->protection;
    person->seats = &job->worker->seats;
}

/* The subject's own claim, for what only it decides: which account is looked for. */
static apr_status_t load_subject(scim_sync_db_t *db, const scim_sync_job_t *job,
                                 scim_sync_person_t *person, scim_sync_stands_t *stands, int *wants,
                                 apr_pool_t *p)
{
    const scim_sync_rules_t *rules;
    scim_sync_told_t *told;
    scim_sync_claim_t claim;
    apr_status_t rv = scim_sync_told_load(db, &told, job->worker->jira.name, job->task.subject, p);

    *wants = 0;
    stands->gone = rv == APR_SUCCESS && !told;
    if (rv != APR_SUCCESS || !told) {
        person->email = job->intended ? job->email : NULL;
        return rv;
    }
    told->fed = 1;
    rules = rules_of(job, told, &person->doubt);
    if (!rules) {
        return APR_SUCCESS;
    }
    claim = scim_sync_claim(told, rules, job->task.changed, p);
    *wants = claim.wants;
    person->email = claim.says.email;
    if (person->email != job->email && !is_same(person->email, job->email)) {
        person->doubt = "the address has changed meanwhile";
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_job_person_load(scim_sync_db_t *db, const scim_sync_job_t *job,
                                       scim_sync_person_t *person, scim_sync_stands_t *stands,
                                       apr_pool_t *p)
{
    apr_array_header_t *members = apr_array_make(p, 1, sizeof(scim_sync_held_member_t));
    scim_sync_held_account_t *account = NULL;
    scim_sync_claims_t sum;
    apr_status_t rv;
    int wants;

    begin(job, person);
    if ((rv = load_subject(db, job, person, stands, &wants, p)) != APR_SUCCESS ||
        (rv = load_account(db, job, wants, &account, &stands->news, p)) != APR_SUCCESS) {
        return rv;
    }
    person->account = account;
    if (account) {
        rv = scim_sync_held_members(db, &members, job->worker->jira.name, account->account_id, p);
    }
    person->members = members;
    if (rv == APR_SUCCESS) {
        rv = load_claims(db, job, person, stands, p);
    }
    if (rv == APR_SUCCESS) {
        sum = scim_sync_claims_sum(stands->claims, job->worker->products, p);
        sum_up(job, &sum, person, p);
        rv = job->worker->customers ? scim_sync_job_customer_load(db, job, &sum, person, p)
                                    : load_profile(db, sum.profile, person, p);
    }
    if (rv == APR_SUCCESS && (rv = load_groups(db, job, person, stands, p)) == APR_SUCCESS) {
        rv = scim_sync_job_person_decided(db, job, person, stands, p);
    }
    return rv;
}
