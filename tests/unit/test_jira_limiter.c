/* SPDX-License-Identifier: Apache-2.0 */
/* jira/limiter: when a call may be sent, by a clock that the test sets. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "jira/limiter.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MS(n)        apr_time_from_msec(n)
#define SEC(n)       apr_time_from_sec(n)
#define START        SEC(1000)
#define SEARCH       "GET user/search"
#define CREATE       "POST user"
#define ADD          "POST group/user"
#define REMOVE       "DELETE group/user"
#define LATENCY      MS(50)

static scim_sync_limiter_t *limiter_of(void **state)
{
    return scim_sync_limiter_make(32, START, *state);
}

static scim_sync_rate_t burst(apr_int64_t retry_ms)
{
    scim_sync_rate_t rate = SCIM_SYNC_RATE_UNSAID;

    rate.retry_after_ms = retry_ms;
    rate.reason = SCIM_SYNC_REASON_BURST;
    return rate;
}

static scim_sync_rate_t rate_for(scim_sync_reason_t reason, apr_int64_t retry_ms)
{
    scim_sync_rate_t rate = burst(retry_ms);

    rate.reason = reason;
    return rate;
}

static scim_sync_rate_t bucket(double limit, double remaining)
{
    scim_sync_rate_t rate = SCIM_SYNC_RATE_UNSAID;

    rate.limit = limit;
    rate.remaining = remaining;
    return rate;
}

static void answer(scim_sync_limiter_t *limiter, const char *endpoint, int status,
                   scim_sync_rate_t rate, apr_time_t sent, apr_time_t now)
{
    scim_sync_limiter_heard(limiter, endpoint, status, &rate, sent, 1, now);
}

/* One call that is answered so after the usual time; when it came back. */
static apr_time_t call(scim_sync_limiter_t *limiter, const char *endpoint, int status,
                       scim_sync_rate_t rate, apr_time_t now)
{
    assert_int_equal(scim_sync_limiter_ask(limiter, endpoint, now), 0);
    answer(limiter, endpoint, status, rate, now, now + LATENCY);
    return now + LATENCY;
}

static apr_time_t well(scim_sync_limiter_t *limiter, const char *endpoint, apr_time_t now)
{
    return call(limiter, endpoint, 200, (scim_sync_rate_t)SCIM_SYNC_RATE_UNSAID, now);
}

/* How many calls may be sent at once, if their answers come at once, too. */
static int at_once(scim_sync_limiter_t *limiter, const char *endpoint, apr_time_t now)
{
    int count = 0;

    while (scim_sync_limiter_ask(limiter, endpoint, now) == 0 && count < 10000) {
        answer(limiter, endpoint, 200, (scim_sync_rate_t)SCIM_SYNC_RATE_UNSAID, now, now);
        count++;
    }
    return count;
}

/* How many may be in flight. */
static int window(scim_sync_limiter_t *limiter, const char *endpoint, apr_time_t now)
{
    int count = 0;

    while (scim_sync_limiter_ask(limiter, endpoint, now) == 0) {
        count++;
    }
    for (int i = 0; i < count; i++) {
        /* Refused at leisure: neither well nor a reason to slow down. */
        answer(limiter, endpoint, 200, (scim_sync_rate_t)SCIM_SYNC_RATE_UNSAID, now, now);
    }
    return count;
}

/* ---- how many a second ---- */

static void begins_with_what_is_documented(void **state)
{
    static const struct {
        const char *endpoint;
        int limit;
    } cases[] = {
        { "GET user/search", 100 },  { "POST user", 100 },
        { "POST group/user", 100 },  { "PUT user/columns", 50 },
        { "DELETE group/user", 50 }, { "GET user", 150 },
        { "GET user/groups", 100 },  { "GET project/{}/role/{}", 200 },
        { "POST group", 100 },       { "GET servicedesk/{}/customer", 5 },
    };
    scim_sync_limiter_t *limiter = limiter_of(state);

    for (apr_size_t i = 0; i < COUNT(cases); i++) {
        int limit = cases[i].limit;

        assert_int_equal(at_once(limiter, cases[i].endpoint, START), limit);
        assert_in_range(scim_sync_limiter_ask(limiter, cases[i].endpoint, START), SEC(1) / limit,
                        SEC(1) / limit + 1);
        assert_in_range(at_once(limiter, cases[i].endpoint, START + SEC(1) / 2), limit / 2 - 1,
                        limit / 2);
        assert_in_range(at_once(limiter, cases[i].endpoint, START + SEC(60)), limit - 1, limit);
    }
}

