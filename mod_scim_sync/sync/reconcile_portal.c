/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run asks Jira on a site's customers' side, where portals (store/portal.h) take the place
 * of groups.
 *
 * Jira can't be asked for several portals by their ids: all of the site are listed, page by page,
 * and those that are not among them are asked for one by one. It says "there is none" also of a
 * desk to which the token's owner has no access; so a list that is empty altogether is not believed.
 */
#include "sync/reconcile_int.h"

#include <string.h>

#include <apr_strings.h>

#include "jira/servicedesk.h"
#include "store/portal.h"
#include "store/reconcile.h"
#include "sync/portal_call.h"

/* More desks, or organizations, than a site has, unless Jira gives the same ones for ever. */
#define LISTED_MAX 100000

/* ---- from stage to stage ---- */

static int holds(const scim_sync_reconcile_t *run, int desks)
{
    int i;

    for (i = 0; i < run->groups->nelts; i++) {
        if (scim_sync_portal_is_desk(
                APR_ARRAY_IDX(run->groups, i, scim_sync_kept_group_t).group_id) == desks) {
            return 1;
        }
    }
    return 0;
}

static void list(scim_sync_reconcile_t *run, scim_sync_reconcile_stage_t stage)
{
    run->start = 0;
    run->shown = 0;
    scim_sync_reconcile_set(run, stage);
}

static void list_organizations(scim_sync_reconcile_t *run)
{
    list(run,
         holds(run, 0) ? SCIM_SYNC_RECONCILE_ORGANIZATIONS : SCIM_SYNC_RECONCILE_LOAD_ACCOUNTS);
}

void scim_sync_reconcile_list_portals(scim_sync_reconcile_t *run)
{
    int i;

    run->portals = apr_hash_make(run->pool);
    for (i = 0; i < run->groups->nelts; i++) {
        scim_sync_kept_group_t *portal = &APR_ARRAY_IDX(run->groups, i, scim_sync_kept_group_t);

        apr_hash_set(run->portals, portal->group_id, APR_HASH_KEY_STRING, portal);
    }
    if (holds(run, 1)) {
        list(run, SCIM_SYNC_RECONCILE_DESKS);
    }
    else {
        list_organizations(run);
    }
}

/* ---- what there is ---- */

/* One of the list: compared, and called by its name of today from now on. */
static void meet_portal(scim_sync_reconcile_t *run, const char *id, const char *name, int managed)
{
    scim_sync_kept_group_t *portal = apr_hash_get(run->portals, id, APR_HASH_KEY_STRING);
    int from = run->drifts->nelts;

    run->shown++;
    if (portal) {
        scim_sync_drift_portal(run->drifts, &run->sums, portal, name, managed);
        scim_sync_reconcile_keep(run, from);
        portal->name = strcmp(name, portal->name) ? apr_pstrdup(run->pool, name) : portal->name;
    }
}

/* The last page has come. Portals that are gone have no members to read. */
static void end_list(scim_sync_reconcile_t *run, int desks)
{
    int from = run->drifts->nelts;
    int i;

    if (run->shown == 0 && !run->trust) {
        scim_sync_reconcile_conclude(run, SCIM_SYNC_RECONCILE_DOUBTFUL,
                                     desks ? "Jira shows no service desk at all"
                                           : "Jira shows no organization at all");
        return;
    }
    scim_sync_drift_unlisted(run->drifts, &run->sums, run->groups, desks);
    scim_sync_reconcile_keep(run, from);
    for (i = from; i < run->drifts->nelts; i++) {
        scim_sync_kept_group_t *portal =
            apr_hash_get(run->portals, APR_ARRAY_IDX(run->drifts, i, scim_sync_drift_t).group_id,
                         APR_HASH_KEY_STRING);

        portal->filled = 0;
    }
    if (desks) {
        scim_sync_reconcile_end_keys(run);
        list_organizations(run);
    }
    else {
        scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_LOAD_ACCOUNTS);
    }
}

/* A page of so many has come. */
static void turn_page(scim_sync_reconcile_t *run, int count, int last, int desks)
{
    run->start += count;
    if (last || run->start >= LISTED_MAX) {
        end_list(run, desks);
    }
    else {
        scim_sync_reconcile_set(run, run->stage);
    }
}

/* A list is always there; without it nothing is known. */
static scim_sync_outcome_t check_list(scim_sync_outcome_t outcome, int count, int last)
{
    outcome.verdict = outcome.verdict == SCIM_SYNC_ABSENT ? SCIM_SYNC_REFUSED : outcome.verdict;
    return scim_sync_reconcile_check_page(outcome, count, last);
}

