/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logging for the layers that don't know httpd. The module installs a sink that writes to httpd's
 * error log; unit tests may install their own. Without one, nothing is written.
 *
 * Every message begins with an id, "SCIM0042: ", that never changes its meaning: administrators
 * search for it, docs/messages.md explains it, tests declare it.
 */
#ifndef SCIM_SYNC_BASE_LOG_H
#define SCIM_SYNC_BASE_LOG_H

#include <apr_errno.h>

/* The id in front of a message. n is four digits, unique in the source. */
#define SCIM_LOGNO(n) "SCIM" #n ": "

/* The levels are httpd's (http_log.h, APLOG_*), so that the sink passes them on. */
typedef enum {
    SCIM_LOG_CRIT = 2,
    SCIM_LOG_ERR = 3,
    SCIM_LOG_WARNING = 4,
    SCIM_LOG_NOTICE = 5,
    SCIM_LOG_INFO = 6,
    SCIM_LOG_DEBUG = 7
} scim_log_level_t;

typedef void scim_sync_log_sink_t(void *baton, const char *file, int line, scim_log_level_t level,
                                  apr_status_t rv, const char *message);

/* Install the sink; to be called before threads start. NULL removes it. */
void scim_sync_log_set_sink(scim_sync_log_sink_t *sink, void *baton);

/* Write one message of at most 4 KiB. rv, unless APR_SUCCESS, is explained behind it by httpd. */
void scim_sync_log_at(const char *file, int line, scim_log_level_t level, apr_status_t rv,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));

#define scim_sync_log(level, rv, ...) scim_sync_log_at(__FILE__, __LINE__, level, rv, __VA_ARGS__)

#endif
