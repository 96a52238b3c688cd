/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the admin API over libcurl: one connection, one call at a time. Redirects are not
 * followed, TLS is verified, and what may hold a password goes nowhere but to the server.
 */
#ifndef SCIM_SYNCCTL_HTTP_H
#define SCIM_SYNCCTL_HTTP_H

#include <signal.h>

#include <apr_pools.h>
#include <jansson.h>

#include "scim-syncctl/settings.h"

typedef struct ctl_http_t ctl_http_t;

typedef struct {
    const char *method;
    const char *path;     /* behind "/api/", its parts encoded: "idps/okta?access=keep" */
    const json_t *body;   /* NULL: none */
    const char *if_match; /* an ETag, or NULL */
    int make_only;        /* If-None-Match: *, so that nothing that is there is changed */
} ctl_request_t;

typedef struct {
    long status;       /* 0: there is no answer */
    json_t *body;      /* NULL: none, or no JSON */
    const char *etag;  /* NULL: none */
    const char *fault; /* of status 0: what went wrong, in libcurl's words */
    int interrupted;   /* of status 0: *stop was set meanwhile */
} ctl_response_t;

/*
 * Prepares calls with these settings, until p ends.
 * stop   when it is not 0 any more the call that runs is given up; NULL: never
 * why    what is wrong, in p; NULL when nothing is
 */
const char *ctl_http_open(ctl_http_t **http, const ctl_settings_t *settings,
                          const volatile sig_atomic_t *stop, apr_pool_t *p);

/* From now on as these settings say, which have a password by now. */
void ctl_http_identify(ctl_http_t *http, const ctl_settings_t *settings);

/* Makes a call; what the answer has is in p. */
void ctl_http_call(ctl_http_t *http, const ctl_request_t *request, ctl_response_t *answer,
                   apr_pool_t *p);

/* Why a URL can't be one of the server, in p; NULL when it can. */
const char *ctl_http_fault_of_url(const char *url, apr_pool_t *p);

#endif
