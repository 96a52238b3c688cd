/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text and time in the forms that are compared, stored and sent.
 */
#ifndef SCIM_SYNC_BASE_TEXT_H
#define SCIM_SYNC_BASE_TEXT_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

/*
 * The key under which a text is compared without regard to case (attributes with caseExact false,
 * RFC 7643 section 2.2, and e-mail addresses): Unicode case folding and NFC, by libunistring.
 * text must be valid UTF-8 (else, and for NULL, the result is NULL). Allocated in p.
 */
const char *scim_sync_fold(const char *text, apr_pool_t *p);

/* Whether a list of const char * holds text. A list that is NULL holds nothing. */
int scim_sync_list_holds(const apr_array_header_t *list, const char *text);

/*
 * "ann, bob and 7 more", in p: the first texts of a list of const char *, `most` of them, and how
 * many there are besides of `all`; "" when there is none.
 */
const char *scim_sync_list_text(const apr_array_header_t *list, int most, int all, apr_pool_t *p);

/* "1 person", "12 people", in p: how many of what, in words that are right of one, too. */
const char *scim_sync_count_text(apr_int64_t count, const char *one, const char *many,
                                 apr_pool_t *p);

/* Bring a list of const char * into the order of their bytes. */
void scim_sync_list_sort(apr_array_header_t *list);

/* Whether two of them hold the same texts, in whatever order and however often; p is for the look. */
int scim_sync_list_same(const apr_array_header_t *a, const apr_array_header_t *b, apr_pool_t *p);

/*
 * At most `most` bytes of text, in p: cut between two characters, and a "?" for each byte that is
 * no UTF-8. NULL stays NULL.
 */
const char *scim_sync_excerpt(const char *text, apr_size_t most, apr_pool_t *p);

/*
 * Whether text holds one @ with something before and a domain behind it, and no blank or control
 * character (of any script). NULL and what is not UTF-8 hold none.
 */
int scim_sync_is_email(const char *text);

/*
 * What a person calls something, in p: text without blanks around it. NULL when nothing is left, it
 * has more than `most` characters, or one of them is not for people: a control character, an end of
 * a line, or what turns the direction of the text. text must be valid UTF-8.
 */
const char *scim_sync_display_name(const char *text, int most, apr_pool_t *p);

/* Milliseconds since 1970: the unit of all times in the database and in tasks. */
apr_int64_t scim_sync_now(void);

/* Microseconds of a clock that nobody sets: for what lies between two instants of one machine. */
apr_time_t scim_sync_clock(void);

/*
 * "2026-11-22T06:30:00.123Z" (RFC 3339, the dateTime of RFC 7643 section 2.3.5) for ms, in p.
 * Times outside the years 0 to 9999 become the nearest one inside.
 */
const char *scim_sync_time_text(apr_int64_t ms, apr_pool_t *p);

/*
 * Reads a dateTime; APR_EINVAL when it is none. Without a zone (xsd:dateTime allows it) it is UTC;
 * what is finer than a millisecond is cut off.
 */
apr_status_t scim_sync_time_parse(apr_int64_t *ms, const char *text);

/* A random (version 4) UUID in lower case: ids of resources and tokens; needs no URL encoding. */
const char *scim_sync_new_id(apr_pool_t *p);

/* text with every character that is not unreserved (RFC 3986 section 2.3) percent-encoded, in p. */
const char *scim_sync_url_encode(const char *text, apr_pool_t *p);

#endif
