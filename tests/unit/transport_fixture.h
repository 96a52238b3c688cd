/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of net/transport share: calls to the server of http_stub.h and what came back.
 */
#ifndef SCIM_SYNC_TESTS_TRANSPORT_FIXTURE_H
#define SCIM_SYNC_TESTS_TRANSPORT_FIXTURE_H

#include "unit.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "http_stub.h"
#include "net/transport.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
/* Long enough for any machine; no test that passes waits so long. */
#define PATIENCE apr_time_from_sec(30)
#define TOKEN    "demo-api-token"

static const scim_sync_transport_settings_t settings = { 8, PATIENCE, 1 << 20,
                                                         "mod_scim_sync/test" };

typedef struct {
    int count;
    const scim_sync_answer_t *last;
} seen_t;

static inline void see(void *baton, const scim_sync_answer_t *answer)
{
    seen_t *seen = baton;

    seen->count++;
    seen->last = answer;
}

static inline http_stub_t *stub_of(apr_pool_t *p)
{
    http_stub_t *stub = http_stub_start(p);

    assert_non_null(stub);
    return stub;
}

static inline scim_sync_transport_t *transport_of(int max_connections, apr_interval_time_t timeout,
                                                  apr_pool_t *p)
{
    scim_sync_transport_settings_t own = settings;
    scim_sync_transport_t *transport = NULL;

    own.max_connections = max_connections;
    own.timeout = timeout;
    assert_int_equal(scim_sync_transport_create(&transport, &own, p), APR_SUCCESS);
    return transport;
}

static inline scim_sync_call_t get(const char *url)
{
    scim_sync_call_t call = { "GET", url, "admin@example.com", TOKEN, NULL };

    return call;
}

static inline void start(scim_sync_transport_t *transport, const char *url, seen_t *seen,
                         apr_pool_t *p)
{
    scim_sync_call_t call = get(url);

    assert_int_equal(scim_sync_transport_start(transport, &call, see, seen, p), APR_SUCCESS);
}

static inline void wait_for(scim_sync_transport_t *transport, const seen_t *seen, int count)
{
    while (seen->count < count) {
        int before = seen->count;

        assert_int_equal(scim_sync_transport_wait(transport, NULL, NULL, 0, PATIENCE), APR_SUCCESS);
        assert_true(seen->count > before);
    }
}

/* One call from start to end, on a transport of its own. */
static inline const scim_sync_answer_t *call_once(const scim_sync_call_t *call, apr_pool_t *p)
{
    const scim_sync_answer_t *answer = NULL;

    assert_int_equal(scim_sync_transport_call(&answer, &settings, call, p), APR_SUCCESS);
    assert_non_null(answer);
    assert_non_null(answer->body);
    assert_int_equal(strlen(answer->body), answer->length);
    assert_true((answer->status == 0) == (answer->failure != NULL));
    return answer;
}

static inline const scim_sync_answer_t *get_once(http_stub_t *stub, const char *path, apr_pool_t *p)
{
    scim_sync_call_t call = get(http_stub_url(stub, path, p));

    return call_once(&call, p);
}

static inline int transport_set_up(void **state)
{
    return unit_apr(state) == 0 && scim_sync_transport_global() == APR_SUCCESS ? 0 : -1;
}

#endif
