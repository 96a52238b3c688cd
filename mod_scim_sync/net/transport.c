/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP calls over libcurl's multi interface.
 *
 * A call waits in a queue until it may be sent and one of max_connections seats is free; once it
 * has landed it waits in another until its caller is told. What it needs lives in its caller's
 * pool; only the seats, which are used again and again, live as long as the transport. The copies
 * of the credentials, and of what is sent, that we hold are wiped as soon as the call has ended.
 */
#include "net/transport.h"

#include <string.h>

#include <apr_strings.h>
#include <curl/curl.h>
#include <openssl/crypto.h>

#include "base/text.h"
#include "net/request.h"

#define FIRST_ROOM 4096
/*
 * The longest sleep. libcurl 7.88 loses the timer of a whole call when the one of its connecting
 * ends in the same millisecond; it looks at the time of every call whenever it is called.
 */
#define LONGEST_SLEEP apr_time_from_sec(1)
/* When the next call in the queue may be sent, if only an answer can tell. */
#define NOT_BY_TIME APR_INT64_MAX

typedef struct flight_t flight_t;

/* An easy handle and the call that it works on. */
typedef struct {
    CURL *easy;       /* NULL until the seat is used for the first time */
    flight_t *flight; /* NULL when the seat is free */
} seat_t;

/* One call, from its start to its end. */
struct flight_t {
    scim_sync_transport_t *transport;
    flight_t *next; /* in a queue */
    const char *method;
    const char *url;
    char *body;
    scim_sync_body_t kind;           /* of body */
    struct curl_slist authorization; /* first of its headers; no data without credentials */
    struct curl_slist own;           /* the header that it alone has; no data if there is none */
    apr_time_t deadline;             /* by scim_sync_clock() */
    scim_sync_passage_t passage;
    scim_sync_answered_t *done;
    void *baton;
    apr_pool_t *p;
    scim_sync_answer_t answer;
    apr_table_t *headers; /* the answer's that matter */
    char *text;           /* its body so far */
    apr_size_t room;
    int sendings;
    char error[CURL_ERROR_SIZE];
};

typedef struct {
    flight_t *first, **last;
    int length;
} queue_t;

struct scim_sync_transport_t {
    scim_sync_transport_settings_t settings;
    CURLM *multi;
    seat_t *seats;   /* max_connections of them */
    queue_t waiting; /* to be sent */
    queue_t landed;  /* to be told of */
    apr_time_t due;  /* by scim_sync_clock(): when one of waiting may go */
    int seated;
    struct curl_slist *headers[SCIM_SYNC_BODIES]; /* of every call with such a body */
    apr_array_header_t *watched;                  /* struct curl_waitfd */
};

apr_status_t scim_sync_transport_global(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? APR_SUCCESS : APR_EGENERAL;
}

static apr_status_t dispose(void *data)
{
    scim_sync_transport_t *transport = data;

    scim_sync_transport_abandon(transport);
    for (int i = 0; i < transport->settings.max_connections; i++) {
        curl_easy_cleanup(transport->seats[i].easy);
    }
    curl_multi_cleanup(transport->multi);
    for (int i = 0; i < SCIM_SYNC_BODIES; i++) {
        curl_slist_free_all(transport->headers[i]);
    }
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
    t->settings.ca_file = apr_pstrdup(p, settings->ca_file);
    t->waiting.last = &t->waiting.first;
    t->landed.last = &t->landed.first;
    t->due = NOT_BY_TIME;
    t->seats = apr_pcalloc(p, n * sizeof *t->seats);
    t->watched = apr_array_make(p, 4, sizeof(struct curl_waitfd));
    t->multi = curl_multi_init();
    /* Before p's subpools go, since those of the calls may be among them. */
    apr_pool_pre_cleanup_register(p, t, dispose);
    if (t->multi == NULL) {
        return APR_ENOMEM;
    }
    for (int i = 0; i < SCIM_SYNC_BODIES; i++) {
        if ((t->headers[i] = scim_sync_request_headers(i)) == NULL) {
            return APR_ENOMEM;
        }
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

/* CURLOPT_HEADERFUNCTION */
static size_t keep_header(char *data, size_t size, size_t count, void *baton)
{
    flight_t *flight = baton;

    scim_sync_rate_keep(flight->headers, data, size * count);
    return size * count;
}

/* CURLOPT_PREREQFUNCTION: asked each time that the request is about to be sent. */
static int count_sending(void *baton, char *peer, char *local, int peer_port, int local_port)
{
    flight_t *flight = baton;

    (void)peer, (void)local, (void)peer_port, (void)local_port;
    flight->answer.resent = flight->sendings++ > 0;
    return CURL_PREREQFUNC_OK;
}

/* Set up the easy handle for this call. */
static int equip(CURL *easy, flight_t *flight)
{
    scim_sync_transport_t *transport = flight->transport;
    scim_sync_request_t request = { .method = flight->method,
                                    .url = flight->url,
                                    .body = flight->body,
                                    .user_agent = transport->settings.user_agent,
                                    .ca_file = transport->settings.ca_file,
                                    .left = flight->deadline - scim_sync_clock() };

    flight->own.next = transport->headers[flight->kind];
    flight->authorization.next = flight->own.data != NULL ? &flight->own : flight->own.next;
    request.headers =
        flight->authorization.data != NULL ? &flight->authorization : flight->authorization.next;
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, flight);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, keep_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, flight);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, count_sending);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, flight);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, flight->error);
    return scim_sync_request_equip(easy, &request);
}

