/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of an IdP: who comes in and under which name, what its groups are called in Jira, and
 * what becomes of people who leave. docs/rules.md is the administrator's manual of them, and of
 * their JSON form.
 *
 * Pure: read once from JSON, constant from then on, asked by any thread. Without a rule (the JSON
 * form {}) everything is as the defaults have it: everybody and every group comes in as told.
 */
#ifndef SCIM_SYNC_SYNC_RULES_H
#define SCIM_SYNC_SYNC_RULES_H

#include <apr_hash.h>
#include <apr_tables.h>
#include <jansson.h>

#include "base/pattern.h"

/* Jira takes no longer names of groups; in characters. */
#define SCIM_SYNC_JIRA_NAME_MAX 255

/* What becomes of the account of somebody who leaves. */
typedef enum {
    SCIM_SYNC_LEAVING_TAKE_BACK,     /* what we gave is taken back; what others gave stays */
    SCIM_SYNC_LEAVING_REMOVE_ACCESS, /* and it leaves every group that grants a product */
    SCIM_SYNC_LEAVING_SUSPEND,       /* suspended, by the organization API */
    SCIM_SYNC_LEAVING_DELETE,        /* deleted from the site */
    SCIM_SYNC_LEAVING_NOTHING,
    SCIM_SYNC_LEAVING_REVOKE /* of customers: all is taken back, and a portal-only account loses all
                                portals; suspending, deleting and removing access are of users */
} scim_sync_leaving_t;

/* ---- the parts; strings, lists and patterns live in the pool of the rules ---- */

typedef struct {
    const scim_sync_pattern_t *pattern;
    const char *replacement;
} scim_sync_rewrite_t;

/* Tried top down: the first pattern that matches makes the name. */
typedef struct {
    const apr_array_header_t *patterns; /* scim_sync_rewrite_t */
    int skip_others;                    /* when none matches: skip it, else keep it */
} scim_sync_rewriting_t;

typedef struct {
    enum { SCIM_SYNC_CONDITION_USER_NAME, SCIM_SYNC_CONDITION_EMAIL } attribute;
    const scim_sync_pattern_t *pattern;
} scim_sync_condition_t;

typedef struct {
    const char *group;               /* as the IdP calls it; compared exactly */
    const apr_array_header_t *names; /* const char *: in Jira, of customers those of portals
                                        (store/portal.h); one at least */
    int authoritative;               /* 1, 0; -1 = as groups.authoritative */
} scim_sync_mapping_t;

/* One of the two is NULL. */
typedef struct {
    const char *group;
    const scim_sync_pattern_t *pattern;
} scim_sync_ignore_t;

typedef struct {
    int import; /* 0: no account is created; one that is there is used all the same */
    int update; /* 1: what the IdP changes of a profile is written to Jira, where Jira can */
    scim_sync_leaving_t on_deactivate;
    scim_sync_leaving_t on_delete;
    apr_int64_t grace_period;                 /* seconds from leaving until one of these is done */
    const apr_array_header_t *default_groups; /* const char *: for everybody of this IdP, as names
                                                 of mappings */
    const apr_array_header_t *products;       /* const char *; NULL: the site's */
    int invite;                        /* 1: Jira invites a customer that is created by e-mail */
    const apr_array_header_t *include; /* scim_sync_condition_t; empty: everybody */
    const apr_array_header_t *exclude; /* scim_sync_condition_t */
    scim_sync_rewriting_t names;
} scim_sync_rules_users_t;

typedef struct {
    int import;                         /* 0: no group of the IdP stands for one in Jira */
    int listed;                         /* 1: only those that are mapped do */
    const apr_array_header_t *mappings; /* scim_sync_mapping_t */
    apr_hash_t *mapped;                 /* the same by group */
    const char *prefix;                 /* around names that are not mapped; may be empty */
    const char *suffix;
    scim_sync_rewriting_t names;
    const apr_array_header_t *ignore; /* scim_sync_ignore_t */
    int delete_ours;   /* 1: a Jira group that we made goes with the IdP's group ("delete") */
    int authoritative; /* 1: members that others added go; see scim_sync_mapping_t */
} scim_sync_rules_groups_t;

/* What the guard counts, each for itself (sync/guard.h). */
typedef enum {
    SCIM_SYNC_GUARD_DEACTIVATIONS, /* people who lose their access */
    SCIM_SYNC_GUARD_DELETIONS,     /* accounts and groups that are deleted in Jira */
    SCIM_SYNC_GUARD_MEMBERSHIPS,   /* memberships taken from people who stay */
    SCIM_SYNC_GUARD_KINDS
} scim_sync_guard_kind_t;

