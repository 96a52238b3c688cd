/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions that administrators write: PCRE2, within bounds. Only this file's source
 * knows the library.
 *
 * Patterns and subjects are UTF-8; letters, digits and case are Unicode's; $ is the end of the text
 * and of nothing else, unless the pattern says (?m). A pattern is constant once it is made, and any
 * thread may use it.
 *
 * Whatever a pattern says, a match ends: it has a limited number of steps and limited memory, and
 * subjects are limited in length. A match that meets a limit counts as none, and says so: on a
 * subject that is no longer than the names of people and groups are, only patterns such as (a+)+$
 * do.
 */
#ifndef SCIM_SYNC_BASE_PATTERN_H
#define SCIM_SYNC_BASE_PATTERN_H

#include <apr_pools.h>

/* In bytes: of a pattern, of a replacement, of what patterns are tried on, of a result. */
#define SCIM_SYNC_PATTERN_MAX     1000
#define SCIM_SYNC_REPLACEMENT_MAX 1000
#define SCIM_SYNC_SUBJECT_MAX     1024
#define SCIM_SYNC_RESULT_MAX      2048

typedef struct scim_sync_pattern_t scim_sync_pattern_t;

/*
 * Make a pattern, which lives as long as p.
 * why   on failure: what is wrong, in PCRE2's words, and at which byte (from 0)
 * APR_EINVAL when it is none, or too long, too large or nested too deeply.
 */
apr_status_t scim_sync_pattern_compile(const scim_sync_pattern_t **pattern, const char *text,
                                       const char **why, apr_pool_t *p);

/* What it was made of. */
const char *scim_sync_pattern_text(const scim_sync_pattern_t *pattern);

/*
 * Whether a replacement can be used with the pattern. Its language is that of pcre2_substitute()
 * with PCRE2_SUBSTITUTE_EXTENDED: $0 to $9, ${10}, ${name}, $$, ${1:-if unset}, \L \U \E for lower
 * and upper case, and \ before what is to be taken as it is. A group that did not take part in the
 * match is empty.
 * why   as above
 * APR_EINVAL when it is malformed, too long, or names a group that the pattern does not have.
 */
apr_status_t scim_sync_pattern_check_replacement(const scim_sync_pattern_t *pattern,
                                                 const char *replacement, const char **why,
                                                 apr_pool_t *p);

/*
 * Whether the pattern matches some part of subject.
 * trouble   set when a limit was met (then it is no match), in PCRE2's words; else left alone
 */
int scim_sync_pattern_matches(const scim_sync_pattern_t *pattern, const char *subject,
                              const char **trouble, apr_pool_t *p);

/*
 * Replace the first part of subject that matches; what stands before and behind it stays.
 * replacement   one that was checked for this pattern
 * result        when it matches: the new text in p, perhaps empty; NULL when it is longer than
 *               SCIM_SYNC_RESULT_MAX, or holds a control character
 * Returns whether it matches; trouble as above.
 */
int scim_sync_pattern_replace(const scim_sync_pattern_t *pattern, const char *replacement,
                              const char *subject, const char **result, const char **trouble,
                              apr_pool_t *p);

#endif
