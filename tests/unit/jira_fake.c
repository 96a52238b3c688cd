/* SPDX-License-Identifier: Apache-2.0 */
#include "jira_fake.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "base/text.h"
#include "customer_fake.h"

/* ---- what Jira has ---- */

fake_t *fake_of(database_t *database)
{
    const scim_sync_transport_settings_t settings = {
        .max_connections = 1, .timeout = 1000000, .max_answer = 1000, .user_agent = "test"
    };
    apr_pool_t *p = database->pool;
    fake_t *fake = apr_pcalloc(p, sizeof(*fake));

    fake->database = database;
    fake->db = database->db;
    fake->p = p;
    fake->accounts = apr_hash_make(p);
    fake->customers = apr_hash_make(p);
    fake->groups = apr_hash_make(p);
    fake->members = apr_hash_make(p);
    fake->odd_kind = -1;
    fake->worker = (scim_sync_worker_t) {
        .pool = p,
        .jira = { "main", "http://127.0.0.1:1", "admin@example.com", "demo-token" },
        .products = apr_array_make(p, 1, sizeof(const char *)),
        .product_groups = apr_hash_make(p),
        .state = SCIM_SYNC_SITE_READY,
    };
    fake->worker.rulebook = fake->rulebook = scim_sync_rulebook_make(p);
    fake->worker.limits = scim_sync_limits_make(1, p);
    fake->worker.reconcile = scim_sync_reconcile_make(0, p);
    apr_pool_create(&fake->worker.words, p);
    scim_sync_survey_init(&fake->worker.survey, p);
    scim_sync_seats_init(&fake->worker.seats, p);
    scim_sync_protection_init(&fake->worker.protection, apr_array_make(p, 1, sizeof(const char *)),
                              p);
    scim_sync_protection_know(&fake->worker.protection,
                              apr_array_make(p, 1, sizeof(scim_sync_admin_group_t)));
    fake->suspended = apr_hash_make(p);
    fake->calls = apr_hash_make(p);
    apr_hash_set(fake->worker.product_groups, FAKE_PRODUCT_GROUP, APR_HASH_KEY_STRING, "product");
    OK(scim_sync_transport_global());
    OK(scim_sync_transport_create(&fake->transport, &settings, p));
    return fake;
}

void fake_account(fake_t *fake, const char *email)
{
    apr_hash_set(fake->accounts, apr_pstrdup(fake->p, email), APR_HASH_KEY_STRING,
                 apr_pstrcat(fake->p, "a-", email, NULL));
}

void fake_group(fake_t *fake, const char *name)
{
    apr_hash_set(fake->groups, apr_pstrdup(fake->p, name), APR_HASH_KEY_STRING,
                 apr_pstrcat(fake->p, "j-", name, NULL));
}

void fake_member(fake_t *fake, const char *group_id, const char *account_id)
{
    apr_hash_set(fake->members, apr_pstrcat(fake->p, group_id, "/", account_id, NULL),
                 APR_HASH_KEY_STRING, "");
}

const char *fake_members(const fake_t *fake)
{
    apr_array_header_t *list = apr_array_make(fake->p, 8, sizeof(const char *));

    for (apr_hash_index_t *i = apr_hash_first(fake->p, fake->members); i; i = apr_hash_next(i)) {
        APR_ARRAY_PUSH(list, const char *) = apr_hash_this_key(i);
    }
    scim_sync_list_sort(list);
    return apr_array_pstrcat(fake->p, list, ' ');
}

static int has_account(const fake_t *fake, const char *account_id)
{
    return apr_hash_get(fake->accounts, account_id + 2, APR_HASH_KEY_STRING) != NULL;
}

/* ---- what Jira does ---- */

static scim_sync_outcome_t say(scim_sync_verdict_t verdict, int status, const char *detail)
{
    return (scim_sync_outcome_t) { .verdict = verdict, .status = status, .detail = detail };
}

