/* SPDX-License-Identifier: Apache-2.0 */
#include "scim-syncctl/text.h"

#include <string.h>

#include <apr_strings.h>
#include <unictype.h>
#include <unistr.h>
#include <uniwidth.h>

#define ESCAPED_MAX 12 /* "\ud83d\ude00" */
#define ELLIPSIS    "..."

/* The length of the character at the beginning of text; of a byte that is none, 1 and *c is it. */
static apr_size_t next(ucs4_t *c, const char *text, apr_size_t len, int *is_text)
{
    int taken = u8_mbtoucr(c, (const uint8_t *)text, len);

    *is_text = taken > 0;
    if (taken <= 0) {
        *c = (unsigned char)*text;
        return 1;
    }
    return (apr_size_t)taken;
}

/* What neither stands for a glyph nor combines with one. */
static int is_hidden(ucs4_t c)
{
    return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf |
                                                   UC_CATEGORY_MASK_Cs | UC_CATEGORY_MASK_Zl |
                                                   UC_CATEGORY_MASK_Zp);
}

static char *put_unit(char *at, unsigned unit)
{
    static const char digits[] = "0123456789abcdef";

    *at++ = '\\';
    *at++ = 'u';
    *at++ = digits[unit >> 12 & 15];
    *at++ = digits[unit >> 8 & 15];
    *at++ = digits[unit >> 4 & 15];
    *at++ = digits[unit & 15];
    return at;
}

/* As JSON has it: what is beyond 16 bits as two surrogates. */
static char *put_escaped(char *at, ucs4_t c)
{
    if (c < 0x10000) {
        return put_unit(at, c);
    }
    at = put_unit(at, 0xd800 | ((c - 0x10000) >> 10));
    return put_unit(at, 0xdc00 | ((c - 0x10000) & 0x3ff));
}

static const char *printable(const char *text, int keep_lines, apr_pool_t *p)
{
    apr_size_t len = strlen(text);
    char *made = apr_palloc(p, len * ESCAPED_MAX + 1);
    char *at = made;
    apr_size_t taken;
    int is_text;
    ucs4_t c;

    for (; len > 0; text += taken, len -= taken) {
        taken = next(&c, text, len, &is_text);
        if (!is_text || (is_hidden(c) && !(keep_lines && c == '\n'))) {
            at = put_escaped(at, c);
        }
        else {
            memcpy(at, text, taken);
            at += taken;
        }
    }
    *at = '\0';
    return made;
}

/* Most texts are, and need no copy. */
static int is_plain(const char *text)
{
    while (*text >= ' ' && *text < 0x7f) {
        text++;
    }
    return !*text;
}

const char *ctl_printable(const char *text, apr_pool_t *p)
{
    return !text || is_plain(text) ? text : printable(text, 0, p);
}

const char *ctl_printable_json(const char *json, apr_pool_t *p)
{
    return printable(json, 1, p);
}

static int width_of(ucs4_t c)
{
    int columns = uc_width(c, "UTF-8");

    return columns > 0 ? columns : 0;
}

int ctl_width(const char *text)
{
    apr_size_t len = strlen(text);
    apr_size_t taken;
    int columns = 0;
    int is_text;
    ucs4_t c;

    for (; len > 0; text += taken, len -= taken) {
        taken = next(&c, text, len, &is_text);
        columns += width_of(c);
    }
    return columns;
}

const char *ctl_cut(const char *text, int columns, apr_pool_t *p)
{
    int room = columns - (int)strlen(ELLIPSIS);
    apr_size_t len = strlen(text);
    const char *at = text;
    apr_size_t taken;
    int is_text;
    ucs4_t c;

    if (ctl_width(text) <= columns) {
        return text;
    }
    for (; len > 0; at += taken, len -= taken) {
        taken = next(&c, at, len, &is_text);
        if ((room -= width_of(c)) < 0) {
            break;
        }
    }
    return apr_pstrcat(p, apr_pstrmemdup(p, text, (apr_size_t)(at - text)), ELLIPSIS, NULL);
}
