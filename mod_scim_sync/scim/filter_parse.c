/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters: text to tree, by recursive descent. The only recursion is a bracket's, and brackets are
 * counted; chains of "and" and "or" become balanced trees, so that whoever walks a tree stays
 * shallow too, however long the filter is.
 */
#include "scim/filter.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "base/text.h"

typedef struct {
    scim_sync_type_t type;
    const char *start;
    const char *at;
    const char *end;
    int depth;                      /* brackets that may still be opened */
    const scim_sync_name_t *within; /* what stands before the open [, NULL outside */
    int is_any;                     /* names may be those of the other type */
    const scim_sync_error_t *error;
    apr_pool_t *p;
} parser_t;

typedef const scim_sync_filter_t *node_t;

static const struct {
    const char *word;
    scim_sync_op_t op;
} operators[] = {
    { "eq", SCIM_SYNC_EQ }, { "ne", SCIM_SYNC_NE }, { "co", SCIM_SYNC_CO }, { "sw", SCIM_SYNC_SW },
    { "ew", SCIM_SYNC_EW }, { "gt", SCIM_SYNC_GT }, { "ge", SCIM_SYNC_GE }, { "lt", SCIM_SYNC_LT },
    { "le", SCIM_SYNC_LE }, { "pr", SCIM_SYNC_PR },
};

static node_t parse_chain(parser_t *ps, scim_sync_filter_kind_t kind);

/* Remember what is wrong; always NULL, to be returned. */
static node_t fail(parser_t *ps, const char *at, const char *what)
{
    ps->error =
        scim_sync_error(ps->p, 400, SCIM_SYNC_INVALID_FILTER,
                        "The filter is wrong at position %d: %s.", (int)(at - ps->start), what);
    return NULL;
}

static void skip_blanks(parser_t *ps)
{
    while (ps->at < ps->end && apr_isspace(*ps->at)) {
        ps->at++;
    }
}

/* The end of a run of characters that are neither blank nor bracket nor quote. */
static const char *word_end(const parser_t *ps)
{
    const char *c = ps->at;

    while (c < ps->end && !apr_isspace(*c) && strchr("()[]\"", *c) == NULL) {
        c++;
    }
    return c;
}

/* Take a word if it is the next one. */
static int take_word(parser_t *ps, const char *word)
{
    apr_size_t len = strlen(word);

    skip_blanks(ps);
    if ((apr_size_t)(word_end(ps) - ps->at) != len || apr_cstr_casecmpn(ps->at, word, len) != 0) {
        return 0;
    }
    ps->at += len;
    return 1;
}

static int take_char(parser_t *ps, char c)
{
    skip_blanks(ps);
    if (ps->at == ps->end || *ps->at != c) {
        return 0;
    }
    ps->at++;
    return 1;
}

static scim_sync_filter_t *new_node(parser_t *ps, scim_sync_filter_kind_t kind, const char *at)
{
    scim_sync_filter_t *node = apr_pcalloc(ps->p, sizeof(*node));

    node->kind = kind;
    node->position = (int)(at - ps->start);
    return node;
}

/* Append node, or when it is of this kind itself (a bracket that changes nothing) its parts. */
static void add_operands(apr_array_header_t *operands, node_t node, scim_sync_filter_kind_t kind)
{
    if (node->kind == kind) {
        add_operands(operands, node->left, kind);
        add_operands(operands, node->right, kind);
    }
    else {
        APR_ARRAY_PUSH(operands, node_t) = node;
    }
}

static node_t balance(parser_t *ps, scim_sync_filter_kind_t kind, const node_t *operands, int n)
{
    scim_sync_filter_t *node;

    if (n == 1) {
        return operands[0];
    }
    node = new_node(ps, kind, ps->start + operands[0]->position);
    node->left = balance(ps, kind, operands, n - n / 2);
    node->right = balance(ps, kind, operands + n - n / 2, n / 2);
    return node;
}

static node_t join(parser_t *ps, scim_sync_filter_kind_t kind, const apr_array_header_t *nodes)
{
    apr_array_header_t *operands = apr_array_make(ps->p, nodes->nelts + 2, sizeof(node_t));
    int i;

    for (i = 0; i < nodes->nelts; i++) {
        add_operands(operands, APR_ARRAY_IDX(nodes, i, node_t), kind);
    }
    return balance(ps, kind, (const node_t *)operands->elts, operands->nelts);
}

