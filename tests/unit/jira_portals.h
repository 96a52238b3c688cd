/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desks and organizations of a Jira that is asked without a network (jira_fake.h): by their
 * names among its groups, who and what is in them among its members, as "desk:4/organization:17".
 * Pages are of two. What fake->refused names is another directory's organization.
 */
#ifndef SCIM_SYNC_TESTS_JIRA_PORTALS_H
#define SCIM_SYNC_TESTS_JIRA_PORTALS_H

#include "jira_fake.h"

/* A portal of a name as of mappings: "project/DEMO", "desk:4". */
void portals_have(fake_t *fake, const char *name, const char *id);

/* For fake->portals: the calls of groups' jobs. */
void portals_answer(fake_t *fake, scim_sync_errand_t *errand);

#endif
