/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The migrations, oldest first. One that was released never changes; a new one is added below, in
 * migrations_google.c or in migrations_looks.c.
 *
 * told:  resource, resource_email, member        written by the SCIM endpoint and the pulls
 * held:  jira_account, jira_group, jira_member,   written by the provisioner
 *        jira_link (which account or group a resource stands for)
 * work:  task (what may differ), event (what happened), lease (who works on a site), limiter (how
 *        fast that may be), guard_count and guard_trip (how much is taken away), reconcile (when
 *        Jira was read anew, and what was found), plan_count (what would be done in a dry run)
 * rules: site, idp, idp_site, token, token_end    written by the admin API
 * seen:  request (the last ones of each IdP)       written by the recorder
 * pulls: google (how an IdP is connected), google_attempt (attempts to connect that were used),
 *        stage and stage_member (what a pull has found so far), google_run (what became of each),
 *        google_change (what differed)
 * hints: google_push and google_channel (what Google was asked to tell us of)
 * looks: idp_tally (large numbers), health (what was done lately), node (who does it)
 *
 * All times are milliseconds since 1970. Keys that are compared without regard to case hold the
 * folded text (base/text.h).
 */
#include "store/event_private.h"
#include "store/link.h"
#include "store/migrate.h"
#include "store/migrations_private.h"
#include "store/people_private.h"
#include "store/refill.h"

static const char *const first[] = {
    "CREATE TABLE site ("
    " name TEXT PRIMARY KEY,"
    " base_url TEXT NOT NULL,"
    " email TEXT NOT NULL,"
    " api_token TEXT NOT NULL," /* sealed: base/secret.h */
    " products TEXT NOT NULL,"  /* JSON array of product keys for new accounts */
    " version BIGINT NOT NULL,"
    " created BIGINT NOT NULL,"
    " changed BIGINT NOT NULL)",

    "CREATE TABLE idp ("
    " name TEXT PRIMARY KEY,"
    " provider TEXT NOT NULL,"
    " mode TEXT NOT NULL,"
    " state TEXT NOT NULL," /* store/config.h */
    " version BIGINT NOT NULL,"
    " created BIGINT NOT NULL,"
    " changed BIGINT NOT NULL)",

    "CREATE TABLE idp_site ("
    " idp TEXT NOT NULL REFERENCES idp (name) ON DELETE CASCADE,"
    " site TEXT NOT NULL REFERENCES site (name),"
    " PRIMARY KEY (idp, site))",

    "CREATE TABLE token ("
    " id TEXT PRIMARY KEY,"
    " idp TEXT NOT NULL REFERENCES idp (name) ON DELETE CASCADE,"
    " hash TEXT NOT NULL UNIQUE,"
    " created BIGINT NOT NULL,"
    " expires BIGINT NOT NULL," /* 0: never */
    " last_used BIGINT NOT NULL)",

    "CREATE TABLE resource ("
    " id TEXT PRIMARY KEY,"
    " idp TEXT NOT NULL REFERENCES idp (name),"
    " type TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " name_key TEXT NOT NULL,"
    " external_id TEXT,"
    " display_key TEXT,"
    " email TEXT," /* the primary one, folded: who this is in Jira */
    " active BIGINT NOT NULL,"
    " doc TEXT NOT NULL,"
    " version BIGINT NOT NULL,"
    " created BIGINT NOT NULL,"
    " modified BIGINT NOT NULL,"
    " UNIQUE (idp, type, name_key))",
    "CREATE INDEX resource_order ON resource (idp, type, created, id)",
    "CREATE INDEX resource_external ON resource (idp, type, external_id)",
    "CREATE INDEX resource_display ON resource (idp, type, display_key)",
    "CREATE INDEX resource_primary ON resource (email)",

    "CREATE TABLE resource_email ("
    " resource TEXT NOT NULL REFERENCES resource (id) ON DELETE CASCADE,"
    " email TEXT NOT NULL,"
    " PRIMARY KEY (resource, email))",
    "CREATE INDEX resource_email_key ON resource_email (email, resource)",

    "CREATE TABLE member ("
    " resource TEXT NOT NULL REFERENCES resource (id) ON DELETE CASCADE," /* the group */
    " value TEXT NOT NULL,"                                               /* as told */
    " display TEXT,"
    " type TEXT,"
    " PRIMARY KEY (resource, value))",
    "CREATE INDEX member_value ON member (value, resource)",

    "CREATE TABLE jira_account ("
    " site TEXT NOT NULL,"
    " account_id TEXT NOT NULL,"
    " email TEXT NOT NULL,"         /* under which we found or made it, folded */
    " ours BIGINT NOT NULL,"        /* 1: we made it */
    " groups_read BIGINT NOT NULL," /* 1: jira_member knew its memberships before our first one */
    " seen BIGINT NOT NULL,"
    " PRIMARY KEY (site, account_id))",
    "CREATE INDEX jira_account_email ON jira_account (site, email)",

    "CREATE TABLE jira_group ("
    " site TEXT NOT NULL,"
    " group_id TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " ours BIGINT NOT NULL,"
    " seen BIGINT NOT NULL,"
    " PRIMARY KEY (site, group_id))",
    "CREATE INDEX jira_group_name ON jira_group (site, name)",

    "CREATE TABLE jira_member ("
    " site TEXT NOT NULL,"
    " group_id TEXT NOT NULL,"
    " account_id TEXT NOT NULL,"
    " state TEXT NOT NULL," /* store/held.h */
    " seen BIGINT NOT NULL,"
    " PRIMARY KEY (site, account_id, group_id))",
    "CREATE INDEX jira_member_group ON jira_member (site, group_id)",

    "CREATE TABLE jira_link ("
    " site TEXT NOT NULL,"
    " resource TEXT NOT NULL,"
    " kind TEXT NOT NULL," /* user, group */
    " object TEXT,"        /* account_id or group_id; NULL: its creation was begun */
    " told_as TEXT,"       /* under which address or name it was begun */
    " PRIMARY KEY (site, resource))",
    "CREATE INDEX jira_link_object ON jira_link (site, object)",

    "CREATE TABLE task ("
    " id {serial},"
    " site TEXT NOT NULL,"
    " idp TEXT NOT NULL," /* who said it last */
    " kind TEXT NOT NULL,"
    " subject TEXT NOT NULL,"
    " state TEXT NOT NULL," /* store/task.h */
    " seq BIGINT NOT NULL,"
    " attempts BIGINT NOT NULL,"
    " next_at BIGINT NOT NULL,"
    " status BIGINT NOT NULL,"
    " detail TEXT,"
    " created BIGINT NOT NULL,"
    " changed BIGINT NOT NULL,"
    " UNIQUE (site, kind, subject))",
    "CREATE INDEX task_due ON task (site, state, kind, next_at, id)",

    "CREATE TABLE event ("
    " id {serial},"
    " at BIGINT NOT NULL,"
    " kind TEXT NOT NULL,"
    " actor TEXT NOT NULL,"
    " idp TEXT,"
    " site TEXT,"
    " subject TEXT,"
    " name TEXT,"
    " detail TEXT)",
    "CREATE INDEX event_subject ON event (subject, id)",

    "CREATE TABLE lease ("
    " name TEXT PRIMARY KEY,"
    " owner TEXT NOT NULL,"
    " until BIGINT NOT NULL,"
    " fence BIGINT NOT NULL)",

    "INSERT INTO meta (name, value) VALUES ('generation', '1')",
    NULL,
};

