/* SPDX-License-Identifier: Apache-2.0 */
#include "base/blackout_find.h"

#include <string.h>
#include <strings.h>

#include <apr_escape.h>
#include <apr_lib.h>

#include "base/blackout.h"

/* ---- names that say secret ---- */

/*
 * So many characters behind a name its value begins, without blanks and with them: a text may have
 * a name at every fourth.
 */
#define GIVEN_WITHIN  64
#define BLANKS_WITHIN 256

/*
 * Each with a letter of it that is not too common, by which it is found. What is part of innocent
 * names, too (shipping), counts as a word of a name alone (userPin, otp_seed).
 */
typedef struct {
    const char *text;
    apr_size_t size;
    apr_size_t at;
    int alone;
} word_t;

static const word_t words[] = {
#define WORD(word, at, alone)                                                                      \
    {                                                                                              \
        word, sizeof(word) - 1, at, alone                                                          \
    }
    WORD("bearer", 0, 0),      WORD("credential", 0, 0),    WORD("secret", 2, 0),
    WORD("accesskey", 6, 0),   WORD("access_key", 7, 0),    WORD("apikey", 3, 0),
    WORD("api_key", 4, 0),     WORD("api-key", 4, 0),       WORD("privatekey", 7, 0),
    WORD("private_key", 8, 0), WORD("token", 2, 0),         WORD("pass", 0, 0),
    WORD("pwd", 0, 0),         WORD("authorization", 7, 0), WORD("assertion", 4, 0),
    WORD("otpseed", 1, 0),     WORD("otpcode", 1, 0),       WORD("mfaotp", 4, 0),
    WORD("pincode", 0, 0),     WORD("mfapin", 3, 0),        WORD("userpin", 4, 0),
    WORD("authcode", 3, 0),    WORD("auth_code", 3, 0),     WORD("auth-code", 3, 0),
    WORD("pin", 0, 1),         WORD("otp", 1, 1),           WORD("totp", 2, 1),
    WORD("hotp", 2, 1),
#undef WORD
};

/* Of parameters of a query alone: in JSON they are names of much else. */
static const char *const query_names[] = { "auth", "code", "jwt", "key", "sig", NULL };
/* At their end, such as X-Goog-Signature. */
#define SIGNATURE "signature"

/*
 * Which words a pair of letters may be of, as bits: the first one is that by which a word is found.
 * A body is looked at as a whole, so that this is all that most pairs cost.
 */
enum { B = 1, C = 2, K = 4, P = 8, Z = 16, ESCAPE = 32, R = 64, T = 128, H = 256 };

static const unsigned short found_by[256] = {
    ['b'] = B, ['B'] = B, ['c'] = C,       ['C'] = C, ['k'] = K, ['K'] = K,
    ['p'] = P, ['P'] = P, ['r'] = R,       ['R'] = R, ['t'] = T, ['T'] = T,
    ['z'] = Z, ['Z'] = Z, ['\\'] = ESCAPE, ['h'] = H, ['H'] = H,
};

static const unsigned short goes_on[256] = {
    ['e'] = B | K,  ['E'] = B | K, ['r'] = C, ['R'] = C, ['a'] = P | Z, ['A'] = P | Z, ['i'] = P,
    ['I'] = P,      ['p'] = T,     ['P'] = T, ['t'] = R, ['T'] = R,     ['w'] = P,     ['W'] = P,
    ['u'] = ESCAPE, ['c'] = H,     ['C'] = H, ['_'] = H, ['-'] = H,
};

static int may_be(const char *text)
{
    return found_by[(unsigned char)text[0]] & goes_on[(unsigned char)text[1]];
}

