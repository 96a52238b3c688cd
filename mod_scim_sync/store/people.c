/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A question is answered by walks, one for each IdP and each key that may match, which are put
 * together here (as events are: store/event_search.c). Who is looked for by a state of which there
 * are few is found by the tasks.
 */
#include "store/people_private.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "store/link.h"
#include "store/task.h"

/* So many are looked at for one page. */
#define LOOK_MOST 2000
/* The fewest that are read at a time where most are left out, after the first time. */
#define LOOK_AT_ONCE 200
/* Of a state in which there are no more subjects than these all are read; of one in which there are
 * so many tasks of an IdP none. */
#define FEW  500
#define MANY 1001

/* The most urgent one first. */
static const char *const states[] = { SCIM_SYNC_TASK_FAILED,    SCIM_SYNC_TASK_HELD,
                                      SCIM_SYNC_TASK_DISCARDED, SCIM_SYNC_TASK_WAITING,
                                      SCIM_SYNC_TASK_PLANNED,   SCIM_SYNC_PEOPLE_OK };

#define STATES ((int)(sizeof(states) / sizeof(states[0])))

typedef struct {
    scim_sync_people_way_t way;
    const char *idp;
} walk_t;

/* One that a walk has found. */
typedef struct {
    scim_sync_people_entry_t entry;
    const char *keys[3]; /* under which it may be found, NULL: there is none */
    const char *doc;     /* as told, or NULL */
} candidate_t;

typedef struct {
    scim_sync_db_t *db;
    const scim_sync_people_query_t *query;
    apr_array_header_t *idps;  /* const char *: those that there are, */
    apr_array_header_t *gone;  /* those that have deleted somebody, or are deleted */
    apr_array_header_t *sites; /* const char * */
    scim_sync_people_page_t *page;
    apr_pool_t *p;
} search_t;

static int rank_of(const char *state)
{
    int i = 0;

    while (i < STATES && strcmp(states[i], state)) {
        i++;
    }
    return i;
}

int scim_sync_people_is_state(const char *state)
{
    return rank_of(state) < STATES;
}

static int begins(const char *key, const char *prefix)
{
    return key && !strncmp(key, prefix, strlen(prefix));
}

/* ---- who there is to ask about ---- */

static apr_status_t load_names(search_t *s, apr_array_header_t **names, const char *sql)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_db_select(s->db, &rows, sql, DB_NO_ARGS, s->p);

    if (rv == APR_SUCCESS) {
        *names = scim_sync_db_texts(rows, 0, s->p);
    }
    return rv;
}

static apr_status_t begin(search_t *s)
{
    apr_status_t rv = load_names(s, &s->sites, "SELECT name FROM site");

    s->gone = apr_array_make(s->p, 2, sizeof(const char *));
    s->idps = apr_array_make(s->p, 2, sizeof(const char *));
    if (s->query->idp) {
        APR_ARRAY_PUSH(s->idps, const char *) = s->query->idp;
        APR_ARRAY_PUSH(s->gone, const char *) = s->query->idp;
        return rv;
    }
    if (rv == APR_SUCCESS &&
        (rv = load_names(s, &s->idps, "SELECT name FROM idp")) == APR_SUCCESS) {
        rv = scim_sync_people_gone(s->db, s->gone, s->query->type, s->p);
    }
    return rv;
}

/* ---- one of them ---- */

static const char *display_of(const char *doc, apr_pool_t *p)
{
    json_t *j = doc ? scim_sync_json_own(json_loads(doc, 0, NULL), p) : NULL;

    return j ? scim_sync_json_str(j, "displayName") : NULL;
}

static candidate_t *from_row(const search_t *s, const scim_sync_rows_t *rows, int i)
{
    candidate_t *c = apr_pcalloc(s->p, sizeof(*c));
    scim_sync_people_entry_t *e = &c->entry;
    int is_user = s->query->type == SCIM_SYNC_USER;

    e->id = scim_sync_db_text(rows, i, 0);
    e->idp = scim_sync_db_text(rows, i, 1);
    e->name = scim_sync_db_text(rows, i, 2);
    e->email = scim_sync_db_text(rows, i, 3);
    e->active = (int)scim_sync_db_number(rows, i, 4);
    c->doc = scim_sync_db_text(rows, i, 5);
    e->gone = c->doc == NULL;
    e->state = SCIM_SYNC_PEOPLE_OK;
    e->key = scim_sync_db_text(rows, i, 8);
    c->keys[0] = e->gone ? e->key : scim_sync_db_text(rows, i, 6);
    c->keys[1] = is_user ? e->email : NULL;
    c->keys[2] = is_user ? scim_sync_db_text(rows, i, 7) : NULL;
    return c;
}

