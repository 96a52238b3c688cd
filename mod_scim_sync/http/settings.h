/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the configuration file says, as handlers read it. The directives themselves are in
 * module/directives.c.
 */
#ifndef SCIM_SYNC_HTTP_SETTINGS_H
#define SCIM_SYNC_HTTP_SETTINGS_H

#include <httpd.h>
#include <http_config.h>

#include "sync/runtime.h"

extern module AP_MODULE_DECLARE_DATA scim_sync_module;

/* Names of our handlers, as SetHandler takes them. */
#define SCIM_SYNC_HANDLER_SCIM     "scim-sync"
#define SCIM_SYNC_HANDLER_ADMIN    "scim-sync-admin"
#define SCIM_SYNC_HANDLER_HEALTH   "scim-sync-health"
#define SCIM_SYNC_HANDLER_CALLBACK "scim-sync-oauth-callback"
#define SCIM_SYNC_HANDLER_PUSH     "scim-sync-google-push"

#define SCIM_SYNC_UNSET (-1)

/*
 * Numbers that hold per location: X(member, default, least, most). The list makes the struct,
 * the merge and the getters, so that none can be forgotten.
 */
#define SCIM_SYNC_DIR_NUMBERS(X)                                                                   \
    X(max_body, 16777216, 1024, 1073741824) /* bytes of a request's body */                        \
    X(max_depth, 32, 4, 512)                /* nesting of its JSON */                              \
    X(max_operations, 1000, 1, 100000)      /* operations of one PATCH or Bulk */                  \
    X(max_values, 1000, 10, 100000)         /* elements of a multi-valued attribute */             \
    X(max_filter, 8192, 64, 65536)          /* bytes of a filter */                                \
    X(max_filter_depth, 32, 1, 256)         /* nesting of its brackets */                          \
    X(max_filter_looks, 50, 1, 10000)       /* its comparisons that look into each resource */     \
    X(page_size, 200, 1, 10000)             /* resources on one page */                            \
    X(cursor_timeout, 3600, 1, 604800)      /* seconds that a cursor is taken */                   \
    X(patch_members, 100, 0, 100000)        /* a larger group is answered 204 after PATCH */

typedef struct {
#define MEMBER(name, otherwise, least, most) apr_int64_t name;
    SCIM_SYNC_DIR_NUMBERS(MEMBER)
#undef MEMBER
    int is_v1;       /* ScimSyncVersion 1.1 */
    int is_recorded; /* ScimSyncRecord; On unless it is said */
    /* Who has these roles (http/role.h); NULL: nobody is named. */
    apr_array_header_t *administrators;
    apr_array_header_t *readers;
} scim_sync_dir_config_t;

/* Where one of our handlers is mounted: the path of its <Location>, without a slash at its end. */
typedef struct {
    const char *path;
    const char *handler;
} scim_sync_mount_t;

typedef struct {
    /* of the whole server: read from the main one */
    int on;
    const char *key_file;
    apr_int64_t shared_size;
    apr_int64_t jira_connections;
    apr_int64_t jira_timeout; /* seconds */
    apr_int64_t event_days;
    apr_int64_t reconcile_hours;
    const char *event_log; /* a path, or | and a program */
    const char *ca_file;   /* whoever vouches for Jira and Google; NULL: whom the system trusts */
    /* of each virtual host */
    const char *base_url;
} scim_sync_server_config_t;

void *scim_sync_dir_config_create(apr_pool_t *p, char *dir);
void *scim_sync_dir_config_merge(apr_pool_t *p, void *base, void *add);
void *scim_sync_server_config_create(apr_pool_t *p, server_rec *s);
void *scim_sync_server_config_merge(apr_pool_t *p, void *base, void *add);

scim_sync_server_config_t *scim_sync_server_config(const server_rec *s);

/* What holds for a request's location, defaults filled in. */
void scim_sync_dir_settings(scim_sync_dir_config_t *settings, const request_rec *r);

/* Whether SCIM 1.1 is spoken at a request's location. */
int scim_sync_is_v1(const request_rec *r);

/* What this child's handlers share; NULL when ScimSync is off. Set once, in child_init. */
scim_sync_runtime_t *scim_sync_runtime(void);
void scim_sync_set_runtime(scim_sync_runtime_t *runtime);

/* The handler that a location's SetHandler names, "" when there is none. */
const char *scim_sync_handler_in(request_rec *r, ap_conf_vector_t *location);

/*
 * The longest mount of a handler that holds a path, on the request's virtual host; path NULL: the
 * first one in the configuration, of those for SCIM 1.1 only when there is no other. NULL when
 * there is none. In r->pool.
 */
const scim_sync_mount_t *scim_sync_mount_of(request_rec *r, const char *handler, const char *path);

/* The first mount at which SCIM 1.1 is spoken, on the request's virtual host; NULL when there is none. */
const scim_sync_mount_t *scim_sync_mount_v1(request_rec *r);

/*
 * The paths of the SCIM locations of the request's virtual host at which requests are not kept
 * (ScimSyncRecord): const char * in r->pool.
 */
apr_array_header_t *scim_sync_unrecorded(request_rec *r);

/*
 * The URL under which clients reach a path of this server: ScimSyncBaseURL, or what the request
 * was sent to (as UseCanonicalName has it). In r->pool.
 */
const char *scim_sync_url(request_rec *r, const char *path);

#endif