static const char *const second[] = {
    "ALTER TABLE resource ADD COLUMN search {json} NOT NULL DEFAULT '{}'", /* scim/search.h */
    "CREATE INDEX resource_modified ON resource (idp, type, modified, id)",
    "CREATE INDEX resource_active ON resource (idp, type, active, created, id)",

    "ALTER TABLE member ADD COLUMN display_key TEXT",
    "ALTER TABLE member ADD COLUMN ref_type TEXT",  /* what the $ref that was told points at */
    "ALTER TABLE member ADD COLUMN real_type TEXT", /* what the id is, NULL: not known yet */
    "UPDATE member SET real_type = (SELECT t.type FROM resource t JOIN resource g ON g.idp = t.idp"
    " WHERE t.id = member.value AND g.id = member.resource)",
    NULL,
};

static const char *const protection[] = {
    "ALTER TABLE site ADD COLUMN protected_groups TEXT NOT NULL DEFAULT '[]'", /* JSON array */
    "ALTER TABLE jira_group ADD COLUMN protection TEXT", /* by which rule; NULL: it isn't */
    NULL,
};

static const char *const record[] = {
    "ALTER TABLE event ADD COLUMN change TEXT",     /* JSON: what was before and is after */
    "ALTER TABLE event ADD COLUMN person_key TEXT", /* these three: store/event_private.h */
    "ALTER TABLE event ADD COLUMN email_key TEXT",
    "ALTER TABLE event ADD COLUMN group_key TEXT",
    "DROP INDEX event_subject",
    "CREATE INDEX event_at ON event (at, id)",
    "CREATE INDEX event_kind ON event (kind, at, id)",
    "CREATE INDEX event_actor ON event (actor, at, id)",
    "CREATE INDEX event_idp ON event (idp, at, id) WHERE idp IS NOT NULL",
    "CREATE INDEX event_site ON event (site, at, id) WHERE site IS NOT NULL",
    "CREATE INDEX event_subject ON event (subject, at, id) WHERE subject IS NOT NULL",
    "CREATE INDEX event_person ON event (person_key, at, id) WHERE person_key IS NOT NULL",
    "CREATE INDEX event_email ON event (email_key, at, id) WHERE email_key IS NOT NULL",
    "CREATE INDEX event_group ON event (group_key, at, id) WHERE group_key IS NOT NULL",

    /* What the log has not had yet: store/event.h. */
    "CREATE TABLE event_unlogged ("
    " event BIGINT PRIMARY KEY REFERENCES event (id) ON DELETE CASCADE)",

    "ALTER TABLE task ADD COLUMN class TEXT", /* store/task.h */
    "ALTER TABLE task ADD COLUMN failed_since BIGINT NOT NULL DEFAULT 0",
    "UPDATE task SET failed_since = changed, class = CASE WHEN state = 'failed' THEN 'person'"
    " WHEN status = 401 THEN 'site' WHEN status = 429 THEN 'wait' ELSE 'retry' END"
    " WHERE state = 'failed' OR attempts > 0 OR detail IS NOT NULL",
    NULL,
};

