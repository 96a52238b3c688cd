/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of the JSON form of rules (sync/rules_*.c) and of a choice (sync/google_choice.c), each
 * read at its place and checked.
 * The first mistake is kept, and what is read after it doesn't matter: so the functions that read
 * go straight on.
 */
#ifndef SCIM_SYNC_SYNC_RULES_VALUE_H
#define SCIM_SYNC_SYNC_RULES_VALUE_H

#include <apr_tables.h>
#include <jansson.h>

#include "base/pattern.h"

/* One reading of rules, or of another JSON form that is checked as they are. */
typedef struct {
    const char *mode; /* of the IdP: SCIM_SYNC_MODE_...; NULL where it does not matter */
    const char *what; /* is said not to be there of an unknown key; NULL: "rule" */
    const char *why;  /* the first mistake with its path, or NULL */
    apr_pool_t *p;    /* of what is read */
} scim_sync_reader_t;

/* A value and where it stands. */
typedef struct {
    scim_sync_reader_t *in;
    const json_t *value; /* NULL: absent, or null */
    const char *path;    /* "" at the top */
} scim_sync_place_t;

/* A key that only rules of the other mode have. */
typedef struct {
    const char *key;     /* NULL ends a list */
    const char *instead; /* what there is instead: goes on after "an IdP of mode customers " */
} scim_sync_foreign_t;

scim_sync_place_t scim_sync_place_below(scim_sync_place_t at, const char *key);
scim_sync_place_t scim_sync_place_element(scim_sync_place_t at, apr_size_t i);

/* A mistake at this place. */
void scim_sync_place_refuse(scim_sync_place_t at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The number of a word in a list that NULL ends; -1 of none. word may be NULL. */
int scim_sync_rules_index(const char *const *words, const char *word);
/* "a, b or c" */
const char *scim_sync_rules_words(const char *const *words, apr_pool_t *p);

/* An object with these keys (ended by NULL) and no others: a spelling mistake must not pass. */
void scim_sync_read_keys(scim_sync_place_t at, const char *const *keys);
/* The same, which says of some keys why they are not among them. */
void scim_sync_read_keys_of_mode(scim_sync_place_t at, const char *const *keys,
                                 const scim_sync_foreign_t *foreign);

/* Stays as it is when there is none. */
void scim_sync_read_flag(scim_sync_place_t at, int *flag);

/* From 0 to most; otherwise when there is none. */
int scim_sync_read_number(scim_sync_place_t at, int most, int otherwise);

/* The number of the word; 0, which is the default, when there is none. */
int scim_sync_read_choice(scim_sync_place_t at, const char *const *words);

/* A text that must be there, may be empty and is bounded in bytes. Never NULL. */
const char *scim_sync_read_text(scim_sync_place_t at, apr_size_t most);

/* The same without control characters: a name as an IdP may have it. */
const char *scim_sync_read_name(scim_sync_place_t at, apr_size_t most);

/* Refuse a text that is empty. */
void scim_sync_read_some(scim_sync_place_t at, const char *text);

/* A pattern, which is one and not empty; NULL once there was a mistake. */
const scim_sync_pattern_t *scim_sync_read_pattern(scim_sync_place_t at);

/* How many elements a list has; 0 of one that is absent, no list, or too long. */
apr_size_t scim_sync_read_size(scim_sync_place_t at, apr_size_t most);

/* Append the texts of a list to set (const char *), none twice and none empty; read reads one. */
void scim_sync_read_set(apr_array_header_t *set, scim_sync_place_t at, apr_size_t most,
                        const char *(*read)(scim_sync_place_t at));

#endif
