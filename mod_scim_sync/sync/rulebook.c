/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/rulebook.h"

#include <string.h>

#include <apr_strings.h>

#include "base/log.h"
#include "store/config.h"

typedef struct {
    apr_pool_t *pool; /* its own */
    const char *idp;
    apr_int64_t version;
    apr_int64_t created;            /* another IdP of its name begins with the same versions */
    const scim_sync_rules_t *rules; /* or NULL, and why */
    const char *why;
    int dry; /* in dry run */
    int paused;
    int authoritative; /* by its rules some of its groups are */
    int seen;          /* in the opening that goes on */
} chapter_t;

struct scim_sync_rulebook_t {
    apr_pool_t *pool;
    apr_hash_t *chapters; /* name of the IdP -> chapter_t */
    const scim_sync_rules_t *none;
    int dry;    /* so many IdPs are in dry run */
    int paused; /* and so many are paused */
    int authoritative;
};

scim_sync_rulebook_t *scim_sync_rulebook_make(apr_pool_t *p)
{
    scim_sync_rulebook_t *book = apr_pcalloc(p, sizeof(*book));
    const char *why;

    book->pool = p;
    book->chapters = apr_hash_make(p);
    scim_sync_rules_parse(&book->none, "{}", SCIM_SYNC_MODE_USERS, &why, p);
    return book;
}

static void close_chapter(scim_sync_rulebook_t *book, chapter_t *chapter)
{
    apr_hash_set(book->chapters, chapter->idp, APR_HASH_KEY_STRING, NULL);
    apr_pool_destroy(chapter->pool);
}

static int makes_authoritative(const scim_sync_rules_t *rules)
{
    int found = rules->groups.authoritative;
    int i;

    for (i = 0; i < rules->groups.mappings->nelts; i++) {
        found |= APR_ARRAY_IDX(rules->groups.mappings, i, scim_sync_mapping_t).authoritative > 0;
    }
    return found;
}

static chapter_t *write_chapter(scim_sync_rulebook_t *book, const scim_sync_idp_t *idp)
{
    chapter_t *chapter;
    apr_pool_t *p;
    const char *why;

    apr_pool_create(&p, book->pool);
    apr_pool_tag(p, "scim_sync_rules");
    chapter = apr_pcalloc(p, sizeof(*chapter));
    chapter->pool = p;
    chapter->idp = apr_pstrdup(p, idp->name);
    chapter->version = idp->version;
    chapter->created = idp->created;
    if (scim_sync_rules_parse(&chapter->rules, idp->rules, idp->mode, &why, p) != APR_SUCCESS) {
        chapter->rules = NULL;
        chapter->why = apr_psprintf(p,
                                    "the rules of %s can't be read (%s): put them anew, then this "
                                    "goes on by itself",
                                    idp->name, why);
        scim_sync_log(SCIM_LOG_ERR, APR_SUCCESS, SCIM_LOGNO(0153) "%s", chapter->why);
    }
    chapter->authoritative = chapter->rules && makes_authoritative(chapter->rules);
    apr_hash_set(book->chapters, chapter->idp, APR_HASH_KEY_STRING, chapter);
    return chapter;
}

apr_status_t scim_sync_rulebook_open(scim_sync_db_t *db, scim_sync_rulebook_t *book, apr_pool_t *p)
{
    apr_array_header_t *idps;
    apr_status_t rv = scim_sync_idp_list(db, &idps, p);
    apr_hash_index_t *at;
    void *value;
    int i;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    book->dry = book->paused = book->authoritative = 0;
    for (i = 0; i < idps->nelts; i++) {
        const scim_sync_idp_t *idp = APR_ARRAY_IDX(idps, i, scim_sync_idp_t *);
        chapter_t *chapter = apr_hash_get(book->chapters, idp->name, APR_HASH_KEY_STRING);

        if (chapter && (chapter->version != idp->version || chapter->created != idp->created)) {
            close_chapter(book, chapter);
            chapter = NULL;
        }
        chapter = chapter ? chapter : write_chapter(book, idp);
        chapter->seen = 1;
        chapter->dry = !strcmp(idp->state, SCIM_SYNC_IDP_DRY_RUN);
        chapter->paused = !strcmp(idp->state, SCIM_SYNC_IDP_PAUSED);
        book->dry += chapter->dry;
        book->paused += chapter->paused;
        book->authoritative += chapter->authoritative;
    }
    for (at = apr_hash_first(p, book->chapters); at; at = apr_hash_next(at)) {
        chapter_t *chapter;

        apr_hash_this(at, NULL, NULL, &value);
        chapter = value;
        if (!chapter->seen) {
            close_chapter(book, chapter);
        }
        else {
            chapter->seen = 0;
        }
    }
    return APR_SUCCESS;
}

const scim_sync_rules_t *scim_sync_rulebook_of(const scim_sync_rulebook_t *book, const char *idp,
                                               const char **why)
{
    const chapter_t *chapter = apr_hash_get(book->chapters, idp, APR_HASH_KEY_STRING);

    *why = chapter ? chapter->why : NULL;
    return chapter ? chapter->rules : book->none;
}

void scim_sync_rulebook_try(scim_sync_rulebook_t *book, const char *idp,
                            const scim_sync_rules_t *rules)
{
    chapter_t *chapter = apr_hash_get(book->chapters, idp, APR_HASH_KEY_STRING);

    if (chapter) {
        book->authoritative += makes_authoritative(rules) - chapter->authoritative;
        chapter->authoritative = makes_authoritative(rules);
        chapter->rules = rules;
        chapter->version = -1; /* of none that is stored: the next opening writes it anew */
    }
}

const scim_sync_rules_guard_t *scim_sync_rulebook_guard(const scim_sync_rulebook_t *book,
                                                        const char *idp)
{
    const chapter_t *chapter = apr_hash_get(book->chapters, idp, APR_HASH_KEY_STRING);

    if (!chapter) {
        return NULL;
    }
    return chapter->rules ? &chapter->rules->guard : &book->none->guard;
}

apr_int64_t scim_sync_rulebook_made(const scim_sync_rulebook_t *book, const char *idp)
{
    const chapter_t *chapter = apr_hash_get(book->chapters, idp, APR_HASH_KEY_STRING);

    return chapter ? chapter->created : 0;
}

apr_int64_t scim_sync_rulebook_edition(const scim_sync_rulebook_t *book, const char *idp)
{
    const chapter_t *chapter = apr_hash_get(book->chapters, idp, APR_HASH_KEY_STRING);

    return chapter ? chapter->version : 0;
}

int scim_sync_rulebook_is_dry(const scim_sync_rulebook_t *book, const char *idp)
{
    const chapter_t *chapter = apr_hash_get(book->chapters, idp, APR_HASH_KEY_STRING);

    return chapter && chapter->dry;
}

int scim_sync_rulebook_any_dry(const scim_sync_rulebook_t *book)
{
    return book->dry > 0;
}

int scim_sync_rulebook_any_authoritative(const scim_sync_rulebook_t *book)
{
    return book->authoritative > 0;
}

int scim_sync_rulebook_is_still(const scim_sync_rulebook_t *book, const char *idp)
{
    const chapter_t *chapter = apr_hash_get(book->chapters, idp, APR_HASH_KEY_STRING);

    return chapter && (chapter->dry || chapter->paused);
}

int scim_sync_rulebook_any_paused(const scim_sync_rulebook_t *book)
{
    return book->paused > 0;
}
