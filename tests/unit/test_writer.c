/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of work: durable or undone, each on its own, though on SQLite those of many threads share
 * a transaction.
 */
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <apr_time.h>

#include "base/log.h"
#include "db_table.h"
#include "store/writer.h"

/* ---- connections, as mod_dbd lends them: one each time, its pool is what is given back ---- */

typedef struct {
    const database_t *database;
    _Atomic int refuse; /* the database can't be reached */
    _Atomic int lent;   /* and not given back yet */
    _Atomic int opened;
} lender_t;

static scim_sync_db_t *lend(void *baton, void **lent, apr_pool_t *p)
{
    lender_t *lender = baton;
    scim_sync_db_t *db;
    apr_pool_t *own;

    (void)p;
    *lent = NULL;
    if (lender->refuse || apr_pool_create_unmanaged_ex(&own, NULL, NULL) != APR_SUCCESS) {
        return NULL;
    }
    if (scim_sync_db_open(&db, lender->database->driver, lender->database->params, own) !=
        APR_SUCCESS) {
        apr_pool_destroy(own);
        return NULL;
    }
    lender->lent++;
    lender->opened++;
    *lent = own;
    return db;
}

static void take_back(void *baton, void *lent)
{
    ((lender_t *)baton)->lent--;
    apr_pool_destroy(lent);
}

typedef struct {
    database_t *database;
    lender_t lender;
    apr_global_mutex_t *turn;
    scim_sync_writer_t *writer;
    apr_pool_t *p;
} fixture_t;

static void make_writer(fixture_t *f)
{
    const scim_sync_connector_t connector = { &f->lender, lend, take_back };

    assert_int_equal(scim_sync_writer_create(&f->writer, &connector, f->turn, f->p), APR_SUCCESS);
}

static fixture_t *fixture(void **state)
{
    database_t *database = database_of(state);
    fixture_t *f = apr_pcalloc(database->pool, sizeof(*f));

    f->database = database;
    f->p = database->pool;
    f->lender.database = database;
    make_table(database->db, f->p);
    assert_int_equal(apr_global_mutex_create(&f->turn, NULL, APR_LOCK_PROC_PTHREAD, f->p),
                     APR_SUCCESS);
    make_writer(f);
    return f;
}

/* ---- units ---- */

typedef struct {
    apr_int64_t id;
    apr_status_t say; /* what it says after its insert */
    int runs;
} unit_t;

static apr_status_t insert_unit(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    unit_t *unit = baton;
    apr_status_t rv = insert(db, unit->id, p);

    unit->runs++;
    return rv == APR_SUCCESS ? unit->say : rv;
}

static apr_status_t write_one(fixture_t *f, apr_int64_t id, apr_status_t say)
{
    unit_t unit = { .id = id, .say = say };

    return scim_sync_write(f->writer, insert_unit, &unit, f->p);
}

static void test_committed_or_undone(void **state)
{
    fixture_t *f = fixture(state);

    assert_int_equal(write_one(f, 1, APR_SUCCESS), APR_SUCCESS);
    assert_int_equal(write_one(f, 2, SCIM_SYNC_ROLLBACK), SCIM_SYNC_ROLLBACK);
    assert_int_equal(write_one(f, 3, APR_EINVAL), APR_EINVAL);
    assert_int_equal(write_one(f, 1, APR_SUCCESS), APR_EGENERAL); /* the database refuses */
    assert_int_equal(write_one(f, 4, APR_SUCCESS), APR_SUCCESS);
    assert_int_equal(database_number(f->database->db, "SELECT SUM(id) FROM t", f->p), 1 + 4);
    assert_int_equal(f->lender.lent, 0);
}

static void count_errors(void *baton, const char *file, int line, scim_log_level_t level,
                         apr_status_t rv, const char *message)
{
    (void)file;
    (void)line;
    (void)rv;
    if (level <= SCIM_LOG_ERR) {
        assert_non_null(strstr(message, "a transaction failed: "));
        assert_null(strstr(message, "failed: not an error"));
        ++*(int *)baton;
    }
}

