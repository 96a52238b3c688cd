/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transactions of a run. Each may be run more than once, so that what it sets besides the
 * database it sets anew.
 */
#include "sync/pull_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/log.h"
#include "store/config.h"
#include "store/event.h"
#include "store/google_change.h"
#include "store/google_choice.h"
#include "store/stage.h"
#include "store/stage_choice.h"

apr_status_t scim_sync_pull_hold(scim_sync_db_t *db, scim_sync_pull_t *pull, int *ours,
                                 apr_pool_t *p)
{
    scim_sync_google_run_t *run;
    apr_status_t rv;

    rv = scim_sync_lease_keep(db, &pull->lease, SCIM_SYNC_PULL_LEASE_MS, ours, p);
    if (rv == APR_SUCCESS && *ours) {
        rv = scim_sync_google_run_load(db, &run, pull->run.idp, pull->run.id, p);
        *ours = rv == APR_SUCCESS && run && !run->ended;
        pull->run.trust = *ours && run->trust;
    }
    return rv;
}

/* ---- the choice ---- */

typedef struct {
    const scim_sync_pull_t *pull;
    scim_sync_google_chosen_t chosen;
} choosing_t;

static apr_status_t read_choice(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    choosing_t *c = baton;
    apr_status_t rv = scim_sync_google_choice_load(db, &c->chosen, c->pull->run.idp, p);

    return rv == APR_SUCCESS
               ? scim_sync_google_choice_used(db, c->pull->run.id, c->chosen.version, p)
               : rv;
}

apr_status_t scim_sync_pull_read_choice(scim_sync_pull_t *pull, const char **why, apr_pool_t *p)
{
    choosing_t c = { .pull = pull };
    const char *wrong;
    apr_status_t rv = scim_sync_write(pull->means.runtime->writer, read_choice, &c, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    pull->choice_version = c.chosen.version;
    /* Only another version of this module can have stored what this one can't read. */
    if (scim_sync_choice_parse(&pull->choice, c.chosen.text, &wrong, pull->pool) != APR_SUCCESS) {
        *why =
            apr_pstrcat(p, "the choice that is stored can't be read, put it anew: ", wrong, NULL);
    }
    return APR_SUCCESS;
}

/* ---- pages ---- */

static apr_status_t write_slots(scim_sync_db_t *db, scim_sync_pull_t *pull, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < SCIM_SYNC_PULL_SLOTS; i++) {
        scim_sync_slot_t *slot = &pull->slots[i];

        if (slot->state == SCIM_SYNC_SLOT_FULL) {
            rv = scim_sync_pull_put(db, slot, p);
        }
        else if (slot->state == SCIM_SYNC_SLOT_ANEW) {
            rv = scim_sync_pull_forget(db, slot, p);
        }
    }
    return rv;
}

/* What a transaction has for its caller. */
typedef struct {
    scim_sync_pull_t *pull;
    int ours;
    int stale;                  /* the choice is another one by now */
    apr_array_header_t *groups; /* more of the queue, in p; NULL: it was not asked for */
} writing_t;

static apr_status_t write_pages(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    writing_t *w = baton;
    scim_sync_pull_t *pull = w->pull;
    apr_status_t rv = scim_sync_pull_hold(db, pull, &w->ours, p);

    w->groups = NULL;
    if (rv != APR_SUCCESS || !w->ours) {
        return rv;
    }
    rv = write_slots(db, pull, p);
    if (rv == APR_SUCCESS && scim_sync_pull_wants_groups(pull)) {
        rv = scim_sync_pull_more_groups(db, pull, &w->groups, p);
    }
    return rv == APR_SUCCESS ? scim_sync_google_run_tell(db, &pull->run, p) : rv;
}

