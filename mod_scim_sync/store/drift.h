/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is held of a site, in the order in which Jira is asked whether it is still so; and what
 * becomes of held when it is not. For the reconciler, in its turns' transactions.
 */
#ifndef SCIM_SYNC_STORE_DRIFT_H
#define SCIM_SYNC_STORE_DRIFT_H

#include "store/held.h"
#include "store/told.h"

/* A group of ours at a site. */
typedef struct {
    const char *group_id;
    const char *name;
    int filled; /* it stands for a told group, or we have put somebody there: its members matter */
    int taken;  /* it is none of these, and grants a product: those matter from whom we took it */
    /* Of a portal (store/portal.h): */
    int managed; /* another directory keeps it, as was last known */
    int listed;  /* to be set: Jira shows it */
} scim_sync_kept_group_t;

/* An account that is held. */
typedef struct {
    const char *account_id;
    const char *email;
    int inactive;      /* as was last known */
    int wanted;        /* an IdP tells of an active user that stands for it */
    const char *ended; /* SCIM_SYNC_HELD_SUSPENDED, _DELETED, _REVOKED: by us; NULL: it isn't */
} scim_sync_kept_account_t;

/* One's membership of a group. */
typedef struct {
    const char *account_id;
    const char *state; /* SCIM_SYNC_HELD_... */
} scim_sync_kept_member_t;

/* All groups, by name: scim_sync_kept_group_t in p. */
apr_status_t scim_sync_kept_groups(scim_sync_db_t *db, apr_array_header_t **groups,
                                   const char *site, apr_pool_t *p);

/*
 * Accounts behind one (""  is before all), by id, at most max: scim_sync_kept_account_t in p. Not
 * those that we are about to suspend, delete or revoke.
 */
apr_status_t scim_sync_kept_accounts(scim_sync_db_t *db, apr_array_header_t **accounts,
                                     const char *site, const char *behind, int max, apr_pool_t *p);

/* An active user who stands for no account at a site: none was found, or none may be made. */
typedef struct {
    const char *id;
    const char *name;
    const char *email; /* folded, or NULL */
    apr_int64_t created;
} scim_sync_kept_lacking_t;

/*
 * Those of an IdP behind one (created 0 is before all), at most max: scim_sync_kept_lacking_t in
 * p, the older ones first. Not those whose tasks wait.
 */
apr_status_t scim_sync_kept_lacking(scim_sync_db_t *db, apr_array_header_t **users,
                                    const char *site, const char *idp,
                                    const scim_sync_kept_lacking_t *behind, int max, apr_pool_t *p);

/*
 * All memberships of a group, of accounts that we have neither suspended, deleted nor revoked, nor
 * are about to: scim_sync_kept_member_t in p.
 */
apr_status_t scim_sync_kept_members(scim_sync_db_t *db, apr_array_header_t **members,
                                    const char *site, const char *group_id, apr_pool_t *p);

/*
 * The same of those alone who are not in it any more, for we took it from them when they left
 * (store/held.h); and whether there is one.
 */
apr_status_t scim_sync_kept_taken(scim_sync_db_t *db, apr_array_header_t **members,
                                  const char *site, const char *group_id, apr_pool_t *p);
apr_status_t scim_sync_kept_any_taken(scim_sync_db_t *db, int *any, const char *site,
                                      const char *group_id, apr_pool_t *p);

/*
 * Those whom others put into a group, behind one ("" is before all), in order, at most max: account
 * ids (const char *) in p.
 */
apr_status_t scim_sync_kept_strangers(scim_sync_db_t *db, apr_array_header_t **accounts,
                                      const char *site, const char *group_id, const char *behind,
                                      int max, apr_pool_t *p);

/* A group that stands for a told one, and is not protected. */
typedef struct {
    const char *group_id;
    const char *group; /* its name */
    int members;       /* in it by other hands */
} scim_sync_kept_theirs_t;

/* Those that have such members, by name: scim_sync_kept_theirs_t in p. */
apr_status_t scim_sync_kept_theirs(scim_sync_db_t *db, apr_array_header_t **groups,
                                   const char *site, apr_pool_t *p);

/* The state of one membership; NULL: none is held. */
apr_status_t scim_sync_kept_state(scim_sync_db_t *db, const char **state, const char *site,
                                  const char *group_id, const char *account_id, apr_pool_t *p);

/*
 * Whether an account gets into a desk's portal by an organization: it is a member of one, as far as
 * is held, that the same group of an IdP stands for as for the desk. Whether lists of a desk's
 * customers show such members is not documented.
 */
apr_status_t scim_sync_kept_by_organization(scim_sync_db_t *db, int *is, const char *site,
                                            const char *desk, const char *account_id,
                                            apr_pool_t *p);

/* A group is not in Jira any more: it goes, with its memberships and what stood for it. */
apr_status_t scim_sync_held_forget_group(scim_sync_db_t *db, const char *site, const char *group_id,
                                         apr_pool_t *p);

/* Jira says that an account is active, or isn't. */
apr_status_t scim_sync_held_set_active(scim_sync_db_t *db, const char *site, const char *account_id,
                                       int active, apr_pool_t *p);

/* What the account is in must be read again before anything is taken from it. */
apr_status_t scim_sync_held_unread_groups(scim_sync_db_t *db, const char *site,
                                          const char *account_id, apr_pool_t *p);

#endif