static void find_or_create_account(fake_t *fake, scim_sync_errand_t *e, int create)
{
    const char *email = e->job->email;
    const char *id = apr_hash_get(fake->accounts, email, APR_HASH_KEY_STRING);

    if (create && id) {
        e->outcome = say(SCIM_SYNC_ABSENT, 400, "there is one");
        return;
    }
    if (create) {
        fake_account(fake, email);
        id = apr_hash_get(fake->accounts, email, APR_HASH_KEY_STRING);
        fake_member(fake, FAKE_PRODUCT_GROUP, id);
    }
    e->account = (scim_sync_jira_account_t) { .account_id = id, .email = email, .active = 1 };
    e->outcome = id ? say(SCIM_SYNC_DONE, 200, NULL) : say(SCIM_SYNC_ABSENT, 200, "nobody");
}

/* Names are of a kind without regard to case. */
static const char *twin_of(const fake_t *fake, const char *name)
{
    for (apr_hash_index_t *i = apr_hash_first(fake->p, fake->groups); i; i = apr_hash_next(i)) {
        const char *other = apr_hash_this_key(i);

        if (strcmp(other, name) && !strcasecmp(other, name)) {
            return other;
        }
    }
    return NULL;
}

static void find_twin(const fake_t *fake, scim_sync_errand_t *e)
{
    const char *name = twin_of(fake, e->name->name);

    e->group = (scim_sync_jira_group_t) { .group_id = "", .name = name };
    e->outcome = name ? say(SCIM_SYNC_DONE, 200, NULL) : say(SCIM_SYNC_ABSENT, 200, NULL);
}

static void find_or_create_group(fake_t *fake, scim_sync_errand_t *e, int create)
{
    const char *name = e->name->name;

    if (create && (apr_hash_get(fake->groups, name, APR_HASH_KEY_STRING) || twin_of(fake, name))) {
        e->outcome = say(SCIM_SYNC_ABSENT, 400, "there is one");
        return;
    }
    if (create) {
        fake_group(fake, name);
    }
    e->group = (scim_sync_jira_group_t) { .group_id =
                                              apr_hash_get(fake->groups, name, APR_HASH_KEY_STRING),
                                          .name = name };
    e->outcome =
        e->group.group_id ? say(SCIM_SYNC_DONE, 200, NULL) : say(SCIM_SYNC_ABSENT, 200, "no group");
}

static void read_groups(fake_t *fake, scim_sync_errand_t *e)
{
    if (!has_account(fake, e->account_id)) {
        e->outcome = say(SCIM_SYNC_ABSENT, 404, "no such account");
        return;
    }
    e->groups = apr_array_make(e->job->round, 4, sizeof(scim_sync_jira_group_t));
    for (apr_hash_index_t *i = apr_hash_first(fake->p, fake->members); i; i = apr_hash_next(i)) {
        const char *key = apr_hash_this_key(i);
        const char *slash = strchr(key, '/');

        if (!strcmp(slash + 1, e->account_id)) {
            APR_ARRAY_PUSH(e->groups, scim_sync_jira_group_t) =
                (scim_sync_jira_group_t) { .group_id = apr_pstrmemdup(e->job->round, key,
                                                                      (apr_size_t)(slash - key)) };
        }
    }
    e->outcome = say(SCIM_SYNC_DONE, 200, NULL);
}

static void change_member(fake_t *fake, scim_sync_errand_t *e)
{
    const char *key = apr_pstrcat(fake->p, e->group_id, "/", e->account_id, NULL);
    int add = e->kind == SCIM_SYNC_ADD_MEMBER;

    if (fake->refused && !strcmp(fake->refused, e->group_id)) {
        e->outcome = say(SCIM_SYNC_REFUSED, 403, "not this group");
        return;
    }
    if (add && !has_account(fake, e->account_id)) {
        e->outcome = say(SCIM_SYNC_REFUSED, 404, "no such account");
        return;
    }
    e->already = add && apr_hash_get(fake->members, key, APR_HASH_KEY_STRING);
    apr_hash_set(fake->members, key, APR_HASH_KEY_STRING, add ? "" : NULL);
    e->outcome = say(SCIM_SYNC_DONE, 200, NULL);
}