/* What stands between brackets; the opening one is taken. */
static node_t parse_inside(parser_t *ps, char close)
{
    const char *open = ps->at - 1;
    node_t node;

    if (ps->depth == 0) {
        return fail(ps, open, "brackets are nested too deep");
    }
    ps->depth--;
    node = parse_chain(ps, SCIM_SYNC_FILTER_OR);
    ps->depth++;
    if (node != NULL && !take_char(ps, close)) {
        return fail(ps, ps->at,
                    close == ')' ? "\")\", \"and\" or \"or\" is expected here"
                                 : "\"]\", \"and\" or \"or\" is expected here");
    }
    return node;
}

static scim_sync_value_kind_t bare_kind(const char *text)
{
    scim_sync_value_kind_t kind = SCIM_SYNC_VALUE_STRING;
    json_t *j;

    if (apr_cstr_casecmp(text, "true") == 0 || apr_cstr_casecmp(text, "false") == 0) {
        return SCIM_SYNC_VALUE_BOOLEAN;
    }
    if (apr_cstr_casecmp(text, "null") == 0) {
        return SCIM_SYNC_VALUE_NULL;
    }
    j = json_loads(text, JSON_DECODE_ANY, NULL);
    if (json_is_number(j)) {
        kind = SCIM_SYNC_VALUE_NUMBER;
    }
    json_decref(j);
    return kind;
}

/* An operand without quotes: Entra's documentation and Microsoft's test suite have them. */
static int parse_bare(parser_t *ps, scim_sync_filter_t *node)
{
    const char *begin = ps->at;
    const char *stop = word_end(ps);
    json_t *valid = json_stringn(begin, stop - begin);

    json_decref(valid);
    if (stop == begin || *begin == '\'' || valid == NULL) {
        fail(ps, begin, "a value is expected here, text in double quotes");
        return 0;
    }
    ps->at = stop;
    node->value = apr_pstrmemdup(ps->p, begin, stop - begin);
    node->value_kind = bare_kind(node->value);
    return 1;
}

/* A JSON string (RFC 7644 section 3.4.2.2); jansson knows its escapes. */
static int parse_quoted(parser_t *ps, scim_sync_filter_t *node)
{
    const char *begin = ps->at;
    const char *c = begin + 1;
    json_t *text;

    while (c < ps->end && *c != '"') {
        c += *c == '\\' ? 2 : 1;
    }
    if (c >= ps->end) {
        fail(ps, begin, "the quote that begins here has no end");
        return 0;
    }
    ps->at = c + 1;
    text = json_loadb(begin, ps->at - begin, JSON_DECODE_ANY, NULL);
    if (text == NULL) {
        fail(ps, begin, "this is no JSON string (escape \\ as \\\\ and \" as \\\")");
        return 0;
    }
    node->value = apr_pstrdup(ps->p, json_string_value(text));
    node->value_kind = SCIM_SYNC_VALUE_STRING;
    json_decref(text);
    return 1;
}

static int is_order(scim_sync_op_t op)
{
    return op == SCIM_SYNC_GT || op == SCIM_SYNC_GE || op == SCIM_SYNC_LT || op == SCIM_SYNC_LE;
}

static int is_equality(scim_sync_op_t op)
{
    return op == SCIM_SYNC_EQ || op == SCIM_SYNC_NE;
}

/* What the schema says about the operand: "True" for a flag, 12 for a text. NULL: it is right. */
static const char *settle_value(scim_sync_filter_t *node, const scim_sync_attr_t *def)
{
    apr_int64_t ms;

    if (node->value_kind == SCIM_SYNC_VALUE_NULL) {
        return is_equality(node->op) ? NULL : "null can only be compared with eq and ne";
    }
    if (def == NULL) {
        return NULL;
    }
    if (def->kind == SCIM_SYNC_BOOLEAN) {
        if (apr_cstr_casecmp(node->value, "true") != 0 &&
            apr_cstr_casecmp(node->value, "false") != 0) {
            return "this attribute is compared with true or false";
        }
        node->value_kind = SCIM_SYNC_VALUE_BOOLEAN;
        return is_equality(node->op) ? NULL : "true and false can only be compared with eq and ne";
    }
    if (def->kind == SCIM_SYNC_DATETIME && (is_order(node->op) || is_equality(node->op)) &&
        scim_sync_time_parse(&ms, node->value) != APR_SUCCESS) {
        return "this attribute is compared with a time such as \"2026-11-22T06:30:00Z\"";
    }
    if (def->kind == SCIM_SYNC_BINARY && is_order(node->op)) {
        return "binary values have no order: use eq, ne, co, sw, ew or pr";
    }
    if (def->kind != SCIM_SYNC_INTEGER) {
        node->value_kind = SCIM_SYNC_VALUE_STRING;
    }
    return NULL;
}

