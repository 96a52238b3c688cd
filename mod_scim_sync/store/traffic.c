/* SPDX-License-Identifier: Apache-2.0 */
#include "store/traffic.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#define MAGIC   0x54524146u /* "TRAF" */
#define LAYOUT  1           /* raise with every change of segment_t */
#define SLOTS   256         /* their indexes are bytes */
#define GROUPS  256 /* of an IdP and a kind; two may share one, which costs nothing but room */
#define WAITING 64  /* of one group, at most */
#define LIMITS  256 /* IdPs whose rate is limited */
#define IDP_MAX 64
#define MINUTE  APR_INT64_C(60000000)
#define TEXTS   9

/* The texts of a record, in the order in which they are packed, and their bounds. */
static const apr_size_t bounds[TEXTS] = { IDP_MAX,
                                          32,
                                          SCIM_SYNC_RECORD_URI,
                                          64,
                                          64,
                                          SCIM_SYNC_RECORD_WHY,
                                          SCIM_SYNC_RECORD_HEADERS,
                                          SCIM_SYNC_RECORD_BODY,
                                          SCIM_SYNC_RECORD_BODY };

#define PACKED_MAX                                                                                 \
    (IDP_MAX + 32 + SCIM_SYNC_RECORD_URI + 64 + 64 + SCIM_SYNC_RECORD_WHY +                        \
     SCIM_SYNC_RECORD_HEADERS + 2 * SCIM_SYNC_RECORD_BODY + TEXTS)

/* Apart from the records, so that to look at all of them is to look at few pages. */
typedef struct {
    int64_t number; /* of its record; 0: none was finished */
    uint32_t group;
} slot_t;

/* The slots of a group that wait, oldest first, in a ring. */
typedef struct {
    uint8_t first;
    uint8_t count;
    uint8_t at[WAITING];
} line_t;

typedef struct {
    int64_t at;
    int64_t idp_made;
    int64_t took;
    int64_t body_length;
    int64_t answer_length;
    int32_t status;
    int32_t kind;
    int32_t lengths[TEXTS]; /* -1: NULL */
    char texts[PACKED_MAX]; /* each with a NUL behind it */
} packed_t;

/* Full again at this time: what is full need not be known. */
typedef struct {
    char idp[IDP_MAX + 1];
    int64_t full_at; /* us */
} limit_t;

typedef struct {
    uint32_t magic;
    uint32_t layout;
    _Atomic int64_t newest; /* the number of the last record */
    _Atomic int64_t saved;  /* up to which they are in the database */
    limit_t limits[LIMITS];
    slot_t slots[SLOTS];
    line_t lines[GROUPS]; /* what these and the next say follows from slots */
    int free;
    uint8_t free_slots[SLOTS];
    packed_t records[SLOTS];
} segment_t;

struct scim_sync_traffic_t {
    segment_t *segment;
    apr_global_mutex_t *lock; /* guards all of it, but that newest and saved may be looked at */
};

static int by_number(const void *a, const void *b, void *slots)
{
    const slot_t *one = (const slot_t *)slots + *(const uint8_t *)a;
    const slot_t *other = (const slot_t *)slots + *(const uint8_t *)b;

    return (one->number > other->number) - (one->number < other->number);
}

static void push(segment_t *segment, int slot)
{
    line_t *line = &segment->lines[segment->slots[slot].group];

    line->at[(line->first + line->count++) % WAITING] = (uint8_t)slot;
}

static int shift(line_t *line)
{
    int slot = line->at[line->first];

    line->first = (uint8_t)((line->first + 1) % WAITING);
    line->count--;
    return slot;
}

/* Which are free, and who waits; also after a process that was killed while it changed that. */
static void sort_slots(segment_t *segment)
{
    int64_t saved = atomic_load_explicit(&segment->saved, memory_order_relaxed);
    uint8_t waiting[SLOTS];
    int count = 0;
    int i;

    memset(segment->lines, 0, sizeof(segment->lines));
    segment->free = 0;
    for (i = 0; i < SLOTS; i++) {
        if (segment->slots[i].number > saved) {
            waiting[count++] = (uint8_t)i;
        }
        else {
            segment->free_slots[segment->free++] = (uint8_t)i;
        }
    }
    qsort_r(waiting, (size_t)count, sizeof(*waiting), by_number, segment->slots);
    for (i = 0; i < count; i++) {
        push(segment, waiting[i]);
    }
}

