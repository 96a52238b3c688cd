/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Directory API of Google's Admin SDK, as far as we use it: how each call is made, and what its
 * answer means. Pure: neither network nor state.
 * https://developers.google.com/workspace/admin/directory/reference/rest
 *
 * A listing is read page by page; only its caller knows when it is whole. No page is believed that
 * is not understood to its last entry: who is missing on one has left, to those who compare. That
 * a listing never ends, its caller must notice: here it is only seen that a page follows itself.
 * All that a page holds is in the pool it is read with: clear that after each page, and memory does
 * not grow with the directory.
 *
 * Answers are compressed only when the call's User-Agent says "gzip", too, so that a transport's
 * user_agent should be SCIM_SYNC_GOOGLE_AGENT:
 * https://developers.google.com/workspace/admin/directory/v1/guides/performance
 */
#ifndef SCIM_SYNC_GOOGLE_DIRECTORY_H
#define SCIM_SYNC_GOOGLE_DIRECTORY_H

#include <apr_tables.h>

#include "google/answer.h"

#define SCIM_SYNC_GOOGLE_API          "https://admin.googleapis.com"
#define SCIM_SYNC_GOOGLE_AGENT(agent) agent " (gzip)"

/* What Google puts on one page at most. */
#define SCIM_SYNC_GOOGLE_USERS_ON_PAGE   500
#define SCIM_SYNC_GOOGLE_GROUPS_ON_PAGE  200
#define SCIM_SYNC_GOOGLE_MEMBERS_ON_PAGE 200

/* A directory, and who we are there. */
typedef struct {
    const char *base_url; /* no slash at its end; NULL: SCIM_SYNC_GOOGLE_API */
    const char *token;    /* an access token (google/oauth.h) */
    const char *domain;   /* this one alone, without the customer's others; NULL: all of them */
} scim_sync_google_t;

/* Which users or groups; all that is not NULL must be so. */
typedef struct {
    const char *query;    /* in Google's language: https://developers.google.com/workspace/admin/
                           * directory/v1/guides/search-users, .../search-groups */
    const char *org_unit; /* of users: the path of an organizational unit ("/Sales"), and below */
} scim_sync_google_choice_t;

typedef struct {
    const char *id;    /* the only thing about somebody that never changes */
    const char *email; /* primaryEmail; NULL: there is none that is an address */
    const char *given_name;
    const char *family_name;
    const char *full_name; /* displayName where there is one; NULL as the two before: not said */
    const char *org_unit;  /* orgUnitPath, or NULL */
    const char *why;       /* suspensionReason, or NULL */
    int suspended;
    int archived;
    /*
     * Why nothing may be concluded from this entry, but that somebody of this id is there; NULL:
     * all is well. Who has a fault is neither new nor changed nor gone.
     */
    const char *fault;
} scim_sync_google_user_t;

typedef struct {
    const char *id;
    const char *email; /* or NULL */
    const char *name; /* not unique; the address where Google has none; NULL when neither is said */
    apr_int64_t direct_members; /* as Google counts them, groups left out; -1: not said */
} scim_sync_google_group_t;

typedef enum {
    SCIM_SYNC_GOOGLE_MEMBER_USER,
    SCIM_SYNC_GOOGLE_MEMBER_GROUP,
    SCIM_SYNC_GOOGLE_MEMBER_CUSTOMER, /* everybody; its id is the customer's */
    SCIM_SYNC_GOOGLE_MEMBER_OTHER     /* EXTERNAL, and what is not known here */
} scim_sync_google_member_type_t;

/*
 * Joined with users and groups by id alone: the address may be an alias. People from outside are of
 * type USER, have an id that no user has, and no status.
 */
typedef struct {
    const char *id;
    scim_sync_google_member_type_t type;
    const char *email;  /* or NULL */
    const char *role;   /* OWNER, MANAGER, MEMBER; or NULL */
    const char *status; /* ACTIVE, SUSPENDED, ...; NULL: not said */
} scim_sync_google_member_t;

