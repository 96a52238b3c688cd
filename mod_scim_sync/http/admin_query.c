/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which parameters of the query each call of the admin API has: whoever misspells one would be
 * answered, or change, more than was asked for. And which calls change something: as a rule all but
 * GET.
 */
#include "http/admin_query.h"

#include <string.h>
#include <strings.h>

#define NAMES_MAX 16
/* In the place of a name or an id. */
#define ANY "*"

typedef enum {
    BY_METHOD, /* a GET changes nothing, and all others do */
    READS,
    CHANGES
} effect_t;

typedef struct {
    const char *method;                 /* of a GET also its HEAD */
    const char *at[SCIM_SYNC_SEGMENTS]; /* behind "api", up to NULL */
    const char *names[NAMES_MAX];       /* up to NULL */
    effect_t effect;
} call_t;

#define FOUND "q", "idp", "state", "limit", "after"
#define TASKS "state", "kind", "site", "idp", "subject", "class", "status"

/* A call that is not among these has no parameters, and the effect of its method. */
static const call_t calls[] = {
    { "POST", { "sites", ANY, "groups", "preview" }, { NULL }, READS },
    { "POST", { "idps", ANY, "plan" }, { NULL }, READS },
    { "POST", { "idps", ANY, "rules", "try" }, { NULL }, READS },
    { "GET", { "idps", ANY, "google", "connect" }, { NULL }, CHANGES },
    { "GET", { "sites", ANY, "groups" }, { "q", "limit" } },
    { "PUT", { "sites", ANY }, { "sameJira" } },
    { "GET", { "sites", ANY, "conflicts" }, { "limit", "afterGroup", "afterPerson" } },
    { "PATCH", { "idps", ANY }, { "access", "leavers", "guard" } },
    { "DELETE", { "idps", ANY }, { "access", "leavers", "guard" } },
    { "POST", { "idps", ANY, "guard", "release" }, { "site", "kind" } },
    { "POST", { "idps", ANY, "guard", "discard" }, { "site", "kind" } },
    { "GET", { "idps", ANY, "users", "plan" }, { "userName" } },
    { "GET", { "idps", ANY, "groups", "plan" }, { "displayName" } },
    { "GET", { "idps", ANY, "groups", ANY, "members" }, { "limit", "after" } },
    { "GET", { "idps", ANY, "pulls" }, { "limit", "before" } },
    { "GET", { "idps", ANY, "pulls", ANY, "changes" }, { "what", "type", "limit", "after" } },
    { "GET", { "status" }, { "counts" } },
    { "GET", { "people" }, { FOUND } },
    { "GET", { "groups" }, { FOUND } },
    { "GET", { "health", "series" }, { "hours" } },
    { "GET",
      { "idps", ANY, "requests" },
      { "limit", "before", "refused", "method", "path", "address" } },
    { "GET", { "tasks" }, { TASKS, "guard", "guardIdp", "limit", "after" } },
    { "GET", { "tasks", "reasons" }, { "state", "idp" } },
    { "POST", { "tasks", "retry" }, { TASKS } },
    { "GET",
      { "events" },
      { "person", "group", "subject", "idp", "site", "kind", "actor", "from", "to", "before",
        "limit", "q", "format" } },
};

static int is_at(const call_t *call, const scim_sync_segments_t *segments)
{
    int i;

    for (i = 1; i < segments->count; i++) {
        const char *at = call->at[i - 1];

        if (!at || (strcmp(at, ANY) && strcmp(at, segments->at[i]))) {
            return 0;
        }
    }
    return !call->at[i - 1];
}

static const call_t *find_call(const char *method, const scim_sync_segments_t *segments)
{
    apr_size_t i;

    for (i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
        if (!strcmp(calls[i].method, method) && is_at(&calls[i], segments)) {
            return &calls[i];
        }
    }
    return NULL;
}

typedef struct {
    const call_t *call; /* or NULL */
    const char *unknown;
} search_t;

static int find_unknown(void *baton, const char *name, const char *value)
{
    search_t *search = baton;
    int known = 0;
    int i;

    (void)value;
    for (i = 0; search->call && search->call->names[i] && !known; i++) {
        known = !strcasecmp(search->call->names[i], name);
    }
    search->unknown = known ? NULL : name;
    return known;
}

const scim_sync_error_t *scim_sync_admin_query(const scim_sync_admin_t *q,
                                               const scim_sync_segments_t *segments)
{
    search_t search = { .call = find_call(scim_sync_method(q->r), segments) };

    apr_table_do(find_unknown, &search, q->query, NULL);
    return search.unknown
               ? scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                                 "There is no query parameter %.64s here.", search.unknown)
               : NULL;
}

int scim_sync_admin_only_reads(const scim_sync_admin_t *q, const scim_sync_segments_t *segments)
{
    const char *method = scim_sync_method(q->r);
    const call_t *call = find_call(method, segments);

    return call && call->effect != BY_METHOD ? call->effect == READS : !strcmp(method, "GET");
}
