/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Jira site was last seen to hold, and who put it there; and which of its accounts and
 * groups our resources stand for. Written by the provisioner only, in its turn's transaction.
 */
#ifndef SCIM_SYNC_STORE_HELD_H
#define SCIM_SYNC_STORE_HELD_H

#include <apr_tables.h>

#include "store/db.h"

/* States of a membership. */
#define SCIM_SYNC_HELD_OURS "ours" /* we put it there: we may take it away */
#define SCIM_SYNC_HELD_THEIRS                                                                      \
    "theirs" /* before us, or somebody else's: never taken as ours, but in authoritative groups */
#define SCIM_SYNC_HELD_ADDING "adding" /* we sent it, the answer is not known: counts as ours */
#define SCIM_SYNC_HELD_GRANTED                                                                     \
    "granted" /* came with the account that we made: taken from a leaver */
#define SCIM_SYNC_HELD_WITHDRAWN "withdrawn" /* was granted and is taken: given back on return */
#define SCIM_SYNC_HELD_DOUBTFUL  "doubtful"  /* granted or withdrawn: the answer is not known */
#define SCIM_SYNC_HELD_REVOKED   "revoked"   /* was theirs and is taken: given back, theirs again */
#define SCIM_SYNC_HELD_DISPUTED  "disputed"  /* theirs or revoked: the answer is not known */
/* Of portals alone (store/portal.h): */
#define SCIM_SYNC_HELD_QUEUED   "queued"   /* to be added, and never sent: Jira does not have it */
#define SCIM_SYNC_HELD_ENDING   "ending"   /* to be removed, and never sent: Jira has it */
#define SCIM_SYNC_HELD_REMOVING "removing" /* we sent it, the answer is not known */
#define SCIM_SYNC_HELD_UNCERTAIN                                                                   \
    "uncertain" /* the same, and Jira refuses to repeat it: counts as ours, and is in no queue */
/* A list for SQL: nothing that we gave, or nothing of it is left; and: or it is being taken. */
#define SCIM_SYNC_HELD_NOT_OURS "('theirs', 'disputed', 'revoked', 'withdrawn', 'queued')"
#define SCIM_SYNC_HELD_NOT_GIVEN                                                                   \
    "('theirs', 'disputed', 'revoked', 'withdrawn', 'queued', 'ending', 'removing')"

/* And one of what we took from a leaver: scim_sync_held_is_taken(). */
#define SCIM_SYNC_HELD_TAKEN "('withdrawn', 'revoked')"

/* States of an account that we did more to than change its memberships; NULL: none of these. */
#define SCIM_SYNC_HELD_SUSPENDING "suspending" /* we sent it, the answer is not known */
#define SCIM_SYNC_HELD_SUSPENDED  "suspended"
#define SCIM_SYNC_HELD_DELETING   "deleting" /* from the site; the answer is not known */
#define SCIM_SYNC_HELD_DELETED    "deleted"
#define SCIM_SYNC_HELD_REVOKING   "revoking" /* portal-only, from all portals; also the answer */
                                             /* is not known; after it SCIM_SYNC_HELD_REVOKED */

typedef struct {
    const char *account_id;
    const char *email;   /* folded */
    int ours;            /* we made it */
    int groups_read;     /* its memberships from before us are recorded */
    const char *state;   /* SCIM_SYNC_HELD_... as above, or NULL */
    const char *profile; /* the last one that was written, or of which was said that it can't be */
    int inactive; /* Jira had deactivated it when it was looked at last; not written by put */
} scim_sync_held_account_t;

typedef struct {
    const char *group_id;
    const char *name;
    int ours;
    const char *protection; /* by which rule it is protected, as was last known; NULL: it isn't */
} scim_sync_held_group_t;

typedef struct {
    const char *group_id;
    const char *state; /* SCIM_SYNC_HELD_... */
} scim_sync_held_member_t;

/* Whether anything at all is known of a site; and forget all of it. */
apr_status_t scim_sync_held_any(scim_sync_db_t *db, int *any, const char *site, apr_pool_t *p);
apr_status_t scim_sync_held_forget_site(scim_sync_db_t *db, const char *site, apr_pool_t *p);

/*
 * The account of an id or of a (folded) e-mail address; *account NULL when none is known. Its
 * profile is not written by scim_sync_held_put_account(), its state is.
 */
apr_status_t scim_sync_held_account(scim_sync_db_t *db, scim_sync_held_account_t **account,
                                    const char *site, const char *account_id, const char *email,
                                    apr_pool_t *p);
apr_status_t scim_sync_held_put_account(scim_sync_db_t *db, const char *site,
                                        const scim_sync_held_account_t *account, apr_pool_t *p);

/* Its state alone, and its profile; state NULL: none. An account that is deleted is in no group. */
apr_status_t scim_sync_held_put_state(scim_sync_db_t *db, const char *site, const char *account_id,
                                      const char *state, apr_pool_t *p);
