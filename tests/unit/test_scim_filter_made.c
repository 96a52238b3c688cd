/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scim/filter over filters that are made by chance, from fixed seeds: parse(print(tree)) is the
 * same tree, and a tree means what was written.
 */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "filter_tree.h"

#define SEEDS  2000
#define DEPTH  24
#define LENGTH 65536

/* Words that hold or don't of the element, and of both types. */
typedef struct {
    const char *text;
    int holds;
} word_t;

typedef struct {
    unsigned int state;
    int depth; /* brackets that may still be opened */
    const word_t *words;
    int count_words;
    apr_pool_t *p;
} maker_t;

/* Text with what it means. */
typedef struct {
    const char *text;
    int holds;
} made_t;

static const char element[] =
    "{\"value\":\"Ann \\\"x\\\" \\u00c9va\",\"type\":\"work\",\"primary\":true}";

static const word_t of_element[] = {
    { "type eq \"work\"", 1 },
    { "TYPE Eq WORK", 1 },
    { "type eq \"home\"", 0 },
    { "type ne \"home\"", 1 },
    { "value co \"\\u00e9VA\"", 1 },
    { "value co \"\\\"X\\\" e\"", 0 },
    { "value sw \"ann\"", 1 },
    { "value ew \"ann\"", 0 },
    { "value gt \"ann\"", 1 },
    { "value le \"ann\"", 0 },
    { "primary eq True", 1 },
    { "primary eq \"false\"", 0 },
    { "primary pr", 1 },
    { "display pr", 0 },
    { "display eq null", 1 },
    { "type ne NULL", 1 },
};

static const word_t of_users[] = {
    { "userName eq \"a\\\\b\\\"c\"", 0 },
    { "emails co \"@x\"", 0 },
    { "Emails[type eq \"work\" or (value sw \"a\" and not(primary eq true))]", 0 },
    { "emails[type eq \"work\"].value eq \"x\"", 0 },
    { "emails[not (type eq \"a\" or type pr) or primary eq FALSE].value ew \"x\"", 0 },
    { "name.familyName sw unquoted", 0 },
    { "active eq \"True\"", 0 },
    { "meta.lastModified ge \"2026-11-22T06:30:00+01:00\"", 0 },
    { "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq 7", 0 },
    { "urn:ietf:params:scim:schemas:core:2.0:User:title ne null", 0 },
    { "urn:example:params:2.0:User:level gt -1.5e3", 0 },
    { "urn:example:params:2.0:User:list[level eq 1 and flag eq true]", 0 },
    { "urn:example:params:2.0:User.4711 eq \"\\ud83d\\ude00\"", 0 },
    { "externalId pr", 0 },
};

static int draw(maker_t *m, int below)
{
    m->state = m->state * 1103515245u + 12345u;
    return (int)((m->state >> 16) % (unsigned int)below);
}

static made_t chain(maker_t *m);

static made_t term(maker_t *m)
{
    static const char *const nots[] = { "not (", "not(", "NOT  ( " };
    int shape = m->depth > 0 ? draw(m, 6) : 0;
    const word_t *word;
    made_t made;

    if (shape < 4) {
        word = &m->words[draw(m, m->count_words)];
        return (made_t) { word->text, word->holds };
    }
    m->depth--;
    made = chain(m);
    m->depth++;
    made.text = apr_pstrcat(m->p, shape == 4 ? "(" : nots[draw(m, 3)], made.text, " )", NULL);
    made.holds = shape == 4 ? made.holds : !made.holds;
    return made;
}

/* Terms joined by "and": it binds tighter. */
static made_t conjunction(maker_t *m)
{
    made_t made = term(m);

    while (draw(m, 3) == 0) {
        made_t more = term(m);

        made.text = apr_pstrcat(m->p, made.text, draw(m, 2) ? " and " : "  AND\t", more.text, NULL);
        made.holds = made.holds && more.holds;
    }
    return made;
}

static made_t chain(maker_t *m)
{
    made_t made = conjunction(m);

    while (draw(m, 3) == 0) {
        made_t more = conjunction(m);

        made.text = apr_pstrcat(m->p, made.text, draw(m, 2) ? " or " : " Or ", more.text, NULL);
        made.holds = made.holds || more.holds;
    }
    return made;
}

static void parse_print_is_the_same_tree(void **state)
{
    for (unsigned int seed = 0; seed < SEEDS; seed++) {
        apr_pool_t *p;
        maker_t m = { .state = seed, .depth = 5, .words = of_users };
        const scim_sync_filter_t *first, *second;
        const char *text, *printed;

        assert_int_equal(apr_pool_create(&p, *state), APR_SUCCESS);
        m.count_words = sizeof of_users / sizeof *of_users;
        m.p = p;
        text = chain(&m).text;
        if (scim_sync_filter_parse(&first, SCIM_SYNC_USER, text, LENGTH, DEPTH, p) != NULL) {
            fail_msg("seed %u is refused: %s", seed, text);
        }
        printed = scim_sync_filter_print(first, p);
        if (scim_sync_filter_parse(&second, SCIM_SYNC_USER, printed, LENGTH, DEPTH, p) != NULL ||
            !filter_same_tree(first, second)) {
            fail_msg("seed %u: %s is printed as %s", seed, text, printed);
        }
        assert_string_equal(scim_sync_filter_print(second, p), printed);
        apr_pool_destroy(p);
    }
}

static void expect_meaning(const made_t *made, const char *text, const json_t *of, apr_pool_t *p)
{
    const scim_sync_attr_t *emails =
        scim_sync_attr_find(scim_sync_schema_of(SCIM_SYNC_USER)->attrs, "emails");
    const scim_sync_filter_t *filter;

    if (scim_sync_filter_parse_values(&filter, emails, text, strlen(text), LENGTH, DEPTH, p) !=
            NULL ||
        scim_sync_filter_matches(filter, of, p) != made->holds) {
        fail_msg("%s doesn't mean %s", text, made->text);
    }
    if (text == made->text) {
        expect_meaning(made, scim_sync_filter_print(filter, p), of, p);
    }
}

static void a_tree_means_what_was_written(void **state)
{
    const json_t *of = scim_sync_json_own(json_loads(element, 0, NULL), *state);

    assert_non_null(of);
    for (unsigned int seed = 0; seed < SEEDS; seed++) {
        apr_pool_t *p;
        maker_t m = { .state = seed, .depth = 5, .words = of_element };
        made_t made;

        assert_int_equal(apr_pool_create(&p, *state), APR_SUCCESS);
        m.count_words = sizeof of_element / sizeof *of_element;
        m.p = p;
        made = chain(&m);
        expect_meaning(&made, made.text, of, p);
        apr_pool_destroy(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(parse_print_is_the_same_tree),
        UNIT_TEST(a_tree_means_what_was_written),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}
