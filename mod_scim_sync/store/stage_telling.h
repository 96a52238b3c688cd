/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files of the telling: stage_tell.c (its order, users and groups) and
 * stage_tell_member.c (memberships). Nobody else includes this.
 */
#ifndef SCIM_SYNC_STORE_STAGE_TELLING_H
#define SCIM_SYNC_STORE_STAGE_TELLING_H

#include "store/news.h"
#include "store/stage.h"

/* Entries, or memberships, of a page. */
#define SCIM_SYNC_STAGE_PAGE 200
/* Groups of one that looks at all their members. */
#define SCIM_SYNC_STAGE_GROUPS 50

/* A page of a step. */
typedef struct {
    scim_sync_db_t *db;
    const char *idp;
    const char *type;
    const char *last; /* the page before ended with this one; "": it is the first */
    const char *next; /* this one did; NULL: it was the last one. Set by the step */
    int *made;        /* pages that had somebody new, so far */
} scim_sync_stage_page_t;

typedef apr_status_t scim_sync_stage_step_t(scim_sync_stage_page_t *page, apr_pool_t *p);

/* Who is to be in a group and is not; who is in one and is to be no more. */
scim_sync_stage_step_t scim_sync_stage_add_members;
scim_sync_stage_step_t scim_sync_stage_take_out;

/* The last entry of the next page of the stage; NULL: there is none. */
apr_status_t scim_sync_stage_end_of_page(const scim_sync_stage_page_t *page, const char **end,
                                         apr_pool_t *p);

/*
 * Groups that are new, by their ids here, get the members that are told by now. Tasks for these
 * come when the group stands for one in Jira, so nobody need hear of them one by one; for this it
 * is done in the transaction that has made the group.
 */
apr_status_t scim_sync_stage_fill(const scim_sync_stage_page_t *page,
                                  const apr_array_header_t *groups, apr_pool_t *p);

/* News of a resource of the stage. A name in use is a defect, since names were settled. */
apr_status_t scim_sync_stage_store(const scim_sync_stage_page_t *page, scim_sync_news_t *news,
                                   apr_pool_t *p);

#endif
