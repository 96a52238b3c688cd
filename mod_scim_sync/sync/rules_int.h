/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files sync/rules_*.c: the words of the JSON form, where they stand for numbers.
 */
#ifndef SCIM_SYNC_SYNC_RULES_INT_H
#define SCIM_SYNC_SYNC_RULES_INT_H

#include "sync/rules.h"

/* By number, ended by NULL. */
extern const char *const scim_sync_rules_leavings[];   /* scim_sync_leaving_t */
extern const char *const scim_sync_rules_otherwise[];  /* skip_others */
extern const char *const scim_sync_rules_modes[];      /* listed */
extern const char *const scim_sync_rules_attributes[]; /* attribute of a condition */
extern const char *const scim_sync_rules_guarded[];    /* scim_sync_guard_kind_t */

/* How many characters a text of UTF-8 has. */
apr_size_t scim_sync_rules_length(const char *text);

#endif