/* Whether another word begins at a place: behind a sign or an escape, or as in userPin, PINCode. */
static int begins_word(const char *text, apr_size_t length, apr_size_t start)
{
    return start == 0 || !apr_isalnum(text[start - 1]) ||
           (apr_isupper(text[start]) && (!apr_isupper(text[start - 1]) ||
                                         (start + 1 < length && apr_islower(text[start + 1])))) ||
           (start > 1 && text[start - 2] == '\\') ||
           (start > 5 && text[start - 6] == '\\' && text[start - 5] == 'u');
}

static int is_alone(const char *text, apr_size_t length, apr_size_t start, apr_size_t end)
{
    return begins_word(text, length, start) &&
           (end == length || !apr_isalpha(text[end]) || begins_word(text, length, end));
}

/* Where a word ends that has this letter; 0: none has. */
static apr_size_t word_at(const word_t **word, const char *text, apr_size_t length,
                          apr_size_t letter)
{
    apr_size_t i;

    for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
        apr_size_t start = letter - words[i].at;
        apr_size_t end = start + words[i].size;

        if (letter >= words[i].at && end <= length &&
            !strncasecmp(text + start, words[i].text, words[i].size) &&
            (!words[i].alone || is_alone(text, length, start, end))) {
            *word = &words[i];
            return end;
        }
    }
    return 0;
}

/* Where the first of these names ends; 0: there is none. */
static apr_size_t find_word(const word_t **word, const char *text, apr_size_t length)
{
    apr_size_t end;
    apr_size_t i;

    for (i = 0; i + 1 < length; i++) {
        if (may_be(text + i) && (end = word_at(word, text, length, i))) {
            return end;
        }
    }
    return 0;
}