static void enqueue(queue_t *queue, flight_t *flight)
{
    flight->next = NULL;
    *queue->last = flight;
    queue->last = &flight->next;
    queue->length++;
}

/* Take one out of a queue; at is where the queue points at it. */
static flight_t *unlink_at(queue_t *queue, flight_t **at)
{
    flight_t *flight = *at;

    *at = flight->next;
    if (*at == NULL) {
        queue->last = at;
    }
    queue->length--;
    return flight;
}

static flight_t *dequeue(queue_t *queue)
{
    return queue->first != NULL ? unlink_at(queue, &queue->first) : NULL;
}

/*
 * The first one that may be sent, or must be dropped; others wait, and their time-out with them.
 * When there is none, due is the time at which the first of them may go.
 */
static flight_t *dequeue_ready(scim_sync_transport_t *transport)
{
    apr_time_t now = scim_sync_clock();
    flight_t **at;

    transport->due = NOT_BY_TIME;
    for (at = &transport->waiting.first; *at != NULL; at = &(*at)->next) {
        flight_t *flight = *at;
        const scim_sync_passage_t *passage = &flight->passage;
        apr_interval_time_t wait = passage->may_send ? passage->may_send(passage->baton) : 0;

        if (wait <= 0) {
            flight->answer.dropped = wait < 0;
            return unlink_at(&transport->waiting, at);
        }
        if (wait < NOT_BY_TIME - now && now + wait < transport->due) {
            transport->due = now + wait;
        }
        flight->deadline = now + transport->settings.timeout;
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
    transport->seated++;
    return CURLE_OK;
}

/* Connections stay open for others; the easy handle forgets every pointer into the call. */
static void leave_seat(seat_t *seat)
{
    scim_sync_transport_t *transport = seat->flight->transport;

    curl_multi_remove_handle(transport->multi, seat->easy);
    curl_easy_reset(seat->easy);
    seat->flight = NULL;
    transport->seated--;
}

/* What is sent may hold some, too: a client's secret, a token. */
static void forget_credentials(flight_t *flight)
{
    if (flight->body != NULL) {
        OPENSSL_cleanse(flight->body, strlen(flight->body));
    }
    if (flight->authorization.data != NULL) {
        OPENSSL_cleanse(flight->authorization.data, strlen(flight->authorization.data));
    }
}

static void read_answer(flight_t *flight, CURL *easy)
{
    scim_sync_answer_t *answer = &flight->answer;
    long status = 0;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (int)status;
    answer->sent = 1;
    answer->rate = scim_sync_rate_read(flight->headers, scim_sync_now());
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

/* It has come to its end; its caller hears of it from within scim_sync_transport_wait(). */
static void land(flight_t *flight)
{
    const scim_sync_passage_t *passage = &flight->passage;

    forget_credentials(flight);
    if (passage->landed != NULL && !flight->answer.dropped) {
        passage->landed(passage->baton, &flight->answer);
    }
    enqueue(&flight->transport->landed, flight);
}

/* The calls that libcurl has brought to an end. */
static void take_landed(scim_sync_transport_t *transport)
{
    CURLMsg *message;
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
        land(flight);
    }
}

/* From the queue into free seats. */
static void seat_waiting(scim_sync_transport_t *transport)
{
    seat_t *seat;
    flight_t *flight;

    while ((seat = free_seat(transport)) != NULL && (flight = dequeue_ready(transport)) != NULL) {
        CURLcode rc = flight->answer.dropped ? CURLE_ABORTED_BY_CALLBACK : take_seat(seat, flight);

        if (rc != CURLE_OK) {
            flight->answer.failure = curl_easy_strerror(rc);
            land(flight);
        }
    }
    if (seat == NULL) {
        transport->due = NOT_BY_TIME;
    }
}

/* Tell of those that have landed; how many. The call's pool may be gone when done returns. */
static int tell(scim_sync_transport_t *transport)
{
    flight_t *flight;
    int count = 0;

    while ((flight = dequeue(&transport->landed)) != NULL) {
        flight->done(flight->baton, &flight->answer);
        count++;
    }
    return count;
}

/* What a landed call leaves free is taken at once by those that wait. */
apr_status_t scim_sync_transport_push(scim_sync_transport_t *transport)
{
    int running;

    seat_waiting(transport);
    if (curl_multi_perform(transport->multi, &running) != CURLM_OK) {
        return APR_EGENERAL;
    }
    take_landed(transport);
    if (transport->waiting.first != NULL && free_seat(transport) != NULL) {
        seat_waiting(transport);
        return curl_multi_perform(transport->multi, &running) == CURLM_OK ? APR_SUCCESS
                                                                          : APR_EGENERAL;
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_transport_start(scim_sync_transport_t *transport,
                                       const scim_sync_call_t *call, scim_sync_answered_t *done,
                                       void *baton, apr_pool_t *p)
{
    flight_t *flight = apr_pcalloc(p, sizeof *flight);

    flight->transport = transport;
    flight->method = apr_pstrdup(p, call->method);
    flight->url = apr_pstrdup(p, call->url);
    flight->body = apr_pstrdup(p, call->form != NULL ? call->form : call->body);
    flight->kind = call->form != NULL   ? SCIM_SYNC_BODY_FORM
                   : call->body != NULL ? SCIM_SYNC_BODY_JSON
                                        : SCIM_SYNC_BODY_NONE;
    flight->own.data = apr_pstrdup(p, call->header);
    if (call->bearer != NULL) {
        flight->authorization.data = scim_sync_request_bearer(call->bearer, p);
    }
    else if (call->user != NULL) {
        flight->authorization.data =
            scim_sync_request_basic(call->user, call->password != NULL ? call->password : "", p);
    }
    flight->deadline = scim_sync_clock() + transport->settings.timeout;
    flight->passage = call->passage;
    flight->done = done;
    flight->baton = baton;
    flight->p = p;
    flight->answer.body = "";
    flight->answer.rate = (scim_sync_rate_t)SCIM_SYNC_RATE_UNSAID;
    flight->headers = apr_table_make(p, 4);
    enqueue(&transport->waiting, flight);
    return APR_SUCCESS;
}

int scim_sync_transport_busy(const scim_sync_transport_t *transport)
{
    return transport->waiting.length + transport->seated + transport->landed.length;
}

int scim_sync_transport_waiting(const scim_sync_transport_t *transport)
{
    return transport->waiting.length;
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
    left = left < LONGEST_SLEEP ? left : LONGEST_SLEEP;
    if (transport->due != NOT_BY_TIME && transport->due - scim_sync_clock() < left) {
        left = transport->due - scim_sync_clock();
    }
    ms = (int)scim_sync_milliseconds(left);
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
    apr_time_t deadline = scim_sync_clock() + timeout;
    apr_status_t rv = APR_SUCCESS;
    int woken = 0;

    while (rv == APR_SUCCESS && !woken) {
        apr_interval_time_t left;

        if ((rv = scim_sync_transport_push(transport)) != APR_SUCCESS) {
            return rv;
        }
        woken = tell(transport) > 0;
        left = deadline - scim_sync_clock();
        woken |= left <= 0;
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
    while ((flight = dequeue(&transport->waiting)) != NULL) {
        forget_credentials(flight);
    }
    while (dequeue(&transport->landed) != NULL) {
        continue;
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