void scim_sync_reconcile_ask_desks(scim_sync_question_t *q, scim_sync_call_t *call)
{
    scim_sync_jira_desks(call, &q->worker->jira, q->worker->reconcile->start, q->pool);
}

scim_sync_outcome_t scim_sync_reconcile_hear_desks(scim_sync_question_t *q,
                                                   const scim_sync_answer_t *answer)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    apr_array_header_t *desks = NULL;
    int last = 0;
    scim_sync_outcome_t outcome = scim_sync_jira_read_desks(answer, &desks, &last, q->pool);
    int i;

    outcome = check_list(outcome, desks ? desks->nelts : 0, last);
    if (outcome.verdict != SCIM_SYNC_DONE) {
        return outcome;
    }
    for (i = 0; i < desks->nelts; i++) {
        const scim_sync_jira_desk_t *desk = &APR_ARRAY_IDX(desks, i, scim_sync_jira_desk_t);

        const char *portal = apr_pstrcat(q->pool, SCIM_SYNC_PORTAL_DESK, desk->desk_id, NULL);
        const char *name =
            apr_pstrcat(q->pool, SCIM_SYNC_PORTAL_PROJECT_NAME, desk->project_key, NULL);

        meet_portal(run, portal, name, 0);
        scim_sync_reconcile_meet_key(run, portal, name, desk);
    }
    turn_page(run, desks->nelts, last, 1);
    return outcome;
}

void scim_sync_reconcile_ask_organizations(scim_sync_question_t *q, scim_sync_call_t *call)
{
    scim_sync_jira_organizations(call, &q->worker->jira, q->worker->reconcile->start, q->pool);
}

scim_sync_outcome_t scim_sync_reconcile_hear_organizations(scim_sync_question_t *q,
                                                           const scim_sync_answer_t *answer)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    apr_array_header_t *organizations = NULL;
    int last = 0;
    scim_sync_outcome_t outcome =
        scim_sync_jira_read_organizations(answer, &organizations, &last, q->pool);
    int i;

    outcome = check_list(outcome, organizations ? organizations->nelts : 0, last);
    if (outcome.verdict != SCIM_SYNC_DONE) {
        return outcome;
    }
    for (i = 0; i < organizations->nelts; i++) {
        const scim_sync_jira_organization_t *one =
            &APR_ARRAY_IDX(organizations, i, scim_sync_jira_organization_t);

        meet_portal(run,
                    apr_pstrcat(q->pool, SCIM_SYNC_PORTAL_ORGANIZATION, one->organization_id, NULL),
                    apr_pstrcat(q->pool, SCIM_SYNC_PORTAL_ORGANIZATION_NAME, one->name, NULL),
                    one->scim_managed);
    }
    turn_page(run, organizations->nelts, last, 0);
    return outcome;
}

/* ---- who is in them ---- */

void scim_sync_reconcile_ask_portal_members(scim_sync_question_t *q, scim_sync_call_t *call)
{
    const scim_sync_drift_roll_t *roll = &q->worker->reconcile->roll;

    scim_sync_portal_members(call, &q->worker->jira, roll->group_id, roll->count, q->pool);
}

/*
 * The token's owner may be nobody in one project and administrate all others: one portal that can't
 * be read does not hinder the others. When none can the run has failed.
 */
scim_sync_outcome_t scim_sync_reconcile_skip_portal(scim_sync_reconcile_t *run,
                                                    scim_sync_outcome_t outcome)
{
    run->drifts->nelts = run->mark;
    run->unknown = run->unknown_before;
    run->unread++;
    run->skipped++;
    run->unreadable = apr_psprintf(run->pool, "%s: %s", run->roll.group, outcome.detail);
    run->at++;
    scim_sync_reconcile_next_group(run);
    outcome.verdict = SCIM_SYNC_DONE;
    return outcome;
}

/* ---- organizations on a desk ---- */

int scim_sync_reconcile_read_desk(scim_sync_reconcile_t *run)
{
    if (!run->on_desk || run->on_desk->nelts == 0) {
        return 0;
    }
    run->roll.again = 0;
    list(run, SCIM_SYNC_RECONCILE_ON_DESK);
    return 1;
}

void scim_sync_reconcile_ask_on_desk(scim_sync_question_t *q, scim_sync_call_t *call)
{
    const scim_sync_reconcile_t *run = q->worker->reconcile;

    scim_sync_jira_desk_organizations(call, &q->worker->jira,
                                      scim_sync_portal_object(run->roll.group_id), run->start,
                                      q->pool);
}

