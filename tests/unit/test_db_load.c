/* SPDX-License-Identifier: Apache-2.0 */
/* Much of it: large answers, memory that stays flat, and many writers at the same time. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_atomic.h>
#include <apr_global_mutex.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <apr_time.h>

#include "db_table.h"

/* ---- large answers ---- */

static void test_ten_thousand_rows(void **state)
{
    enum { ROWS = 10000 };
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    make_table(db, p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(scim_sync_db_exec(db, NULL, insert_row,
                                           DB_ARGS(DB_INT(i), DB_TEXT(i % 2 ? NULL : "even")), p),
                         APR_SUCCESS);
    }
    assert_int_equal(scim_sync_db_commit(db, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT id, v FROM t ORDER BY id", DB_NO_ARGS,
                                         p),
                     APR_SUCCESS);
    assert_int_equal(rows->count, ROWS);
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(scim_sync_db_number(rows, i, 0), i);
        assert_true((scim_sync_db_text(rows, i, 1) == NULL) == i % 2);
    }
}

/* ---- memory that stays flat ---- */

/* One of each way through the code. The pool is cleared, as a request's is. */
static void use_everything(scim_sync_db_t *db, int i, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    const char *other = apr_psprintf(p, "SELECT %d, %%s", i % 300);

    for (int j = 0; j < 10; j++) {
        assert_int_equal(scim_sync_db_select(db, &rows, "SELECT v FROM t WHERE id = %lld",
                                             DB_ARGS(DB_INT(1)), p),
                         APR_SUCCESS);
    }
    assert_int_equal(scim_sync_db_select(db, &rows, other, DB_ARGS(DB_TEXT("it's")), p),
                     APR_SUCCESS);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 2, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_savepoint(db, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_release(db, i % 2, p), APR_SUCCESS);
    scim_sync_db_rollback(db, p);
    apr_pool_clear(p);
}

/* A statement that can't be prepared, values that don't fit, a transaction that fails. */
static void fail_everywhere(scim_sync_db_t *db, int i, apr_pool_t *p)
{
    const char *padding = apr_psprintf(p, "%500s", ""); /* makes a statement that is kept tell */
    scim_sync_rows_t *rows;

    assert_int_equal(scim_sync_db_select(db, &rows,
                                         apr_pstrcat(p, "SELECT * FROM nothing WHERE n = %lld",
                                                     padding, NULL),
                                         DB_ARGS(DB_INT(i)), p),
                     APR_EGENERAL);
    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT %s", DB_ARGS(DB_INT(1)), p),
                     APR_EINVAL);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 2, p), APR_SUCCESS);
    assert_int_equal(insert(db, 1, p), APR_EGENERAL);
    assert_int_equal(scim_sync_db_commit(db, p), APR_EGENERAL);
    apr_pool_clear(p);
}

/* The pool lives on, as in a loop over thousands of members. */
static void only_exec(scim_sync_db_t *db, int i, apr_pool_t *p)
{
    assert_int_equal(scim_sync_db_exec(db, NULL, "UPDATE t SET n = %lld WHERE id = %lld",
                                       DB_ARGS(DB_INT(i), DB_INT(2)), p),
                     APR_SUCCESS);
}

