/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCRE2 in bounds. Not its just-in-time compiler: hardened systems forbid memory that is written
 * and executed, and names are short.
 */
#include "base/pattern.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Steps from one place of the subject; a sensible pattern needs some hundreds. */
#define STEPS_MAX 20000
/* Places to come back to. */
#define DEPTH_MAX 10000
#define HEAP_KIB  8192
/* Parentheses in parentheses. */
#define NESTING_MAX 50

#define SUBSTITUTE (PCRE2_SUBSTITUTE_EXTENDED | PCRE2_SUBSTITUTE_UNSET_EMPTY)

struct scim_sync_pattern_t {
    const char *text;
    pcre2_code *code;
    pcre2_match_context *limits;
};

static const char *words_of(int error, apr_pool_t *p)
{
    PCRE2_UCHAR words[256];

    pcre2_get_error_message(error, words, sizeof(words));
    return apr_pstrdup(p, (const char *)words);
}

static apr_status_t forget(void *data)
{
    scim_sync_pattern_t *pattern = data;

    pcre2_match_context_free(pattern->limits);
    pcre2_code_free(pattern->code);
    return APR_SUCCESS;
}

/* NULL without memory. */
static pcre2_match_context *make_limits(void)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);

    if (limits) {
        pcre2_set_match_limit(limits, STEPS_MAX);
        pcre2_set_depth_limit(limits, DEPTH_MAX);
        pcre2_set_heap_limit(limits, HEAP_KIB);
    }
    return limits;
}

static pcre2_code *compile(const char *text, int *error, PCRE2_SIZE *offset)
{
    pcre2_compile_context *bounds = pcre2_compile_context_create(NULL);
    pcre2_code *code;

    *error = PCRE2_ERROR_NOMEMORY;
    *offset = 0;
    if (!bounds) {
        return NULL;
    }
    pcre2_set_max_pattern_length(bounds, SCIM_SYNC_PATTERN_MAX);
    pcre2_set_parens_nest_limit(bounds, NESTING_MAX);
    code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                         PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C,
                         error, offset, bounds);
    pcre2_compile_context_free(bounds);
    return code;
}

apr_status_t scim_sync_pattern_compile(const scim_sync_pattern_t **pattern, const char *text,
                                       const char **why, apr_pool_t *p)
{
    scim_sync_pattern_t *made = apr_pcalloc(p, sizeof(*made));
    PCRE2_SIZE offset;
    int error;

    *pattern = NULL;
    made->text = apr_pstrdup(p, text);
    made->code = compile(text, &error, &offset);
    made->limits = made->code ? make_limits() : NULL;
    if (!made->limits) {
        pcre2_code_free(made->code);
        *why = apr_psprintf(p, "%s at offset %" APR_SIZE_T_FMT, words_of(error, p), offset);
        return APR_EINVAL;
    }
    apr_pool_cleanup_register(p, made, forget, apr_pool_cleanup_null);
    *pattern = made;
    return APR_SUCCESS;
}

const char *scim_sync_pattern_text(const scim_sync_pattern_t *pattern)
{
    return pattern->text;
}

/* ---- replacements ---- */

static uint32_t number_of(const pcre2_code *code, uint32_t what)
{
    uint32_t number = 0;

    pcre2_pattern_info(code, what, &number);
    return number;
}

/* The name of a capture group, NULL when it has none. */
static const char *name_of(const pcre2_code *code, uint32_t group)
{
    uint32_t count = number_of(code, PCRE2_INFO_NAMECOUNT);
    uint32_t size = number_of(code, PCRE2_INFO_NAMEENTRYSIZE);
    PCRE2_SPTR entry;
    uint32_t i;

    if (count == 0 || pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &entry)) {
        return NULL;
    }
    for (i = 0; i < count; i++, entry += size) {
        /* pcre2api: the number in two bytes, then the name. */
        if ((uint32_t)(entry[0] << 8 | entry[1]) == group) {
            return (const char *)entry + 2;
        }
    }
    return NULL;
}

/*
 * The groups of a pattern, matching the empty text. Only a substitution that takes place tells
 * whether a replacement is sound, and of the pattern itself it isn't known what it would match.
 */
static const char *empty_groups(const pcre2_code *code, apr_pool_t *p)
{
    uint32_t groups = number_of(code, PCRE2_INFO_CAPTURECOUNT);
    apr_array_header_t *parts = apr_array_make(p, (int)groups + 1, sizeof(const char *));
    uint32_t i;

    for (i = 1; i <= groups; i++) {
        const char *name = name_of(code, i);

        APR_ARRAY_PUSH(parts, const char *) = name ? apr_pstrcat(p, "(?<", name, ">)", NULL) : "()";
    }
    return apr_array_pstrcat(p, parts, '\0');
}