static void fill_queue(scim_sync_pull_t *pull, const apr_array_header_t *groups)
{
    int i;

    apr_pool_clear(pull->queue_pool);
    pull->queue = apr_array_make(pull->queue_pool, groups->nelts + 1, sizeof(const char *));
    pull->queue_at = 0;
    pull->inner_done =
        (pull->queue_done && groups->nelts == 0) || !scim_sync_choice_sifts_groups(pull->choice);
    pull->queue_done = pull->queue_done || groups->nelts < SCIM_SYNC_PULL_QUEUE;
    for (i = 0; i < groups->nelts; i++) {
        const char *id = APR_ARRAY_IDX(groups, i, const char *);

        APR_ARRAY_PUSH(pull->queue, const char *) = apr_pstrdup(pull->queue_pool, id);
        apr_cpystrn(pull->queue_last, id, sizeof(pull->queue_last));
    }
}

apr_status_t scim_sync_pull_write(scim_sync_pull_t *pull, apr_pool_t *p)
{
    writing_t w = { .pull = pull };
    apr_status_t rv = scim_sync_write(pull->means.runtime->writer, write_pages, &w, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    pull->ended = !w.ours;
    if (w.groups) {
        fill_queue(pull, w.groups);
    }
    return APR_SUCCESS;
}

/* ---- the end ---- */

static json_t *count_json(const scim_sync_stage_count_t *count, const char *faulty)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "new", (json_int_t)count->fresh, "changed",
                     (json_int_t)count->changed, "gone", (json_int_t)count->gone, "unchanged",
                     (json_int_t)count->same, faulty, (json_int_t)count->faulty);
}

static json_t *faults_json(const apr_array_header_t *faults)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < faults->nelts; i++) {
        const scim_sync_stage_fault_t *fault = &APR_ARRAY_IDX(faults, i, scim_sync_stage_fault_t);
        json_t *one = json_object();

        scim_sync_json_put(one, "type", scim_sync_type_name(fault->type));
        scim_sync_json_put(one, "id", fault->id);
        scim_sync_json_put(one, "email", fault->name);
        scim_sync_json_put(one, "fault", fault->fault);
        json_array_append_new(list, one);
    }
    return list;
}

/* An address of the choice that no group has: a spelling mistake leaves a whole group out. */
static apr_status_t add_missed(scim_sync_db_t *db, const scim_sync_pull_t *pull, json_t *list,
                               apr_pool_t *p)
{
    const apr_array_header_t *groups = pull->choice->groups;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < groups->nelts; i++) {
        const char *address = APR_ARRAY_IDX(groups, i, scim_sync_chosen_groups_t).address;
        const char *fault;
        int has = 1;

        if (address &&
            scim_sync_choice_group(pull->choice, address, &fault, p) == SCIM_SYNC_CHOSEN_YES) {
            rv = scim_sync_stage_has_group(db, pull->run.idp, address, &has, p);
        }
        if (!has) {
            json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "type", "Group", "email",
                                                  address, "fault",
                                                  "the choice names this group, and Google has "
                                                  "none of this address"));
        }
    }
    return rv;
}

static const char *counts_text(const scim_sync_stage_counts_t *counts, json_t *faults,
                               apr_pool_t *p)
{
    json_t *j = json_object();

    json_object_set_new(j, "users", count_json(&counts->users, "faulty"));
    json_object_set_new(j, "groups", count_json(&counts->groups, "faulty"));
    json_object_set_new(j, "members", count_json(&counts->members, "outside"));
    json_object_set(j, "faults", faults);
    return scim_sync_json_text(scim_sync_json_own(j, p), NULL, p);
}

apr_status_t scim_sync_pull_event(scim_sync_db_t *db, const scim_sync_pull_t *pull,
                                  const char *kind, const char *detail, apr_pool_t *p)
{
    const scim_sync_event_t event = {
        .kind = kind, .actor = "provisioner", .idp = pull->run.idp, .detail = detail
    };

    return scim_sync_event_add(db, &event, p);
}

/* Rules that can't be read lift no limit. */
static const scim_sync_rules_guard_t *guard_of(scim_sync_db_t *db, const char *name,
                                               apr_status_t *rv, apr_pool_t *p)
{
    const scim_sync_rules_t *rules;
    scim_sync_idp_t *idp;
    const char *why;

    *rv = scim_sync_idp_load(db, &idp, name, p);
    if (*rv != APR_SUCCESS || !idp) {
        *rv = *rv == APR_SUCCESS ? APR_EGENERAL : *rv;
        return NULL;
    }
    if (scim_sync_rules_parse(&rules, idp->rules, idp->mode, &why, p) != APR_SUCCESS) {
        *rv = scim_sync_rules_parse(&rules, "{}", idp->mode, &why, p);
    }
    return *rv == APR_SUCCESS ? &rules->guard : NULL;
}