/* APR's pools are mapped, libpq and SQLite use malloc: only the kernel knows both. */
static size_t memory_in_use(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    size_t pages = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*u %*u %*u %*u %*u %zu", &pages), 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* A pool whose memory was never another's: one in the free lists of APR would hide what leaks. */
static apr_pool_t *make_pool(void)
{
    apr_allocator_t *allocator;
    apr_pool_t *p;

    assert_int_equal(apr_allocator_create(&allocator), APR_SUCCESS);
    assert_int_equal(apr_pool_create_ex(&p, NULL, NULL, allocator), APR_SUCCESS);
    apr_allocator_owner_set(allocator, p);
    return p;
}

static void check_memory(const database_t *database,
                         void (*use)(scim_sync_db_t *, int, apr_pool_t *), int warm_up, int rounds)
{
    apr_pool_t *own = make_pool();
    scim_sync_db_t *db = database_connect(database, own);
    apr_pool_t *p;
    size_t before;
    size_t after;

    make_table(db, own);
    assert_int_equal(insert(db, 1, own), APR_SUCCESS);
    apr_pool_create(&p, own);
    for (int i = 0; i < warm_up; i++) {
        use(db, i, p);
    }
#ifdef __SANITIZE_ADDRESS__ /* which keeps freed memory back, but sees the leak of one round */
    rounds /= 10;
#endif
    before = memory_in_use();
    for (int i = 0; i < rounds; i++) {
        use(db, i, p);
    }
    after = memory_in_use();
    apr_pool_destroy(own);
#ifndef __SANITIZE_ADDRESS__
    assert_in_range(after, 0, before + 256 * 1024);
#else
    print_message("%" APR_SIZE_T_FMT " bytes more\n", after - before);
#endif
}

static void test_use_costs_no_memory(void **state)
{
    check_memory(database_of(state), use_everything, 500, 5000); /* 55,000 selects */
}

static void test_failures_cost_no_memory(void **state)
{
    check_memory(database_of(state), fail_everywhere, 100, 1000);
}

static void test_exec_gives_its_memory_back(void **state)
{
    check_memory(database_of(state), only_exec, 100, 30000);
}

/* A filter of a client's making: never the same twice, and as long as they get. */
static void select_made(scim_sync_db_t *db, int i, apr_pool_t *p)
{
    apr_array_header_t *terms = apr_array_make(p, 200, sizeof(const char *));
    scim_sync_value_t values[200];
    scim_sync_rows_t *rows;

    for (int n = 0; n < 200; n++) {
        APR_ARRAY_PUSH(terms, const char *) = (i + n) % 3 ? " OR id = %lld" : " OR id < %lld";
        values[n] = DB_INT(-n);
    }
    assert_int_equal(scim_sync_db_select_made(db, &rows,
                                              apr_psprintf(p, "SELECT %d FROM t WHERE FALSE%s", i,
                                                           apr_array_pstrcat(p, terms, 0)),
                                              200, values, p),
                     APR_SUCCESS);
    assert_int_equal(rows->count, 0);
    apr_pool_clear(p);
}

static void test_made_statements_are_not_kept(void **state)
{
    check_memory(database_of(state), select_made, 100, 2000);
}

/* ---- many writers ---- */

enum { PROCESSES = 4, THREADS = 8, ROWS_EACH = 40 };

typedef struct {
    const database_t *database;
    apr_global_mutex_t *turn;
    volatile apr_uint32_t *failures; /* shared by the processes, as is longest: */
    volatile apr_uint32_t *longest;  /* milliseconds for a row, with the wait for its turn */
    apr_uint32_t first;              /* number of the thread's first row */
} writer_t;

static apr_status_t write_row(scim_sync_db_t *db, apr_int64_t id, apr_pool_t *p)
{
    apr_status_t rv;

    if ((rv = scim_sync_db_begin(db, p)) == APR_SUCCESS) {
        insert(db, id, p);
        rv = scim_sync_db_commit(db, p);
    }
    return rv;
}

static void keep_longest(volatile apr_uint32_t *longest, apr_uint32_t took)
{
    apr_uint32_t known = apr_atomic_read32(longest);

    while (took > known && apr_atomic_cas32(longest, took, known) != known) {
        known = apr_atomic_read32(longest);
    }
}

/* Takes turns as store/writer.h does. No assertion may end a thread or a child: it counts. */
static void *APR_THREAD_FUNC write_rows(apr_thread_t *thread, void *data)
{
    writer_t *writer = data;
    apr_pool_t *p;
    scim_sync_db_t *db;

    apr_pool_create(&p, apr_thread_pool_get(thread));
    if (scim_sync_db_open(&db, writer->database->driver, writer->database->params, p) !=
        APR_SUCCESS) {
        apr_atomic_add32(writer->failures, ROWS_EACH);
        return NULL;
    }
    for (apr_uint32_t i = 0; i < ROWS_EACH; i++) {
        apr_time_t start = apr_time_now();

        if (scim_sync_db_one_writer(db)) {
            apr_global_mutex_lock(writer->turn);
        }
        if (write_row(db, writer->first + i, p) != APR_SUCCESS) {
            apr_atomic_inc32(writer->failures);
        }
        if (scim_sync_db_one_writer(db)) {
            apr_global_mutex_unlock(writer->turn);
        }
        keep_longest(writer->longest, (apr_uint32_t)apr_time_as_msec(apr_time_now() - start));
    }
    apr_pool_destroy(p);
    return NULL;
}

static void run_threads(const writer_t *shared, apr_uint32_t first, apr_pool_t *p)
{
    apr_thread_t *threads[THREADS];
    writer_t writers[THREADS];
    apr_status_t rv;

    for (int i = 0; i < THREADS; i++) {
        writers[i] = *shared;
        writers[i].first = first + i * ROWS_EACH;
        if (apr_thread_create(&threads[i], NULL, write_rows, &writers[i], p) != APR_SUCCESS) {
            _exit(1);
        }
    }
    for (int i = 0; i < THREADS; i++) {
        apr_thread_join(&rv, threads[i]);
    }
}

static void start_process(const writer_t *shared, int number, apr_pool_t *p)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        apr_global_mutex_t *turn = shared->turn;
        writer_t own = *shared;

        if (apr_global_mutex_child_init(&turn, NULL, p) != APR_SUCCESS) {
            _exit(1);
        }
        own.turn = turn;
        run_threads(&own, number * THREADS * ROWS_EACH, p);
        _exit(0);
    }
}

static void test_many_writers(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    writer_t shared = { .database = database };
    apr_shm_t *memory;
    int status;

    make_table(database->db, p);
    database_disconnect(database);
    assert_int_equal(apr_shm_create(&memory, 2 * sizeof(apr_uint32_t), NULL, p), APR_SUCCESS);
    shared.failures = apr_shm_baseaddr_get(memory);
    shared.longest = shared.failures + 1;
    *shared.failures = *shared.longest = 0;
    assert_int_equal(apr_global_mutex_create(&shared.turn, NULL, APR_LOCK_PROC_PTHREAD, p),
                     APR_SUCCESS);
    for (int i = 0; i < PROCESSES; i++) {
        start_process(&shared, i, p);
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(*shared.failures, 0);
    assert_int_equal(rows_in(database_connect(database, p), p), PROCESSES * THREADS * ROWS_EACH);
    print_message("longest wait %u ms\n", *shared.longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_ten_thousand_rows),
        DATABASE_TESTS(test_use_costs_no_memory),
        DATABASE_TESTS(test_failures_cost_no_memory),
        DATABASE_TESTS(test_made_statements_are_not_kept),
        DATABASE_TESTS(test_exec_gives_its_memory_back),
        DATABASE_TESTS(test_many_writers),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
