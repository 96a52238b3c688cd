/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Negations are pushed down to the comparisons, so that nothing but AND and OR stands above them
 * and a comparison with NULL, which is NULL, is as good as false. Only a negated comparison has to
 * care for it.
 */
#include "store/filter_sql.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/field.h"

/* Instants end somewhere, and a range with two ends is what an index is thought to be good for. */
#define TIME_MAX APR_INT64_C(9000000000000000)

typedef struct {
    scim_sync_sql_t *out;
    scim_sync_type_t type;
    const char *base;
    const scim_sync_place_t *within; /* the attribute before the open [, NULL outside */
    int looks;                       /* comparisons so far that no column answers */
    apr_pool_t *p;
} translation_t;

static const scim_sync_error_t *translate(translation_t *t, const scim_sync_filter_t *f,
                                          int negated);

static void put(translation_t *t, const char *text)
{
    scim_sync_sql_puts(t->out, text);
}

static const scim_sync_error_t *refuse(const translation_t *t, const scim_sync_filter_t *f,
                                       const char *why)
{
    return scim_sync_error(t->p, 400, SCIM_SYNC_INVALID_FILTER,
                           "The part of the filter at position %d can't be searched: %s.",
                           f->position, why);
}

/* ---- one comparison with one field ---- */

static const char *operand(const translation_t *t, const scim_sync_filter_t *f,
                           const scim_sync_field_t *field)
{
    if (f->value_kind == SCIM_SYNC_VALUE_NUMBER) {
        return scim_sync_search_number(strtod(f->value, NULL), t->p);
    }
    return field->exact ? f->value : scim_sync_fold(f->value, t->p);
}

static void compare_text(translation_t *t, const scim_sync_filter_t *f, scim_sync_op_t op,
                         const scim_sync_field_t *field)
{
    static const char *const orders[] = { [SCIM_SYNC_GT] = "{bytes} > %s",
                                          [SCIM_SYNC_GE] = "{bytes} >= %s",
                                          [SCIM_SYNC_LT] = "{bytes} < %s",
                                          [SCIM_SYNC_LE] = "{bytes} <= %s" };
    scim_sync_value_t value = DB_TEXT(operand(t, f, field));

    switch (op) {
    case SCIM_SYNC_CO:
    case SCIM_SYNC_SW:
        put(t, "{position}(");
        scim_sync_sql_append(t->out, field->sql);
        scim_sync_sql_put(t->out, op == SCIM_SYNC_CO ? ", %s) > 0" : ", %s) = 1", 1, &value);
        break;
    case SCIM_SYNC_EW:
        /* Of a text that is shorter than the operand this is something shorter, too. */
        put(t, "substr(");
        scim_sync_sql_append(t->out, field->sql);
        put(t, ", length(");
        scim_sync_sql_append(t->out, field->sql);
        scim_sync_sql_put(t->out, ") - length(CAST(%s AS TEXT)) + 1) = %s", DB_ARGS(value, value));
        break;
    default:
        scim_sync_sql_append(t->out, field->sql);
        scim_sync_sql_put(t->out, op == SCIM_SYNC_EQ ? " = %s" : orders[op], 1, &value);
    }
}

static const scim_sync_error_t *compare_time(translation_t *t, const scim_sync_filter_t *f,
                                             scim_sync_op_t op, const scim_sync_field_t *field)
{
    apr_int64_t low = -TIME_MAX;
    apr_int64_t high = TIME_MAX;
    apr_int64_t ms;

    if (op == SCIM_SYNC_CO || op == SCIM_SYNC_SW || op == SCIM_SYNC_EW) {
        return refuse(t, f, "a time is compared with eq, ne, gt, ge, lt or le");
    }
    if (scim_sync_time_parse(&ms, f->value) != APR_SUCCESS) {
        return refuse(t, f, "this attribute is compared with a time");
    }
    if (op == SCIM_SYNC_EQ || op == SCIM_SYNC_GT || op == SCIM_SYNC_GE) {
        low = op == SCIM_SYNC_GT ? ms + 1 : ms;
    }
    if (op == SCIM_SYNC_EQ || op == SCIM_SYNC_LT || op == SCIM_SYNC_LE) {
        high = op == SCIM_SYNC_LT ? ms - 1 : ms;
    }
    scim_sync_sql_append(t->out, field->sql);
    scim_sync_sql_put(t->out, " BETWEEN %lld AND %lld", DB_ARGS(DB_INT(low), DB_INT(high)));
    return NULL;
}

