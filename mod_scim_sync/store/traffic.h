/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes from the IdPs to this host, in shared memory: how fast each one may come, and records
 * of requests (store/record.h) on their way into the database. A request writes a few hundred bytes
 * here, under a lock that is held for a microsecond, and no SQL.
 *
 * There is room for 256 records, and for 64 of one IdP and kind: of a second that brings more the
 * last ones are kept. When there is none left, the oldest one goes of the IdP and kind that has the
 * most. So a large push displaces no other IdP's, and what succeeds nothing that was refused.
 */
#ifndef SCIM_SYNC_STORE_TRAFFIC_H
#define SCIM_SYNC_STORE_TRAFFIC_H

#include <apr_global_mutex.h>
#include <apr_tables.h>

#include "store/record.h"

typedef struct scim_sync_traffic_t scim_sync_traffic_t;

/* The size of the segment; most of it is touched only when it is filled. */
apr_size_t scim_sync_traffic_size(void);

/* As of store/shared.h: whether it can be used on; make one of zeroed memory; use it here. */
int scim_sync_traffic_is_ours(const void *segment);
void scim_sync_traffic_format(void *segment);
void scim_sync_traffic_attach(scim_sync_traffic_t **traffic, void *segment,
                              apr_global_mutex_t *lock, apr_pool_t *p);

/*
 * One more request of an IdP, of which so many may come within a minute: a bucket of that many,
 * which fills up evenly. Returns 0, or the ms after which the next one may come; such a one does
 * not count.
 * now   us (base/text.h: scim_sync_clock)
 */
apr_int64_t scim_sync_traffic_wait(scim_sync_traffic_t *traffic, const char *idp,
                                   apr_int64_t per_minute, apr_int64_t now);

/* Keep a record; its texts are copied, within the bounds of store/record.h. Its id is not taken. */
void scim_sync_traffic_record(scim_sync_traffic_t *traffic, const scim_sync_record_t *record);

/* Whether there are records that wait. */
int scim_sync_traffic_has_records(const scim_sync_traffic_t *traffic);

/*
 * All that wait, oldest first: scim_sync_record_t * in p, with ids that count up. They stay until
 * scim_sync_traffic_saved() says up to which id they are in the database.
 */
apr_array_header_t *scim_sync_traffic_records(scim_sync_traffic_t *traffic, apr_pool_t *p);
void scim_sync_traffic_saved(scim_sync_traffic_t *traffic, apr_int64_t id);

#endif
