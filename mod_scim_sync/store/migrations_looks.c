/* SPDX-License-Identifier: Apache-2.0 */
/* The migrations of what administrators look at (store/migrations.c has the list). */
#include <stddef.h>

#include "store/migrations_private.h"

/* What administrators look for and look at; its keys are in the order of their bytes. */
const char *const scim_sync_migration_looking[] = {
    "CREATE INDEX resource_by_email ON resource (idp, type, email{bytes}, id{bytes})",
    "CREATE INDEX resource_by_display ON resource (idp, type, display_key{bytes}, id{bytes})",
    /* The name of a user or group that is deleted while there is still something to do. */
    "ALTER TABLE task ADD COLUMN gone_key TEXT",
    "CREATE INDEX task_gone ON task (kind, idp, gone_key{bytes}, subject{bytes})"
    " WHERE gone_key IS NOT NULL",
    "CREATE INDEX task_state ON task (state, idp, id)",
    /* Of all, but for none of the questions that indexes below are for: store/plan_private.h. */
    "CREATE INDEX task_subject ON task (idp, subject, kind) WHERE seq > 0",
    "CREATE INDEX task_reason ON task (state, idp, site, kind, class, status, id)" /* task_reason.h */
    " WHERE class IS NOT NULL",
    "DROP INDEX task_guard",
    "CREATE INDEX task_guard ON task (site, guard_idp, guard, id) WHERE guard IS NOT NULL",
    "CREATE INDEX task_is_held ON task (idp, id) WHERE guard IS NOT NULL AND state <> 'planned'",
    "CREATE INDEX task_is_discarded ON task (idp, id) WHERE discarded IS NOT NULL",

    "ALTER TABLE idp ADD COLUMN contact BIGINT NOT NULL DEFAULT 0", /* when it was heard last */
    "UPDATE idp SET contact = COALESCE((SELECT MAX(t.last_used) FROM token t"
    " WHERE t.idp = idp.name), 0)",
    "CREATE TABLE idp_tally (" /* what is too much to be counted when it is asked for */
    " idp TEXT NOT NULL REFERENCES idp (name) ON DELETE CASCADE,"
    " what TEXT NOT NULL," /* store/glance.h */
    " count BIGINT NOT NULL,"
    " at BIGINT NOT NULL,"
    " PRIMARY KEY (idp, what))",

    "CREATE TABLE health (" /* store/health.h */
    " at BIGINT NOT NULL,"  /* when the step begins */
    " host TEXT NOT NULL,"
    " requests BIGINT NOT NULL,"
    " refused BIGINT NOT NULL,"
    " failed BIGINT NOT NULL,"
    " busy BIGINT NOT NULL,"    /* how long they took together, */
    " longest BIGINT NOT NULL," /* and the longest of them: microseconds */
    " tasks BIGINT NOT NULL,"
    " calls BIGINT NOT NULL,"
    " limited BIGINT NOT NULL," /* calls that were answered 429 */
    " PRIMARY KEY (at, host))",
    "CREATE TABLE node ("
    " host TEXT PRIMARY KEY," /* as in leases */
    " name TEXT NOT NULL,"
    " version TEXT NOT NULL,"
    " begun BIGINT NOT NULL,"
    " seen BIGINT NOT NULL,"
    " wrote BIGINT NOT NULL)", /* how long its last transaction took: microseconds */
    NULL,
};

const char *const scim_sync_migration_requests[] = {
    "CREATE TABLE request (" /* store/record.h */
    " id {serial},"
    " host TEXT NOT NULL,"     /* by which it was answered, */
    " number BIGINT NOT NULL," /* and which one it was there */
    " at BIGINT NOT NULL,"
    " idp TEXT NOT NULL REFERENCES idp (name) ON DELETE CASCADE,"
    " kind BIGINT NOT NULL,"
    " method TEXT NOT NULL,"
    " uri TEXT NOT NULL,"
    " address TEXT,"
    " token TEXT,"
    " status BIGINT NOT NULL,"
    " why TEXT,"
    " took BIGINT NOT NULL," /* us */
    " headers TEXT,"
    " body TEXT,"
    " body_length BIGINT NOT NULL,"
    " answer TEXT,"
    " answer_length BIGINT NOT NULL,"
    " UNIQUE (host, number))",
    "CREATE INDEX request_kind ON request (idp, kind, id)",
    "CREATE INDEX request_list ON request (idp, id)",
    "CREATE INDEX request_at ON request (at)",

    "ALTER TABLE idp ADD COLUMN per_minute BIGINT NOT NULL DEFAULT 0", /* 0: as many as come */
    "ALTER TABLE idp ADD COLUMN allow_from TEXT", /* JSON array; NULL: everywhere */

    "ALTER TABLE token ADD COLUMN replaced_by TEXT", /* store/token_end.h; NULL: it isn't */
    "CREATE TABLE token_end ("
    " id TEXT PRIMARY KEY,"
    " idp TEXT NOT NULL REFERENCES idp (name) ON DELETE CASCADE,"
    " hash TEXT NOT NULL,"
    " how TEXT NOT NULL,"
    " who TEXT NOT NULL,"
    " created BIGINT NOT NULL,"
    " ended BIGINT NOT NULL,"
    " last_used BIGINT NOT NULL)",
    "CREATE INDEX token_end_idp ON token_end (idp, ended)",
    NULL,
};

const char *const scim_sync_migration_names[] = {
    "ALTER TABLE idp ADD COLUMN display_name TEXT", /* what people call it; NULL: as its name */
    NULL,
};

const char *const scim_sync_migration_plans[] = {
    /* Of the task, as it was when it was planned: store/plan_private.h. */
    "ALTER TABLE plan_count ADD COLUMN idp TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE plan_count ADD COLUMN kind TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE plan_count ADD COLUMN subject TEXT NOT NULL DEFAULT ''",
    "UPDATE plan_count SET idp = (SELECT t.idp FROM task t WHERE t.id = plan_count.task),"
    " kind = (SELECT t.kind FROM task t WHERE t.id = plan_count.task),"
    " subject = (SELECT t.subject FROM task t WHERE t.id = plan_count.task)",
    "CREATE INDEX plan_count_subject ON plan_count (idp, what, subject, kind, task)",
    NULL,
};

const char *const scim_sync_migration_walks[] = {
    "CREATE INDEX google_run_going ON google_run (idp, id)"
    " WHERE state IN ('waiting', 'running', 'telling')",
    NULL,
};