static void suspend(fake_t *fake, scim_sync_errand_t *e, int suspended)
{
    apr_hash_set(fake->suspended, apr_pstrdup(fake->p, e->account_id), APR_HASH_KEY_STRING,
                 suspended ? "" : NULL);
    e->outcome = say(SCIM_SYNC_DONE, 204, NULL);
}

static void read_standing(fake_t *fake, scim_sync_errand_t *e)
{
    e->suspended = apr_hash_get(fake->suspended, e->account_id, APR_HASH_KEY_STRING) != NULL;
    e->unmanaged = fake->unmanaged;
    e->outcome = say(SCIM_SYNC_DONE, 200, NULL);
}

/* Its id stays its own: whoever is invited again by this address has it again. */
static void delete_account(fake_t *fake, scim_sync_errand_t *e)
{
    for (apr_hash_index_t *i = apr_hash_first(fake->p, fake->members); i; i = apr_hash_next(i)) {
        const char *key = apr_hash_this_key(i);

        if (!strcmp(strchr(key, '/') + 1, e->account_id)) {
            apr_hash_set(fake->members, key, APR_HASH_KEY_STRING, NULL);
        }
    }
    apr_hash_set(fake->accounts, e->account_id + 2, APR_HASH_KEY_STRING, NULL);
    e->outcome = say(SCIM_SYNC_DONE, 204, NULL);
}

static void delete_group(fake_t *fake, scim_sync_errand_t *e)
{
    const char *name = e->group_id + 2;

    e->outcome = say(SCIM_SYNC_DONE,
                     apr_hash_get(fake->groups, name, APR_HASH_KEY_STRING) ? 200 : 404, NULL);
    apr_hash_set(fake->groups, name, APR_HASH_KEY_STRING, NULL);
    for (apr_hash_index_t *i = apr_hash_first(fake->p, fake->members); i; i = apr_hash_next(i)) {
        const char *key = apr_hash_this_key(i);

        if (!strncmp(key, e->group_id, strlen(e->group_id)) && key[strlen(e->group_id)] == '/') {
            apr_hash_set(fake->members, key, APR_HASH_KEY_STRING, NULL);
        }
    }
}

/* ---- portals ---- */

static int is(const char *portal, const scim_sync_errand_t *e)
{
    return portal && !strcmp(portal, e->group_id);
}

/* Of a batch with somebody unknown the others are done all the same. */
static void change_batch(fake_t *fake, scim_sync_errand_t *e)
{
    int add = e->kind == SCIM_SYNC_ADD_BATCH;

    e->outcome = say(SCIM_SYNC_DONE, 204, NULL);
    if (is(fake->gone, e)) {
        e->outcome = add ? say(SCIM_SYNC_REFUSED, 404, "no such portal") : e->outcome;
        return;
    }
    if (is(fake->refused, e) || (!add && is(fake->open, e))) {
        e->open = is(fake->open, e);
        e->outcome = say(SCIM_SYNC_REFUSED, e->open ? 400 : 403, "not this portal");
        return;
    }
    for (int i = 0; i < e->account_ids->nelts; i++) {
        const char *id = APR_ARRAY_IDX(e->account_ids, i, const char *);

        if (!has_account(fake, id) || (fake->refused && !strcmp(fake->refused, id))) {
            e->outcome = say(SCIM_SYNC_ABSENT, 400, "somebody is unknown");
            continue;
        }
        apr_hash_set(fake->members, apr_pstrcat(fake->p, e->group_id, "/", id, NULL),
                     APR_HASH_KEY_STRING, add ? "" : NULL);
    }
}

static void show_accounts(const fake_t *fake, scim_sync_errand_t *e)
{
    e->page.accounts = apr_array_make(e->job->round, 4, sizeof(scim_sync_jira_account_t));
    for (int i = 0; i < e->account_ids->nelts; i++) {
        const char *id = APR_ARRAY_IDX(e->account_ids, i, const char *);

        if (has_account(fake, id)) {
            APR_ARRAY_PUSH(e->page.accounts, scim_sync_jira_account_t) =
                (scim_sync_jira_account_t) { .account_id = id, .active = 1 };
        }
    }
    e->outcome = say(SCIM_SYNC_DONE, 200, NULL);
}

