/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules from their JSON form. The first mistake is kept, and what is read after it doesn't matter:
 * so the functions that read go straight on.
 */
#include "sync/rules_int.h"

#include <stdarg.h>
#include <string.h>

#include <apr_strings.h>
#include <unictype.h>
#include <unistr.h>

#include "base/json.h"

/* Of all of them in canonical form, in bytes: an event tells of them, too. */
#define RULES_MAX         262144
#define PATTERNS_MAX      50
#define IGNORED_MAX       200
#define MAPPINGS_MAX      2000
#define NAMES_MAX         50
#define GROUP_MAX         1024 /* bytes of an IdP's group name */
#define GRACE_PERIOD_MAX  31536000
#define PRECEDENCE_MAX    1000000
#define PRECEDENCE_NORMAL 100
#define GUARD_NUMBER_MAX  1000000
#define GUARD_WINDOW_MAX  10080 /* minutes: a week */
/* Rules are this deep; what is stored was checked before. */
#define DEPTH_MAX 8

const char *const scim_sync_rules_leavings[] = { "takeBack", "removeAccess", "suspend",
                                                 "delete",   "nothing",      NULL };
const char *const scim_sync_rules_otherwise[] = { "keep", "skip", NULL };
const char *const scim_sync_rules_modes[] = { "all", "listed", NULL };
const char *const scim_sync_rules_attributes[] = { "userName", "email", NULL };
const char *const scim_sync_rules_guarded[] = { "deactivations", "deletions", "memberships", NULL };

/* docs/rules.md says why these. */
static const scim_sync_rules_guard_t guard_normal = {
    .enabled = 1,
    .window = 60,
    .limits = { [SCIM_SYNC_GUARD_DEACTIVATIONS] = { .number = 500, .percent = 10 },
                [SCIM_SYNC_GUARD_DELETIONS] = { .number = 100, .percent = 10 },
                [SCIM_SYNC_GUARD_MEMBERSHIPS] = { .number = 1000, .percent = 20 } }
};

static const char *const products[] = { "jira-software", "jira-servicedesk", "jira-core",
                                        "jira-product-discovery", NULL };

typedef struct {
    const char *why; /* the first mistake, or NULL */
    apr_pool_t *p;
} reader_t;

/* A value and where it stands. */
typedef struct {
    const json_t *value; /* NULL: absent, or null */
    const char *path;    /* "" at the top */
} place_t;