static const char *const tokens[] = {
    "ALTER TABLE site ADD COLUMN cloud_id TEXT", /* NULL: a classic token, used at base_url */
    "ALTER TABLE site ADD COLUMN gateway TEXT",  /* for one with scopes; NULL: Atlassian's */
    "ALTER TABLE site ADD COLUMN token_expires BIGINT NOT NULL DEFAULT 0", /* 0: not told */
    /* How urgent the last warning was: sync/expiry.h. */
    "ALTER TABLE site ADD COLUMN token_warned BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE token ADD COLUMN warned BIGINT NOT NULL DEFAULT 0",
    NULL,
};

static const char *const limits[] = {
    "CREATE TABLE limiter ("
    " site TEXT PRIMARY KEY REFERENCES site (name) ON DELETE CASCADE,"
    " state TEXT NOT NULL,"    /* jira/limiter.h */
    " paused BIGINT NOT NULL," /* nothing is sent before; 0: no pause */
    " why TEXT,"
    " changed BIGINT NOT NULL)",
    NULL,
};

static const char *const rules[] = {
    "ALTER TABLE idp ADD COLUMN rules TEXT NOT NULL DEFAULT '{}'", /* sync/rules.h */
    NULL,
};

static const char *const guard[] = {
    /* What access was taken lately: store/guard.h. */
    "CREATE TABLE guard_count ("
    " idp TEXT NOT NULL REFERENCES idp (name) ON DELETE CASCADE,"
    " site TEXT NOT NULL REFERENCES site (name) ON DELETE CASCADE,"
    " kind TEXT NOT NULL,"    /* deactivations, deletions, memberships */
    " subject TEXT NOT NULL," /* of the task */
    " object TEXT NOT NULL,"  /* the group of a membership; else empty */
    " at BIGINT NOT NULL,"
    " PRIMARY KEY (idp, site, kind, subject, object))",
    "CREATE INDEX guard_count_at ON guard_count (idp, site, kind, at)",

    "CREATE TABLE guard_trip ("
    " idp TEXT NOT NULL REFERENCES idp (name) ON DELETE CASCADE,"
    " site TEXT NOT NULL REFERENCES site (name) ON DELETE CASCADE,"
    " kind TEXT NOT NULL,"
    " counted BIGINT NOT NULL," /* so many it would have been, */
    " most BIGINT NOT NULL,"    /* of so many at most, */
    " span BIGINT NOT NULL,"    /* within so many ms */
    " detail TEXT NOT NULL,"
    " at BIGINT NOT NULL,"
    " PRIMARY KEY (idp, site, kind))",

    "ALTER TABLE task ADD COLUMN guard TEXT",     /* the kind that holds it, NULL: none; */
    "ALTER TABLE task ADD COLUMN guard_idp TEXT", /* for which IdP */
    "ALTER TABLE task ADD COLUMN released BIGINT NOT NULL DEFAULT 0", /* 1: it passes the guard */
    "CREATE INDEX task_held ON task (site, guard_idp, guard) WHERE state = 'held'",
    NULL,
};

