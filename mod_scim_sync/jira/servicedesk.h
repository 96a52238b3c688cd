/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Jira Service Management REST API, as far as we use it: portal customers, service desks,
 * organizations. How each call is made, and what its answer means. Pure: neither network nor state.
 * https://developer.atlassian.com/cloud/jira/service-desk/rest/
 *
 * A customer is any account that was added to a desk or to one of its organizations: an Atlassian
 * account, or a portal-only one. One e-mail address may belong to one of each.
 *
 * No call changes a customer's name or address, or an organization's name.
 */
#ifndef SCIM_SYNC_JIRA_SERVICEDESK_H
#define SCIM_SYNC_JIRA_SERVICEDESK_H

#include <apr_tables.h>

#include "base/outcome.h"
#include "jira/platform.h"
#include "net/transport.h"

/* The scopes that a token with scopes needs for all that is called here. */
#define SCIM_SYNC_JIRA_SCOPE_DESK_READ   "read:servicedesk-request"
#define SCIM_SYNC_JIRA_SCOPE_DESK_MANAGE "manage:servicedesk-customer"

/*
 * How many accounts one call adds or removes, and how many things a page is asked to show. For
 * neither is a maximum documented; this is the default of pages.
 */
#define SCIM_SYNC_JIRA_BATCH 50

/* Characters of an organization's name. */
#define SCIM_SYNC_JIRA_ORGANIZATION_NAME 200

/* A service desk is a project's. The project's key and name may be changed, the ids stay. */
typedef struct {
    const char *desk_id;
    const char *project_id;  /* may be NULL */
    const char *project_key; /* "DEMO" */
    const char *project_name;
} scim_sync_jira_desk_t;

/* Its name may be changed in Jira, the id stays. */
typedef struct {
    const char *organization_id; /* digits: a positive 32-bit integer */
    const char *name;
    int scim_managed; /* another directory keeps it: never to be touched */
} scim_sync_jira_organization_t;

/* Whom an address belongs to. An account_id is NULL where there is no such account. */
typedef struct {
    scim_sync_jira_account_t atlassian;
    scim_sync_jira_account_t customer; /* portal-only; its account_type is "customer" */
} scim_sync_jira_owners_t;

/* Whether an account is portal-only, by its id: lists of customers don't say what type it is. */
int scim_sync_jira_is_portal_only(const char *account_id);

/* Whether Jira can take it for an organization's name: 1 to 200 characters, not all blanks. */
int scim_sync_jira_is_organization_name(const char *name);

/*
 * Each fills *call from p. Pages begin at the start'th thing: the sum of what the pages before it
 * held, since Jira may show fewer than it is asked for. desk_id is a desk's id, or, where a desk is
 * looked for, its project's key.
 */

/* To look a customer up by address: scim_sync_jira_find_account(), read by _read_owners(). */

/* Sends no invitation, as far as is known; display_name is shown as it is. */
void scim_sync_jira_create_customer(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                    const char *email, const char *display_name, apr_pool_t *p);
/*
 * The same with an e-mail that invites to the desk's portal. Whether the customer then is one of
 * the desk is not documented: add the account all the same.
 */
void scim_sync_jira_invite_customer(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                    const char *desk_id, const char *email,
                                    const char *display_name, apr_pool_t *p);
/* Take a portal-only account the access to all portals of the site. There is no call back. */
void scim_sync_jira_revoke_customer(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                    const char *account_id, apr_pool_t *p);

/* Slow where there are hundreds of desks. */
void scim_sync_jira_desks(scim_sync_call_t *call, const scim_sync_jira_t *jira, int start,
                          apr_pool_t *p);
void scim_sync_jira_desk(scim_sync_call_t *call, const scim_sync_jira_t *jira, const char *desk_id,
                         apr_pool_t *p);

/*
 * The customers of a desk whose name, a word of it, or address begins with query; NULL: all.
 * Limited to 5 calls a second.
 */
void scim_sync_jira_desk_customers(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                   const char *desk_id, const char *query, int start,
                                   apr_pool_t *p);
/*
 * Add the accounts of the list (const char *, none twice) from its first'th on, at most
 * SCIM_SYNC_JIRA_BATCH of them; there must be one.
 */
void scim_sync_jira_add_customers(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                  const char *desk_id, const apr_array_header_t *account_ids,
                                  int first, apr_pool_t *p);
void scim_sync_jira_remove_customers(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                     const char *desk_id, const apr_array_header_t *account_ids,
                                     int first, apr_pool_t *p);

/* All of the site: Jira can't be asked for one by its name. */
void scim_sync_jira_organizations(scim_sync_call_t *call, const scim_sync_jira_t *jira, int start,
                                  apr_pool_t *p);
void scim_sync_jira_organization(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                 const char *organization_id, apr_pool_t *p);
/* Where there is one of this name already Jira answers with that one. */
void scim_sync_jira_create_organization(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                        const char *name, apr_pool_t *p);

void scim_sync_jira_organization_members(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                         const char *organization_id, int start, apr_pool_t *p);
/* As with the customers of a desk. */
void scim_sync_jira_add_organization_members(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                             const char *organization_id,
                                             const apr_array_header_t *account_ids, int first,
                                             apr_pool_t *p);
void scim_sync_jira_remove_organization_members(scim_sync_call_t *call,
                                                const scim_sync_jira_t *jira,
                                                const char *organization_id,
                                                const apr_array_header_t *account_ids, int first,
                                                apr_pool_t *p);

