/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run has compared and found, as a whole: the report, its event, and what is tried again now
 * that Jira was looked at.
 */
#include "sync/reconcile_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "store/event.h"
#include "store/guard.h"
#include "store/reconcile.h"
#include "store/task.h"

static json_t *findings_json(const apr_array_header_t *findings)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < findings->nelts; i++) {
        const scim_sync_finding_t *f = &APR_ARRAY_IDX(findings, i, scim_sync_finding_t);

        json_array_append_new(list,
                              json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:s?}", "kind", f->kind,
                                        "group", f->group, "groupId", f->group_id, "accountId",
                                        f->account_id, "name", f->name, "detail", f->detail));
    }
    return list;
}

/* Of what is not believed: what it would have been. */
static void list_doubtful(scim_sync_reconcile_t *run)
{
    int i;

    apr_array_clear(run->findings);
    memset(run->counts, 0, sizeof(run->counts));
    for (i = 0; i < run->drifts->nelts; i++) {
        const scim_sync_drift_t *drift = &APR_ARRAY_IDX(run->drifts, i, scim_sync_drift_t);

        run->counts[drift->kind]++;
        if (i < SCIM_SYNC_RECONCILE_FINDINGS) {
            APR_ARRAY_PUSH(run->findings, scim_sync_finding_t) =
                (scim_sync_finding_t) { .kind = scim_sync_drift_name(drift->kind),
                                        .group = drift->group,
                                        .group_id = drift->group_id,
                                        .account_id = drift->account_id,
                                        .name = drift->name };
        }
    }
}

/* Whether the site's side can have such a difference. */
static int may_be(const scim_sync_reconcile_t *run, scim_sync_drift_kind_t kind)
{
    return run->customers ||
           (kind != SCIM_SYNC_DRIFT_GROUP_MANAGED && kind != SCIM_SYNC_DRIFT_GROUP_RELEASED &&
            kind != SCIM_SYNC_DRIFT_GROUP_PARTED && kind != SCIM_SYNC_DRIFT_GROUP_AMBIGUOUS);
}

static const char *report_text(const scim_sync_reconcile_t *run, apr_pool_t *p)
{
    json_t *differences = json_object();
    json_t *report;
    int all = 0;
    int i;

    for (i = 0; i < SCIM_SYNC_DRIFT_KINDS; i++) {
        if (may_be(run, i)) {
            json_object_set_new(differences, scim_sync_drift_name(i), json_integer(run->counts[i]));
            all += run->counts[i];
        }
    }
    report = json_pack("{s:{s:i, s:i, s:i}, s:o, s:i, s:i, s:i, s:o, s:i}", "compared", "groups",
                       run->sums.groups, "accounts", run->sums.accounts, "members",
                       run->sums.members, "differences", differences, "othersMembers", run->unknown,
                       "unreadGroups", run->unread, "leftAlone", run->left, "findings",
                       findings_json(run->findings), "more", all - run->findings->nelts);
    return scim_sync_json_text(scim_sync_json_own(report, p), NULL, p);
}

static const char *summary(const scim_sync_reconcile_t *run, apr_pool_t *p)
{
    int all = 0;
    const char *text = apr_psprintf(
        p, "%s, %s, %s compared",
        scim_sync_count_text(run->sums.groups,
                             run->customers ? "service desk or organization" : "group",
                             run->customers ? "service desks and organizations" : "groups", p),
        scim_sync_count_text(run->sums.accounts, "account", "accounts", p),
        scim_sync_count_text(run->sums.members, "membership", "memberships", p));
    int i;

    for (i = 0; i < SCIM_SYNC_DRIFT_KINDS; i++) {
        if (run->counts[i] > 0) {
            text = apr_psprintf(p, "%s; %s: %d", text, scim_sync_drift_name(i), run->counts[i]);
            all += run->counts[i];
        }
    }
    if (run->unlisted) {
        text = apr_psprintf(p,
                            "%s; not looked for: accounts that have been made for people without "
                            "one, since Jira does not list its users (%s)",
                            text, run->unlisted);
    }
    if (run->unreadable) {
        text = apr_psprintf(p, "%s; not read: %d of them, such as %s", text, run->unread,
                            run->unreadable);
    }
    return all > run->told ? apr_psprintf(p, "%s; %d of them without an event of their own", text,
                                          all - run->told)
                           : text;
}

/*
 * What may go better now that Jira is known anew: what is held or discarded may have ended; a desk
 * that was open to all, from which nobody could be removed, may be closed, which no call tells.
 */
static apr_status_t try_again(scim_sync_db_t *db, const scim_sync_reconcile_t *run,
                              const char *site, apr_pool_t *p)
{
    const scim_sync_task_filter_t portals = {
        .state = SCIM_SYNC_TASK_FAILED, .kind = SCIM_SYNC_TASK_PORTAL, .site = site, .status = -1
    };
    apr_status_t rv = scim_sync_task_look_anew_site(db, site, p);
    int count;

    return rv == APR_SUCCESS && run->customers ? scim_sync_task_retry_all(db, &portals, &count, p)
                                               : rv;
}

static const char *say_doubt(const scim_sync_reconcile_t *run, const char *site, apr_pool_t *p)
{
    return apr_psprintf(
        p,
        "%s: nothing of it is believed. See whether the owner of the API token may still %s. If it "
        "is true: POST sites/%s/reconcile with {\"trust\": true}",
        run->detail,
        run->customers ? "see the service projects and organizations, and browse users"
                       : "browse users and groups",
        site);
}

apr_status_t scim_sync_reconcile_report(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                        apr_pool_t *p)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    const char *site = worker->jira.name;
    int doubtful = !strcmp(run->outcome, SCIM_SYNC_RECONCILE_DOUBTFUL);
    scim_sync_event_t event = {
        .kind = apr_pstrcat(p, "reconcile.", run->outcome, NULL),
        .actor = "reconciler",
        .site = site,
        .subject = site,
        .detail = run->detail ? run->detail : summary(run, p),
    };
    const char *detail = run->detail;
    apr_status_t rv;

    if (doubtful) {
        list_doubtful(run);
        event.detail = detail = say_doubt(run, site, p);
    }
    rv = scim_sync_reconcile_end(db, site, run->outcome, detail, report_text(run, p), p);
    if (rv == APR_SUCCESS && !strcmp(run->outcome, SCIM_SYNC_RECONCILE_DONE)) {
        rv = try_again(db, run, site, p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_guard_settle(db, site, "reconciler", p);
    }
    return rv == APR_SUCCESS ? scim_sync_event_add(db, &event, p) : rv;
}
