/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has a say in what a plan takes from a person: the IdP whose task it is, and each other one
 * that could give it and does not; and of members whom others had put into a group the IdP whose
 * rules keep them out of it. What is taken counts for all of them, so that no IdP's mistake passes
 * its guard because another one's task has come first. Reads only.
 *
 * A membership is the matter of those that may have given it: the others' news did not end it. So
 * what one IdP ends is not held for what another one has told of the same person, and the two don't
 * wait for each other.
 */
#ifndef SCIM_SYNC_SYNC_GUARD_SAY_H
#define SCIM_SYNC_SYNC_GUARD_SAY_H

#include "sync/job_int.h"

typedef struct {
    const char *idp;
    const char *subject;        /* its user, or group */
    apr_array_header_t *groups; /* const char *: of memberships in these alone; NULL: of all */
} scim_sync_guard_say_t;

/*
 * scim_sync_guard_say_t in p; the task's own IdP is the first.
 * person, stands   as loaded; NULL of a group
 * ended            an administrator has ended what the task's IdP gave: what others have no say in
 *                  is its own end
 */
apr_status_t scim_sync_guard_says(scim_sync_db_t *db, const scim_sync_job_t *job,
                                  const scim_sync_person_t *person,
                                  const scim_sync_stands_t *stands, const apr_array_header_t *steps,
                                  int ended, apr_array_header_t **says, apr_pool_t *p);

/* Whether one has a say in a step. */
int scim_sync_guard_concerns(const scim_sync_guard_say_t *say, const scim_sync_step_t *step);

/*
 * Of one who is wanted by nobody: whether a claim is among the reasons. It is the last that wanted
 * the person; or it has ended within its guard's window. An IdP that let go long before the others
 * did is none.
 * last     ms: when the last of all claims ended
 * window   ms
 */
int scim_sync_guard_ended(const scim_sync_claim_t *claim, apr_int64_t last, apr_int64_t now,
                          apr_int64_t window);

#endif
