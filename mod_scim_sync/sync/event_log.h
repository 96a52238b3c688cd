/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of events (ScimSyncEventLog): one line of JSON for each, in a file or to a program.
 *
 * A transaction that records an event notes it as not logged yet, in the database. The provisioner
 * reads these notes, writes the lines, and strikes the notes off. So no line tells of what was
 * rolled back, none is lost when a process dies or the log can't be written for a while, and one is
 * written again when a process dies between the two: each at least once. The lines of one process
 * are in the order of their ids as far as these were committed in that order. Of the hosts that
 * share a database one writes at a time, whoever's events they are: it holds the lease "event-log".
 *
 * Each line is one write(), of no more than a pipe takes as a whole (PIPE_BUF), to a descriptor
 * that appends: the lines of two processes never mix. A pipe that is full is left alone for a
 * while: nobody waits for the program behind it.
 */
#ifndef SCIM_SYNC_SYNC_EVENT_LOG_H
#define SCIM_SYNC_SYNC_EVENT_LOG_H

#include "store/event.h"
#include "store/writer.h"

typedef struct scim_sync_event_log_t scim_sync_event_log_t;

/* The longest line, its newline included. */
#define SCIM_SYNC_EVENT_LINE_MAX 4096

/*
 * One per reign of the provisioner, used by its thread alone.
 * fd      where lines go, open for appending; a pipe is made non-blocking
 * owner   of the lease: "<host>/<process id>"; host is its part before the slash
 */
apr_status_t scim_sync_event_log_make(scim_sync_event_log_t **log, int fd,
                                      scim_sync_writer_t *writer, const char *host,
                                      const char *owner, apr_pool_t *p);

/*
 * Write what there is to write, a bounded number of lines, unless it was looked at just now.
 * now     ms
 * *wait   made shorter when there is something to do sooner (ms)
 * p       scratch
 * Fails only when the database does; a log that can't be written is told of once, and tried again.
 */
apr_status_t scim_sync_event_log_pass(scim_sync_event_log_t *log, apr_int64_t now,
                                      apr_int64_t *wait, apr_pool_t *p);

/* At the end of a reign: what was written is struck off, and the lease is given back. */
void scim_sync_event_log_end(scim_sync_event_log_t *log, apr_pool_t *p);

/* The line of an event with its newline, in p: of an overlong one what is longest is left out. */
const char *scim_sync_event_line(const scim_sync_event_t *event, apr_pool_t *p);

#endif