/* The first key by which it matches, or NULL: there it stands in the list, and nowhere else. */
static const char *first_key(const search_t *s, const candidate_t *c)
{
    const char *first = begins(c->keys[0], s->query->prefix) ? c->keys[0] : NULL;
    int i;

    /* Without a prefix the list is by name alone. */
    for (i = 1; *s->query->prefix && i < 3; i++) {
        if (begins(c->keys[i], s->query->prefix) && (!first || strcmp(c->keys[i], first) < 0)) {
            first = c->keys[i];
        }
    }
    return first;
}

static int in_order(const void *a, const void *b)
{
    const scim_sync_people_entry_t *left = &(*(const candidate_t *const *)a)->entry;
    const scim_sync_people_entry_t *right = &(*(const candidate_t *const *)b)->entry;
    int order = strcmp(left->key, right->key);

    return order ? order : strcmp(left->id, right->id);
}

static void sort(apr_array_header_t *found)
{
    qsort(found->elts, (size_t)found->nelts, sizeof(candidate_t *), in_order);
}

/* Leaves each where it stands first, and once; of who is gone there is a task for each site. */
static void thin_out(const search_t *s, apr_array_header_t *found)
{
    candidate_t **all = (candidate_t **)found->elts;
    int kept = 0;
    int i;

    for (i = 0; i < found->nelts; i++) {
        const char *first = first_key(s, all[i]);

        if (first && !strcmp(first, all[i]->entry.key) &&
            (kept == 0 || in_order(&all[kept - 1], &all[i]))) {
            all[kept++] = all[i];
        }
    }
    found->nelts = kept;
}

/* ---- what is the matter ---- */

/* The state of a task as it concerns people: of what is held or discarded a part may wait. */
static const char *state_of(const scim_sync_rows_t *rows, int i)
{
    const char *state = scim_sync_db_text(rows, i, 3);

    if (strcmp(state, SCIM_SYNC_TASK_WAITING)) {
        return state;
    }
    return scim_sync_db_text(rows, i, 4)   ? SCIM_SYNC_TASK_HELD
           : scim_sync_db_text(rows, i, 5) ? SCIM_SYNC_TASK_DISCARDED
                                           : state;
}

/* Of the tasks at several sites the most urgent one says it. */
static void take_task(scim_sync_people_entry_t *e, const scim_sync_rows_t *rows, int i)
{
    const char *state = state_of(rows, i);

    if (rank_of(state) < rank_of(e->state)) {
        e->state = state;
        e->task = scim_sync_db_number(rows, i, 1);
        e->site = scim_sync_db_text(rows, i, 2);
        e->detail = scim_sync_db_text(rows, i, 6);
    }
}

/* Somebody of whom there is a task and no more, or the default groups of an IdP. */
static candidate_t *from_task(const search_t *s, const scim_sync_rows_t *rows, int i)
{
    candidate_t *c = apr_pcalloc(s->p, sizeof(*c));
    scim_sync_people_entry_t *e = &c->entry;
    const char *of = scim_sync_link_idp(scim_sync_db_text(rows, i, 0));

    e->id = scim_sync_db_text(rows, i, 0);
    e->idp = scim_sync_db_text(rows, i, 9);
    e->name =
        of ? apr_pstrcat(s->p, "default groups of ", of, NULL) : scim_sync_db_text(rows, i, 7);
    e->name = e->name ? e->name : e->id;
    e->active = of != NULL;
    e->gone = of == NULL;
    e->state = SCIM_SYNC_PEOPLE_OK;
    c->keys[0] = scim_sync_db_text(rows, i, 8);
    c->keys[0] = c->keys[0] ? c->keys[0] : scim_sync_fold(e->name, s->p);
    return c->keys[0] ? c : NULL;
}

/*
 * Look at the tasks of these, at all sites.
 * known   id -> candidate_t; who is not among them is added
 */
