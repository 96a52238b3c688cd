/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP calls, many in flight, over one libcurl multi handle: keep-alive, TLS verified, redirects
 * refused (a redirect would carry credentials elsewhere), answers bounded.
 *
 * A transport belongs to the thread that made it. Callbacks run on that thread, from within
 * scim_sync_transport_wait().
 */
#ifndef SCIM_SYNC_JIRA_TRANSPORT_H
#define SCIM_SYNC_JIRA_TRANSPORT_H

#include <apr_pools.h>
#include <apr_time.h>

typedef struct scim_sync_transport_t scim_sync_transport_t;

/*
 * Asked whenever a queued call could be sent: 1 it may, 0 not yet, -1 never (it is answered as
 * dropped). It must not call back into the transport.
 */
typedef int scim_sync_may_send_t(void *baton);

typedef struct {
    const char *method; /* "GET", "POST", "PUT", "DELETE" */
    const char *url;
    const char *user; /* Basic authentication, or NULL */
    const char *password;
    const char *body;               /* JSON, or NULL */
    scim_sync_may_send_t *may_send; /* NULL: any time */
    void *may_send_baton;           /* lives until the call is answered or abandoned */
} scim_sync_call_t;

/* What came back. Lives in the pool of the call. */
typedef struct {
    int status;       /* HTTP status; 0 = no (whole) answer came */
    const char *body; /* at most max_answer bytes and a NUL; "" when empty */
    apr_size_t length;
    apr_int64_t retry_after_ms; /* Retry-After (seconds or date) from now; -1 = not said */
    const char *failure;        /* libcurl's words when status is 0, else NULL */
    int sent;                   /* whether the other side may have seen the request */
    int dropped;                /* it was never sent, because its own may_send said so */
} scim_sync_answer_t;

typedef void scim_sync_answered_t(void *baton, const scim_sync_answer_t *answer);

typedef struct {
    int max_connections;         /* per host, and in flight */
    apr_interval_time_t timeout; /* of one call, from start to end */
    apr_size_t max_answer;       /* bytes; a longer answer is a failure */
    const char *user_agent;
} scim_sync_transport_settings_t;

/* curl_global_init must have been called (scim_sync_transport_global). Cleaned up with p. */
apr_status_t scim_sync_transport_create(scim_sync_transport_t **transport,
                                        const scim_sync_transport_settings_t *settings,
                                        apr_pool_t *p);

/* Once per process, before threads: curl_global_init(). */
apr_status_t scim_sync_transport_global(void);

/*
 * Start a call. call is copied. done is called exactly once, unless the call is abandoned.
 * p   lives until done has returned; the answer is in it
 * APR_EGENERAL when libcurl refuses it; done is not called then.
 */
apr_status_t scim_sync_transport_start(scim_sync_transport_t *transport,
                                       const scim_sync_call_t *call, scim_sync_answered_t *done,
                                       void *baton, apr_pool_t *p);

/* Calls in flight. */
int scim_sync_transport_busy(const scim_sync_transport_t *transport);

/*
 * Work on all calls for at most timeout, return as soon as one ended or one of fds is readable.
 * fds   descriptors that wake it (eventfds), not read by us; readable[i] is set to 1 or 0
 */
apr_status_t scim_sync_transport_wait(scim_sync_transport_t *transport, const int *fds,
                                      int *readable, int nfds, apr_interval_time_t timeout);

/* Drop all calls in flight; their done is never called. */
void scim_sync_transport_abandon(scim_sync_transport_t *transport);

/* One call on its own, blocking (the admin API's test of credentials), from any thread. */
apr_status_t scim_sync_transport_call(const scim_sync_answer_t **answer,
                                      const scim_sync_transport_settings_t *settings,
                                      const scim_sync_call_t *call, apr_pool_t *p);

#endif
