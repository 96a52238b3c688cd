/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attribute names: URN, attribute, sub-attribute.
 */
#include "scim/path.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>

/* Longer than any URN with attribute and sub-attribute that anybody uses. */
#define NAME_MAX_BYTES 1024

/* As much of a wrong name as a message quotes. */
#define QUOTED(len) ((int)((len) < 80 ? (len) : 80))

static const scim_sync_error_t *unknown(scim_sync_type_t type, const char *text, apr_size_t len,
                                        apr_pool_t *p)
{
    return scim_sync_error(p, 400, SCIM_SYNC_INVALID_PATH, "A %s has no attribute \"%.*s\".",
                           scim_sync_type_name(type), QUOTED(len), text);
}

static int is_name_char(char c)
{
    return apr_isalnum(c) || strchr("._-$:/#+%~", c) != NULL || (unsigned char)c > 0x7f;
}

static int is_well_formed(const char *text, apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < len; i++) {
        if (text[i] == '\0' || !is_name_char(text[i])) {
            return 0;
        }
    }
    return len > 0 && len <= NAME_MAX_BYTES;
}

/* manager.managerId is what SCIM 1.1 calls manager.value. */
static const scim_sync_attr_t *find_sub(const scim_sync_attr_t *def, const char *name)
{
    const scim_sync_attr_t *sub = scim_sync_attr_find(def->subs, name);

    if (sub == NULL && strcmp(def->name, "manager") == 0 &&
        apr_cstr_casecmp(name, "managerId") == 0) {
        sub = scim_sync_attr_find(def->subs, "value");
    }
    return sub;
}

/* "attr" or "attr.sub" of a schema that we know. */
static const scim_sync_error_t *resolve_known(scim_sync_name_t *out, scim_sync_type_t type,
                                              const scim_sync_attr_t *attrs, const char *text,
                                              apr_size_t len, apr_pool_t *p)
{
    const char *dot = memchr(text, '.', len);
    const char *attr = apr_pstrndup(p, text, dot != NULL ? (apr_size_t)(dot - text) : len);

    out->def = scim_sync_attr_find(attrs, attr);
    if (out->def == NULL && out->urn == NULL) {
        out->def = scim_sync_attr_find(scim_sync_attr_common(), attr);
    }
    if (out->def == NULL) {
        return unknown(type, text, len, p);
    }
    out->attr = out->def->name;
    if (dot != NULL) {
        out->sub_def = find_sub(out->def, apr_pstrmemdup(p, dot + 1, text + len - dot - 1));
        if (out->sub_def == NULL) {
            return unknown(type, text, len, p);
        }
        out->sub = out->sub_def->name;
    }
    return NULL;
}

static int is_word(const char *text, apr_size_t len, const char *word)
{
    return len == strlen(word) && apr_cstr_casecmpn(text, word, len) == 0;
}

/* "urn:nid:nss" (RFC 8141) or "http://...": what else has a colon is a slip of the pen. */
static int is_uri(const char *text, apr_size_t len)
{
    const char *colon;

    if (len > 4 && apr_cstr_casecmpn(text, "urn:", 4) == 0) {
        colon = memchr(text + 4, ':', len - 4);
        return colon != NULL && colon > text + 4 && colon + 1 < text + len;
    }
    return len > 7 && apr_cstr_casecmpn(text, "http", 4) == 0 && memchr(text + 4, '/', len - 4);
}

/* "attr" or "attr.sub" of a schema that we don't know. */
static void split_foreign(scim_sync_name_t *out, const char *text, const char *end, apr_pool_t *p)
{
    const char *dot = memchr(text, '.', end - text);

    out->attr = apr_pstrmemdup(p, text, (dot != NULL ? dot : end) - text);
    if (dot != NULL && dot + 1 < end) {
        out->sub = apr_pstrmemdup(p, dot + 1, end - dot - 1);
    }
}

static int is_type(const char *text, const char *end)
{
    return is_word(text, end - text, "User") || is_word(text, end - text, "Group");
}

/* What stands behind the last colon before end. */
static const char *last_part(const char *text, const char *end)
{
    const char *part = end;

    while (part > text && part[-1] != ':') {
        part--;
    }
    return part;
}

/*
 * A URN that we don't know, perhaps with an attribute behind it. Nothing marks the end of the URN
 * (RFC 7644 figure 1 joins both with a colon), so the habits of those who make URNs decide:
 * "...:User", "...:2.0" and "http://.../Group" are whole, and what follows "...:User:" is an
 * attribute whatever it looks like.
 */
static void resolve_foreign(scim_sync_name_t *out, const char *text, apr_size_t len, apr_pool_t *p)
{
    const char *end = text + len;
    const char *tail = last_part(text, end);
    const char *dot = memchr(tail, '.', end - tail);
    const char *stop = dot != NULL ? dot : end;
    int is_behind_type = stop > tail && is_type(last_part(text, tail - 1), tail - 1);

    if (!is_behind_type && is_type(tail, stop)) {
        out->urn = apr_pstrmemdup(p, text, stop - text);
        if (dot != NULL && dot + 1 < end) {
            split_foreign(out, dot + 1, end, p);
        }
    }
    else if (stop == tail || !is_uri(text, tail - 1 - text) ||
             (!is_behind_type && (memchr(tail, '/', end - tail) != NULL || apr_isdigit(*tail)))) {
        out->urn = apr_pstrmemdup(p, text, len);
    }
    else {
        out->urn = apr_pstrmemdup(p, text, tail - 1 - text);
        split_foreign(out, tail, end, p);
    }
}

const scim_sync_error_t *scim_sync_name_resolve(scim_sync_name_t *out, scim_sync_type_t type,
                                                const char *text, apr_size_t len, apr_pool_t *p)
{
    const scim_sync_schema_t *core = scim_sync_schema_of(type);
    const scim_sync_schema_t *schema;
    apr_size_t used;

    memset(out, 0, sizeof(*out));
    while (len > 0 && apr_isspace(text[0])) {
        text++;
        len--;
    }
    while (len > 0 && apr_isspace(text[len - 1])) {
        len--;
    }
    if (!is_well_formed(text, len)) {
        return scim_sync_error(p, 400, SCIM_SYNC_INVALID_PATH,
                               "\"%.*s\" is not the name of an attribute.", QUOTED(len), text);
    }
    if (memchr(text, ':', len) == NULL) {
        return resolve_known(out, type, core->attrs, text, len, p);
    }
    schema = scim_sync_schema_prefix(type, text, len, &used);
    if (schema == NULL || (schema != core && !scim_sync_schema_extends(schema, type))) {
        if (schema == scim_sync_schema_of(SCIM_SYNC_USER) ||
            schema == scim_sync_schema_of(SCIM_SYNC_GROUP)) {
            return unknown(type, text, len, p);
        }
        resolve_foreign(out, text, len, p);
        if (!is_uri(out->urn, strlen(out->urn)) || (out->attr != NULL && *out->attr == '\0')) {
            return unknown(type, text, len, p);
        }
        return NULL;
    }
    out->urn = schema != core ? schema->urn : NULL;
    if (used == len) {
        return NULL;
    }
    return resolve_known(out, type, schema->attrs, text + used + 1, len - used - 1, p);
}

const char *scim_sync_name_text(const scim_sync_name_t *name, apr_pool_t *p)
{
    return apr_pstrcat(p, name->urn != NULL ? name->urn : "",
                       name->urn != NULL && name->attr != NULL ? ":" : "",
                       name->attr != NULL ? name->attr : "", name->sub != NULL ? "." : "",
                       name->sub != NULL ? name->sub : "", NULL);
}