/* Once, however often it was tried; what a unit decides itself is no failure. */
static void test_a_refusal_is_logged_once(void **state)
{
    fixture_t *f = fixture(state);
    int errors = 0;

    assert_int_equal(write_one(f, 1, APR_SUCCESS), APR_SUCCESS);
    scim_sync_log_set_sink(count_errors, &errors);
    assert_int_equal(write_one(f, 2, APR_SUCCESS), APR_SUCCESS);
    assert_int_equal(write_one(f, 3, SCIM_SYNC_ROLLBACK), SCIM_SYNC_ROLLBACK);
    assert_int_equal(errors, 0);
    assert_int_equal(write_one(f, 1, APR_SUCCESS), APR_EGENERAL);
    scim_sync_log_set_sink(NULL, NULL);
    assert_int_equal(errors, 1);
}

static void test_a_units_decision_is_not_repeated(void **state)
{
    fixture_t *f = fixture(state);
    unit_t unit = { .id = 1, .say = SCIM_SYNC_ROLLBACK };

    assert_int_equal(scim_sync_write(f->writer, insert_unit, &unit, f->p), SCIM_SYNC_ROLLBACK);
    assert_int_equal(unit.runs, 1);
}

static void test_a_lost_database_fails(void **state)
{
    fixture_t *f = fixture(state);

    f->lender.refuse = 1; /* before the first connection ever, and later */
    assert_int_equal(write_one(f, 1, APR_SUCCESS), APR_EGENERAL);
    f->lender.refuse = 0;
    assert_int_equal(write_one(f, 1, APR_SUCCESS), APR_SUCCESS);
    f->lender.refuse = 1;
    assert_int_equal(write_one(f, 2, APR_SUCCESS), APR_EGENERAL);
    assert_int_equal(scim_sync_read(f->writer, insert_unit, NULL, f->p), APR_EGENERAL);
    assert_int_equal(scim_sync_write_alone(f->writer, insert_unit, NULL, f->p), APR_EGENERAL);
    f->lender.refuse = 0;
    assert_int_equal(write_one(f, 2, APR_SUCCESS), APR_SUCCESS);
    assert_int_equal(rows_in(f->database->db, f->p), 2);
}

static apr_status_t count_unit(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    *(apr_int64_t *)baton = rows_in(db, p);
    return APR_SUCCESS;
}

static apr_status_t own_transaction(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_db_begin(db, p);

    rv = rv == APR_SUCCESS ? insert(db, *(apr_int64_t *)baton, p) : rv;
    return rv == APR_SUCCESS ? scim_sync_db_commit(db, p) : rv;
}

static void test_reading_and_writing_alone(void **state)
{
    fixture_t *f = fixture(state);
    apr_int64_t id = 7;
    apr_int64_t count = -1;

    assert_int_equal(scim_sync_write_alone(f->writer, own_transaction, &id, f->p), APR_SUCCESS);
    assert_int_equal(scim_sync_read(f->writer, count_unit, &count, f->p), APR_SUCCESS);
    assert_int_equal(count, 1);
    assert_int_equal(write_one(f, 8, APR_SUCCESS), APR_SUCCESS); /* the turn was given back */
    assert_int_equal(f->lender.lent, 0);
}

/* ---- many threads ---- */

enum { THREADS = 24 };

typedef struct {
    fixture_t *f;
    scim_sync_unit_t *unit;
    apr_int64_t id;
    apr_status_t say;
    apr_status_t rv;
    apr_pool_t *p;
    apr_thread_t *thread;
} client_t;

static void *APR_THREAD_FUNC run_client(apr_thread_t *thread, void *data)
{
    client_t *client = data;
    unit_t unit = { .id = client->id, .say = client->say };

    (void)thread;
    client->rv = scim_sync_write(client->f->writer, client->unit, &unit, client->p);
    return NULL;
}

