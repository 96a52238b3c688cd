/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/survey_text.h"

#include <stdlib.h>

#include <apr_strings.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/text.h"
#include "store/held.h"
#include "store/portal.h"
#include "store/task.h"
#include "sync/throttle.h"

/* Everything is asked for again after so long (ms). */
#define AGAIN_MS 600000
/* When there is reason to look sooner: not sooner than this (ms) after the last time. */
#define SOON_MS 15000
/* More groups of administrators than this are no answer. */
#define ADMIN_GROUPS_MAX 5000

static const char *const accesses[] = { "site-admin", "admin" };
#define ACCESSES ((int)(sizeof(accesses) / sizeof(*accesses)))

void scim_sync_survey_init(scim_sync_survey_t *survey, apr_pool_t *p)
{
    apr_pool_create(&survey->pool, p);
    scim_sync_survey_begin(survey);
}

static void begin_reading(scim_sync_survey_t *survey)
{
    apr_pool_clear(survey->pool);
    survey->read = apr_array_make(survey->pool, 8, sizeof(scim_sync_admin_group_t));
    survey->access = 0;
    survey->start = 0;
}

void scim_sync_survey_begin(scim_sync_survey_t *survey)
{
    survey->products_tried = survey->admins_tried = 0;
    survey->products_at = survey->admins_at = 0;
    begin_reading(survey);
}

/* What failed is asked for again soon enough as it is. */
static void hasten(apr_int64_t *due, apr_int64_t said, int failures)
{
    if (failures == 0 && said + SOON_MS < *due) {
        *due = said + SOON_MS;
    }
}

static void hasten_products(scim_sync_survey_t *survey)
{
    hasten(&survey->products_at, survey->products_said, survey->products_failures);
}

void scim_sync_survey_hasten(scim_sync_worker_t *worker)
{
    scim_sync_survey_t *survey = &worker->survey;

    hasten_products(survey);
    hasten(&survey->admins_at, survey->admins_said, survey->admins_failures);
}

void scim_sync_survey_await(scim_sync_worker_t *worker)
{
    scim_sync_seats_await(&worker->seats);
    if (scim_sync_seats_awaited(&worker->seats)) {
        hasten_products(&worker->survey);
    }
}

/* ---- calls ---- */

typedef struct {
    scim_sync_worker_t *worker;
    apr_pool_t *pool;
    scim_sync_throttle_t throttle;
} question_t;

static void end_question(question_t *question)
{
    question->worker->probing--;
    apr_pool_destroy(question->pool);
}

static void ready_when_tried(scim_sync_worker_t *worker)
{
    const scim_sync_survey_t *survey = &worker->survey;

    if (worker->state == SCIM_SYNC_SITE_PROBING && worker->accepted && survey->products_tried &&
        survey->admins_tried) {
        scim_sync_worker_ready(worker);
    }
}

/* Refused credentials are the whole site's matter, a request to slow down is the limiter's. */
static int is_for_all(const scim_sync_outcome_t *outcome)
{
    return outcome->verdict == SCIM_SYNC_DENIED ||
           (outcome->verdict == SCIM_SYNC_RETRY && outcome->status == 429);
}

static apr_int64_t later(int failures, const scim_sync_outcome_t *outcome)
{
    return scim_sync_now() + scim_sync_backoff(failures, outcome->retry_ms, (apr_uint32_t)random());
}

/* ---- products ---- */

static void keep_products(scim_sync_worker_t *worker, const apr_array_header_t *products)
{
    scim_sync_survey_t *survey = &worker->survey;
    apr_int64_t now = scim_sync_now();
    int i;
    int n;

    apr_pool_clear(worker->groups_pool);
    worker->product_groups = apr_hash_make(worker->groups_pool);
    for (i = 0; i < products->nelts; i++) {
        const apr_array_header_t *groups =
            APR_ARRAY_IDX(products, i, scim_sync_jira_product_t).groups;

        for (n = 0; n < groups->nelts; n++) {
            const scim_sync_jira_group_t *group = &APR_ARRAY_IDX(groups, n, scim_sync_jira_group_t);

            apr_hash_set(worker->product_groups, apr_pstrdup(worker->groups_pool, group->group_id),
                         APR_HASH_KEY_STRING, apr_pstrdup(worker->groups_pool, group->name));
        }
    }
    survey->products_said = now;
    survey->products_at = now + AGAIN_MS;
    survey->products_failures = 0;
    survey->products_tried = 1;
    survey->fresh = 1;
    worker->recovered |= scim_sync_seats_told(&worker->seats, products, now);
    if (scim_sync_seats_awaited(&worker->seats)) {
        hasten_products(survey);
    }
}

