/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run has found: into held, as tasks, and as events.
 */
#include "sync/reconcile_int.h"

#include <string.h>

#include <apr_strings.h>

#include "jira/servicedesk.h"
#include "store/desk.h"
#include "store/event.h"
#include "store/portal.h"
#include "store/portal_key.h"
#include "store/task.h"
#include "sync/authority.h"
#include "sync/sides.h"

/* Differences written in one turn. */
#define BATCH 100
/* One run makes so many events of its own for what it found; more are only counted. */
#define EVENTS_MAX 200

/* One difference on its way into the database. */
typedef struct {
    scim_sync_db_t *db;
    scim_sync_worker_t *worker;
    scim_sync_reconcile_t *run;
    const char *site;
    const scim_sync_drift_t *drift;
    apr_array_header_t *told; /* scim_sync_told_t *: what stands for it */
    apr_pool_t *p;
} writing_t;

static int is_group(const scim_sync_drift_t *drift)
{
    return drift->group_id && !drift->account_id;
}

static const scim_sync_told_t *first_told(const writing_t *w)
{
    return w->told->nelts > 0 ? APR_ARRAY_IDX(w->told, 0, const scim_sync_told_t *) : NULL;
}

/* Who it is about, for people. */
static const char *name_of(const writing_t *w)
{
    const scim_sync_told_t *told = first_told(w);
    const char *name = told ? told->name : w->drift->name;

    if (is_group(w->drift)) {
        return w->drift->group;
    }
    return name ? name : w->drift->account_id;
}

static apr_status_t tell(writing_t *w, const char *detail)
{
    const scim_sync_drift_t *drift = w->drift;
    const scim_sync_told_t *told = first_told(w);
    scim_sync_event_t event = {
        .kind = apr_pstrcat(w->p, "drift.", scim_sync_drift_name(drift->kind), NULL),
        .actor = "reconciler",
        .site = w->site,
        .idp = told ? told->idp : NULL,
        .subject = told              ? told->id
                   : is_group(drift) ? drift->group_id
                                     : drift->account_id,
        .name = name_of(w),
        .detail = detail,
        .about = is_group(drift) ? SCIM_SYNC_EVENT_GROUP : SCIM_SYNC_EVENT_PERSON,
        .email = told ? told->email : drift->name,
        .group = is_group(drift) ? NULL : drift->group,
    };

    w->run->step.counts[drift->kind]++;
    if (w->run->findings->nelts + w->run->step.findings->nelts < SCIM_SYNC_RECONCILE_FINDINGS) {
        APR_ARRAY_PUSH(w->run->step.findings, scim_sync_finding_t) = (scim_sync_finding_t) {
            .kind = scim_sync_drift_name(drift->kind),
            .group = drift->group,
            .group_id = drift->group_id,
            .account_id = drift->account_id,
            .name = is_group(drift) ? NULL : apr_pstrdup(w->run->scratch, event.name),
            .detail = apr_pstrdup(w->run->scratch, detail),
        };
    }
    if (w->run->told + w->run->step.told >= EVENTS_MAX) {
        return APR_SUCCESS;
    }
    w->run->step.told++;
    return scim_sync_event_add(w->db, &event, w->p);
}

/* It was changed since it was compared, by us or by what we were told. */
static apr_status_t leave(writing_t *w)
{
    w->run->step.left++;
    return APR_SUCCESS;
}

/* ---- groups ---- */

/* What is gone, and what becomes of it. */
static const char *say_gone(const writing_t *w)
{
    if (w->told->nelts == 0) {
        return "it was deleted in Jira";
    }
    if (!w->run->customers) {
        return "it was deleted in Jira, and with it all that it was granted in permission schemes "
               "and roles. It is made anew and filled: grant that to it again";
    }
    return scim_sync_portal_is_desk(w->drift->group_id)
               ? "Jira has no such service desk any more, or does not show it to the owner of the "
                 "API token: the project is looked for again by its key, and never made"
               : "it was deleted in Jira, and with it its place in service projects. It is made "
                 "anew and filled; where it was put by hand, put it there again";
}

static apr_status_t lose_group(writing_t *w)
{
    const char *id = w->drift->group_id;
    apr_status_t rv;

    if ((rv = scim_sync_task_add_linked(w->db, w->site, id, w->p)) != APR_SUCCESS ||
        (rv = scim_sync_held_forget_group(w->db, w->site, id, w->p)) != APR_SUCCESS) {
        return rv;
    }
    return tell(w, say_gone(w));
}

