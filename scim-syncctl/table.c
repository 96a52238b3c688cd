/* SPDX-License-Identifier: Apache-2.0 */
#include "scim-syncctl/table.h"

#include <string.h>

#include <apr_strings.h>

#include "scim-syncctl/text.h"

#define GAP        "  "
#define NAME_MAX_  64 /* of a member of a path */
#define PARTS_MAX  100
#define MINUTE     60
#define HOUR       (60 * MINUTE)
#define DAY        (24 * HOUR)
#define SECONDS_AT 19 /* "2026-11-22T07:43:10" */

const json_t *ctl_member(const json_t *object, const char *path)
{
    char name[NAME_MAX_];
    apr_size_t len;

    while (object && *path) {
        len = strcspn(path, ".");
        if (len >= sizeof(name)) {
            return NULL;
        }
        memcpy(name, path, len);
        name[len] = '\0';
        object = json_object_get(object, name);
        path += len + (path[len] == '.');
    }
    return object;
}

static const char *span(json_int_t seconds, apr_pool_t *p)
{
    if (seconds < 0) {
        return "-";
    }
    if (seconds >= DAY) {
        return apr_psprintf(p, "%d d %d h", (int)(seconds / DAY), (int)(seconds % DAY / HOUR));
    }
    if (seconds >= HOUR) {
        return apr_psprintf(p, "%d h %d min", (int)(seconds / HOUR),
                            (int)(seconds % HOUR / MINUTE));
    }
    return seconds >= MINUTE ? apr_psprintf(p, "%d min", (int)(seconds / MINUTE))
                             : apr_psprintf(p, "%d s", (int)seconds);
}

static const char *text_of(const char *text, ctl_form_t form, apr_pool_t *p)
{
    if (form == CTL_TIME && strlen(text) > SECONDS_AT && text[10] == 'T') {
        text = apr_pstrcat(p, apr_pstrndup(p, text, SECONDS_AT), "Z", NULL);
    }
    return *text ? ctl_printable(text, p) : "\"\"";
}

static const char *list_of(const json_t *list, apr_pool_t *p)
{
    const char *texts = "";
    const json_t *part;
    apr_size_t i;

    json_array_foreach(list, i, part)
    {
        if (i == PARTS_MAX) {
            return apr_pstrcat(p, texts, ", ...", NULL);
        }
        texts = apr_pstrcat(p, texts, i ? ", " : "", ctl_cell(part, CTL_TEXT, p), NULL);
    }
    return *texts ? texts : "-";
}

/* "addMember 312, createAccount 100" of an object that only counts; NULL of any other one. */
static const char *counts_of(const json_t *object, apr_pool_t *p)
{
    const char *text = NULL;
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (!json_is_integer(value)) {
            return NULL;
        }
        text = apr_psprintf(p, "%s%s%s %" APR_INT64_T_FMT, text ? text : "", text ? ", " : "",
                            ctl_printable(name, p), (apr_int64_t)json_integer_value(value));
    }
    return text ? text : "-";
}

static const char *json_of(const json_t *value, apr_pool_t *p)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    const char *made = text ? ctl_printable(apr_pstrdup(p, text), p) : "-";

    free(text);
    return made;
}

const char *ctl_cell(const json_t *value, ctl_form_t form, apr_pool_t *p)
{
    const char *counts;

    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        return text_of(json_string_value(value), form, p);
    case JSON_INTEGER:
        return form == CTL_SPAN
                   ? span(json_integer_value(value), p)
                   : apr_psprintf(p, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(value));
    case JSON_REAL:
        return apr_psprintf(p, "%.1f", json_real_value(value));
    case JSON_TRUE:
        return "yes";
    case JSON_FALSE:
        return "no";
    case JSON_ARRAY:
        return list_of(value, p);
    case JSON_OBJECT:
        counts = counts_of(value, p);
        return counts ? counts : json_of(value, p);
    default:
        return "-";
    }
}

static int count_of(const ctl_column_t *columns)
{
    int count = 0;

    while (columns[count].title) {
        count++;
    }
    return count;
}

/* All cells, the titles first. */
static const char **cells_of(const ctl_column_t *columns, int width, const json_t *rows,
                             apr_pool_t *p)
{
    const char **cells = apr_pcalloc(p, (json_array_size(rows) + 1) * width * sizeof(*cells));
    const json_t *row;
    apr_size_t i;
    int c;

    for (c = 0; c < width; c++) {
        const char **at = cells + c;

        *at = columns[c].title;
        json_array_foreach(rows, i, row)
        {
            at += width;
            *at = ctl_cell(ctl_member(row, columns[c].path), columns[c].form, p);
            if (columns[c].most && c < width - 1) {
                *at = ctl_cut(*at, columns[c].most, p);
            }
        }
    }
    return cells;
}

static int widest(const char *const *cells, int width, apr_size_t lines)
{
    int most = 0;
    apr_size_t i;

    for (i = 0; i < lines; i++) {
        int columns = ctl_width(cells[i * width]);

        most = columns > most ? columns : most;
    }
    return most;
}

static const char *blanks(int count, apr_pool_t *p)
{
    char *text = apr_palloc(p, (apr_size_t)count + 1);

    memset(text, ' ', (apr_size_t)count);
    text[count] = '\0';
    return text;
}

/* A cell with what makes it as wide as its column. */
static const char *padded(const char *cell, int columns, int is_right, apr_pool_t *p)
{
    const char *fill = blanks(columns - ctl_width(cell), p);

    return is_right ? apr_pstrcat(p, fill, cell, NULL) : apr_pstrcat(p, cell, fill, NULL);
}

const char *ctl_table(const ctl_column_t *columns, const json_t *rows, apr_pool_t *p)
{
    apr_size_t lines = json_array_size(rows) + 1;
    int width = count_of(columns);
    const char **cells = cells_of(columns, width, rows, p);
    const char **parts = apr_palloc(p, lines * width * 2 * sizeof(*parts));
    struct iovec *pieces = apr_palloc(p, lines * width * 2 * sizeof(*pieces));
    apr_size_t i;
    int c;

    if (lines == 1) {
        return "";
    }
    for (c = 0; c < width; c++) {
        int is_last = c == width - 1;
        int most = widest(cells + c, width, lines);

        for (i = 0; i < lines; i++) {
            apr_size_t at = i * width + c;
            int is_right = columns[c].form == CTL_NUMBER || columns[c].form == CTL_SPAN;

            parts[2 * at] = is_last && !is_right ? cells[at] : padded(cells[at], most, is_right, p);
            parts[2 * at + 1] = is_last ? "\n" : GAP;
        }
    }
    for (i = 0; i < lines * width * 2; i++) {
        pieces[i].iov_base = (void *)(uintptr_t)parts[i];
        pieces[i].iov_len = strlen(parts[i]);
    }
    return apr_pstrcatv(p, pieces, lines * width * 2, NULL);
}

const char *ctl_facts(const ctl_column_t *columns, const json_t *object, apr_pool_t *p)
{
    const char *text = "";
    int most = 0;
    int c;

    for (c = 0; columns[c].title; c++) {
        int columns_ = ctl_width(columns[c].title);

        most = columns_ > most ? columns_ : most;
    }
    for (c = 0; columns[c].title; c++) {
        const json_t *value = ctl_member(object, columns[c].path);

        if (value) {
            text = apr_pstrcat(p, text, padded(columns[c].title, most, 0, p), GAP,
                               ctl_cell(value, columns[c].form, p), "\n", NULL);
        }
    }
    return text;
}
