/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The portals of a site's customers' side: service desks, and organizations, whose members get into
 * the portals of all desks that the organization was added to. They take the place that groups have
 * among a site's users, in the same tables (store/held.h, store/link.h):
 *
 *   id     "desk:4", "organization:17"
 *   name   "project/DEMO" by the project's key, "organization/Example Ltd"
 *
 * Jira takes and gives access in batches. So a person's job only queues what it has decided: the
 * membership is "queued" or "ending", and there is a task of the portal, whose job sends what is
 * queued, of all people, and writes the answers. In the turn that sends it, it becomes "adding" or
 * "removing". What was never sent is taken back as if it had not been said: nobody gets in who is
 * not wanted any more, and nobody is taken out who is wanted again. What was sent becomes the other
 * of the two, and is sent as that.
 *
 * All functions run in the caller's transaction, the provisioner's turn.
 */
#ifndef SCIM_SYNC_STORE_PORTAL_H
#define SCIM_SYNC_STORE_PORTAL_H

#include <apr_tables.h>

#include "store/db.h"

#define SCIM_SYNC_PORTAL_DESK              "desk:"
#define SCIM_SYNC_PORTAL_ORGANIZATION      "organization:"
#define SCIM_SYNC_PORTAL_PROJECT_NAME      "project/"
#define SCIM_SYNC_PORTAL_ORGANIZATION_NAME "organization/"

/* Whether a portal's id, or its name, is a desk's; else it is an organization's. */
int scim_sync_portal_is_desk(const char *portal);
int scim_sync_portal_is_project(const char *name);

/*
 * So many portals the account is in still because of us, or about to be, that may let it go: those
 * whose task has failed do not, as an open desk.
 */
apr_status_t scim_sync_portal_leaving(scim_sync_db_t *db, int *count, const char *site,
                                      const char *account_id, apr_pool_t *p);

/*
 * By what an organization is protected (store/held.h) that another directory keeps (scimManaged),
 * for people, by its name; and whether that is what it is protected by.
 */
const char *scim_sync_portal_managed(const char *name, apr_pool_t *p);
int scim_sync_portal_is_managed(const char *protection);

/* A portal in whose queue an account is, or whose answer about it is not known. */
typedef struct {
    const char *portal;
    const char *name;
    int removes;         /* it is to be taken out, else put in */
    apr_int64_t task;    /* the portal's; 0: there is none, since somebody has discarded it */
    int failed;          /* a person must look first, */
    const char *detail;  /* and why; or what it has met last, or NULL */
    apr_int64_t next_at; /* when it is tried next, ms since 1970 */
} scim_sync_portal_awaited_t;

/* All of them, by their names; in p. */
apr_status_t scim_sync_portal_awaited(scim_sync_db_t *db, apr_array_header_t **awaited,
                                      const char *site, const char *account_id, apr_pool_t *p);

/* Why it is so still, in words, in p. */
const char *scim_sync_portal_awaited_why(const scim_sync_portal_awaited_t *awaited, apr_pool_t *p);

/* The same of the account that a user stands for: ids of portals (const char *, in p). */
apr_status_t scim_sync_portal_awaited_by(scim_sync_db_t *db, apr_array_header_t **portals,
                                         const char *site, const char *resource, apr_pool_t *p);

/* Who is in a portal's queue, the longest first; and how many there are. */
typedef struct {
    const char *account_id;
    const char *state;
    apr_int64_t since; /* ms since 1970 */
} scim_sync_portal_queued_t;

apr_status_t scim_sync_portal_queued(scim_sync_db_t *db, apr_array_header_t **queued, int *count,
                                     const char *site, const char *portal, int removes, int max,
                                     apr_pool_t *p);

/* What Jira calls it: "4" of "desk:4"; "DEMO" of "project/DEMO", "Example Ltd". Points into it. */
const char *scim_sync_portal_object(const char *portal);
const char *scim_sync_portal_told(const char *name);

/*
 * A membership is to be made, or ended, that is in this state by now (NULL: none), and the portal
 * has a task. What is to be ended and is only queued is none any more.
 */
apr_status_t scim_sync_portal_join(scim_sync_db_t *db, const char *site, const char *portal,
                                   const char *account_id, const char *was, apr_pool_t *p);
apr_status_t scim_sync_portal_part(scim_sync_db_t *db, const char *site, const char *portal,
                                   const char *account_id, const char *was, apr_pool_t *p);