static void carry_out_of_portal(fake_t *fake, scim_sync_errand_t *e)
{
    switch (e->kind) {
    case SCIM_SYNC_ADD_BATCH:
    case SCIM_SYNC_REMOVE_BATCH:
        change_batch(fake, e);
        break;
    case SCIM_SYNC_READ_ACCOUNTS:
        show_accounts(fake, e);
        break;
    case SCIM_SYNC_READ_PORTAL:
        e->managed = is(fake->managed, e);
        e->outcome = is(fake->gone, e) ? say(SCIM_SYNC_ABSENT, 404, "no such portal")
                                       : say(SCIM_SYNC_DONE, 200, NULL);
        break;
    default:
        fail_msg("no such step: %d", e->kind);
    }
}

static void carry_out(fake_t *fake, scim_sync_errand_t *e)
{
    if (fake->portals) {
        fake->portals(fake, e);
        return;
    }
    switch (e->kind) {
    case SCIM_SYNC_FIND_ACCOUNT:
    case SCIM_SYNC_CREATE_ACCOUNT:
        find_or_create_account(fake, e, e->kind == SCIM_SYNC_CREATE_ACCOUNT);
        break;
    case SCIM_SYNC_FIND_GROUP:
    case SCIM_SYNC_CREATE_GROUP:
        find_or_create_group(fake, e, e->kind == SCIM_SYNC_CREATE_GROUP);
        break;
    case SCIM_SYNC_FIND_TWIN:
        find_twin(fake, e);
        break;
    case SCIM_SYNC_DELETE_GROUP:
        delete_group(fake, e);
        break;
    case SCIM_SYNC_READ_GROUPS:
        read_groups(fake, e);
        break;
    case SCIM_SYNC_ADD_MEMBER:
    case SCIM_SYNC_REMOVE_MEMBER:
        change_member(fake, e);
        break;
    case SCIM_SYNC_FIND_DIRECTORY:
        e->directory = "d1";
        e->outcome = say(SCIM_SYNC_DONE, 200, NULL);
        break;
    case SCIM_SYNC_READ_STANDING:
        read_standing(fake, e);
        break;
    case SCIM_SYNC_SUSPEND_ACCOUNT:
    case SCIM_SYNC_RESTORE_ACCOUNT:
        suspend(fake, e, e->kind == SCIM_SYNC_SUSPEND_ACCOUNT);
        break;
    case SCIM_SYNC_DELETE_ACCOUNT:
        delete_account(fake, e);
        break;
    case SCIM_SYNC_UPDATE_PROFILE:
        fake->profile = apr_pstrdup(fake->p, e->profile);
        e->outcome = say(SCIM_SYNC_DONE, 200, NULL);
        break;
    default:
        carry_out_of_portal(fake, e);
    }
}

int fake_called(const fake_t *fake, scim_sync_step_kind_t kind)
{
    const int *n = apr_hash_get(fake->calls, &kind, sizeof(kind));

    return n ? *n : 0;
}

static void count_call(fake_t *fake, scim_sync_step_kind_t kind)
{
    int *n = apr_hash_get(fake->calls, &kind, sizeof(kind));

    if (!n) {
        n = apr_pcalloc(fake->p, sizeof(*n));
        apr_hash_set(fake->calls, apr_pmemdup(fake->p, &kind, sizeof(kind)), sizeof(kind), n);
    }
    (*n)++;
}

void fake_answer(fake_t *fake, scim_sync_job_t *job)
{
    for (int i = 0; i < job->errands->nelts; i++) {
        scim_sync_errand_t *e = APR_ARRAY_IDX(job->errands, i, scim_sync_errand_t *);
        int odd = (int)e->kind == fake->odd_kind;

        count_call(fake, e->kind);
        if ((!odd || fake->odd_done) && !(fake->worker.customers && customer_fake(fake, e))) {
            carry_out(fake, e);
        }
        if (odd) {
            e->outcome = fake->odd;
            fake->odd_kind = -1;
        }
        e->answered = 1;
    }
    job->in_flight = 0;
}