static const scim_sync_error_t *compare_field(translation_t *t, const scim_sync_filter_t *f,
                                              scim_sync_op_t op, const scim_sync_field_t *field)
{
    if (field->kind == SCIM_SYNC_FIELD_TIME) {
        return compare_time(t, f, op, field);
    }
    if (field->kind == SCIM_SYNC_FIELD_FLAG) {
        scim_sync_sql_append(t->out, field->sql);
        scim_sync_sql_put(t->out, " = %lld", DB_ARGS(DB_INT(!strcmp(f->value, "true"))));
        return NULL;
    }
    compare_text(t, f, op, field);
    return NULL;
}

/* A number and a text never match; what kind of value there is, is part of its key. */
static scim_sync_search_kind_t kind_of(const scim_sync_filter_t *f, scim_sync_op_t op)
{
    if (op == SCIM_SYNC_PR) {
        return SCIM_SYNC_SEARCH_OTHER;
    }
    return f->value_kind == SCIM_SYNC_VALUE_NUMBER ? SCIM_SYNC_SEARCH_NUMBER
                                                   : SCIM_SYNC_SEARCH_TEXT;
}

static int is_substring(scim_sync_op_t op)
{
    return op == SCIM_SYNC_CO || op == SCIM_SYNC_SW || op == SCIM_SYNC_EW;
}

static const scim_sync_error_t *leaf(translation_t *t, const scim_sync_filter_t *f,
                                     scim_sync_op_t op, const scim_sync_place_t *place,
                                     const char *sub, const scim_sync_attr_t *def, int negated)
{
    const scim_sync_error_t *error = NULL;
    scim_sync_field_t field;
    int found = scim_sync_field(&field, place, sub, def, kind_of(f, op));

    t->looks += place->of != SCIM_SYNC_PLACE_OWN;
    if (op == SCIM_SYNC_PR && field.always) {
        put(t, negated ? "FALSE" : "TRUE");
        return NULL;
    }
    if (!found) {
        return refuse(t, f, "no such value is kept");
    }
    if (is_substring(op) && f->value_kind == SCIM_SYNC_VALUE_NUMBER) {
        put(t, negated ? "TRUE" : "FALSE");
        return NULL;
    }
    put(t, negated ? "NOT COALESCE(" : "");
    if (op == SCIM_SYNC_PR) {
        scim_sync_sql_append(t->out, field.sql);
        put(t, " <> ''");
    }
    else {
        error = compare_field(t, f, op, &field);
    }
    put(t, negated ? ", FALSE)" : "");
    return error;
}

/* ---- over the elements of an attribute ---- */

/* The users who have an address: an index knows, also of those whose userName is the only one. */
#define WITH_ADDRESS "r.id IN (SELECT a.resource FROM resource_email a WHERE a.email = %s)"

static int is_address(const translation_t *t, const scim_sync_name_t *name)
{
    return t->type == SCIM_SYNC_USER && name->urn == NULL && !strcmp(name->attr, "emails");
}

/*
 * Whether a comparison is with an address that the index knows, sub being "value" or something
 * else.
 */
static int names_address(const scim_sync_filter_t *f, const char *sub, scim_sync_op_t op)
{
    return op == SCIM_SYNC_EQ && f->value_kind == SCIM_SYNC_VALUE_STRING && *f->value != '\0' &&
           !strcmp(sub, "value");
}

/* The address that an element must have, whatever else is asked of it; NULL: any. */
static const char *find_address(const scim_sync_filter_t *f)
{
    const char *found;

    if (f->kind == SCIM_SYNC_FILTER_AND) {
        found = find_address(f->left);
        return found != NULL ? found : find_address(f->right);
    }
    return f->kind == SCIM_SYNC_FILTER_COMPARE && names_address(f, f->name.attr, f->op) ? f->value
                                                                                        : NULL;
}

static void put_address(translation_t *t, const char *value, int negated)
{
    put(t, negated ? "NOT " : "");
    scim_sync_sql_put(t->out, WITH_ADDRESS, DB_ARGS(DB_TEXT(scim_sync_fold(value, t->p))));
}

static void open_exists(translation_t *t, const scim_sync_place_t *place, int negated)
{
    put(t, negated ? "NOT EXISTS (SELECT 1" : "EXISTS (SELECT 1");
    scim_sync_place_rows(t->out, place);
}

/* Whether a complex attribute holds anything at all. */
static void any_value(translation_t *t, const scim_sync_place_t *place, int negated)
{
    open_exists(t, place, negated);
    put(t, place->of == SCIM_SYNC_PLACE_ELEMENTS
               ? "EXISTS (SELECT 1 FROM {pairs}(e.value) s WHERE s.value <> '')"
               : "TRUE");
    put(t, ")");
}

