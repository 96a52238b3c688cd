/* SPDX-License-Identifier: Apache-2.0 */
/* net/transport, many calls at once: how many, over which connections, waiting and giving up. */
#include "transport_fixture.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* --- many calls --- */

static void start_many(scim_sync_transport_t *transport, const char *url, int count, seen_t *seen,
                       apr_pool_t *p)
{
    for (int i = 0; i < count; i++) {
        start(transport, url, seen, p);
        assert_int_equal(scim_sync_transport_busy(transport), i + 1);
    }
}

static void many_are_in_flight_at_once(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(8, PATIENCE, *state);
    seen_t seen = { 0 };

    start_many(transport, http_stub_url(stub, "/hold/8", *state), 8, &seen, *state);
    wait_for(transport, &seen, 8);
    assert_string_equal(seen.last->body, "held");
    assert_int_equal(scim_sync_transport_busy(transport), 0);
    assert_int_equal(http_stub_connections(stub), 8);
}

static void no_more_are_in_flight_than_allowed(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(2, PATIENCE, *state);
    seen_t seen = { 0 };

    start_many(transport, http_stub_url(stub, "/hold/2", *state), 10, &seen, *state);
    wait_for(transport, &seen, 10);
    assert_int_equal(http_stub_requests(stub), 10);
    assert_int_equal(http_stub_most_held(stub), 2);
    assert_int_equal(http_stub_connections(stub), 2);
}

static void connections_are_kept(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(4, PATIENCE, *state);
    seen_t seen = { 0 };

    for (int i = 1; i <= 20; i++) {
        start(transport, http_stub_url(stub, "/echo", *state), &seen, *state);
        wait_for(transport, &seen, i);
    }
    assert_int_equal(http_stub_connections(stub), 1);
}

static void a_closed_connection_is_opened_anew(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(4, PATIENCE, *state);
    seen_t seen = { 0 };

    for (int i = 1; i <= 3; i++) {
        start(transport, http_stub_url(stub, "/close", *state), &seen, *state);
        wait_for(transport, &seen, i);
        assert_int_equal(seen.last->status, 200);
    }
    assert_int_equal(http_stub_connections(stub), 3);
}

typedef struct {
    scim_sync_transport_t *transport;
    const char *url;
    apr_pool_t *p;
    seen_t seen;
} chain_t;

/* Starts its own successor, four times. */
static void go_on(void *baton, const scim_sync_answer_t *answer)
{
    chain_t *chain = baton;

    see(&chain->seen, answer);
    if (chain->seen.count < 5) {
        scim_sync_call_t call = get(chain->url);

        assert_int_equal(scim_sync_transport_start(chain->transport, &call, go_on, chain, chain->p),
                         APR_SUCCESS);
    }
}

static void callbacks_may_start_calls(void **state)
{
    http_stub_t *stub = stub_of(*state);
    chain_t chain = {
        transport_of(1, PATIENCE, *state), http_stub_url(stub, "/echo", *state), *state, { 0 }
    };
    scim_sync_call_t call = get(chain.url);

    scim_sync_transport_start(chain.transport, &call, go_on, &chain, *state);
    wait_for(chain.transport, &chain.seen, 5);
    assert_int_equal(scim_sync_transport_busy(chain.transport), 0);
    assert_int_equal(http_stub_requests(stub), 5);
}

/* --- what a call must pass --- */

typedef struct {
    apr_interval_time_t wait; /* what it is told when it asks */
    int asked, landed;
    int status; /* that landed */
} turnstile_t;

static apr_interval_time_t ask(void *baton)
{
    turnstile_t *turnstile = baton;

    turnstile->asked++;
    return turnstile->wait;
}

static void land(void *baton, const scim_sync_answer_t *answer)
{
    turnstile_t *turnstile = baton;

    turnstile->landed++;
    turnstile->status = answer->status;
}

static void start_behind(scim_sync_transport_t *transport, const char *url, turnstile_t *turnstile,
                         seen_t *seen, apr_pool_t *p)
{
    scim_sync_call_t call = get(url);

    call.passage = (scim_sync_passage_t) { ask, land, turnstile };
    assert_int_equal(scim_sync_transport_start(transport, &call, see, seen, p), APR_SUCCESS);
}

static void a_call_waits_until_it_may_be_sent(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(4, apr_time_from_msec(500), *state);
    const char *url = http_stub_url(stub, "/echo", *state);
    turnstile_t turnstile = { .wait = apr_time_from_msec(20) };
    apr_time_t begin = apr_time_now();
    seen_t held = { 0 };
    seen_t other = { 0 };

    start_behind(transport, url, &turnstile, &held, *state);
    start(transport, url, &other, *state);
    wait_for(transport, &other, 1);
    assert_int_equal(held.count, 0);
    assert_int_equal(scim_sync_transport_waiting(transport), 1);
    /* It is asked again when its time is over, and its time-out does not run meanwhile. */
    while (apr_time_now() - begin < apr_time_from_msec(700)) {
        scim_sync_transport_wait(transport, NULL, NULL, 0, apr_time_from_msec(50));
    }
    assert_true(turnstile.asked >= 15);
    assert_int_equal(turnstile.landed, 0);
    turnstile.wait = 0;
    wait_for(transport, &held, 1);
    assert_int_equal(held.last->status, 200);
    assert_int_equal(turnstile.landed, 1);
    assert_int_equal(turnstile.status, 200);
    assert_int_equal(http_stub_requests(stub), 2);
}

