/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What administrators set: sites, IdPs and their tokens. The database is the truth; a request
 * works with the copy in shared memory (store/shared.h). Every change raises the generation, by
 * which all children and nodes notice it.
 *
 * All functions run in the caller's transaction and return what the database returned.
 */
#ifndef SCIM_SYNC_STORE_CONFIG_H
#define SCIM_SYNC_STORE_CONFIG_H

#include <apr_tables.h>
#include <jansson.h>

#include "store/db.h"

/* Names are path segments and keys: [a-z0-9] first, then [a-z0-9.-], 64 at most. No
 * underscore: Okta refuses it in a base URL. */
int scim_sync_name_is_valid(const char *name);

/*
 * Which database this is (a random id, made with it) and its generation; and one more of it, in the
 * transaction that changes something.
 */
apr_status_t scim_sync_generation(scim_sync_db_t *db, const char **instance,
                                  apr_int64_t *generation, apr_pool_t *p);
apr_status_t scim_sync_generation_raise(scim_sync_db_t *db, apr_pool_t *p);

/* ---- sites ---- */

/*
 * A site has two sides, which have nothing in common but its settings, and what the users' side
 * does to Atlassian accounts (sync/sides.h): its users, and the customers of its Jira Service
 * Management. To all that is kept of what is to be done and of what Jira holds the customers' side
 * is a site of its own, whose name is the site's and this; no other name has a colon.
 * So the two sides of one person never meet: who leaves one may stay in the other. It exists from
 * when an IdP feeds it first.
 */
#define SCIM_SYNC_SITE_CUSTOMERS ":customers"

typedef struct {
    const char *name;
    const char
        *of; /* the site whose customers' side this is, with that one's settings; NULL: none */
    const char *base_url;
    const char *email;
    const char *api_token;        /* sealed (base/secret.h, context "site/<name>/apiToken") */
    const char *products;         /* JSON array */
    const char *protected_groups; /* JSON array of patterns (sync/protection.h) */
    const char *cloud_id;         /* of a token with scopes; NULL: it is a classic one */
    const char *gateway;          /* for such; NULL: scim_sync_jira_api_url() knows */
    apr_int64_t token_expires;    /* 0 = not told */
    const char *org_id;           /* of the organization that it belongs to; NULL: not told */
    const char *org_key; /* its API key, sealed (context "site/<name>/orgKey"); with org_id */
    const char *org_url; /* where its API is; NULL: scim_sync_jira_organization_url() knows */
    int token_warned;    /* how urgent the last warning of that was (sync/expiry.h) */
    apr_int64_t version;
    apr_int64_t created;
    apr_int64_t changed;
} scim_sync_site_t;

/*
 * The side of a site, by its name, that IdPs of a mode feed (SCIM_SYNC_MODE_...), in p or as given;
 * and the site, by the name of either side.
 */
const char *scim_sync_site_side(const char *site, const char *mode, apr_pool_t *p);
const char *scim_sync_site_whole(const char *side, apr_pool_t *p);

/* *site is NULL when there is none. A side is found by its own name. */
apr_status_t scim_sync_site_load(scim_sync_db_t *db, scim_sync_site_t **site, const char *name,
                                 apr_pool_t *p);
/* scim_sync_site_t * by name, with the sides that exist. */
apr_status_t scim_sync_site_list(scim_sync_db_t *db, apr_array_header_t **sites, apr_pool_t *p);
/*
 * Insert or replace; api_token and protected_groups NULL keep what is there. *created says which.
 * token_warned is not taken: another token_expires begins anew with no warning.
 */
apr_status_t scim_sync_site_put(scim_sync_db_t *db, const scim_sync_site_t *site, int *created,
                                apr_pool_t *p);
/* The customers' side of a site exists from now on, if it does not yet. */
apr_status_t scim_sync_site_open_customers(scim_sync_db_t *db, const char *name, apr_pool_t *p);
/* The name of another site of the same base URL or cloud id, which is the same Jira; or NULL. */
apr_status_t scim_sync_site_twin(scim_sync_db_t *db, const char **name,
                                 const scim_sync_site_t *site, apr_pool_t *p);
/*
 * Warn of its token, in the transaction that writes the event; no change of the configuration.
 * *first 0: somebody has, of this end, as urgently.
 */
apr_status_t scim_sync_site_warn(scim_sync_db_t *db, const scim_sync_site_t *site, int urgency,
                                 int *first, apr_pool_t *p);
/* With its sides and all that is known of them. *deleted 0: there is none, or (*used 1) IdPs feed it. */
apr_status_t scim_sync_site_delete(scim_sync_db_t *db, const char *name, int *deleted, int *used,
                                   apr_pool_t *p);

/*
 * What Jira last said of a site (sync/survey_text.h), as text; NULL: nothing yet. It is no
 * setting: keeping it is no change of the configuration.
 */
apr_status_t scim_sync_site_survey(scim_sync_db_t *db, const char **survey, const char *name,
                                   apr_pool_t *p);
