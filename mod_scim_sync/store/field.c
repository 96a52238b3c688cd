/* SPDX-License-Identifier: Apache-2.0 */
#include "store/field.h"

#include <string.h>

#include <apr_strings.h>

/* Attributes that have columns; a sub of NULL is what stands without one. */
static const struct {
    const char *attr;
    const char *sub;
    const char *sql;
    int kind;
    int always;
} columns[] = {
    { "id", NULL, "r.id", SCIM_SYNC_FIELD_TEXT, 1 },
    { "externalId", NULL, "r.external_id", SCIM_SYNC_FIELD_TEXT, 0 },
    { "userName", NULL, "r.name_key", SCIM_SYNC_FIELD_TEXT, 1 },
    { "displayName", NULL, "r.display_key", SCIM_SYNC_FIELD_TEXT, 0 },
    { "active", NULL, "r.active", SCIM_SYNC_FIELD_FLAG, 1 },
    { "meta", "resourceType", "r.type", SCIM_SYNC_FIELD_TEXT, 1 },
    { "meta", "created", "r.created", SCIM_SYNC_FIELD_TIME, 1 },
    { "meta", "lastModified", "r.modified", SCIM_SYNC_FIELD_TIME, 1 },
    { "meta", "location", NULL, SCIM_SYNC_FIELD_TEXT, 1 },
    { "meta", "version", NULL, SCIM_SYNC_FIELD_TEXT, 1 },
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static int is(const char *a, const char *b)
{
    return a != NULL && strcmp(a, b) == 0;
}

static int is_own(const scim_sync_name_t *name)
{
    apr_size_t i;

    for (i = 0; name->urn == NULL && i < COLUMNS; i++) {
        if (strcmp(columns[i].attr, name->attr) == 0) {
            return 1;
        }
    }
    return 0;
}

scim_sync_place_t scim_sync_place(const scim_sync_name_t *name, scim_sync_type_t type,
                                  const char *base, apr_pool_t *p)
{
    scim_sync_place_t place = {
        .of = SCIM_SYNC_PLACE_ELEMENTS, .type = type, .name = name, .base = base, .p = p
    };

    if (is_own(name)) {
        place.of = SCIM_SYNC_PLACE_OWN;
    }
    else if (name->urn == NULL && type == SCIM_SYNC_GROUP && is(name->attr, "members")) {
        place.of = SCIM_SYNC_PLACE_MEMBERS;
    }
    else if (name->urn == NULL && type == SCIM_SYNC_USER && is(name->attr, "groups")) {
        place.of = SCIM_SYNC_PLACE_GROUPS;
    }
    return place;
}

static const char *key_of(const scim_sync_place_t *place)
{
    return scim_sync_search_key(place->name->urn, place->name->attr, place->p);
}

void scim_sync_place_rows(scim_sync_sql_t *sql, const scim_sync_place_t *place)
{
    switch (place->of) {
    case SCIM_SYNC_PLACE_MEMBERS:
        scim_sync_sql_puts(sql, " FROM member m" SCIM_SYNC_MEMBER_TARGET(
                                    "r") " WHERE m.resource = r.id AND ");
        break;
    case SCIM_SYNC_PLACE_GROUPS:
        scim_sync_sql_puts(sql, " FROM member m JOIN resource g ON g.id = m.resource"
                                " AND g.idp = r.idp WHERE m.value = r.id AND ");
        break;
    default:
        scim_sync_sql_put(sql, " FROM {each}(r.search -> %s) e WHERE ",
                          DB_ARGS(DB_TEXT(key_of(place))));
    }
}

static const char *endpoint(const scim_sync_place_t *place, scim_sync_type_t type)
{
    return apr_pstrcat(place->p, place->base, "/", scim_sync_type_endpoint(type), "/", NULL);
}

/* A column of the resource. */
static int own(scim_sync_field_t *field, const scim_sync_place_t *place, const char *sub)
{
    apr_size_t i = 0;

    while (i < COLUMNS && (strcmp(columns[i].attr, place->name->attr) != 0 ||
                           (sub != NULL ? !is(columns[i].sub, sub) : columns[i].sub != NULL))) {
        i++;
    }
    field->always = i == COLUMNS || columns[i].always;
    if (i == COLUMNS) {
        return 0;
    }
    field->kind = columns[i].kind;
    if (columns[i].sql != NULL) {
        scim_sync_sql_puts(field->sql, columns[i].sql);
    }
    else if (is(sub, "location")) {
        scim_sync_sql_put(field->sql, "(%s || r.id)",
                          DB_ARGS(DB_TEXT(endpoint(place, place->type))));
    }
    else if (place->type == SCIM_SYNC_GROUP) {
        scim_sync_sql_puts(field->sql, "('W/\"' || CAST(r.version AS TEXT) || '\"')");
    }
    else {
        return 0;
    }
    return 1;
}

static int of_member(scim_sync_field_t *field, const scim_sync_place_t *place, const char *sub)
{
    if (is(sub, "value")) {
        scim_sync_sql_puts(field->sql, "m.value");
    }
    else if (is(sub, "display")) {
        scim_sync_sql_puts(field->sql, "m.display_key");
    }
    else if (is(sub, "type")) {
        scim_sync_sql_puts(field->sql, "lower(" SCIM_SYNC_MEMBER_TYPE ")");
    }
    else {
        scim_sync_sql_put(field->sql,
                          "(CASE lower(" SCIM_SYNC_MEMBER_REF ") WHEN 'user' THEN %s || m.value"
                          " WHEN 'group' THEN %s || m.value END)",
                          DB_ARGS(DB_TEXT(endpoint(place, SCIM_SYNC_USER)),
                                  DB_TEXT(endpoint(place, SCIM_SYNC_GROUP))));
    }
    return 1;
}

static int of_group(scim_sync_field_t *field, const scim_sync_place_t *place, const char *sub)
{
    if (is(sub, "value")) {
        scim_sync_sql_puts(field->sql, "g.id");
    }
    else if (is(sub, "display")) {
        scim_sync_sql_puts(field->sql, field->exact ? "g.name" : "g.name_key");
    }
    else if (is(sub, "type")) {
        scim_sync_sql_puts(field->sql, "CAST('direct' AS TEXT)");
    }
    else {
        scim_sync_sql_put(field->sql, "(%s || g.id)",
                          DB_ARGS(DB_TEXT(endpoint(place, SCIM_SYNC_GROUP))));
    }
    return 1;
}

/* One key of an element: "e.value", or the first one of the attribute. */
static void put_part(scim_sync_field_t *field, const scim_sync_place_t *place, int is_first,
                     const char *sub, scim_sync_search_kind_t kind)
{
    scim_sync_value_t key = DB_TEXT(scim_sync_search_sub(sub, kind, place->p));

    if (is_first) {
        scim_sync_sql_put(field->sql, "(r.search -> %s -> 0 ->> %s)",
                          DB_ARGS(DB_TEXT(key_of(place)), key));
    }
    else {
        scim_sync_sql_put(field->sql, "(e.value ->> %s)", 1, &key);
    }
}

/* Only of what we don't know there are values that are no texts. */
static void of_element(scim_sync_field_t *field, const scim_sync_place_t *place, int is_first,
                       const char *sub, const scim_sync_attr_t *def, scim_sync_search_kind_t kind)
{
    if (def != NULL || kind != SCIM_SYNC_SEARCH_OTHER) {
        put_part(field, place, is_first, sub, def != NULL ? SCIM_SYNC_SEARCH_TEXT : kind);
        return;
    }
    scim_sync_sql_puts(field->sql, "COALESCE(");
    put_part(field, place, is_first, sub, SCIM_SYNC_SEARCH_TEXT);
    scim_sync_sql_puts(field->sql, ", ");
    put_part(field, place, is_first, sub, SCIM_SYNC_SEARCH_NUMBER);
    scim_sync_sql_puts(field->sql, ", ");
    put_part(field, place, is_first, sub, SCIM_SYNC_SEARCH_OTHER);
    scim_sync_sql_puts(field->sql, ")");
}

static scim_sync_field_t field_of(const scim_sync_place_t *place, const scim_sync_attr_t *def)
{
    return (scim_sync_field_t) { .sql = scim_sync_sql_make(place->p),
                                 .kind = SCIM_SYNC_FIELD_TEXT,
                                 .exact = def != NULL && def->case_exact };
}

int scim_sync_field(scim_sync_field_t *field, const scim_sync_place_t *place, const char *sub,
                    const scim_sync_attr_t *def, scim_sync_search_kind_t kind)
{
    *field = field_of(place, def);
    switch (place->of) {
    case SCIM_SYNC_PLACE_OWN:
        return own(field, place, sub);
    case SCIM_SYNC_PLACE_MEMBERS:
        return of_member(field, place, sub);
    case SCIM_SYNC_PLACE_GROUPS:
        return of_group(field, place, sub);
    default:
        of_element(field, place, 0, sub, def, kind);
        return 1;
    }
}

int scim_sync_field_first(scim_sync_field_t *field, const scim_sync_place_t *place, const char *sub,
                          const scim_sync_attr_t *def)
{
    scim_sync_field_t row;

    if (place->of == SCIM_SYNC_PLACE_OWN) {
        return scim_sync_field(field, place, sub, def, SCIM_SYNC_SEARCH_OTHER);
    }
    *field = field_of(place, def);
    if (place->of == SCIM_SYNC_PLACE_ELEMENTS) {
        of_element(field, place, 1, sub, def, SCIM_SYNC_SEARCH_OTHER);
        return 1;
    }
    if (!scim_sync_field(&row, place, sub, def, SCIM_SYNC_SEARCH_OTHER)) {
        return 0;
    }
    scim_sync_sql_puts(field->sql, "(SELECT ");
    scim_sync_sql_append(field->sql, row.sql);
    scim_sync_place_rows(field->sql, place);
    scim_sync_sql_puts(field->sql, place->of == SCIM_SYNC_PLACE_MEMBERS
                                       ? "TRUE ORDER BY m.value{bytes} LIMIT 1)"
                                       : "TRUE ORDER BY g.id{bytes} LIMIT 1)");
    return 1;
}