static void a_wait_is_slept_through(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(4, PATIENCE, *state);
    turnstile_t turnstile = { .wait = apr_time_from_msec(200) };
    seen_t seen = { 0 };

    start_behind(transport, http_stub_url(stub, "/echo", *state), &turnstile, &seen, *state);
    scim_sync_transport_wait(transport, NULL, NULL, 0, apr_time_from_msec(400));
    assert_in_range(turnstile.asked, 2, 8);
}

static void a_call_that_must_not_be_sent_is_dropped(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(4, PATIENCE, *state);
    turnstile_t turnstile = { .wait = -1 };
    seen_t seen = { 0 };

    start_behind(transport, http_stub_url(stub, "/echo", *state), &turnstile, &seen, *state);
    wait_for(transport, &seen, 1);
    assert_true(seen.last->dropped);
    assert_false(seen.last->sent);
    assert_int_equal(seen.last->status, 0);
    assert_int_equal(turnstile.landed, 0);
    assert_int_equal(http_stub_requests(stub), 0);
}

static void a_push_works_on_calls_and_tells_nobody(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(1, PATIENCE, *state);
    turnstile_t turnstile = { .wait = 0 };
    seen_t seen = { 0 };

    for (int i = 0; i < 3; i++) {
        start_behind(transport, http_stub_url(stub, "/echo", *state), &turnstile, &seen, *state);
    }
    while (turnstile.landed < 3) {
        assert_int_equal(scim_sync_transport_push(transport), APR_SUCCESS);
    }
    assert_int_equal(seen.count, 0);
    assert_int_equal(scim_sync_transport_waiting(transport), 0);
    assert_int_equal(scim_sync_transport_busy(transport), 3);
    wait_for(transport, &seen, 3);
    assert_int_equal(scim_sync_transport_busy(transport), 0);
}

static void what_was_not_told_is_abandoned(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(1, PATIENCE, *state);
    turnstile_t turnstile = { .wait = 0 };
    seen_t seen = { 0 };

    start_behind(transport, http_stub_url(stub, "/echo", *state), &turnstile, &seen, *state);
    while (turnstile.landed < 1) {
        assert_int_equal(scim_sync_transport_push(transport), APR_SUCCESS);
    }
    scim_sync_transport_abandon(transport);
    scim_sync_transport_wait(transport, NULL, NULL, 0, 1000);
    assert_int_equal(seen.count, 0);
    assert_int_equal(scim_sync_transport_busy(transport), 0);
}

/* --- giving up --- */

static void give_up(void *baton, const scim_sync_answer_t *answer)
{
    chain_t *chain = baton;

    see(&chain->seen, answer);
    scim_sync_transport_abandon(chain->transport);
}

static void abandoned_calls_are_never_answered(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(2, PATIENCE, *state);
    seen_t seen = { 0 };
    seen_t later = { 0 };

    start_many(transport, http_stub_url(stub, "/hang", *state), 5, &seen, *state);
    scim_sync_transport_wait(transport, NULL, NULL, 0, 1000);
    scim_sync_transport_abandon(transport);
    assert_int_equal(scim_sync_transport_busy(transport), 0);
    start(transport, http_stub_url(stub, "/echo", *state), &later, *state);
    wait_for(transport, &later, 1);
    assert_int_equal(later.last->status, 200);
    assert_int_equal(seen.count, 0);
}

static void callbacks_may_abandon_the_others(void **state)
{
    http_stub_t *stub = stub_of(*state);
    chain_t chain = {
        transport_of(3, PATIENCE, *state), http_stub_url(stub, "/hold/3", *state), *state, { 0 }
    };
    scim_sync_call_t call = get(chain.url);

    for (int i = 0; i < 5; i++) {
        scim_sync_transport_start(chain.transport, &call, give_up, &chain, *state);
    }
    wait_for(chain.transport, &chain.seen, 1);
    assert_int_equal(chain.seen.count, 1);
    assert_int_equal(scim_sync_transport_busy(chain.transport), 0);
}

/*
 * The calls' pools may be the transport's own subpools. This one has an allocator of its own, so
 * that its memory is really given back and a sanitizer sees who still uses it.
 */
