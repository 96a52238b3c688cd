/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which groups in Jira a group of an IdP stands for: by each of the names that the rules give it, a
 * link. Besides, an IdP itself stands for the groups that all of its people are in (rules.md,
 * defaultGroups): as the resource "default:<idp>". Written by the provisioner, in its turn's
 * transaction. The links of users, which have no name, are store/held.h's.
 */
#ifndef SCIM_SYNC_STORE_LINK_H
#define SCIM_SYNC_STORE_LINK_H

#include <apr_tables.h>

#include "store/db.h"

/* What the resource of an IdP's default groups begins with; and that, of an IdP, in p. */
#define SCIM_SYNC_DEFAULT "default:"
const char *scim_sync_link_default(const char *idp, apr_pool_t *p);

/* The IdP whose default groups a resource is; NULL: it is an ordinary one. */
const char *scim_sync_link_idp(const char *resource);

typedef struct {
    const char *name;     /* in Jira, as the rules had it when the link was made */
    const char *group_id; /* NULL: its creation was begun */
    const char *told_as;  /* displayName of the group when the rules made the name of it; or NULL */
} scim_sync_link_t;

/* All links of a resource, by name: scim_sync_link_t in p. */
apr_status_t scim_sync_link_list(scim_sync_db_t *db, apr_array_header_t **links, const char *site,
                                 const char *resource, apr_pool_t *p);

/*
 * Make one, or change what is there under its name. A group_id of NULL leaves the one that is
 * there.
 */
apr_status_t scim_sync_link_put(scim_sync_db_t *db, const char *site, const char *resource,
                                const scim_sync_link_t *link, apr_pool_t *p);

apr_status_t scim_sync_link_drop(scim_sync_db_t *db, const char *site, const char *resource,
                                 const char *name, apr_pool_t *p);

/* Whether anything but this resource stands for a group in Jira. */
apr_status_t scim_sync_link_shared(scim_sync_db_t *db, int *shared, const char *site,
                                   const char *group_id, const char *resource, apr_pool_t *p);

/*
 * Whether something that no IdP tells of any more stands for it still: then it may be about to be
 * deleted in Jira, or may have been.
 */
apr_status_t scim_sync_link_fading(scim_sync_db_t *db, int *fading, const char *site,
                                   const char *group_id, apr_pool_t *p);

/* ---- who claims a group ---- */

typedef struct {
    const char *resource;
    const char *idp;
    const char *told; /* displayName; NULL of default groups */
    const char *name; /* of the link */
} scim_sync_link_claim_t;

/* What stands for a group in Jira: scim_sync_link_claim_t in p, in no order. */
apr_status_t scim_sync_link_claims(scim_sync_db_t *db, apr_array_header_t **claims,
                                   const char *site, const char *group_id, apr_pool_t *p);

/* An object in Jira that more than one IdP claims. */
typedef struct {
    const char *object;       /* group_id or account_id */
    const char *name;         /* of the group, or the account's e-mail address; NULL: not known */
    apr_array_header_t *idps; /* const char *, in no order */
} scim_sync_link_conflict_t;

/*
 * A page of those, by object: scim_sync_link_conflict_t in p.
 * kind    SCIM_SYNC_TASK_GROUP or SCIM_SYNC_TASK_USER
 * after   the last object of the page before; "": from the first
 */
apr_status_t scim_sync_link_conflicts(scim_sync_db_t *db, apr_array_header_t **conflicts,
                                      const char *site, const char *kind, const char *after,
                                      int max, apr_pool_t *p);

/* What finds the links of a resource at whatever site: a migration's. */
apr_status_t scim_sync_link_index(scim_sync_db_t *db, apr_pool_t *p);

#endif
