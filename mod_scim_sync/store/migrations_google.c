/* SPDX-License-Identifier: Apache-2.0 */
/* The migrations of identity providers that we pull from (store/migrations.c has the list). */
#include <stddef.h>

#include "store/migrations_private.h"

const char *const scim_sync_migration_google[] = {
    "ALTER TABLE idp ADD COLUMN kind TEXT NOT NULL DEFAULT 'scim'", /* store/config.h */
    "CREATE TABLE google ("                                         /* store/google.h */
    " idp TEXT PRIMARY KEY REFERENCES idp (name) ON DELETE CASCADE,"
    " settings TEXT NOT NULL," /* JSON */
    " client_secret TEXT,"     /* sealed: base/secret.h, as all that follow of this kind */
    " service_key TEXT,"       /* sealed */
    " choice TEXT NOT NULL DEFAULT '{}'," /* JSON: store/google_choice.h */
    " choice_version BIGINT NOT NULL DEFAULT 1,"
    " version BIGINT NOT NULL,"
    " state TEXT NOT NULL,"
    " way TEXT,"
    " reason TEXT,"
    " since BIGINT NOT NULL,"
    " who TEXT,"
    " domain TEXT,"
    " scopes TEXT,"
    " refresh_token TEXT,"            /* sealed */
    " refresh_until BIGINT NOT NULL," /* 0: not known */
    " warned BIGINT NOT NULL,"        /* as a token's */
    " access_token TEXT,"             /* sealed */
    " access_until BIGINT NOT NULL,"
    " ask_at BIGINT NOT NULL," /* nobody asks for another access token before */
    " generation BIGINT NOT NULL,"
    " schedule TEXT," /* JSON: store/google_schedule.h */
    " scheduled BIGINT NOT NULL DEFAULT 0)",
    "CREATE TABLE google_attempt ("
    " state TEXT PRIMARY KEY," /* its SHA-256 */
    " until BIGINT NOT NULL)", /* when it ends anyhow, and need not be remembered any more */
    NULL,
};

const char *const scim_sync_migration_pulls[] = {
    "CREATE TABLE stage (" /* what a pull has found so far: store/stage.h */
    " idp TEXT NOT NULL REFERENCES idp (name) ON DELETE CASCADE,"
    " type TEXT NOT NULL,"
    " id TEXT NOT NULL," /* theirs */
    " name TEXT,"        /* for people */
    " name_key TEXT,"
    " doc TEXT,"       /* as it would be told; NULL: nothing is concluded from it, */
    " other_key TEXT," /* the same under another name; NULL: there is none */
    " other_doc TEXT,"
    " fault TEXT,"                        /* because of this */
    " members BIGINT NOT NULL DEFAULT 0," /* of a group: so many are said to be in it */
    " PRIMARY KEY (idp, type, id))",
    "CREATE INDEX stage_name ON stage (idp, type, name_key)",

    "CREATE TABLE stage_member ("
    " idp TEXT NOT NULL REFERENCES idp (name) ON DELETE CASCADE,"
    " in_group TEXT NOT NULL," /* these are theirs, too */
    " id TEXT NOT NULL,"
    " type TEXT NOT NULL," /* User, Group; Everybody, Other: those that are no entries */
    " PRIMARY KEY (idp, in_group, id))",
    "CREATE INDEX stage_member_group ON stage_member (idp, id) WHERE type = 'Group'",

    "CREATE TABLE google_run ("
    " id {serial},"
    " idp TEXT NOT NULL REFERENCES idp (name) ON DELETE CASCADE,"
    " cause TEXT NOT NULL," /* store/google_run.h */
    " who TEXT,"
    " trust BIGINT NOT NULL," /* 1: what is gone is gone */
    " state TEXT NOT NULL,"
    " doing TEXT,"
    " detail TEXT,"
    " asked BIGINT NOT NULL,"
    " started BIGINT NOT NULL,"
    " ended BIGINT NOT NULL,"
    " calls BIGINT NOT NULL,"
    " errors TEXT," /* JSON */
    " tries BIGINT NOT NULL,"
    " counts TEXT,"                        /* JSON */
    " choice BIGINT NOT NULL DEFAULT 0,"   /* the version it ran with; 0: it is not known yet */
    " changes BIGINT NOT NULL DEFAULT 0)", /* 1: what differed is kept in google_change */
    "CREATE INDEX google_run_list ON google_run (idp, id)",
    "CREATE UNIQUE INDEX google_run_open ON google_run (idp) WHERE state IN ('waiting', 'running')"
    " AND cause <> 'preview'",
    "CREATE UNIQUE INDEX google_run_preview ON google_run (idp)"
    " WHERE state IN ('waiting', 'running') AND cause = 'preview'",

    "CREATE TABLE google_change (" /* store/google_change.h */
    " id {serial},"
    " run BIGINT NOT NULL REFERENCES google_run (id) ON DELETE CASCADE,"
    " type TEXT NOT NULL,"
    " what TEXT NOT NULL,"
    " subject TEXT NOT NULL," /* Google's id */
    " name TEXT,"
    " in_group TEXT," /* the group's name, of memberships */
    " detail TEXT)",
    "CREATE INDEX google_change_page ON google_change (run, type, what, id)",
    NULL,
};

const char *const scim_sync_migration_pushes[] = {
    "CREATE TABLE google_push (" /* store/google_channel.h */
    " idp TEXT PRIMARY KEY REFERENCES idp (name) ON DELETE CASCADE,"
    " hinted BIGINT NOT NULL,"
    " since BIGINT NOT NULL,"
    " failures BIGINT NOT NULL,"
    " detail TEXT,"
    " ask_at BIGINT NOT NULL)", /* nobody makes or stops a channel before */
    "CREATE TABLE google_channel ("
    " id TEXT PRIMARY KEY,"
    " idp TEXT NOT NULL REFERENCES idp (name) ON DELETE CASCADE,"
    " event TEXT NOT NULL,"
    " address TEXT NOT NULL,"
    " hash TEXT NOT NULL," /* SHA-256 of its token */
    " resource_id TEXT,"
    " number BIGINT NOT NULL,"
    " made BIGINT NOT NULL,"
    " expires BIGINT NOT NULL)",
    "CREATE INDEX google_channel_idp ON google_channel (idp)",
    NULL,
};

/* What differed is found by its id alone, and no longer by its kind. */
const char *const scim_sync_migration_changes[] = {
    "DROP TABLE google_change",
    "UPDATE google_run SET changes = 0 WHERE changes = 1",
    "CREATE TABLE google_change (" /* store/google_change.h */
    " run BIGINT NOT NULL REFERENCES google_run (id) ON DELETE CASCADE,"
    " id BIGINT NOT NULL,"
    " type TEXT NOT NULL,"
    " what TEXT NOT NULL,"
    " subject TEXT NOT NULL," /* Google's id */
    " name TEXT,"
    " in_group TEXT," /* the group's name, of memberships */
    " detail TEXT,"
    " PRIMARY KEY (run, id))",
    NULL,
};