/* Its pool is made here: the threads' parent is not for many hands at once. */
static void start(client_t *client)
{
    assert_int_equal(apr_pool_create_unmanaged_ex(&client->p, NULL, NULL), APR_SUCCESS);
    assert_int_equal(apr_thread_create(&client->thread, NULL, run_client, client, client->f->p),
                     APR_SUCCESS);
}

static void join(client_t *client)
{
    apr_status_t rv;

    apr_thread_join(&rv, client->thread);
    apr_pool_destroy(client->p);
}

static _Atomic int waiting; /* a unit of the leader waits until we say so */
static _Atomic int go_on;

static apr_status_t hold_unit(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    apr_time_t deadline = apr_time_now() + apr_time_from_sec(30);

    waiting = 1;
    while (!go_on && apr_time_now() < deadline) {
        apr_thread_yield();
    }
    return insert_unit(db, baton, p);
}

static void hold_the_leader(fixture_t *f, client_t *leader)
{
    waiting = go_on = 0;
    *leader = (client_t) { .f = f, .unit = hold_unit, .id = 1000 };
    start(leader);
    while (!waiting) {
        apr_thread_yield();
    }
}

/* Until as many threads sleep in the writer as were started: they have queued their units. */
static void wait_for_sleepers(int n)
{
    apr_time_t deadline = apr_time_now() + apr_time_from_sec(30);
    int asleep;

    for (int times = 0; times < 5; times = asleep < n ? 0 : times + 1) {
        apr_dir_t *tasks;
        apr_finfo_t info;
        apr_pool_t *p;

        assert_true(apr_time_now() < deadline);
        asleep = 0;
        apr_pool_create(&p, NULL);
        assert_int_equal(apr_dir_open(&tasks, "/proc/self/task", p), APR_SUCCESS);
        while (apr_dir_read(&info, APR_FINFO_NAME, tasks) == APR_SUCCESS) {
            FILE *file =
                info.name[0] == '.'
                    ? NULL
                    : fopen(apr_pstrcat(p, "/proc/self/task/", info.name, "/stat", NULL), "r");
            char state = '-';

            if (file != NULL) {
                asleep += fscanf(file, "%*d %*s %c", &state) == 1 && state == 'S';
                fclose(file);
            }
        }
        apr_pool_destroy(p);
    }
}

/* Others come while a leader is at work: they share the next transaction, each for itself. */
static void test_units_share_a_transaction(void **state)
{
    fixture_t *f = fixture(state);
    client_t clients[THREADS];
    client_t leader;
    int opened;

    hold_the_leader(f, &leader);
    opened = f->lender.opened;
    for (int i = 0; i < THREADS; i++) {
        clients[i] = (client_t) { .f = f,
                                  .unit = insert_unit,
                                  .id = i,
                                  .say = i % 4 == 1   ? SCIM_SYNC_ROLLBACK
                                         : i % 4 == 2 ? APR_EINVAL
                                                      : APR_SUCCESS };
        clients[i].id = i % 4 == 3 ? 1000 : i; /* the leader's: refused by the database */
        start(&clients[i]);
    }
    wait_for_sleepers(THREADS);
    go_on = 1;
    join(&leader);
    assert_int_equal(leader.rv, APR_SUCCESS);
    for (int i = 0; i < THREADS; i++) {
        static const apr_status_t expected[] = { APR_SUCCESS, SCIM_SYNC_ROLLBACK, APR_EINVAL,
                                                 APR_EGENERAL };

        join(&clients[i]);
        assert_int_equal(clients[i].rv, expected[i % 4]);
    }
    assert_int_equal(rows_in(f->database->db, f->p), 1 + THREADS / 4);
    assert_int_equal(f->lender.opened, opened + 1); /* one connection, one transaction, one flush */
    assert_int_equal(f->lender.lent, 0);
}

