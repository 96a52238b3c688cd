/* SPDX-License-Identifier: Apache-2.0 */
#include "store/shared.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_network_io.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include "base/json.h"

#define MAGIC  0x5343494du /* "SCIM" */
#define LAYOUT 3           /* raise with every change of segment_t */
#define SLOTS  1024        /* tokens whose time of last use is kept */
#define ID_MAX 40

typedef struct {
    _Atomic uint64_t id[ID_MAX / 8]; /* a UUID's text; written once, before anybody looks for it */
    _Atomic int64_t last_used;
} slot_t;

typedef struct {
    uint32_t magic;
    uint32_t layout;
    uint64_t size;
    _Atomic int64_t edition;    /* one more with each publishing; 0 = nothing is published */
    _Atomic int64_t generation; /* of the database that it came from */
    _Atomic uint64_t instance;  /* which database that is */
    _Atomic int64_t next_try;
    _Atomic int64_t provisioner;
    _Atomic int64_t warned;
    _Atomic uint64_t counters[SCIM_SYNC_COUNTERS];
    _Atomic uint64_t noted[SCIM_SYNC_COUNTERS];
    _Atomic uint64_t longest; /* request since it was noted last */
    slot_t slots[SLOTS];
    /* The sequence lock: odd while the data are being written. */
    _Atomic uint32_t sequence;
    _Atomic uint32_t length;
    _Atomic uint64_t data[]; /* words, so that a read that is torn is no data race */
} segment_t;

/* A view and how many requests hold it. Owned by the mutex of its scim_sync_shared_t. */
typedef struct {
    scim_sync_view_t view;
    apr_int64_t edition;
    apr_pool_t *pool;
    int holders;
    scim_sync_shared_t *shared;
} held_view_t;

struct scim_sync_shared_t {
    segment_t *segment;
    apr_global_mutex_t *writers;
    apr_thread_mutex_t *mutex; /* guards current */
    held_view_t *current;
};

static apr_size_t capacity(const segment_t *segment)
{
    return (segment->size - sizeof(segment_t)) / sizeof(uint64_t) * sizeof(uint64_t);
}

int scim_sync_shared_is_ours(const void *memory, apr_size_t size)
{
    const segment_t *segment = memory;

    return segment->magic == MAGIC && segment->layout == LAYOUT && segment->size == size;
}

void scim_sync_shared_format(void *memory, apr_size_t size)
{
    segment_t *segment = memory;

    segment->layout = LAYOUT;
    segment->size = size;
    segment->magic = MAGIC;
}

/* Called with the mutex held. */
static void let_go(held_view_t *held)
{
    if (--held->holders == 0) {
        apr_pool_destroy(held->pool);
    }
}