/*
 * Documents name a schema by its present URN, whichever one they were told (scim/schemas.h); its
 * letters are compared as they are.
 */
static const char *present_urn(const parser_t *ps, const char *urn)
{
    apr_size_t used;
    const scim_sync_schema_t *schema = scim_sync_schema_prefix(ps->type, urn, strlen(urn), &used);

    return schema != NULL && urn[used] == '\0' && apr_cstr_casecmp(urn, schema->urn) != 0
               ? schema->urn
               : urn;
}

static int parse_operand(parser_t *ps, scim_sync_filter_t *node)
{
    const scim_sync_attr_t *def = node->name.sub != NULL ? node->name.sub_def : node->name.def;
    const char *begin, *wrong;

    skip_blanks(ps);
    begin = ps->at;
    if (!(begin < ps->end && *begin == '"' ? parse_quoted(ps, node) : parse_bare(ps, node))) {
        return 0;
    }
    wrong = settle_value(node, def);
    if (wrong != NULL) {
        fail(ps, begin, wrong);
        return 0;
    }
    if (def != NULL && ps->within == NULL && is_equality(node->op) &&
        node->value_kind == SCIM_SYNC_VALUE_STRING && strcmp(def->name, "schemas") == 0) {
        node->value = present_urn(ps, node->value);
    }
    if (node->value_kind == SCIM_SYNC_VALUE_BOOLEAN) {
        node->value = apr_cstr_casecmp(node->value, "true") == 0 ? "true" : "false";
    }
    return 1;
}

static int parse_operator(parser_t *ps, scim_sync_op_t *op)
{
    apr_size_t i;

    for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (take_word(ps, operators[i].word)) {
            *op = operators[i].op;
            return 1;
        }
    }
    fail(ps, ps->at, "an operator is expected here: eq, ne, co, sw, ew, gt, ge, lt, le or pr");
    return 0;
}

/* name op value, when the name has been read. */
static node_t parse_comparison(parser_t *ps, const scim_sync_name_t *name, const char *at)
{
    scim_sync_filter_t *node = new_node(ps, SCIM_SYNC_FILTER_COMPARE, at);

    node->name = *name;
    if (name->attr == NULL) {
        return fail(ps, at, "an attribute of the schema is expected here");
    }
    if (name->def != NULL && name->def->mutability == SCIM_SYNC_WRITE_ONLY) {
        return fail(ps, at, "nobody can search for this attribute");
    }
    if (!parse_operator(ps, &node->op)) {
        return NULL;
    }
    if (node->op == SCIM_SYNC_PR) {
        return node;
    }
    if (name->def != NULL && name->def->kind == SCIM_SYNC_COMPLEX && name->sub == NULL) {
        node->name.sub_def = scim_sync_attr_find(name->def->subs, "value");
        if (node->name.sub_def == NULL) {
            return fail(ps, at, "name a sub-attribute of this attribute, as in name.familyName");
        }
        node->name.sub = node->name.sub_def->name;
    }
    return parse_operand(ps, node) ? node : NULL;
}

/* A name inside [ ]: a sub-attribute of what stands before the bracket. */
static int resolve_sub(parser_t *ps, scim_sync_name_t *out, const char *text, apr_size_t len)
{
    const scim_sync_attr_t *def = ps->within->def;
    const char *sub = apr_pstrmemdup(ps->p, text, len);

    memset(out, 0, sizeof(*out));
    if (def == NULL) {
        out->attr = sub;
        return 1;
    }
    out->def = scim_sync_attr_find(def->subs, sub);
    if (out->def != NULL) {
        out->attr = out->def->name;
        return 1;
    }
    if (def->subs == NULL && apr_cstr_casecmp(sub, "value") == 0) {
        out->attr = "value";
        out->def = def;
        return 1;
    }
    fail(ps, text, "this attribute has no such sub-attribute");
    return 0;
}

