/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration in shared memory: always a whole one, never an older one, and no leak. */
#include "unit.h"

#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <apr_time.h>

#include "base/json.h"
#include "store/shared.h"

#define INSTANCE "00000000000000aa"

enum { SIZE = 512 * 1024 };

typedef struct {
    void *segment;
    apr_global_mutex_t *turn;
    scim_sync_shared_t *shared;
    apr_pool_t *p;
} segment_t;

static segment_t *make_segment(apr_pool_t *p, apr_size_t size)
{
    segment_t *s = apr_pcalloc(p, sizeof(*s));

    s->p = p;
    s->segment = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(s->segment != MAP_FAILED);
    scim_sync_shared_format(s->segment, size);
    assert_int_equal(apr_global_mutex_create(&s->turn, NULL, APR_LOCK_PROC_PTHREAD, p),
                     APR_SUCCESS);
    assert_int_equal(scim_sync_shared_attach(&s->shared, s->segment, s->turn, p), APR_SUCCESS);
    return s;
}

/* A snapshot of n IdPs with a token each; all in it says the generation. */
static json_t *snapshot(const char *instance, int generation, int n, apr_pool_t *p)
{
    json_t *idps = json_array();

    for (int i = 0; i < n; i++) {
        json_array_append_new(
            idps, json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:s, s:i}]}", "name",
                            apr_psprintf(p, "idp%d", i), "provider",
                            apr_psprintf(p, "p%d", generation), "mode", "users", "state", "live",
                            "tokens", "id", apr_psprintf(p, "00000000-0000-4000-8000-%012d", i),
                            "hash", apr_psprintf(p, "hash%d", i), "expires", generation));
    }
    return scim_sync_json_own(json_pack("{s:s, s:i, s:o}", "instance", instance, "generation",
                                        generation, "idps", idps),
                              p);
}

static apr_status_t publish(segment_t *s, const char *instance, int generation, int n)
{
    return scim_sync_shared_publish(s->shared, snapshot(instance, generation, n, s->p), s->p);
}

/* The generation that the view is of; 0 when it holds parts of two. */
static apr_int64_t generation_of(const scim_sync_view_t *view, apr_pool_t *p)
{
    apr_int64_t seen = -1;

    for (apr_hash_index_t *i = apr_hash_first(p, view->tokens); i; i = apr_hash_next(i)) {
        const scim_sync_view_token_t *token = apr_hash_this_val(i);

        if ((seen != -1 && token->expires != seen) ||
            apr_atoi64(token->idp->provider + 1) != token->expires) {
            return 0;
        }
        seen = token->expires;
    }
    return apr_hash_count(view->tokens) == apr_hash_count(view->idps) ? seen : 0;
}

static apr_int64_t published(segment_t *s)
{
    const scim_sync_view_t *view = scim_sync_shared_view(s->shared, s->p);

    return view ? generation_of(view, s->p) : -2;
}

static void test_a_segment_is_recognised(void **state)
{
    segment_t *s = make_segment(*state, SIZE);

    assert_true(scim_sync_shared_is_ours(s->segment, SIZE));
    assert_false(scim_sync_shared_is_ours(s->segment, SIZE / 2));
    memset(s->segment, 0, 64);
    assert_false(scim_sync_shared_is_ours(s->segment, SIZE));
}

static void test_what_is_published_is_seen(void **state)
{
    segment_t *s = make_segment(*state, SIZE);
    const scim_sync_view_token_t *token;
    const scim_sync_view_idp_t *idp;
    const scim_sync_view_t *view;

    assert_null(scim_sync_shared_view(s->shared, s->p));
    assert_int_equal(scim_sync_shared_edition(s->shared), 0);
    assert_false(scim_sync_shared_is_current(s->shared, INSTANCE, 0));
    assert_int_equal(publish(s, INSTANCE, 7, 3), APR_SUCCESS);
    assert_int_equal(scim_sync_shared_edition(s->shared), 1);
    view = scim_sync_shared_view(s->shared, s->p);
    assert_int_equal(apr_hash_count(view->idps), 3);
    idp = apr_hash_get(view->idps, "idp1", APR_HASH_KEY_STRING);
    token = apr_hash_get(view->tokens, "hash1", APR_HASH_KEY_STRING);
    assert_ptr_equal(token->idp, idp);
    assert_string_equal(token->id, "00000000-0000-4000-8000-000000000001");
    assert_int_equal(token->expires, 7);
    assert_string_equal(idp->name, "idp1");
    assert_string_equal(idp->provider, "p7");
    assert_string_equal(idp->mode, "users");
    assert_string_equal(idp->state, "live");
    assert_null(apr_hash_get(view->tokens, "hash9", APR_HASH_KEY_STRING));
    assert_ptr_equal(scim_sync_shared_view(s->shared, s->p), view);
}

