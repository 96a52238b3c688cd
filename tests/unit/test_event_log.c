/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of events: a line for each that was committed, none for another, whatever happens to it.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/log.h"
#include "store.h"
#include "sync/event_log.h"

typedef struct {
    database_t *database;
    apr_global_mutex_t *turn;
    scim_sync_writer_t *writer;
    apr_pool_t *p;
    apr_int64_t now;
    const char *messages; /* what was written to httpd's error log */
} fixture_t;

static scim_sync_db_t *lend(void *baton, void **lent, apr_pool_t *p)
{
    (void)p;
    *lent = NULL;
    return ((database_t *)baton)->db;
}

static void take_back(void *baton, void *lent)
{
    (void)baton;
    (void)lent;
}

static void note(void *baton, const char *file, int line, scim_log_level_t level, apr_status_t rv,
                 const char *message)
{
    fixture_t *f = baton;

    (void)file;
    (void)line;
    (void)level;
    (void)rv;
    f->messages = apr_pstrcat(f->p, f->messages, apr_pstrndup(f->p, message, 8), " ", NULL);
}

static apr_status_t forget(void *data)
{
    (void)data;
    scim_sync_event_note_unlogged(0);
    scim_sync_log_set_sink(NULL, NULL);
    return APR_SUCCESS;
}

static fixture_t *fixture(void **state)
{
    database_t *database = store_of(state);
    const scim_sync_connector_t connector = { database, lend, take_back };
    fixture_t *f = apr_pcalloc(database->pool, sizeof(*f));

    f->database = database;
    f->p = database->pool;
    f->messages = "";
    OK(apr_global_mutex_create(&f->turn, NULL, APR_LOCK_PROC_PTHREAD, f->p));
    OK(scim_sync_writer_create(&f->writer, &connector, f->turn, f->p));
    scim_sync_event_note_unlogged(1);
    scim_sync_log_set_sink(note, f);
    apr_pool_cleanup_register(f->p, NULL, forget, apr_pool_cleanup_null);
    return f;
}

static void add(const fixture_t *f, const char *detail)
{
    const scim_sync_event_t event = { .kind = "user.changed",
                                      .actor = "idp:okta",
                                      .detail = detail };

    OK(scim_sync_event_add(f->database->db, &event, f->p));
}