/* ---- the provisioner ---- */

scim_sync_job_t *fake_take(fake_t *fake)
{
    apr_array_header_t *tasks;
    scim_sync_job_t *job;

    OK(scim_sync_rulebook_open(fake->db, fake->rulebook, fake->p));
    OK(scim_sync_task_due(fake->db, &tasks, "main", 1, fake->p));
    if (tasks->nelts == 0) {
        return NULL;
    }
    OK(scim_sync_job_make(fake->db, &job, &fake->worker,
                          APR_ARRAY_IDX(tasks, 0, scim_sync_task_t *), fake->p));
    return job;
}

/* What a turn has made: its errands, and what is held by then. */
static const char *outcome_of(const fake_t *fake, const scim_sync_job_t *job, int settled)
{
    const char *text = settled ? "settled" : "";

    for (int i = 0; i < job->next->nelts; i++) {
        const scim_sync_errand_t *e = APR_ARRAY_IDX(job->next, i, scim_sync_errand_t *);

        text =
            apr_psprintf(fake->p, "%s %d:%s:%s:%s", text, e->kind, e->group_id ? e->group_id : "",
                         e->account_id ? e->account_id : "", e->was ? e->was : "");
    }
    return apr_pstrcat(
        fake->p, text, " | ",
        store_column(fake->db, "SELECT account_id || group_id || state FROM jira_member ORDER BY 1",
                     fake->p),
        " | ",
        store_column(fake->db,
                     "SELECT resource || name || COALESCE(object, '-') FROM jira_link ORDER BY 1",
                     fake->p),
        " | ",
        store_column(fake->db,
                     "SELECT subject || state || CAST(seq AS TEXT) || CAST(attempts AS TEXT)"
                     " FROM task ORDER BY 1",
                     fake->p),
        " | ", store_column(fake->db, "SELECT COUNT(*) FROM event", fake->p), NULL);
}

static void heard(void *baton, scim_sync_job_t *job)
{
    (void)baton;
    fail_msg("an answer to %s came from somewhere", job->name);
}

int fake_turn(fake_t *fake, scim_sync_job_t *job)
{
    const char *first = NULL;
    int settled = 0;

    for (int repeat = 0; repeat <= 1; repeat++) {
        const char *made;

        OK(scim_sync_db_begin(fake->db, fake->p));
        OK(scim_sync_rulebook_open(fake->db, fake->rulebook, fake->p));
        OK(scim_sync_job_apply(fake->db, job, fake->p));
        OK(scim_sync_job_plan(fake->db, job, &settled, fake->p));
        made = outcome_of(fake, job, settled);
        if (repeat) {
            assert_string_equal(first, made);
            OK(scim_sync_db_commit(fake->db, fake->p));
        }
        else {
            first = made;
            scim_sync_db_rollback(fake->db, fake->p);
        }
    }
    if (!settled) {
        scim_sync_job_send(job, fake->transport, heard, NULL);
        scim_sync_transport_abandon(fake->transport);
    }
    return settled;
}

static int dies(fake_t *fake)
{
    return ++fake->points == fake->crash_at;
}

/* What waits for a time is taken when nothing else is due, as if the time had come. */
static scim_sync_job_t *take_next(fake_t *fake)
{
    scim_sync_job_t *job = fake_take(fake);

    if (job == NULL) {
        OK(scim_sync_task_hurry_site(fake->db, "main", fake->p));
        job = fake_take(fake);
    }
    return job;
}

int fake_work(fake_t *fake)
{
    scim_sync_job_t *job;
    int rounds = 0;

    while ((job = take_next(fake)) != NULL) {
        while (!fake_turn(fake, job)) {
            assert_true(++rounds < 200);
            if (dies(fake)) { /* written down, not sent */
                apr_pool_destroy(job->pool);
                return 0;
            }
            fake_answer(fake, job);
            if (dies(fake)) { /* done, not written down */
                apr_pool_destroy(job->pool);
                return 0;
            }
        }
        apr_pool_destroy(job->pool);
        assert_true(++rounds < 200);
    }
    return 1;
}