static const scim_sync_error_t *compare_outside(translation_t *t, const scim_sync_filter_t *f,
                                                scim_sync_op_t op, int negated)
{
    const scim_sync_place_t place = scim_sync_place(&f->name, t->type, t->base, t->p);
    const scim_sync_attr_t *def = f->name.sub != NULL ? f->name.sub_def : f->name.def;
    int is_whole = f->name.sub == NULL && (def == NULL || def->kind == SCIM_SYNC_COMPLEX);
    const char *sub = f->name.sub != NULL ? f->name.sub : "value";
    const scim_sync_error_t *error;

    if (place.of == SCIM_SYNC_PLACE_OWN) {
        return leaf(t, f, op, &place, f->name.sub, def, negated);
    }
    if (op == SCIM_SYNC_PR && is_whole) {
        t->looks++;
        any_value(t, &place, negated);
        return NULL;
    }
    if (is_address(t, &f->name) && names_address(f, sub, op)) {
        put_address(t, f->value, negated);
        return NULL;
    }
    open_exists(t, &place, negated);
    error = leaf(t, f, op, &place, sub, def, 0);
    put(t, ")");
    return error;
}

static const scim_sync_error_t *compare(translation_t *t, const scim_sync_filter_t *f, int negated)
{
    scim_sync_op_t op = f->op;

    if (op == SCIM_SYNC_NE) {
        op = SCIM_SYNC_EQ;
        negated = !negated;
    }
    if (op == SCIM_SYNC_EQ && f->value_kind == SCIM_SYNC_VALUE_NULL) {
        op = SCIM_SYNC_PR;
        negated = !negated;
    }
    if (f->name.def != NULL && f->name.def->mutability == SCIM_SYNC_WRITE_ONLY) {
        return refuse(t, f, "it is never told");
    }
    return t->within != NULL ? leaf(t, f, op, t->within, f->name.attr, f->name.def, negated)
                             : compare_outside(t, f, op, negated);
}

static const scim_sync_error_t *values(translation_t *t, const scim_sync_filter_t *f, int negated)
{
    const scim_sync_place_t place = scim_sync_place(&f->name, t->type, t->base, t->p);
    const char *address = is_address(t, &f->name) && !negated ? find_address(f->left) : NULL;
    const scim_sync_error_t *error;

    t->within = &place;
    if (place.of == SCIM_SYNC_PLACE_OWN) {
        error = translate(t, f->left, negated);
    }
    else {
        put(t, "(");
        if (address != NULL) { /* only to begin with few */
            put_address(t, address, 0);
            put(t, " AND ");
        }
        open_exists(t, &place, negated);
        error = translate(t, f->left, 0);
        put(t, "))");
    }
    t->within = NULL;
    return error;
}

/* ---- and, or, not ---- */

static int depth(const scim_sync_filter_t *f)
{
    int left = f->left != NULL ? depth(f->left) : 0;
    int right = f->right != NULL ? depth(f->right) : 0;

    return 1 + (left > right ? left : right);
}

/*
 * The deeper operand stands first: SQLite's parser keeps what stands before an open bracket, and no
 * more than a hundred words and brackets at a time.
 */
static const scim_sync_error_t *both(translation_t *t, const scim_sync_filter_t *f, int negated)
{
    int is_and = (f->kind == SCIM_SYNC_FILTER_AND) != negated;
    int swap = depth(f->right) > depth(f->left);
    const scim_sync_error_t *error;

    put(t, "(");
    error = translate(t, swap ? f->right : f->left, negated);
    if (error == NULL) {
        put(t, is_and ? " AND " : " OR ");
        error = translate(t, swap ? f->left : f->right, negated);
    }
    put(t, ")");
    return error;
}

static const scim_sync_error_t *translate(translation_t *t, const scim_sync_filter_t *f,
                                          int negated)
{
    switch (f->kind) {
    case SCIM_SYNC_FILTER_AND:
    case SCIM_SYNC_FILTER_OR:
        return both(t, f, negated);
    case SCIM_SYNC_FILTER_NOT:
        return translate(t, f->left, !negated);
    case SCIM_SYNC_FILTER_VALUES:
        return values(t, f, negated);
    default:
        return compare(t, f, negated);
    }
}

const scim_sync_error_t *scim_sync_filter_sql(scim_sync_sql_t *out,
                                              const scim_sync_filter_t *filter,
                                              scim_sync_type_t type, const char *base,
                                              int max_looks, apr_pool_t *p)
{
    translation_t t = { .out = out, .type = type, .base = base, .p = p };
    const scim_sync_error_t *error = translate(&t, filter, 0);

    if (error == NULL && t.looks > max_looks) {
        return scim_sync_error(p, 400, SCIM_SYNC_TOO_MANY,
                               "The filter has %d comparisons for which each resource must be "
                               "looked into; %d are taken at once.",
                               t.looks, max_looks);
    }
    return error;
}
