/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of all IdPs, and which are paused or in dry run, as they are now: read from the
 * database when they are new, and kept.
 * Belongs to one thread.
 */
#ifndef SCIM_SYNC_SYNC_RULEBOOK_H
#define SCIM_SYNC_SYNC_RULEBOOK_H

#include "store/db.h"
#include "sync/rules.h"

typedef struct scim_sync_rulebook_t scim_sync_rulebook_t;

/* An empty one. */
scim_sync_rulebook_t *scim_sync_rulebook_make(apr_pool_t *p);

/*
 * Bring it up to date, at the beginning of each transaction in which it is asked: rules that were
 * got before are no longer valid then.
 */
apr_status_t scim_sync_rulebook_open(scim_sync_db_t *db, scim_sync_rulebook_t *book, apr_pool_t *p);

/*
 * The rules of an IdP. NULL: what is stored can't be read, and *why says so; nothing that it tells
 * can be worked on. Of an IdP that is no more they are the defaults.
 */
const scim_sync_rules_t *scim_sync_rulebook_of(const scim_sync_rulebook_t *book, const char *idp,
                                               const char **why);

/*
 * Others in the place of those of an IdP, to see what they would make of what is told: until the
 * book is opened again, and as long as `rules` live. Without effect on an IdP that is no more.
 */
void scim_sync_rulebook_try(scim_sync_rulebook_t *book, const char *idp,
                            const scim_sync_rules_t *rules);

/*
 * How its guard is set. NULL: the IdP is no more, and what it gave ends because an administrator
 * said so. What can't be read lifts no limit: then it is the default's.
 */
const scim_sync_rules_guard_t *scim_sync_rulebook_guard(const scim_sync_rulebook_t *book,
                                                        const char *idp);

/* Which edition of an IdP's rules they are: another one after each change; 0: it is no more. */
apr_int64_t scim_sync_rulebook_edition(const scim_sync_rulebook_t *book, const char *idp);

/* Whether an IdP is in dry run (one that is no more isn't); and whether any is. */
int scim_sync_rulebook_is_dry(const scim_sync_rulebook_t *book, const char *idp);
int scim_sync_rulebook_any_dry(const scim_sync_rulebook_t *book);

/*
 * When an IdP was made (ms): another one of its name was made later. 0: the IdP is no more.
 */
apr_int64_t scim_sync_rulebook_made(const scim_sync_rulebook_t *book, const char *idp);

/*
 * Whether any IdP's rules make one of its groups authoritative: as long as none do, who put somebody
 * into a group is asked of nobody.
 */
int scim_sync_rulebook_any_authoritative(const scim_sync_rulebook_t *book);

/* Whether nothing is to be sent because of an IdP now: it is paused, or in dry run. */
int scim_sync_rulebook_is_still(const scim_sync_rulebook_t *book, const char *idp);
int scim_sync_rulebook_any_paused(const scim_sync_rulebook_t *book);

#endif