apr_status_t scim_sync_held_put_profile(scim_sync_db_t *db, const char *site,
                                        const char *account_id, const char *profile, apr_pool_t *p);

/* It is not in Jira any more: it goes, with its memberships and what stood for it. */
apr_status_t scim_sync_held_forget_account(scim_sync_db_t *db, const char *site,
                                           const char *account_id, apr_pool_t *p);

/* The group of an id or of a name. */
apr_status_t scim_sync_held_group(scim_sync_db_t *db, scim_sync_held_group_t **group,
                                  const char *site, const char *group_id, const char *name,
                                  apr_pool_t *p);
apr_status_t scim_sync_held_put_group(scim_sync_db_t *db, const char *site,
                                      const scim_sync_held_group_t *group, apr_pool_t *p);

/*
 * All groups of a site: scim_sync_held_group_t * in p. And: one is protected by this rule, or
 * isn't.
 */
apr_status_t scim_sync_held_groups(scim_sync_db_t *db, apr_array_header_t **groups,
                                   const char *site, apr_pool_t *p);
apr_status_t scim_sync_held_protect(scim_sync_db_t *db, const char *site, const char *group_id,
                                    const char *rule, apr_pool_t *p);

/* All known memberships of an account: scim_sync_held_member_t in p. */
apr_status_t scim_sync_held_members(scim_sync_db_t *db, apr_array_header_t **members,
                                    const char *site, const char *account_id, apr_pool_t *p);
/*
 * The groups among these that others put the account into, and that groups of IdPs stand for: ids
 * (const char *) in p.
 */
apr_status_t scim_sync_held_theirs(scim_sync_db_t *db, apr_array_header_t **groups,
                                   const char *site, const char *account_id, apr_pool_t *p);
/* Whose membership of a group is, or may be, the module's: accounts (const char *) in p. */
apr_status_t scim_sync_held_given(scim_sync_db_t *db, apr_array_header_t **accounts,
                                  const char *site, const char *group_id, apr_pool_t *p);
/* How many memberships of a group the module has made and not ended. */
apr_status_t scim_sync_held_filled(scim_sync_db_t *db, int *count, const char *site,
                                   const char *group_id, apr_pool_t *p);
/* The state of one of them, NULL when it is not among them; and whether one is in that state. */
const char *scim_sync_held_state(const apr_array_header_t *members, const char *group_id);
int scim_sync_held_any_in(const apr_array_header_t *members, const char *state);
/* Whether we took it from a leaver and will give it back: nobody is in the group by it now. */
int scim_sync_held_is_taken(const char *state);
/*
 * What becomes of a membership of this state (NULL: none) that we change: while the answer is not
 * known, and once we have added or removed it (NULL: none any more). So what was others' never
 * becomes ours, however often we take it and give it back.
 */
const char *scim_sync_held_changing(const char *state);
const char *scim_sync_held_added(const char *state);
const char *scim_sync_held_removed(const char *state);
/* state NULL: it is gone. */
apr_status_t scim_sync_held_put_member(scim_sync_db_t *db, const char *site, const char *group_id,
                                       const char *account_id, const char *state, apr_pool_t *p);
/* What Jira calls a member whom others put into a group; name NULL: as it was called before. */
apr_status_t scim_sync_held_name_member(scim_sync_db_t *db, const char *site, const char *group_id,
                                        const char *account_id, const char *name, apr_pool_t *p);
/*
 * Who a member of a group is, for people, in p: the address of the account, if it is a known one;
 * else what Jira called it; else "account " and its id.
 */
apr_status_t scim_sync_held_who(scim_sync_db_t *db, const char **who, const char *site,
                                const char *group_id, const char *account_id, apr_pool_t *p);

/*
 * The account that a user stands for (for groups: store/link.h).
 * *linked   1 when there is a link; *object may then still be NULL: its creation was begun
 */
apr_status_t scim_sync_held_link(scim_sync_db_t *db, int *linked, const char **object,
                                 const char *site, const char *resource, apr_pool_t *p);
/*
 * Its creation is about to be sent, under this address: should the answer be lost, it can be
 * found by that, also when the IdP no longer tells of the resource. The second one asks for it.
 */
apr_status_t scim_sync_held_intend(scim_sync_db_t *db, const char *site, const char *resource,
                                   const char *kind, const char *told_as, apr_pool_t *p);
apr_status_t scim_sync_held_intent(scim_sync_db_t *db, const char **told_as, const char *site,
                                   const char *resource, apr_pool_t *p);
apr_status_t scim_sync_held_put_link(scim_sync_db_t *db, const char *site, const char *resource,
                                     const char *kind, const char *object, apr_pool_t *p);
apr_status_t scim_sync_held_drop_link(scim_sync_db_t *db, const char *site, const char *resource,
                                      apr_pool_t *p);

#endif