apr_status_t scim_sync_pull_finish(scim_sync_db_t *db, const scim_sync_pull_t *pull, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_google_run_end(db, &pull->run, p);

    return rv == APR_SUCCESS ? scim_sync_stage_clear(db, pull->run.idp, p) : rv;
}

static int is_preview(const scim_sync_pull_t *pull)
{
    return !strcmp(pull->run.cause, SCIM_SYNC_RUN_PREVIEW);
}

/* What is found out by a choice that holds no more would be wrong to tell. */
static apr_status_t check_choice(scim_sync_db_t *db, writing_t *w, apr_pool_t *p)
{
    scim_sync_google_chosen_t chosen;
    apr_status_t rv = scim_sync_google_choice_load(db, &chosen, w->pull->run.idp, p);

    w->stale = rv == APR_SUCCESS && chosen.version != w->pull->choice_version;
    return rv;
}

static apr_status_t choose(scim_sync_db_t *db, const scim_sync_pull_t *pull, apr_pool_t *p)
{
    const scim_sync_choice_t *choice = pull->choice;
    const scim_sync_stage_choosing_t how = { .parts = choice->queries->nelts,
                                             .sifted = scim_sync_choice_sifts_groups(choice),
                                             .everybody = choice->everybody,
                                             .only_members = choice->only_members,
                                             .users_asked = scim_sync_choice_asks_users(choice),
                                             .groups_asked = choice->domain != NULL };

    return scim_sync_stage_choose(db, pull->run.idp, &how, p);
}

