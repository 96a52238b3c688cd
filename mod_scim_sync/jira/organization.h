/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Atlassian's organization API (v2) and, for profiles, its user management API, as far as we use
 * them: how each call is made, and what its answer means. Pure: neither network nor state.
 * https://developer.atlassian.com/cloud/admin/organization/rest/
 * https://developer.atlassian.com/cloud/admin/user-management/rest/
 *
 * Both take the organization's API key, which is another credential than the API token of a site.
 * So nothing that is answered here is DENIED, which would stop the site: what the key is refused is
 * REFUSED, with words that say so.
 */
#ifndef SCIM_SYNC_JIRA_ORGANIZATION_H
#define SCIM_SYNC_JIRA_ORGANIZATION_H

#include <jansson.h>

#include "base/outcome.h"
#include "net/transport.h"

typedef struct {
    const char *base_url; /* scim_sync_organization_url(); no slash at its end */
    const char *id;
    const char *key;
} scim_sync_organization_t;

/*
 * Where the API is: url, or (NULL) Atlassian's; for a site that is http on loopback, and therefore
 * a simulated one, the site itself. In p.
 */
const char *scim_sync_organization_url(const char *site_url, const char *url, apr_pool_t *p);

/* An organization's id: letters, digits and -, 64 at most; it becomes part of an URL. */
int scim_sync_organization_is_id(const char *text);

/* Each fills *call from p. */

/* The directories in which an account is; account_id NULL: all, which is what a test asks. */
void scim_sync_organization_directories(scim_sync_call_t *call,
                                        const scim_sync_organization_t *organization,
                                        const char *account_id, apr_pool_t *p);
void scim_sync_organization_account(scim_sync_call_t *call,
                                    const scim_sync_organization_t *organization,
                                    const char *directory, const char *account_id, apr_pool_t *p);
void scim_sync_organization_suspend(scim_sync_call_t *call,
                                    const scim_sync_organization_t *organization,
                                    const char *directory, const char *account_id, apr_pool_t *p);
void scim_sync_organization_restore(scim_sync_call_t *call,
                                    const scim_sync_organization_t *organization,
                                    const char *directory, const char *account_id, apr_pool_t *p);
/* profile: JSON, of the attributes that are to be changed. */
void scim_sync_organization_profile(scim_sync_call_t *call,
                                    const scim_sync_organization_t *organization,
                                    const char *account_id, const char *profile, apr_pool_t *p);

/* Each reads the answer to its call; the outcome's detail and all results live in p. */

/* DONE with the id of the first directory, "" when there is none. */
scim_sync_outcome_t scim_sync_organization_read_directories(const scim_sync_answer_t *answer,
                                                            const char **directory, apr_pool_t *p);
/* DONE; an account of which it is not said that it is managed counts as unmanaged. */
scim_sync_outcome_t scim_sync_organization_read_account(const scim_sync_answer_t *answer,
                                                        int *unmanaged, int *suspended,
                                                        apr_pool_t *p);
/* The answer to a change. */
scim_sync_outcome_t scim_sync_organization_read_change(const scim_sync_answer_t *answer,
                                                       apr_pool_t *p);

#endif