/* The database goes away: all who wait are told, nobody waits for ever. */
static void test_a_lost_database_fails_all(void **state)
{
    fixture_t *f = fixture(state);
    client_t clients[THREADS];
    client_t leader;

    hold_the_leader(f, &leader);
    for (int i = 0; i < THREADS; i++) {
        clients[i] = (client_t) { .f = f, .unit = insert_unit, .id = i };
        start(&clients[i]);
    }
    wait_for_sleepers(THREADS);
    f->lender.refuse = 1;
    go_on = 1;
    join(&leader);
    assert_int_equal(leader.rv, APR_SUCCESS);
    for (int i = 0; i < THREADS; i++) {
        join(&clients[i]);
        assert_int_equal(clients[i].rv, APR_EGENERAL);
    }
    assert_int_equal(rows_in(f->database->db, f->p), 1);
    f->lender.refuse = 0;
    assert_int_equal(write_one(f, 2000, APR_SUCCESS), APR_SUCCESS);
}

/* The transaction can't be committed, so that nothing in it was done: not even what went well. */
static void test_a_failed_commit_fails_all(void **state)
{
    fixture_t *f = fixture(state);
    client_t clients[THREADS];
    client_t leader;

    database_run(f->database->db,
                 "CREATE TABLE c (id BIGINT REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)",
                 f->p);
    database_run(f->database->db,
                 "CREATE TRIGGER spoil AFTER INSERT ON t WHEN NEW.id = 5"
                 " BEGIN INSERT INTO c VALUES (-1); END",
                 f->p);
    hold_the_leader(f, &leader);
    for (int i = 0; i < THREADS; i++) {
        clients[i] = (client_t) { .f = f, .unit = insert_unit, .id = i };
        clients[i].say = i == 3 ? SCIM_SYNC_ROLLBACK : APR_SUCCESS;
        start(&clients[i]);
    }
    wait_for_sleepers(THREADS);
    go_on = 1;
    join(&leader);
    for (int i = 0; i < THREADS; i++) {
        join(&clients[i]);
        assert_int_equal(clients[i].rv, i == 3 ? SCIM_SYNC_ROLLBACK : APR_EGENERAL);
    }
    assert_int_equal(rows_in(f->database->db, f->p), 1);
    assert_int_equal(write_one(f, 2000, APR_SUCCESS), APR_SUCCESS);
}

/* ---- many processes of many threads ---- */

enum { PROCESSES = 3, ROUNDS = 4 };

static void work_in_child(fixture_t *f, int number)
{
    client_t clients[THREADS];

    if (apr_global_mutex_child_init(&f->turn, NULL, f->p) != APR_SUCCESS) {
        _exit(2);
    }
    make_writer(f);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < THREADS; i++) {
            clients[i] = (client_t) { .f = f,
                                      .unit = insert_unit,
                                      .id = (number * ROUNDS + round) * THREADS + i,
                                      .say = i % 3 == 0 ? SCIM_SYNC_ROLLBACK : APR_SUCCESS };
            start(&clients[i]);
        }
        for (int i = 0; i < THREADS; i++) {
            join(&clients[i]);
            if (clients[i].rv != clients[i].say) {
                _exit(1);
            }
        }
    }
    _exit(0);
}

static void test_many_processes(void **state)
{
    fixture_t *f = fixture(state);
    int status;

    database_disconnect(f->database);
    for (int i = 0; i < PROCESSES; i++) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
            work_in_child(f, i);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(rows_in(database_connect(f->database, f->p), f->p),
                     PROCESSES * ROUNDS * THREADS * 2 / 3);
}

/* ---- PostgreSQL: what is repeated ---- */

