/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statements of plan_subject.c and plan_sums.c that a page is made of. Nobody else includes
 * this, but for the tests that ask the database for its plans.
 */
#ifndef SCIM_SYNC_STORE_PLAN_PRIVATE_H
#define SCIM_SYNC_STORE_PLAN_PRIVATE_H

#include "store/plan.h"
#include "store/tally_private.h"

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

/*
 * Along the index plan_count_subject, whose IdP, subject and kind are the task's as it was planned:
 * IdP, what is counted, subject.
 */
#define SCIM_SYNC_PLAN_COUNTS \
    " FROM plan_count c WHERE c.idp = %s AND c.what = %s AND c.subject > %s"

/* And how many more: the one behind which the next look begins. */
#define SCIM_SYNC_PLAN_END \
    "SELECT c.subject" SCIM_SYNC_PLAN_COUNTS " ORDER BY c.subject LIMIT 1 OFFSET %lld"

/* And (the last one,) how many. Each is looked at in its task, whatever a planner thinks. */
#define SCIM_SYNC_PLAN_COUNTED(until) \
    "SELECT DISTINCT c.subject, c.kind" SCIM_SYNC_PLAN_COUNTS until \
    " AND (SELECT 1 FROM task t WHERE t.id = c.task AND t.state = 'planned' AND t.idp = c.idp) = 1" \
    " ORDER BY c.subject, c.kind LIMIT %lld"

/* ---- sums (plan_sums.c) ---- */

/* Of each IdP, or the one that is named: its name, and how many tasks it has in each state. */
#define SCIM_SYNC_PLAN_LOOK \
    "SELECT i.name, " \
    SCIM_SYNC_TALLY_TASKS("t.state = 'waiting'") ", " \
    SCIM_SYNC_TALLY_TASKS("t.state = 'planned'") ", " \
    SCIM_SYNC_TALLY_TASKS("t.state = 'failed'") ", " \
    SCIM_SYNC_TALLY_TASKS("t.state = 'held'") ", " \
    SCIM_SYNC_TALLY_TASKS("t.state = 'discarded'") \
    " FROM idp i WHERE i.name = COALESCE(%s, i.name)"

/* Of all that is planned for an IdP. */
#define SCIM_SYNC_PLAN_SUMS \
    "SELECT c.what, CAST(SUM(c.count) AS BIGINT) FROM task t" \
    " JOIN plan_count c ON c.task = t.id" \
    " WHERE t.idp = %s AND t.state = 'planned' GROUP BY c.what ORDER BY c.what"

/* The ids of what is planned, as texts: IdP, how many; and the sums of these, a JSON array. */
#define SCIM_SYNC_PLAN_FEW \
    "SELECT CAST(t.id AS TEXT) FROM task t WHERE t.state = 'planned' AND t.idp = %s" \
    " ORDER BY t.id LIMIT %lld"
#define SCIM_SYNC_PLAN_SUMS_OF \
    "SELECT c.what, CAST(SUM(c.count) AS BIGINT) FROM {texts}(CAST(%s AS {json})) e" \
    " JOIN plan_count c ON c.task = CAST(e.value AS BIGINT) GROUP BY c.what ORDER BY c.what"

/* clang-format on */

#endif