static void searches_for_users_share_a_limit(void **state)
{
    scim_sync_limiter_t *limiter = limiter_of(state);

    assert_int_equal(at_once(limiter, "GET user/search", START), 100);
    assert_int_equal(at_once(limiter, "GET users/search", START), 0);
}

static void learns_limits_from_answers(void **state)
{
    static const struct {
        double limit, fill, remaining;
        int at_once, after_half_a_second;
    } cases[] = {
        { 5, 5, -1, 5, 2 },       { 400, 0, -1, 100, 200 }, { 40, 20, -1, 40, 10 },
        { 100, 100, 30, 30, 50 }, { 100, 0, 0, 0, 50 },     { 65000, 0, 10, 100, 50 },
        { 0, 0, 3, 100, 50 },
    };

    for (apr_size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_limiter_t *limiter = limiter_of(state);
        scim_sync_rate_t rate = bucket(cases[i].limit, cases[i].remaining);
        apr_time_t now;

        rate.fill = cases[i].fill;
        now = call(limiter, ADD, 200, rate, START);
        assert_in_range(at_once(limiter, ADD, now), cases[i].at_once, cases[i].at_once);
        assert_in_range(at_once(limiter, ADD, now + SEC(1) / 2), cases[i].after_half_a_second - 1,
                        cases[i].after_half_a_second + 1);
    }
}

/* ---- refusals ---- */

static void a_burst_stops_its_endpoint_alone(void **state)
{
    scim_sync_limiter_t *limiter = limiter_of(state);
    apr_time_t now = call(limiter, CREATE, 429, burst(3000), START);

    assert_true(scim_sync_limiter_ask(limiter, CREATE, now) >= SEC(3));
    assert_true(scim_sync_limiter_shut(limiter, CREATE, now) >= SEC(3));
    assert_int_equal(scim_sync_limiter_pause(limiter, NULL, now), 0);
    well(limiter, SEARCH, now);
    well(limiter, ADD, now);
    assert_true(scim_sync_limiter_ask(limiter, CREATE, now + SEC(3) - 1) > 0);
    assert_int_equal(scim_sync_limiter_ask(limiter, CREATE, now + SEC(4)), 0);
}

static void a_quota_stops_everything_until_its_reset(void **state)
{
    static const struct {
        apr_int64_t retry, reset, least;
    } cases[] = { { 20000, -1, 20000 },
                  { -1, 600000, 600000 },
                  { 1000, 600000, 600000 },
                  { 30000, 2000, 30000 } };

    for (apr_size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_limiter_t *limiter = limiter_of(state);
        scim_sync_rate_t rate = rate_for(SCIM_SYNC_REASON_QUOTA, cases[i].retry);
        apr_time_t now;
        int quota;

        rate.reset_ms = cases[i].reset;
        now = call(limiter, CREATE, 429, rate, START);
        assert_true(scim_sync_limiter_pause(limiter, &quota, now) >= MS(cases[i].least));
        assert_true(scim_sync_limiter_pause(limiter, &quota, now) <= MS(cases[i].least + 2000));
        assert_int_equal(quota, 1);
        assert_true(scim_sync_limiter_ask(limiter, SEARCH, now) >= MS(cases[i].least));
        now += MS(cases[i].least + 2000);
        assert_int_equal(scim_sync_limiter_ask(limiter, SEARCH, now), 0);
    }
}