/* The page shows this one. */
static void strike_off(scim_sync_reconcile_t *run, const char *portal)
{
    int i;

    for (i = 0; i < run->on_desk->nelts; i++) {
        const char **one = &APR_ARRAY_IDX(run->on_desk, i, const char *);

        if (!strcmp(*one, portal)) {
            *one = APR_ARRAY_IDX(run->on_desk, run->on_desk->nelts - 1, const char *);
            run->on_desk->nelts--;
            return;
        }
    }
}

/* As with members: what the first reading does not show is looked for by a second one. */
static void end_desk(scim_sync_reconcile_t *run)
{
    int from = run->drifts->nelts;
    int i;

    if (run->on_desk->nelts > 0 && !run->roll.again) {
        run->roll.again = 1;
        list(run, SCIM_SYNC_RECONCILE_ON_DESK);
        return;
    }
    for (i = 0; i < run->on_desk->nelts; i++) {
        APR_ARRAY_PUSH(run->drifts, scim_sync_drift_t) =
            (scim_sync_drift_t) { .kind = SCIM_SYNC_DRIFT_GROUP_PARTED,
                                  .group_id = run->roll.group_id,
                                  .group = run->roll.group,
                                  .name = APR_ARRAY_IDX(run->on_desk, i, const char *) };
    }
    scim_sync_reconcile_keep(run, from);
    scim_sync_reconcile_end_group(run);
}

/* One that can't be read, or is gone since, says nothing: the next comparison does. */
scim_sync_outcome_t scim_sync_reconcile_hear_on_desk(scim_sync_question_t *q,
                                                     const scim_sync_answer_t *answer)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    apr_array_header_t *shown = NULL;
    int last = 0;
    scim_sync_outcome_t outcome = scim_sync_jira_read_organizations(answer, &shown, &last, q->pool);
    int i;

    if (outcome.verdict == SCIM_SYNC_ABSENT || outcome.verdict == SCIM_SYNC_REFUSED) {
        outcome.verdict = SCIM_SYNC_DONE;
        scim_sync_reconcile_end_group(run);
        return outcome;
    }
    outcome = scim_sync_reconcile_check_page(outcome, shown ? shown->nelts : 0, last);
    if (outcome.verdict != SCIM_SYNC_DONE) {
        return outcome;
    }
    for (i = 0; i < shown->nelts; i++) {
        strike_off(
            run, apr_pstrcat(q->pool, SCIM_SYNC_PORTAL_ORGANIZATION,
                             APR_ARRAY_IDX(shown, i, scim_sync_jira_organization_t).organization_id,
                             NULL));
    }
    run->start += shown->nelts;
    if (last || run->start >= LISTED_MAX) {
        end_desk(run);
    }
    else {
        scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_ON_DESK);
    }
    return outcome;
}

/* ---- whether they are gone ---- */

void scim_sync_reconcile_ask_portal(scim_sync_question_t *q, scim_sync_call_t *call)
{
    const scim_sync_reconcile_t *run = q->worker->reconcile;
    const char *portal = APR_ARRAY_IDX(run->drifts, run->confirmed, scim_sync_drift_t).group_id;
    const char *id = scim_sync_portal_object(portal);

    if (scim_sync_portal_is_desk(portal)) {
        scim_sync_jira_desk(call, &q->worker->jira, id, q->pool);
    }
    else {
        scim_sync_jira_organization(call, &q->worker->jira, id, q->pool);
    }
}

/* One that we may not see is there. */
scim_sync_outcome_t scim_sync_reconcile_hear_portal(scim_sync_question_t *q,
                                                    const scim_sync_answer_t *answer)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    scim_sync_drift_t *drift = &APR_ARRAY_IDX(run->drifts, run->confirmed, scim_sync_drift_t);
    scim_sync_jira_desk_t desk;
    scim_sync_jira_organization_t organization;
    scim_sync_outcome_t outcome =
        scim_sync_portal_is_desk(drift->group_id)
            ? scim_sync_jira_read_desk(answer, &desk, q->pool)
            : scim_sync_jira_read_organization(answer, &organization, q->pool);

    if (outcome.verdict == SCIM_SYNC_REFUSED) {
        run->unread++;
        run->unreadable = apr_psprintf(run->pool, "%s: %s", drift->group, outcome.detail);
        outcome.verdict = SCIM_SYNC_DONE;
    }
    if (outcome.verdict == SCIM_SYNC_DONE || outcome.verdict == SCIM_SYNC_ABSENT) {
        drift->withdrawn = outcome.verdict == SCIM_SYNC_DONE;
        run->tries++;
        run->confirmed++;
        scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_CONFIRM_PORTAL);
    }
    return outcome;
}
