/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The choice of an IdP that is pulled from Google: which users and groups of the directory come in
 * at all, before the rules (sync/rules.h) are asked about them. docs/google.md is the
 * administrator's manual of it, and docs/api.md has its JSON form.
 *
 * Pure: read once from JSON, constant from then on, asked by any thread. {} chooses everything.
 */
#ifndef SCIM_SYNC_SYNC_GOOGLE_CHOICE_H
#define SCIM_SYNC_SYNC_GOOGLE_CHOICE_H

#include <apr_tables.h>
#include <jansson.h>

#include "base/pattern.h"

/* Queries that are asked beside each other: Google's language has no OR. */
#define SCIM_SYNC_CHOICE_QUERIES 10

/* Groups, by address or by a pattern of it: one of the two is NULL. */
typedef struct {
    const char *address; /* as written; compared without regard to case */
    const char *key;     /* the same, folded */
    const scim_sync_pattern_t *pattern;
} scim_sync_chosen_groups_t;

/* Lists live in the pool of the choice; those to include that are empty exclude nobody. */
typedef struct {
    const char *domain;                   /* this one alone; NULL: all of the customer's */
    const apr_array_header_t *units;      /* const char *: organizational units, with those */
    const apr_array_header_t *units_out;  /* below; and those to leave out */
    const apr_array_header_t *queries;    /* const char *, of users: who is found by any */
    const apr_array_header_t *groups;     /* scim_sync_chosen_groups_t */
    const apr_array_header_t *groups_out; /* the same */
    const char *group_query;              /* or NULL */
    int only_members;                     /* 1: only who is in one of the groups comes */
    int everybody;                        /* 1: a member "everybody" is each user; 0: nobody */
} scim_sync_choice_t;

/*
 * Read a choice from its JSON form and check it.
 * j     what is left out, or null, is as the default has it; nothing else may be in it
 * why   on failure: the first thing that is wrong, with its path, for the administrator
 * Returns APR_SUCCESS or APR_EINVAL. *choice lives in p, and needs j no more.
 */
apr_status_t scim_sync_choice_read(const scim_sync_choice_t **choice, const json_t *j,
                                   const char **why, apr_pool_t *p);

/* The same from the text that is stored (store/google_choice.h). */
apr_status_t scim_sync_choice_parse(const scim_sync_choice_t **choice, const char *text,
                                    const char **why, apr_pool_t *p);

/* Its canonical JSON form: every key, in a fixed order. Equal choices have equal texts. Owned by p. */
json_t *scim_sync_choice_json(const scim_sync_choice_t *choice, apr_pool_t *p);

/* The same with a text for each setting, by its path, for events. Owned by p. */
json_t *scim_sync_choice_flat(const scim_sync_choice_t *choice, apr_pool_t *p);

/* ---- asking ---- */

typedef enum {
    SCIM_SYNC_CHOSEN_NO,
    SCIM_SYNC_CHOSEN_YES,
    SCIM_SYNC_CHOSEN_UNKNOWN /* nothing is to be concluded: *fault says why, in p */
} scim_sync_chosen_t;

/* A user, as far as it depends on the organizational unit; org_unit NULL: Google did not say. */
scim_sync_chosen_t scim_sync_choice_user(const scim_sync_choice_t *choice, const char *org_unit,
                                         const char **fault, apr_pool_t *p);

/* A group, as far as it depends on its address; address NULL: Google did not say. */
scim_sync_chosen_t scim_sync_choice_group(const scim_sync_choice_t *choice, const char *address,
                                          const char **fault, apr_pool_t *p);

/* The unit to which Google can limit the listing of users; NULL: there is not just one. */
const char *scim_sync_choice_unit(const scim_sync_choice_t *choice);

/* Whether Google is asked for some of the users only, so that it does not show the others. */
int scim_sync_choice_asks_users(const scim_sync_choice_t *choice);

/* How many listings of users there are: one of each query, and one where there is none. */
int scim_sync_choice_listings(const scim_sync_choice_t *choice);

/* Whether there may be groups that are not chosen. */
int scim_sync_choice_sifts_groups(const scim_sync_choice_t *choice);

#endif