/* A page of a proxy, or of Tomcat: which limit that was is not known. */
static void a_refusal_without_a_reason_stops_everything(void **state)
{
    scim_sync_limiter_t *limiter = limiter_of(state);
    apr_time_t now = call(limiter, CREATE, 429, rate_for(SCIM_SYNC_REASON_UNSAID, 2000), START);
    int quota;

    assert_true(scim_sync_limiter_ask(limiter, SEARCH, now) >= SEC(2));
    assert_true(scim_sync_limiter_pause(limiter, &quota, now) >= SEC(2));
    assert_int_equal(quota, 0);
    now = well(limiter, SEARCH, now + SEC(3));
}

static void without_a_time_the_wait_doubles(void **state)
{
    scim_sync_limiter_t *limiter = limiter_of(state);
    scim_sync_rate_t bare = SCIM_SYNC_RATE_UNSAID;
    apr_time_t now = START;

    for (int seconds = 2; seconds <= 16; seconds *= 2) {
        apr_interval_time_t wait;

        now = call(limiter, CREATE, 429, bare, now);
        wait = scim_sync_limiter_pause(limiter, NULL, now);
        assert_in_range(wait, SEC(seconds) * 7 / 10, SEC(seconds) * 13 / 10);
        now += wait + SEC(2);
    }
    now = well(limiter, CREATE, now);
    now = call(limiter, CREATE, 429, bare, now + SEC(60));
    assert_in_range(scim_sync_limiter_pause(limiter, NULL, now), MS(1400), MS(2600));
}

static void writes_to_one_thing_wait_and_teach_nothing(void **state)
{
    scim_sync_limiter_t *limiter = limiter_of(state);
    apr_time_t now = call(limiter, ADD, 429, rate_for(SCIM_SYNC_REASON_WRITES, 2000), START);

    assert_true(scim_sync_limiter_ask(limiter, ADD, now) >= SEC(2));
    assert_int_equal(scim_sync_limiter_ask(limiter, CREATE, now), 0);
    assert_int_equal(at_once(limiter, ADD, now + SEC(60)), 100);
}

static void an_hour_is_the_longest_wait(void **state)
{
    scim_sync_limiter_t *limiter = limiter_of(state);
    apr_time_t now =
        call(limiter, CREATE, 429, rate_for(SCIM_SYNC_REASON_QUOTA, APR_INT64_C(90000000)), START);

    assert_true(scim_sync_limiter_pause(limiter, NULL, now) <= SEC(3602));
}

static void service_unavailable_may_ask_to_wait(void **state)
{
    scim_sync_limiter_t *limiter = limiter_of(state);
    apr_time_t now = call(limiter, SEARCH, 503, burst(5000), START);

    assert_true(scim_sync_limiter_ask(limiter, SEARCH, now) >= SEC(5));
    assert_int_equal(scim_sync_limiter_ask(limiter, CREATE, now), 0);
}

/* ---- how many in flight ---- */

static void the_window_grows_while_all_is_well(void **state)
{
    scim_sync_limiter_t *limiter = limiter_of(state);
    apr_time_t now = START;
    int before = 0;

    for (int i = 0; i < 60; i++, now += SEC(2)) {
        int fits = window(limiter, i % 2 ? SEARCH : "GET user", now);

        assert_in_range(fits, before, 32);
        before = fits;
    }
    assert_int_equal(before, 32);
}

static scim_sync_limiter_t *grown(apr_time_t *now, void **state)
{
    scim_sync_limiter_t *limiter = limiter_of(state);

    *now = START;
    for (int i = 0; i < 60; i++, *now += SEC(2)) {
        window(limiter, SEARCH, *now);
    }
    return limiter;
}