/* Of one that holds something: they all wait when none is free. */
static line_t *longest_line(segment_t *segment)
{
    line_t *longest = segment->lines;
    int i;

    for (i = 1; i < GROUPS; i++) {
        longest = segment->lines[i].count > longest->count ? &segment->lines[i] : longest;
    }
    return longest;
}

/* One for a group: free, or the oldest of this one, or of the one that has the most. */
static int take_slot(segment_t *segment, uint32_t group)
{
    line_t *line = &segment->lines[group];

    if (line->count == WAITING) {
        return shift(line);
    }
    if (segment->free == 0 && longest_line(segment)->count == 0) {
        sort_slots(segment);
    }
    return segment->free > 0 ? segment->free_slots[--segment->free] : shift(longest_line(segment));
}

apr_size_t scim_sync_traffic_size(void)
{
    return sizeof(segment_t);
}

int scim_sync_traffic_is_ours(const void *memory)
{
    const segment_t *segment = memory;

    return segment->magic == MAGIC && segment->layout == LAYOUT;
}

void scim_sync_traffic_format(void *memory)
{
    segment_t *segment = memory;

    sort_slots(segment);
    segment->layout = LAYOUT;
    segment->magic = MAGIC;
}

void scim_sync_traffic_attach(scim_sync_traffic_t **traffic, void *memory, apr_global_mutex_t *lock,
                              apr_pool_t *p)
{
    scim_sync_traffic_t *t = apr_palloc(p, sizeof(*t));

    t->segment = memory;
    t->lock = lock;
    *traffic = t;
}

static unsigned int hash_of(const char *idp)
{
    apr_ssize_t length = APR_HASH_KEY_STRING;

    return apr_hashfunc_default(idp, &length);
}

/* ---- how fast ---- */

/* The one of an IdP, or one that is not needed any more; NULL: they are all needed. */
static limit_t *limit_of(segment_t *segment, const char *idp, apr_int64_t now)
{
    unsigned int start = hash_of(idp);
    limit_t *unused = NULL;
    unsigned int i;

    for (i = 0; i < LIMITS; i++) {
        limit_t *limit = &segment->limits[(start + i) % LIMITS];

        if (!strcmp(limit->idp, idp)) {
            return limit;
        }
        if (!unused && limit->full_at <= now) {
            unused = limit;
        }
        if (!*limit->idp) {
            break;
        }
    }
    if (unused) {
        apr_cpystrn(unused->idp, idp, sizeof(unused->idp));
        unused->full_at = 0;
    }
    return unused;
}

apr_int64_t scim_sync_traffic_wait(scim_sync_traffic_t *traffic, const char *idp,
                                   apr_int64_t per_minute, apr_int64_t now)
{
    apr_int64_t each = (MINUTE + per_minute - 1) / per_minute;
    apr_int64_t over = 0;
    apr_int64_t full_at;
    limit_t *limit;

    if (apr_global_mutex_lock(traffic->lock) != APR_SUCCESS) {
        return 0;
    }
    if ((limit = limit_of(traffic->segment, idp, now))) {
        full_at = (limit->full_at > now ? limit->full_at : now) + each;
        over = full_at - now - each * per_minute;
        if (over <= 0) {
            limit->full_at = full_at;
        }
    }
    apr_global_mutex_unlock(traffic->lock);
    return over > 0 ? (over + 999) / 1000 : 0;
}

/* ---- records ---- */

static void pack(packed_t *packed, const scim_sync_record_t *r)
{
    const char *const texts[TEXTS] = { r->idp, r->method,  r->uri,  r->address, r->token,
                                       r->why, r->headers, r->body, r->answer };
    char *at = packed->texts;
    int i;

    packed->at = r->at;
    packed->idp_made = r->idp_made;
    packed->took = r->took;
    packed->body_length = r->body_length;
    packed->answer_length = r->answer_length;
    packed->status = r->status;
    packed->kind = (int32_t)r->kind;
    for (i = 0; i < TEXTS; i++) {
        apr_size_t length = texts[i] ? strnlen(texts[i], bounds[i]) : 0;

        packed->lengths[i] = texts[i] ? (int32_t)length : -1;
        if (texts[i]) {
            memcpy(at, texts[i], length);
            at[length] = '\0';
            at += length + 1;
        }
    }
}