/* A portal as a job needs it; members NULL where they are not known. */
typedef struct {
    const char *name;
    const char
        *open; /* of a desk: why Jira removes nobody from it, as it said last; NULL: it may */
    int told;  /* people were told that it does not, and it has removed nobody since */
} scim_sync_portal_state_t;

apr_status_t scim_sync_portal_load(scim_sync_db_t *db, scim_sync_portal_state_t *state,
                                   const char *site, const char *portal, apr_pool_t *p);
/*
 * Jira removes nobody from a desk, for it is open to all: it has what was sent still. open NULL: it
 * has removed somebody. A retry of the portal's task, or of all of a site, has it tried again.
 */
apr_status_t scim_sync_portal_put_open(scim_sync_db_t *db, const char *site, const char *portal,
                                       const char *open, apr_pool_t *p);

/*
 * What is to be added, or (removes) removed, sent or not, the oldest first; but for what stays in
 * the queue for now, as far as IdPs tell now. Nobody is added but by an IdP that is live, tells the
 * person active, and has a group that stands for the portal. Nobody is removed of whom only such
 * IdPs tell that are paused or in dry run, while one of these has such a group, or had one; of whom
 * nobody tells, while none has one but such. Whose plan says otherwise by now is among them still:
 * scim_sync_job_portal_sift().
 */
typedef struct {
    const apr_array_header_t *accounts; /* const char *: ids, at most as many as were asked for */
    apr_int64_t age;                    /* ms since the first of them was queued */
    int still;                          /* there are none, but of what stays for now there is */
} scim_sync_portal_line_t;

apr_status_t scim_sync_portal_line(scim_sync_db_t *db, scim_sync_portal_line_t *line,
                                   const char *site, const char *portal, int removes, int max,
                                   apr_pool_t *p);

/*
 * One of a line is about to be sent: queued becomes adding, and ending removing; *first is 0 when
 * it was that before. And: it is known that Jira has done nothing of what was sent first, unless it
 * was turned into the other meanwhile.
 */
apr_status_t scim_sync_portal_send(scim_sync_db_t *db, const char *site, const char *portal,
                                   const char *account_id, int removes, int *first, apr_pool_t *p);
apr_status_t scim_sync_portal_unsend(scim_sync_db_t *db, const char *site, const char *portal,
                                     const char *account_id, int removes, apr_pool_t *p);

/*
 * It was decided otherwise before it was sent: queued is no membership, and ending is ours again.
 * What was sent stays as it is, behind all others of the line.
 */
apr_status_t scim_sync_portal_take_back(scim_sync_db_t *db, const char *site, const char *portal,
                                        const char *account_id, int removes, apr_pool_t *p);

/* Whether groups that stand for a portal have tasks that are due: they may stand for another one. */
apr_status_t scim_sync_portal_relinked(scim_sync_db_t *db, int *relinked, const char *site,
                                       const char *portal, apr_pool_t *p);

/*
 * Jira has done what was sent: adding becomes ours, and of removing there is no row any more.
 * *settled is 0 when it was turned into the other meanwhile (or is not there): that is sent next.
 */
apr_status_t scim_sync_portal_settle(scim_sync_db_t *db, const char *site, const char *portal,
                                     const char *account_id, int removes, int *settled,
                                     apr_pool_t *p);
/*
 * Jira refuses this one, if it was not turned meanwhile: what was to be added is no membership, and
 * what was to be removed is ours, so that it is queued again when its person is looked at again.
 * *given_up is 0 when it was.
 * doubted   a call that was about it before had no answer, and may have been carried out: it is
 *           uncertain, and so it stays until one is answered or the portal is read
 */
apr_status_t scim_sync_portal_give_up(scim_sync_db_t *db, const char *site, const char *portal,
                                      const char *account_id, int removes, int doubted,
                                      int *given_up, apr_pool_t *p);

/* A user who stands for an account; without one the account itself, whose resource is NULL. */
typedef struct {
    const char *resource;
    const char *idp;  /* NULL: that one tells of the user no more */
    const char *name; /* for people */
    const char *email;
} scim_sync_portal_person_t;

/* scim_sync_portal_person_t in p; at least one. */
apr_status_t scim_sync_portal_people(scim_sync_db_t *db, apr_array_header_t **people,
                                     const char *site, const char *account_id, apr_pool_t *p);

#endif
