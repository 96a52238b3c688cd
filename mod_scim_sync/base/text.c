/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Case folding, e-mail addresses, times, ids and percent-encoding.
 */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/secret.h"

/* 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z: what four digits of a year can say. */
#define TIME_MIN (-APR_INT64_C(62167219200000))
#define TIME_MAX APR_INT64_C(253402300799999)

/* Nearly every text is ASCII, where folding is lower case and NFC changes nothing. */
static char *fold_ascii(const char *text, apr_size_t len, apr_pool_t *p)
{
    char *folded = apr_palloc(p, len + 1);

    for (apr_size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] > 0x7f) {
            return NULL;
        }
        folded[i] = text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i];
    }
    folded[len] = '\0';
    return folded;
}

static const char *fold_unicode(const char *text, apr_size_t len, apr_pool_t *p)
{
    const uint8_t *utf8 = (const uint8_t *)text;
    const char *copy = NULL;
    uint8_t *folded;
    size_t n;

    if (u8_check(utf8, len) != NULL) {
        return NULL;
    }
    folded = u8_casefold(utf8, len, NULL, UNINORM_NFC, NULL, &n);
    if (folded != NULL) {
        copy = apr_pstrmemdup(p, (const char *)folded, n);
        free(folded);
    }
    return copy;
}

const char *scim_sync_fold(const char *text, apr_pool_t *p)
{
    const char *folded;
    apr_size_t len;

    if (text == NULL) {
        return NULL;
    }
    len = strlen(text);
    folded = fold_ascii(text, len, p);
    return folded != NULL ? folded : fold_unicode(text, len, p);
}

const char *scim_sync_excerpt(const char *text, apr_size_t most, apr_pool_t *p)
{
    apr_size_t len = text != NULL ? strlen(text) : 0;
    const uint8_t *wrong;
    char *copy;
    char *at;

    if (text == NULL) {
        return NULL;
    }
    if (len > most) {
        /* 10xxxxxx is no first byte of a character, and a character has three of them at most. */
        for (len = most; len > 0 && most - len < 3 && (text[len] & 0xc0) == 0x80; len--) {
        }
    }
    at = copy = apr_pstrmemdup(p, text, len);
    while ((wrong = u8_check((uint8_t *)at, strlen(at))) != NULL) {
        at += wrong - (uint8_t *)at;
        *at++ = '?';
    }
    return copy;
}

/* Blanks of every script count: a no-break space is what copying from a web page brings along. */
static int has_blank(const char *text)
{
    const uint8_t *at = (const uint8_t *)text;
    ucs4_t c;

    while ((at = u8_next(&c, at)) != NULL) {
        if (uc_is_property_white_space(c) || uc_is_cntrl(c)) {
            return 1;
        }
    }
    return 0;
}

static int is_domain(const char *text)
{
    apr_size_t len = strlen(text);

    return len > 0 && text[0] != '.' && text[len - 1] != '.' && strstr(text, "..") == NULL;
}

int scim_sync_is_email(const char *text)
{
    const char *at;

    if (text == NULL || u8_check((const uint8_t *)text, strlen(text)) != NULL || has_blank(text)) {
        return 0;
    }
    at = strchr(text, '@');
    return at != NULL && at > text && strchr(at + 1, '@') == NULL && is_domain(at + 1);
}

static int is_for_people(ucs4_t c)
{
    return !uc_is_cntrl(c) && !uc_is_property_bidi_control(c) &&
           !uc_is_general_category(c, UC_LINE_SEPARATOR) &&
           !uc_is_general_category(c, UC_PARAGRAPH_SEPARATOR);
}

