/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP calls over libcurl's multi interface.
 *
 * A call waits in a queue until one of max_connections seats is free. What it needs lives in its
 * caller's pool; only the seats, which are used again and again, live as long as the transport. The
 * Authorization header is made here rather than by libcurl, since libcurl never wipes what it is
 * given: the one copy that we hold is wiped as soon as the call has ended.
 */
#include "jira/transport.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#include <apr_base64.h>
#include <apr_cstr.h>
#include <apr_strings.h>
#include <curl/curl.h>
#include <openssl/crypto.h>

#define CONNECT_TIMEOUT apr_time_from_sec(10)
#define FIRST_ROOM      4096
/*
 * The longest sleep. libcurl 7.88 loses the timer of a whole call when the one of its connecting
 * ends in the same millisecond; it looks at the time of every call whenever it is called.
 */
#define LONGEST_SLEEP apr_time_from_sec(1)

typedef struct flight_t flight_t;

/* An easy handle and the call that it works on. */
typedef struct {
    CURL *easy;       /* NULL until the seat is used for the first time */
    flight_t *flight; /* NULL when the seat is free */
} seat_t;

/* One call, from its start to its end. */
struct flight_t {
    scim_sync_transport_t *transport;
    flight_t *next; /* in the queue */
    const char *method;
    const char *url;
    const char *body;
    struct curl_slist authorization; /* first of its headers; no data without credentials */
    apr_time_t deadline;             /* by clock_now() */
    scim_sync_may_send_t *may_send;
    void *may_send_baton;
    scim_sync_answered_t *done;
    void *baton;
    apr_pool_t *p;
    scim_sync_answer_t answer;
    char *text; /* the answer's body so far */
    apr_size_t room;
    char error[CURL_ERROR_SIZE];
};

struct scim_sync_transport_t {
    scim_sync_transport_settings_t settings;
    CURLM *multi;
    seat_t *seats;                        /* max_connections of them */
    flight_t *first, **last;              /* the queue */
    int busy;                             /* seated and queued */
    struct curl_slist *headers;           /* of every call */
    struct curl_slist *headers_with_body; /* of calls with a body */
    apr_array_header_t *watched;          /* struct curl_waitfd */
};

/* A clock that nobody sets. */
static apr_time_t clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec((apr_time_t)now.tv_sec) + now.tv_nsec / 1000;
}

static long milliseconds(apr_interval_time_t t)
{
    apr_interval_time_t ms = t > 0 ? (t + 999) / 1000 : 0;

    return ms < INT_MAX ? (long)ms : INT_MAX;
}

apr_status_t scim_sync_transport_global(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? APR_SUCCESS : APR_EGENERAL;
}

static struct curl_slist *header_list(const char *content_type)
{
    /* Jira answers in its user's language unless it is forced; we recognise its English texts. */
    const char *lines[] = { "Accept: application/json", "Accept-Language: en",
                            "X-Force-Accept-Language: true", content_type };
    struct curl_slist *list = NULL;

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct curl_slist *longer = curl_slist_append(list, lines[i]);

