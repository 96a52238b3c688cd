/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/event_log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "store/lease.h"

#define LEASE_MS 15000
/* Lines between two transactions: enough to keep up, few enough to repeat after a crash. */
#define LINES_MAX 200
/* How often it is looked whether there is something new, or whether a log that failed is back. */
#define LOOK_MS 200
/* A pipe that stays full, or that nobody reads, for so long is told of. */
#define PATIENCE_MS 10000

struct scim_sync_event_log_t {
    int fd;
    scim_sync_writer_t *writer;
    const char *host;
    scim_sync_lease_t lease;
    apr_int64_t due;             /* ms: not looked at before */
    apr_array_header_t *written; /* apr_int64_t: ids that are noted still */
    int torn;                    /* the last line is not whole: a full disk */
    apr_int64_t stuck_since;     /* ms: no line could be written since then; 0: they can */
    int stuck_told;
};

/* Whether what the file ends with is no whole line: a disk was full, and the process ended then. */
static int ends_torn(int fd, const struct stat *what)
{
    char last = '\n';

    return S_ISREG(what->st_mode) && what->st_size > 0 &&
           pread(fd, &last, 1, what->st_size - 1) == 1 && last != '\n';
}

apr_status_t scim_sync_event_log_make(scim_sync_event_log_t **out, int fd,
                                      scim_sync_writer_t *writer, const char *host,
                                      const char *owner, apr_pool_t *p)
{
    scim_sync_event_log_t *log = apr_pcalloc(p, sizeof(*log));
    struct stat what;
    int flags;

    log->fd = fd;
    log->writer = writer;
    log->host = host;
    log->lease.name = "event-log";
    log->lease.owner = owner;
    log->written = apr_array_make(p, LINES_MAX, sizeof(apr_int64_t));
    *out = log;
    if (fstat(fd, &what) || (flags = fcntl(fd, F_GETFL)) < 0 ||
        (S_ISFIFO(what.st_mode) && fcntl(fd, F_SETFL, flags | O_NONBLOCK))) {
        return errno;
    }
    log->torn = ends_torn(fd, &what);
    return APR_SUCCESS;
}

/* ---- lines ---- */

const char *scim_sync_event_line(const scim_sync_event_t *event, apr_pool_t *p)
{
    static const char *const longest[] = { "change", "detail", "name", NULL };
    json_t *json = scim_sync_json_own(scim_sync_event_json(event, p), p);
    const char *line = scim_sync_json_text(json, NULL, p);
    int i;

    for (i = 0; strlen(line) >= SCIM_SYNC_EVENT_LINE_MAX && longest[i]; i++) {
        json_object_set_new(json, longest[i], json_null());
        json_object_set_new(json, "shortened", json_true());
        line = scim_sync_json_text(json, NULL, p);
    }
    return apr_pstrcat(p, line, "\n", NULL);
}

/*
 * A program that is busy for a moment, or ended and started again by a graceful restart, is nothing
 * to tell of.
 */
static void note_stuck(scim_sync_event_log_t *log, int why)
{
    apr_int64_t now = scim_sync_now();

    log->stuck_since = log->stuck_since ? log->stuck_since : now;
    if (!log->stuck_told &&
        ((why != EAGAIN && why != EPIPE) || now - log->stuck_since >= PATIENCE_MS)) {
        log->stuck_told = 1;
        scim_sync_log(SCIM_LOG_WARNING, why,
                      SCIM_LOGNO(0161) "the log of events takes no lines: they wait in the "
                                       "database");
    }
}

static void note_written(scim_sync_event_log_t *log)
{
    log->stuck_since = 0;
    if (log->stuck_told) {
        log->stuck_told = 0;
        scim_sync_log(SCIM_LOG_NOTICE, APR_SUCCESS,
                      SCIM_LOGNO(0162) "the log of events takes lines again");
    }
}