static int open_file(const fixture_t *f, const char **path)
{
    const char *folder;
    apr_file_t *file;
    char *name;
    int fd;

    OK(apr_temp_dir_get(&folder, f->p));
    *path = name = apr_pstrcat(f->p, folder, "/scim_sync_log.XXXXXX", NULL);
    OK(apr_file_mktemp(&file, name, APR_FOPEN_CREATE | APR_FOPEN_EXCL | APR_FOPEN_WRITE, f->p));
    fd = open(name, O_RDWR | O_APPEND | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static scim_sync_event_log_t *make(const fixture_t *f, int fd, const char *owner)
{
    scim_sync_event_log_t *log;

    OK(scim_sync_event_log_make(&log, fd, f->writer, apr_pstrndup(f->p, owner, strcspn(owner, "/")),
                                owner, f->p));
    return log;
}

/* So many rounds of the provisioner's loop, in each of which enough time has gone. */
static void pass(fixture_t *f, scim_sync_event_log_t *log, int times)
{
    for (; times > 0; times--) {
        apr_int64_t wait = 2000;

        f->now += 1000;
        OK(scim_sync_event_log_pass(log, f->now, &wait, f->p));
        assert_true(wait >= 0);
    }
}

/* The details of all lines in a text, joined; the test fails where a line is no event. */
static const char *details(const char *text, apr_pool_t *p)
{
    const char *all = "";
    const char *why;
    json_t *event;
    char *rest = apr_pstrdup(p, text);
    char *line;

    assert_true(!*text || text[strlen(text) - 1] == '\n');
    while ((line = apr_strtok(rest, "\n", &rest)) != NULL) {
        OK(scim_sync_json_parse(&event, line, strlen(line), 10, &why, p));
        assert_string_equal(scim_sync_json_str(event, "kind"), "user.changed");
        all = apr_pstrcat(p, all, scim_sync_json_str(event, "detail"), NULL);
    }
    return all;
}

static const char *content(const char *path, apr_pool_t *p)
{
    char *text = apr_pcalloc(p, 100001);
    apr_size_t length = 100000;
    apr_file_t *file;

    OK(apr_file_open(&file, path, APR_FOPEN_READ, 0, p));
    apr_file_read(file, text, &length);
    OK(apr_file_close(file));
    return text;
}

static int unlogged(const fixture_t *f)
{
    return (int)database_number(f->database->db, "SELECT COUNT(*) FROM event_unlogged", f->p);
}

static void test_a_line_for_each_event(void **state)
{
    fixture_t *f = fixture(state);
    const char *path;
    int fd = open_file(f, &path);
    scim_sync_event_log_t *log = make(f, fd, "host/1");

    pass(f, log, 2);
    assert_string_equal(content(path, f->p), "");
    add(f, "a");
    OK(scim_sync_db_begin(f->database->db, f->p));
    add(f, "undone");
    scim_sync_db_rollback(f->database->db, f->p);
    add(f, "b");
    pass(f, log, 1);
    assert_string_equal(details(content(path, f->p), f->p), "ab");
    pass(f, log, 3);
    assert_int_equal(unlogged(f), 0);
    add(f, "c\n\"");
    pass(f, log, 2);
    assert_string_equal(details(content(path, f->p), f->p), "abc\n\"");
    apr_file_remove(path, f->p);
    close(fd);
}

/* More than one batch, without a pause between them. */
static void test_many_at_once(void **state)
{
    fixture_t *f = fixture(state);
    const char *path;
    int fd = open_file(f, &path);
    scim_sync_event_log_t *log = make(f, fd, "host/1");
    apr_int64_t wait = 2000;

    for (int i = 0; i < 450; i++) {
        add(f, "x");
    }
    OK(scim_sync_event_log_pass(log, 1000, &wait, f->p));
    assert_int_equal(wait, 0);
    for (int i = 0; i < 4; i++) {
        OK(scim_sync_event_log_pass(log, 1000, &wait, f->p));
    }
    assert_int_equal(strlen(details(content(path, f->p), f->p)), 450);
    assert_int_equal(unlogged(f), 0);
    apr_file_remove(path, f->p);
    close(fd);
}

/*
 * A process that dies between writing and striking off: its successor repeats, and loses nothing.
 */
static void test_at_least_once(void **state)
{
    fixture_t *f = fixture(state);
    const char *path;
    int fd = open_file(f, &path);
    scim_sync_event_log_t *log;

    add(f, "a");
    pass(f, make(f, fd, "host/1"), 1);
    add(f, "b");
    log = make(f, fd, "host/2");
    pass(f, log, 1);
    assert_string_equal(details(content(path, f->p), f->p), "aab");
    /* In an orderly end nothing is repeated. */
    scim_sync_event_log_end(log, f->p);
    pass(f, make(f, fd, "host/3"), 2);
    assert_string_equal(details(content(path, f->p), f->p), "aab");
    apr_file_remove(path, f->p);
    close(fd);
}

static void test_one_host_at_a_time(void **state)
{
    fixture_t *f = fixture(state);
    const char *path;
    int fd = open_file(f, &path);
    scim_sync_event_log_t *one = make(f, fd, "one/1");
    scim_sync_event_log_t *other = make(f, fd, "other/1");

    add(f, "a");
    pass(f, one, 1);
    pass(f, other, 2);
    assert_string_equal(details(content(path, f->p), f->p), "a");
    add(f, "b");
    scim_sync_event_log_end(one, f->p);
    pass(f, other, 2);
    assert_string_equal(details(content(path, f->p), f->p), "ab");
    apr_file_remove(path, f->p);
    close(fd);
}

/* What a program has not read yet: all of it. */
static const char *drain(int fd, apr_pool_t *p)
{
    char *text = apr_pcalloc(p, 200001);
    ssize_t length;
    ssize_t all = 0;

    while ((length = read(fd, text + all, (size_t)(200000 - all))) > 0) {
        all += length;
    }
    return text;
}

/* A program that reads nothing holds up nobody, and misses nothing. */
static void test_a_full_pipe_is_left_alone(void **state)
{
    fixture_t *f = fixture(state);
    scim_sync_event_log_t *log;
    char detail[901];
    const char *got = "";
    int ends[2];

    memset(detail, 'x', 900);
    detail[900] = '\0';
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    log = make(f, ends[1], "host/1");
    for (int i = 0; i < 100; i++) { /* a pipe holds 64 KiB */
        add(f, detail);
    }
    pass(f, log, 3);
    assert_true(unlogged(f) > 10 && unlogged(f) < 100);
    assert_string_equal(f->messages, ""); /* so far it is only busy */
    for (int i = 0; i < 4; i++) {
        got = apr_pstrcat(f->p, got, drain(ends[0], f->p), NULL);
        pass(f, log, 2);
    }
    assert_int_equal(strlen(details(got, f->p)), 100 * 900);
    assert_int_equal(unlogged(f), 0);
    close(ends[0]);
    add(f, "z"); /* nobody reads any more */
    pass(f, log, 2);
    assert_int_equal(unlogged(f), 1);
    close(ends[1]);
}

static void test_a_full_disk_is_told_of_once(void **state)
{
    fixture_t *f = fixture(state);
    const char *path;
    int full = open("/dev/full", O_RDWR | O_APPEND | O_CLOEXEC);
    int fd = open_file(f, &path);
    scim_sync_event_log_t *log;

    assert_true(full >= 0);
    log = make(f, full, "host/1");
    add(f, "a");
    pass(f, log, 3);
    assert_string_equal(f->messages, "SCIM0161 ");
    assert_int_equal(unlogged(f), 1);
    assert_true(dup2(fd, full) == full); /* there is room again */
    pass(f, log, 2);
    assert_string_equal(f->messages, "SCIM0161 SCIM0162 ");
    assert_string_equal(details(content(path, f->p), f->p), "a");
    apr_file_remove(path, f->p);
    close(full);
    close(fd);
}

/* What an earlier process left of a line is ended, so that the next one is whole. */
static void test_a_torn_line_spoils_no_other(void **state)
{
    fixture_t *f = fixture(state);
    const char *path;
    int fd = open_file(f, &path);

    assert_int_equal(write(fd, "{\"id\": 7", 8), 8);
    add(f, "a");
    pass(f, make(f, fd, "host/1"), 2);
    assert_memory_equal(content(path, f->p), "{\"id\": 7\n", 9);
    assert_string_equal(details(content(path, f->p) + 9, f->p), "a");
    apr_file_remove(path, f->p);
    close(fd);
}

/* A pipe takes no more than PIPE_BUF as a whole. */
static void test_a_line_is_never_too_long(void **state)
{
    apr_pool_t *p = *state;
    char *long_text = apr_palloc(p, 3001);
    scim_sync_event_t event = { .id = 7, .kind = "user.changed", .actor = "idp:okta" };
    const char *line;
    json_t *json;
    const char *why;

    memset(long_text, '\x01', 3000); /* \u0001 in JSON */
    long_text[3000] = '\0';
    event.name = "Ann";
    event.detail = long_text;
    event.change = apr_pstrcat(p, "{\"a\":\"", apr_pstrndup(p, "bbbb", 4), "\"}", NULL);
    line = scim_sync_event_line(&event, p);
    assert_true(strlen(line) <= SCIM_SYNC_EVENT_LINE_MAX && SCIM_SYNC_EVENT_LINE_MAX <= PIPE_BUF);
    OK(scim_sync_json_parse(&json, line, strlen(line), 10, &why, p));
    assert_string_equal(scim_sync_json_str(json, "name"), "Ann");
    assert_null(scim_sync_json_str(json, "detail"));
    assert_true(json_is_true(json_object_get(json, "shortened")));
    event.detail = "short";
    line = scim_sync_event_line(&event, p);
    OK(scim_sync_json_parse(&json, line, strlen(line), 10, &why, p));
    assert_non_null(json_object_get(json_object_get(json, "change"), "a"));
    assert_null(json_object_get(json, "shortened"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_line_for_each_event),
        DATABASE_TESTS(test_many_at_once),
        DATABASE_TESTS(test_at_least_once),
        DATABASE_TESTS(test_one_host_at_a_time),
        DATABASE_TESTS(test_a_full_pipe_is_left_alone),
        DATABASE_TESTS(test_a_full_disk_is_told_of_once),
        DATABASE_TESTS(test_a_torn_line_spoils_no_other),
        UNIT_TEST(test_a_line_is_never_too_long),
    };

    signal(SIGPIPE, SIG_IGN); /* as httpd does */
    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
