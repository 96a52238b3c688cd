/* SPDX-License-Identifier: Apache-2.0 */
#include "google_fake.h"

#include <stdlib.h>
#include <string.h>

#include <apr_global_mutex.h>
#include <apr_strings.h>
#include <jansson.h>

#include "base/json.h"

#define ON_PAGE 2
/* Passes after which a pull does not come to an end. */
#define PATIENCE 20000

typedef struct {
    const char *url;
    scim_sync_passage_t passage;
    scim_sync_answered_t *done;
    void *baton;
    apr_pool_t *p;
} waiting_t;

typedef struct {
    const char *part;
    int after;
    int times;
    int status;
    const char *body;
} fault_t;

struct google_fake_t {
    database_t *database;
    apr_pool_t *p;
    scim_sync_runtime_t *runtime;
    scim_sync_puller_t *puller;
    apr_pool_t *puller_pool;
    json_t *lists;               /* name ("users", "groups", a group's id) -> entries */
    apr_array_header_t *waiting; /* waiting_t */
    apr_array_header_t *faults;  /* fault_t */
    int hangs;
    int calls;
    int at_once;
    int tokens;
    const char *why; /* there is no access token; or NULL */
};

/* The pull's means have no baton for their clock. */
static apr_time_t the_time;
static apr_time_t each_look; /* takes so long */

static apr_time_t now(void)
{
    the_time += each_look;
    return the_time;
}

static scim_sync_db_t *lend(void *baton, void **lent, apr_pool_t *p)
{
    (void)p;
    *lent = NULL;
    return ((database_t *)baton)->db;
}

static void take_back(void *baton, void *lent)
{
    (void)baton;
    (void)lent;
}

static apr_status_t start(void *net, const scim_sync_call_t *call, scim_sync_answered_t *done,
                          void *baton, apr_pool_t *p)
{
    google_fake_t *fake = net;

    assert_string_equal(call->method, "GET");
    assert_non_null(strstr(call->header, "(gzip)"));
    APR_ARRAY_PUSH(fake->waiting, waiting_t) =
        (waiting_t) { apr_pstrdup(p, call->url), call->passage, done, baton, p };
    if (fake->waiting->nelts > fake->at_once) {
        fake->at_once = fake->waiting->nelts;
    }
    return APR_SUCCESS;
}

static google_fake_t *the_fake; /* want() is told the runtime alone */

static void want(scim_sync_google_token_t *token, scim_sync_runtime_t *runtime, const char *idp,
                 apr_int64_t refused, apr_pool_t *p)
{
    (void)p;
    memset(token, 0, sizeof(*token));
    token->runtime = runtime;
    token->idp = idp;
    token->step = the_fake->why ? SCIM_SYNC_GOOGLE_TOKEN_NONE : SCIM_SYNC_GOOGLE_TOKEN_HERE;
    token->detail = the_fake->why;
    token->token = "demo-access-token";
    token->generation = refused + 1;
    token->party.settings.directory = "https://directory.example.com";
    the_fake->tokens++;
}

static void make_puller(google_fake_t *fake, const char *host)
{
    const scim_sync_pull_means_t means = {
        .runtime = fake->runtime, .net = fake, .start = start, .want = want, .now = now
    };

    fake->runtime->host = host;
    apr_pool_create(&fake->puller_pool, fake->p);
    fake->puller =
        scim_sync_puller_make(&means, apr_pstrcat(fake->p, host, "/1", NULL), fake->puller_pool);
}

google_fake_t *google_fake(void **state)
{
    database_t *database = store_of(state);
    const scim_sync_connector_t connector = { database, lend, take_back };
    google_fake_t *fake = apr_pcalloc(database->pool, sizeof(*fake));
    apr_global_mutex_t *turn;

    fake->database = database;
    fake->p = database->pool;
    fake->runtime = apr_pcalloc(fake->p, sizeof(*fake->runtime));
    fake->runtime->wake_fd = -1;
    OK(apr_global_mutex_create(&turn, NULL, APR_LOCK_PROC_PTHREAD, fake->p));
    OK(scim_sync_writer_create(&fake->runtime->writer, &connector, turn, fake->p));
    fake->waiting = apr_array_make(fake->p, 16, sizeof(waiting_t));
    fake->faults = apr_array_make(fake->p, 4, sizeof(fault_t));
    store_idp(database->db, "google", "main", fake->p);
    google_is_empty(fake);
    the_fake = fake;
    the_time = apr_time_from_sec(1000);
    each_look = 0;
    make_puller(fake, "host1");
    return fake;
}