static void refuse(reader_t *in, place_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void refuse(reader_t *in, place_t at, const char *format, ...)
{
    const char *words;
    va_list args;

    if (in->why) {
        return;
    }
    va_start(args, format);
    words = apr_pvsprintf(in->p, format, args);
    va_end(args);
    in->why = *at.path ? apr_pstrcat(in->p, at.path, ": ", words, NULL) : words;
}

static place_t below(const reader_t *in, place_t at, const char *key)
{
    const json_t *value = json_object_get(at.value, key);

    return (place_t) { .value = json_is_null(value) ? NULL : value,
                       .path = *at.path ? apr_pstrcat(in->p, at.path, ".", key, NULL) : key };
}

static place_t element(const reader_t *in, place_t at, apr_size_t i)
{
    return (place_t) { .value = json_array_get(at.value, i),
                       .path = apr_psprintf(in->p, "%s[%" APR_SIZE_T_FMT "]", at.path, i) };
}

apr_size_t scim_sync_rules_length(const char *text)
{
    return u8_mbsnlen((const uint8_t *)text, strlen(text));
}

static int index_of(const char *const *words, const char *word)
{
    int i;

    for (i = 0; words[i]; i++) {
        if (word && !strcmp(words[i], word)) {
            return i;
        }
    }
    return -1;
}

int scim_sync_is_product(const char *name)
{
    return index_of(products, name) >= 0;
}

/* ---- values ---- */

/* An object with these keys (ended by NULL) and no others: a spelling mistake must not pass. */
static void check_object(reader_t *in, place_t at, const char *const *keys)
{
    const char *key;
    json_t *value;

    if (at.value && !json_is_object(at.value)) {
        refuse(in, at, "must be an object");
    }
    json_object_foreach((json_t *)at.value, key, value)
    {
        if (index_of(keys, key) < 0) {
            refuse(in, below(in, at, strlen(key) > 64 ? "..." : key), "there is no such rule");
        }
    }
}

static void read_flag(reader_t *in, place_t at, int *flag)
{
    if (json_is_boolean(at.value)) {
        *flag = json_is_true(at.value);
    }
    else if (at.value) {
        refuse(in, at, "must be true or false");
    }
}

static int read_number(reader_t *in, place_t at, int most, int otherwise)
{
    json_int_t number = json_integer_value(at.value);

    if (!at.value) {
        return otherwise;
    }
    if (!json_is_integer(at.value) || number < 0 || number > most) {
        refuse(in, at, "must be a whole number from 0 to %d", most);
    }
    return (int)number;
}

/* The number of the word; 0, which is the default, when there is none. */
static int read_choice(reader_t *in, place_t at, const char *const *words)
{
    int number = index_of(words, json_string_value(at.value));
    const char *list = words[0];
    int i;

    if (number >= 0 || !at.value) {
        return number < 0 ? 0 : number;
    }
    for (i = 1; words[i]; i++) {
        list = apr_pstrcat(in->p, list, words[i + 1] ? ", " : " or ", words[i], NULL);
    }
    refuse(in, at, "must be %s", list);
    return 0;
}

/* A text that must be there, may be empty and is bounded in bytes. Never NULL. */
static const char *read_text(reader_t *in, place_t at, apr_size_t most)
{
    if (!at.value) {
        refuse(in, at, "is missing");
    }
    else if (!json_is_string(at.value)) {
        refuse(in, at, "must be a text");
    }
    else if (json_string_length(at.value) > most) {
        refuse(in, at, "must not be longer than %" APR_SIZE_T_FMT " bytes", most);
    }
    return json_is_string(at.value) ? apr_pstrdup(in->p, json_string_value(at.value)) : "";
}

/* The name of a group as an IdP may have it. */
static const char *read_name(reader_t *in, place_t at, apr_size_t most)
{
    const char *name = read_text(in, at, most);
    const char *c;

    for (c = name; (unsigned char)*c >= ' ' && *c != '\x7f'; c++) {
    }
    if (*c) {
        refuse(in, at, "must not hold control characters");
    }
    return name;
}

static void expect_some(reader_t *in, place_t at, const char *text)
{
    if (!*text) {
        refuse(in, at, "must not be empty");
    }
}

/* Of any script: what is copied from a page may end with a blank that does not break lines. */
static int is_blank(const uint8_t *at, apr_size_t length)
{
    ucs4_t character;

    return length > 0 && u8_mbtouc(&character, at, length) > 0 &&
           uc_is_property_white_space(character);
}

static void expect_no_blank_before(reader_t *in, place_t at, const char *name)
{
    if (is_blank((const uint8_t *)name, strlen(name))) {
        refuse(in, at, "must not begin with a blank");
    }
}

static void expect_no_blank_behind(reader_t *in, place_t at, const char *name)
{
    const uint8_t *start = (const uint8_t *)name;
    const uint8_t *end = start + strlen(name);
    ucs4_t character;
    const uint8_t *last = u8_prev(&character, end, start);

    if (last && is_blank(last, (apr_size_t)(end - last))) {
        refuse(in, at, "must not end with a blank");
    }
}

/* A piece of a group's name in Jira. */
static const char *read_jira_piece(reader_t *in, place_t at)
{
    const char *name = read_name(in, at, 4 * SCIM_SYNC_JIRA_NAME_MAX);

    if (scim_sync_rules_length(name) > SCIM_SYNC_JIRA_NAME_MAX) {
        refuse(in, at, "must not be longer than %d characters, which is Jira's limit",
               SCIM_SYNC_JIRA_NAME_MAX);
    }
    return name;
}

/* The whole of it. */
static const char *read_jira_name(reader_t *in, place_t at)
{
    const char *name = read_jira_piece(in, at);

    expect_no_blank_before(in, at, name);
    expect_no_blank_behind(in, at, name);
    return name;
}

/* How many elements a list has; 0 of one that is absent, no list, or too long. */
static apr_size_t list_size(reader_t *in, place_t at, apr_size_t most)
{
    if (at.value && !json_is_array(at.value)) {
        refuse(in, at, "must be a list");
    }
    else if (json_array_size(at.value) > most) {
        refuse(in, at, "must not have more than %" APR_SIZE_T_FMT " elements", most);
    }
    return in->why ? 0 : json_array_size(at.value);
}

/* A list of texts, none twice; read reads one. */
static apr_array_header_t *read_set(reader_t *in, place_t at, apr_size_t most,
                                    const char *(*read)(reader_t *in, place_t at))
{
    apr_size_t size = list_size(in, at, most);
    apr_array_header_t *set = apr_array_make(in->p, (int)size, sizeof(const char *));
    apr_hash_t *seen = apr_hash_make(in->p);
    apr_size_t i;

    for (i = 0; i < size; i++) {
        const char *text = read(in, element(in, at, i));

        expect_some(in, element(in, at, i), text);
        if (apr_hash_get(seen, text, APR_HASH_KEY_STRING)) {
            refuse(in, element(in, at, i), "is in the list already");
        }
        apr_hash_set(seen, text, APR_HASH_KEY_STRING, text);
        APR_ARRAY_PUSH(set, const char *) = text;
    }
    return set;
}

static const char *read_product(reader_t *in, place_t at)
{
    const char *name = read_text(in, at, 64);

    if (!scim_sync_is_product(name)) {
        refuse(in, at, "must be one of " SCIM_SYNC_PRODUCTS);
    }
    return name;
}

/* ---- patterns ---- */

/* NULL when it is no good. */
static const scim_sync_pattern_t *read_pattern(reader_t *in, place_t at)
{
    const char *text = read_text(in, at, SCIM_SYNC_PATTERN_MAX);
    const scim_sync_pattern_t *pattern = NULL;
    const char *why;

    expect_some(in, at, text);
    if (!in->why && scim_sync_pattern_compile(&pattern, text, &why, in->p) != APR_SUCCESS) {
        refuse(in, at, "%s", why);
    }
    return pattern;
}

static scim_sync_rewrite_t read_rewrite(reader_t *in, place_t at)
{
    static const char *const keys[] = { "pattern", "replacement", NULL };
    place_t replacement = below(in, at, "replacement");
    scim_sync_rewrite_t rewrite;
    const char *why;

    check_object(in, at, keys);
    rewrite.pattern = read_pattern(in, below(in, at, "pattern"));
    rewrite.replacement = read_text(in, replacement, SCIM_SYNC_REPLACEMENT_MAX);
    if (!in->why && scim_sync_pattern_check_replacement(rewrite.pattern, rewrite.replacement, &why,
                                                        in->p) != APR_SUCCESS) {
        refuse(in, replacement, "%s", why);
    }
    return rewrite;
}

/* Both of users and of groups: patterns, otherwise. */
static void read_rewriting(reader_t *in, place_t at, scim_sync_rewriting_t *names)
{
    place_t list = below(in, at, "patterns");
    apr_size_t size = list_size(in, list, PATTERNS_MAX);
    apr_array_header_t *patterns = apr_array_make(in->p, (int)size, sizeof(scim_sync_rewrite_t));
    apr_size_t i;

    for (i = 0; i < size; i++) {
        APR_ARRAY_PUSH(patterns, scim_sync_rewrite_t) = read_rewrite(in, element(in, list, i));
    }
    names->patterns = patterns;
    names->skip_others = read_choice(in, below(in, at, "otherwise"), scim_sync_rules_otherwise);
}

static apr_array_header_t *read_conditions(reader_t *in, place_t at)
{
    static const char *const keys[] = { "attribute", "pattern", NULL };
    apr_size_t size = list_size(in, at, PATTERNS_MAX);
    apr_array_header_t *list = apr_array_make(in->p, (int)size, sizeof(scim_sync_condition_t));
    apr_size_t i;

    for (i = 0; i < size; i++) {
        scim_sync_condition_t *condition = &APR_ARRAY_PUSH(list, scim_sync_condition_t);
        place_t one = element(in, at, i);
        place_t attribute = below(in, one, "attribute");

        check_object(in, one, keys);
        read_text(in, attribute, 64);
        condition->attribute = read_choice(in, attribute, scim_sync_rules_attributes);
        condition->pattern = read_pattern(in, below(in, one, "pattern"));
    }
    return list;
}

/* ---- users and groups ---- */

static void read_users(reader_t *in, place_t at, scim_sync_rules_users_t *users)
{
    static const char *const keys[] = { "import",    "update",      "onDeactivate",
                                        "onDelete",  "gracePeriod", "defaultGroups",
                                        "products",  "filter",      "patterns",
                                        "otherwise", NULL };
    static const char *const filter_keys[] = { "include", "exclude", NULL };
    place_t filter = below(in, at, "filter");
    place_t wanted = below(in, at, "products");

    check_object(in, at, keys);
    check_object(in, filter, filter_keys);
    users->import = 1;
    read_flag(in, below(in, at, "import"), &users->import);
    read_flag(in, below(in, at, "update"), &users->update);
    users->on_deactivate = read_choice(in, below(in, at, "onDeactivate"), scim_sync_rules_leavings);
    users->on_delete = read_choice(in, below(in, at, "onDelete"), scim_sync_rules_leavings);
    users->grace_period = read_number(in, below(in, at, "gracePeriod"), GRACE_PERIOD_MAX, 0);
    users->default_groups = read_set(in, below(in, at, "defaultGroups"), NAMES_MAX, read_jira_name);
    users->products = wanted.value ? read_set(in, wanted, NAMES_MAX, read_product) : NULL;
    users->include = read_conditions(in, below(in, filter, "include"));
    users->exclude = read_conditions(in, below(in, filter, "exclude"));
    read_rewriting(in, at, &users->names);
}

static void read_mapping(reader_t *in, place_t at, scim_sync_mapping_t *mapping)
{
    static const char *const keys[] = { "group", "jiraGroups", "authoritative", NULL };
    place_t names = below(in, at, "jiraGroups");

    check_object(in, at, keys);
    mapping->group = read_name(in, below(in, at, "group"), GROUP_MAX);
    expect_some(in, below(in, at, "group"), mapping->group);
    mapping->names = read_set(in, names, NAMES_MAX, read_jira_name);
    if (mapping->names->nelts == 0) {
        refuse(in, names,
               "must name a group in Jira; what is to be left out belongs into "
               "groups.ignore");
    }
    mapping->authoritative = -1;
    read_flag(in, below(in, at, "authoritative"), &mapping->authoritative);
}

static void read_mappings(reader_t *in, place_t at, scim_sync_rules_groups_t *groups)
{
    apr_size_t size = list_size(in, at, MAPPINGS_MAX);
    apr_array_header_t *list = apr_array_make(in->p, (int)size, sizeof(scim_sync_mapping_t));
    apr_size_t i;

    groups->mapped = apr_hash_make(in->p);
    for (i = 0; i < size; i++) {
        scim_sync_mapping_t *mapping = &APR_ARRAY_PUSH(list, scim_sync_mapping_t);
        place_t one = element(in, at, i);

        read_mapping(in, one, mapping);
        if (apr_hash_get(groups->mapped, mapping->group, APR_HASH_KEY_STRING)) {
            refuse(in, below(in, one, "group"), "is mapped already");
        }
        apr_hash_set(groups->mapped, mapping->group, APR_HASH_KEY_STRING, mapping);
    }
    groups->mappings = list;
}

static apr_array_header_t *read_ignore(reader_t *in, place_t at)
{
    static const char *const keys[] = { "group", "pattern", NULL };
    apr_size_t size = list_size(in, at, IGNORED_MAX);
    apr_array_header_t *list = apr_array_make(in->p, (int)size, sizeof(scim_sync_ignore_t));
    apr_size_t i;

    for (i = 0; i < size; i++) {
        scim_sync_ignore_t *ignore = &APR_ARRAY_PUSH(list, scim_sync_ignore_t);
        place_t one = element(in, at, i);
        place_t group = below(in, one, "group");
        place_t pattern = below(in, one, "pattern");

        check_object(in, one, keys);
        if (!group.value == !pattern.value) {
            refuse(in, one, "must have either group or pattern");
        }
        *ignore =
            (scim_sync_ignore_t) { .group = group.value ? read_name(in, group, GROUP_MAX) : NULL,
                                   .pattern = pattern.value ? read_pattern(in, pattern) : NULL };
    }
    return list;
}

static void read_groups(reader_t *in, place_t at, scim_sync_rules_groups_t *groups)
{
    static const char *const keys[] = { "import",        "mode",      "mappings", "passThrough",
                                        "patterns",      "otherwise", "ignore",   "delete",
                                        "authoritative", NULL };
    static const char *const pass_keys[] = { "prefix", "suffix", NULL };
    place_t pass = below(in, at, "passThrough");
    place_t prefix = below(in, pass, "prefix");
    place_t suffix = below(in, pass, "suffix");

    check_object(in, at, keys);
    check_object(in, pass, pass_keys);
    groups->import = 1;
    read_flag(in, below(in, at, "import"), &groups->import);
    groups->listed = read_choice(in, below(in, at, "mode"), scim_sync_rules_modes);
    read_mappings(in, below(in, at, "mappings"), groups);
    groups->prefix = prefix.value ? read_jira_piece(in, prefix) : "";
    groups->suffix = suffix.value ? read_jira_piece(in, suffix) : "";
    expect_no_blank_before(in, prefix, groups->prefix);
    expect_no_blank_behind(in, suffix, groups->suffix);
    read_rewriting(in, at, &groups->names);
    groups->ignore = read_ignore(in, below(in, at, "ignore"));
    read_flag(in, below(in, at, "delete"), &groups->delete_ours);
    read_flag(in, below(in, at, "authoritative"), &groups->authoritative);
}

/* ---- the guard ---- */

const char *scim_sync_guard_name(scim_sync_guard_kind_t kind)
{
    return scim_sync_rules_guarded[kind];
}

static void read_limit(reader_t *in, place_t at, scim_sync_rules_limit_t *limit)
{
    static const char *const keys[] = { "number", "percent", NULL };

    check_object(in, at, keys);
    limit->number = read_number(in, below(in, at, "number"), GUARD_NUMBER_MAX, limit->number);
    limit->percent = read_number(in, below(in, at, "percent"), 100, limit->percent);
}

static void read_guard(reader_t *in, place_t at, scim_sync_rules_guard_t *guard)
{
    static const char *const keys[] = { "enabled",   "window",      "deactivations",
                                        "deletions", "memberships", NULL };
    place_t window = below(in, at, "window");
    int i;

    *guard = guard_normal;
    check_object(in, at, keys);
    read_flag(in, below(in, at, "enabled"), &guard->enabled);
    guard->window = read_number(in, window, GUARD_WINDOW_MAX, guard->window);
    if (guard->window == 0) {
        refuse(in, window, "must not be 0: enabled is what turns the guard off");
    }
    for (i = 0; i < SCIM_SYNC_GUARD_KINDS; i++) {
        read_limit(in, below(in, at, scim_sync_rules_guarded[i]), &guard->limits[i]);
    }
}

apr_status_t scim_sync_rules_read(const scim_sync_rules_t **rules, const json_t *j,
                                  const char **why, apr_pool_t *p)
{
    static const char *const keys[] = { "precedence", "users", "groups", "guard", NULL };
    scim_sync_rules_t *made = apr_pcalloc(p, sizeof(*made));
    place_t top = { .value = j, .path = "" };
    reader_t in = { .p = p };

    if (!json_is_object(j)) {
        refuse(&in, top, "rules must be an object");
    }
    check_object(&in, top, keys);
    made->precedence =
        read_number(&in, below(&in, top, "precedence"), PRECEDENCE_MAX, PRECEDENCE_NORMAL);
    read_users(&in, below(&in, top, "users"), &made->users);
    read_groups(&in, below(&in, top, "groups"), &made->groups);
    read_guard(&in, below(&in, top, "guard"), &made->guard);
    if (!in.why && json_dumpb(scim_sync_rules_json(made, p), NULL, 0, JSON_COMPACT) > RULES_MAX) {
        refuse(&in, top, "rules must not be longer than %d bytes", RULES_MAX);
    }
    *rules = in.why ? NULL : made;
    *why = in.why;
    return in.why ? APR_EINVAL : APR_SUCCESS;
}

apr_status_t scim_sync_rules_parse(const scim_sync_rules_t **rules, const char *text,
                                   const char **why, apr_pool_t *p)
{
    json_t *j;

    *rules = NULL;
    return scim_sync_json_parse(&j, text, strlen(text), DEPTH_MAX, why, p) == APR_SUCCESS
               ? scim_sync_rules_read(rules, j, why, p)
               : APR_EINVAL;
}
