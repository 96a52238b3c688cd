/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entity tags of what can be edited in the admin API (RFC 9110 sections 8.8.3 and 13): so that an
 * edit of something that somebody else has changed meanwhile is refused, and not lost.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_VERSION_H
#define SCIM_SYNC_HTTP_ADMIN_VERSION_H

#include "http/admin.h"

/*
 * Which state of a thing it is: the time at which it was made (ms), since another thing of its name
 * begins with the same versions, and its version.
 */
typedef struct {
    apr_int64_t created;
    apr_int64_t version;
} scim_sync_admin_version_t;

/* Of something that has no version of its own but its text; NULL: none was put yet. */
scim_sync_admin_version_t scim_sync_admin_version_of_text(apr_int64_t created, const char *text,
                                                          apr_pool_t *p);

/* The tag of it, in p, for an answer that shows many. */
const char *scim_sync_admin_etag(scim_sync_admin_version_t version, apr_pool_t *p);

/* Give the answer the tag of what it shows. */
void scim_sync_admin_tag(scim_sync_admin_t *q, scim_sync_admin_version_t version);

/* Whether the request says which version it is about. Without, whatever is there is meant. */
int scim_sync_admin_is_conditional(const scim_sync_admin_t *q);

/*
 * In a unit of work, before it changes something: 412 unless If-Match and If-None-Match allow for
 * this version.
 * version   what is there; NULL: nothing is, which no If-Match allows for
 */
apr_status_t scim_sync_admin_expect(scim_sync_admin_t *q, const scim_sync_admin_version_t *version);

/* The same, when it turns out later that somebody was quicker: 412 if a version was meant, or 409. */
apr_status_t scim_sync_admin_too_late(scim_sync_admin_t *q);

#endif
