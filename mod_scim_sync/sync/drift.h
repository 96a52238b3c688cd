/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs between what is held and what Jira says: a comparison, and a judgement on whether it
 * can be true. Pure.
 *
 * An answer may be short because something is gone, or because we may no longer see it. So what
 * seems to be gone is only collected at first; when it is too much to be somebody's work of a day,
 * none of it is believed.
 */
#ifndef SCIM_SYNC_SYNC_DRIFT_H
#define SCIM_SYNC_SYNC_DRIFT_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "jira/platform.h"
#include "store/drift.h"

typedef enum {
    SCIM_SYNC_DRIFT_GROUP_MISSING,
    SCIM_SYNC_DRIFT_GROUP_RENAMED,
    SCIM_SYNC_DRIFT_GROUP_MANAGED,   /* a portal: another directory keeps it now; */
    SCIM_SYNC_DRIFT_GROUP_RELEASED,  /* no longer */
    SCIM_SYNC_DRIFT_GROUP_PARTED,    /* of a desk: an organization is not on it any more */
    SCIM_SYNC_DRIFT_GROUP_AMBIGUOUS, /* another desk has the key by which it is mapped */
    SCIM_SYNC_DRIFT_ACCOUNT_MISSING,
    SCIM_SYNC_DRIFT_ACCOUNT_INACTIVE, /* though an IdP wants it */
    SCIM_SYNC_DRIFT_ACCOUNT_ACTIVE,   /* again */
    SCIM_SYNC_DRIFT_ACCOUNT_RESTORED, /* active, though we have suspended or deleted it */
    SCIM_SYNC_DRIFT_ACCOUNT_APPEARED, /* of a person who had none */
    SCIM_SYNC_DRIFT_MEMBER_MISSING,
    SCIM_SYNC_DRIFT_MEMBER_EXTRA,    /* in a group of ours, and not by us */
    SCIM_SYNC_DRIFT_MEMBER_RESTORED, /* there again, though we took it when the person left; or by a
                                        call of ours that had no answer */
    SCIM_SYNC_DRIFT_KINDS
} scim_sync_drift_kind_t;

/* "group.missing", "member.extra", ... */
const char *scim_sync_drift_name(scim_sync_drift_kind_t kind);

/* One difference. */
typedef struct {
    scim_sync_drift_kind_t kind;
    const char *group_id;   /* of groups and memberships */
    const char *group;      /* its name, today's if it was renamed */
    const char *account_id; /* of accounts and memberships */
    const char *name;       /* the account, for people, as far as is known; or NULL. Of one that
                               has appeared its address, folded; of PARTED the organization's id */
    const char *was;  /* state of the membership or account, or name of the group, as held; or NULL
                      */
    const char *text; /* of AMBIGUOUS: why, for people; NULL: it is so no more */
    int withdrawn;    /* Jira was asked once more, and it is not so */
} scim_sync_drift_t;

/* How much was looked at, and how much of it is not there. */
typedef struct {
    int groups;
    int groups_missing;
    int accounts;
    int accounts_missing;
    int members; /* memberships that Jira should have */
    int members_missing;
} scim_sync_drift_sums_t;

/*
 * Each adds what differs to drifts (scim_sync_drift_t), and what was looked at to sums. Texts are
 * those of the arguments.
 */

/*
 * Some groups.
 * held   scim_sync_kept_group_t, of which the from'th to the one before to are compared
 * seen   scim_sync_jira_group_t: those of them that are there, and perhaps others
 */
void scim_sync_drift_groups(apr_array_header_t *drifts, scim_sync_drift_sums_t *sums,
                            const apr_array_header_t *held, int from, int to,
                            const apr_array_header_t *seen);

/*
 * A portal, which Jira lists under this name today: its mark that it was listed is set; the second
 * time nothing is done. managed: another directory keeps it.
 */
void scim_sync_drift_portal(apr_array_header_t *drifts, scim_sync_drift_sums_t *sums,
                            scim_sync_kept_group_t *held, const char *name, int managed);

/*
 * After the last page of that list: the portals of its kind, desks or organizations, that were not
 * on it. held: scim_sync_kept_group_t.
 */
void scim_sync_drift_unlisted(apr_array_header_t *drifts, scim_sync_drift_sums_t *sums,
                              const apr_array_header_t *held, int desks);

/*
 * The same of accounts: scim_sync_kept_account_t, scim_sync_jira_account_t. One that we have
 * suspended, deleted or revoked may be missing, and is not in the sums.
 */
void scim_sync_drift_accounts(apr_array_header_t *drifts, scim_sync_drift_sums_t *sums,
                              const apr_array_header_t *held, const apr_array_header_t *seen);

/* Members of one group, whose pages come one by one. */
typedef struct {
    const char *group_id;
    const char *group;
    apr_hash_t *held; /* account id -> state */
    apr_hash_t *seen; /* account ids; not where only the held ones matter */
    int count;        /* members on the pages so far, twins included */
    int total;        /* as the first page said, -1: it didn't */
    int shifted;      /* pages don't fit together: the group was changed between them */
    int strict;       /* to be set: its IdPs alone decide who is in it */
    int taken;        /* to be set: held are those from whom we took it; who is there again? */
    int again;        /* it is read a second time */
    apr_pool_t *pool;
} scim_sync_drift_roll_t;

/* Begin. held: scim_sync_kept_member_t; the texts must live as long as p. */
void scim_sync_drift_roll(scim_sync_drift_roll_t *roll, const char *group_id, const char *group,
                          const apr_array_header_t *held, apr_pool_t *p);

/*
 * One page. Members of whom nothing is held, or of whom it is held that they are not in it, or
 * may not be, are added to strangers (scim_sync_jira_account_t); where it is strict, also those whom others had put
 * there. Where it is about those from whom we took it, only they are: of others, who may be many
 * thousand, nothing is kept in mind.
 */
void scim_sync_drift_page(scim_sync_drift_roll_t *roll, const scim_sync_jira_page_t *page,
                          apr_array_header_t *strangers);

/*
 * After the last page, where pages have no total: somebody may be on none of them who stepped from
 * one to another, when one before him went. Whether anybody who should be there was not seen, so
 * that it must be read a second time, from its first page on; who is seen by either reading is
 * there. gone: as below.
 */
int scim_sync_drift_reads_again(scim_sync_drift_roll_t *roll, apr_hash_t *gone);

/* After the last page. gone: accounts (ids) that are missing as a whole, which says it already. */
void scim_sync_drift_missing(apr_array_header_t *drifts, scim_sync_drift_sums_t *sums,
                             const scim_sync_drift_roll_t *roll, apr_hash_t *gone, apr_pool_t *p);

/*
 * NULL when it can be true; else why it is not believed: more than half of the groups, accounts, or
 * memberships seem to be gone, and more than a handful.
 */
const char *scim_sync_drift_doubt(const scim_sync_drift_sums_t *sums, apr_pool_t *p);

#endif
