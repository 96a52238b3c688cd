/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/explain_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "sync/guard.h"
#include "sync/survey_text.h"

/* A site as it is known without asking it. */
typedef struct {
    scim_sync_worker_t *worker;
    scim_sync_groups_t *groups;
} known_t;

struct scim_sync_explainer_t {
    const scim_sync_idp_t *idp;
    scim_sync_rulebook_t *rulebook;
    apr_array_header_t *sites;  /* known_t */
    apr_array_header_t *counts; /* scim_sync_plan_count_t */
    apr_pool_t *pool;
};

/* ---- sites ---- */

static apr_status_t know_site(scim_sync_db_t *db, scim_sync_explainer_t *explainer,
                              const char *name, apr_pool_t *p)
{
    known_t *known = &APR_ARRAY_PUSH(explainer->sites, known_t);
    scim_sync_site_t *site;
    const char *survey;
    apr_status_t rv;

    if ((rv = scim_sync_site_load(db, &site, name, p)) != APR_SUCCESS ||
        (rv = scim_sync_site_survey(db, &survey, name, p)) != APR_SUCCESS) {
        return rv;
    }
    known->worker = scim_sync_worker_sketch(site, p);
    known->worker->rulebook = explainer->rulebook;
    /* It asks nobody: that there is a key is all that counts. */
    known->worker->organization.key = site->org_key;
    scim_sync_survey_recall(known->worker, survey, p);
    known->groups = scim_sync_groups_make(db, known->worker, p);
    return APR_SUCCESS;
}

apr_status_t scim_sync_explainer_make(scim_sync_db_t *db, scim_sync_explainer_t **out,
                                      const scim_sync_idp_t *idp, apr_pool_t *p)
{
    scim_sync_explainer_t *explainer = apr_pcalloc(p, sizeof(*explainer));
    apr_status_t rv;
    int i;

    explainer->idp = idp;
    explainer->pool = p;
    explainer->rulebook = scim_sync_rulebook_make(p);
    explainer->sites = apr_array_make(p, idp->sites->nelts, sizeof(known_t));
    explainer->counts = apr_array_make(p, 8, sizeof(scim_sync_plan_count_t));
    rv = scim_sync_rulebook_open(db, explainer->rulebook, p);
    for (i = 0; rv == APR_SUCCESS && i < idp->sites->nelts; i++) {
        rv = know_site(db, explainer, APR_ARRAY_IDX(idp->sites, i, const char *), p);
    }
    *out = explainer;
    return rv;
}

const apr_array_header_t *scim_sync_explainer_counts(const scim_sync_explainer_t *explainer)
{
    return explainer->counts;
}

json_t *scim_sync_explainer_seats(const scim_sync_explainer_t *explainer)
{
    json_t *list = json_array();
    int i;
    int n;

    for (i = 0; i < explainer->sites->nelts; i++) {
        const scim_sync_worker_t *worker = APR_ARRAY_IDX(explainer->sites, i, known_t).worker;

        for (n = 0; n < worker->seats.products->nelts; n++) {
            const scim_sync_product_t *product =
                APR_ARRAY_IDX(worker->seats.products, n, scim_sync_product_t *);

            if (!product->unlimited) {
                json_array_append_new(
                    list, json_pack("{s:s, s:s, s:i, s:i}", "site", worker->jira.name, "product",
                                    product->key, "seats", product->seats, "left", product->left));
            }
        }
    }
    return list;
}

/* ---- a subject ---- */

/* What was decided of a step, or is to be: what it takes stays for now. Else text is NULL. */
typedef struct {
    const char *text;
    const char *mend;
} decided_t;

static const char *what_of(const scim_sync_matter_t *m, const scim_sync_chain_step_t *step)
{
    const char *name = scim_sync_groups_name(m->groups, step->group_id);

    if (step->kind != SCIM_SYNC_REMOVE_MEMBER) {
        return m->is_person ? "the account" : "the group";
    }
    return name ? name : step->group ? step->group : step->group_id;
}

static decided_t say_discarded(const scim_sync_matter_t *m, const scim_sync_decision_t *decision,
                               const scim_sync_chain_step_t *step)
{
    const char *words = decision->words;
    scim_sync_task_t task = *m->task;

    if (!decision->own) {
        words = apr_psprintf(m->pool, "task %" APR_INT64_T_FMT " of the same %s is %s",
                             decision->beside, m->is_person ? "person" : "group in Jira", words);
        task.discarded = NULL;
    }
    return (decided_t) {
        .text = scim_sync_task_keeps(&task, words, what_of(m, step), m->pool),
        .mend = !decision->own
                    ? "it was decided of the task that the text names: retry that one if it is to "
                      "be taken away after all; a retry of this one changes nothing"
                : !strcmp(task.state, SCIM_SYNC_TASK_DISCARDED)
                    ? "retry the task if it is to be taken away after all"
                    : "retry what is discarded (tasks/retry?state=discarded) if it is to be taken "
                      "away after all",
    };
}