static void the_window_shrinks_when_jira_is_not_well(void **state)
{
    static const struct {
        int status;
        scim_sync_reason_t reason;
        apr_interval_time_t took;
        int near, left;
    } cases[] = {
        { 429, SCIM_SYNC_REASON_BURST, LATENCY, 0, 16 },
        { 429, SCIM_SYNC_REASON_UNSAID, LATENCY, 0, 16 },
        { 500, SCIM_SYNC_REASON_UNSAID, LATENCY, 0, 22 },
        { 0, SCIM_SYNC_REASON_UNSAID, SEC(30), 0, 22 },
        { 200, SCIM_SYNC_REASON_UNSAID, SEC(20), 0, 25 },
        { 200, SCIM_SYNC_REASON_UNSAID, LATENCY, 1, 16 },
    };

    for (apr_size_t i = 0; i < COUNT(cases); i++) {
        apr_time_t now;
        scim_sync_limiter_t *limiter = grown(&now, state);
        scim_sync_rate_t rate = rate_for(cases[i].reason, 1000);

        rate.near = cases[i].near;
        for (int sent = 0; sent < 5; sent++) {
            assert_int_equal(scim_sync_limiter_ask(limiter, CREATE, now), 0);
        }
        /* All five tell the same: it shrinks once. */
        for (int sent = 0; sent < 5; sent++) {
            answer(limiter, CREATE, 200, (scim_sync_rate_t)SCIM_SYNC_RATE_UNSAID, now, now + 1);
            assert_int_equal(scim_sync_limiter_ask(limiter, CREATE, now), 0);
        }
        for (int sent = 0; sent < 5; sent++) {
            answer(limiter, CREATE, cases[i].status, rate, now, now + cases[i].took);
        }
        assert_int_equal(window(limiter, SEARCH, now + SEC(60)), cases[i].left);
    }
}

static void there_is_always_room_for_one(void **state)
{
    scim_sync_limiter_t *limiter = limiter_of(state);
    apr_time_t now = START;

    for (int i = 0; i < 20; i++) {
        now = call(limiter, ADD, 0, (scim_sync_rate_t)SCIM_SYNC_RATE_UNSAID, now);
    }
    assert_int_equal(scim_sync_limiter_ask(limiter, ADD, now), 0);
    assert_int_equal(scim_sync_limiter_ask(limiter, ADD, now), SCIM_SYNC_LIMITER_LATER);
}

/* ---- against a Jira that limits ---- */

typedef struct {
    double rate, tokens;
    apr_time_t filled;
} theirs_t;

typedef struct {
    apr_time_t sent;
    int endpoint, arrived, status;
    scim_sync_rate_t said;
} flight_t;

typedef struct {
    scim_sync_limiter_t *limiter;
    theirs_t buckets[3]; /* by endpoint, or the first for all */
    int shared, silent;
    flight_t flights[64];
    int done, refused;
} game_t;

static const char *const endpoints[] = { SEARCH, CREATE, ADD };

/* A call comes in half-way between being sent and being answered. */
static void arrive(game_t *game, flight_t *flight, apr_time_t now)
{
    theirs_t *b = &game->buckets[game->shared ? 0 : flight->endpoint];

    b->tokens += (double)(now - b->filled) / APR_USEC_PER_SEC * b->rate;
    b->tokens = b->tokens > b->rate ? b->rate : b->tokens;
    b->filled = now;
    flight->arrived = 1;
    flight->status = b->tokens >= 1 ? 200 : 429;
    b->tokens -= b->tokens >= 1;
    flight->said = game->silent ? burst(-1) : bucket(b->rate, (double)(int)b->tokens);
    flight->said.reason = SCIM_SYNC_REASON_BURST;
    flight->said.retry_after_ms = flight->status == 429 && !game->silent ? 1000 : -1;
}

static void step(game_t *game, apr_time_t now)
{
    for (apr_size_t i = 0; i < COUNT(game->flights); i++) {
        flight_t *flight = &game->flights[i];

        if (flight->sent && !flight->arrived && now - flight->sent >= LATENCY / 2) {
            arrive(game, flight, now);
        }
        if (flight->sent && now - flight->sent >= LATENCY) {
            answer(game->limiter, endpoints[flight->endpoint], flight->status, flight->said,
                   flight->sent, now);
            game->done += flight->status == 200;
            game->refused += flight->status == 429;
            flight->sent = 0;
        }
    }
    for (apr_size_t i = 0, asked = 0; i < COUNT(game->flights) && asked < 3; i++) {
        flight_t *flight = &game->flights[i];

        for (asked = 0; !flight->sent && asked < 3; asked++) {
            int endpoint = (game->done + (int)(i + asked)) % 3;

            if (scim_sync_limiter_ask(game->limiter, endpoints[endpoint], now) == 0) {
                *flight = (flight_t) { .sent = now, .endpoint = endpoint };
            }
        }
    }
}

