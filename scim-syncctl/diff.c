/* SPDX-License-Identifier: Apache-2.0 */
#include "scim-syncctl/diff.h"

#include <string.h>

#include <apr_strings.h>

#include "scim-syncctl/text.h"

/* Beyond this many comparisons of elements a list counts as another one as a whole. */
#define COMPARISONS_MAX 4000000
/* From this many columns on, what was and what will be stand below each other. */
#define LINE_WIDE 72

static void compare(apr_array_header_t *found, const char *path, const json_t *before,
                    const json_t *after);

static void add(apr_array_header_t *found, const char *path, const json_t *before,
                const json_t *after, int is_element)
{
    *(ctl_difference_t *)apr_array_push(found) =
        (ctl_difference_t) { path, before, after, is_element };
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void take_names(apr_array_header_t *names, const json_t *object, const json_t *other)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (!json_object_get(other, name)) {
            APR_ARRAY_PUSH(names, const char *) = name;
        }
    }
}

static void compare_objects(apr_array_header_t *found, const char *path, const json_t *before,
                            const json_t *after)
{
    apr_pool_t *p = found->pool;
    apr_array_header_t *names = apr_array_make(p, 16, sizeof(const char *));
    int i;

    take_names(names, before, NULL);
    take_names(names, after, before);
    qsort(names->elts, (size_t)names->nelts, sizeof(const char *), by_name);
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        compare(found, *path ? apr_pstrcat(p, path, ".", name, NULL) : name,
                json_object_get(before, name), json_object_get(after, name));
    }
}

/* For each pair of beginnings, how long the longest list is whose elements both have in order. */
static int *common_lengths(const json_t *before, const json_t *after, apr_pool_t *p)
{
    apr_size_t width = json_array_size(after) + 1;
    int *lengths = apr_pcalloc(p, (json_array_size(before) + 1) * width * sizeof(*lengths));
    apr_size_t i;
    apr_size_t j;

    for (i = json_array_size(before); i-- > 0;) {
        for (j = json_array_size(after); j-- > 0;) {
            int *at = lengths + i * width + j;

            if (json_equal(json_array_get(before, i), json_array_get(after, j))) {
                *at = at[width + 1] + 1;
            }
            else {
                *at = at[width] > at[1] ? at[width] : at[1];
            }
        }
    }
    return lengths;
}

static void compare_lists(apr_array_header_t *found, const char *path, const json_t *before,
                          const json_t *after)
{
    apr_size_t width = json_array_size(after) + 1;
    const int *lengths;
    apr_size_t i = 0;
    apr_size_t j = 0;

    if (json_array_size(before) * json_array_size(after) > COMPARISONS_MAX) {
        add(found, path, before, after, 0);
        return;
    }
    lengths = common_lengths(before, after, found->pool);
    while (i < json_array_size(before) || j < json_array_size(after)) {
        const json_t *gone = json_array_get(before, i);
        const json_t *come = json_array_get(after, j);

        if (gone && come && json_equal((json_t *)(uintptr_t)gone, (json_t *)(uintptr_t)come)) {
            i++;
            j++;
        }
        else if (gone && (!come || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) {
            add(found, path, gone, NULL, 1);
            i++;
        }
        else {
            add(found, path, NULL, come, 1);
            j++;
        }
    }
}

static int is_nothing(const json_t *value)
{
    return !value || json_is_null(value);
}

static void compare(apr_array_header_t *found, const char *path, const json_t *before,
                    const json_t *after)
{
    if ((is_nothing(before) && is_nothing(after)) ||
        (before && after && json_equal((json_t *)(uintptr_t)before, (json_t *)(uintptr_t)after))) {
        return;
    }
    if ((json_is_object(before) || is_nothing(before)) &&
        (json_is_object(after) || is_nothing(after))) {
        compare_objects(found, path, before, after);
    }
    else if (json_is_array(before) && json_is_array(after)) {
        compare_lists(found, path, before, after);
    }
    else {
        add(found, path, before, after, 0);
    }
}

apr_array_header_t *ctl_diff(const json_t *before, const json_t *after, apr_pool_t *p)
{
    apr_array_header_t *found = apr_array_make(p, 16, sizeof(ctl_difference_t));

    compare(found, "", before, after);
    return found;
}

json_t *ctl_merge(const json_t *before, const json_t *wanted)
{
    const char *name;
    json_t *merged;
    json_t *value;

    if (!json_is_object(before) || !json_is_object(wanted)) {
        return json_deep_copy(wanted);
    }
    merged = json_deep_copy(before);
    json_object_foreach((json_t *)(uintptr_t)wanted, name, value)
    {
        json_object_set_new(merged, name, ctl_merge(json_object_get(before, name), value));
    }
    return merged;
}

static const char *shown(const json_t *value, apr_pool_t *p)
{
    char *text = is_nothing(value)
                     ? NULL
                     : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    const char *made = text ? ctl_printable(apr_pstrdup(p, text), p) : "null";

    free(text);
    return made;
}

const char *ctl_difference_text(const ctl_difference_t *d, apr_pool_t *p)
{
    const char *path = ctl_printable(d->path, p);
    const char *before = shown(d->before, p);
    const char *after = shown(d->after, p);
    int is_wide;

    if (d->is_element || !d->before) {
        return apr_psprintf(p, "%c %s: %s\n", d->after ? '+' : '-', path,
                            d->after ? after : before);
    }
    is_wide = ctl_width(path) + ctl_width(before) + ctl_width(after) > LINE_WIDE;
    return apr_psprintf(p, is_wide ? "~ %s:\n        was %s\n        now %s\n" : "~ %s: %s -> %s\n",
                        path, before, after);
}