/* Whether a name that this type has not is an attribute of the other one, where that counts. */
static int is_strange(const parser_t *ps, scim_sync_name_t *out, const char *text, apr_size_t len)
{
    scim_sync_type_t other = ps->type == SCIM_SYNC_USER ? SCIM_SYNC_GROUP : SCIM_SYNC_USER;

    return ps->is_any && scim_sync_name_resolve(out, other, text, len, ps->p) == NULL &&
           out->def != NULL;
}

static int parse_name(parser_t *ps, scim_sync_name_t *out, int *strange)
{
    const char *begin = ps->at;
    const scim_sync_error_t *error;

    *strange = 0;
    ps->at = word_end(ps);
    if (ps->at == begin) {
        fail(ps, begin, "the name of an attribute is expected here");
        return 0;
    }
    if (ps->within != NULL) {
        return resolve_sub(ps, out, begin, ps->at - begin);
    }
    error = scim_sync_name_resolve(out, ps->type, begin, ps->at - begin, ps->p);
    if (error != NULL && is_strange(ps, out, begin, ps->at - begin)) {
        *strange = 1;
        return 1;
    }
    if (error != NULL) {
        ps->error = scim_sync_error(ps->p, 400, SCIM_SYNC_INVALID_FILTER,
                                    "The filter is wrong at position %d: %s",
                                    (int)(begin - ps->start), error->detail);
        return 0;
    }
    return 1;
}

/* name[filter], and name[filter].sub op value, which only clients know; [ is taken. */
static node_t parse_values(parser_t *ps, const scim_sync_name_t *name, const char *at)
{
    scim_sync_filter_t *node = new_node(ps, SCIM_SYNC_FILTER_VALUES, at);
    const scim_sync_attr_t *def = name->def;
    int is_simple = def != NULL && def->kind != SCIM_SYNC_COMPLEX && !def->multi;

    if (ps->within != NULL || name->attr == NULL || name->sub != NULL || is_simple) {
        return fail(ps, at, "a value filter must follow the name of a complex attribute");
    }
    node->name = *name;
    ps->within = name;
    node->left = parse_inside(ps, ']');
    if (node->left != NULL && ps->at < ps->end && *ps->at == '.') {
        apr_array_header_t *both = apr_array_make(ps->p, 2, sizeof(node_t));
        scim_sync_name_t sub;
        const char *sub_at = ++ps->at;
        int strange;

        APR_ARRAY_PUSH(both, node_t) = node->left;
        node->left = parse_name(ps, &sub, &strange) ? parse_comparison(ps, &sub, sub_at) : NULL;
        if (node->left != NULL) {
            APR_ARRAY_PUSH(both, node_t) = node->left;
            node->left = join(ps, SCIM_SYNC_FILTER_AND, both);
        }
    }
    ps->within = NULL;
    return node->left != NULL ? node : NULL;
}

/* "not" is one only before a bracket, with or without a blank between (RFC 7644 erratum 7319). */
static int take_not(parser_t *ps)
{
    const char *at = ps->at;

    if (take_word(ps, "not") && take_char(ps, '(')) {
        return 1;
    }
    ps->at = at;
    return 0;
}

/*
 * What node comes to where its attribute never has a value, as a node that the type can answer:
 * "id pr", which always holds, or its opposite.
 */
static node_t without_value(parser_t *ps, node_t node)
{
    const char *at = ps->start + node->position;
    scim_sync_filter_t *always = new_node(ps, SCIM_SYNC_FILTER_COMPARE, at);
    scim_sync_filter_t *never = new_node(ps, SCIM_SYNC_FILTER_NOT, at);
    int is_null = node->value_kind == SCIM_SYNC_VALUE_NULL;

    scim_sync_name_resolve(&always->name, ps->type, "id", 2, ps->p);
    always->op = SCIM_SYNC_PR;
    never->left = always;
    return node->kind == SCIM_SYNC_FILTER_COMPARE &&
                   node->op == (is_null ? SCIM_SYNC_EQ : SCIM_SYNC_NE)
               ? always
               : never;
}

