/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the other side says in words, made fit for a log and for an administrator's eyes. Pure.
 */
#ifndef SCIM_SYNC_NET_WORDS_H
#define SCIM_SYNC_NET_WORDS_H

#include <apr_pools.h>

/*
 * At most limit characters of text in one line, in p: blanks and control characters, also those
 * that turn the direction of writing, become single spaces, bytes that are not UTF-8 become U+FFFD.
 */
const char *scim_sync_words_line(const char *text, apr_size_t len, apr_size_t limit, apr_pool_t *p);

/* The same of a body that is meant for people, without its markup: its beginning. */
const char *scim_sync_words_plain(const char *body, apr_size_t len, apr_size_t limit,
                                  apr_pool_t *p);

#endif