static const char *const paused[] = {
    /* By IdP, so that those of a paused one are not read: store/task_private.h. */
    "DROP INDEX task_due",
    "CREATE INDEX task_due ON task (site, state, idp, kind, next_at, id)",
    NULL,
};

static const char *const leaving[] = {
    /* Of a user that its IdP wants no more: since when. 0: it is wanted. */
    "ALTER TABLE jira_link ADD COLUMN left_at BIGINT NOT NULL DEFAULT 0",
    /* The address by which the IdP's rules say that Jira knows a user, unless that is as told. */
    "ALTER TABLE jira_link ADD COLUMN known_as TEXT",
    "CREATE INDEX jira_link_known_as ON jira_link (site, known_as)",
    "ALTER TABLE jira_account ADD COLUMN state TEXT",   /* store/held.h */
    "ALTER TABLE jira_account ADD COLUMN profile TEXT", /* what was written, or said, last */
    "ALTER TABLE site ADD COLUMN org_id TEXT",
    "ALTER TABLE site ADD COLUMN org_key TEXT", /* sealed: base/secret.h */
    "ALTER TABLE site ADD COLUMN org_url TEXT", /* NULL: Atlassian's */
    NULL,
};

static const char *const reconcile[] = {
    "CREATE TABLE reconcile (" /* store/reconcile.h */
    " site TEXT PRIMARY KEY REFERENCES site (name) ON DELETE CASCADE,"
    " asked BIGINT NOT NULL,"
    " trust BIGINT NOT NULL,"
    " running BIGINT NOT NULL,"
    " started BIGINT NOT NULL,"
    " ended BIGINT NOT NULL,"
    " outcome TEXT,"
    " detail TEXT,"
    " report TEXT)", /* JSON */
    "ALTER TABLE jira_account ADD COLUMN active BIGINT NOT NULL DEFAULT 1",
    NULL,
};

/*
 * A group may stand for several groups in Jira: a link for each, by the name that the rules give
 * it. Until now that was the one that Jira's group had, and the group in the IdP was called the
 * same.
 */
static const char *const links[] = {
    "CREATE TABLE jira_link_new ("
    " site TEXT NOT NULL,"
    " resource TEXT NOT NULL," /* its id; default:<idp> for groups that everybody of an IdP is in */
    " name TEXT NOT NULL,"     /* in Jira, as wanted when the link was made; '' of users */
    " kind TEXT NOT NULL,"     /* user, group */
    " object TEXT,"            /* account_id or group_id; NULL: its creation was begun */
    " told_as TEXT,"           /* users: under which address it was begun; groups: displayName */
    " left_at BIGINT NOT NULL DEFAULT 0,"
    " known_as TEXT,"
    " PRIMARY KEY (site, resource, name))",
    "INSERT INTO jira_link_new (site, resource, name, kind, object, told_as, left_at, known_as)"
    " SELECT l.site, l.resource,"
    " CASE l.kind WHEN 'group' THEN COALESCE(g.name, l.told_as, '') ELSE '' END, l.kind, l.object,"
    " CASE l.kind WHEN 'group' THEN COALESCE(g.name, l.told_as) ELSE l.told_as END,"
    " l.left_at, l.known_as FROM jira_link l LEFT JOIN jira_group g"
    " ON l.kind = 'group' AND g.site = l.site AND g.group_id = l.object",
    "DROP TABLE jira_link",
    "ALTER TABLE jira_link_new RENAME TO jira_link",
    "CREATE INDEX jira_link_object ON jira_link (site, object)",
    "CREATE INDEX jira_link_known_as ON jira_link (site, known_as)",
    NULL,
};

static const char *const survey[] = {
    "ALTER TABLE site ADD COLUMN survey TEXT", /* what Jira said of itself: sync/survey_text.h */
    "ALTER TABLE task ADD COLUMN plan TEXT",   /* of a dry run, JSON: sync/chain.h */
    "CREATE TABLE plan_count ("
    " task BIGINT NOT NULL REFERENCES task (id) ON DELETE CASCADE,"
    " what TEXT NOT NULL," /* a call, or why there is none: store/plan.h */
    " count BIGINT NOT NULL,"
    " PRIMARY KEY (task, what))",
    NULL,
};

