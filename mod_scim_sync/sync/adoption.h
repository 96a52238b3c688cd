/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What taking over a group that Jira has already does to people: who would come into it, who is in
 * it already and wanted, who is in it and wanted by no IdP, whom the module has put into it and will
 * take out, and who is meant to be in it and would not come in. Members whom nobody wants stay,
 * unless the rules make the IdP authoritative for the group. Pure: who would come in says the
 * planner.
 */
#ifndef SCIM_SYNC_SYNC_ADOPTION_H
#define SCIM_SYNC_SYNC_ADOPTION_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "jira/platform.h"
#include "sync/planner.h"
#include "sync/rulebook.h"

/* Of each kind so many are named; the others are counted. */
#define SCIM_SYNC_ADOPTION_NAMED 100

/* So many people are looked for in Jira, since no account is made for them, while somebody waits. */
#define SCIM_SYNC_ADOPTION_SOUGHT 50

/* A person whom IdPs have in the group. The texts live as long as the adoption's pool. */
typedef struct {
    const char *name;       /* userName, for people */
    const char *email;      /* folded; NULL: the IdP told none */
    const char *account_id; /* which stands for the person in Jira; NULL: not known */
    int import;             /* where there is none, one is made */
    const char *out;        /* why no IdP gives the person anything in Jira; NULL: one does */
    int met;                /* is a member: set by scim_sync_adoption_meet() */
} scim_sync_adoptee_t;

/* One who would not come in, and why. */
typedef struct {
    const char *who;
    scim_sync_withheld_t why;
} scim_sync_left_out_t;

/* People of one kind. */
typedef struct {
    apr_array_header_t *named; /* const char *: e-mail addresses; or, unknown, what else there is;
                                  of those who are left out scim_sync_left_out_t */
    int more;
} scim_sync_adopted_t;

typedef struct {
    scim_sync_adopted_t gain;
    scim_sync_adopted_t keep;
    scim_sync_adopted_t not_ours;
    scim_sync_adopted_t leaving; /* the same, but for that the module has put them there */
    scim_sync_adopted_t withheld;
    apr_array_header_t *wanted; /* scim_sync_adoptee_t *: in the making */
    apr_hash_t *by_account;
    apr_hash_t *by_email;
    apr_hash_t *by_name; /* of those who have neither */
    apr_hash_t *given;   /* accounts that are in it by the module */
    apr_pool_t *pool;
} scim_sync_adoption_t;

/* Nobody is wanted, nobody is there. */
scim_sync_adoption_t *scim_sync_adoption_make(apr_pool_t *p);

/* Somebody is meant to be in the group; twice is once, and what one IdP gives is given. */
void scim_sync_adoption_want(scim_sync_adoption_t *adoption, const scim_sync_adoptee_t *person);

/*
 * Everybody whom IdPs have in the group, as their rules of now see them. Reads only.
 * complete   set to 0 when there are too many people to be looked at
 * book       open
 * group      of the IdP; an id, or default groups (store/link.h)
 * group_id   who is in what stands for this Jira group already is meant, too; NULL: nothing does
 */
apr_status_t scim_sync_adoption_load(scim_sync_db_t *db, scim_sync_adoption_t *adoption,
                                     int *complete, const scim_sync_rulebook_t *book,
                                     const char *site, const char *idp, const char *group,
                                     const char *group_id, apr_pool_t *p);

/* Somebody is a member in Jira. By the account's id, else by the address, if Jira shows it. */
void scim_sync_adoption_meet(scim_sync_adoption_t *adoption,
                             const scim_sync_jira_account_t *account);

/*
 * Those who come in only if Jira has an account of theirs, and of whom none is known: whoever asks
 * Jira writes account_id down. scim_sync_adoptee_t *, in the adoption's pool.
 */
apr_array_header_t *scim_sync_adoption_lacking(const scim_sync_adoption_t *adoption);

/*
 * All have been met: who is wanted and was not, would come in, or is left out.
 * group_id     NULL: it is to be made
 * protection   of the site, with the owner of the API token
 * hindrance    why nobody comes in; or NULL
 */
void scim_sync_adoption_end(scim_sync_adoption_t *adoption, const char *group_id,
                            const scim_sync_protection_t *protection,
                            const scim_sync_withheld_t *hindrance);

#endif
