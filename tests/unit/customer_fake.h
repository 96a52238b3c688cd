/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jira Service Management as a person's job asks it, without a network: portal customers besides the
 * accounts of tests/unit/jira_fake.h. Memberships of portals are not sent by people's jobs: a test
 * looks at what is queued, and says when it was sent.
 */
#ifndef SCIM_SYNC_TESTS_CUSTOMER_FAKE_H
#define SCIM_SYNC_TESTS_CUSTOMER_FAKE_H

#include "jira_fake.h"

/* How a portal-only account is seen: by a search, or at desks alone, or not at all. */
#define CUSTOMER_OPEN    "open"
#define CUSTOMER_HIDDEN  "hidden"
#define CUSTOMER_REVOKED "revoked"

/* There is a portal-only account "qm:<e-mail>" from now on, or it is seen so. */
void customer_fake_put(fake_t *fake, const char *email, const char *how);

/* Carries a person's step out, if that is another call on the customers' side; else 0. */
int customer_fake(fake_t *fake, scim_sync_errand_t *e);

/* Work on people until none is due: tasks of groups and portals are left out. */
void customer_fake_work(fake_t *fake);

/* Who is queued, or is in which portal: "desk:4=adding", as held has it. */
const char *customer_fake_held(fake_t *fake, const char *account_id);

/* All that is queued was sent. */
void customer_fake_sent(fake_t *fake);

#endif
