/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Jira Cloud platform REST API v3, as far as we use it: how each call is made, and what its
 * answer means. Pure: neither network nor state.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/
 */
#ifndef SCIM_SYNC_JIRA_PLATFORM_H
#define SCIM_SYNC_JIRA_PLATFORM_H

#include <apr_tables.h>

#include "base/outcome.h"
#include "net/transport.h"

/* Where Atlassian accepts API tokens with scopes, which a site's own address refuses. */
#define SCIM_SYNC_JIRA_GATEWAY "https://api.atlassian.com"

/* The scopes that a token with scopes needs for all that is called here. */
#define SCIM_SYNC_JIRA_SCOPE_READ   "read:jira-user"
#define SCIM_SYNC_JIRA_SCOPE_MANAGE "manage:jira-configuration"

/* A Jira Cloud site and who we are there. */
typedef struct {
    const char *name;
    const char *base_url; /* of its API (scim_sync_jira_api_url), no slash at its end */
    const char *email;
    const char *api_token;
} scim_sync_jira_t;

typedef struct {
    const char *account_id;
    const char *email; /* NULL when the person hides it */
    const char *display_name;
    const char *account_type; /* "atlassian", "app", "customer" */
    int active;
} scim_sync_jira_account_t;

typedef struct {
    const char *group_id;
    const char *name;
} scim_sync_jira_group_t;

/* Whether a list of scim_sync_jira_group_t has the group. */
int scim_sync_jira_lists_group(const apr_array_header_t *groups, const char *group_id);

/* A product, and who may use it: whoever is in one of its groups, each of whom takes a seat. */
typedef struct {
    const char *key;            /* "jira-software" */
    int unlimited;              /* seats don't count, or Jira does not say how many there are */
    int seats;                  /* paid for */
    int left;                   /* of them */
    apr_array_header_t *groups; /* scim_sync_jira_group_t */
} scim_sync_jira_product_t;

/* A page of accounts. */
typedef struct {
    apr_array_header_t *accounts; /* scim_sync_jira_account_t: those that have an id */
    int count;                    /* of all that are on it */
    int total;                    /* of all pages, as Jira says; -1: it doesn't */
    int last;                     /* there is no further page */
} scim_sync_jira_page_t;

/* So many can be asked for by their ids in one call: one page, and an URL that servers take. */
#define SCIM_SYNC_JIRA_GROUPS_AT_ONCE   50
#define SCIM_SYNC_JIRA_ACCOUNTS_AT_ONCE 100

/* Each fills *call from p. */
void scim_sync_jira_myself(scim_sync_call_t *call, const scim_sync_jira_t *jira, apr_pool_t *p);
void scim_sync_jira_products(scim_sync_call_t *call, const scim_sync_jira_t *jira, apr_pool_t *p);
/* A page of the groups that have an accessType ("site-admin", "admin"), from the start'th on. */
void scim_sync_jira_admin_groups(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                 const char *access, int start, apr_pool_t *p);
void scim_sync_jira_find_account(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                 const char *email, apr_pool_t *p);
void scim_sync_jira_create_account(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                   const char *email, const apr_array_header_t *products,
                                   apr_pool_t *p);
void scim_sync_jira_account_groups(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                   const char *account_id, apr_pool_t *p);
void scim_sync_jira_delete_account(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                   const char *account_id, apr_pool_t *p);
void scim_sync_jira_find_group(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                               const char *name, apr_pool_t *p);
/* Groups whose names hold this one, in whatever upper and lower case. */
void scim_sync_jira_find_twin(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                              const char *name, apr_pool_t *p);
/*
 * Groups whose names hold this text, in whatever upper and lower case; "": any. Jira shows max of
 * them, or fewer: for people who type.
 */
