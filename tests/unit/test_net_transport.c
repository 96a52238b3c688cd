/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/transport, one call: what is sent, that nothing secret stays behind, and what becomes of
 * every way in which a call can fail.
 */
#include "transport_fixture.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

/* base64 of admin@example.com:demo-api-token */
#define BASIC "Authorization: Basic YWRtaW5AZXhhbXBsZS5jb206ZGVtby1hcGktdG9rZW4="

/* --- what is sent --- */

static void sends_headers_and_credentials(void **state)
{
    const scim_sync_answer_t *answer = get_once(stub_of(*state), "/echo", *state);

    assert_int_equal(answer->status, 200);
    assert_int_equal(answer->sent, 1);
    assert_int_equal(answer->rate.retry_after_ms, -1);
    assert_int_equal(strncmp(answer->body, "GET /echo HTTP/1.1\r\n", 20), 0);
    assert_non_null(strstr(answer->body, "\r\n" BASIC "\r\n"));
    assert_non_null(strstr(answer->body, "\r\nAccept: application/json\r\n"));
    assert_non_null(strstr(answer->body, "\r\nAccept-Language: en\r\n"));
    assert_non_null(strstr(answer->body, "\r\nUser-Agent: mod_scim_sync/test\r\n"));
    assert_null(strstr(answer->body, "Content-"));
    assert_null(strstr(answer->body, TOKEN));
}

static void sends_no_credentials_unless_told(void **state)
{
    scim_sync_call_t call = get(http_stub_url(stub_of(*state), "/echo", *state));

    call.user = NULL;
    assert_null(strstr(call_once(&call, *state)->body, "Authorization"));
}

static void sends_one_more_header(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(1, PATIENCE, *state);
    scim_sync_call_t call = get(http_stub_url(stub, "/echo", *state));
    seen_t seen = { 0 };

    call.header = "X-ExperimentalApi: opt-in";
    assert_int_equal(scim_sync_transport_start(transport, &call, see, &seen, *state), APR_SUCCESS);
    wait_for(transport, &seen, 1);
    assert_non_null(strstr(seen.last->body, "\r\nX-ExperimentalApi: opt-in\r\n"));
    assert_non_null(strstr(seen.last->body, "\r\n" BASIC "\r\n"));
    assert_non_null(strstr(seen.last->body, "\r\nAccept: application/json\r\n"));
    start(transport, http_stub_url(stub, "/echo", *state), &seen, *state);
    wait_for(transport, &seen, 2);
    assert_null(strstr(seen.last->body, "X-ExperimentalApi"));
    assert_non_null(strstr(seen.last->body, "\r\n" BASIC "\r\n"));
    call.user = NULL;
    assert_non_null(strstr(call_once(&call, *state)->body, "\r\nX-ExperimentalApi: opt-in\r\n"));
}

static void sends_bodies(void **state)
{
    static const struct {
        const char *method, *body, *length; /* NULL length: the header must not be there */
    } cases[] = {
        { "POST", "{\"name\":\"K\xc3\xb6ln\"}", "16" },
        { "PUT", "{}", "2" },
        { "DELETE", "{}", "2" },
        { "POST", NULL, "0" },
        { "PUT", NULL, "0" },
        { "DELETE", NULL, NULL },
        { "GET", NULL, NULL },
    };
    http_stub_t *stub = stub_of(*state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_call_t call = get(http_stub_url(stub, "/echo", *state));
        const char *got;
        const char *length = cases[i].length;

        call.method = cases[i].method;
        call.body = cases[i].body;
        got = call_once(&call, *state)->body;
        assert_int_equal(strncmp(got, call.method, strlen(call.method)), 0);
        assert_string_equal(strstr(got, "\r\n\r\n") + 4, call.body != NULL ? call.body : "");
        assert_true((strstr(got, "Content-Type: application/json\r\n") != NULL) ==
                    (call.body != NULL));
        assert_true((strstr(got, "Content-Type:") != NULL) == (call.body != NULL));
        if (length == NULL) {
            assert_null(strstr(got, "Content-Length:"));
        }
        else {
            assert_non_null(
                strstr(got, apr_pstrcat(*state, "Content-Length: ", length, "\r\n", NULL)));
        }
    }
}