static node_t parse_term(parser_t *ps)
{
    scim_sync_name_t name;
    scim_sync_filter_t *node;
    node_t term;
    const char *at;
    int strange;

    if (take_char(ps, '(')) {
        return parse_inside(ps, ')');
    }
    at = ps->at;
    if (take_not(ps)) {
        node = new_node(ps, SCIM_SYNC_FILTER_NOT, at);
        node->left = parse_inside(ps, ')');
        return node->left != NULL ? node : NULL;
    }
    if (!parse_name(ps, &name, &strange)) {
        return NULL;
    }
    term = take_char(ps, '[') ? parse_values(ps, &name, at) : parse_comparison(ps, &name, at);
    return term != NULL && strange ? without_value(ps, term) : term;
}

/* One or more terms joined by "or" (each a chain of "and") or by "and". */
static node_t parse_chain(parser_t *ps, scim_sync_filter_kind_t kind)
{
    const char *word = kind == SCIM_SYNC_FILTER_OR ? "or" : "and";
    apr_array_header_t *nodes = apr_array_make(ps->p, 2, sizeof(node_t));
    node_t node;

    do {
        node = kind == SCIM_SYNC_FILTER_OR ? parse_chain(ps, SCIM_SYNC_FILTER_AND) : parse_term(ps);
        if (node == NULL) {
            return NULL;
        }
        APR_ARRAY_PUSH(nodes, node_t) = node;
    } while (take_word(ps, word));
    return join(ps, kind, nodes);
}

static const scim_sync_error_t *parse_text(const scim_sync_filter_t **out, parser_t *ps,
                                           apr_size_t len, int max_length)
{
    *out = NULL;
    if (len > (apr_size_t)max_length) {
        return scim_sync_error(ps->p, 400, SCIM_SYNC_INVALID_FILTER,
                               "The filter is longer than %d bytes.", max_length);
    }
    ps->at = ps->start;
    ps->end = ps->start + len;
    *out = parse_chain(ps, SCIM_SYNC_FILTER_OR);
    skip_blanks(ps);
    if (*out != NULL && ps->at < ps->end) {
        *out = fail(ps, ps->at, "\"and\", \"or\" or the end is expected here");
    }
    return ps->error;
}

const scim_sync_error_t *scim_sync_filter_parse(const scim_sync_filter_t **out,
                                                scim_sync_type_t type, const char *text,
                                                int max_length, int max_depth, apr_pool_t *p)
{
    parser_t ps = { .type = type, .start = text, .depth = max_depth, .p = p };

    return parse_text(out, &ps, strlen(text), max_length);
}

const scim_sync_error_t *scim_sync_filter_parse_any(const scim_sync_filter_t **out,
                                                    scim_sync_type_t type, const char *text,
                                                    int max_length, int max_depth, apr_pool_t *p)
{
    parser_t ps = { .type = type, .start = text, .depth = max_depth, .is_any = 1, .p = p };

    return parse_text(out, &ps, strlen(text), max_length);
}

int scim_sync_filter_is_empty(const scim_sync_filter_t *filter)
{
    switch (filter->kind) {
    case SCIM_SYNC_FILTER_AND:
        return scim_sync_filter_is_empty(filter->left) || scim_sync_filter_is_empty(filter->right);
    case SCIM_SYNC_FILTER_OR:
        return scim_sync_filter_is_empty(filter->left) && scim_sync_filter_is_empty(filter->right);
    case SCIM_SYNC_FILTER_NOT:
        return filter->left->kind == SCIM_SYNC_FILTER_COMPARE && filter->left->op == SCIM_SYNC_PR &&
               filter->left->name.def != NULL &&
               filter->left->name.def->returned == SCIM_SYNC_RETURNED_ALWAYS;
    default:
        return 0;
    }
}

const scim_sync_error_t *scim_sync_filter_parse_values(const scim_sync_filter_t **out,
                                                       const scim_sync_attr_t *attr,
                                                       const char *text, apr_size_t len,
                                                       int max_length, int max_depth, apr_pool_t *p)
{
    scim_sync_name_t name = { .attr = attr != NULL ? attr->name : NULL, .def = attr };
    parser_t ps = { .start = text, .depth = max_depth, .within = &name, .p = p };

    return parse_text(out, &ps, len, max_length);
}
