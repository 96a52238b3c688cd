/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/rules_value.h"

#include <stdarg.h>
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

void scim_sync_place_refuse(scim_sync_place_t at, const char *format, ...)
{
    const char *words;
    va_list args;

    if (at.in->why) {
        return;
    }
    va_start(args, format);
    words = apr_pvsprintf(at.in->p, format, args);
    va_end(args);
    at.in->why = *at.path ? apr_pstrcat(at.in->p, at.path, ": ", words, NULL) : words;
}

scim_sync_place_t scim_sync_place_below(scim_sync_place_t at, const char *key)
{
    const json_t *value = json_object_get(at.value, key);

    return (scim_sync_place_t) { .in = at.in,
                                 .value = json_is_null(value) ? NULL : value,
                                 .path = *at.path ? apr_pstrcat(at.in->p, at.path, ".", key, NULL)
                                                  : key };
}

scim_sync_place_t scim_sync_place_element(scim_sync_place_t at, apr_size_t i)
{
    return (scim_sync_place_t) { .in = at.in,
                                 .value = json_array_get(at.value, i),
                                 .path = apr_psprintf(at.in->p, "%s[%" APR_SIZE_T_FMT "]", at.path,
                                                      i) };
}

int scim_sync_rules_index(const char *const *words, const char *word)
{
    int i;

    for (i = 0; words[i]; i++) {
        if (word && !strcmp(words[i], word)) {
            return i;
        }
    }
    return -1;
}

void scim_sync_read_keys(scim_sync_place_t at, const char *const *keys)
{
    static const scim_sync_foreign_t none[] = { { NULL, NULL } };

    scim_sync_read_keys_of_mode(at, keys, none);
}

static void refuse_key(scim_sync_place_t at, const char *key, const scim_sync_foreign_t *foreign)
{
    scim_sync_place_t place = scim_sync_place_below(at, strlen(key) > 64 ? "..." : key);

    for (; foreign->key; foreign++) {
        if (!strcmp(foreign->key, key)) {
            scim_sync_place_refuse(place, "an IdP of mode %s %s", at.in->mode, foreign->instead);
        }
    }
    scim_sync_place_refuse(place, "there is no such %s", at.in->what ? at.in->what : "rule");
}

void scim_sync_read_keys_of_mode(scim_sync_place_t at, const char *const *keys,
                                 const scim_sync_foreign_t *foreign)
{
    const char *key;
    json_t *value;

    if (at.value && !json_is_object(at.value)) {
        scim_sync_place_refuse(at, "must be an object");
    }
    json_object_foreach((json_t *)at.value, key, value)
    {
        if (scim_sync_rules_index(keys, key) < 0) {
            refuse_key(at, key, foreign);
        }
    }
}

void scim_sync_read_flag(scim_sync_place_t at, int *flag)
{
    if (json_is_boolean(at.value)) {
        *flag = json_is_true(at.value);
    }
    else if (at.value) {
        scim_sync_place_refuse(at, "must be true or false");
    }
}

int scim_sync_read_number(scim_sync_place_t at, int most, int otherwise)
{
    json_int_t number = json_integer_value(at.value);

    if (!at.value) {
        return otherwise;
    }
    if (!json_is_integer(at.value) || number < 0 || number > most) {
        scim_sync_place_refuse(at, "must be a whole number from 0 to %d", most);
    }
    return (int)number;
}

const char *scim_sync_rules_words(const char *const *words, apr_pool_t *p)
{
    const char *list = words[0];
    int i;

    for (i = 1; words[i]; i++) {
        list = apr_pstrcat(p, list, words[i + 1] ? ", " : " or ", words[i], NULL);
    }
    return list;
}

int scim_sync_read_choice(scim_sync_place_t at, const char *const *words)
{
    int number = scim_sync_rules_index(words, json_string_value(at.value));

    if (at.value && number < 0) {
        scim_sync_place_refuse(at, "must be %s", scim_sync_rules_words(words, at.in->p));
    }
    return number < 0 ? 0 : number;
}

const char *scim_sync_read_text(scim_sync_place_t at, apr_size_t most)
{
    if (!at.value) {
        scim_sync_place_refuse(at, "is missing");
    }
    else if (!json_is_string(at.value)) {
        scim_sync_place_refuse(at, "must be a text");
    }
    else if (json_string_length(at.value) > most) {
        scim_sync_place_refuse(at, "must not be longer than %" APR_SIZE_T_FMT " bytes", most);
    }
    return json_is_string(at.value) ? apr_pstrdup(at.in->p, json_string_value(at.value)) : "";
}

const char *scim_sync_read_name(scim_sync_place_t at, apr_size_t most)
{
    const char *name = scim_sync_read_text(at, most);
    const char *c;

    for (c = name; (unsigned char)*c >= ' ' && *c != '\x7f'; c++) {
    }
    if (*c) {
        scim_sync_place_refuse(at, "must not hold control characters");
    }
    return name;
}

void scim_sync_read_some(scim_sync_place_t at, const char *text)
{
    if (!*text) {
        scim_sync_place_refuse(at, "must not be empty");
    }
}

const scim_sync_pattern_t *scim_sync_read_pattern(scim_sync_place_t at)
{
    const char *text = scim_sync_read_text(at, SCIM_SYNC_PATTERN_MAX);
    const scim_sync_pattern_t *pattern = NULL;
    const char *why;

    scim_sync_read_some(at, text);
    if (!at.in->why && scim_sync_pattern_compile(&pattern, text, &why, at.in->p) != APR_SUCCESS) {
        scim_sync_place_refuse(at, "%s", why);
    }
    return pattern;
}

apr_size_t scim_sync_read_size(scim_sync_place_t at, apr_size_t most)
{
    if (at.value && !json_is_array(at.value)) {
        scim_sync_place_refuse(at, "must be a list");
    }
    else if (json_array_size(at.value) > most) {
        scim_sync_place_refuse(at, "must not have more than %" APR_SIZE_T_FMT " elements", most);
    }
    return at.in->why ? 0 : json_array_size(at.value);
}

void scim_sync_read_set(apr_array_header_t *set, scim_sync_place_t at, apr_size_t most,
                        const char *(*read)(scim_sync_place_t at))
{
    apr_size_t size = scim_sync_read_size(at, most);
    apr_hash_t *seen = apr_hash_make(at.in->p);
    apr_size_t i;

    for (i = 0; i < size; i++) {
        const char *text = read(scim_sync_place_element(at, i));

        scim_sync_read_some(scim_sync_place_element(at, i), text);
        if (apr_hash_get(seen, text, APR_HASH_KEY_STRING)) {
            scim_sync_place_refuse(scim_sync_place_element(at, i), "is in the list already");
        }
        apr_hash_set(seen, text, APR_HASH_KEY_STRING, text);
        APR_ARRAY_PUSH(set, const char *) = text;
    }
}
