/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pull has found of a directory so far. It lands here, page by page, and nothing is
 * concluded from it before all of it is there: then it is settled (names that more than one has),
 * compared with what the IdP has told, and told, all of it, in as many transactions as it takes.
 *
 * Entries are known by the directory's own ids, which become externalId: by nothing else are they
 * found again. An unchanged entry is compared in the database alone, document with document, and
 * not written.
 *
 * All functions run in the caller's transaction. An IdP's stage belongs to one run at a time: the
 * caller holds the lease for that (store/google_run.h).
 */
#ifndef SCIM_SYNC_STORE_STAGE_H
#define SCIM_SYNC_STORE_STAGE_H

#include <apr_tables.h>

#include "scim/resource.h"
#include "store/db.h"

typedef struct {
    const char *id;                /* theirs */
    const char *name;              /* for people, when something is the matter; or NULL */
    const scim_sync_resource_t *r; /* as scim_sync_resource_read() made it, externalId set */
    const scim_sync_resource_t *otherwise; /* when its name is another one's; NULL: nothing is */
    /* Why nothing is to be concluded but that it is there: then r is NULL, and what was told of it
     * stays. NULL: all is well. */
    const char *fault;
    apr_int64_t members; /* so many the directory says are in this group; -1: it does not say */
} scim_sync_stage_entry_t;

typedef enum {
    SCIM_SYNC_STAGE_USER,
    SCIM_SYNC_STAGE_GROUP,
    SCIM_SYNC_STAGE_EVERYBODY, /* all users of the directory */
    SCIM_SYNC_STAGE_OTHER      /* what can't be in a group here */
} scim_sync_stage_kind_t;

typedef struct {
    const char *id; /* theirs */
    scim_sync_stage_kind_t kind;
} scim_sync_stage_member_t;

/* A run begins, or has ended: nothing was found. */
apr_status_t scim_sync_stage_clear(scim_sync_db_t *db, const char *idp, apr_pool_t *p);
/* A listing is begun anew: of all users or groups, of a group's members. */
apr_status_t scim_sync_stage_clear_type(scim_sync_db_t *db, const char *idp, scim_sync_type_t type,
                                        apr_pool_t *p);
apr_status_t scim_sync_stage_clear_members(scim_sync_db_t *db, const char *idp, const char *group,
                                           apr_pool_t *p);

/* How many users and groups were found, those with a fault among them. */
apr_status_t scim_sync_stage_size(scim_sync_db_t *db, const char *idp, apr_int64_t *size,
                                  apr_pool_t *p);

/* A group turned out not to be there. */
apr_status_t scim_sync_stage_drop_group(scim_sync_db_t *db, const char *idp, const char *group,
                                        apr_pool_t *p);

/*
 * A page of users or groups: scim_sync_stage_entry_t. What was found before is replaced, since a
 * directory that is changed while it is read may show somebody twice.
 * *fresh   how many of them were not there yet; a page of which none is fresh is one of a listing
 *          that goes round
 */
apr_status_t scim_sync_stage_put(scim_sync_db_t *db, const char *idp, scim_sync_type_t type,
                                 const apr_array_header_t *entries, int *fresh, apr_pool_t *p);

/* The same of a group's members: scim_sync_stage_member_t. */
apr_status_t scim_sync_stage_put_members(scim_sync_db_t *db, const char *idp, const char *group,
                                         const apr_array_header_t *members, int *fresh,
                                         apr_pool_t *p);

/*
 * The ids of groups, in their order, behind one of them ("": from the first): const char * in p, at
 * most max.
 */
apr_status_t scim_sync_stage_groups(scim_sync_db_t *db, apr_array_header_t **ids, const char *idp,
                                    const char *after, int max, apr_pool_t *p);

/*
 * All of it is there: a group of which the directory says that it has members, and lists none, gets
 * a fault, and has those members that were told of it. Before anything is concluded from members.
 */
apr_status_t scim_sync_stage_keep_members(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

/*
 * All of it is there, and only what is chosen (store/stage_choice.h): say who has a name that more
 * than one has. It stays with the one who was told with it; else the first by id gets it. Others
 * are told by their other name; who has none, or one that is in use as well, gets a fault. Who was
 * told by the other name keeps that.
 */
apr_status_t scim_sync_stage_settle(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

/* Of users, groups, or memberships between these. */
typedef struct {
    apr_int64_t fresh;   /* will be told */
    apr_int64_t changed; /* are told otherwise; of memberships 0 */
    apr_int64_t gone;    /* were told, and are not there; of memberships those of who stays */
    apr_int64_t same;    /* are told just so */
    apr_int64_t faulty;  /* are there with a fault; of memberships: of somebody who is not among the
                          * users and groups that were found, as people from outside are not */
} scim_sync_stage_count_t;

typedef struct {
    scim_sync_stage_count_t users;
    scim_sync_stage_count_t groups;
    scim_sync_stage_count_t members;
} scim_sync_stage_counts_t;

/* What scim_sync_stage_tell() would do now, once it is settled. */
apr_status_t scim_sync_stage_compare(scim_sync_db_t *db, scim_sync_stage_counts_t *counts,
                                     const char *idp, apr_pool_t *p);

/* Where a telling stands; all zero at its beginning. */
typedef struct {
    int step;
    int made;
    char last[256];
} scim_sync_stage_place_t;

/*
 * What was found is what the IdP tells, from now on: only what differs is written, with the tasks
 * and events of the same words over SCIM (store/news.h). A page of it each time, of some 200
 * entries or memberships; *over is 1 when nothing is left.
 *
 * The pages need not be of one transaction, which for a large directory would keep everybody else
 * from writing. What holds after each of them:
 *  - it is what an IdP could have said over SCIM, request by request, with its tasks and events;
 *  - nobody is missing meanwhile: what is new or added comes first, then what is taken out and what
 *    is gone. Somebody who was deleted in the directory and made anew, or moved from one group to
 *    another, is told of twice for a while rather than not at all;
 *  - people who exchange names do so in one page;
 *  - from the beginning again, or from any place that was reached before, it comes to the same end.
 * So a telling that was broken off is finished from the same stage, which must be as it was.
 *
 * place   is moved on; the caller takes it for reached when the transaction is committed
 */
apr_status_t scim_sync_stage_tell(scim_sync_db_t *db, const char *idp,
                                  scim_sync_stage_place_t *place, int *over, apr_pool_t *p);

/* Those with a fault, by id: scim_sync_stage_fault_t in p, at most max. */
typedef struct {
    scim_sync_type_t type;
    const char *id;
    const char *name; /* or NULL */
    const char *fault;
} scim_sync_stage_fault_t;
apr_status_t scim_sync_stage_faults(scim_sync_db_t *db, apr_array_header_t **faults,
                                    const char *idp, int max, apr_pool_t *p);

#endif