static void lack_products(scim_sync_worker_t *worker, const scim_sync_outcome_t *outcome)
{
    scim_sync_survey_t *survey = &worker->survey;
    int probing = worker->state == SCIM_SYNC_SITE_PROBING;

    if (probing && outcome->verdict != SCIM_SYNC_REFUSED) {
        scim_sync_worker_put_off(worker, outcome);
        return;
    }
    if (is_for_all(outcome)) {
        scim_sync_worker_heard(worker, outcome);
    }
    survey->products_at = later(++survey->products_failures, outcome);
    if (outcome->verdict == SCIM_SYNC_REFUSED) {
        survey->products_at = scim_sync_now() + AGAIN_MS;
        survey->products_tried = 1;
    }
    if (outcome->verdict == SCIM_SYNC_REFUSED && survey->products_failures == 1) {
        scim_sync_log(SCIM_LOG_WARNING, APR_SUCCESS,
                      SCIM_LOGNO(0121) "site %s: which groups grant products can't be read (%s): "
                                       "accounts that were made here keep these when they leave",
                      worker->jira.name, outcome->detail);
    }
}

static void heard_products(void *baton, const scim_sync_answer_t *answer)
{
    question_t *question = baton;
    scim_sync_worker_t *worker = question->worker;
    apr_array_header_t *products;
    scim_sync_outcome_t outcome = scim_sync_jira_read_products(answer, &products, question->pool);

    if (outcome.verdict == SCIM_SYNC_DONE) {
        keep_products(worker, products);
    }
    else {
        lack_products(worker, &outcome);
    }
    ready_when_tried(worker);
    end_question(question);
}

/* ---- groups of administrators ---- */

static void lack_admins(scim_sync_worker_t *worker, const scim_sync_outcome_t *outcome)
{
    scim_sync_survey_t *survey = &worker->survey;
    const char *then = worker->protection.unread ? "no group is adopted or made until they can"
                                                 : "what was read last still holds";

    begin_reading(survey);
    survey->admins_at = later(++survey->admins_failures, outcome);
    survey->admins_tried = 1;
    survey->fresh = 1;
    if (is_for_all(outcome)) {
        scim_sync_worker_heard(worker, outcome);
    }
    else if (survey->admins_failures == 1) {
        scim_sync_log(SCIM_LOG_WARNING, APR_SUCCESS,
                      SCIM_LOGNO(0124) "site %s: its administrators' groups can't be read (%s): %s",
                      worker->jira.name, outcome->detail, then);
    }
    scim_sync_protection_lack(&worker->protection, outcome->detail);
}

static void keep_admins(scim_sync_worker_t *worker)
{
    scim_sync_survey_t *survey = &worker->survey;

    /* The token's owner administers the site, so that there is one: this answer means nothing. */
    if (survey->read->nelts == 0) {
        lack_admins(worker, &(scim_sync_outcome_t) {
                                .verdict = SCIM_SYNC_REFUSED,
                                .detail = "Jira names no group of administrators at all" });
        return;
    }
    /* Groups wait for this; the others are not kept from their next try. */
    worker->recovered |= worker->protection.unread && worker->state == SCIM_SYNC_SITE_READY;
    scim_sync_protection_know(&worker->protection, survey->read);
    begin_reading(survey);
    survey->admins_said = scim_sync_now();
    survey->admins_at = survey->admins_said + AGAIN_MS;
    survey->admins_failures = 0;
    survey->admins_tried = 1;
    survey->fresh = 1;
}

static void keep_page(scim_sync_worker_t *worker, const apr_array_header_t *groups, int last)
{
    scim_sync_survey_t *survey = &worker->survey;
    int i;

    for (i = 0; i < groups->nelts; i++) {
        const scim_sync_jira_group_t *group = &APR_ARRAY_IDX(groups, i, scim_sync_jira_group_t);

        APR_ARRAY_PUSH(survey->read, scim_sync_admin_group_t) = (scim_sync_admin_group_t) {
            .group_id = apr_pstrdup(survey->pool, group->group_id),
            .name = apr_pstrdup(survey->pool, group->name),
            .access = accesses[survey->access],
        };
    }
    survey->start += groups->nelts;
    if (last) {
        survey->access++;
        survey->start = 0;
    }
    if (survey->access == ACCESSES) {
        keep_admins(worker);
    }
    else if (survey->start > ADMIN_GROUPS_MAX) {
        lack_admins(worker, &(scim_sync_outcome_t) {
                                .verdict = SCIM_SYNC_REFUSED,
                                .detail = "Jira names more groups of administrators than can be" });
    }
}