static void a_transport_may_go_with_calls_in_flight(void **state)
{
    http_stub_t *stub = stub_of(*state);
    seen_t seen = { 0 };
    apr_pool_t *own;
    apr_pool_t *of_call;
    apr_allocator_t *allocator;
    scim_sync_transport_t *transport;

    apr_pool_create(&own, NULL);
    transport = transport_of(1, PATIENCE, own);
    assert_int_equal(apr_allocator_create(&allocator), APR_SUCCESS);
    apr_pool_create_ex(&of_call, own, NULL, allocator);
    apr_allocator_owner_set(allocator, of_call);
    start_many(transport, http_stub_url(stub, "/hang", *state), 3, &seen, of_call);
    scim_sync_transport_wait(transport, NULL, NULL, 0, 1000);
    apr_pool_destroy(own);
    assert_int_equal(seen.count, 0);
}

static void a_silent_server_is_given_up(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(1, apr_time_from_msec(500), *state);
    apr_time_t begin = apr_time_now();
    seen_t seen = { 0 };

    /* The third waits in the queue: its time runs all the same. */
    start_many(transport, http_stub_url(stub, "/hang", *state), 3, &seen, *state);
    wait_for(transport, &seen, 1);
    assert_int_equal(seen.last->status, 0);
    assert_int_equal(seen.last->sent, 1);
    assert_non_null(strstr(seen.last->failure, "timed out"));
    wait_for(transport, &seen, 3);
    assert_true(apr_time_now() - begin >= apr_time_from_msec(500));
    assert_true(apr_time_now() - begin < apr_time_from_msec(1400));
}

/* --- waiting --- */

static void a_readable_descriptor_wakes(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(1, PATIENCE, *state);
    int fds[2] = { eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK) };
    int readable[2] = { 7, 7 };
    apr_time_t begin = apr_time_now();
    seen_t seen = { 0 };

    for (int in_flight = 0; in_flight < 2; in_flight++) {
        assert_int_equal(eventfd_write(fds[1], 1), 0);
        assert_int_equal(scim_sync_transport_wait(transport, fds, readable, 2, PATIENCE),
                         APR_SUCCESS);
        assert_int_equal(readable[0], 0);
        assert_int_equal(readable[1], 1);
        start(transport, http_stub_url(stub, "/hang", *state), &seen, *state);
    }
    assert_true(apr_time_now() - begin < PATIENCE);
    assert_int_equal(seen.count, 0);
    close(fds[0]);
    close(fds[1]);
}

static void waiting_ends_after_its_time(void **state)
{
    scim_sync_transport_t *transport = transport_of(1, PATIENCE, *state);
    apr_time_t begin = apr_time_now();
    int fd = eventfd(0, EFD_NONBLOCK);
    int readable = 7;

    assert_int_equal(scim_sync_transport_wait(transport, &fd, &readable, 1, apr_time_from_msec(50)),
                     APR_SUCCESS);
    assert_int_equal(readable, 0);
    assert_true(apr_time_now() - begin >= apr_time_from_msec(50));
    assert_true(apr_time_now() - begin < PATIENCE);
    close(fd);
}

static void *call_in_thread(void *data)
{
    chain_t *chain = data;
    scim_sync_call_t call = get(chain->url);

    scim_sync_transport_call(&chain->seen.last, &settings, &call, chain->p);
    return NULL;
}

static void blocking_calls_work_in_any_thread(void **state)
{
    http_stub_t *stub = stub_of(*state);
    chain_t chains[4];
    pthread_t threads[4];

    for (size_t i = 0; i < COUNT(chains); i++) {
        chains[i].url = http_stub_url(stub, "/hold/4", *state);
        apr_pool_create(&chains[i].p, NULL);
        assert_int_equal(pthread_create(&threads[i], NULL, call_in_thread, &chains[i]), 0);
    }
    for (size_t i = 0; i < COUNT(chains); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_string_equal(chains[i].seen.last->body, "held");
        apr_pool_destroy(chains[i].p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(many_are_in_flight_at_once),
        UNIT_TEST(no_more_are_in_flight_than_allowed),
        UNIT_TEST(connections_are_kept),
        UNIT_TEST(a_closed_connection_is_opened_anew),
        UNIT_TEST(callbacks_may_start_calls),
        UNIT_TEST(a_call_waits_until_it_may_be_sent),
        UNIT_TEST(a_wait_is_slept_through),
        UNIT_TEST(a_call_that_must_not_be_sent_is_dropped),
        UNIT_TEST(a_push_works_on_calls_and_tells_nobody),
        UNIT_TEST(what_was_not_told_is_abandoned),
        UNIT_TEST(abandoned_calls_are_never_answered),
        UNIT_TEST(callbacks_may_abandon_the_others),
        UNIT_TEST(a_transport_may_go_with_calls_in_flight),
        UNIT_TEST(a_silent_server_is_given_up),
        UNIT_TEST(a_readable_descriptor_wakes),
        UNIT_TEST(waiting_ends_after_its_time),
        UNIT_TEST(blocking_calls_work_in_any_thread),
    };

    return cmocka_run_group_tests(tests, transport_set_up, unit_apr_gone);
}
