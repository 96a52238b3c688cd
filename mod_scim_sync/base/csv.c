/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

#include <string.h>

const char *scim_sync_csv_field(const char *text, apr_pool_t *p)
{
    const char *from;
    char *field;
    char *to;

    if (!text) {
        return "";
    }
    /* Each character may be a quote, which is doubled; and two quotes, an apostrophe, the end. */
    field = apr_palloc(p, 2 * strlen(text) + 4);
    to = field;
    *to++ = '"';
    if (*text && strchr("=+-@\t\r\n", *text)) {
        *to++ = '\'';
    }
    for (from = text; *from; from++) {
        if (*from == '"') {
            *to++ = '"';
        }
        *to++ = *from;
    }
    *to++ = '"';
    *to = '\0';
    return field;
}
