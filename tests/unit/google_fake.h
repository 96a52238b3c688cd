/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of Google's in the place of the network, for tests of the pull: two entries on a
 * page, a clock that stands still but for waiting, and answers that go wrong when a test says so.
 */
#ifndef SCIM_SYNC_TESTS_GOOGLE_FAKE_H
#define SCIM_SYNC_TESTS_GOOGLE_FAKE_H

#include "store.h"
#include "sync/puller.h"

typedef struct google_fake_t google_fake_t;

/* With an IdP "google" of a test's database, whose pulls read it. */
google_fake_t *google_fake(void **state);

const database_t *google_database(const google_fake_t *fake);
scim_sync_runtime_t *google_runtime(const google_fake_t *fake);

/* What is there: JSON as the API has it, without kind; members are of the group before them. */
void google_has_user(google_fake_t *fake, const char *id, const char *email, int suspended);
void google_has(google_fake_t *fake, const char *list, const char *entry);
void google_has_group(google_fake_t *fake, const char *id, const char *name);
void google_has_member(google_fake_t *fake, const char *group, const char *id, const char *type);
void google_is_empty(google_fake_t *fake);

/*
 * The next calls whose URL holds part, so many of them, are answered so; status 0: not at all.
 * after  so many such calls are answered as they should be, before that
 */
void google_fails(google_fake_t *fake, const char *part, int after, int times, int status,
                  const char *body);

/* No call goes wrong any more. */
void google_recovers(google_fake_t *fake);

/* Google's own form of an error. */
const char *google_error(google_fake_t *fake, int code, const char *domain, const char *reason);

/* From now on no call is answered; and they are again. */
void google_hangs(google_fake_t *fake, int hangs);

/* Ask for a run; then work until none is open, or for so many passes. */
apr_int64_t google_ask(google_fake_t *fake, int trust);
void google_work(google_fake_t *fake);
void google_work_for(google_fake_t *fake, int passes);

/* Ask, work, and say what became of it: "done", "failed: <why>". */
const char *google_pull(google_fake_t *fake, int trust);

/* Another process takes over; the one before is dead, if it is of the same host. */
void google_restart(google_fake_t *fake, const char *host);

int google_calls(const google_fake_t *fake);      /* that were answered */
int google_at_once(const google_fake_t *fake);    /* the most that were under way */
int google_tokens(const google_fake_t *fake);     /* access tokens that were asked for */
double google_seconds(const google_fake_t *fake); /* that its clock went on */

/* From now on a second passes with each look at its clock. */
void google_is_slow(google_fake_t *fake);

/* No access token is to be had any more. */
void google_disconnects(google_fake_t *fake, const char *why);

#endif