static apr_status_t compare(scim_sync_db_t *db, scim_sync_pull_t *pull,
                            scim_sync_stage_counts_t *counts, apr_pool_t *p)
{
    const char *idp = pull->run.idp;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < pull->lost->nelts; i++) {
        rv = scim_sync_stage_drop_group(db, idp, APR_ARRAY_IDX(pull->lost, i, const char *), p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_stage_keep_members(db, idp, p);
    }
    if (rv == APR_SUCCESS) {
        rv = choose(db, pull, p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_stage_settle(db, idp, p);
    }
    return rv == APR_SUCCESS ? scim_sync_stage_compare(db, counts, idp, p) : rv;
}

/* Why what was found can't be true, in the words of the run; NULL: it can. */
static apr_status_t doubt_it(scim_sync_db_t *db, const scim_sync_pull_t *pull,
                             const scim_sync_stage_counts_t *counts, const char **doubt,
                             apr_pool_t *p)
{
    const scim_sync_rules_guard_t *guard;
    apr_status_t rv;
    int changed;

    if (!(guard = guard_of(db, pull->run.idp, &rv, p))) {
        return rv;
    }
    *doubt = scim_sync_pull_doubt(counts, guard, p);
    if (!*doubt || (rv = scim_sync_google_choice_changed(db, pull->run.idp, pull->choice_version,
                                                         &changed, p)) != APR_SUCCESS) {
        return rv;
    }
    *doubt = apr_pstrcat(p, *doubt,
                         changed ? "; the choice was changed since the last pull, and who is not"
                                   " chosen any more is gone"
                                 : "",
                         "; if that is so, ask for a run that is trusted", NULL);
    return APR_SUCCESS;
}

/* What becomes of the run; whoever asks "who?" finds them among the changes. */
static apr_status_t judge(scim_sync_db_t *db, scim_sync_pull_t *pull,
                          const scim_sync_stage_counts_t *counts, apr_pool_t *p)
{
    const char *doubt = NULL;
    apr_status_t rv = doubt_it(db, pull, counts, &doubt, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    pull->run.state = SCIM_SYNC_RUN_TELLING;
    pull->run.detail = NULL;
    if (is_preview(pull)) {
        pull->run.state = SCIM_SYNC_RUN_DONE;
        pull->run.detail = doubt ? apr_pstrcat(p, "a pull would be refused: ", doubt, NULL) : NULL;
        return scim_sync_google_change_keep(db, pull->run.idp, pull->run.id, p);
    }
    if (!doubt || pull->run.trust) {
        return APR_SUCCESS;
    }
    pull->run.state = SCIM_SYNC_RUN_REFUSED;
    pull->run.detail = apr_pstrcat(p, "nothing was taken over: ", doubt, NULL);
    rv = scim_sync_google_change_keep(db, pull->run.idp, pull->run.id, p);
    return rv == APR_SUCCESS ? scim_sync_pull_event(db, pull, "google.refused", pull->run.detail, p)
                             : rv;
}

static int is_believed(const scim_sync_pull_t *pull)
{
    return !strcmp(pull->run.state, SCIM_SYNC_RUN_TELLING);
}

static apr_status_t conclude(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    writing_t *w = baton;
    scim_sync_pull_t *pull = w->pull;
    scim_sync_stage_counts_t counts;
    apr_array_header_t *faults;
    json_t *named;
    apr_status_t rv;

    if ((rv = scim_sync_pull_hold(db, pull, &w->ours, p)) != APR_SUCCESS || !w->ours ||
        (rv = check_choice(db, w, p)) != APR_SUCCESS || w->stale ||
        (rv = compare(db, pull, &counts, p)) != APR_SUCCESS ||
        (rv = scim_sync_stage_faults(db, &faults, pull->run.idp, SCIM_SYNC_PULL_FAULTS, p)) !=
            APR_SUCCESS) {
        return rv;
    }
    named = scim_sync_json_own(faults_json(faults), p);
    if ((rv = add_missed(db, pull, named, p)) != APR_SUCCESS ||
        (rv = judge(db, pull, &counts, p)) != APR_SUCCESS) {
        return rv;
    }
    pull->run.counts = counts_text(&counts, named, pull->pool);
    return is_believed(pull) ? scim_sync_google_run_believe(db, &pull->run, p)
                             : scim_sync_pull_finish(db, pull, p);
}

apr_status_t scim_sync_pull_conclude(scim_sync_pull_t *pull, apr_pool_t *p)
{
    writing_t w = { .pull = pull };
    apr_status_t rv = scim_sync_write(pull->means.runtime->writer, conclude, &w, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (w.ours && w.stale) {
        pull->failure = "the choice was changed while the directory was read: pull again";
        return APR_SUCCESS;
    }
    pull->telling = w.ours && is_believed(pull);
    pull->ended = !pull->telling;
    if (w.ours && !strcmp(pull->run.state, SCIM_SYNC_RUN_REFUSED)) {
        scim_sync_log(SCIM_LOG_WARNING, APR_SUCCESS,
                      SCIM_LOGNO(0191) "the pull of identity provider %s was not believed: %s",
                      pull->run.idp, pull->run.detail);
    }
    return APR_SUCCESS;
}

static apr_status_t fail(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    writing_t *w = baton;
    scim_sync_pull_t *pull = w->pull;
    apr_status_t rv;

    if ((rv = scim_sync_pull_hold(db, pull, &w->ours, p)) != APR_SUCCESS || !w->ours ||
        (rv = scim_sync_pull_finish(db, pull, p)) != APR_SUCCESS) {
        return rv;
    }
    return is_preview(pull) ? APR_SUCCESS
                            : scim_sync_pull_event(db, pull, "google.failed", pull->failure, p);
}

apr_status_t scim_sync_pull_fail(scim_sync_pull_t *pull, apr_pool_t *p)
{
    writing_t w = { .pull = pull };
    apr_status_t rv;

    pull->run.state = SCIM_SYNC_RUN_FAILED;
    pull->run.detail = pull->failure;
    rv = scim_sync_write(pull->means.runtime->writer, fail, &w, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    pull->ended = 1;
    if (w.ours && !is_preview(pull)) {
        scim_sync_log(SCIM_LOG_WARNING, APR_SUCCESS,
                      SCIM_LOGNO(0190) "the pull of identity provider %s failed: %s", pull->run.idp,
                      pull->failure);
    }
    return APR_SUCCESS;
}