static decided_t say_held(const scim_sync_matter_t *m)
{
    return (decided_t) {
        .text = m->task->detail ? m->task->detail : "the guard holds it",
        .mend = "release it if it is right; discard it, or mend it in the identity provider, if it "
                "is a mistake",
    };
}

/* In the order in which a job asks: what was discarded, what is held, what is of others. */
static decided_t decide(const scim_sync_matter_t *m, const scim_sync_decision_t *decision,
                        const scim_sync_chain_step_t *step)
{
    const scim_sync_step_t taking = { .kind = step->kind,
                                      .group_id = step->group_id,
                                      .account_id = step->account_id };
    int leaving = m->is_person && !m->person.wanted;

    if (decision->words && scim_sync_job_takes(&taking, leaving, decision->kept, 1, m->pool)) {
        return say_discarded(m, decision, step);
    }
    if (m->task->guard && m->task->spared &&
        scim_sync_job_takes(&taking, leaving, m->task->spared, 1, m->pool)) {
        return say_held(m);
    }
    if (decision->held_idp && scim_sync_job_takes(&taking, leaving, decision->held, 1, m->pool)) {
        return (decided_t) {
            .text = apr_psprintf(m->pool, "what %s tells of the same %s is held",
                                 decision->held_idp, m->is_person ? "person" : "group in Jira"),
            .mend = "release or discard that",
        };
    }
    return (decided_t) { .text = NULL };
}

/* What is decided is about a person's account, or about one group in Jira. */
static apr_status_t load_decision(scim_sync_db_t *db, const scim_sync_matter_t *m,
                                  const scim_sync_chain_step_t *step,
                                  scim_sync_decision_t *decision)
{
    const char *object = !m->is_person       ? step->group_id
                         : m->person.account ? m->person.account->account_id
                                             : NULL;

    return scim_sync_task_decision(db, m->task, decision, object, m->is_person && !m->person.wanted,
                                   m->pool);
}

/* What is held would be taken away once it is released, or retried after a discard; not before. */
static apr_status_t hold_back(scim_sync_db_t *db, scim_sync_matter_t *m)
{
    apr_array_header_t *steps = m->chain.steps;
    int leaving = m->is_person && !m->person.wanted;
    apr_status_t rv = APR_SUCCESS;
    int kept = 0;
    int i;

    for (i = 0; m->task && rv == APR_SUCCESS && i < steps->nelts; i++) {
        const scim_sync_chain_step_t step = APR_ARRAY_IDX(steps, i, scim_sync_chain_step_t);
        decided_t decided = { .text = NULL };
        scim_sync_decision_t decision;

        if (scim_sync_guard_kind(step.kind, leaving) != SCIM_SYNC_GUARD_NONE &&
            (rv = load_decision(db, m, &step, &decision)) == APR_SUCCESS) {
            decided = decide(m, &decision, &step);
        }
        if (!decided.text) {
            APR_ARRAY_IDX(steps, kept++, scim_sync_chain_step_t) = step;
            continue;
        }
        APR_ARRAY_PUSH(m->chain.withheld, scim_sync_withheld_t) = (scim_sync_withheld_t) {
            .kind = SCIM_SYNC_WITHHELD_GUARD,
            .step = step.kind,
            .group_id = step.group_id,
            .text = decided.text,
            .mend = decided.mend,
        };
    }
    steps->nelts = m->task ? kept : steps->nelts;
    return rv;
}

static void add_counts(scim_sync_explainer_t *explainer, const scim_sync_chain_t *chain,
                       apr_pool_t *p)
{
    const apr_array_header_t *more = scim_sync_chain_counts(chain, p);
    apr_array_header_t *counts = explainer->counts;
    int i;
    int n;

    for (i = 0; i < more->nelts; i++) {
        scim_sync_plan_count_t one = APR_ARRAY_IDX(more, i, scim_sync_plan_count_t);

        for (n = 0; n < counts->nelts; n++) {
            scim_sync_plan_count_t *sum = &APR_ARRAY_IDX(counts, n, scim_sync_plan_count_t);

            if (!strcmp(sum->what, one.what)) {
                sum->count += one.count;
                break;
            }
        }
        if (n == counts->nelts) {
            one.what = apr_pstrdup(explainer->pool, one.what);
            APR_ARRAY_PUSH(counts, scim_sync_plan_count_t) = one;
        }
    }
}

static apr_status_t find_out_person(scim_sync_db_t *db, scim_sync_matter_t *m, apr_pool_t *p)
{
    apr_status_t rv;

    if ((rv = scim_sync_job_person_load(db, m->job, &m->person, &m->stands, p)) != APR_SUCCESS ||
        (rv = scim_sync_job_grants(db, m->job, m->stands.claims, &m->grants, p)) != APR_SUCCESS ||
        (rv = scim_sync_job_grants(db, m->job, m->stands.kept_claims, &m->kept, p)) !=
            APR_SUCCESS) {
        return rv;
    }
    return scim_sync_job_person_chain(db, m->job, &m->chain, &m->person, &m->stands, p);
}