static void heard_admins(void *baton, const scim_sync_answer_t *answer)
{
    question_t *question = baton;
    scim_sync_worker_t *worker = question->worker;
    apr_array_header_t *groups;
    scim_sync_outcome_t outcome;
    int last;

    outcome = scim_sync_jira_read_admin_groups(answer, &groups, &last, question->pool);
    if (outcome.verdict == SCIM_SYNC_DONE) {
        keep_page(worker, groups, last);
    }
    else {
        lack_admins(worker, &outcome);
    }
    ready_when_tried(worker);
    end_question(question);
}

void scim_sync_survey_go_on(scim_sync_worker_t *worker, scim_sync_transport_t *transport)
{
    const scim_sync_survey_t *survey = &worker->survey;
    apr_int64_t now = scim_sync_now();
    int products = now >= survey->products_at;
    scim_sync_call_t call;
    question_t *question;
    apr_pool_t *p;

    if (!products && now < survey->admins_at) {
        return;
    }
    apr_pool_create(&p, worker->pool);
    question = apr_pcalloc(p, sizeof(*question));
    question->worker = worker;
    question->pool = p;
    question->throttle = (scim_sync_throttle_t) { .worker = worker, .probe = 1 };
    if (products) {
        scim_sync_jira_products(&call, &worker->jira, p);
    }
    else {
        scim_sync_jira_admin_groups(&call, &worker->jira, accesses[survey->access], survey->start,
                                    p);
    }
    scim_sync_throttle(&call, &question->throttle);
    worker->probing++;
    if (scim_sync_transport_start(transport, &call, products ? heard_products : heard_admins,
                                  question, p) != APR_SUCCESS) {
        (products ? lack_products
                  : lack_admins)(worker,
                                 &(scim_sync_outcome_t) { .verdict = SCIM_SYNC_RETRY,
                                                          .detail = "the call can't be started" });
        end_question(question);
    }
}

/* ---- what is held ---- */

static apr_status_t record_group(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                 const scim_sync_held_group_t *group, int *released, apr_pool_t *p)
{
    scim_sync_protection_t *protection = &worker->protection;
    const char *rule = scim_sync_protection_rule(protection, group->group_id, group->name, p);
    apr_status_t rv;

    /* What was so by Jira's own word is so until Jira says something else. */
    if (!rule && (protection->unread || scim_sync_portal_is_managed(group->protection))) {
        rule = group->protection;
    }
    scim_sync_protection_hold(protection, group->group_id, rule);
    if (!rule == !group->protection) {
        return APR_SUCCESS;
    }
    *released |= !rule;
    rv = scim_sync_held_protect(db, worker->jira.name, group->group_id, rule, p);
    return rv == APR_SUCCESS && rule
               ? scim_sync_task_add_linked(db, worker->jira.name, group->group_id, p)
               : rv;
}

/* A group that grants a product may be known by nothing else. */
static void hold_product_groups(scim_sync_worker_t *worker, apr_pool_t *p)
{
    apr_hash_index_t *i;

    for (i = apr_hash_first(p, worker->product_groups); i; i = apr_hash_next(i)) {
        const char *id = apr_hash_this_key(i);

        scim_sync_protection_hold(&worker->protection, id,
                                  scim_sync_protection_rule(&worker->protection, id,
                                                            apr_hash_this_val(i), p));
    }
}

apr_status_t scim_sync_survey_record(scim_sync_db_t *db, scim_sync_worker_t *worker, apr_pool_t *p)
{
    apr_array_header_t *groups;
    int released = 0;
    apr_status_t rv;
    int i;

    if (!worker->survey.fresh) {
        return APR_SUCCESS;
    }
    scim_sync_protection_hold_none(&worker->protection);
    hold_product_groups(worker, p);
    rv = scim_sync_held_groups(db, &groups, worker->jira.name, p);
    for (i = 0; rv == APR_SUCCESS && i < groups->nelts; i++) {
        rv = record_group(db, worker, APR_ARRAY_IDX(groups, i, scim_sync_held_group_t *), &released,
                          p);
    }
    /* Half of it would say that the other half is not known, which it was. */
    if (rv == APR_SUCCESS && worker->survey.products_tried && worker->survey.admins_tried) {
        rv = scim_sync_site_keep_survey(db, worker->jira.name, scim_sync_survey_text(worker, p), p);
    }
    return rv == APR_SUCCESS && released ? scim_sync_task_retry_site(db, worker->jira.name, NULL, p)
                                         : rv;
}
