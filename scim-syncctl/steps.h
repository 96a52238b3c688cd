/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to be done so that a server is as a document says: pure, and shown before it is done.
 */
#ifndef SCIM_SYNCCTL_STEPS_H
#define SCIM_SYNCCTL_STEPS_H

#include <apr_tables.h>

#include "scim-syncctl/config.h"

typedef enum { CTL_STEP_MAKE, CTL_STEP_CHANGE, CTL_STEP_DELETE } ctl_deed_t;

/* What stands on the command line beside the file. */
typedef struct {
    int prune;           /* what the file does not have is deleted */
    int secrets;         /* the file's secrets are sent, also where the server has some */
    const char *access;  /* keep or remove, NULL: not said */
    const char *leavers; /* likewise */
    int release;         /* what is removed passes the guard, however much it is */
    int same_jira;
} ctl_wish_t;

/* One site or IdP. */
typedef struct {
    int is_site;
    const char *name;
    ctl_deed_t deed;
    const json_t *before;            /* NULL: there is none yet; */
    const json_t *after;             /* NULL: it goes. Both without secrets */
    const json_t *wanted;            /* as the file has it, with where secrets are */
    apr_array_header_t *differences; /* ctl_difference_t */
    apr_array_header_t *secrets;     /* const char *: "apiToken", whose value is sent */
    apr_int64_t told;                /* so many users and groups the IdP has told of */
} ctl_step_t;

/*
 * The steps, in the order in which they can be made, as ctl_step_t in p: sites and IdPs that are
 * new or change, in the order of their names; then IdPs that go, and sites that go.
 * now   what the server holds, normalised
 * doc   what it is to hold, checked and normalised: what it does not name stays
 */
apr_array_header_t *ctl_steps(const ctl_config_t *now, const json_t *doc, const ctl_wish_t *wish,
                              apr_pool_t *p);

/* Why a step can't be made, in p, as a sentence with what to do; NULL when it can. */
const char *ctl_step_fault(const ctl_step_t *step, const ctl_wish_t *wish, apr_pool_t *p);

/* What a step is, in lines, in p and printable. */
const char *ctl_step_text(const ctl_step_t *step, const ctl_wish_t *wish, apr_pool_t *p);

/* "site main", in p */
const char *ctl_step_title(const ctl_step_t *step, apr_pool_t *p);

/* The same for programs: a new reference. */
json_t *ctl_step_json(const ctl_step_t *step);

/* Whether a member of a site or an IdP is another one afterwards; null is as good as nothing. */
int ctl_step_changes(const ctl_step_t *step, const char *path);

/* Whether a secret of this path is to be sent. */
int ctl_step_sends(const ctl_step_t *step, const char *path);

/* Whether an IdP feeds a site no more. */
int ctl_step_takes_sites(const ctl_step_t *step);

#endif