void scim_sync_jira_search_groups(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                  const char *text, int max, apr_pool_t *p);
void scim_sync_jira_create_group(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                 const char *name, apr_pool_t *p);
void scim_sync_jira_delete_group(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                 const char *group_id, apr_pool_t *p);
void scim_sync_jira_add_member(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                               const char *group_id, const char *account_id, apr_pool_t *p);
void scim_sync_jira_remove_member(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                  const char *group_id, const char *account_id, apr_pool_t *p);

/* Which of these are there: ids (const char *), no two alike. */
void scim_sync_jira_groups(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                           const apr_array_header_t *ids, apr_pool_t *p);
void scim_sync_jira_accounts(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                             const apr_array_header_t *ids, apr_pool_t *p);
/* A page of all accounts that the site knows, inactive ones too, from the start'th on. */
void scim_sync_jira_all_accounts(scim_sync_call_t *call, const scim_sync_jira_t *jira, int start,
                                 apr_pool_t *p);
/* A page of a group's members, inactive ones too, from the start'th on. */
void scim_sync_jira_members(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                            const char *group_id, int start, apr_pool_t *p);

/*
 * Each reads the answer to its call. The outcome's detail and all results live in p. Answers that
 * are no JSON though they should be are RETRY, never "nothing there". 401 is DENIED everywhere;
 * 403 is REFUSED with Jira's words; 429 is RETRY with Retry-After; 5xx, a cut connection, a
 * time-out are RETRY.
 */
scim_sync_outcome_t scim_sync_jira_read_myself(const scim_sync_answer_t *answer,
                                               scim_sync_jira_account_t *account, apr_pool_t *p);
/* DONE with scim_sync_jira_product_t elements (GET applicationrole, only for administrators). */
scim_sync_outcome_t scim_sync_jira_read_products(const scim_sync_answer_t *answer,
                                                 apr_array_header_t **products, apr_pool_t *p);
/*
 * DONE with the page's scim_sync_jira_group_t; *last when there is no further page. A group_id may
 * be NULL here: the name alone says whom to leave alone.
 */
scim_sync_outcome_t scim_sync_jira_read_admin_groups(const scim_sync_answer_t *answer,
                                                     apr_array_header_t **groups, int *last,
                                                     apr_pool_t *p);
/*
 * DONE with the one account of accountType atlassian whose address is email (compared folded), or
 * whose address is hidden when it is the only hit; ABSENT; REFUSED when several fit, or when the
 * address is an app's, whose account is never taken. A customer's is not taken either: people who
 * use Jira have another account beside it. So that is ABSENT, and only account_type is set.
 */
scim_sync_outcome_t scim_sync_jira_read_find_account(const scim_sync_answer_t *answer,
                                                     const char *email,
                                                     scim_sync_jira_account_t *account,
                                                     apr_pool_t *p);
/*
 * DONE with the account; 400 and 5xx are ABSENT with Jira's words: look again, it may exist.
 * REFUSED when the account that Jira has is an app's or a customer's.
 */
scim_sync_outcome_t scim_sync_jira_read_create_account(const scim_sync_answer_t *answer,
                                                       scim_sync_jira_account_t *account,
                                                       apr_pool_t *p);
/* DONE with scim_sync_jira_group_t elements. */
scim_sync_outcome_t scim_sync_jira_read_account_groups(const scim_sync_answer_t *answer,
                                                       apr_array_header_t **groups, apr_pool_t *p);
/* DONE also when the account is not there any more; 400, "cannot be removed", is REFUSED. */
scim_sync_outcome_t scim_sync_jira_read_delete_account(const scim_sync_answer_t *answer,
                                                       apr_pool_t *p);
/* DONE with the group of exactly that name, else ABSENT. */
scim_sync_outcome_t scim_sync_jira_read_find_group(const scim_sync_answer_t *answer,
                                                   const char *name, scim_sync_jira_group_t *group,
                                                   apr_pool_t *p);
/*
 * DONE with the group whose name differs from this one in upper and lower case only, of which Jira
 * takes no second one; ABSENT: it shows none. A detail of ABSENT says that it does not show all.
 */