static apr_status_t lose_backend_once(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    unit_t *unit = baton;
    apr_status_t rv = insert(db, unit->id, p);
    scim_sync_rows_t *rows;

    if (rv == APR_SUCCESS && unit->runs++ == 0) {
        scim_sync_db_select(db, &rows, "SELECT pg_terminate_backend(pg_backend_pid())", DB_NO_ARGS,
                            p);
        return insert(db, unit->id + 1, p);
    }
    return rv;
}

static void test_a_killed_backend_is_made_good(void **state)
{
    fixture_t *f = fixture(state);
    unit_t unit = { .id = 1 };

    assert_int_equal(scim_sync_write(f->writer, lose_backend_once, &unit, f->p), APR_SUCCESS);
    assert_int_equal(unit.runs, 2);
    assert_string_equal("1", apr_psprintf(f->p, "%d", (int)rows_in(f->database->db, f->p)));
}

static apr_status_t always_refused(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ((unit_t *)baton)->runs++;
    return scim_sync_db_run(db, "SELECT * FROM nothing", p);
}

static void test_what_is_refused_is_not_repeated_for_ever(void **state)
{
    fixture_t *f = fixture(state);
    unit_t unit = { .id = 1 };

    assert_int_equal(scim_sync_write(f->writer, always_refused, &unit, f->p), APR_EGENERAL);
    assert_in_range(unit.runs, 2, 10);
}

/* Two units that take two rows crosswise, each holding its first until the other has its own. */
static _Atomic int holding;

static apr_status_t crosswise(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    apr_time_t deadline = apr_time_now() + apr_time_from_sec(10);
    const unit_t *unit = baton;
    apr_status_t rv;

    rv = scim_sync_db_exec(db, NULL, "UPDATE t SET n = COALESCE(n, 0) + 1 WHERE id = %lld",
                           DB_ARGS(DB_INT(unit->id)), p);
    holding++;
    while (holding < 2 && apr_time_now() < deadline) {
        apr_thread_yield();
    }
    return rv == APR_SUCCESS
               ? scim_sync_db_exec(db, NULL, "UPDATE t SET n = COALESCE(n, 0) + 1 WHERE id = %lld",
                                   DB_ARGS(DB_INT(3 - unit->id)), p)
               : rv;
}

static void test_a_deadlock_is_made_good(void **state)
{
    fixture_t *f = fixture(state);
    client_t clients[2];

    assert_int_equal(write_one(f, 1, APR_SUCCESS), APR_SUCCESS);
    assert_int_equal(write_one(f, 2, APR_SUCCESS), APR_SUCCESS);
    holding = 0;
    for (int i = 0; i < 2; i++) {
        clients[i] = (client_t) { .f = f, .unit = crosswise, .id = i + 1 };
        start(&clients[i]);
    }
    for (int i = 0; i < 2; i++) {
        join(&clients[i]);
        assert_int_equal(clients[i].rv, APR_SUCCESS);
    }
    assert_int_equal(holding, 3); /* one of them was repeated */
    assert_int_equal(database_number(f->database->db, "SELECT SUM(n) FROM t", f->p), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_committed_or_undone),
        DATABASE_TESTS(test_a_refusal_is_logged_once),
        DATABASE_TESTS(test_a_units_decision_is_not_repeated),
        DATABASE_TESTS(test_a_lost_database_fails),
        DATABASE_TESTS(test_reading_and_writing_alone),
        DATABASE_TEST(test_units_share_a_transaction, "sqlite3"),
        DATABASE_TEST(test_a_lost_database_fails_all, "sqlite3"),
        DATABASE_TEST(test_a_failed_commit_fails_all, "sqlite3"),
        DATABASE_TESTS(test_many_processes),
        DATABASE_TEST(test_a_killed_backend_is_made_good, "pgsql"),
        DATABASE_TEST(test_what_is_refused_is_not_repeated_for_ever, "pgsql"),
        DATABASE_TEST(test_a_deadlock_is_made_good, "pgsql"),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
