/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing trees of filters: for unit tests and fuzz targets.
 */
#ifndef SCIM_SYNC_TESTS_FILTER_TREE_H
#define SCIM_SYNC_TESTS_FILTER_TREE_H

#include <string.h>

#include "scim/filter.h"

static inline int filter_same_text(const char *a, const char *b)
{
    return a == NULL ? b == NULL : b != NULL && strcmp(a, b) == 0;
}

static inline int filter_same_name(const scim_sync_name_t *a, const scim_sync_name_t *b)
{
    return filter_same_text(a->urn, b->urn) && filter_same_text(a->attr, b->attr) &&
           filter_same_text(a->sub, b->sub) && a->def == b->def && a->sub_def == b->sub_def;
}

/* Whether two trees are the same but for the positions in their texts. */
static inline int filter_same_tree(const scim_sync_filter_t *a, const scim_sync_filter_t *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    return a->kind == b->kind && filter_same_name(&a->name, &b->name) && a->op == b->op &&
           a->value_kind == b->value_kind &&
           (a->value_kind == SCIM_SYNC_VALUE_NULL || filter_same_text(a->value, b->value)) &&
           filter_same_tree(a->left, b->left) && filter_same_tree(a->right, b->right);
}

static inline int filter_depth(const scim_sync_filter_t *f)
{
    int left, right;

    if (f == NULL) {
        return 0;
    }
    left = filter_depth(f->left);
    right = filter_depth(f->right);
    return 1 + (left > right ? left : right);
}

#endif
