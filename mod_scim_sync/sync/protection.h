/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is never touched at a site, and by which rule: the groups of Jira's administrators, groups
 * that the site's administrator has named, and the account whose API token we use. Pure.
 *
 * Somebody who can name a group in an identity provider must not become an administrator of Jira
 * by it. So names count as well as ids, compared folded (Jira takes upper and lower case for the
 * same name), and as long as Jira has not said which groups are its administrators', that is a
 * reason to adopt none.
 *
 * Belongs to the provisioner's thread; sync/survey.c keeps it up to date.
 */
#ifndef SCIM_SYNC_SYNC_PROTECTION_H
#define SCIM_SYNC_SYNC_PROTECTION_H

#include <apr_hash.h>
#include <apr_tables.h>

/* A group that Jira names as its administrators'. */
typedef struct {
    const char *group_id; /* NULL: Jira did not say */
    const char *name;
    const char *access; /* "site-admin", "admin": Jira's accessType */
} scim_sync_admin_group_t;

typedef struct {
    const char *owner;     /* account id of the API token's owner; NULL: not known yet */
    const char *unread;    /* why it is not known which groups are the administrators'; NULL: is */
    apr_hash_t *admin_ids; /* group id -> scim_sync_admin_group_t */
    apr_hash_t *admin_names; /* folded name -> scim_sync_admin_group_t */
    apr_hash_t *held;        /* id of a group that we hold -> by which rule it is protected */
    void (*recall)(void *baton, const char *group_id); /* holds one that is asked about, unless it
                                                          is held; NULL: all of them are */
    void *baton;
    const apr_array_header_t *patterns; /* const char *: the site's protectedGroups */
    apr_pool_t *admins_pool;            /* cleared when the administrators' groups are read again */
    apr_pool_t *held_pool;              /* cleared when all of held is worked out again */
} scim_sync_protection_t;

/*
 * Nothing is known yet. patterns must live as long as p.
 */
void scim_sync_protection_init(scim_sync_protection_t *protection,
                               const apr_array_header_t *patterns, apr_pool_t *p);

/* Jira has named its administrators' groups (scim_sync_admin_group_t, copied): all of them. */
void scim_sync_protection_know(scim_sync_protection_t *protection,
                               const apr_array_header_t *groups);

/* It did not, for this reason (copied). What it has said before holds. */
void scim_sync_protection_lack(scim_sync_protection_t *protection, const char *why);

/* A held group is protected by this rule (copied), or (NULL) isn't; and: none is. */
void scim_sync_protection_hold(scim_sync_protection_t *protection, const char *group_id,
                               const char *rule);
void scim_sync_protection_hold_none(scim_sync_protection_t *protection);

/*
 * By which rule a group is protected: "devs is a group of Jira's administrators"; NULL: it isn't.
 * group_id and name may each be NULL. In p, or as old as protection.
 */
const char *scim_sync_protection_rule(const scim_sync_protection_t *protection,
                                      const char *group_id, const char *name, apr_pool_t *p);

/* Whether a text can stand in protectedGroups: a name, with * at its beginning, end, or both. */
int scim_sync_protection_is_pattern(const char *text);

#endif