        if (longer == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

static apr_status_t dispose(void *data)
{
    scim_sync_transport_t *transport = data;

    scim_sync_transport_abandon(transport);
    for (int i = 0; i < transport->settings.max_connections; i++) {
        curl_easy_cleanup(transport->seats[i].easy);
    }
    curl_multi_cleanup(transport->multi);
    curl_slist_free_all(transport->headers);
    curl_slist_free_all(transport->headers_with_body);
    return APR_SUCCESS;
}

apr_status_t scim_sync_transport_create(scim_sync_transport_t **transport,
                                        const scim_sync_transport_settings_t *settings,
                                        apr_pool_t *p)
{
    scim_sync_transport_t *t;
    int n = settings->max_connections;

    if (n < 1 || settings->timeout <= 0) {
        return APR_EINVAL;
    }
    t = apr_pcalloc(p, sizeof *t);
    t->settings = *settings;
    t->settings.user_agent = apr_pstrdup(p, settings->user_agent);
    t->last = &t->first;
    t->seats = apr_pcalloc(p, n * sizeof *t->seats);
    t->watched = apr_array_make(p, 4, sizeof(struct curl_waitfd));
    /* libcurl would call a POST without a body a form. */
    t->headers = header_list("Content-Type:");
    t->headers_with_body = header_list("Content-Type: application/json");
    t->multi = curl_multi_init();
    /* Before p's subpools go, since those of the calls may be among them. */
    apr_pool_pre_cleanup_register(p, t, dispose);
    if (t->multi == NULL || t->headers == NULL || t->headers_with_body == NULL) {
        return APR_ENOMEM;
    }
    curl_multi_setopt(t->multi, CURLMOPT_MAXCONNECTS, (long)n);
    curl_multi_setopt(t->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)n);
    *transport = t;
    return APR_SUCCESS;
}

/* Make room for the body's next len bytes and a NUL. */
static void make_room(flight_t *flight, apr_size_t len)
{
    apr_size_t needed = flight->answer.length + len + 1;
    apr_size_t room = flight->room > 0 ? flight->room : FIRST_ROOM;
    char *text;

    if (needed <= flight->room) {
        return;
    }
    while (room < needed) {
        room *= 2;
    }
    text = apr_palloc(flight->p, room);
    if (flight->answer.length > 0) {
        memcpy(text, flight->text, flight->answer.length);
    }
    flight->text = text;
    flight->room = room;
}

/* CURLOPT_WRITEFUNCTION. Taking nothing ends the call with CURLE_WRITE_ERROR. */
static size_t receive(char *data, size_t size, size_t count, void *baton)
{
    flight_t *flight = baton;
    apr_size_t len = size * count;

    if (len > flight->transport->settings.max_answer - flight->answer.length) {
        return 0;
    }
    make_room(flight, len);
    memcpy(flight->text + flight->answer.length, data, len);
    flight->answer.length += len;
    return len;
}

/* Which protocols an URL may have: the check of base URLs sees to it that http is for loopback. */
static int restrict_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/* What all calls have in common. Certificates and host names are verified by default. */
static int prepare(CURL *easy, const scim_sync_transport_settings_t *settings)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    return restrict_protocols(easy) | curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "") |
           curl_easy_setopt(easy, CURLOPT_USERAGENT, settings->user_agent);
}

/* The method and the body. A POST or PUT without a body says Content-Length: 0, as RFC 9110 asks. */
static int describe_request(CURL *easy, const flight_t *flight)
{
    int is_get = strcmp(flight->method, "GET") == 0;
    int is_delete = strcmp(flight->method, "DELETE") == 0;
    int rc = CURLE_OK;

    if (flight->body != NULL || !(is_get || is_delete)) {
        const char *body = flight->body != NULL ? flight->body : "";

        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
        rc = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    }
    return rc | curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, flight->method) |
           curl_easy_setopt(easy, CURLOPT_URL, flight->url);
}

/* Set up the easy handle for this call. */
static int equip(CURL *easy, flight_t *flight)
{
    scim_sync_transport_t *transport = flight->transport;
    apr_interval_time_t left = flight->deadline - clock_now();
    int encrypted = apr_cstr_casecmpn(flight->url, "https:", 6) == 0;

    flight->authorization.next =
        flight->body != NULL ? transport->headers_with_body : transport->headers;
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER,
                     flight->authorization.data != NULL ? &flight->authorization
                                                        : flight->authorization.next);
    /* A burst waits for one connection to learn whether the server multiplexes. */
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, (long)encrypted);
    if (!encrypted) {
        /* What is meant for this host alone is not shown to a proxy from the environment. */
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    }
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 1 + milliseconds(left));
    if (left > CONNECT_TIMEOUT) {
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(CONNECT_TIMEOUT));
    }
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, flight);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, flight->error);
    return prepare(easy, &transport->settings) | describe_request(easy, flight);
}

static void enqueue(flight_t *flight)
{
    scim_sync_transport_t *transport = flight->transport;

    *transport->last = flight;
    transport->last = &flight->next;
    transport->busy++;
}

/* Take one out of the queue; at is where the queue points at it. */
static flight_t *unlink_at(scim_sync_transport_t *transport, flight_t **at)
{
    flight_t *flight = *at;

    *at = flight->next;
    if (*at == NULL) {
        transport->last = at;
    }
    transport->busy--;
    return flight;
}

static flight_t *dequeue(scim_sync_transport_t *transport)
{
    return transport->first != NULL ? unlink_at(transport, &transport->first) : NULL;
}

/* The first one that may be sent, or must be dropped; others wait, and their time-out with them. */
static flight_t *dequeue_ready(scim_sync_transport_t *transport)
{
    flight_t **at;

    for (at = &transport->first; *at != NULL; at = &(*at)->next) {
        flight_t *flight = *at;
        int may = flight->may_send != NULL ? flight->may_send(flight->may_send_baton) : 1;

        if (may != 0) {
            flight->answer.dropped = may < 0;
            return unlink_at(transport, at);
        }
        flight->deadline = clock_now() + transport->settings.timeout;
    }
    return NULL;
}