static apr_status_t find_out_team(scim_sync_db_t *db, scim_sync_matter_t *m, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_job_team_load(db, m->job, &m->standing, p);
    int goes_on;
    int news;
    int i;

    m->teams = apr_array_make(p, 1, sizeof(scim_sync_team_t));
    scim_sync_chain_begin(&m->chain, p);
    for (i = 0; rv == APR_SUCCESS && i < m->standing.targets->nelts; i++) {
        const scim_sync_target_t *target =
            &APR_ARRAY_IDX(m->standing.targets, i, scim_sync_target_t);
        scim_sync_team_t *team = &APR_ARRAY_PUSH(m->teams, scim_sync_team_t);

        rv = scim_sync_job_team_target(db, m->job, &m->standing, target, team, &news, p);
        if (rv == APR_SUCCESS) {
            rv = scim_sync_job_team_strangers(db, m->job, team, 1, &goes_on, p);
        }
        if (rv == APR_SUCCESS) {
            scim_sync_chain_team(&m->chain, team, scim_sync_job_team_learnt(m->job, target->name),
                                 p);
        }
    }
    if (rv == APR_SUCCESS && m->job->worker->customers) {
        rv = scim_sync_job_desk_chain(db, m->job, &m->standing, &m->chain, p);
    }
    if (rv == APR_SUCCESS && m->standing.wait) {
        APR_ARRAY_PUSH(m->chain.withheld, scim_sync_withheld_t) = (scim_sync_withheld_t) {
            .kind = SCIM_SYNC_WITHHELD_RULE, .step = SCIM_SYNC_FIND_GROUP, .text = m->standing.wait
        };
    }
    if (rv == APR_SUCCESS && m->standing.unfit) {
        APR_ARRAY_PUSH(m->chain.withheld, scim_sync_withheld_t) = *m->standing.unfit;
    }
    return rv;
}

/* What the provisioner has found out for a plan counts as known. */
static void recall(scim_sync_job_t *job, const char *plan)
{
    int i;

    scim_sync_chain_learnt(&job->learnt, "", plan, job->pool);
    for (i = 0; job->names && i < job->names->nelts; i++) {
        scim_sync_job_name_t *name = APR_ARRAY_IDX(job->names, i, scim_sync_job_name_t *);

        scim_sync_chain_learnt(&name->learnt, name->name, plan, job->pool);
    }
}

/* The job that the subject's task is, or would be. */
static apr_status_t make_job(scim_sync_db_t *db, scim_sync_job_t **job, scim_sync_matter_t *m,
                             const known_t *known, const scim_sync_plan_subject_t *subject,
                             apr_pool_t *p)
{
    const scim_sync_task_t none = {
        .site = known->worker->jira.name,
        .idp = m->idp->name,
        .kind = subject->kind,
        .subject = subject->id,
        .changed = scim_sync_now(),
    };
    scim_sync_task_t *task;
    const char *plan;
    apr_status_t rv;

    rv = scim_sync_plan_task(db, &task, &plan, known->worker->jira.name, subject->id, p);
    m->task = task;
    if (rv == APR_SUCCESS) {
        rv = scim_sync_job_make(db, job, known->worker, task ? task : &none, p);
    }
    if (rv == APR_SUCCESS && plan && !strcmp(task->state, SCIM_SYNC_TASK_PLANNED)) {
        recall(*job, plan);
    }
    return rv;
}

apr_status_t scim_sync_explain(scim_sync_db_t *db, scim_sync_explainer_t *explainer,
                               const scim_sync_plan_subject_t *subject, int brief, json_t *views,
                               const char **name, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    *name = NULL;
    for (i = 0; rv == APR_SUCCESS && i < explainer->sites->nelts; i++) {
        const known_t *known = &APR_ARRAY_IDX(explainer->sites, i, known_t);
        scim_sync_matter_t m = { .idp = explainer->idp,
                                 .rulebook = explainer->rulebook,
                                 .groups = known->groups,
                                 .is_person = !strcmp(subject->kind, SCIM_SYNC_TASK_USER),
                                 .pool = p };
        scim_sync_job_t *job;

        if ((rv = make_job(db, &job, &m, known, subject, p)) != APR_SUCCESS) {
            return rv;
        }
        m.job = job;
        rv = m.is_person ? find_out_person(db, &m, p) : find_out_team(db, &m, p);
        if (rv == APR_SUCCESS && job->worker->customers) {
            rv = scim_sync_matter_portal_keys(db, &m);
        }
        if (rv == APR_SUCCESS && m.is_person && !brief) {
            rv = scim_sync_matter_above(db, &m);
        }
        if (rv == APR_SUCCESS && (rv = hold_back(db, &m)) == APR_SUCCESS &&
            (rv = scim_sync_matter_queue(db, &m)) == APR_SUCCESS) {
            add_counts(explainer, &m.chain, p);
            json_array_append_new(views, scim_sync_matter_json(&m, brief));
            *name = job->name;
            rv = scim_sync_groups_status(known->groups);
        }
    }
    return rv;
}