apr_status_t scim_sync_site_keep_survey(scim_sync_db_t *db, const char *name, const char *survey,
                                        apr_pool_t *p);

/* ---- IdPs ---- */

/* Its modes: its people become users of Jira, or customers of Jira Service Management. */
#define SCIM_SYNC_MODE_USERS     "users"
#define SCIM_SYNC_MODE_CUSTOMERS "customers"

/* How we learn what it tells: it pushes, or its directory is pulled (store/google.h). */
#define SCIM_SYNC_KIND_SCIM   "scim"
#define SCIM_SYNC_KIND_GOOGLE "google"

/* Its states. */
#define SCIM_SYNC_IDP_LIVE    "live"
#define SCIM_SYNC_IDP_PAUSED  "paused" /* its tasks wait */
#define SCIM_SYNC_IDP_DRY_RUN "dryRun" /* its tasks are planned, and nothing is written to Jira */

typedef struct {
    const char *name;
    const char *display_name; /* what people call it; NULL: as its name, which addresses have */
    const char *provider;     /* "okta", "entra", "google", "other": for people, and for profiles */
    const char *kind;         /* SCIM_SYNC_KIND_..., for good; NULL, when it is made: scim */
    const char *mode;         /* SCIM_SYNC_MODE_... */
    const char *state;        /* SCIM_SYNC_IDP_... */
    /* const char *: the sides that it feeds, by name, all of its mode; at least one */
    apr_array_header_t *sites;
    const char *rules;      /* JSON (sync/rules.h); "{}" until some are put */
    apr_int64_t per_minute; /* SCIM requests that are taken of it, at most; 0: any number */
    const char *allow_from; /* JSON array of networks that they may come from; NULL: anywhere */
    apr_int64_t version;
    apr_int64_t created;
    apr_int64_t changed;
} scim_sync_idp_t;

apr_status_t scim_sync_idp_load(scim_sync_db_t *db, scim_sync_idp_t **idp, const char *name,
                                apr_pool_t *p);
apr_status_t scim_sync_idp_list(scim_sync_db_t *db, apr_array_header_t **idps, apr_pool_t *p);
/* *stored 0: the name is in use. The sites must exist. */
apr_status_t scim_sync_idp_insert(scim_sync_db_t *db, const scim_sync_idp_t *idp, int *stored,
                                  apr_pool_t *p);
/*
 * Its version (0: there is none of this name any more), which nobody changes before the transaction
 * ends. Leases are held before.
 */
apr_status_t scim_sync_idp_hold(scim_sync_db_t *db, const char *name, apr_int64_t *version,
                                apr_pool_t *p);
/* Display name, provider, state, per_minute and allow_from. */
apr_status_t scim_sync_idp_update(scim_sync_db_t *db, const scim_sync_idp_t *idp, apr_pool_t *p);
/*
 * All of its tasks are due, those that failed or were planned, too.
 * more   sites that the same transaction lets it feed, by name; NULL: none. Their leases are held
 *        with those of the sites that it feeds, in the order in which leases are held.
 */
apr_status_t scim_sync_idp_make_due(scim_sync_db_t *db, const scim_sync_idp_t *idp,
                                    const apr_array_header_t *more, apr_pool_t *p);
/*
 * It feeds one more site, which must exist: tasks are made for all that it has told; and what an
 * administrator let pass the guard when it left that site does so no more. This and the
 * next one hold the site's lease: of several sites in the order of their names (by bytes), in which
 * the provisioner takes them, too. Neither raises the generation, on which all changes meet: that
 * is for scim_sync_idp_update(), when no more leases are to be held.
 */
apr_status_t scim_sync_idp_feed(scim_sync_db_t *db, const char *name, const char *site,
                                apr_pool_t *p);
/* It feeds this site no more; keep as in scim_sync_idp_delete(). */
apr_status_t scim_sync_idp_leave(scim_sync_db_t *db, const char *name, const char *site, int keep,
                                 apr_pool_t *p);
/*
 * Put rules in the place of those of an IdP that was loaded. Everything that it told may differ
 * from now on, and so may what waits or failed because of the old ones: tasks are made for the
 * former, and all of its tasks are due.
 * *stored 0: it has another version by now, and nothing was changed.
 */
apr_status_t scim_sync_idp_put_rules(scim_sync_db_t *db, const scim_sync_idp_t *idp,
                                     const char *rules, int *stored, apr_pool_t *p);
/* How much it has told. */
apr_status_t scim_sync_idp_resources(scim_sync_db_t *db, apr_int64_t *count, const char *name,
                                     apr_pool_t *p);
/*
 * Delete it with all that it told.
 * keep   1: Jira stays as it is; what only this one gave becomes theirs, and of somebody whom all
 *        others tell inactive all that there is, but for those who were let leave (below). Of whom,
 *        and of what, others tell as well is taken from the links: let them be as the others'
 *        words and rules are now (sync/ahead.h); 0: tasks
 *        are made for everybody in it, so that access which no other IdP wants is taken away
 * Tasks that are left, those of sites included that it fed before, say from then on that they are
 * of SCIM_SYNC_IDP_DELETED and its name, which no IdP can have: another one that is made under its
 * name has no say in them.
 */
