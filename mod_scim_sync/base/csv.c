/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

#include <string.h>

/* What begins a formula; the wide ones do in Japanese and Chinese spreadsheets. */
static const char *const formulas[] = { "=", "+", "-", "@", "＝", "＋", "－", "＠" };

static int is_formula(const char *text)
{
    apr_size_t i;

    for (i = 0; i < sizeof formulas / sizeof *formulas; i++) {
        if (strncmp(text, formulas[i], strlen(formulas[i])) == 0) {
            return 1;
        }
    }
    return 0;
}

const char *scim_sync_csv_field(const char *text, apr_pool_t *p)
{
    const char *from;
    char *field;
    char *to;
    int begins = 1; /* a field, to some spreadsheet */

    if (!text) {
        return "";
    }
    /* Each character may be a quote, which is doubled, or have an apostrophe before it; and an
     * apostrophe, two quotes, the end. */
    field = apr_palloc(p, 2 * strlen(text) + 4);
    to = field;
    *to++ = '"';
    if (*text && strchr("\t\r\n", *text)) {
        *to++ = '\'';
    }
    for (from = text; *from; from++) {
        if (begins && is_formula(from)) {
            *to++ = '\'';
        }
        /* One whose separator is another one reads a field from there, and no quotes before it. */
        begins = strchr(";\t\r\n", *from) || (begins && *from == '"');
        if (*from == '"') {
            *to++ = '"';
        }
        *to++ = *from;
    }
    *to++ = '"';
    *to = '\0';
    return field;
}