/* 0: nothing more can be written now. */
static int write_text(scim_sync_event_log_t *log, const char *text)
{
    apr_size_t length = strlen(text);
    ssize_t done;

    do {
        done = write(log->fd, text, length);
    } while (done < 0 && errno == EINTR);
    if (done == (ssize_t)length) {
        note_written(log);
        return 1;
    }
    note_stuck(log, done < 0 ? errno : ENOSPC);
    log->torn |= done > 0;
    return 0;
}

/* A line that went half onto a full disk is ended there, and written anew. */
static int write_lines(scim_sync_event_log_t *log, const apr_array_header_t *events, apr_pool_t *p)
{
    int i;

    if (log->torn && !write_text(log, "\n")) {
        return 0;
    }
    log->torn = 0;
    for (i = 0; i < events->nelts; i++) {
        const scim_sync_event_t *event = APR_ARRAY_IDX(events, i, scim_sync_event_t *);

        if (!write_text(log, scim_sync_event_line(event, p))) {
            return 0;
        }
        APR_ARRAY_PUSH(log->written, apr_int64_t) = event->id;
    }
    return 1;
}

/* ---- the database ---- */

typedef struct {
    scim_sync_event_log_t *log;
    apr_array_header_t *events;
    int ours;
} exchange_t;

/* What was written is struck off; what comes next is read, if it is ours to write. */
static apr_status_t exchange(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    exchange_t *x = baton;
    scim_sync_event_log_t *log = x->log;
    apr_status_t rv = APR_SUCCESS;

    x->ours = 0;
    x->events = NULL;
    if (log->lease.fence) {
        rv = scim_sync_lease_keep(db, &log->lease, LEASE_MS, &x->ours, p);
    }
    if (rv == APR_SUCCESS && !x->ours) {
        rv = scim_sync_lease_take(db, &log->lease, log->host, LEASE_MS, &x->ours, p);
    }
    if (rv == APR_SUCCESS && log->written->nelts > 0) {
        rv = scim_sync_event_logged(db, log->written, p);
    }
    if (rv == APR_SUCCESS && x->ours) {
        rv = scim_sync_event_unlogged(db, &x->events, LINES_MAX, p);
    }
    return rv;
}

static apr_status_t any(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    return scim_sync_event_any_unlogged(db, baton, p);
}

/* One batch; *more: there may be another one at once. */
static apr_status_t write_batch(scim_sync_event_log_t *log, int *more, apr_pool_t *p)
{
    exchange_t x = { .log = log };
    apr_status_t rv;
    int waits;

    *more = 0;
    if (log->written->nelts == 0) {
        rv = scim_sync_read(log->writer, any, &waits, p);
        if (rv != APR_SUCCESS || !waits) {
            return rv;
        }
    }
    if ((rv = scim_sync_write(log->writer, exchange, &x, p)) != APR_SUCCESS) {
        return rv;
    }
    apr_array_clear(log->written);
    if (!x.ours) {
        log->lease.fence = 0;
    }
    else if (write_lines(log, x.events, p)) {
        *more = x.events->nelts > 0;
    }
    return APR_SUCCESS;
}

static void be_back(const scim_sync_event_log_t *log, apr_int64_t now, apr_int64_t *wait)
{
    *wait = log->due - now < *wait ? log->due - now : *wait;
}

apr_status_t scim_sync_event_log_pass(scim_sync_event_log_t *log, apr_int64_t now,
                                      apr_int64_t *wait, apr_pool_t *p)
{
    apr_status_t rv;
    int more;

    if (now < log->due) {
        be_back(log, now, wait);
        return APR_SUCCESS;
    }
    rv = write_batch(log, &more, p);
    log->due = more ? now : now + LOOK_MS;
    if (more || log->stuck_since || log->written->nelts > 0) {
        be_back(log, now, wait);
    }
    return rv;
}

static apr_status_t finish(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    scim_sync_event_log_t *log = baton;
    apr_status_t rv = scim_sync_event_logged(db, log->written, p);

    return rv == APR_SUCCESS ? scim_sync_lease_drop(db, &log->lease, p) : rv;
}

void scim_sync_event_log_end(scim_sync_event_log_t *log, apr_pool_t *p)
{
    if (log->lease.fence) {
        scim_sync_write(log->writer, finish, log, p);
    }
}
