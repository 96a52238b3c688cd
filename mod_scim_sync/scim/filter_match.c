/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a parsed filter is used for without a database: choosing elements of an array, and text.
 */
#include "scim/filter.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "base/json.h"
#include "base/text.h"

static const char *const operators[] = {
    "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"
};

/* Whether an order (as strcmp has it) satisfies an operator. */
static int order_matches(scim_sync_op_t op, int order)
{
    switch (op) {
    case SCIM_SYNC_EQ:
        return order == 0;
    case SCIM_SYNC_GT:
        return order > 0;
    case SCIM_SYNC_GE:
        return order >= 0;
    case SCIM_SYNC_LT:
        return order < 0;
    case SCIM_SYNC_LE:
        return order <= 0;
    default:
        return 0;
    }
}

static int text_matches(scim_sync_op_t op, const char *have, const char *want)
{
    apr_size_t have_len = strlen(have);
    apr_size_t want_len = strlen(want);

    switch (op) {
    case SCIM_SYNC_CO:
        return strstr(have, want) != NULL;
    case SCIM_SYNC_SW:
        return strncmp(have, want, want_len) == 0;
    case SCIM_SYNC_EW:
        return have_len >= want_len && strcmp(have + have_len - want_len, want) == 0;
    default:
        return order_matches(op, strcmp(have, want));
    }
}

static int number_matches(scim_sync_op_t op, const json_t *have, const char *want)
{
    double difference = json_number_value(have) - strtod(want, NULL);

    return order_matches(op, difference < 0 ? -1 : difference > 0);
}

static int string_matches(const scim_sync_filter_t *f, scim_sync_op_t op, const char *have,
                          apr_pool_t *p)
{
    if (f->name.def != NULL && f->name.def->case_exact) {
        return text_matches(op, have, f->value);
    }
    return text_matches(op, scim_sync_fold(have, p), scim_sync_fold(f->value, p));
}

static int is_empty(const json_t *j)
{
    const char *key;
    json_t *part;

    json_object_foreach((json_t *)j, key, part)
    {
        if (!is_empty(part)) {
            return 0;
        }
    }
    return j == NULL || json_is_null(j) || json_is_object(j) ||
           (json_is_array(j) && json_array_size(j) == 0) ||
           (json_is_string(j) && json_string_length(j) == 0);
}

/* Any operator but ne. Numbers are compared with numbers, the rest as texts, of which flags are. */
static int value_matches(const scim_sync_filter_t *f, scim_sync_op_t op, const json_t *have,
                         apr_pool_t *p)
{
    const char *text = json_string_value(have);

    if (op == SCIM_SYNC_PR) {
        return !is_empty(have);
    }
    if (f->value_kind == SCIM_SYNC_VALUE_NUMBER) {
        return json_is_number(have) && number_matches(op, have, f->value);
    }
    if (json_is_boolean(have)) {
        text = json_is_true(have) ? "true" : "false";
    }
    return text != NULL && string_matches(f, op, text, p);
}

/* ne is the opposite of eq, also where there is nothing to be compared; eq null that of pr. */
static int compare_matches(const scim_sync_filter_t *f, const json_t *element, apr_pool_t *p)
{
    int is_null = f->op != SCIM_SYNC_PR && f->value_kind == SCIM_SYNC_VALUE_NULL;
    scim_sync_op_t op = is_null ? SCIM_SYNC_PR : f->op == SCIM_SYNC_NE ? SCIM_SYNC_EQ : f->op;
    int is_opposite = is_null ? f->op == SCIM_SYNC_EQ : f->op == SCIM_SYNC_NE;
    const json_t *have = element;

    if (json_is_object(element)) {
        have = scim_sync_json_get_ci(element, f->name.attr, NULL);
    }
    else if (strcmp(f->name.attr, "value") != 0) {
        have = NULL;
    }
    return value_matches(f, op, have, p) != is_opposite;
}

int scim_sync_filter_matches(const scim_sync_filter_t *filter, const json_t *element, apr_pool_t *p)
{
    switch (filter->kind) {
    case SCIM_SYNC_FILTER_AND:
        return scim_sync_filter_matches(filter->left, element, p) &&
               scim_sync_filter_matches(filter->right, element, p);
    case SCIM_SYNC_FILTER_OR:
        return scim_sync_filter_matches(filter->left, element, p) ||
               scim_sync_filter_matches(filter->right, element, p);
    case SCIM_SYNC_FILTER_NOT:
        return !scim_sync_filter_matches(filter->left, element, p);
    case SCIM_SYNC_FILTER_COMPARE:
        return compare_matches(filter, element, p);
    default:
        return 0;
    }
}

static void put(apr_array_header_t *out, const char *text)
{
    APR_ARRAY_PUSH(out, const char *) = text;
}

static void print_node(apr_array_header_t *out, const scim_sync_filter_t *f,
                       scim_sync_filter_kind_t parent);

static void print_value(apr_array_header_t *out, const scim_sync_filter_t *f)
{
    json_t *text;

    if (f->value_kind != SCIM_SYNC_VALUE_STRING) {
        put(out, f->value_kind == SCIM_SYNC_VALUE_NULL ? "null" : f->value);
        return;
    }
    text = json_string(f->value);
    put(out, scim_sync_json_text(text, NULL, out->pool));
    json_decref(text);
}

static void print_compare(apr_array_header_t *out, const scim_sync_filter_t *f)
{
    put(out, scim_sync_name_text(&f->name, out->pool));
    put(out, " ");
    put(out, operators[f->op]);
    if (f->op != SCIM_SYNC_PR) {
        put(out, " ");
        print_value(out, f);
    }
}

/* "or" inside "and" is all that needs a bracket. */
static void print_both(apr_array_header_t *out, const scim_sync_filter_t *f,
                       scim_sync_filter_kind_t parent)
{
    int bracket = f->kind == SCIM_SYNC_FILTER_OR && parent == SCIM_SYNC_FILTER_AND;

    put(out, bracket ? "(" : "");
    print_node(out, f->left, f->kind);
    put(out, f->kind == SCIM_SYNC_FILTER_AND ? " and " : " or ");
    print_node(out, f->right, f->kind);
    put(out, bracket ? ")" : "");
}

static void print_node(apr_array_header_t *out, const scim_sync_filter_t *f,
                       scim_sync_filter_kind_t parent)
{
    switch (f->kind) {
    case SCIM_SYNC_FILTER_AND:
    case SCIM_SYNC_FILTER_OR:
        print_both(out, f, parent);
        break;
    case SCIM_SYNC_FILTER_NOT:
        put(out, "not (");
        print_node(out, f->left, f->kind);
        put(out, ")");
        break;
    case SCIM_SYNC_FILTER_COMPARE:
        print_compare(out, f);
        break;
    case SCIM_SYNC_FILTER_VALUES:
        put(out, scim_sync_name_text(&f->name, out->pool));
        put(out, "[");
        print_node(out, f->left, f->kind);
        put(out, "]");
        break;
    }
}

const char *scim_sync_filter_print(const scim_sync_filter_t *filter, apr_pool_t *p)
{
    apr_array_header_t *out = apr_array_make(p, 32, sizeof(const char *));

    print_node(out, filter, filter->kind);
    return apr_array_pstrcat(p, out, '\0');
}