static apr_status_t add_tasks(search_t *s, apr_hash_t *known, const char *const *ids, int n)
{
    scim_sync_rows_t *rows;
    candidate_t *c;
    apr_status_t rv = APR_SUCCESS;
    int site;
    int i;

    for (site = 0; rv == APR_SUCCESS && site < s->sites->nelts; site++) {
        rv =
            scim_sync_sql_select(s->db, &rows,
                                 scim_sync_people_tasks(s->query->type,
                                                        APR_ARRAY_IDX(s->sites, site, const char *),
                                                        ids, n, s->p),
                                 s->p);
        for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
            const char *id = scim_sync_db_text(rows, i, 0);

            c = apr_hash_get(known, id, APR_HASH_KEY_STRING);
            if (!c && (c = from_task(s, rows, i))) {
                apr_hash_set(known, id, APR_HASH_KEY_STRING, c);
            }
            if (c) {
                take_task(&c->entry, rows, i);
            }
        }
    }
    return rv;
}

static apr_status_t add_all_tasks(search_t *s, const apr_array_header_t *found)
{
    const char *ids[SCIM_SYNC_PEOPLE_IDS];
    apr_hash_t *known = apr_hash_make(s->p);
    apr_status_t rv = APR_SUCCESS;
    int n = 0;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < found->nelts; i++) {
        candidate_t *c = APR_ARRAY_IDX(found, i, candidate_t *);

        apr_hash_set(known, c->entry.id, APR_HASH_KEY_STRING, c);
        ids[n++] = c->entry.id;
        if (n == SCIM_SYNC_PEOPLE_IDS || i == found->nelts - 1) {
            rv = add_tasks(s, known, ids, n);
            n = 0;
        }
    }
    return rv;
}

/* ---- the page ---- */

static int is_wanted(const search_t *s, const candidate_t *c)
{
    return !s->query->state || !strcmp(s->query->state, c->entry.state);
}

/*
 * Take what is wanted of these, which are in order, until the page is full; *full: something is
 * left of them then. The page goes on behind the last one.
 */
static void take(search_t *s, const apr_array_header_t *found, int *full)
{
    scim_sync_people_page_t *page = s->page;
    int i;

    *full = 0;
    for (i = 0; i < found->nelts && !*full; i++) {
        candidate_t *c = APR_ARRAY_IDX(found, i, candidate_t *);

        if (!is_wanted(s, c)) {
            continue;
        }
        if (page->entries->nelts == s->query->max) {
            *full = 1;
            return;
        }
        if (s->query->type == SCIM_SYNC_USER) {
            c->entry.display = display_of(c->doc, s->p);
        }
        APR_ARRAY_PUSH(page->entries, scim_sync_people_entry_t *) = &c->entry;
        page->next = (scim_sync_position_t) { .key = c->entry.key, .id = c->entry.id };
    }
}

static void add_walk(apr_array_header_t *walks, scim_sync_people_way_t way, const char *idp)
{
    APR_ARRAY_PUSH(walks, walk_t) = (walk_t) { way, idp };
}

static apr_array_header_t *choose_walks(const search_t *s)
{
    apr_array_header_t *walks = apr_array_make(s->p, 8, sizeof(walk_t));
    int i;

    for (i = 0; i < s->idps->nelts; i++) {
        const char *idp = APR_ARRAY_IDX(s->idps, i, const char *);

        add_walk(walks, SCIM_SYNC_PEOPLE_BY_NAME, idp);
        if (s->query->type == SCIM_SYNC_USER && *s->query->prefix) {
            add_walk(walks, SCIM_SYNC_PEOPLE_BY_EMAIL, idp);
            add_walk(walks, SCIM_SYNC_PEOPLE_BY_DISPLAY, idp);
        }
    }
    for (i = 0; i < s->gone->nelts; i++) {
        add_walk(walks, SCIM_SYNC_PEOPLE_BY_GONE, APR_ARRAY_IDX(s->gone, i, const char *));
    }
    return walks;
}

/* The first `most` behind a place, of all walks; *more: there are others behind them. */
static apr_status_t walk_all(search_t *s, const apr_array_header_t *walks,
                             const scim_sync_position_t *after, int most,
                             apr_array_header_t **found, int *more)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = APR_SUCCESS;
    int i;
    int row;

    *found = apr_array_make(s->p, most, sizeof(candidate_t *));
    for (i = 0; rv == APR_SUCCESS && i < walks->nelts; i++) {
        const walk_t *walk = &APR_ARRAY_IDX(walks, i, walk_t);

        rv = scim_sync_sql_select(
            s->db, &rows, scim_sync_people_walk(walk->way, walk->idp, s->query, after, most, s->p),
            s->p);
        for (row = 0; rv == APR_SUCCESS && row < rows->count; row++) {
            APR_ARRAY_PUSH(*found, candidate_t *) = from_row(s, rows, row);
        }
    }
    sort(*found);
    *more = (*found)->nelts >= most;
    (*found)->nelts = *more ? most : (*found)->nelts;
    return rv;
}