static void test_an_older_one_does_not_win(void **state)
{
    segment_t *s = make_segment(*state, SIZE);

    assert_int_equal(publish(s, INSTANCE, 7, 1), APR_SUCCESS);
    assert_int_equal(publish(s, INSTANCE, 6, 1), APR_SUCCESS);
    assert_int_equal(published(s), 7);
    assert_int_equal(publish(s, INSTANCE, 7, 2), APR_SUCCESS);
    assert_int_equal(scim_sync_shared_edition(s->shared), 1);
    assert_int_equal(publish(s, INSTANCE, 8, 2), APR_SUCCESS);
    assert_int_equal(published(s), 8);
    assert_true(scim_sync_shared_is_current(s->shared, INSTANCE, 8));
    assert_true(scim_sync_shared_is_current(s->shared, INSTANCE, 7));
    assert_false(scim_sync_shared_is_current(s->shared, INSTANCE, 9));
}

/* Another database (a backup was restored, DBDParams were changed) counts anew. */
static void test_another_database_wins(void **state)
{
    segment_t *s = make_segment(*state, SIZE);

    assert_int_equal(publish(s, INSTANCE, 7, 1), APR_SUCCESS);
    assert_false(scim_sync_shared_is_current(s->shared, "00000000000000bb", 3));
    assert_int_equal(publish(s, "00000000000000bb", 3, 1), APR_SUCCESS);
    assert_int_equal(published(s), 3);
    assert_int_equal(scim_sync_shared_edition(s->shared), 2);
}

/* One IdP with so many tokens that somebody has ended. */
static json_t *with_ended(int generation, int ended, apr_pool_t *p)
{
    json_t *made = snapshot(INSTANCE, generation, 1, p);
    json_t *idp = json_array_get(json_object_get(made, "idps"), 0);
    json_t *list = json_array();

    for (int i = 0; i < ended; i++) {
        json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:s, s:s}", "id",
                                              apr_psprintf(p, "e%d", i), "hash",
                                              apr_psprintf(p, "ended%d", i), "ended", 7, "how",
                                              "revoked", "who", "admin:jane"));
    }
    json_object_set_new(idp, "ended", list);
    json_object_set_new(idp, "made", json_integer(3));
    json_object_set_new(idp, "perMinute", json_integer(60));
    json_object_set_new(idp, "allowFrom", json_pack("[s, s]", "192.0.2.0/24", "no network"));
    return made;
}

static void test_ended_tokens_and_limits_are_seen(void **state)
{
    segment_t *s = make_segment(*state, SCIM_SYNC_SHARED_MIN);
    const scim_sync_view_token_t *token;
    const scim_sync_view_t *view;

    assert_int_equal(scim_sync_shared_publish(s->shared, with_ended(1, 2, s->p), s->p),
                     APR_SUCCESS);
    view = scim_sync_shared_view(s->shared, s->p);
    token = apr_hash_get(view->tokens, "ended1", APR_HASH_KEY_STRING);
    assert_string_equal(token->id, "e1");
    assert_string_equal(token->how, "revoked");
    assert_string_equal(token->who, "admin:jane");
    assert_int_equal(token->ended, 7);
    assert_int_equal(token->idp->made, 3);
    assert_int_equal(token->idp->per_minute, 60);
    assert_int_equal(token->idp->allow_from->nelts, 1);
    token = apr_hash_get(view->tokens, "hash0", APR_HASH_KEY_STRING);
    assert_int_equal(token->ended, 0);
}

/* A token can be revoked whatever room there is; which it was is known only if there is some. */
static void test_for_want_of_room_ended_tokens_are_forgotten(void **state)
{
    segment_t *s = make_segment(*state, SCIM_SYNC_SHARED_MIN);
    json_t *large = with_ended(1, 5000, s->p);
    const scim_sync_view_t *view;

    assert_true(scim_sync_shared_fits(s->shared, large, s->p));
    assert_int_equal(scim_sync_shared_publish(s->shared, large, s->p), APR_SUCCESS);
    view = scim_sync_shared_view(s->shared, s->p);
    assert_int_equal(apr_hash_count(view->tokens), 1);
    assert_non_null(apr_hash_get(view->tokens, "hash0", APR_HASH_KEY_STRING));
}