int scim_sync_blackout_says_secret(const char *name)
{
    const word_t *word;

    return find_word(&word, name, strlen(name)) > 0;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* An operator of a filter, blanks, and a value. */
static int compares(const char *text)
{
    static const char *const operators[] = { "eq", "ne", "co", "sw", "ew",
                                             "gt", "ge", "lt", "le", NULL };
    const char *value;
    int i;

    if (!apr_isalpha(text[0]) || !apr_isalpha(text[1]) || !is_blank(text[2])) {
        return 0;
    }
    for (i = 0; operators[i] && strncasecmp(text, operators[i], 2); i++) {
    }
    value = text + 2 + strspn(text + 2, " \t");
    return operators[i] && *value && strchr("\\\"-0123456789", *value);
}

static int stands_between(char c)
{
    return apr_isalnum(c) || (c & 0x80) || is_blank(c) || (c && strchr("_\\\"'", c));
}

/* What stands behind a name gives it a value: pin: 1, "pin":"1", pin eq "1". */
static int gives_value(const char *rest)
{
    const char *most = rest + BLANKS_WITHIN;
    int left = GIVEN_WITHIN;

    for (; left > 0 && rest < most && stands_between(*rest); rest++) {
        if (!is_blank(*rest)) {
            left--;
        }
        else if (compares(rest + 1)) {
            return 1;
        }
    }
    return *rest == ':' || *rest == '=';
}

/* ---- addresses in texts ---- */

/* A longer name of a parameter is none of ours. */
#define PARAMETER_MAX 128

int scim_sync_blackout_is_query_name(const char *name, apr_size_t length)
{
    apr_size_t size = strlen(SIGNATURE);
    int i;

    for (i = 0; query_names[i]; i++) {
        if (strlen(query_names[i]) == length && !strncasecmp(name, query_names[i], length)) {
            return 1;
        }
    }
    return length >= size && !strncasecmp(name + length - size, SIGNATURE, size);
}

/* Where what began ends: at one of these characters, a blank, or what no address has. */
static apr_size_t end_at(const char *text, apr_size_t length, const char *ends)
{
    apr_size_t i;

    for (i = 0; i < length && (unsigned char)text[i] > ' ' && !strchr("\"<>", text[i]) &&
                !strchr(ends, text[i]);
         i++) {
    }
    return i;
}

/* What stands behind "://": "user:password@host". */
static int has_password(const char *text, apr_size_t length)
{
    apr_size_t end = end_at(text, length, "/?#\\");
    const char *at = memrchr(text, '@', end);
    const char *colon = at ? memchr(text, ':', (apr_size_t)(at - text)) : NULL;

    return colon && colon + 1 < at;
}

/* What stands behind "?" or "&": "name=value". */
static int is_secret_parameter(const char *text, apr_size_t length)
{
    apr_size_t end = end_at(text, length, "=?#&;");
    char written[PARAMETER_MAX + 1];
    char meant[PARAMETER_MAX + 1];
    const char *name = meant;

    if (end == length || text[end] != '=' || end > PARAMETER_MAX) {
        return 0;
    }
    memcpy(written, text, end);
    written[end] = '\0';
    if (apr_unescape_url(meant, written, APR_ESCAPE_STRING, NULL, NULL, 1, NULL) != APR_SUCCESS) {
        name = written;
    }
    return scim_sync_blackout_is_query_name(name, strlen(name)) ||
           scim_sync_blackout_says_secret(name);
}

/* How long "://" is, perhaps as JSON may have it: ":\/\/"; 0: it is something else. */
static apr_size_t begins_address(const char *text, apr_size_t length)
{
    apr_size_t i = 1;
    int slashes;

    for (slashes = 0; slashes < 2; slashes++) {
        i += i < length && text[i] == '\\';
        if (i >= length || text[i++] != '/') {
            return 0;
        }
    }
    return i;
}

/*
 * Whether an address whose "://" is at the beginning has a password or a secret parameter, also one
 * that is within it. *end is where it ends: what stands before that was looked at.
 */
static int is_secret_address(const char *text, apr_size_t length, apr_size_t *end)
{
    apr_size_t i;
    apr_size_t size;

    *end = end_at(text, length, "");
    for (i = 0; i < *end; i++) {
        if (text[i] == ':' && (size = begins_address(text + i, *end - i)) &&
            has_password(text + i + size, *end - i - size)) {
            return 1;
        }
        if (strchr("?#&;", text[i]) && is_secret_parameter(text + i + 1, *end - i - 1)) {
            return 1;
        }
    }
    return 0;
}

static int holds_address(const char *text, apr_size_t length)
{
    const char *end = text + length;
    apr_size_t size;

    while ((text = memchr(text, ':', (apr_size_t)(end - text)))) {
        size = 1;
        if (begins_address(text, (apr_size_t)(end - text)) &&
            is_secret_address(text, (apr_size_t)(end - text), &size)) {
            return 1;
        }
        text += size;
    }
    return 0;
}

int scim_sync_blackout_holds_address(const char *text)
{
    return holds_address(text, strlen(text));
}

int scim_sync_blackout_holds_secret(const char *text)
{
    const char *begin = text;
    const char *end = text + strlen(text);
    const char *sign = end;
    const word_t *word;
    apr_size_t length;

    while (sign > text && !strchr(":=\"'", sign[-1])) {
        sign--;
    }
    while ((length = find_word(&word, text, end - text))) {
        text += length;
        if (word->alone ? gives_value(text) : sign > text) {
            return 1;
        }
    }
    return scim_sync_blackout_holds_address(begin);
}

/* "\u0070": a letter that need not be written so. */
static int is_escape(const char *text, apr_size_t length)
{
    return length >= 5 && text[0] == '\\' && text[2] == '0' && text[3] == '0' && text[4] >= '2' &&
           text[4] <= '7';
}

int scim_sync_blackout_is_suspicious(const char *text, apr_size_t length)
{
    const word_t *word;
    apr_size_t i;

    for (i = 0; i + 1 < length; i++) {
        if (may_be(text + i) &&
            (is_escape(text + i, length - i) || word_at(&word, text, length, i) > 0)) {
            return 1;
        }
    }
    return holds_address(text, length) || memchr(text, '\0', length) != NULL;
}