void scim_sync_jira_desk_organizations(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                       const char *desk_id, int start, apr_pool_t *p);
/* Members of an organization get into the portals of all desks that it was added to. */
void scim_sync_jira_add_organization(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                     const char *desk_id, const char *organization_id,
                                     apr_pool_t *p);
void scim_sync_jira_remove_organization(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                        const char *desk_id, const char *organization_id,
                                        apr_pool_t *p);

/*
 * Each reads the answer to its call, as in jira/platform.h, with these differences: a token that
 * has not the scopes is REFUSED, since it may be good for all the rest; 412, which is what Jira may
 * say of an experimental call, is REFUSED. "Known" below: Jira itself said it, in its own form.
 *
 * Pages: DONE with the page's elements, *last when there is no further one. A page that is not
 * understood to its last element is RETRY: a shorter one would hide somebody.
 */

/*
 * Of a search for email (scim_sync_jira_find_account). DONE with at least one of the two accounts;
 * ABSENT; REFUSED when several fit. A customer who hides the address is not found; nor is one
 * without access, who is ABSENT here and 409 when created.
 */
scim_sync_outcome_t scim_sync_jira_read_owners(const scim_sync_answer_t *answer, const char *email,
                                               scim_sync_jira_owners_t *owners, apr_pool_t *p);
/* The same of scim_sync_jira_desk_customers() with email as its query. */
scim_sync_outcome_t scim_sync_jira_read_desk_owners(const scim_sync_answer_t *answer,
                                                    const char *email,
                                                    scim_sync_jira_owners_t *owners, apr_pool_t *p);
/*
 * Of a creation or an invitation: DONE with the account. 409, 400 and 5xx are ABSENT with Jira's
 * words: look again, it may exist, and Jira does not say which it is. When there is none: 409 says
 * that there is one all the same, 400 may mean the address itself.
 */
scim_sync_outcome_t scim_sync_jira_read_create_customer(const scim_sync_answer_t *answer,
                                                        scim_sync_jira_account_t *account,
                                                        apr_pool_t *p);
/* ABSENT: the account is not known, or not portal-only. */
scim_sync_outcome_t scim_sync_jira_read_revoke_customer(const scim_sync_answer_t *answer,
                                                        apr_pool_t *p);

/* scim_sync_jira_desk_t. Only desks to which the token's owner has access. */
scim_sync_outcome_t scim_sync_jira_read_desks(const scim_sync_answer_t *answer,
                                              apr_array_header_t **desks, int *last, apr_pool_t *p);
/* DONE, or ABSENT when it is known that there is no such desk. */
scim_sync_outcome_t scim_sync_jira_read_desk(const scim_sync_answer_t *answer,
                                             scim_sync_jira_desk_t *desk, apr_pool_t *p);
/*
 * Of a desk's customers or an organization's members; corrupted records count and are nobody, and
 * there is no total. ABSENT when it is known that there is no such desk or organization.
 */
scim_sync_outcome_t scim_sync_jira_read_customers(const scim_sync_answer_t *answer,
                                                  scim_sync_jira_page_t *page, apr_pool_t *p);
/*
 * Of adding to a desk or an organization. DONE also for those who were there. ABSENT when it is
 * known that some accounts don't exist: a desk got the others all the same, an organization
 * perhaps; Jira says neither who was nor who was not. With one account in the call it is that one;
 * those to try first are whom scim_sync_jira_accounts() of the same ids leaves out.
 */
scim_sync_outcome_t scim_sync_jira_read_add_customers(const scim_sync_answer_t *answer,
                                                      apr_pool_t *p);
/*
 * DONE also for those who were not there, and when the desk is gone. *open: REFUSED for everybody,
 * since the desk is open to all or to sign-up; the detail says what to change. That is the only
 * reason that is documented; whether an account that Jira does not know is another one is shown by
 * a call without it.
 */
scim_sync_outcome_t scim_sync_jira_read_remove_customers(const scim_sync_answer_t *answer,
                                                         int *open, apr_pool_t *p);
/* DONE also when the organization is gone; ABSENT as with adding: the others may be in still. */
scim_sync_outcome_t scim_sync_jira_read_remove_organization_members(
    const scim_sync_answer_t *answer, apr_pool_t *p);

/* scim_sync_jira_organization_t, of the site or of a desk; ABSENT as with customers. */
scim_sync_outcome_t scim_sync_jira_read_organizations(const scim_sync_answer_t *answer,
                                                      apr_array_header_t **organizations, int *last,
                                                      apr_pool_t *p);
/* DONE, or ABSENT when it is known that there is no such organization. */
scim_sync_outcome_t scim_sync_jira_read_organization(const scim_sync_answer_t *answer,
                                                     scim_sync_jira_organization_t *organization,
                                                     apr_pool_t *p);
/*
 * DONE with an organization, whose name may be in use for long: nothing says whether it is new, and
 * the case of the name may be another. REFUSED, with the organization, when another directory keeps
 * it.
 */
scim_sync_outcome_t scim_sync_jira_read_create_organization(
    const scim_sync_answer_t *answer, scim_sync_jira_organization_t *organization, apr_pool_t *p);
/* DONE also when it was there. */
scim_sync_outcome_t scim_sync_jira_read_add_organization(const scim_sync_answer_t *answer,
                                                         apr_pool_t *p);
/* DONE also when it was not there, or the desk or the organization is gone. */
scim_sync_outcome_t scim_sync_jira_read_remove_organization(const scim_sync_answer_t *answer,
                                                            apr_pool_t *p);

#endif
