/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When what is planned is done; and what of it the person's own task has left to the portals, in
 * whose queues it is.
 */
#include "sync/explain_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/portal.h"

/* ---- in portals' queues ---- */

/* The person's own task turns it into the opposite, or takes it out of the queue. */
static int is_overruled(const scim_sync_matter_t *m, const scim_sync_portal_awaited_t *one)
{
    int i;

    for (i = 0; i < m->chain.steps->nelts; i++) {
        const char *group = APR_ARRAY_IDX(m->chain.steps, i, scim_sync_chain_step_t).group_id;

        if (group && !strcmp(group, one->portal)) {
            return 1;
        }
    }
    for (i = 0; i < m->person.members->nelts; i++) {
        const scim_sync_held_member_t *member =
            &APR_ARRAY_IDX(m->person.members, i, scim_sync_held_member_t);

        if (!strcmp(member->group_id, one->portal)) {
            return scim_sync_plan_unqueues(&m->person, member);
        }
    }
    return 0;
}

static void add_withheld(scim_sync_matter_t *m, const scim_sync_portal_awaited_t *one)
{
    const char *why = scim_sync_portal_awaited_why(one, m->pool);

    APR_ARRAY_PUSH(m->chain.withheld, scim_sync_withheld_t) = (scim_sync_withheld_t) {
        .kind = SCIM_SYNC_WITHHELD_REFUSED,
        .step = one->removes ? SCIM_SYNC_REMOVE_MEMBER : SCIM_SYNC_ADD_MEMBER,
        .group_id = one->portal,
        .text = apr_psprintf(m->pool, "%s %s: %s", one->removes ? "still in" : "not yet in",
                             one->name, why),
        .mend = one->task ? apr_psprintf(m->pool,
                                         "put right what it says, then retry task %" APR_INT64_T_FMT
                                         ", which is this portal's",
                                         one->task)
                          : "retry this person (tasks/retry?subject=...)",
    };
    m->queue = m->queue ? m->queue : "retried";
}

apr_status_t scim_sync_matter_queue(scim_sync_db_t *db, scim_sync_matter_t *m)
{
    apr_array_header_t *awaited;
    apr_status_t rv;
    int i;

    if (!m->is_person || !m->job->worker->customers || !m->person.account) {
        return APR_SUCCESS;
    }
    rv = scim_sync_portal_awaited(db, &awaited, m->job->worker->jira.name,
                                  m->person.account->account_id, m->pool);
    for (i = 0; rv == APR_SUCCESS && i < awaited->nelts; i++) {
        const scim_sync_portal_awaited_t *one =
            &APR_ARRAY_IDX(awaited, i, scim_sync_portal_awaited_t);

        if (is_overruled(m, one)) {
            continue;
        }
        if (one->failed) {
            add_withheld(m, one);
            continue;
        }
        APR_ARRAY_PUSH(m->chain.steps, scim_sync_chain_step_t) = (scim_sync_chain_step_t) {
            .kind = one->removes ? SCIM_SYNC_REMOVE_MEMBER : SCIM_SYNC_ADD_MEMBER,
            .group_id = one->portal,
        };
        m->queue = one->next_at > scim_sync_now() ? "later" : "now";
    }
    return rv;
}

/* ---- when ---- */

const char *scim_sync_matter_when(const scim_sync_matter_t *m)
{
    const scim_sync_task_t *task = m->task;

    if (m->chain.steps->nelts == 0 && !task) {
        return m->queue ? m->queue : "done";
    }
    /* Whatever becomes of its IdP, that decision lasts; the rest of the plan waits for that one. */
    if (task && !strcmp(task->state, SCIM_SYNC_TASK_DISCARDED) &&
        (m->chain.steps->nelts == 0 || !strcmp(m->idp->state, SCIM_SYNC_IDP_LIVE))) {
        return "retried";
    }
    if (!strcmp(m->idp->state, SCIM_SYNC_IDP_DRY_RUN)) {
        return "live";
    }
    if (!strcmp(m->idp->state, SCIM_SYNC_IDP_PAUSED)) {
        return "resumed";
    }
    if (!task) {
        return m->queue ? m->queue : "told";
    }
    if (!strcmp(task->state, SCIM_SYNC_TASK_FAILED)) {
        return "retried";
    }
    if (!strcmp(task->state, SCIM_SYNC_TASK_HELD)) {
        return "released";
    }
    return task->next_at > scim_sync_now() ? "later" : "now";
}
