/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is in a group, as its IdP told, what is the matter with each, and whether Jira holds each in
 * what the group stands for. What a page costs does not depend on how many members there are.
 */
#ifndef SCIM_SYNC_STORE_PEOPLE_MEMBERS_H
#define SCIM_SYNC_STORE_PEOPLE_MEMBERS_H

#include "store/people.h"

/* A member at a group in Jira that the told group stands for, as far as is known. */
typedef struct {
    const char *site;
    const char *group;    /* its name, as the rules made it */
    const char *group_id; /* NULL: it is not there yet */
    const char *account;  /* that the member stands for, or NULL */
    const char *state;    /* of the membership (store/held.h); NULL: there is none */
} scim_sync_people_held_t;

typedef struct {
    const char *id;                        /* as told */
    const char *display;                   /* as told with the membership, or NULL */
    const char *type;                      /* User, Group; NULL: the IdP tells of nothing so */
    const scim_sync_people_entry_t *entry; /* NULL then */
    apr_array_header_t *held;              /* scim_sync_people_held_t; of a group none */
} scim_sync_people_member_t;

/*
 * A page of the members of a group of the IdP, by id: scim_sync_people_member_t in p. *members NULL:
 * the IdP has no such group. In the caller's transaction.
 * sites   const char *: those that the IdP feeds
 * after   the last id of the page before; "": from the first
 */
apr_status_t scim_sync_people_members(scim_sync_db_t *db, apr_array_header_t **members,
                                      const char *idp, const apr_array_header_t *sites,
                                      const char *group, const char *after, int max, apr_pool_t *p);

#endif
