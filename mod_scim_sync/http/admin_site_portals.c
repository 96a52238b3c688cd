/* SPDX-License-Identifier: Apache-2.0 */
/* GET api/sites/{name}:customers/groups: its portals by what their names hold. */
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "http/admin_site_groups.h"
#include "http/admin_site_test.h"
#include "jira/servicedesk.h"
#include "store/portal.h"

/* Somebody waits: so many pages of 50, of each kind, and so long for all of them. */
#define PAGES_MAX 40
#define WAIT      apr_time_from_sec(15)

/* Projects, or organizations: how they are read, page by page. */
typedef struct {
    const char *prefix; /* of their names in rules */
    void (*ask)(scim_sync_call_t *call, const scim_sync_jira_t *jira, int start, apr_pool_t *p);
    scim_sync_outcome_t (*read)(const scim_sync_answer_t *answer, apr_array_header_t **page,
                                int *last, apr_pool_t *p);
    /* Those of a page that fit. */
    void (*sift)(apr_array_header_t *found, const apr_array_header_t *page, const char *folded,
                 apr_pool_t *p);
} kind_t;

static int holds(const char *name, const char *folded, apr_pool_t *p)
{
    const char *own = scim_sync_fold(name, p);

    return own && strstr(own, folded) != NULL;
}

static void sift_desks(apr_array_header_t *found, const apr_array_header_t *page,
                       const char *folded, apr_pool_t *p)
{
    int i;

    for (i = 0; i < page->nelts; i++) {
        const scim_sync_jira_desk_t *desk = &APR_ARRAY_IDX(page, i, scim_sync_jira_desk_t);
        const char *name = desk->project_name ? desk->project_name : desk->project_key;

        if (holds(desk->project_key, folded, p) || holds(name, folded, p)) {
            APR_ARRAY_PUSH(found, scim_sync_found_t) = (scim_sync_found_t) {
                .id = apr_pstrcat(p, SCIM_SYNC_PORTAL_DESK, desk->desk_id, NULL),
                .name = apr_pstrcat(p, SCIM_SYNC_PORTAL_PROJECT_NAME, desk->project_key, NULL),
                .display = apr_psprintf(p, "%s (project %s)", name, desk->project_key)
            };
        }
    }
}

static void sift_organizations(apr_array_header_t *found, const apr_array_header_t *page,
                               const char *folded, apr_pool_t *p)
{
    int i;

    for (i = 0; i < page->nelts; i++) {
        const scim_sync_jira_organization_t *one =
            &APR_ARRAY_IDX(page, i, scim_sync_jira_organization_t);
        const char *name = apr_pstrcat(p, SCIM_SYNC_PORTAL_ORGANIZATION_NAME, one->name, NULL);

        if (holds(one->name, folded, p)) {
            APR_ARRAY_PUSH(found, scim_sync_found_t) = (scim_sync_found_t) {
                .id = apr_pstrcat(p, SCIM_SYNC_PORTAL_ORGANIZATION, one->organization_id, NULL),
                .name = name,
                .display = apr_psprintf(p, "%s (organization)", one->name),
                .guarded = one->scim_managed ? scim_sync_portal_managed(name, p) : NULL
            };
        }
    }
}

static const kind_t kinds[] = { { SCIM_SYNC_PORTAL_PROJECT_NAME, scim_sync_jira_desks,
                                  scim_sync_jira_read_desks, sift_desks },
                                { SCIM_SYNC_PORTAL_ORGANIZATION_NAME, scim_sync_jira_organizations,
                                  scim_sync_jira_read_organizations, sift_organizations } };
#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* Until there are more than fit into the answer, all pages were read, or it takes too long. */
static scim_sync_outcome_t find(scim_sync_group_search_t *search, const kind_t *kind,
                                const char *folded, apr_time_t until, apr_array_header_t *found)
{
    scim_sync_outcome_t outcome = { .verdict = SCIM_SYNC_DONE };
    apr_pool_t *p = search->q->p;
    int start = 0;
    int last = 0;
    int n;

    for (n = 0; !last && n < PAGES_MAX && found->nelts <= search->limit; n++) {
        apr_array_header_t *page;
        scim_sync_call_t call;

        if (scim_sync_clock() > until) {
            break;
        }
        kind->ask(&call, &search->jira, start, p);
        outcome = kind->read(scim_sync_admin_ask_jira(search->q, &call), &page, &last, p);
        if (outcome.verdict != SCIM_SYNC_DONE) {
            return outcome;
        }
        kind->sift(found, page, folded, p);
        start += page->nelts;
    }
    search->complete &= last;
    return outcome;
}

static void take(scim_sync_group_search_t *search, const apr_array_header_t *found, int most)
{
    int i;

    for (i = 0; i < found->nelts && i < most; i++) {
        APR_ARRAY_PUSH(search->found, scim_sync_found_t) =
            APR_ARRAY_IDX(found, i, scim_sync_found_t);
    }
    search->complete &= found->nelts <= most;
}

/* The kind whose names begin so, of which *folded is then the rest; NULL: either. */
static const kind_t *kind_of(const char **folded)
{
    apr_size_t i;

    for (i = 0; i < KINDS; i++) {
        apr_size_t len = strlen(kinds[i].prefix);

        if (!strncmp(*folded, kinds[i].prefix, len)) {
            *folded += len;
            return &kinds[i];
        }
    }
    return NULL;
}

scim_sync_outcome_t scim_sync_admin_search_portals(scim_sync_group_search_t *search)
{
    scim_sync_outcome_t outcome = { .verdict = SCIM_SYNC_DONE };
    apr_array_header_t *found[KINDS];
    const char *folded = scim_sync_fold(search->text, search->q->p);
    const kind_t *only = kind_of(&folded);
    apr_time_t until = scim_sync_clock() + WAIT;
    int half = search->limit / 2;
    apr_size_t i;

    search->complete = 1;
    for (i = 0; outcome.verdict == SCIM_SYNC_DONE && i < KINDS; i++) {
        found[i] = apr_array_make(search->q->p, search->limit + 1, sizeof(scim_sync_found_t));
        if (!only || only == &kinds[i]) {
            outcome = find(search, &kinds[i], folded, until, found[i]);
        }
    }
    if (outcome.verdict == SCIM_SYNC_DONE) {
        take(search, found[0], search->limit - (found[1]->nelts < half ? found[1]->nelts : half));
        take(search, found[1], search->limit - search->found->nelts);
    }
    return outcome;
}