const char *scim_sync_display_name(const char *text, int most, apr_pool_t *p)
{
    const uint8_t *at = (const uint8_t *)text;
    const uint8_t *begin = NULL;
    const uint8_t *end = NULL;
    const uint8_t *next;
    int characters = 0; /* from the first that is no blank on, */
    int seen = 0;       /* and to the last one */
    ucs4_t c;

    for (; (next = u8_next(&c, at)) != NULL; at = next) {
        int blank = uc_is_property_white_space(c);

        if (!is_for_people(c)) {
            return NULL;
        }
        begin = begin || blank ? begin : at;
        characters += begin != NULL;
        if (!blank) {
            end = next;
            seen = characters;
        }
    }
    return begin && seen <= most ? apr_pstrmemdup(p, (const char *)begin, (apr_size_t)(end - begin))
                                 : NULL;
}

apr_int64_t scim_sync_now(void)
{
    return apr_time_as_msec(apr_time_now());
}

apr_time_t scim_sync_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec((apr_time_t)now.tv_sec) + now.tv_nsec / 1000;
}

const char *scim_sync_time_text(apr_int64_t ms, apr_pool_t *p)
{
    apr_int64_t within;
    struct tm tm;
    time_t seconds;

    ms = ms < TIME_MIN ? TIME_MIN : ms > TIME_MAX ? TIME_MAX : ms;
    within = ((ms % 1000) + 1000) % 1000;
    seconds = (ms - within) / 1000;
    gmtime_r(&seconds, &tm);
    return apr_psprintf(p, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                        tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)within);
}

/* Reads exactly n digits; -1 when they aren't there. Moves *at behind them. */
static int digits(const char **at, int n)
{
    int value = 0;

    for (; n > 0; n--, (*at)++) {
        if (!apr_isdigit(**at)) {
            return -1;
        }
        value = value * 10 + (**at - '0');
    }
    return value;
}

static int skip(const char **at, char c)
{
    if (**at != c) {
        return 0;
    }
    (*at)++;
    return 1;
}

/* "2026-11-22" as seconds since 1970. Not apr_time_exp_gmt_get: it refuses years before 1970. */
static int parse_date(time_t *seconds, const char **at)
{
    struct tm tm = { 0 };
    struct tm real;
    int year = digits(at, 4);
    int month = year >= 0 && skip(at, '-') ? digits(at, 2) : -1;
    int day = month >= 0 && skip(at, '-') ? digits(at, 2) : -1;

    if (month < 1 || day < 1) {
        return 0;
    }
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    real = tm;
    *seconds = timegm(&real);
    /* timegm turns 30 February into 2 March: what it had to move was no date. */
    return real.tm_mon == tm.tm_mon && real.tm_mday == tm.tm_mday;
}

/* "06:30:00.123" as milliseconds; a leap second (60) is the one behind it. */
static int parse_clock(apr_int64_t *ms, const char **at)
{
    int hour = digits(at, 2);
    int minute = hour >= 0 && skip(at, ':') ? digits(at, 2) : -1;
    int second = minute >= 0 && skip(at, ':') ? digits(at, 2) : -1;

    if (hour > 23 || minute > 59 || second < 0 || second > 60) {
        return 0;
    }
    *ms = ((hour * 60 + minute) * 60 + second) * APR_INT64_C(1000);
    if (skip(at, '.')) {
        if (!apr_isdigit(**at)) {
            return 0;
        }
        for (int unit = 100; apr_isdigit(**at); unit /= 10, (*at)++) {
            *ms += (**at - '0') * unit;
        }
    }
    return 1;
}

/* "Z", "+01:00" or nothing (xsd:dateTime leaves the zone optional; UTC then), in milliseconds. */
static int parse_zone(apr_int64_t *ms, const char **at)
{
    int sign = **at == '-' ? -1 : 1;
    int hour;
    int minute;

    *ms = 0;
    if (**at == '\0' || skip(at, 'Z') || skip(at, 'z')) {
        return 1;
    }
    if (!skip(at, '+') && !skip(at, '-')) {
        return 0;
    }
    hour = digits(at, 2);
    minute = hour >= 0 && skip(at, ':') ? digits(at, 2) : -1;
    *ms = sign * (hour * 60 + minute) * APR_INT64_C(60000);
    return hour <= 23 && minute >= 0 && minute <= 59;
}