static scim_sync_record_t *unpack(const packed_t *packed, apr_pool_t *p)
{
    scim_sync_record_t *r = apr_pcalloc(p, sizeof(*r));
    const char **const texts[TEXTS] = { &r->idp, &r->method,  &r->uri,  &r->address, &r->token,
                                        &r->why, &r->headers, &r->body, &r->answer };
    const char *at = packed->texts;
    int i;

    r->at = packed->at;
    r->idp_made = packed->idp_made;
    r->took = packed->took;
    r->body_length = packed->body_length;
    r->answer_length = packed->answer_length;
    r->status = packed->status;
    r->kind = (scim_sync_record_kind_t)packed->kind;
    for (i = 0; i < TEXTS; i++) {
        if (packed->lengths[i] >= 0) {
            *texts[i] = apr_pstrmemdup(p, at, (apr_size_t)packed->lengths[i]);
            at += packed->lengths[i] + 1;
        }
    }
    return r;
}

void scim_sync_traffic_record(scim_sync_traffic_t *traffic, const scim_sync_record_t *record)
{
    uint32_t group = (hash_of(record->idp) * SCIM_SYNC_RECORD_KINDS + record->kind) % GROUPS;
    segment_t *segment = traffic->segment;
    int64_t number;
    int slot;

    if (apr_global_mutex_lock(traffic->lock) != APR_SUCCESS) {
        return;
    }
    number = atomic_load_explicit(&segment->newest, memory_order_relaxed) + 1;
    slot = take_slot(segment, group);
    /* A process that is killed here leaves an empty one. */
    segment->slots[slot].number = 0;
    atomic_signal_fence(memory_order_seq_cst);
    pack(&segment->records[slot], record);
    segment->slots[slot].group = group;
    atomic_signal_fence(memory_order_seq_cst);
    segment->slots[slot].number = number;
    push(segment, slot);
    atomic_store_explicit(&segment->newest, number, memory_order_relaxed);
    apr_global_mutex_unlock(traffic->lock);
}

int scim_sync_traffic_has_records(const scim_sync_traffic_t *traffic)
{
    return atomic_load_explicit(&traffic->segment->newest, memory_order_relaxed) >
           atomic_load_explicit(&traffic->segment->saved, memory_order_relaxed);
}

static int by_id(const void *a, const void *b)
{
    const scim_sync_record_t *const *one = a;
    const scim_sync_record_t *const *other = b;

    return ((*one)->id > (*other)->id) - ((*one)->id < (*other)->id);
}

apr_array_header_t *scim_sync_traffic_records(scim_sync_traffic_t *traffic, apr_pool_t *p)
{
    apr_array_header_t *records = apr_array_make(p, 32, sizeof(scim_sync_record_t *));
    segment_t *segment = traffic->segment;
    int64_t saved;
    int i;

    if (apr_global_mutex_lock(traffic->lock) != APR_SUCCESS) {
        return records;
    }
    saved = atomic_load_explicit(&segment->saved, memory_order_relaxed);
    for (i = 0; i < SLOTS; i++) {
        if (segment->slots[i].number > saved) {
            scim_sync_record_t *record = unpack(&segment->records[i], p);

            record->id = segment->slots[i].number;
            APR_ARRAY_PUSH(records, scim_sync_record_t *) = record;
        }
    }
    apr_global_mutex_unlock(traffic->lock);
    qsort(records->elts, (size_t)records->nelts, sizeof(scim_sync_record_t *), by_id);
    return records;
}

void scim_sync_traffic_saved(scim_sync_traffic_t *traffic, apr_int64_t id)
{
    segment_t *segment = traffic->segment;

    if (apr_global_mutex_lock(traffic->lock) == APR_SUCCESS) {
        if (id > atomic_load_explicit(&segment->saved, memory_order_relaxed)) {
            atomic_store_explicit(&segment->saved, id, memory_order_relaxed);
            sort_slots(segment);
        }
        apr_global_mutex_unlock(traffic->lock);
    }
}
