/* SPDX-License-Identifier: Apache-2.0 */
#include "store/filter_sql.h"

#include <string.h>
#include <strings.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/text.h"

typedef struct {
    scim_sync_condition_t *out;
    scim_sync_type_t type;
    apr_pool_t *p;
} translation_t;

/* How one attribute is asked for: a condition with one placeholder. */
typedef struct {
    scim_sync_type_t type;
    const char *attr;
    const char *sub;
    const char *sql;
    enum { EXACT, FOLDED, FLAG } as;
} searchable_t;

static const searchable_t searchable[] = {
    { SCIM_SYNC_USER, "id", NULL, "r.id = %s", EXACT },
    { SCIM_SYNC_USER, "externalId", NULL, "r.external_id = %s", EXACT },
    { SCIM_SYNC_USER, "userName", NULL, "r.name_key = %s", FOLDED },
    { SCIM_SYNC_USER, "displayName", NULL, "r.display_key = %s", FOLDED },
    { SCIM_SYNC_USER, "active", NULL, "r.active = %lld", FLAG },
    { SCIM_SYNC_USER, "emails", "value",
      "EXISTS (SELECT 1 FROM resource_email e WHERE e.resource = r.id AND e.email = %s)", FOLDED },
    { SCIM_SYNC_GROUP, "id", NULL, "r.id = %s", EXACT },
    { SCIM_SYNC_GROUP, "externalId", NULL, "r.external_id = %s", EXACT },
    { SCIM_SYNC_GROUP, "displayName", NULL, "r.name_key = %s", FOLDED },
};

static const char *add_value(translation_t *t, const searchable_t *s, const scim_sync_filter_t *f)
{
    scim_sync_value_t value;

    if (s->as == FLAG) {
        value = DB_INT(apr_tolower(f->value[0]) == 't');
    }
    else {
        value = DB_TEXT(s->as == FOLDED ? scim_sync_fold(f->value, t->p) : f->value);
    }
    APR_ARRAY_PUSH(t->out->values, scim_sync_value_t) = value;
    return s->sql;
}

static const searchable_t *find(const translation_t *t, const scim_sync_name_t *name)
{
    apr_size_t i;

    for (i = 0; i < sizeof(searchable) / sizeof(*searchable); i++) {
        const searchable_t *s = &searchable[i];

        if (s->type == t->type && !name->urn && name->attr && !strcmp(s->attr, name->attr) &&
            (s->sub ? name->sub && !strcmp(s->sub, name->sub) : !name->sub)) {
            return s;
        }
    }
    return NULL;
}

static const scim_sync_error_t *refuse(const translation_t *t, const scim_sync_filter_t *f)
{
    const char *names = t->type == SCIM_SYNC_USER
                            ? "id, externalId, userName, displayName, emails.value and active"
                            : "id, externalId and displayName";

    return scim_sync_error(t->p, 400, SCIM_SYNC_INVALID_FILTER,
                           "The part of the filter at position %d can't be searched: eq on %s, "
                           "joined by and, can.",
                           f->position, names);
}

static int is_true_false(const char *text)
{
    return !strcasecmp(text, "true") || !strcasecmp(text, "false");
}

static const scim_sync_error_t *compare(const char **sql, translation_t *t,
                                        const scim_sync_filter_t *f)
{
    const searchable_t *s = find(t, &f->name);

    if (!s || f->op != SCIM_SYNC_EQ || f->value_kind == SCIM_SYNC_VALUE_NULL) {
        return refuse(t, f);
    }
    if (s->as == FLAG && !is_true_false(f->value)) {
        return scim_sync_error(t->p, 400, SCIM_SYNC_INVALID_FILTER,
                               "The value at position %d must be true or false.", f->position);
    }
    *sql = add_value(t, s, f);
    return NULL;
}

/* Look through eq joined by and for the address; *value is left alone when there is none. */
static const scim_sync_error_t *find_address(const scim_sync_filter_t **value,
                                             const translation_t *t, const scim_sync_filter_t *f)
{
    const scim_sync_error_t *error;

    if (f->kind == SCIM_SYNC_FILTER_AND) {
        error = find_address(value, t, f->left);
        return error ? error : find_address(value, t, f->right);
    }
    if (f->kind != SCIM_SYNC_FILTER_COMPARE || f->op != SCIM_SYNC_EQ || !f->name.attr ||
        f->value_kind == SCIM_SYNC_VALUE_NULL) {
        return refuse(t, f);
    }
    if (!strcmp(f->name.attr, "value") && !*value) {
        *value = f;
        return NULL;
    }
    return strcmp(f->name.attr, "type") ? refuse(t, f) : NULL;
}

/*
 * emails[type eq "work" and value eq "x"]: IdPs look a person up by the one address that they
 * have; its type is not part of who this is.
 */
static const scim_sync_error_t *values(const char **sql, translation_t *t,
                                       const scim_sync_filter_t *f)
{
    static const scim_sync_name_t address = { .attr = "emails", .sub = "value" };
    const scim_sync_filter_t *value = NULL;
    const scim_sync_error_t *error = find_address(&value, t, f->left);

    if (error) {
        return error;
    }
    if (!value || !f->name.attr || strcmp(f->name.attr, "emails")) {
        return refuse(t, f);
    }
    *sql = add_value(t, find(t, &address), value);
    return NULL;
}

static const scim_sync_error_t *translate(const char **sql, translation_t *t,
                                          const scim_sync_filter_t *f)
{
    const scim_sync_error_t *error;
    const char *left;
    const char *right;

    switch (f->kind) {
    case SCIM_SYNC_FILTER_COMPARE:
        return compare(sql, t, f);
    case SCIM_SYNC_FILTER_VALUES:
        return t->type == SCIM_SYNC_USER ? values(sql, t, f) : refuse(t, f);
    case SCIM_SYNC_FILTER_AND:
        if ((error = translate(&left, t, f->left)) || (error = translate(&right, t, f->right))) {
            return error;
        }
        *sql = apr_psprintf(t->p, "(%s AND %s)", left, right);
        return NULL;
    default:
        return refuse(t, f);
    }
}

const scim_sync_error_t *scim_sync_filter_sql(scim_sync_condition_t **out,
                                              const scim_sync_filter_t *filter,
                                              scim_sync_type_t type, apr_pool_t *p)
{
    translation_t t = { .type = type, .p = p };

    t.out = apr_pcalloc(p, sizeof(*t.out));
    t.out->values = apr_array_make(p, 4, sizeof(scim_sync_value_t));
    *out = t.out;
    return translate(&t.out->sql, &t, filter);
}