/* A GET must not inherit the body of the POST that used the same easy handle before. */
static void calls_leave_nothing_to_the_next_one(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(1, PATIENCE, *state);
    const char *url = http_stub_url(stub, "/echo", *state);
    scim_sync_call_t post = { "POST", url, "admin@example.com", TOKEN, "{\"a\":1}" };
    scim_sync_call_t plain = { "GET", url, NULL, NULL, NULL };
    seen_t seen = { 0 };

    assert_int_equal(scim_sync_transport_start(transport, &post, see, &seen, *state), APR_SUCCESS);
    wait_for(transport, &seen, 1);
    assert_int_equal(scim_sync_transport_start(transport, &plain, see, &seen, *state), APR_SUCCESS);
    wait_for(transport, &seen, 2);
    assert_int_equal(strncmp(seen.last->body, "GET /echo", 9), 0);
    assert_null(strstr(seen.last->body, "Content-"));
    assert_null(strstr(seen.last->body, "Authorization"));
}

/* OAuth's token endpoints take nothing else (RFC 6749 section 4.1.3). */
static void a_form_is_sent_as_one(void **state)
{
    scim_sync_transport_t *transport = transport_of(1, PATIENCE, *state);
    scim_sync_call_t call = { .method = "POST",
                              .url = http_stub_url(stub_of(*state), "/echo", *state),
                              .form = "grant_type=refresh_token&refresh_token=1%2F%2Fdemo" };
    seen_t seen = { 0 };

    assert_int_equal(scim_sync_transport_start(transport, &call, see, &seen, *state), APR_SUCCESS);
    wait_for(transport, &seen, 1);
    assert_non_null(strstr(seen.last->body, "Content-Type: application/x-www-form-urlencoded\r\n"));
    assert_null(strstr(seen.last->body, "Content-Type: application/json"));
    assert_non_null(strstr(seen.last->body, "\r\n\r\n"
                                            "grant_type=refresh_token&"));
    assert_string_equal(call.form, "grant_type=refresh_token&refresh_token=1%2F%2Fdemo");
}

static void call_and_its_texts_are_copied(void **state)
{
    char url[200], user[] = "ann", password[] = "demo", body[] = "{\"a\":1}", method[] = "POST";
    scim_sync_call_t call = { method, url, user, password, body };
    scim_sync_transport_t *transport = transport_of(1, PATIENCE, *state);
    seen_t seen = { 0 };

    apr_cpystrn(url, http_stub_url(stub_of(*state), "/echo", *state), sizeof url);
    assert_int_equal(scim_sync_transport_start(transport, &call, see, &seen, *state), APR_SUCCESS);
    memset(url, 'x', sizeof url);
    memset(user, 'x', sizeof user);
    memset(password, 'x', sizeof password);
    memset(body, 'x', sizeof body);
    memset(method, 'x', sizeof method);
    memset(&call, 0, sizeof call);
    wait_for(transport, &seen, 1);
    assert_int_equal(strncmp(seen.last->body, "POST /echo", 10), 0);
    assert_non_null(strstr(seen.last->body, "Authorization: Basic YW5uOmRlbW8=\r\n"));
    assert_non_null(strstr(seen.last->body, "\r\n\r\n{\"a\":1}"));
}

/* --- credentials --- */

static void a_bearer_token_takes_the_place_of_user_and_password(void **state)
{
    scim_sync_call_t call = { .method = "PATCH",
                              .url = http_stub_url(stub_of(*state), "/echo", *state),
                              .user = "ann",
                              .password = "demo",
                              .bearer = "demo-key",
                              .body = "{}" };
    scim_sync_transport_t *transport = transport_of(1, PATIENCE, *state);
    seen_t seen = { 0 };

    assert_int_equal(scim_sync_transport_start(transport, &call, see, &seen, *state), APR_SUCCESS);
    wait_for(transport, &seen, 1);
    assert_int_equal(strncmp(seen.last->body, "PATCH /echo", 11), 0);
    assert_non_null(strstr(seen.last->body, "Authorization: Bearer demo-key\r\n"));
    assert_null(strstr(seen.last->body, "Basic"));
}

static int lies_behind(const char *where, const char *text)
{
    for (size_t i = 0; i < 4096; i++) {
        if (memcmp(where + i, text, strlen(text)) == 0) {
            return 1;
        }
    }
    return 0;
}

static void credentials_are_wiped_when_the_call_ends(void **state)
{
    scim_sync_transport_t *transport = transport_of(1, PATIENCE, *state);
    const char *url = http_stub_url(stub_of(*state), "/hang", *state);
    seen_t seen = { 0 };

    for (int abandoned = 0; abandoned < 2; abandoned++) {
        apr_pool_t *p;
        const char *first;

        apr_pool_create(&p, NULL);
        first = apr_pcalloc(p, 8);
        start(transport, abandoned ? url : "http://127.0.0.1:1/", &seen, p);
        assert_true(lies_behind(first, "YWRtaW5AZXhhbXBsZS5jb20"));
        assert_false(lies_behind(first, TOKEN));
        if (abandoned) {
            scim_sync_transport_wait(transport, NULL, NULL, 0, 1000);
            scim_sync_transport_abandon(transport);
        }
        else {
            wait_for(transport, &seen, 1);
        }
        assert_false(lies_behind(first, "YWRtaW5AZXhhbXBsZS5jb20"));
        apr_pool_destroy(p);
    }
}