static apr_status_t drop_current(void *data)
{
    scim_sync_shared_t *shared = data;

    if (shared->current) {
        let_go(shared->current);
        shared->current = NULL;
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_shared_attach(scim_sync_shared_t **shared, void *memory,
                                     apr_global_mutex_t *writers, apr_pool_t *p)
{
    scim_sync_shared_t *s = apr_pcalloc(p, sizeof(*s));

    s->segment = memory;
    s->writers = writers;
    *shared = s;
    /* Here and not with the first view: that is made by any thread, and p is the main thread's. */
    apr_pool_pre_cleanup_register(p, s, drop_current);
    return apr_thread_mutex_create(&s->mutex, APR_THREAD_MUTEX_DEFAULT, p);
}

apr_int64_t scim_sync_shared_edition(const scim_sync_shared_t *shared)
{
    return atomic_load_explicit(&shared->segment->edition, memory_order_acquire);
}

static uint64_t instance_of(const char *instance)
{
    return strtoull(instance, NULL, 16);
}

int scim_sync_shared_is_current(const scim_sync_shared_t *shared, const char *instance,
                                apr_int64_t generation)
{
    const segment_t *segment = shared->segment;

    /* Odd for long is what a writer that was killed has left: what it has announced isn't there. */
    return scim_sync_shared_edition(shared) &&
           !(atomic_load_explicit(&segment->sequence, memory_order_acquire) & 1u) &&
           atomic_load_explicit(&segment->instance, memory_order_relaxed) ==
               instance_of(instance) &&
           atomic_load_explicit(&segment->generation, memory_order_relaxed) >= generation;
}

/* ---- tokens' times of last use ---- */

static void id_words(uint64_t *words, const char *id)
{
    memset(words, 0, ID_MAX);
    memcpy(words, id, strnlen(id, ID_MAX));
}

static unsigned int id_hash(const char *id)
{
    apr_ssize_t length = APR_HASH_KEY_STRING;

    return apr_hashfunc_default(id, &length);
}

static int slot_holds(slot_t *slot, const uint64_t *words)
{
    int i;

    for (i = 0; i < ID_MAX / 8; i++) {
        if (atomic_load_explicit(&slot->id[i], memory_order_relaxed) != words[i]) {
            return 0;
        }
    }
    return 1;
}

/* The slot of a token; create: one is taken for it if it has none (by the publisher only). */
static int slot_find(segment_t *segment, const char *id, int create)
{
    unsigned int start = id_hash(id) % SLOTS;
    uint64_t words[ID_MAX / 8];
    unsigned int n;
    int i;

    id_words(words, id);
    for (n = 0; n < SLOTS; n++) {
        slot_t *slot = &segment->slots[(start + n) % SLOTS];

        if (slot_holds(slot, words)) {
            return (int)((start + n) % SLOTS);
        }
        if (!atomic_load_explicit(&slot->id[0], memory_order_relaxed)) {
            for (i = ID_MAX / 8 - 1; create && i >= 0; i--) {
                atomic_store_explicit(&slot->id[i], words[i], memory_order_relaxed);
            }
            return create ? (int)((start + n) % SLOTS) : -1;
        }
    }
    return -1;
}

void scim_sync_shared_token_used(scim_sync_shared_t *shared, const scim_sync_view_token_t *token,
                                 apr_int64_t now)
{
    if (token->slot >= 0) {
        atomic_store_explicit(&shared->segment->slots[token->slot].last_used, now,
                              memory_order_relaxed);
    }
}

apr_int64_t scim_sync_shared_token_last_used(const scim_sync_shared_t *shared, const char *id)
{
    int slot = slot_find(shared->segment, id, 0);

    return slot < 0 ? 0
                    : atomic_load_explicit(&shared->segment->slots[slot].last_used,
                                           memory_order_relaxed);
}

/* ---- publishing ---- */

static void take_slots(segment_t *segment, const json_t *snapshot)
{
    json_t *idp;
    json_t *token;
    apr_size_t i;
    apr_size_t j;

    json_array_foreach(json_object_get(snapshot, "idps"), i, idp)
    {
        json_array_foreach(json_object_get(idp, "tokens"), j, token)
        {
            slot_find(segment, scim_sync_json_str(token, "id"), 1);
        }
    }
}

static void write_data(segment_t *segment, const char *text, apr_size_t length)
{
    uint32_t sequence = atomic_load_explicit(&segment->sequence, memory_order_relaxed);
    apr_size_t i;

    /* A writer that was killed half way left it odd: go on from there. */
    sequence |= 1u;
    atomic_store_explicit(&segment->sequence, sequence, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    for (i = 0; i * sizeof(uint64_t) < length; i++) {
        apr_size_t rest = length - i * sizeof(uint64_t);
        uint64_t word = 0;

        memcpy(&word, text + i * sizeof(word), rest < sizeof(word) ? rest : sizeof(word));
        atomic_store_explicit(&segment->data[i], word, memory_order_relaxed);
    }
    atomic_store_explicit(&segment->length, (uint32_t)length, memory_order_relaxed);
    /* Before it is even: killed in between, nobody would look at what is complete. */
    atomic_fetch_add_explicit(&segment->edition, 1, memory_order_release);
    atomic_store_explicit(&segment->sequence, sequence + 1u, memory_order_release);
}

/*
 * What of a snapshot can be published; NULL: it does not fit. Without the tokens that somebody has
 * ended nothing gets in that should not: no token can be ended otherwise when the memory is full.
 */
static const char *text_of(const segment_t *segment, const json_t *snapshot, apr_size_t *length,
                           apr_pool_t *p)
{
    const char *text = scim_sync_json_text(snapshot, length, p);
    json_t *shorter;
    json_t *idp;
    apr_size_t i;

    if (*length > capacity(segment)) {
        shorter = scim_sync_json_own(json_deep_copy(snapshot), p);
        json_array_foreach(json_object_get(shorter, "idps"), i, idp)
        {
            json_object_del(idp, "ended");
        }
        text = scim_sync_json_text(shorter, length, p);
    }
    return *length > capacity(segment) ? NULL : text;
}

int scim_sync_shared_fits(const scim_sync_shared_t *shared, const json_t *snapshot, apr_pool_t *p)
{
    apr_size_t length;

    return text_of(shared->segment, snapshot, &length, p) != NULL;
}

apr_status_t scim_sync_shared_publish(scim_sync_shared_t *shared, const json_t *snapshot,
                                      apr_pool_t *p)
{
    apr_int64_t generation = scim_sync_json_int(snapshot, "generation", 0);
    const char *instance = scim_sync_json_str(snapshot, "instance");
    segment_t *segment = shared->segment;
    apr_size_t length;
    const char *text = text_of(segment, snapshot, &length, p);
    apr_status_t rv;

    if (!text) {
        return APR_ENOSPC;
    }
    if ((rv = apr_global_mutex_lock(shared->writers)) != APR_SUCCESS) {
        return rv;
    }
    /* Of two children that read at different times, the later reading wins, whoever is faster. */
    if (!scim_sync_shared_is_current(shared, instance, generation)) {
        take_slots(segment, snapshot);
        atomic_store_explicit(&segment->generation, generation, memory_order_relaxed);
        atomic_store_explicit(&segment->instance, instance_of(instance), memory_order_relaxed);
        write_data(segment, text, length);
    }
    return apr_global_mutex_unlock(shared->writers);
}

/* ---- the view ---- */

/* Copy the data out; 0 when a writer was at it. */
static int read_data(segment_t *segment, char **text, apr_size_t *length, apr_pool_t *p)
{
    uint32_t before = atomic_load_explicit(&segment->sequence, memory_order_acquire);
    uint32_t bytes = atomic_load_explicit(&segment->length, memory_order_relaxed);
    apr_size_t i;

    if ((before & 1u) || bytes > capacity(segment)) {
        return 0;
    }
    *text = apr_palloc(p, bytes + sizeof(uint64_t));
    for (i = 0; i * sizeof(uint64_t) < bytes; i++) {
        uint64_t word = atomic_load_explicit(&segment->data[i], memory_order_relaxed);

        memcpy(*text + i * sizeof(word), &word, sizeof(word));
    }
    *length = bytes;
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&segment->sequence, memory_order_relaxed) == before;
}

static json_t *read_snapshot(scim_sync_shared_t *shared, apr_pool_t *p)
{
    apr_size_t length = 0;
    char *text = NULL;
    int tries = 0;

    while (!read_data(shared->segment, &text, &length, p)) {
        /* Bounded: against a busy (or dead) writer its own lock is the way in. */
        if (++tries == 8) {
            if (apr_global_mutex_lock(shared->writers) != APR_SUCCESS) {
                return NULL;
            }
            tries = read_data(shared->segment, &text, &length, p);
            apr_global_mutex_unlock(shared->writers);
            if (!tries) {
                return NULL;
            }
            break;
        }
    }
    return scim_sync_json_own(json_loadb(text, length, 0, NULL), p);
}

static void add_token(held_view_t *held, segment_t *segment, const json_t *j,
                      const scim_sync_view_idp_t *idp)
{
    scim_sync_view_token_t *token = apr_pcalloc(held->pool, sizeof(*token));

    token->id = apr_pstrdup(held->pool, scim_sync_json_str(j, "id"));
    token->hash = apr_pstrdup(held->pool, scim_sync_json_str(j, "hash"));
    token->expires = scim_sync_json_int(j, "expires", 0);
    token->who = apr_pstrdup(held->pool, scim_sync_json_str(j, "who"));
    token->idp = idp;
    token->slot = slot_find(segment, token->id, 0);
    apr_hash_set(held->view.tokens, token->hash, APR_HASH_KEY_STRING, token);
}

static void add_ended(held_view_t *held, const json_t *j, const scim_sync_view_idp_t *idp)
{
    scim_sync_view_token_t *token = apr_pcalloc(held->pool, sizeof(*token));

    token->id = apr_pstrdup(held->pool, scim_sync_json_str(j, "id"));
    token->hash = apr_pstrdup(held->pool, scim_sync_json_str(j, "hash"));
    token->ended = scim_sync_json_int(j, "ended", 0);
    token->how = apr_pstrdup(held->pool, scim_sync_json_str(j, "how"));
    token->who = apr_pstrdup(held->pool, scim_sync_json_str(j, "who"));
    token->idp = idp;
    token->slot = -1;
    apr_hash_set(held->view.tokens, token->hash, APR_HASH_KEY_STRING, token);
}

/* Who set it has seen that these are networks; what is none lets nobody in. */
static apr_array_header_t *read_networks(const json_t *list, apr_pool_t *p)
{
    apr_array_header_t *networks;
    apr_ipsubnet_t *network;
    json_t *text;
    apr_size_t i;

    if (!json_is_array(list)) {
        return NULL;
    }
    networks = apr_array_make(p, (int)json_array_size(list), sizeof(apr_ipsubnet_t *));
    json_array_foreach(list, i, text)
    {
        char *address = apr_pstrdup(p, json_string_value(text));
        char *bits = address ? strchr(address, '/') : NULL;

        if (bits) {
            *bits++ = '\0';
        }
        if (address && apr_ipsubnet_create(&network, address, bits, p) == APR_SUCCESS) {
            APR_ARRAY_PUSH(networks, apr_ipsubnet_t *) = network;
        }
    }
    return networks;
}

static void add_idp(held_view_t *held, segment_t *segment, const json_t *j)
{
    scim_sync_view_idp_t *idp = apr_pcalloc(held->pool, sizeof(*idp));
    json_t *token;
    apr_size_t i;

    idp->name = apr_pstrdup(held->pool, scim_sync_json_str(j, "name"));
    idp->provider = apr_pstrdup(held->pool, scim_sync_json_str(j, "provider"));
    idp->mode = apr_pstrdup(held->pool, scim_sync_json_str(j, "mode"));
    idp->state = apr_pstrdup(held->pool, scim_sync_json_str(j, "state"));
    idp->made = scim_sync_json_int(j, "made", 0);
    idp->per_minute = scim_sync_json_int(j, "perMinute", 0);
    idp->allow_from = read_networks(json_object_get(j, "allowFrom"), held->pool);
    apr_hash_set(held->view.idps, idp->name, APR_HASH_KEY_STRING, idp);
    json_array_foreach(json_object_get(j, "ended"), i, token)
    {
        add_ended(held, token, idp);
    }
    json_array_foreach(json_object_get(j, "tokens"), i, token)
    {
        add_token(held, segment, token, idp);
    }
}

/* Parse what is published now. Its pool is a child of none: it ends with its last holder. */
static held_view_t *parse(scim_sync_shared_t *shared, apr_int64_t edition)
{
    apr_pool_t *pool;
    held_view_t *held;
    json_t *snapshot;
    json_t *idp;
    apr_size_t i;

    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        return NULL;
    }
    if (!(snapshot = read_snapshot(shared, pool))) {
        apr_pool_destroy(pool);
        return NULL;
    }
    held = apr_pcalloc(pool, sizeof(*held));
    held->pool = pool;
    held->shared = shared;
    held->edition = edition;
    held->view.idps = apr_hash_make(pool);
    held->view.tokens = apr_hash_make(pool);
    json_array_foreach(json_object_get(snapshot, "idps"), i, idp)
    {
        add_idp(held, shared->segment, idp);
    }
    return held;
}

static apr_status_t release(void *data)
{
    held_view_t *held = data;
    scim_sync_shared_t *shared = held->shared;

    apr_thread_mutex_lock(shared->mutex);
    let_go(held);
    apr_thread_mutex_unlock(shared->mutex);
    return APR_SUCCESS;
}

const scim_sync_view_t *scim_sync_shared_view(scim_sync_shared_t *shared, apr_pool_t *p)
{
    apr_int64_t edition = scim_sync_shared_edition(shared);
    held_view_t *held;

    if (!edition) {
        return NULL;
    }
    apr_thread_mutex_lock(shared->mutex);
    if (!shared->current || shared->current->edition < edition) {
        if ((held = parse(shared, edition))) {
            drop_current(shared);
            held->holders = 1;
            shared->current = held;
        }
    }
    if ((held = shared->current)) {
        held->holders++;
        apr_pool_cleanup_register(p, held, release, apr_pool_cleanup_null);
    }
    apr_thread_mutex_unlock(shared->mutex);
    return held ? &held->view : NULL;
}

/* ---- gauges and counters ---- */

void scim_sync_shared_count(scim_sync_shared_t *shared, scim_sync_counter_t counter)
{
    atomic_fetch_add_explicit(&shared->segment->counters[counter], 1, memory_order_relaxed);
}

apr_uint64_t scim_sync_shared_counter(const scim_sync_shared_t *shared, scim_sync_counter_t counter)
{
    return atomic_load_explicit(&shared->segment->counters[counter], memory_order_relaxed);
}

void scim_sync_shared_took(scim_sync_shared_t *shared, apr_uint64_t took)
{
    segment_t *segment = shared->segment;
    uint64_t longest = atomic_load_explicit(&segment->longest, memory_order_relaxed);

    atomic_fetch_add_explicit(&segment->counters[SCIM_SYNC_COUNT_BUSY], took, memory_order_relaxed);
    while (took > longest &&
           !atomic_compare_exchange_weak_explicit(&segment->longest, &longest, took,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
}

void scim_sync_shared_news(const scim_sync_shared_t *shared, scim_sync_shared_news_t *news)
{
    segment_t *segment = shared->segment;
    int i;

    for (i = 0; i < SCIM_SYNC_COUNTERS; i++) {
        news->counts[i] = atomic_load_explicit(&segment->counters[i], memory_order_relaxed) -
                          atomic_load_explicit(&segment->noted[i], memory_order_relaxed);
    }
    news->longest = atomic_load_explicit(&segment->longest, memory_order_relaxed);
}

void scim_sync_shared_note(scim_sync_shared_t *shared, const scim_sync_shared_news_t *news)
{
    segment_t *segment = shared->segment;
    uint64_t longest = news->longest;
    int i;

    for (i = 0; i < SCIM_SYNC_COUNTERS; i++) {
        atomic_fetch_add_explicit(&segment->noted[i], news->counts[i], memory_order_relaxed);
    }
    /* One that took longer, meanwhile, is the next time's. */
    atomic_compare_exchange_strong_explicit(&segment->longest, &longest, 0, memory_order_relaxed,
                                            memory_order_relaxed);
}

void scim_sync_shared_set_provisioner(scim_sync_shared_t *shared, apr_int64_t pid)
{
    atomic_store_explicit(&shared->segment->provisioner, pid, memory_order_relaxed);
}

apr_int64_t scim_sync_shared_provisioner(const scim_sync_shared_t *shared)
{
    return atomic_load_explicit(&shared->segment->provisioner, memory_order_relaxed);
}

void scim_sync_shared_set_next_try(scim_sync_shared_t *shared, apr_int64_t ms)
{
    atomic_store_explicit(&shared->segment->next_try, ms, memory_order_relaxed);
}

apr_int64_t scim_sync_shared_next_try(const scim_sync_shared_t *shared)
{
    return atomic_load_explicit(&shared->segment->next_try, memory_order_relaxed);
}

void scim_sync_shared_set_warned(scim_sync_shared_t *shared, apr_int64_t ms)
{
    atomic_store_explicit(&shared->segment->warned, ms, memory_order_relaxed);
}

apr_int64_t scim_sync_shared_warned(const scim_sync_shared_t *shared)
{
    return atomic_load_explicit(&shared->segment->warned, memory_order_relaxed);
}