scim_sync_outcome_t scim_sync_jira_read_find_twin(const scim_sync_answer_t *answer,
                                                  const char *name, scim_sync_jira_group_t *group,
                                                  apr_pool_t *p);
/*
 * DONE with scim_sync_jira_group_t elements; *all: there are no others. Whoever may not see groups
 * gets none, and all: scim_sync_jira_admin_groups() says who may not.
 */
scim_sync_outcome_t scim_sync_jira_read_search_groups(const scim_sync_answer_t *answer,
                                                      apr_array_header_t **groups, int *all,
                                                      apr_pool_t *p);
/* DONE with the group; 400 is ABSENT with Jira's words (the name is in use: look again). */
scim_sync_outcome_t scim_sync_jira_read_create_group(const scim_sync_answer_t *answer,
                                                     scim_sync_jira_group_t *group, apr_pool_t *p);
/* DONE also when the group is not there any more. */
scim_sync_outcome_t scim_sync_jira_read_delete_group(const scim_sync_answer_t *answer,
                                                     apr_pool_t *p);
/* DONE also when the account was a member already: *already says so. */
scim_sync_outcome_t scim_sync_jira_read_add_member(const scim_sync_answer_t *answer, int *already,
                                                   apr_pool_t *p);
/* DONE also when the account, or the group, is not there any more. */
scim_sync_outcome_t scim_sync_jira_read_remove_member(const scim_sync_answer_t *answer,
                                                      apr_pool_t *p);

/* DONE with scim_sync_jira_group_t elements: those that are there. */
scim_sync_outcome_t scim_sync_jira_read_groups(const scim_sync_answer_t *answer,
                                               apr_array_header_t **groups, apr_pool_t *p);
/* DONE with the page, of members or of accounts by their ids; ABSENT: there is no such group. */
scim_sync_outcome_t scim_sync_jira_read_accounts(const scim_sync_answer_t *answer,
                                                 scim_sync_jira_page_t *page, apr_pool_t *p);

/*
 * DONE with the page, of all accounts; only an empty one is the last, for Jira leaves out of a page
 * whom it does not show. 409 (it takes Jira too long) is REFUSED.
 */
scim_sync_outcome_t scim_sync_jira_read_all_accounts(const scim_sync_answer_t *answer,
                                                     scim_sync_jira_page_t *page, apr_pool_t *p);

/* Whether Jira refused an account or a membership because all seats of a licence are taken. */
int scim_sync_jira_lacks_seat(const scim_sync_outcome_t *outcome, apr_pool_t *p);
/*
 * Where a site's API is: at the site itself; with a cloud_id, below the gateway. NULL stands for
 * Atlassian's; for the site itself, when that is http on loopback. In p.
 */
const char *scim_sync_jira_api_url(const char *site_url, const char *gateway, const char *cloud_id,
                                   apr_pool_t *p);

/* Which cloud id a site has; it tells anybody, so that this call carries no credentials. */
void scim_sync_jira_tenant_info(scim_sync_call_t *call, const char *site_url, apr_pool_t *p);
/* DONE with the cloud id. */
scim_sync_outcome_t scim_sync_jira_read_tenant_info(const scim_sync_answer_t *answer,
                                                    const char **cloud_id, apr_pool_t *p);

/* A cloud id: letters, digits and -, 64 at most; it becomes part of an URL. */
int scim_sync_jira_is_cloud_id(const char *text);

/* Whether the gateway knows the token, which has not the scope that the call needs. */
int scim_sync_jira_lacks_scope(const scim_sync_outcome_t *outcome);

/* The base URL without slashes at its end; APR_EINVAL unless it is https, or http to loopback. */
apr_status_t scim_sync_jira_check_url(const char **clean, const char *url, const char **why,
                                      apr_pool_t *p);

#endif
