/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jira Service Management as a person's job asks it, without a network: portal customers besides the
 * accounts of tests/unit/jira_fake.h. Memberships of portals are not sent by people's jobs: a test
 * looks at what is queued, and says when it was sent.
 */
#ifndef SCIM_SYNC_TESTS_CUSTOMER_FAKE_H
#define SCIM_SYNC_TESTS_CUSTOMER_FAKE_H

#include "jira_fake.h"

/* The person and the portals of a side's tests; the last two of the person, by kind of account. */
#define ANN  "ann@example.com"
#define A    "a-" ANN
#define Q    "qm:" ANN
#define DESK "desk:4"
#define ORG  "organization:7"

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

/*
 * The side: okta's groups g and h stand for DESK and ORG, entra's group e for DESK. Its worker is that
 * of the site "main".
 */
fake_t *customer_fake_side(void **state);

/* ANN is told under this id, in these groups; is active or not from now on; and a task of a user. */
void customer_fake_join(fake_t *fake, const char *idp, const char *id, const char *groups);
void customer_fake_change(fake_t *fake, const char *idp, const char *id, int active);
void customer_fake_say(fake_t *fake, const char *idp, const char *subject);
void customer_fake_put_in(fake_t *fake, const char *idp, const char *group, const char *user);
void customer_fake_take_out(fake_t *fake, const char *idp, const char *group, const char *user);

/* The outcome of the next call of that kind; done: Jira has done it all the same. */
void customer_fake_next_call(fake_t *fake, scim_sync_step_kind_t kind, scim_sync_verdict_t verdict,
                             int status, int done);

/* The first column of an answer; the kinds of all events; a user's task as "failed why", or "". */
const char *customer_fake_column(fake_t *fake, const char *sql);
const char *customer_fake_events(fake_t *fake);
const char *customer_fake_task(fake_t *fake, const char *subject);

/* All that waits or has failed is tried again. */
void customer_fake_retry(fake_t *fake);

#endif