/* NULL when all are taken. */
static seat_t *free_seat(const scim_sync_transport_t *transport)
{
    for (int i = 0; i < transport->settings.max_connections; i++) {
        if (transport->seats[i].flight == NULL) {
            return &transport->seats[i];
        }
    }
    return NULL;
}

static CURLcode take_seat(seat_t *seat, flight_t *flight)
{
    scim_sync_transport_t *transport = flight->transport;

    if (seat->easy == NULL && (seat->easy = curl_easy_init()) == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }
    curl_easy_setopt(seat->easy, CURLOPT_PRIVATE, seat);
    if (equip(seat->easy, flight) != CURLE_OK ||
        curl_multi_add_handle(transport->multi, seat->easy) != CURLM_OK) {
        curl_easy_reset(seat->easy);
        return CURLE_FAILED_INIT;
    }
    seat->flight = flight;
    transport->busy++;
    return CURLE_OK;
}

/* Connections stay open for others; the easy handle forgets every pointer into the call. */
static void leave_seat(seat_t *seat)
{
    scim_sync_transport_t *transport = seat->flight->transport;

    curl_multi_remove_handle(transport->multi, seat->easy);
    curl_easy_reset(seat->easy);
    seat->flight = NULL;
    transport->busy--;
}

static void forget_credentials(flight_t *flight)
{
    if (flight->authorization.data != NULL) {
        OPENSSL_cleanse(flight->authorization.data, strlen(flight->authorization.data));
    }
}

static void read_answer(flight_t *flight, CURL *easy)
{
    scim_sync_answer_t *answer = &flight->answer;
    curl_off_t wait = 0;
    long status = 0;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait);
    answer->status = (int)status;
    answer->sent = 1;
    /* libcurl gives 0 for "now" and for a header that is missing or makes no sense. */
    if (wait > 0) {
        answer->retry_after_ms = wait < APR_INT64_MAX / 1000 ? wait * 1000 : APR_INT64_MAX;
    }
    if (answer->length > 0) {
        flight->text[answer->length] = '\0';
        answer->body = flight->text;
    }
}

static void read_failure(flight_t *flight, CURL *easy, CURLcode rc)
{
    scim_sync_answer_t *answer = &flight->answer;
    long request = 0;

    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request);
    answer->sent = request > 0;
    answer->length = 0;
    if (rc == CURLE_WRITE_ERROR) {
        answer->failure =
            apr_psprintf(flight->p, "the answer is longer than %" APR_SIZE_T_FMT " bytes",
                         flight->transport->settings.max_answer);
    }
    else {
        answer->failure = *flight->error != '\0' ? flight->error : curl_easy_strerror(rc);
    }
}

/* The call's pool may be gone when done returns. */
static void report(flight_t *flight)
{
    forget_credentials(flight);
    flight->done(flight->baton, &flight->answer);
}

/* The calls that libcurl has brought to an end; how many. */
static int finish_landed(scim_sync_transport_t *transport)
{
    CURLMsg *message;
    int count = 0;
    int left;

    while ((message = curl_multi_info_read(transport->multi, &left)) != NULL) {
        CURLcode rc = message->data.result;
        char *private = NULL;
        seat_t *seat;
        flight_t *flight;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        seat = (seat_t *)private;
        flight = seat->flight;
        if (rc == CURLE_OK) {
            read_answer(flight, seat->easy);
        }
        else {
            read_failure(flight, seat->easy, rc);
        }
        leave_seat(seat);
        report(flight);
        count++;
    }
    return count;
}

/* From the queue into free seats; how many calls failed at once. */
static int seat_queued(scim_sync_transport_t *transport)
{
    seat_t *seat;
    flight_t *flight;
    int count = 0;

    while ((seat = free_seat(transport)) != NULL && (flight = dequeue_ready(transport)) != NULL) {
        CURLcode rc = flight->answer.dropped ? CURLE_ABORTED_BY_CALLBACK : take_seat(seat, flight);

        if (rc != CURLE_OK) {
            flight->answer.failure = curl_easy_strerror(rc);
            report(flight);
            count++;
        }
    }
    return count;
}

/* RFC 7617, in p. */
static char *basic(const char *user, const char *password, apr_pool_t *p)
{
    static const char name[] = "Authorization: Basic ";
    char *plain = apr_pstrcat(p, user, ":", password, NULL);
    int len = (int)strlen(plain);
    char *header = apr_palloc(p, sizeof name + apr_base64_encode_len(len));

    memcpy(header, name, sizeof name);
    apr_base64_encode(header + sizeof name - 1, plain, len);
    OPENSSL_cleanse(plain, len);
    return header;
}