apr_status_t scim_sync_time_parse(apr_int64_t *ms, const char *text)
{
    apr_int64_t clock_ms;
    apr_int64_t zone_ms;
    time_t date;

    if (text == NULL || !parse_date(&date, &text) || (!skip(&text, 'T') && !skip(&text, 't')) ||
        !parse_clock(&clock_ms, &text) || !parse_zone(&zone_ms, &text) || *text != '\0') {
        return APR_EINVAL;
    }
    *ms = date * APR_INT64_C(1000) + clock_ms - zone_ms;
    return APR_SUCCESS;
}

const char *scim_sync_new_id(apr_pool_t *p)
{
    unsigned char b[16];

    scim_sync_random(b, sizeof b);
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    return apr_psprintf(p, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                        b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
                        b[12], b[13], b[14], b[15]);
}

static int is_unreserved(char c)
{
    return apr_isalnum(c) || strchr("-._~", c) != NULL;
}

/* Not apr_pescape_urlencoded or _path_segment: they make "+" of a blank, or leave "&" and "=". */
const char *scim_sync_url_encode(const char *text, apr_pool_t *p)
{
    static const char hex[] = "0123456789ABCDEF";
    char *encoded = apr_palloc(p, 3 * strlen(text) + 1);
    char *to = encoded;

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (is_unreserved(*text)) {
            *to++ = *text;
        }
        else {
            *to++ = '%';
            *to++ = hex[c >> 4];
            *to++ = hex[c & 15];
        }
    }
    *to = '\0';
    return encoded;
}

int scim_sync_list_holds(const apr_array_header_t *list, const char *text)
{
    for (int i = 0; list != NULL && i < list->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(list, i, const char *), text) == 0) {
            return 1;
        }
    }
    return 0;
}

const char *scim_sync_list_text(const apr_array_header_t *list, int most, int all, apr_pool_t *p)
{
    const char *text = "";
    int i;

    for (i = 0; i < list->nelts && i < most; i++) {
        text = apr_pstrcat(p, text, i > 0 ? ", " : "", APR_ARRAY_IDX(list, i, const char *), NULL);
    }
    return all > i ? apr_psprintf(p, "%s and %d more", text, all - i) : text;
}

const char *scim_sync_count_text(apr_int64_t count, const char *one, const char *many,
                                 apr_pool_t *p)
{
    return apr_psprintf(p, "%" APR_INT64_T_FMT " %s", count, count == 1 ? one : many);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void scim_sync_list_sort(apr_array_header_t *list)
{
    qsort(list->elts, (size_t)list->nelts, sizeof(const char *), compare);
}

static apr_array_header_t *distinct(const apr_array_header_t *list, apr_pool_t *p)
{
    apr_array_header_t *sorted = apr_array_copy(p, list);
    apr_array_header_t *some = apr_array_make(p, list->nelts, sizeof(const char *));

    scim_sync_list_sort(sorted);
    for (int i = 0; i < sorted->nelts; i++) {
        const char *text = APR_ARRAY_IDX(sorted, i, const char *);

        if (i == 0 || strcmp(text, APR_ARRAY_IDX(sorted, i - 1, const char *)) != 0) {
            APR_ARRAY_PUSH(some, const char *) = text;
        }
    }
    return some;
}

int scim_sync_list_same(const apr_array_header_t *a, const apr_array_header_t *b, apr_pool_t *p)
{
    const apr_array_header_t *one = distinct(a, p);
    const apr_array_header_t *other = distinct(b, p);
    int i = 0;

    while (i < one->nelts && i < other->nelts &&
           strcmp(APR_ARRAY_IDX(one, i, const char *), APR_ARRAY_IDX(other, i, const char *)) ==
               0) {
        i++;
    }
    return i == one->nelts && i == other->nelts;
}
