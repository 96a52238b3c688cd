/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Google's users, groups and members are in the words of SCIM: as what the pull puts into the
 * stage, and tells. Pure.
 *
 * userName is the primary address, externalId Google's id; who is suspended or archived is not
 * active. A group's displayName is its name, and where another group has that one, too, the name
 * with its address behind it.
 */
#ifndef SCIM_SYNC_SYNC_PULL_ENTRY_H
#define SCIM_SYNC_SYNC_PULL_ENTRY_H

#include "google/directory.h"
#include "store/stage.h"
#include "sync/google_choice.h"

/*
 * Each makes an array of the stage's, in p, of a page's entries: of users and groups those that are
 * chosen. The ids of the others (const char *) are added to others.
 */
apr_array_header_t *scim_sync_pull_user_entries(const scim_sync_google_page_t *page,
                                                const scim_sync_choice_t *choice,
                                                apr_array_header_t *others, apr_pool_t *p);
apr_array_header_t *scim_sync_pull_group_entries(const scim_sync_google_page_t *page,
                                                 const scim_sync_choice_t *choice,
                                                 apr_array_header_t *others, apr_pool_t *p);
apr_array_header_t *scim_sync_pull_member_entries(const scim_sync_google_page_t *page,
                                                  apr_pool_t *p);

#endif