apr_status_t scim_sync_transport_start(scim_sync_transport_t *transport,
                                       const scim_sync_call_t *call, scim_sync_answered_t *done,
                                       void *baton, apr_pool_t *p)
{
    flight_t *flight = apr_pcalloc(p, sizeof *flight);

    flight->transport = transport;
    flight->method = apr_pstrdup(p, call->method);
    flight->url = apr_pstrdup(p, call->url);
    flight->body = apr_pstrdup(p, call->body);
    if (call->user != NULL) {
        flight->authorization.data =
            basic(call->user, call->password != NULL ? call->password : "", p);
    }
    flight->deadline = clock_now() + transport->settings.timeout;
    flight->may_send = call->may_send;
    flight->may_send_baton = call->may_send_baton;
    flight->done = done;
    flight->baton = baton;
    flight->p = p;
    flight->answer.body = "";
    flight->answer.retry_after_ms = -1;
    enqueue(flight);
    return APR_SUCCESS;
}

int scim_sync_transport_busy(const scim_sync_transport_t *transport)
{
    return transport->busy;
}

/* Sleep until a socket of ours or one of fds is ready, or left has passed. */
static apr_status_t sleep_on(scim_sync_transport_t *transport, const int *fds, int *readable,
                             int nfds, apr_interval_time_t left, int *woken)
{
    struct curl_waitfd *watched;
    int ms;

    apr_array_clear(transport->watched);
    for (int i = 0; i < nfds; i++) {
        struct curl_waitfd one = { .fd = fds[i], .events = CURL_WAIT_POLLIN };

        APR_ARRAY_PUSH(transport->watched, struct curl_waitfd) = one;
    }
    watched = (struct curl_waitfd *)transport->watched->elts;
    ms = (int)milliseconds(left < LONGEST_SLEEP ? left : LONGEST_SLEEP);
    if (curl_multi_poll(transport->multi, watched, nfds, ms, NULL) != CURLM_OK) {
        return APR_EGENERAL;
    }
    for (int i = 0; i < nfds; i++) {
        readable[i] = (watched[i].revents & CURL_WAIT_POLLIN) != 0;
        *woken |= readable[i];
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_transport_wait(scim_sync_transport_t *transport, const int *fds,
                                      int *readable, int nfds, apr_interval_time_t timeout)
{
    apr_time_t deadline = clock_now() + timeout;
    apr_status_t rv = APR_SUCCESS;
    int woken = 0;

    while (rv == APR_SUCCESS && !woken) {
        apr_interval_time_t left;
        int running;

        woken = seat_queued(transport) > 0;
        if (curl_multi_perform(transport->multi, &running) != CURLM_OK) {
            return APR_EGENERAL;
        }
        left = deadline - clock_now();
        woken |= finish_landed(transport) > 0 || left <= 0;
        rv = sleep_on(transport, fds, readable, nfds, woken ? 0 : left, &woken);
    }
    return rv;
}

void scim_sync_transport_abandon(scim_sync_transport_t *transport)
{
    flight_t *flight;

    for (int i = 0; i < transport->settings.max_connections; i++) {
        flight = transport->seats[i].flight;
        if (flight != NULL) {
            leave_seat(&transport->seats[i]);
            forget_credentials(flight);
        }
    }
    while ((flight = dequeue(transport)) != NULL) {
        forget_credentials(flight);
    }
}

static void keep(void *baton, const scim_sync_answer_t *answer)
{
    *(const scim_sync_answer_t **)baton = answer;
}

apr_status_t scim_sync_transport_call(const scim_sync_answer_t **answer,
                                      const scim_sync_transport_settings_t *settings,
                                      const scim_sync_call_t *call, apr_pool_t *p)
{
    scim_sync_transport_t *transport;
    apr_pool_t *own;
    apr_status_t rv = apr_pool_create(&own, p);

    *answer = NULL;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = scim_sync_transport_create(&transport, settings, own);
    if (rv == APR_SUCCESS) {
        rv = scim_sync_transport_start(transport, call, keep, answer, p);
    }
    while (rv == APR_SUCCESS && *answer == NULL) {
        rv = scim_sync_transport_wait(transport, NULL, NULL, 0, settings->timeout);
    }
    apr_pool_destroy(own);
    return rv;
}