typedef struct {
    apr_array_header_t *entries; /* of the structs above */
    const char *next;            /* the token of the next page; NULL: this was the last one */
    /*
     * Google left the list out, as it does where groups or members are none, and sometimes where
     * there are some. The caller asks once more before it believes in an empty one.
     */
    int unsaid;
} scim_sync_google_page_t;

/*
 * Each fills *call from p.
 * page   the token of the page before, NULL for the first one; good for three days, and only with
 *        all else as it was
 */
void scim_sync_google_users(scim_sync_call_t *call, const scim_sync_google_t *google,
                            const scim_sync_google_choice_t *choice, const char *page,
                            apr_pool_t *p);
void scim_sync_google_groups(scim_sync_call_t *call, const scim_sync_google_t *google,
                             const scim_sync_google_choice_t *choice, const char *page,
                             apr_pool_t *p);
/* Direct members of every role; those in groups below are not among them. */
void scim_sync_google_members(scim_sync_call_t *call, const scim_sync_google_t *google,
                              const char *group_id, const char *page, apr_pool_t *p);

/*
 * What Google sends a message about. A channel ends by itself, without a word, after its ttl or
 * earlier; it is replaced by another one rather than renewed.
 * https://developers.google.com/workspace/admin/directory/v1/guides/push
 */
typedef struct {
    const char *id;          /* a new one for each channel, at most 64 characters: a UUID */
    const char *address;     /* https, with a certificate that the public trusts */
    const char *token;       /* at most 256 characters; each message has it */
    int ttl;                 /* seconds */
    const char *resource_id; /* as Google answered */
    apr_int64_t expires;     /* ms since 1970, likewise; 0: not said */
} scim_sync_google_channel_t;

/* event: "add", "delete", "update", "undelete", "makeAdmin"; a channel is about one of them. */
void scim_sync_google_watch(scim_sync_call_t *call, const scim_sync_google_t *google,
                            const char *event, const scim_sync_google_channel_t *channel,
                            apr_pool_t *p);
void scim_sync_google_stop(scim_sync_call_t *call, const scim_sync_google_t *google,
                           const scim_sync_google_channel_t *channel, apr_pool_t *p);

/*
 * Each reads the answer to its call: DONE with *page in p, else see google/answer.h.
 * asked   the token with which the page was asked for, or NULL. A 400 for a page whose listing was
 *         accepted before is PAGE_LOST, since Google has no word of its own for that.
 */
/* A 404 is REQUEST here, and a page without "users" STRANGE: neither means that all have left. */
scim_sync_google_result_t scim_sync_google_read_users(const scim_sync_answer_t *answer,
                                                      const char *asked,
                                                      scim_sync_google_page_t *page, apr_pool_t *p);
/* The same of those whom a query, or a unit, has: nobody is an answer, too, without "users". */
scim_sync_google_result_t scim_sync_google_read_found(const scim_sync_answer_t *answer,
                                                      const char *asked,
                                                      scim_sync_google_page_t *page, apr_pool_t *p);
/* A 404 is REQUEST. */
scim_sync_google_result_t scim_sync_google_read_groups(const scim_sync_answer_t *answer,
                                                       const char *asked,
                                                       scim_sync_google_page_t *page,
                                                       apr_pool_t *p);
/* GONE: the group is not there, which counts only when the groups, listed again, say so too. */
scim_sync_google_result_t scim_sync_google_read_members(const scim_sync_answer_t *answer,
                                                        const char *asked,
                                                        scim_sync_google_page_t *page,
                                                        apr_pool_t *p);
/* DONE with channel's resource_id and expires; the answer must be about that channel. */
scim_sync_google_result_t scim_sync_google_read_watch(const scim_sync_answer_t *answer,
                                                      scim_sync_google_channel_t *channel,
                                                      apr_pool_t *p);
/* DONE also when there is no such channel any more. */
scim_sync_google_result_t scim_sync_google_read_stop(const scim_sync_answer_t *answer,
                                                     apr_pool_t *p);

#endif