static void test_what_does_not_fit_changes_nothing(void **state)
{
    segment_t *s = make_segment(*state, SCIM_SYNC_SHARED_MIN);
    int n = 10;

    assert_int_equal(publish(s, INSTANCE, 1, n), APR_SUCCESS); /* "room for some ten IdPs" */
    assert_int_equal(publish(s, INSTANCE, 2, 10000), APR_ENOSPC);
    assert_int_equal(published(s), 1);
    assert_false(scim_sync_shared_is_current(s->shared, INSTANCE, 2));
    while (publish(s, INSTANCE, n, n) == APR_SUCCESS) { /* full to the last byte but some */
        assert_int_equal(published(s), n);
        assert_true(scim_sync_shared_fits(s->shared, snapshot(INSTANCE, n, n, s->p), s->p));
        n++;
    }
    assert_true(n > 20);
    assert_false(scim_sync_shared_fits(s->shared, snapshot(INSTANCE, n, n, s->p), s->p));
    assert_int_equal(published(s), n - 1);
}

/* ---- views and their memory ---- */

static void test_a_view_outlives_the_next_one(void **state)
{
    segment_t *s = make_segment(*state, SIZE);
    const scim_sync_view_t *old;
    apr_pool_t *request;

    apr_pool_create(&request, s->p);
    assert_int_equal(publish(s, INSTANCE, 1, 5), APR_SUCCESS);
    old = scim_sync_shared_view(s->shared, request);
    assert_int_equal(publish(s, INSTANCE, 2, 5), APR_SUCCESS);
    assert_int_equal(published(s), 2);
    assert_int_equal(generation_of(old, request), 1);
    apr_pool_destroy(request);
    assert_int_equal(published(s), 2);
}

/* Under AddressSanitizer, for which mallinfo2() is nothing. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t memory_in_use(void)
{
    if (__sanitizer_get_current_allocated_bytes != NULL) {
        return __sanitizer_get_current_allocated_bytes();
    }
    return mallinfo2().uordblks;
}

static void test_views_are_released(void **state)
{
    segment_t *s = make_segment(*state, SIZE);
    size_t before = 0;
    apr_pool_t *p;

    apr_pool_create(&p, s->p);
    for (int i = 1; i <= 3000; i++) {
        assert_int_equal(scim_sync_shared_publish(s->shared, snapshot(INSTANCE, i, 40, p), p),
                         APR_SUCCESS);
        assert_int_equal(generation_of(scim_sync_shared_view(s->shared, p), p), i);
        apr_pool_clear(p);
        if (i == 1500) {
            before = memory_in_use();
        }
    }
    assert_in_range(memory_in_use(), 0, before + 1024 * 1024); /* 1500 views are 60 MB */
}

/* ---- many at once ---- */

enum { READERS = 4, FIRST = 10000, LAST = 11500 };

typedef struct {
    segment_t *segment;
    _Atomic int stop;
    _Atomic int torn;
    _Atomic int back; /* a view that was older than the one before */
    _Atomic int seen;
} crowd_t;

static void *APR_THREAD_FUNC read_views(apr_thread_t *thread, void *data)
{
    crowd_t *crowd = data;
    apr_int64_t last = 0;
    apr_pool_t *p;

    apr_pool_create(&p, apr_thread_pool_get(thread));
    while (!crowd->stop) {
        const scim_sync_view_t *view = scim_sync_shared_view(crowd->segment->shared, p);
        apr_int64_t generation = view ? generation_of(view, p) : 0;

        crowd->torn += generation == 0;
        crowd->back += generation < last;
        crowd->seen++;
        last = generation;
        apr_pool_clear(p);
    }
    apr_pool_destroy(p);
    return NULL;
}

/*
 * Publishes from another process, as a sibling of httpd's children does. Most have the same length:
 * parts of two of them would make one that can be parsed.
 */
static void publish_in_child(segment_t *s)
{
    apr_global_mutex_t *turn = s->turn;
    scim_sync_shared_t *shared;
    apr_pool_t *p;

    if (apr_global_mutex_child_init(&turn, NULL, s->p) != APR_SUCCESS ||
        scim_sync_shared_attach(&shared, s->segment, turn, s->p) != APR_SUCCESS) {
        _exit(2);
    }
    apr_pool_create(&p, s->p);
    for (int i = FIRST + 1; i <= LAST; i++) {
        if (scim_sync_shared_publish(shared, snapshot(INSTANCE, i, i % 10 ? 300 : 20, p), p)) {
            _exit(1);
        }
        apr_pool_clear(p);
    }
    _exit(0);
}