const database_t *google_database(const google_fake_t *fake)
{
    return fake->database;
}

scim_sync_runtime_t *google_runtime(const google_fake_t *fake)
{
    return fake->runtime;
}

/* ---- what is there ---- */

void google_is_empty(google_fake_t *fake)
{
    fake->lists = scim_sync_json_own(json_object(), fake->p);
}

static void add(google_fake_t *fake, const char *list, json_t *entry)
{
    if (!json_object_get(fake->lists, list)) {
        json_object_set_new(fake->lists, list, json_array());
    }
    json_array_append_new(json_object_get(fake->lists, list), entry);
}

void google_has(google_fake_t *fake, const char *list, const char *entry)
{
    json_t *j = json_loads(entry, 0, NULL);

    assert_non_null(j);
    add(fake, list, j);
}

void google_has_user(google_fake_t *fake, const char *id, const char *email, int suspended)
{
    add(fake, "users",
        json_pack("{s:s, s:s, s:{s:s, s:s, s:s}, s:b, s:b}", "id", id, "primaryEmail", email,
                  "name", "givenName", "Ann", "familyName", id, "fullName", "Ann", "suspended",
                  suspended, "archived", 0));
}

void google_has_group(google_fake_t *fake, const char *id, const char *name)
{
    add(fake, "groups",
        json_pack("{s:s, s:o, s:s, s:s}", "id", id, "email", json_sprintf("%s@example.com", id),
                  "name", name, "directMembersCount", "0"));
}

void google_has_member(google_fake_t *fake, const char *group, const char *id, const char *type)
{
    add(fake, group, json_pack("{s:s, s:s, s:s}", "id", id, "type", type, "role", "MEMBER"));
}

void google_fails(google_fake_t *fake, const char *part, int after, int times, int status,
                  const char *body)
{
    APR_ARRAY_PUSH(fake->faults, fault_t) = (fault_t) { part, after, times, status, body };
}

void google_recovers(google_fake_t *fake)
{
    fake->faults->nelts = 0;
}

const char *google_error(google_fake_t *fake, int code, const char *domain, const char *reason)
{
    return apr_psprintf(fake->p,
                        "{\"error\": {\"code\": %d, \"message\": \"demo %s\", \"errors\": "
                        "[{\"domain\": \"%s\", \"reason\": \"%s\", \"message\": \"demo\"}]}}",
                        code, reason, domain, reason);
}

void google_hangs(google_fake_t *fake, int hangs)
{
    fake->hangs = hangs;
}

void google_disconnects(google_fake_t *fake, const char *why)
{
    fake->why = why;
}

/* ---- answering ---- */

static const char *page_of(google_fake_t *fake, const char *key, const char *name, const char *url,
                           apr_pool_t *p)
{
    const char *token = strstr(url, "pageToken=");
    const json_t *all = json_object_get(fake->lists, key);
    size_t from = token ? (size_t)atoi(token + strlen("pageToken=")) : 0;
    json_t *page = scim_sync_json_own(json_object(), p);
    json_t *list = json_array();
    size_t i;

    for (i = from; i < json_array_size(all) && i < from + ON_PAGE; i++) {
        json_array_append(list, json_array_get(all, i));
    }
    json_object_set_new(page, "kind", json_sprintf("admin#directory#%s", name));
    if (json_array_size(list) > 0 || !strcmp(name, "users")) {
        json_object_set(page, name, list);
    }
    json_decref(list);
    if (i < json_array_size(all)) {
        json_object_set_new(page, "nextPageToken", json_sprintf("%d", (int)i));
    }
    return scim_sync_json_text(page, NULL, p);
}

static const char *body_of(google_fake_t *fake, const char *url, apr_pool_t *p)
{
    const char *group = strstr(url, "/groups/");

    if (group) {
        group += strlen("/groups/");
        return page_of(fake, apr_pstrndup(p, group, strcspn(group, "/")), "members", url, p);
    }
    return strstr(url, "/users?") ? page_of(fake, "users", "users", url, p)
                                  : page_of(fake, "groups", "groups", url, p);
}