typedef struct {
    int number;  /* more than these are too many, however many there are in all */
    int percent; /* so are more than this share of all; 100: whatever share */
} scim_sync_rules_limit_t;

typedef struct {
    int enabled;
    int window; /* minutes */
    scim_sync_rules_limit_t limits[SCIM_SYNC_GUARD_KINDS];
} scim_sync_rules_guard_t;

typedef struct {
    int customers;  /* 1: of an IdP of mode customers */
    int precedence; /* of two IdPs that claim one person or group, the one with less wins */
    scim_sync_rules_users_t users;
    scim_sync_rules_groups_t groups;
    scim_sync_rules_guard_t guard;
} scim_sync_rules_t;

/* ---- reading and writing ---- */

/*
 * Read rules from their JSON form and check them.
 * j     what is left out, or null, is as the default has it; nothing else may be in it
 * mode  of the IdP (SCIM_SYNC_MODE_..., store/config.h): what only rules of the other one have is
 *       refused as well
 * why   on failure: the first thing that is wrong, with its path, for the administrator:
 *       "groups.patterns[2].pattern: missing closing parenthesis at offset 7"
 * Returns APR_SUCCESS or APR_EINVAL. *rules lives in p, and needs j no more.
 */
apr_status_t scim_sync_rules_read(const scim_sync_rules_t **rules, const json_t *j,
                                  const char *mode, const char **why, apr_pool_t *p);

/* The same from the text that is stored with an IdP (store/config.h). */
apr_status_t scim_sync_rules_parse(const scim_sync_rules_t **rules, const char *text,
                                   const char *mode, const char **why, apr_pool_t *p);

/* The name of a kind in the JSON form: "deactivations". */
const char *scim_sync_guard_name(scim_sync_guard_kind_t kind);

/*
 * Their canonical JSON form: every key of their mode, also those at their defaults, in a fixed
 * order. Equal rules have equal texts. Owned by p.
 */
json_t *scim_sync_rules_json(const scim_sync_rules_t *rules, apr_pool_t *p);

/* Of names of portals (store/portal.h) the projects' keys, or the organizations: a new list. */
json_t *scim_sync_rules_portals(const apr_array_header_t *names, int projects);

/*
 * What differs between two, for people: "users.gracePeriod: 0 -> 3600; precedence: 100 -> 1".
 * Empty when nothing does.
 */
const char *scim_sync_rules_difference(const scim_sync_rules_t *before,
                                       const scim_sync_rules_t *after, apr_pool_t *p);

/* Whether name is a product of Jira that accounts can be created with; and all of them, as text. */
int scim_sync_is_product(const char *name);
#define SCIM_SYNC_PRODUCTS "jira-software, jira-servicedesk, jira-core, jira-product-discovery"

/* ---- asking ---- */

/* Which rule decided, and why: for explain. */
typedef struct {
    const char *rule; /* its path in the JSON form, such as "users.patterns[0]" */
    const char *why;  /* for people; no full stop */
    /* Patterns that met a limit and therefore count as not matching, each with its path; or NULL.
     * Who must not be wrong then, such as one who is about to take access away, waits. */
    const char *warning;
} scim_sync_rule_reason_t;

typedef struct {
    int wanted;        /* 0: the rules keep this person out of Jira */
    int rewritten;     /* 1: name is not the userName as told */
    const char *name;  /* the userName by these rules; NULL unless wanted */
    const char *email; /* by which Jira knows the person: the rewritten name when that is an e-mail
                          address, else as told; folded, or NULL */
    scim_sync_rule_reason_t reason;
} scim_sync_rules_user_t;

/*
 * What becomes of a user.
 * user_name   as told
 * email       the primary one, folded (base/text.h), or NULL
 * Patterns of the filter see both as they are given. The result may point to the arguments, to the
 * rules, and to p.
 */
scim_sync_rules_user_t scim_sync_rules_user(const scim_sync_rules_t *rules, const char *user_name,
                                            const char *email, apr_pool_t *p);

typedef struct {
    apr_array_header_t *names; /* const char *: groups in Jira that it stands for, of customers the
                                  names of portals; none twice, each of 1 to
                                  SCIM_SYNC_JIRA_NAME_MAX characters; may be empty */
    int authoritative;         /* 1: only who is wanted in these groups stays in them */
    int mapped;                /* 1: a mapping names them; 0: they are made of the name as told */
    int unfit;                 /* 1: there are none since Jira can't have what the rules make of the
                                  name; that it should stand for one is certain */
    scim_sync_rule_reason_t reason;
} scim_sync_rules_group_t;

/* What an IdP's group stands for. name: its displayName as told. Lifetimes as above. */
scim_sync_rules_group_t scim_sync_rules_group(const scim_sync_rules_t *rules, const char *name,
                                              apr_pool_t *p);

#endif
