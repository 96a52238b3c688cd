/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Jira site that is asked without a network, and a provisioner that can die: jobs are planned
 * and applied as in sync/turn.c, each transaction twice with a rollback in between, and their
 * errands are answered from here.
 */
#ifndef SCIM_SYNC_TESTS_JIRA_FAKE_H
#define SCIM_SYNC_TESTS_JIRA_FAKE_H

#include "store.h"
#include "sync/job.h"

/* The group that a new account is in, for it grants the product. */
#define FAKE_PRODUCT_GROUP "j-product"

typedef struct fake_t {
    database_t *database;
    scim_sync_db_t *db;
    apr_pool_t *p;
    scim_sync_worker_t worker;
    scim_sync_rulebook_t *rulebook; /* the worker's */
    scim_sync_transport_t *transport;
    apr_hash_t *accounts;  /* e-mail -> account id, "a-<e-mail>" */
    apr_hash_t *groups;    /* name -> group id, "j-<name>" */
    apr_hash_t *members;   /* "<group id>/<account id>" -> not NULL */
    apr_hash_t *suspended; /* account id -> not NULL */
    int unmanaged;         /* the organization manages nobody */
    const char *profile;   /* that was written last; of a customer the name of the account */
    apr_hash_t *customers; /* e-mail of a portal-only account -> CUSTOMER_... */
    const char *invited;   /* the desk to which the last one was */
    apr_hash_t *calls;     /* kind -> number of times it was called */
    const char *refused;   /* a group whose memberships Jira refuses to change */
    const char *open;      /* a desk from which nobody is removed */
    const char *managed;   /* an organization that another directory keeps */
    const char *gone;      /* a portal that there is no more */
    /* On a customers' side: who answers what is said to portals; NULL: nobody does. */
    void (*portals)(struct fake_t *fake, scim_sync_errand_t *errand);
    /* The outcome of the next call of that kind; done: Jira has done it all the same. */
    int odd_kind; /* -1 = none */
    scim_sync_outcome_t odd;
    int odd_done;
    int points;   /* at which the provisioner could have died */
    int crash_at; /* it dies at this one; 0 = never */
} fake_t;

/* A site without anything, in the test's database (migrated, emptied). */
fake_t *fake_of(database_t *database);

void fake_account(fake_t *fake, const char *email);
void fake_group(fake_t *fake, const char *name);
void fake_member(fake_t *fake, const char *group_id, const char *account_id);
int fake_called(const fake_t *fake, scim_sync_step_kind_t kind);

/* Who is in what, as "g1/a1 g2/a1", in order. */
const char *fake_members(const fake_t *fake);

/*
 * Work until no task waits (retries are due at once) or the provisioner dies: then 0. Fails the
 * test when it doesn't end.
 */
int fake_work(fake_t *fake);

/* The next task in work, for a test that answers itself; NULL: none is due. */
scim_sync_job_t *fake_take(fake_t *fake);

/* One turn of it, repeated after a rollback; 1 when it is settled. */
int fake_turn(fake_t *fake, scim_sync_job_t *job);

/* Let Jira answer all errands that were sent. */
void fake_answer(fake_t *fake, scim_sync_job_t *job);

#endif
