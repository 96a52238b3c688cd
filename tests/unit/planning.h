/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tables of plans are written in: lists and memberships as words, steps as words.
 */
#ifndef SCIM_SYNC_TESTS_PLANNING_H
#define SCIM_SYNC_TESTS_PLANNING_H

#include "unit.h"

#include "sync/planner.h"

/* Texts, joined by blanks, as an array. */
apr_array_header_t *planning_list(const char *text, apr_pool_t *p);

/* "g1=ours g2=theirs" as memberships. */
apr_array_header_t *planning_members(const char *text, apr_pool_t *p);

/* "add:g1 remove:g2"; an add that takes seats is "add:g1(jira-software)". */
const char *planning_words(const apr_array_header_t *steps, apr_pool_t *p);

/* Ann, who is wanted, at a site where nothing is protected and seats are not counted. */
scim_sync_person_t planning_person(const char *groups, const char *members, apr_pool_t *p);

/* A site's protection: nothing but these patterns, and that Jira has named its administrators. */
scim_sync_protection_t *planning_protection(const char *patterns, apr_pool_t *p);

#endif
