/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of events, also of those in whose texts words stand. No index has words: so events are
 * walked along whatever else is asked for, and looked into, so many for one page and no more,
 * whatever there is.
 */
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/event.h"

/* Read at once; and looked into for one page. */
#define BATCH 500
#define LOOKS 5000

typedef struct {
    scim_sync_event_page_t *page;
    scim_sync_event_query_t query; /* of the next batch */
    apr_array_header_t *words;     /* const char *, folded */
    int max;
} walk_t;

static apr_array_header_t *split(const char *words, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(const char *));
    char *rest = apr_pstrdup(p, scim_sync_fold(words, p));
    char *word;
    char *last;

    for (word = apr_strtok(rest, " \t\r\n", &last); word;
         word = apr_strtok(NULL, " \t\r\n", &last)) {
        APR_ARRAY_PUSH(list, const char *) = word;
    }
    return list;
}

static int holds(const scim_sync_event_t *event, const apr_array_header_t *words, apr_pool_t *p)
{
    const char *name = scim_sync_fold(event->name, p);
    const char *detail = scim_sync_fold(event->detail, p);
    int i;

    for (i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);

        if (!(name && strstr(name, word)) && !(detail && strstr(detail, word))) {
            return 0;
        }
    }
    return 1;
}

/* Those of a batch that hold the words; so many as there is room for. *used is how many it took. */
static int take(walk_t *w, const apr_array_header_t *batch, int *used, apr_pool_t *p)
{
    int taken = 0;
    int i;

    for (i = 0; i < batch->nelts && w->page->events->nelts < w->max; i++) {
        scim_sync_event_t *event = APR_ARRAY_IDX(batch, i, scim_sync_event_t *);

        w->query.before = event->id;
        if (holds(event, w->words, p)) {
            APR_ARRAY_PUSH(w->page->events, scim_sync_event_t *) = event;
            taken++;
        }
    }
    *used = i;
    return taken;
}

/* A batch in which nothing is found leaves no memory behind. */
static apr_status_t look(scim_sync_db_t *db, walk_t *w, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    apr_array_header_t *batch;
    apr_pool_t *pool;
    int looked = 0;
    int more = 1;
    int used;

    w->query.max = BATCH;
    while (more && looked < LOOKS && w->page->events->nelts < w->max) {
        apr_pool_create(&pool, p);
        if ((rv = scim_sync_event_search(db, &batch, &w->query, pool)) != APR_SUCCESS) {
            return rv;
        }
        more = batch->nelts == BATCH;
        looked += batch->nelts;
        if (!take(w, batch, &used, pool)) {
            apr_pool_destroy(pool);
        }
        else if (used < batch->nelts) {
            more = 1;
        }
    }
    w->page->next = more ? w->query.before : 0;
    return APR_SUCCESS;
}

/* One more than there is room for says whether there are more. */
static apr_status_t turn(scim_sync_db_t *db, walk_t *w, apr_pool_t *p)
{
    apr_array_header_t *events;
    apr_status_t rv;

    w->query.max = w->max + 1;
    if ((rv = scim_sync_event_search(db, &events, &w->query, p)) == APR_SUCCESS) {
        w->page->next = 0;
        if (events->nelts > w->max) {
            events->nelts = w->max;
            w->page->next = APR_ARRAY_IDX(events, w->max - 1, scim_sync_event_t *)->id;
        }
        w->page->events = events;
    }
    return rv;
}

apr_status_t scim_sync_event_page(scim_sync_db_t *db, scim_sync_event_page_t *page,
                                  const scim_sync_event_query_t *query, const char *words,
                                  apr_pool_t *p)
{
    walk_t w = { .page = page, .query = *query, .max = query->max };

    w.words = words ? split(words, p) : NULL;
    page->events = apr_array_make(p, 16, sizeof(scim_sync_event_t *));
    return w.words && w.words->nelts > 0 ? look(db, &w, p) : turn(db, &w, p);
}