static apr_status_t rename_group(writing_t *w, scim_sync_held_group_t *group)
{
    apr_status_t rv;

    group->name = w->drift->group;
    if ((rv = scim_sync_held_put_group(w->db, w->site, group, w->p)) != APR_SUCCESS ||
        (rv = scim_sync_task_add_linked(w->db, w->site, group->group_id, w->p)) != APR_SUCCESS) {
        return rv;
    }
    w->run->step.renamed = 1;
    return tell(w, apr_psprintf(w->p, "it was renamed in Jira: it was %s%s", w->drift->was,
                                w->run->customers ? ", and is what is mapped to that name still"
                                                  : ""));
}

/* Another directory keeps it from now on, or no longer: its groups' tasks say so, or go on. */
static apr_status_t manage_group(writing_t *w, const scim_sync_held_group_t *group, int managed)
{
    const char *rule = managed ? scim_sync_portal_managed(group->name, w->p) : NULL;
    apr_status_t rv = scim_sync_held_protect(w->db, w->site, group->group_id, rule, w->p);

    /* These tasks may be claimed in this turn. What else protects it the survey finds. */
    scim_sync_protection_hold(&w->worker->protection, group->group_id, rule);
    w->run->step.renamed = 1;
    if (rv == APR_SUCCESS) {
        rv = managed ? scim_sync_task_add_linked(w->db, w->site, group->group_id, w->p)
                     : scim_sync_task_retry_site(w->db, w->site, NULL, w->p);
    }
    return rv == APR_SUCCESS
               ? tell(w, managed ? "another directory keeps it now (scimManaged): the module "
                                   "neither puts anybody into it nor takes anybody out of it"
                                 : "no other directory keeps it any more: it is filled again")
               : rv;
}

/* Its members get into the desk's portal no more. */
static apr_status_t part_organization(writing_t *w)
{
    const char *desk = w->drift->group_id;
    scim_sync_held_group_t *organization;
    apr_status_t rv;
    int gone;

    rv = scim_sync_desk_lose(w->db, &gone, w->site, desk, w->drift->name, w->p);
    if (rv != APR_SUCCESS || !gone) {
        return rv == APR_SUCCESS ? leave(w) : rv;
    }
    if ((rv = scim_sync_task_add_linked(w->db, w->site, desk, w->p)) != APR_SUCCESS ||
        (rv = scim_sync_held_group(w->db, &organization, w->site, w->drift->name, NULL, w->p)) !=
            APR_SUCCESS) {
        return rv;
    }
    return tell(w, apr_psprintf(w->p,
                                "%s is not on it any more: it is put there again if a group is "
                                "mapped to both",
                                organization ? organization->name : w->drift->name));
}

/* Nobody gets in anywhere or loses anything by it: which one is meant is for people to say. */
static apr_status_t tell_key(writing_t *w)
{
    const scim_sync_drift_t *drift = w->drift;
    int news;
    apr_status_t rv = scim_sync_portal_put_key(w->db, &news, w->site, drift->group, drift->group_id,
                                               drift->text, w->p);

    if (rv != APR_SUCCESS || !news) {
        return rv == APR_SUCCESS ? leave(w) : rv;
    }
    return tell(w, drift->text
                       ? apr_pstrcat(w->p, drift->text, ": ", SCIM_SYNC_PORTAL_AMBIGUOUS_MEND, NULL)
                       : "no other project has this key any more");
}

static apr_status_t write_group(writing_t *w)
{
    scim_sync_held_group_t *group;
    apr_status_t rv = scim_sync_held_group(w->db, &group, w->site, w->drift->group_id, NULL, w->p);

    if (rv != APR_SUCCESS || !group || (w->drift->was && strcmp(group->name, w->drift->was))) {
        return rv == APR_SUCCESS ? leave(w) : rv;
    }
    switch (w->drift->kind) {
    case SCIM_SYNC_DRIFT_GROUP_AMBIGUOUS:
        return tell_key(w);
    case SCIM_SYNC_DRIFT_GROUP_PARTED:
        return part_organization(w);
    case SCIM_SYNC_DRIFT_GROUP_MISSING:
        return lose_group(w);
    case SCIM_SYNC_DRIFT_GROUP_RENAMED:
        return rename_group(w, group);
    default:
        return manage_group(w, group, w->drift->kind == SCIM_SYNC_DRIFT_GROUP_MANAGED);
    }
}

