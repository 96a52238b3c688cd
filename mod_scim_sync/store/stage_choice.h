/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of what a pull has found of a directory (store/stage.h), what is not chosen: it is remembered by
 * its id alone, and told to nobody. A group that is not chosen may be in one that is: then the
 * people in it count as members of the chosen one ("inner group"), through any number of groups.
 *
 * What is not chosen stands in the stage under a type of its own, so that what compares and tells
 * does not see it. All functions run in the caller's transaction.
 */
#ifndef SCIM_SYNC_STORE_STAGE_CHOICE_H
#define SCIM_SYNC_STORE_STAGE_CHOICE_H

#include "store/stage.h"

/* Listings that find parts of the whole, by number: those of users from 0 on, and one of groups. */
#define SCIM_SYNC_STAGE_PART_OF_GROUPS 100

/*
 * Users or groups of a page that are not chosen: others, const char *. Those that are stand in
 * entries (scim_sync_stage_put()); whoever was shown before counts as what he is on this page.
 * *fresh   grows by those others who were not there yet
 */
apr_status_t scim_sync_stage_put_others(scim_sync_db_t *db, const char *idp, scim_sync_type_t type,
                                        const apr_array_header_t *entries,
                                        const apr_array_header_t *others, int *fresh,
                                        apr_pool_t *p);

/*
 * A listing of a part has shown those on a page, whom another listing may have shown as well: ids,
 * const char *.
 * *fresh   those whom this listing had not shown yet
 */
apr_status_t scim_sync_stage_put_part(scim_sync_db_t *db, const char *idp, int part,
                                      const apr_array_header_t *ids, int *fresh, apr_pool_t *p);

/* A listing of a part is begun anew. */
apr_status_t scim_sync_stage_clear_part(scim_sync_db_t *db, const char *idp, int part,
                                        apr_pool_t *p);

/* All groups are there, and their part: who is not in it is not chosen. */
apr_status_t scim_sync_stage_sift_groups(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

/*
 * Groups that are not chosen, and are members of those whose members were listed: const char * in
 * p, at most max. Each is an inner group from then on, whose members are to be listed, too.
 */
apr_status_t scim_sync_stage_inner_groups(scim_sync_db_t *db, apr_array_header_t **ids,
                                          const char *idp, int max, apr_pool_t *p);

typedef struct {
    int parts;     /* of users there were so many listings, if more than one */
    int sifted;    /* there may be groups that are not chosen */
    int everybody; /* groups that have everybody as a member have each user as one; else nobody */
    int only_members; /* who is in no chosen group is not chosen */
    int users_asked;  /* only some were asked for: the others may be there as well */
    int groups_asked; /* the same of groups */
} scim_sync_stage_choosing_t;

/*
 * All of it is there: carry it out, before scim_sync_stage_settle(). From then on only what is
 * chosen is in the stage, with the members that count.
 */
apr_status_t scim_sync_stage_choose(scim_sync_db_t *db, const char *idp,
                                    const scim_sync_stage_choosing_t *how, apr_pool_t *p);

/* Whether a chosen group has this address, in whatever upper and lower case. */
apr_status_t scim_sync_stage_has_group(scim_sync_db_t *db, const char *idp, const char *address,
                                       int *has, apr_pool_t *p);

#endif
