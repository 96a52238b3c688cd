/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statements of plan_subject.c that a page is made of. Nobody else includes this, but for the
 * tests that ask the database for its plans.
 */
#ifndef SCIM_SYNC_STORE_PLAN_PRIVATE_H
#define SCIM_SYNC_STORE_PLAN_PRIVATE_H

#include "store/plan.h"

/* clang-format off */

#define SCIM_SYNC_PLAN_KIND "CASE type WHEN 'User' THEN 'user' ELSE 'group' END"

/*
 * Behind a subject; in the order of the index task_subject, so that it is that one which is read.
 * What it says of seq is so of every task, and the word by which that index is to be had.
 */
#define SCIM_SYNC_PLAN_BEHIND " FROM task t WHERE t.idp = %s AND t.subject > %s AND t.seq > 0"
#define SCIM_SYNC_PLAN_ORDER  " ORDER BY t.subject, t.kind LIMIT %lld"

/* IdP, subject, how many. */
#define SCIM_SYNC_PLAN_TASKS \
    "SELECT DISTINCT t.subject, t.kind" SCIM_SYNC_PLAN_BEHIND SCIM_SYNC_PLAN_ORDER

/*
 * The same twice, and how many. Resources are walked through by their ids, and those of other IdPs
 * passed over: an index for this would cost each write of each of them.
 */
#define SCIM_SYNC_PLAN_TOLD \
    "SELECT subject, kind FROM (" SCIM_SYNC_PLAN_TASKS ") a" \
    " UNION SELECT id, kind FROM (SELECT id, " SCIM_SYNC_PLAN_KIND " AS kind FROM resource" \
    " WHERE (idp = %s) IS TRUE AND id > %s ORDER BY id LIMIT %lld) b ORDER BY 1 LIMIT %lld"

/* IdP, subject, how many more: the one behind which the next look begins. */
#define SCIM_SYNC_PLAN_END \
    "SELECT t.subject" SCIM_SYNC_PLAN_BEHIND " ORDER BY t.subject LIMIT 1 OFFSET %lld"

/* IdP, subject, what is counted, (the last one,) how many. Task by task, whatever a planner thinks. */
#define SCIM_SYNC_PLAN_COUNTED(until) \
    "SELECT DISTINCT t.subject, t.kind" SCIM_SYNC_PLAN_BEHIND " AND t.state = 'planned'" \
    " AND (SELECT 1 FROM plan_count c WHERE c.task = t.id AND c.what = %s) = 1" \
    until SCIM_SYNC_PLAN_ORDER

/* clang-format on */

#endif