static int is_hit(fault_t *fault, const char *url)
{
    if (!strstr(url, fault->part) || (fault->after > 0 && fault->after-- > 0)) {
        return 0;
    }
    return fault->times > 0 && fault->times-- > 0;
}

static void answer(google_fake_t *fake, const waiting_t *call)
{
    scim_sync_answer_t *a = apr_pcalloc(call->p, sizeof(*a));

    a->status = 200;
    a->rate = (scim_sync_rate_t)SCIM_SYNC_RATE_UNSAID;
    a->body = body_of(fake, call->url, call->p);
    a->sent = 1;
    for (int i = 0; i < fake->faults->nelts; i++) {
        fault_t *fault = &APR_ARRAY_IDX(fake->faults, i, fault_t);

        if (is_hit(fault, call->url)) {
            a->status = fault->status;
            a->body = fault->body ? fault->body : "";
            a->failure = fault->status == 0 ? "the connection was closed" : NULL;
            break;
        }
    }
    a->length = strlen(a->body);
    fake->calls++;
    call->done(call->baton, a);
}

/* As the transport does it: in turn, each when it may be sent. */
static void answer_all(google_fake_t *fake)
{
    apr_array_header_t *calls = apr_array_copy(fake->p, fake->waiting);

    if (fake->hangs) {
        return;
    }
    fake->waiting->nelts = 0;
    for (int i = 0; i < calls->nelts; i++) {
        waiting_t *call = &APR_ARRAY_IDX(calls, i, waiting_t);
        apr_interval_time_t wait;

        while ((wait = call->passage.may_send ? call->passage.may_send(call->passage.baton) : 0) >
               0) {
            the_time += wait;
        }
        if (wait < 0) {
            scim_sync_answer_t dropped = { .dropped = 1, .body = "" };

            call->done(call->baton, &dropped);
            continue;
        }
        answer(fake, call);
    }
}

/* ---- working ---- */

apr_int64_t google_ask(google_fake_t *fake, int trust)
{
    apr_int64_t id;
    int first;

    OK(scim_sync_google_run_ask(fake->database->db, "google", SCIM_SYNC_RUN_DEMAND, "admin:jane",
                                trust, &id, &first, fake->p));
    return id;
}

static void one_pass(google_fake_t *fake)
{
    apr_int64_t wait = 2000;
    apr_pool_t *p;

    apr_pool_create(&p, fake->p);
    OK(scim_sync_puller_pass(fake->puller, &wait, p));
    apr_pool_destroy(p);
    if (fake->waiting->nelts > 0) {
        answer_all(fake);
    }
    else {
        the_time += apr_time_from_msec(wait);
    }
}

void google_work_for(google_fake_t *fake, int passes)
{
    while (passes-- > 0) {
        one_pass(fake);
    }
}

static int is_open(const google_fake_t *fake)
{
    return database_number(fake->database->db, "SELECT COUNT(*) FROM google_run WHERE ended = 0",
                           fake->p) > 0;
}

void google_work(google_fake_t *fake)
{
    int passes = 0;

    while (is_open(fake)) {
        assert_true(passes++ < PATIENCE);
        one_pass(fake);
    }
    /* What ended gives its lease back. */
    one_pass(fake);
}

const char *google_pull(google_fake_t *fake, int trust)
{
    apr_int64_t id = google_ask(fake, trust);
    scim_sync_google_run_t *run;

    google_work(fake);
    OK(scim_sync_google_run_load(fake->database->db, &run, "google", id, fake->p));
    return run->detail ? apr_pstrcat(fake->p, run->state, ": ", run->detail, NULL) : run->state;
}

void google_restart(google_fake_t *fake, const char *host)
{
    fake->waiting->nelts = 0;
    apr_pool_destroy(fake->puller_pool);
    make_puller(fake, host);
}

int google_calls(const google_fake_t *fake)
{
    return fake->calls;
}

int google_at_once(const google_fake_t *fake)
{
    return fake->at_once;
}

int google_tokens(const google_fake_t *fake)
{
    return fake->tokens;
}

double google_seconds(const google_fake_t *fake)
{
    (void)fake;
    return (double)(the_time - apr_time_from_sec(1000)) / APR_USEC_PER_SEC;
}

void google_is_slow(google_fake_t *fake)
{
    (void)fake;
    each_look = APR_USEC_PER_SEC;
}