/* How many calls come through, of those that Jira allows, and how many it refuses. */
static void makes_use_of_what_jira_allows(void **state)
{
    static const struct {
        int rate, shared, silent;
        double allowed; /* calls a second, all together */
        double least, refused;
    } cases[] = {
        { 100, 1, 0, 100, 0.97, 0.005 }, { 400, 1, 0, 400, 0.97, 0.005 },
        { 20, 1, 0, 20, 0.95, 0.01 },    { 60, 1, 0, 60, 0.97, 0.01 },
        { 100, 0, 0, 300, 0.97, 0.005 }, { 30, 0, 0, 90, 0.97, 0.005 },
        { 150, 0, 0, 450, 0.97, 0.005 }, { 30, 0, 1, 90, 0.7, 0.02 },
        { 100, 0, 1, 300, 0.95, 0.005 }, { 60, 1, 1, 60, 0.6, 0.05 },
    };
    const int seconds = 60;

    for (apr_size_t i = 0; i < COUNT(cases); i++) {
        double rate = cases[i].rate;
        game_t game = {
            .limiter = limiter_of(state),
            .buckets = { { rate, rate, START }, { rate, rate, START }, { rate, rate, START } },
            .shared = cases[i].shared,
            .silent = cases[i].silent
        };

        for (apr_time_t now = START; now < START + SEC(seconds); now += MS(1)) {
            step(&game, now);
        }
        print_message("%d/s%s%s: %.1f %%, %.2f %% refused\n", cases[i].rate,
                      cases[i].shared ? " for all" : " each", cases[i].silent ? ", silent" : "",
                      100 * game.done / (seconds * cases[i].allowed),
                      100.0 * game.refused / (game.done + game.refused));
        assert_true(game.done >= cases[i].least * cases[i].allowed * seconds);
        assert_true(game.refused <= cases[i].refused * game.done);
    }
}

/* ---- what is kept ---- */

static scim_sync_limiter_t *passed_on(scim_sync_limiter_t *limiter, apr_interval_time_t age,
                                      apr_time_t now, void **state)
{
    scim_sync_limiter_t *next = limiter_of(state);
    const char *text = scim_sync_limiter_save(limiter, now, *state);

    assert_int_equal(scim_sync_limiter_load(next, text, age, now, *state), APR_SUCCESS);
    return next;
}

static void what_is_known_goes_to_the_next(void **state)
{
    scim_sync_limiter_t *limiter = limiter_of(state);
    apr_time_t now = call(limiter, ADD, 200, bucket(5, 3), START);
    scim_sync_limiter_t *next;

    now = call(limiter, CREATE, 429, burst(20000), now);
    next = passed_on(limiter, SEC(5), now, state);
    assert_in_range(scim_sync_limiter_shut(next, CREATE, now), SEC(15), SEC(18));
    assert_int_equal(at_once(next, ADD, now), 5);
    next = passed_on(limiter, SEC(60), now, state);
    assert_int_equal(scim_sync_limiter_shut(next, CREATE, now), 0);
    now = call(limiter, SEARCH, 429, rate_for(SCIM_SYNC_REASON_QUOTA, 600000), now);
    next = passed_on(limiter, SEC(60), now, state);
    assert_in_range(scim_sync_limiter_pause(next, NULL, now), SEC(540), SEC(543));
    assert_int_equal(scim_sync_limiter_pause(passed_on(limiter, SEC(700), now, state), NULL, now),
                     0);
}