static apr_status_t find_by_walks(search_t *s)
{
    const scim_sync_people_query_t *query = s->query;
    int at_once = query->max + 1;
    apr_array_header_t *walks = choose_walks(s);
    scim_sync_position_t after = query->after;
    apr_array_header_t *found;
    apr_status_t rv;
    int sparse = 0;
    int looked = 0;
    int more;
    int full;

    do {
        if ((rv = walk_all(s, walks, &after, at_once, &found, &more)) != APR_SUCCESS) {
            return rv;
        }
        if (found->nelts > 0) {
            const scim_sync_people_entry_t *last =
                &APR_ARRAY_IDX(found, found->nelts - 1, candidate_t *)->entry;

            after = (scim_sync_position_t) { .key = last->key, .id = last->id };
        }
        looked += found->nelts;
        thin_out(s, found);
        if ((rv = add_all_tasks(s, found)) != APR_SUCCESS) {
            return rv;
        }
        take(s, found, &full);
        /* Few are left out for a second key, most for a state, or behind all that come first. */
        sparse |= s->query->state || found->nelts == 0;
        at_once = sparse && at_once < LOOK_AT_ONCE ? LOOK_AT_ONCE : at_once;
    } while (more && !full && looked < LOOK_MOST);
    if (!full) {
        s->page->next = more ? after : (scim_sync_position_t) { .key = NULL };
    }
    return APR_SUCCESS;
}

/* ---- by the tasks ---- */

static apr_status_t add_subjects(search_t *s, apr_hash_t *subjects, const scim_sync_sql_t *sql)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_sql_select(s->db, &rows, sql, s->p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        apr_hash_set(subjects, scim_sync_db_text(rows, i, 0), APR_HASH_KEY_STRING, s);
    }
    return rv;
}

/* Whether so many of the IdP's tasks are in the state that they need not be looked at. */
static apr_status_t are_many(search_t *s, const char *idp, int *many)
{
    scim_sync_rows_t *rows;
    apr_status_t rv =
        scim_sync_sql_select(s->db, &rows, scim_sync_people_count(idp, s->query->state, MANY, s->p),
                             s->p);

    *many = rv == APR_SUCCESS && scim_sync_db_number(rows, 0, 0) >= MANY;
    return rv;
}

/* The subjects of the IdP's tasks in the state that is asked for; *many: they are too many. */
static apr_status_t add_idp(search_t *s, apr_hash_t *subjects, const char *idp, int *many)
{
    int decided = !strcmp(s->query->state, SCIM_SYNC_TASK_HELD) ||
                  !strcmp(s->query->state, SCIM_SYNC_TASK_DISCARDED);
    apr_status_t rv = are_many(s, idp, many);

    if (rv == APR_SUCCESS && !*many) {
        rv = add_subjects(s, subjects, scim_sync_people_in_state(idp, s->query, FEW + 1, s->p));
    }
    if (rv == APR_SUCCESS && !*many && decided) {
        rv = add_subjects(s, subjects, scim_sync_people_decided(idp, s->query, FEW + 1, s->p));
    }
    *many = *many || apr_hash_count(subjects) > FEW;
    return rv;
}

static apr_status_t find_subjects(search_t *s, apr_hash_t *subjects, int *many)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    *many = 0;
    for (i = 0; rv == APR_SUCCESS && !*many && i < s->idps->nelts; i++) {
        rv = add_idp(s, subjects, APR_ARRAY_IDX(s->idps, i, const char *), many);
    }
    for (i = 0; rv == APR_SUCCESS && !*many && i < s->gone->nelts && !s->query->idp; i++) {
        rv = add_idp(s, subjects, APR_ARRAY_IDX(s->gone, i, const char *), many);
    }
    return rv;
}

