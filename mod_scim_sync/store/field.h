/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in the database the values of an attribute stand, as filters and orders ask for them: in
 * columns of the resource itself, in rows of the table member, or in the elements of the column
 * search (scim/search.h). The resource is table resource under the alias r.
 */
#ifndef SCIM_SYNC_STORE_FIELD_H
#define SCIM_SYNC_STORE_FIELD_H

#include "scim/path.h"
#include "scim/search.h"
#include "store/sql.h"

/*
 * The type of a member and what its $ref points at (store/member.h), of row m of table member and
 * of the resource t that it is: this one is joined where it was not known yet when the member was
 * added. group is the alias of a resource of the same IdP.
 */
#define SCIM_SYNC_MEMBER_TYPE "COALESCE(m.type, m.real_type, t.type, m.ref_type)"
#define SCIM_SYNC_MEMBER_REF  "COALESCE(m.real_type, t.type, m.ref_type, m.type)"
#define SCIM_SYNC_MEMBER_TARGET(group)                                                             \
    " LEFT JOIN resource t ON t.id = CASE WHEN m.real_type IS NULL THEN m.value END"               \
    " AND t.idp = " group ".idp"

typedef struct {
    enum {
        SCIM_SYNC_PLACE_OWN,      /* columns of r */
        SCIM_SYNC_PLACE_ELEMENTS, /* of r.search */
        SCIM_SYNC_PLACE_MEMBERS,  /* of a group */
        SCIM_SYNC_PLACE_GROUPS    /* that a user is in, directly */
    } of;
    scim_sync_type_t type;
    const scim_sync_name_t *name; /* of the attribute; its sub is not looked at */
    const char *base;             /* the IdP's SCIM base URL: meta.location, $ref */
    apr_pool_t *p;
} scim_sync_place_t;

/* Where an attribute stands. The name must outlive the place. */
scim_sync_place_t scim_sync_place(const scim_sync_name_t *name, scim_sync_type_t type,
                                  const char *base, apr_pool_t *p);

/*
 * Append " FROM ... WHERE " with a row for each element of an attribute that does not stand in
 * columns; what follows is a condition over a field of it.
 */
void scim_sync_place_rows(scim_sync_sql_t *sql, const scim_sync_place_t *place);

typedef struct {
    scim_sync_sql_t *sql; /* an expression, within brackets where it needs some */
    enum {
        SCIM_SYNC_FIELD_TEXT,
        SCIM_SYNC_FIELD_TIME, /* ms since 1970 */
        SCIM_SYNC_FIELD_FLAG  /* 1, 0 */
    } kind;
    int exact;  /* a text as it was told; else a folded one (base/text.h) */
    int always; /* it is never NULL, and never empty */
} scim_sync_field_t;

/*
 * A sub-attribute ("value" of a simple one; NULL for columns of the resource that are none).
 * def    of it, NULL when we don't know it
 * kind   which of its values; OTHER: whatever there is
 * Returns 0 when there is no such thing in the database, as for the version of a user (it depends
 * on groups); that it is there may be asked nevertheless: field->always.
 */
int scim_sync_field(scim_sync_field_t *field, const scim_sync_place_t *place, const char *sub,
                    const scim_sync_attr_t *def, scim_sync_search_kind_t kind);

/* What a list is ordered by: the field of a column, or that of the first element. */
int scim_sync_field_first(scim_sync_field_t *field, const scim_sync_place_t *place, const char *sub,
                          const scim_sync_attr_t *def);

#endif
