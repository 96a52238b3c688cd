/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other side's words: whatever they hold, one line that an administrator can be shown.
 */
#include "net/words.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strmatch.h>
#include <unictype.h>
#include <unistr.h>

static const char *contains(const char *text, apr_size_t len, const char *part, apr_pool_t *p)
{
    return apr_strmatch(apr_strmatch_precompile(p, part, 0), text, len);
}

const char *scim_sync_words_line(const char *text, apr_size_t len, apr_size_t limit, apr_pool_t *p)
{
    const uint8_t *at = (const uint8_t *)text;
    const uint8_t *end = at + len;
    uint8_t *line = apr_palloc(p, 4 * limit + 1);
    apr_size_t used = 0;
    int blank = 0;

    while (at < end && limit > 0) {
        ucs4_t c;

        at += u8_mbtouc(&c, at, end - at);
        if (uc_is_property_white_space(c) || uc_is_cntrl(c) || uc_is_property_bidi_control(c)) {
            blank = used > 0;
            continue;
        }
        if (blank && --limit > 0) {
            line[used++] = ' ';
        }
        blank = 0;
        if (limit > 0) {
            used += u8_uctomb(line + used, c, 4);
            limit--;
        }
    }
    line[used] = '\0';
    return (const char *)line;
}

/* Behind the markup that begins at text ('<'); text itself when it begins none. */
static const char *behind_markup(const char *text, const char *end, apr_pool_t *p)
{
    static const struct {
        const char *opening, *closing;
    } unread[] = { { "<!--", "-->" }, { "<script", "</script>" }, { "<style", "</style>" } };
    apr_size_t len = end - text;
    const char *found;

    if (len < 2 || !(apr_isalpha(text[1]) || strchr("/!?", text[1]) != NULL)) {
        return text;
    }
    for (apr_size_t i = 0; i < sizeof unread / sizeof *unread; i++) {
        apr_size_t n = strlen(unread[i].opening);

        if (len > n && apr_cstr_casecmpn(text, unread[i].opening, n) == 0) {
            found = contains(text, len, unread[i].closing, p);
            return found != NULL ? found + strlen(unread[i].closing) : end;
        }
    }
    found = memchr(text, '>', len);
    return found != NULL ? found + 1 : end;
}

const char *scim_sync_words_plain(const char *body, apr_size_t len, apr_size_t limit, apr_pool_t *p)
{
    const apr_size_t room = 4 * limit;
    const char *end = body + len;
    char *text = apr_palloc(p, room);
    apr_size_t used = 0;

    while (body < end && used < room) {
        const char *next = *body == '<' ? behind_markup(body, end, p) : body;
        char c = next != body || apr_isspace(*body) ? ' ' : *body;

        if (c != ' ' || (used > 0 && text[used - 1] != ' ')) {
            text[used++] = c;
        }
        body = next != body ? next : body + 1;
    }
    return scim_sync_words_line(text, used, limit, p);
}