typedef struct {
    const char *text;
    apr_pool_t *p;
} heard_t;

static void hear(void *baton, const char *file, int line, scim_log_level_t level, apr_status_t rv,
                 const char *message)
{
    heard_t *heard = baton;

    heard->text = apr_psprintf(heard->p, "%s:%d %d %d %s", file, line, level, rv, message);
}

static void nothing_secret_is_logged_or_reported(void **state)
{
    static const char *const paths[] = { "/drop", "/cut", "/status/302", "/long/2000000", "/echo" };
    http_stub_t *stub = stub_of(*state);
    heard_t heard = { NULL, *state };

    scim_sync_log_set_sink(hear, &heard);
    for (size_t i = 0; i < COUNT(paths); i++) {
        const char *failure = get_once(stub, paths[i], *state)->failure;

        if (failure != NULL) {
            assert_null(strstr(failure, TOKEN));
            assert_null(strstr(failure, "YWRtaW5A"));
        }
    }
    scim_sync_log_set_sink(NULL, NULL);
    assert_null(heard.text);
}

static void refuses_urls_with_credentials_and_other_protocols(void **state)
{
    http_stub_t *stub = stub_of(*state);
    const char *host = strchr(http_stub_url(stub, "/echo", *state), '1');
    const char *const urls[] = { apr_pstrcat(*state, "http://admin:" TOKEN "@", host, NULL),
                                 apr_pstrcat(*state, "ftp://", host, NULL), "file:///etc/hostname",
                                 "no url", "" };

    for (size_t i = 0; i < COUNT(urls); i++) {
        scim_sync_call_t call = get(urls[i]);
        const scim_sync_answer_t *answer = call_once(&call, *state);

        assert_int_equal(answer->status, 0);
        assert_int_equal(answer->sent, 0);
        assert_null(strstr(answer->failure, TOKEN));
    }
    assert_int_equal(http_stub_connections(stub), 0);
}

static void clear_text_goes_past_proxies(void **state)
{
    http_stub_t *stub = stub_of(*state);
    http_stub_t *proxy = stub_of(*state);

    setenv("http_proxy", http_stub_url(proxy, "", *state), 1);
    assert_int_equal(get_once(stub, "/echo", *state)->status, 200);
    unsetenv("http_proxy");
    assert_int_equal(http_stub_connections(proxy), 0);
}

/* --- failures --- */

static void cut_connections_are_failures(void **state)
{
    static const char *const paths[] = { "/cut", "/drop" };
    http_stub_t *stub = stub_of(*state);

    for (size_t i = 0; i < COUNT(paths); i++) {
        const scim_sync_answer_t *answer = get_once(stub, paths[i], *state);

        assert_int_equal(answer->status, 0);
        assert_int_equal(answer->sent, 1);
        assert_string_equal(answer->body, "");
    }
}

static void what_libcurl_sends_again_says_so(void **state)
{
    http_stub_t *stub = stub_of(*state);
    scim_sync_transport_t *transport = transport_of(1, PATIENCE, *state);
    seen_t seen = { 0 };

    assert_int_equal(get_once(stub, "/drop", *state)->resent, 0);
    start(transport, http_stub_url(stub, "/echo", *state), &seen, *state);
    wait_for(transport, &seen, 1);
    assert_int_equal(seen.last->resent, 0);
    start(transport, http_stub_url(stub, "/drop", *state), &seen, *state);
    wait_for(transport, &seen, 2);
    assert_int_equal(seen.last->resent, 1);
    assert_int_equal(http_stub_requests(stub), 4);
    start(transport, http_stub_url(stub, "/echo", *state), &seen, *state);
    wait_for(transport, &seen, 3);
    assert_int_equal(seen.last->resent, 0);
}

static void nobody_listens(void **state)
{
    struct sockaddr_in where = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof where;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    scim_sync_call_t call = { "GET", NULL, NULL, NULL, NULL };
    const scim_sync_answer_t *answer;

    /* Bound and not listening: connections are refused, and nobody else can take the port. */
    assert_int_equal(bind(fd, (struct sockaddr *)&where, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &len), 0);
    call.url = apr_psprintf(*state, "http://127.0.0.1:%d/", ntohs(where.sin_port));
    answer = call_once(&call, *state);
    assert_int_equal(answer->status, 0);
    assert_int_equal(answer->sent, 0);
    close(fd);
}