/* ---- accounts ---- */

/* What we had done to an account, while the answer to that is not known, and for people. */
static const struct {
    const char *state;
    const char *doing;
    const char *did;
    const char *mend; /* of one whom nobody tells of */
} ends[] = {
    { SCIM_SYNC_HELD_SUSPENDED, SCIM_SYNC_HELD_SUSPENDING, "suspended the account",
      "Suspend it in Atlassian's administration" },
    { SCIM_SYNC_HELD_DELETED, SCIM_SYNC_HELD_DELETING, "deleted the account",
      "Suspend it in Atlassian's administration" },
    { SCIM_SYNC_HELD_REVOKED, SCIM_SYNC_HELD_REVOKING, "revoked the account's access to portals",
      "Revoke its access among the portal-only customers in Jira's administration" },
};

/*
 * The state of an account that we had ended and that is active, as if the answer to that were not
 * known: so the job asks how it stands, does what the rules say of leavers, through the guard, and
 * still knows that it was ours to restore, should the person come back. What the users' side had
 * ended a customers' side neither ends anew nor restores.
 */
static const char *state_of_restored(const writing_t *w, apr_size_t end)
{
    int users = strcmp(ends[end].state, SCIM_SYNC_HELD_REVOKED) != 0;

    return w->told->nelts == 0 || (w->run->customers && users) ? NULL : ends[end].doing;
}

/* We have ended it, and Jira says that it is active. */
static apr_status_t restore_account(writing_t *w, const scim_sync_held_account_t *account)
{
    const scim_sync_told_t *told = first_told(w);
    const char *id = w->drift->account_id;
    apr_size_t end = 0;
    apr_status_t rv;

    if (!account->state || strcmp(account->state, w->drift->was)) {
        return leave(w);
    }
    while (end < sizeof(ends) / sizeof(*ends) - 1 && strcmp(ends[end].state, w->drift->was)) {
        end++;
    }
    if ((rv = scim_sync_held_put_state(w->db, w->site, id, state_of_restored(w, end), w->p)) !=
            APR_SUCCESS ||
        (rv = scim_sync_sides_tell(w->db, w->worker, id, NULL, w->p)) != APR_SUCCESS ||
        (rv = scim_sync_held_set_active(w->db, w->site, id, 1, w->p)) != APR_SUCCESS ||
        (rv = scim_sync_task_add_linked(w->db, w->site, id, w->p)) != APR_SUCCESS) {
        return rv;
    }
    return tell(
        w, apr_psprintf(
               w->p, "the module had %s, and it is active again: %s", ends[end].did,
               !told ? apr_psprintf(w->p,
                                    "no identity provider tells of the person any more, so that no "
                                    "rule says what becomes of it. %s if it should not be active",
                                    ends[end].mend)
               : told->active
                   ? "an identity provider tells of the person as active"
                   : "the person has left, and what the rules say of leavers is done anew"));
}

/* What is to be done about an account that Jira has deactivated. */
static const char *say_inactive(const writing_t *w)
{
    return scim_sync_jira_is_portal_only(w->drift->account_id)
               ? "the access of the portal-only account was revoked in Jira: give it back among "
                 "the "
                 "portal-only customers in Jira's administration"
               : "the account was deactivated in Jira, or removed from the site: activate it in "
                 "Atlassian's administration";
}

/* The users' side has done it meanwhile, of which a customers' run is not told (sync/sides.h). */
static int is_ended_since(const writing_t *w, const scim_sync_held_account_t *account)
{
    return w->drift->kind == SCIM_SYNC_DRIFT_ACCOUNT_INACTIVE && account->state;
}

