/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing a dialect, and replacing the {words} of our SQL by what it says.
 */
#include "store/dialect.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

const scim_sync_dialect_t *scim_sync_dialect_find(const char *driver)
{
    static const scim_sync_dialect_t *const dialects[] = { &scim_sync_dialect_sqlite3,
                                                           &scim_sync_dialect_pgsql };

    for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
        if (strcmp(dialects[i]->driver, driver) == 0) {
            return dialects[i];
        }
    }
    return NULL;
}

/* The text that stands for the word at brace, and the word's length with its braces. */
static const char *replacement(const scim_sync_dialect_t *dialect, const char *brace,
                               apr_size_t *length)
{
    const struct {
        const char *word;
        const char *text;
    } words[] = { { "{now}", dialect->now },
                  { "{serial}", dialect->serial },
                  { "{for_update}", dialect->for_update },
                  { "{for_key}", dialect->for_key },
                  { "{json}", dialect->json },
                  { "{each}", dialect->each },
                  { "{texts}", dialect->texts },
                  { "{pairs}", dialect->pairs },
                  { "{position}", dialect->position },
                  { "{bytes}", dialect->bytes } };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        *length = strlen(words[i].word);
        if (strncmp(brace, words[i].word, *length) == 0) {
            return words[i].text;
        }
    }
    return NULL;
}

const char *scim_sync_dialect_adapt(const scim_sync_dialect_t *dialect, const char *sql,
                                    apr_pool_t *p)
{
    apr_array_header_t *pieces = apr_array_make(p, 8, sizeof(const char *));
    const char *start = sql;
    const char *brace = strchr(sql, '{');

    while (brace != NULL) {
        apr_size_t length;
        const char *text = replacement(dialect, brace, &length);

        if (text != NULL) {
            APR_ARRAY_PUSH(pieces, const char *) = apr_pstrmemdup(p, start, brace - start);
            APR_ARRAY_PUSH(pieces, const char *) = text;
            start = brace + length;
        }
        brace = strchr(text != NULL ? start : brace + 1, '{');
    }
    APR_ARRAY_PUSH(pieces, const char *) = start;
    return apr_array_pstrcat(p, pieces, 0);
}