static const char *const discarded[] = {
    "ALTER TABLE task ADD COLUMN name TEXT",      /* of the subject, also when that is gone */
    "ALTER TABLE task ADD COLUMN takes TEXT",     /* what the guard held last, for people */
    "ALTER TABLE task ADD COLUMN spared TEXT",    /* the same by ids: store/task.h */
    "ALTER TABLE task ADD COLUMN discarded TEXT", /* by whom and when; NULL: it isn't */
    "ALTER TABLE task ADD COLUMN discarded_at BIGINT NOT NULL DEFAULT 0",
    "UPDATE task SET name = COALESCE((SELECT r.name FROM resource r WHERE r.id = task.subject),"
    " (SELECT a.email FROM jira_link l JOIN jira_account a ON a.site = l.site"
    " AND a.account_id = l.object WHERE l.site = task.site AND l.resource = task.subject"
    " AND l.kind = 'user'))",
    /* What a guard holds is so also while it is looked at anew. */
    "DROP INDEX task_held",
    "CREATE INDEX task_guard ON task (site, guard_idp, guard) WHERE guard IS NOT NULL",
    NULL,
};

static const char *const decided[] = {
    "ALTER TABLE task ADD COLUMN kept TEXT", /* what was discarded, by ids: store/task.h */
    "UPDATE task SET kept = spared WHERE discarded IS NOT NULL",
    NULL,
};

static const char *const called[] = {
    "ALTER TABLE jira_member ADD COLUMN name TEXT", /* in Jira, of whom others had put there */
    NULL,
};

static const char *const customers[] = {
    "ALTER TABLE site ADD COLUMN side_of TEXT",         /* store/config.h; NULL: it is a site */
    "ALTER TABLE jira_group ADD COLUMN desk_open TEXT", /* store/portal.h */
    "ALTER TABLE jira_link ADD COLUMN ambiguous TEXT",  /* store/portal_key.h */
    "CREATE INDEX jira_member_queue ON jira_member (site, group_id, state, seen, account_id)"
    " WHERE state IN ('queued', 'adding', 'ending', 'removing')",
    /* 1: of a portal it is on record who was in it before us, and what was on the desk */
    "ALTER TABLE jira_group ADD COLUMN members_read BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE jira_group ADD COLUMN organizations_read BIGINT NOT NULL DEFAULT 0",
    "CREATE TABLE portal_organization (" /* which organization is on which desk: store/desk.h */
    " site TEXT NOT NULL,"
    " desk TEXT NOT NULL,"         /* a portal's id */
    " organization TEXT NOT NULL," /* another one's */
    " state TEXT NOT NULL,"        /* adding, ours, removing, theirs */
    " ended_idp TEXT,"             /* an IdP in dry run that has ended it, */
    " ended_by TEXT,"              /* and the resource by which it did */
    " PRIMARY KEY (site, desk, organization))",
    NULL,
};

static const char *const gave[] = {
    /* Whose groups stood for one in Jira, and do no more: also an IdP's that is deleted. */
    "CREATE TABLE jira_gave ("
    " site TEXT NOT NULL REFERENCES site (name) ON DELETE CASCADE,"
    " group_id TEXT NOT NULL,"
    " idp TEXT NOT NULL,"
    " at BIGINT NOT NULL,"
    " PRIMARY KEY (site, group_id, idp))",
    NULL,
};

const scim_sync_migration_t scim_sync_migrations[] = {
    { first, NULL },
    { second, scim_sync_refill },
    { protection, NULL },
    { record, scim_sync_event_refill },
    { tokens, NULL },
    { limits, NULL },
    { rules, NULL },
    { guard, NULL },
    { paused, NULL },
    { leaving, NULL },
    { reconcile, NULL },
    { links, NULL },
    { survey, NULL },
    { discarded, NULL },
    { decided, NULL },
    { called, NULL },
    { customers, NULL },
    { gave, NULL },
    { scim_sync_migration_google, NULL },
    { scim_sync_migration_pulls, NULL },
    { scim_sync_migration_pushes, NULL },
    { scim_sync_migration_looking, scim_sync_people_index },
    { scim_sync_migration_requests, NULL },
    { scim_sync_migration_names, NULL },
    { scim_sync_migration_plans, NULL },
    { scim_sync_migration_walks, scim_sync_link_index },
    { scim_sync_migration_changes, NULL },
    { NULL, NULL },
};