static apr_status_t load_some(search_t *s, apr_hash_t *known, const char *const *ids, int n)
{
    scim_sync_rows_t *rows;
    apr_status_t rv =
        scim_sync_sql_select(s->db, &rows, scim_sync_people_by_id(ids, n, s->p), s->p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        candidate_t *c = from_row(s, rows, i);

        apr_hash_set(known, c->entry.id, APR_HASH_KEY_STRING, c);
    }
    return rv == APR_SUCCESS ? add_tasks(s, known, ids, n) : rv;
}

/* Whether it stands behind where the page begins; its key is the one by which it stands there. */
static int is_behind(const search_t *s, candidate_t *c)
{
    const scim_sync_position_t *after = &s->query->after;
    int order;

    if (!(c->entry.key = first_key(s, c))) {
        return 0;
    }
    order = after->key ? strcmp(c->entry.key, after->key) : 1;
    return order ? order > 0 : strcmp(c->entry.id, after->id) > 0;
}

static apr_status_t find_by_subjects(search_t *s, apr_hash_t *subjects)
{
    const char *ids[SCIM_SYNC_PEOPLE_IDS];
    apr_hash_t *known = apr_hash_make(s->p);
    apr_array_header_t *found = apr_array_make(s->p, 16, sizeof(candidate_t *));
    apr_hash_index_t *at;
    apr_status_t rv = APR_SUCCESS;
    void *one;
    int n = 0;
    int full;

    for (at = apr_hash_first(s->p, subjects); rv == APR_SUCCESS && at; at = apr_hash_next(at)) {
        ids[n++] = apr_hash_this_key(at);
        if (n == SCIM_SYNC_PEOPLE_IDS) {
            rv = load_some(s, known, ids, n);
            n = 0;
        }
    }
    if (rv == APR_SUCCESS && n > 0) {
        rv = load_some(s, known, ids, n);
    }
    for (at = apr_hash_first(s->p, known); at; at = apr_hash_next(at)) {
        one = apr_hash_this_val(at);
        if (is_behind(s, one)) {
            APR_ARRAY_PUSH(found, candidate_t *) = one;
        }
    }
    sort(found);
    take(s, found, &full);
    if (!full) {
        s->page->next.key = NULL;
    }
    return rv;
}

static apr_status_t find(search_t *s)
{
    apr_hash_t *subjects = apr_hash_make(s->p);
    apr_status_t rv = begin(s);
    int many;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!s->query->state || !strcmp(s->query->state, SCIM_SYNC_PEOPLE_OK)) {
        return find_by_walks(s);
    }
    if ((rv = find_subjects(s, subjects, &many)) != APR_SUCCESS) {
        return rv;
    }
    return many ? find_by_walks(s) : find_by_subjects(s, subjects);
}

apr_status_t scim_sync_people_find(scim_sync_db_t *db, scim_sync_people_page_t *page,
                                   const scim_sync_people_query_t *query, apr_pool_t *p)
{
    search_t s = { .db = db, .query = query, .page = page, .p = p };
    apr_status_t rv;
    int begun;

    *page =
        (scim_sync_people_page_t) { .entries = apr_array_make(p, query->max,
                                                              sizeof(scim_sync_people_entry_t *)) };
    /* Of tasks in a state there may be few or many: only the values tell which index is the best. */
    if ((rv = scim_sync_db_look(db, !query->state, &begun, p)) == APR_SUCCESS) {
        rv = find(&s);
    }
    return scim_sync_db_looked(db, begun, rv, p);
}

apr_status_t scim_sync_people_load(scim_sync_db_t *db, apr_hash_t *entries, scim_sync_type_t type,
                                   const char *const *ids, int n, apr_pool_t *p)
{
    const scim_sync_people_query_t query = { .type = type };
    search_t s = { .db = db, .query = &query, .p = p };
    apr_hash_t *known = apr_hash_make(p);
    apr_status_t rv = load_names(&s, &s.sites, "SELECT name FROM site");
    apr_hash_index_t *at;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < n; i += SCIM_SYNC_PEOPLE_IDS) {
        rv = load_some(&s, known, ids + i,
                       n - i < SCIM_SYNC_PEOPLE_IDS ? n - i : SCIM_SYNC_PEOPLE_IDS);
    }
    for (at = apr_hash_first(p, known); at; at = apr_hash_next(at)) {
        candidate_t *c = apr_hash_this_val(at);

        c->entry.display = type == SCIM_SYNC_USER ? display_of(c->doc, p) : NULL;
        apr_hash_set(entries, c->entry.id, APR_HASH_KEY_STRING, &c->entry);
    }
    return rv;
}