/* Substitute in the empty text: APR_EINVAL when the replacement can't be followed. */
static apr_status_t rehearse(const char *pattern, const char *replacement, const char **why,
                             apr_pool_t *p)
{
    PCRE2_UCHAR result[SCIM_SYNC_RESULT_MAX];
    PCRE2_SIZE length = sizeof(result);
    PCRE2_SIZE offset = 0;
    pcre2_code *code;
    int error;

    code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                         PCRE2_UTF | PCRE2_UCP | PCRE2_DUPNAMES, &error, &offset, NULL);
    if (code) {
        error = pcre2_substitute(code, (PCRE2_SPTR) "", 0, 0, SUBSTITUTE, NULL, NULL,
                                 (PCRE2_SPTR)replacement, PCRE2_ZERO_TERMINATED, result, &length);
        offset = length == PCRE2_UNSET ? strlen(replacement) : length;
        pcre2_code_free(code);
    }
    if (code && error >= 0) {
        return APR_SUCCESS;
    }
    *why = apr_psprintf(p, "%s at offset %" APR_SIZE_T_FMT, words_of(error, p), offset);
    return APR_EINVAL;
}

apr_status_t scim_sync_pattern_check_replacement(const scim_sync_pattern_t *pattern,
                                                 const char *replacement, const char **why,
                                                 apr_pool_t *p)
{
    const char *groups = empty_groups(pattern->code, p);
    apr_status_t rv;

    if (strlen(replacement) > SCIM_SYNC_REPLACEMENT_MAX) {
        *why = apr_psprintf(p, "longer than %d bytes", SCIM_SYNC_REPLACEMENT_MAX);
        return APR_EINVAL;
    }
    /* ${1:+set:unset} takes one way or the other: once with all groups set, once with none. */
    rv = rehearse(groups, replacement, why, p);
    return rv == APR_SUCCESS
               ? rehearse(apr_pstrcat(p, "(?:.", groups, ")?", NULL), replacement, why, p)
               : rv;
}

/* ---- matching ---- */

static int is_too_long(const char *subject, const char **trouble)
{
    if (strlen(subject) <= SCIM_SYNC_SUBJECT_MAX) {
        return 0;
    }
    *trouble = "longer than " APR_STRINGIFY(SCIM_SYNC_SUBJECT_MAX) " bytes";
    return 1;
}

static int is_match(int rc, const char **trouble, apr_pool_t *p)
{
    if (rc < 0 && rc != PCRE2_ERROR_NOMATCH) {
        *trouble = words_of(rc, p);
    }
    return rc > 0;
}

int scim_sync_pattern_matches(const scim_sync_pattern_t *pattern, const char *subject,
                              const char **trouble, apr_pool_t *p)
{
    pcre2_match_data *data;
    int rc;

    if (is_too_long(subject, trouble)) {
        return 0;
    }
    if (!(data = pcre2_match_data_create_from_pattern(pattern->code, NULL))) {
        return is_match(PCRE2_ERROR_NOMEMORY, trouble, p);
    }
    rc = pcre2_match(pattern->code, (PCRE2_SPTR)subject, PCRE2_ZERO_TERMINATED, 0, 0, data,
                     pattern->limits);
    pcre2_match_data_free(data);
    return is_match(rc, trouble, p);
}

static int has_control(const char *text, apr_size_t length)
{
    apr_size_t i;

    for (i = 0; i < length && (unsigned char)text[i] >= ' ' && text[i] != '\x7f'; i++) {
    }
    return i < length;
}

int scim_sync_pattern_replace(const scim_sync_pattern_t *pattern, const char *replacement,
                              const char *subject, const char **result, const char **trouble,
                              apr_pool_t *p)
{
    char text[SCIM_SYNC_RESULT_MAX + 1];
    PCRE2_SIZE length = sizeof(text);
    int rc;

    *result = NULL;
    if (is_too_long(subject, trouble)) {
        return 0;
    }
    rc = pcre2_substitute(pattern->code, (PCRE2_SPTR)subject, PCRE2_ZERO_TERMINATED, 0, SUBSTITUTE,
                          NULL, pattern->limits, (PCRE2_SPTR)replacement, PCRE2_ZERO_TERMINATED,
                          (PCRE2_UCHAR *)text, &length);
    if (rc == PCRE2_ERROR_NOMEMORY) {
        return 1;
    }
    if (is_match(rc, trouble, p) && !has_control(text, length)) {
        *result = apr_pstrmemdup(p, text, length);
    }
    return rc > 0;
}