static void test_readers_never_see_a_torn_one(void **state)
{
    segment_t *s = make_segment(*state, SIZE);
    crowd_t crowd = { .segment = s };
    apr_thread_t *threads[READERS];
    apr_status_t rv;
    int status;
    pid_t pid;

    assert_int_equal(publish(s, INSTANCE, FIRST, 300), APR_SUCCESS);
    pid = fork(); /* before there are threads */
    assert_true(pid >= 0);
    if (pid == 0) {
        publish_in_child(s);
    }
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, read_views, &crowd, s->p),
                         APR_SUCCESS);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    crowd.stop = 1;
    for (int i = 0; i < READERS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    assert_int_equal(status, 0);
    assert_int_equal(crowd.torn, 0);
    assert_int_equal(crowd.back, 0);
    assert_true(crowd.seen > 0);
    assert_int_equal(published(s), LAST);
}

/* ---- a publisher that is killed ---- */

/* Publish onto a page that can't be written: the process dies in the midst of it. */
static void die_publishing(segment_t *s, int generation)
{
    char *page = (char *)s->segment + SIZE / 2;
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        mprotect(page, (size_t)sysconf(_SC_PAGESIZE), PROT_READ);
        publish(s, INSTANCE, generation, 2000);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

/* Whoever compares with the database finds that it is not there, and publishes it. */
static void test_a_killed_publisher_is_made_good(void **state)
{
    segment_t *s = make_segment(*state, SIZE);
    const scim_sync_view_t *before;
    scim_sync_shared_t *newcomer;

    assert_int_equal(publish(s, INSTANCE, 1, 3), APR_SUCCESS);
    before = scim_sync_shared_view(s->shared, s->p);
    die_publishing(s, 2);
    assert_ptr_equal(scim_sync_shared_view(s->shared, s->p), before);
    assert_int_equal(scim_sync_shared_attach(&newcomer, s->segment, s->turn, s->p), APR_SUCCESS);
    assert_null(scim_sync_shared_view(newcomer, s->p)); /* it has nothing, and does not hang */
    assert_false(scim_sync_shared_is_current(s->shared, INSTANCE, 2));
    assert_int_equal(publish(s, INSTANCE, 2, 4), APR_SUCCESS);
    assert_true(scim_sync_shared_is_current(s->shared, INSTANCE, 2));
    assert_int_equal(published(s), 2);
    assert_int_equal(generation_of(scim_sync_shared_view(newcomer, s->p), s->p), 2);
}

/* Nobody has a view yet: none is given out until it was made good. */
static void test_a_killed_first_publisher_is_made_good(void **state)
{
    segment_t *s = make_segment(*state, SIZE);

    die_publishing(s, 1);
    assert_null(scim_sync_shared_view(s->shared, s->p));
    assert_false(scim_sync_shared_is_current(s->shared, INSTANCE, 1));
    assert_int_equal(publish(s, INSTANCE, 1, 2000), APR_SUCCESS);
    assert_int_equal(published(s), 1);
    die_publishing(s, 2);
    assert_int_equal(publish(s, INSTANCE, 3, 5), APR_SUCCESS);
    assert_int_equal(published(s), 3);
}

/* ---- what lives beside ---- */

static void test_tokens_remember_their_last_use(void **state)
{
    segment_t *s = make_segment(*state, SIZE);
    const char *id = "00000000-0000-4000-8000-000000000003";
    const scim_sync_view_token_t *token;

    assert_int_equal(publish(s, INSTANCE, 1, 300), APR_SUCCESS);
    token =
        apr_hash_get(scim_sync_shared_view(s->shared, s->p)->tokens, "hash3", APR_HASH_KEY_STRING);
    assert_int_equal(scim_sync_shared_token_last_used(s->shared, id), 0);
    scim_sync_shared_token_used(s->shared, token, 1234);
    assert_int_equal(scim_sync_shared_token_last_used(s->shared, id), 1234);
    assert_int_equal(
        scim_sync_shared_token_last_used(s->shared, "00000000-0000-4000-8000-000000000004"), 0);
    assert_int_equal(scim_sync_shared_token_last_used(s->shared, "unknown"), 0);
    assert_int_equal(publish(s, INSTANCE, 2, 300), APR_SUCCESS);
    assert_int_equal(scim_sync_shared_token_last_used(s->shared, id), 1234);
}

static void test_a_token_without_a_slot_works(void **state)
{
    segment_t *s = make_segment(*state, SIZE);
    const scim_sync_view_t *view;
    int without = 0;

    assert_int_equal(publish(s, INSTANCE, 1, 1100), APR_SUCCESS); /* there are 1024 */
    view = scim_sync_shared_view(s->shared, s->p);
    assert_int_equal(apr_hash_count(view->tokens), 1100);
    for (apr_hash_index_t *i = apr_hash_first(s->p, view->tokens); i; i = apr_hash_next(i)) {
        const scim_sync_view_token_t *token = apr_hash_this_val(i);

        without += token->slot < 0;
        scim_sync_shared_token_used(s->shared, token, 9);
        assert_int_equal(scim_sync_shared_token_last_used(s->shared, token->id),
                         token->slot < 0 ? 0 : 9);
    }
    assert_int_equal(without, 1100 - 1024);
}

static void test_counters_and_gauges(void **state)
{
    segment_t *s = make_segment(*state, SIZE);
    scim_sync_shared_t *other;

    assert_int_equal(scim_sync_shared_attach(&other, s->segment, s->turn, s->p), APR_SUCCESS);
    for (int i = 0; i < SCIM_SYNC_COUNTERS; i++) {
        for (int n = 0; n <= i; n++) {
            scim_sync_shared_count(s->shared, (scim_sync_counter_t)i);
        }
    }
    for (int i = 0; i < SCIM_SYNC_COUNTERS; i++) {
        assert_int_equal(scim_sync_shared_counter(other, (scim_sync_counter_t)i), i + 1);
    }
    scim_sync_shared_set_provisioner(s->shared, 4711);
    scim_sync_shared_set_next_try(s->shared, 1700000000123);
    assert_int_equal(scim_sync_shared_provisioner(other), 4711);
    assert_true(scim_sync_shared_next_try(other) == 1700000000123);
}

/* What was counted is noted once; what comes meanwhile is the next time's. */
static void test_what_is_new_since_it_was_noted(void **state)
{
    segment_t *s = make_segment(*state, SIZE);
    scim_sync_shared_news_t news;

    scim_sync_shared_count(s->shared, SCIM_SYNC_COUNT_REQUESTS);
    scim_sync_shared_took(s->shared, 30);
    scim_sync_shared_took(s->shared, 70);
    scim_sync_shared_took(s->shared, 50);
    scim_sync_shared_news(s->shared, &news);
    assert_int_equal(news.counts[SCIM_SYNC_COUNT_REQUESTS], 1);
    assert_int_equal(news.counts[SCIM_SYNC_COUNT_BUSY], 150);
    assert_int_equal(news.longest, 70);
    scim_sync_shared_count(s->shared, SCIM_SYNC_COUNT_REQUESTS);
    scim_sync_shared_took(s->shared, 90);
    scim_sync_shared_note(s->shared, &news);
    scim_sync_shared_news(s->shared, &news);
    assert_int_equal(news.counts[SCIM_SYNC_COUNT_REQUESTS], 1);
    assert_int_equal(news.counts[SCIM_SYNC_COUNT_BUSY], 90);
    assert_int_equal(news.longest, 90);
    scim_sync_shared_note(s->shared, &news);
    scim_sync_shared_news(s->shared, &news);
    assert_int_equal(news.counts[SCIM_SYNC_COUNT_REQUESTS], 0);
    assert_int_equal(news.longest, 0);
    assert_int_equal(scim_sync_shared_counter(s->shared, SCIM_SYNC_COUNT_REQUESTS), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_a_segment_is_recognised),
        UNIT_TEST(test_what_is_published_is_seen),
        UNIT_TEST(test_an_older_one_does_not_win),
        UNIT_TEST(test_another_database_wins),
        UNIT_TEST(test_ended_tokens_and_limits_are_seen),
        UNIT_TEST(test_for_want_of_room_ended_tokens_are_forgotten),
        UNIT_TEST(test_what_does_not_fit_changes_nothing),
        UNIT_TEST(test_a_view_outlives_the_next_one),
        UNIT_TEST(test_views_are_released),
        UNIT_TEST(test_readers_never_see_a_torn_one),
        UNIT_TEST(test_a_killed_publisher_is_made_good),
        UNIT_TEST(test_a_killed_first_publisher_is_made_good),
        UNIT_TEST(test_tokens_remember_their_last_use),
        UNIT_TEST(test_a_token_without_a_slot_works),
        UNIT_TEST(test_counters_and_gauges),
        UNIT_TEST(test_what_is_new_since_it_was_noted),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