static apr_status_t write_account(writing_t *w)
{
    const char *id = w->drift->account_id;
    scim_sync_held_account_t *account;
    const char *detail;
    apr_status_t rv;

    if ((rv = scim_sync_held_account(w->db, &account, w->site, id, NULL, w->p)) != APR_SUCCESS) {
        return rv;
    }
    if (!account || scim_sync_reconcile_is_touched(w->run, id) || is_ended_since(w, account)) {
        return leave(w);
    }
    if (w->drift->kind == SCIM_SYNC_DRIFT_ACCOUNT_RESTORED) {
        return restore_account(w, account);
    }
    if ((rv = scim_sync_task_add_linked(w->db, w->site, id, w->p)) != APR_SUCCESS) {
        return rv;
    }
    if (w->drift->kind == SCIM_SYNC_DRIFT_ACCOUNT_MISSING) {
        rv = scim_sync_held_forget_account(w->db, w->site, id, w->p);
        detail = "the account is not in Jira any more: who is wanted is looked for by the address";
    }
    else {
        int active = w->drift->kind == SCIM_SYNC_DRIFT_ACCOUNT_ACTIVE;

        rv = scim_sync_held_set_active(w->db, w->site, id, active, w->p);
        detail = active ? "the account is active again" : say_inactive(w);
    }
    return rv == APR_SUCCESS ? tell(w, detail) : rv;
}

/* Somebody has made one in Jira: whose it is, the persons' tasks find out. */
static apr_status_t write_newcomer(writing_t *w)
{
    const scim_sync_drift_t *drift = w->drift;
    int news = 0;
    int added;
    int i;
    apr_status_t rv = scim_sync_reconcile_newcomers(w->db, w->worker, drift->account_id,
                                                    drift->name, &w->told, w->p);

    for (i = 0; rv == APR_SUCCESS && i < w->told->nelts; i++) {
        const scim_sync_told_t *user = APR_ARRAY_IDX(w->told, i, scim_sync_told_t *);

        rv = scim_sync_task_renew(w->db, w->site, user->id, &added, w->p);
        news |= rv == APR_SUCCESS && added;
    }
    if (rv != APR_SUCCESS || !news) {
        return rv == APR_SUCCESS ? leave(w) : rv;
    }
    return tell(w, apr_psprintf(w->p,
                                "Jira has an account of %s now, which it had not when the person "
                                "was looked for: the person is looked for again",
                                drift->name));
}

/* ---- memberships ---- */

/* A call that was about it had no answer, and what that has done is seen only now. */
static int was_uncertain(const writing_t *w)
{
    return !strcmp(w->drift->was, SCIM_SYNC_HELD_UNCERTAIN);
}

static const char *say_lost(const writing_t *w)
{
    const scim_sync_drift_t *drift = w->drift;
    const char *whose = !strcmp(drift->was, SCIM_SYNC_HELD_GRANTED) ? "which came with the account"
                        : strcmp(drift->was, SCIM_SYNC_HELD_THEIRS) ? "where the module had put it"
                                                                    : "where others had put it";

    return was_uncertain(w)
               ? apr_psprintf(w->p,
                              "not in %s, which was not known, since Jira had not answered a call: "
                              "it is put there if an identity provider wants that",
                              drift->group)
               : apr_psprintf(w->p,
                              "not in %s any more, %s: it is put there again if an identity "
                              "provider wants that",
                              drift->group, whose);
}

static apr_status_t lose_member(writing_t *w)
{
    const scim_sync_drift_t *drift = w->drift;
    apr_status_t rv;

    if ((rv = scim_sync_held_put_member(w->db, w->site, drift->group_id, drift->account_id, NULL,
                                        w->p)) != APR_SUCCESS ||
        (rv = scim_sync_task_add_linked(w->db, w->site, drift->account_id, w->p)) != APR_SUCCESS) {
        return rv;
    }
    /* Should Jira have been wrong, a leaver keeps no seat by it. */
    if (!strcmp(drift->was, SCIM_SYNC_HELD_GRANTED)) {
        rv = scim_sync_held_unread_groups(w->db, w->site, drift->account_id, w->p);
    }
    return rv == APR_SUCCESS ? tell(w, say_lost(w)) : rv;
}

static apr_status_t add_extra(writing_t *w, int authoritative)
{
    const scim_sync_drift_t *drift = w->drift;
    apr_status_t rv;

    if ((rv = scim_sync_held_put_member(w->db, w->site, drift->group_id, drift->account_id,
                                        SCIM_SYNC_HELD_THEIRS, w->p)) != APR_SUCCESS ||
        (rv = scim_sync_held_name_member(w->db, w->site, drift->group_id, drift->account_id,
                                         drift->name, w->p)) != APR_SUCCESS ||
        (rv = scim_sync_task_add_linked(w->db, w->site, drift->account_id, w->p)) != APR_SUCCESS) {
        return rv;
    }
    if (authoritative) {
        rv = scim_sync_task_add_linked(w->db, w->site, drift->group_id, w->p);
    }
    return rv == APR_SUCCESS
               ? tell(w, apr_psprintf(w->p, "in %s, where others have put it: %s", drift->group,
                                      authoritative
                                          ? "it is taken out unless an identity provider wants it"
                                          : "it stays"))
               : rv;
}