static void answers_are_bounded(void **state)
{
    static const struct {
        const char *path;
        apr_size_t max_answer;
        int status;
    } cases[] = { { "/long/1000", 1000, 200 },
                  { "/long/1001", 1000, 0 },
                  { "/long/300000", 300000, 200 },
                  { "/long/300000", 299999, 0 },
                  { "/long/1", 0, 0 } };
    http_stub_t *stub = stub_of(*state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_transport_settings_t own = settings;
        scim_sync_call_t call = get(http_stub_url(stub, cases[i].path, *state));
        const scim_sync_answer_t *answer;

        own.max_answer = cases[i].max_answer;
        assert_int_equal(scim_sync_transport_call(&answer, &own, &call, *state), APR_SUCCESS);
        assert_int_equal(answer->status, cases[i].status);
        if (answer->status == 200) {
            assert_int_equal(answer->length, cases[i].max_answer);
            assert_int_equal(strspn(answer->body, "x"), cases[i].max_answer);
        }
        else {
            assert_non_null(strstr(answer->failure, "longer than"));
            assert_string_equal(answer->body, "");
        }
    }
}

static void redirects_are_not_followed(void **state)
{
    static const char *const paths[] = { "/status/301", "/status/302", "/status/303", "/status/307",
                                         "/status/308" };
    http_stub_t *stub = stub_of(*state);

    for (size_t i = 0; i < COUNT(paths); i++) {
        assert_int_equal(get_once(stub, paths[i], *state)->status, atoi(paths[i] + 8));
    }
    assert_int_equal(http_stub_requests(stub), COUNT(paths));
}

static void compressed_answers_are_read(void **state)
{
    assert_string_equal(get_once(stub_of(*state), "/gzip", *state)->body, "hello");
}

static void retry_after_is_read(void **state)
{
    char date[APR_RFC822_DATE_LEN];
    const struct {
        const char *text;
        apr_int64_t least, most;
    } cases[] = {
        { "7", 7000, 7000 },
        { date, 80000, 90000 },
        { "Thu, 01 Jan 2015 00:00:00 GMT", -1, -1 },
        { "0", -1, -1 },
        { "-5", -1, -1 },
        { "soon", -1, -1 },
        { "", -1, -1 },
        { "99999999999", 3600 * 1000, APR_INT64_MAX },
    };
    http_stub_t *stub = stub_of(*state);

    apr_rfc822_date(date, apr_time_now() + apr_time_from_sec(90));
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *path =
            apr_pstrcat(*state, "/retry/", scim_sync_url_encode(cases[i].text, *state), NULL);
        const scim_sync_answer_t *answer = get_once(stub, path, *state);

        assert_int_equal(answer->status, 429);
        assert_true(answer->rate.retry_after_ms >= cases[i].least);
        assert_true(answer->rate.retry_after_ms <= cases[i].most);
    }
}

static void refuses_senseless_settings(void **state)
{
    scim_sync_transport_settings_t none = settings;
    scim_sync_transport_settings_t timeless = settings;
    scim_sync_transport_t *transport;

    none.max_connections = 0;
    timeless.timeout = 0;
    assert_int_equal(scim_sync_transport_create(&transport, &none, *state), APR_EINVAL);
    assert_int_equal(scim_sync_transport_create(&transport, &timeless, *state), APR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(sends_headers_and_credentials),
        UNIT_TEST(sends_no_credentials_unless_told),
        UNIT_TEST(sends_one_more_header),
        UNIT_TEST(sends_bodies),
        UNIT_TEST(calls_leave_nothing_to_the_next_one),
        UNIT_TEST(a_form_is_sent_as_one),
        UNIT_TEST(call_and_its_texts_are_copied),
        UNIT_TEST(a_bearer_token_takes_the_place_of_user_and_password),
        UNIT_TEST(credentials_are_wiped_when_the_call_ends),
        UNIT_TEST(nothing_secret_is_logged_or_reported),
        UNIT_TEST(refuses_urls_with_credentials_and_other_protocols),
        UNIT_TEST(clear_text_goes_past_proxies),
        UNIT_TEST(cut_connections_are_failures),
        UNIT_TEST(what_libcurl_sends_again_says_so),
        UNIT_TEST(nobody_listens),
        UNIT_TEST(answers_are_bounded),
        UNIT_TEST(redirects_are_not_followed),
        UNIT_TEST(compressed_answers_are_read),
        UNIT_TEST(retry_after_is_read),
        UNIT_TEST(refuses_senseless_settings),
    };

    return cmocka_run_group_tests(tests, transport_set_up, unit_apr_gone);
}
