/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who decides about the members of a Jira group: its identity providers and whoever else, or they
 * alone. What the latter means for people whom IdPs tell of: sync/job_authority.c.
 */
#ifndef SCIM_SYNC_SYNC_AUTHORITY_H
#define SCIM_SYNC_SYNC_AUTHORITY_H

#include "sync/worker.h"

/*
 * Whether only those stay in a group whom an IdP wants there. That is so when the rules of the IdP
 * say it, of several which fill the group those of the smallest precedence; never for a protected
 * group. The rulebook must be open.
 * idp   who asks: what others in dry run say does not count; NULL: what none of these says
 */
apr_status_t scim_sync_authority_is_theirs(scim_sync_db_t *db, const scim_sync_worker_t *worker,
                                           const char *idp, const char *group_id,
                                           int *authoritative, apr_pool_t *p);

/* What becomes of a member whom others put into an authoritative group. */
typedef enum {
    SCIM_SYNC_MEMBER_STAYS,  /* an IdP wants it there, or may; or the rules for leavers let it be */
    SCIM_SYNC_MEMBER_LEAVES, /* the person is wanted no more: by the person's own task */
    SCIM_SYNC_MEMBER_GOES    /* no IdP tells of it, or the person is wanted, and elsewhere */
} scim_sync_member_fate_t;

apr_status_t scim_sync_authority_fate(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                      const char *account_id, const char *group_id,
                                      scim_sync_member_fate_t *fate, apr_pool_t *p);

/* So many in one plan, so that the guard sees them at once; more are looked for afterwards. */
#define SCIM_SYNC_STRANGERS_AT_ONCE 1000

/*
 * How far the members of one group have been looked at. There may be very many whom others put into
 * it, and what becomes of each takes several questions: so that is a page at a time, over as many
 * transactions. Zeroed: none was looked at.
 */
typedef struct {
    const char *behind;        /* account id: up to this one; NULL: none */
    apr_array_header_t *found; /* const char *: who is to go, of these; a bounded number; or NULL */
    int over;                  /* there is nobody behind it */
    int complete;              /* found is what is planned now, so that the guard sees it as one */
} scim_sync_search_t;

/* Members of an authoritative group who are to go. */
typedef struct {
    /* Their account ids (const char *), a bounded number; empty: the group isn't authoritative. */
    const apr_array_header_t *accounts;
    int goes_on; /* nothing is known yet: there are more to be looked at first */
    /*
     * Others who are to go stay, for they may be somebody whom an IdP wants in the group, and whose
     * account is not known: who that is, for people. NULL: there are no such others.
     */
    const char *unknown;
    int stuck; /* that will not become known before a person has done something */
} scim_sync_strangers_t;

/*
 * One page more; or, when enough were found, these, as far as they are to go still. When all of
 * them have gone, those behind are looked for.
 * search    as far as it has come; then as far as it comes by this, in p and where it was before
 * refused   const char *: account ids of whom Jira has refused to take out; or NULL
 */
apr_status_t scim_sync_authority_strangers(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                           const char *idp, const char *group_id,
                                           scim_sync_search_t *search,
                                           const apr_array_header_t *refused,
                                           scim_sync_strangers_t *strangers, apr_pool_t *p);

#endif