static const char *say_restored(const writing_t *w)
{
    const scim_sync_told_t *told = first_told(w);

    return was_uncertain(w)
               ? apr_psprintf(w->p,
                              "in %s, where a call of the module's has put it that Jira had not "
                              "answered: it is taken out unless an identity provider wants it",
                              w->drift->group)
               : apr_psprintf(w->p, "in %s again, which the module had taken from the person: %s",
                              w->drift->group,
                              !told
                                  ? "no identity provider tells of the person any more, so that no "
                                    "rule says what becomes of it. Take it away in Atlassian's "
                                    "administration if it should not be"
                              : told->active
                                  ? "an identity provider tells of the person as active"
                                  : "the person has left, and what the rules say of leavers is "
                                    "done anew");
}

/*
 * As it was before the module took it: so the person's job takes it once more, or not, as the rules
 * say today.
 */
static apr_status_t restore_member(writing_t *w)
{
    const scim_sync_drift_t *drift = w->drift;
    apr_status_t rv;

    if ((rv = scim_sync_held_put_member(w->db, w->site, drift->group_id, drift->account_id,
                                        scim_sync_held_added(drift->was), w->p)) != APR_SUCCESS ||
        (rv = scim_sync_task_add_linked(w->db, w->site, drift->account_id, w->p)) != APR_SUCCESS) {
        return rv;
    }
    return tell(w, say_restored(w));
}

static apr_status_t write_member(writing_t *w)
{
    const scim_sync_drift_t *drift = w->drift;
    scim_sync_held_account_t *account;
    const char *state;
    apr_status_t rv;
    int authoritative;

    rv = scim_sync_kept_state(w->db, &state, w->site, drift->group_id, drift->account_id, w->p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (scim_sync_reconcile_is_touched(w->run, drift->account_id) || !state != !drift->was ||
        (state && strcmp(state, drift->was))) {
        return leave(w);
    }
    if (drift->kind == SCIM_SYNC_DRIFT_MEMBER_MISSING) {
        return lose_member(w);
    }
    if (drift->kind == SCIM_SYNC_DRIFT_MEMBER_RESTORED) {
        return restore_member(w);
    }
    if ((rv = scim_sync_authority_is_theirs(w->db, w->worker, NULL, drift->group_id, &authoritative,
                                            w->p)) != APR_SUCCESS ||
        (rv = scim_sync_held_account(w->db, &account, w->site, drift->account_id, NULL, w->p)) !=
            APR_SUCCESS) {
        return rv;
    }
    return account || authoritative ? add_extra(w, authoritative) : leave(w);
}

/* ---- all of it ---- */

static apr_status_t write_one(writing_t *w)
{
    const scim_sync_drift_t *drift = w->drift;
    apr_status_t rv;

    if (drift->withdrawn) {
        return leave(w);
    }
    rv = scim_sync_told_linked(w->db, &w->told, w->site,
                               is_group(drift) ? drift->group_id : drift->account_id, w->p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (is_group(drift)) {
        return write_group(w);
    }
    if (drift->kind == SCIM_SYNC_DRIFT_ACCOUNT_APPEARED) {
        return write_newcomer(w);
    }
    return drift->group_id ? write_member(w) : write_account(w);
}

apr_status_t scim_sync_reconcile_write(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                       apr_pool_t *p)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    writing_t w = { .db = db, .worker = worker, .run = run, .site = worker->jira.name, .p = p };
    apr_status_t rv = APR_SUCCESS;
    int i;

    run->step.findings = apr_array_make(run->scratch, 16, sizeof(scim_sync_finding_t));
    for (i = run->written; rv == APR_SUCCESS && i < run->drifts->nelts && i < run->written + BATCH;
         i++) {
        w.drift = &APR_ARRAY_IDX(run->drifts, i, scim_sync_drift_t);
        rv = write_one(&w);
    }
    run->step.written = i;
    return rv;
}