static void an_idle_limiter_keeps_next_to_nothing(void **state)
{
    scim_sync_limiter_t *limiter = limiter_of(state);

    for (int i = 0; i < 200; i++) {
        at_once(limiter, apr_psprintf(*state, "GET thing%d", i), START);
    }
    assert_true(strlen(scim_sync_limiter_save(limiter, START, *state)) < 10000);
    assert_true(strlen(scim_sync_limiter_save(limiter, START + SEC(10), *state)) < 80);
}

static void a_state_that_makes_no_sense_does_no_harm(void **state)
{
    static const struct {
        const char *text;
        apr_status_t rv;
    } cases[] = {
        { "", APR_EINVAL },
        { "[]", APR_EINVAL },
        { "{", APR_EINVAL },
        { "{}", APR_SUCCESS },
        { "{\"window\":-5,\"paused\":1e300,\"endpoints\":[1]}", APR_SUCCESS },
        { "{\"window\":\"x\",\"endpoints\":{\"POST user\":{\"limit\":-1,\"rate\":0,\"tokens\":-1e9,"
          "\"shut\":1e18,\"strikes\":-7,\"capacity\":1e9}},\"site\":7}",
          APR_SUCCESS },
    };

    for (apr_size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_limiter_t *limiter = limiter_of(state);

        assert_int_equal(scim_sync_limiter_load(limiter, cases[i].text, -1, START, *state),
                         cases[i].rv);
        assert_int_equal(scim_sync_limiter_ask(limiter, CREATE, START), 0);
        assert_int_equal(scim_sync_limiter_ask(limiter, ADD, START), 0);
    }
}

static void people_see_what_is_slow(void **state)
{
    scim_sync_limiter_t *limiter = limiter_of(state);
    const scim_sync_limiter_slow_t *slow;
    scim_sync_limiter_view_t view;
    apr_time_t now = well(limiter, SEARCH, START);

    scim_sync_limiter_look(&view, limiter, now, *state);
    assert_int_equal(view.slow->nelts, 0);
    assert_true(view.rate <= 0);
    assert_in_range(view.window, 1, 32);
    now = call(limiter, CREATE, 429, burst(20000), now);
    now = call(limiter, ADD, 200, bucket(3, 2), now);
    scim_sync_limiter_look(&view, limiter, now, *state);
    assert_int_equal(view.slow->nelts, 2);
    slow = &APR_ARRAY_IDX(view.slow, 0, scim_sync_limiter_slow_t);
    assert_string_equal(slow->endpoint, ADD);
    assert_true(slow->rate <= 3 && slow->documented > 3);
    assert_int_equal(slow->shut, 0);
    slow = &APR_ARRAY_IDX(view.slow, 1, scim_sync_limiter_slow_t);
    assert_string_equal(slow->endpoint, CREATE);
    assert_in_range(slow->shut, SEC(15), SEC(24));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(begins_with_what_is_documented),
        UNIT_TEST(searches_for_users_share_a_limit),
        UNIT_TEST(learns_limits_from_answers),
        UNIT_TEST(a_burst_stops_its_endpoint_alone),
        UNIT_TEST(a_quota_stops_everything_until_its_reset),
        UNIT_TEST(a_refusal_without_a_reason_stops_everything),
        UNIT_TEST(without_a_time_the_wait_doubles),
        UNIT_TEST(writes_to_one_thing_wait_and_teach_nothing),
        UNIT_TEST(an_hour_is_the_longest_wait),
        UNIT_TEST(service_unavailable_may_ask_to_wait),
        UNIT_TEST(the_window_grows_while_all_is_well),
        UNIT_TEST(the_window_shrinks_when_jira_is_not_well),
        UNIT_TEST(there_is_always_room_for_one),
        UNIT_TEST(makes_use_of_what_jira_allows),
        UNIT_TEST(what_is_known_goes_to_the_next),
        UNIT_TEST(an_idle_limiter_keeps_next_to_nothing),
        UNIT_TEST(people_see_what_is_slow),
        UNIT_TEST(a_state_that_makes_no_sense_does_no_harm),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
