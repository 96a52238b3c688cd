/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provisioner that dies at every point at which it can, one after the other: with a call written
 * down and not sent, or sent and its answer not written down. Whoever takes over ends where it
 * would have ended.
 */
#ifndef SCIM_SYNC_TESTS_CRASH_STORY_H
#define SCIM_SYNC_TESTS_CRASH_STORY_H

#include "jira_fake.h"

typedef struct {
    fake_t *(*site)(database_t *database); /* how Jira is; NULL: fake_of() */
    const char *rules;                     /* of okta, before anything; NULL: none */
    void (*before)(fake_t *fake);          /* what is told and done before it begins; */
    void (*during)(fake_t *fake);          /* what is told before it works and dies; */
    void (*after)(fake_t *fake);           /* and before another one takes over; NULL: nothing */
    const char *members;                   /* what Jira has in the end, as of fake_members() */
    void (*check)(fake_t *fake);           /* and what else is so; NULL: nothing */
    int points;                            /* at which it can die, at least */
} crash_story_t;

/*
 * Live through it, each time on a fresh site, until it doesn't die any more. In the end no task is
 * left. The database has the IdP "okta", which feeds "main".
 */
void crash_story(database_t *database, const crash_story_t *story);

#endif
