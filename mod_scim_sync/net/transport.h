/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP calls, many in flight, over one libcurl multi handle: keep-alive, TLS verified, redirects
 * refused (a redirect would carry credentials elsewhere), answers bounded.
 *
 * A transport belongs to the thread that made it. Calls are answered on that thread, from within
 * scim_sync_transport_wait().
 */
#ifndef SCIM_SYNC_NET_TRANSPORT_H
#define SCIM_SYNC_NET_TRANSPORT_H

#include <apr_pools.h>
#include <apr_time.h>

#include "net/rate.h"

typedef struct scim_sync_transport_t scim_sync_transport_t;

/* What came back. Lives in the pool of the call. */
typedef struct {
    int status;       /* HTTP status; 0 = no (whole) answer came */
    const char *body; /* at most max_answer bytes and a NUL; "" when empty */
    apr_size_t length;
    scim_sync_rate_t rate; /* what it says about limits */
    const char *failure;   /* libcurl's words when status is 0, else NULL */
    int sent;              /* whether the other side may have seen the request */
    int dropped;           /* it was never sent, because its own may_send said so */
    int resent; /* libcurl has sent it again by itself, since a connection that was used before
                 * ended without an answer: what the first time has done, this may not say */
} scim_sync_answer_t;

/* What a call must pass before it is sent. Neither function may call back into the transport. */
typedef struct {
    /*
     * Asked whenever the call could be sent: 0 it is, now; more than that: how long (us) it has to
     * wait, it may be asked again earlier; less: never, it is answered as dropped. NULL: any time.
     */
    apr_interval_time_t (*may_send)(void *baton);
    /*
     * Told, once, what became of a call that was let pass, as soon as that is known. May be NULL.
     */
    void (*landed)(void *baton, const scim_sync_answer_t *answer);
    void *baton; /* lives until the call is answered or abandoned */
} scim_sync_passage_t;

typedef struct {
    const char *method; /* "GET", "POST", "PUT", "PATCH", "DELETE" */
    const char *url;
    const char *user; /* Basic authentication, or NULL */
    const char *password;
    const char *body;     /* JSON, or NULL */
    const char *endpoint; /* whose limits hold for it: the method and the path without its ids */
    const char *bearer;   /* a bearer token (RFC 6750) in the place of user and password, or NULL */
    const char *header;   /* one more, "Name: value", nothing secret; or NULL */
    const char *form;     /* application/x-www-form-urlencoded in the place of body, or NULL */
    scim_sync_passage_t passage;
} scim_sync_call_t;

typedef void scim_sync_answered_t(void *baton, const scim_sync_answer_t *answer);

typedef struct {
    int max_connections;         /* per host, and in flight */
    apr_interval_time_t timeout; /* of one call, from start to end */
    apr_size_t max_answer;       /* bytes; a longer answer is a failure */
    const char *user_agent;
    const char *ca_file; /* PEM: whoever vouches for servers; NULL: libcurl's own */
} scim_sync_transport_settings_t;

/* curl_global_init must have been called (scim_sync_transport_global). Cleaned up with p. */
apr_status_t scim_sync_transport_create(scim_sync_transport_t **transport,
                                        const scim_sync_transport_settings_t *settings,
                                        apr_pool_t *p);

/* Once per process, before threads: curl_global_init(). */
apr_status_t scim_sync_transport_global(void);

/*
 * Start a call. call is copied; the copies of what may be secret (the credentials, what is sent) are
 * wiped when the call has ended. done is called exactly once, unless the call is abandoned.
 * p   lives until done has returned; the answer is in it
 * APR_EGENERAL when libcurl refuses it; done is not called then.
 */
apr_status_t scim_sync_transport_start(scim_sync_transport_t *transport,
                                       const scim_sync_call_t *call, scim_sync_answered_t *done,
                                       void *baton, apr_pool_t *p);

/* Calls that were started and are not answered yet; those of them that could not be sent yet. */
int scim_sync_transport_busy(const scim_sync_transport_t *transport);
int scim_sync_transport_waiting(const scim_sync_transport_t *transport);

/*
 * Work on all calls for at most timeout, return as soon as one ended or one of fds is readable.
 * fds   descriptors that wake it (eventfds), not read by us; readable[i] is set to 1 or 0
 */
apr_status_t scim_sync_transport_wait(scim_sync_transport_t *transport, const int *fds,
                                      int *readable, int nfds, apr_interval_time_t timeout);

/*
 * The same without waiting, and without telling anybody: for a caller that does something long in
 * between, so that no connection is idle meanwhile. May be called on another thread while the
 * transport's own one waits for that.
 */
apr_status_t scim_sync_transport_push(scim_sync_transport_t *transport);

/* Drop all calls in flight; their done is never called. */
void scim_sync_transport_abandon(scim_sync_transport_t *transport);

/* One call on its own, blocking (the admin API's test of credentials), from any thread. */
apr_status_t scim_sync_transport_call(const scim_sync_answer_t **answer,
                                      const scim_sync_transport_settings_t *settings,
                                      const scim_sync_call_t *call, apr_pool_t *p);

#endif