apr_status_t scim_sync_idp_delete(scim_sync_db_t *db, const char *name, int keep, apr_pool_t *p);
#define SCIM_SYNC_IDP_DELETED "deleted:"

/*
 * All sites at which there is work of it, or that its guard holds: also such that it left. Added to
 * sites, sorted: const char *.
 */
apr_status_t scim_sync_idp_work_sites(scim_sync_db_t *db, apr_array_header_t *sites,
                                      const char *name, apr_pool_t *p);

/*
 * Somebody who left, as an IdP said or its rules say, of whom there is a task still. Whether there
 * is something to lose is for who knows the rules to say.
 */
typedef struct {
    apr_int64_t task; /* that is to do it: it waits, has failed, is held, planned or discarded */
    const char *site;
    const char *subject;
    const char *name;   /* userName; of one who is gone the account's address */
    const char *email;  /* folded, or NULL */
    const char *detail; /* the task's last words, or NULL */
    int gone;           /* the IdP has deleted the person; else */
    int active;         /* 1: it tells the person active, and its rules, when they were asked last,
                           kept the person out; they may let in again by now */
    const char *discarded; /* by whom and when it was decided that the person keeps it, or NULL */
    /* what there is to lose: */
    int given;                 /* something that we gave, or may have given; else by rules alone: */
    int in_groups;             /* the account is in groups, whoever put it there */
    const char *account_state; /* SCIM_SYNC_HELD_... (store/held.h), or NULL */
    const char *account;       /* its id, or NULL */
} scim_sync_idp_leaver_t;

/*
 * Hold the leases of all sites that an IdP feeds or where there is work of it, in the order of
 * their names: const char * in p.
 */
apr_status_t scim_sync_idp_hold_sites(scim_sync_db_t *db, apr_array_header_t **sites,
                                      const char *idp, apr_pool_t *p);

/*
 * Who is leaving these sites, and is told active by no other IdP, as far as that is on record
 * (sync/ahead.h): scim_sync_idp_leaver_t in p.
 * sites   const char *, held as above
 */
apr_status_t scim_sync_idp_leavers(scim_sync_db_t *db, apr_array_header_t **leavers,
                                   const char *idp, const apr_array_header_t *sites, apr_pool_t *p);

/*
 * Before the IdP is deleted (site NULL), or leaves the site, with its access kept: these are let
 * leave all the same, at once and past the guard. Whoever else of it was released there is so no
 * more.
 * leavers   scim_sync_idp_leaver_t: none, some or all of the above
 */
apr_status_t scim_sync_idp_let_leave(scim_sync_db_t *db, const char *idp, const char *site,
                                     const apr_array_header_t *leavers, apr_pool_t *p);

/* ---- tokens ---- */

typedef struct {
    const char *id;
    const char *idp;
    const char *hash; /* SHA-256 of the token, hexadecimal */
    apr_int64_t created;
    apr_int64_t expires;     /* 0 = never */
    apr_int64_t last_used;   /* 0 = never */
    int warned;              /* as a site's token_warned */
    const char *replaced_by; /* who put another one in its place (store/token_end.h), or NULL */
} scim_sync_token_t;

/* scim_sync_token_t * of an IdP (idp NULL: of all), oldest first. */
apr_status_t scim_sync_token_list(scim_sync_db_t *db, apr_array_header_t **tokens, const char *idp,
                                  apr_pool_t *p);
apr_status_t scim_sync_token_insert(scim_sync_db_t *db, const scim_sync_token_t *token,
                                    apr_pool_t *p);
/* Without a trace: store/token_end.h has what administrators do. */
apr_status_t scim_sync_token_delete(scim_sync_db_t *db, const char *idp, const char *id,
                                    int *deleted, apr_pool_t *p);

/* As scim_sync_site_warn(). */
apr_status_t scim_sync_token_warn(scim_sync_db_t *db, const scim_sync_token_t *token, int urgency,
                                  int *first, apr_pool_t *p);

/* When it was used last; no change of the configuration. */
apr_status_t scim_sync_token_used(scim_sync_db_t *db, const char *id, apr_int64_t at,
                                  apr_pool_t *p);

/*
 * All that a request needs, as one JSON value for the shared memory:
 * {"instance": id, "generation": n, "idps": [{"name", "provider", "mode", "state", "made", "perMinute",
 *   "allowFrom": null or [...], "tokens": [{"id", "hash", "expires"}],
 *   "ended": [{"id", "hash", "ended", "how", "who"}]}]}. Owned by p.
 */
apr_status_t scim_sync_config_snapshot(scim_sync_db_t *db, json_t **snapshot, apr_pool_t *p);

#endif
