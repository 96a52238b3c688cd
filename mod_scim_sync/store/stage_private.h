/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files store/stage*.c and store/google_change.c: how what was found (store/stage.h) is
 * joined with what is told. Pieces of SQL.
 */
#ifndef SCIM_SYNC_STORE_STAGE_PRIVATE_H
#define SCIM_SYNC_STORE_STAGE_PRIVATE_H

/*
 * Types of what is in the directory, and not chosen: users, groups, and groups of which the members
 * count as those of a chosen one.
 */
#define SCIM_SYNC_STAGE_OTHER_USER  "OtherUser"
#define SCIM_SYNC_STAGE_OTHER_GROUP "OtherGroup"
#define SCIM_SYNC_STAGE_INNER_GROUP "InnerGroup"
#define SCIM_SYNC_STAGE_OTHERS      "'OtherUser', 'OtherGroup', 'InnerGroup'"

/* Of an entry s: as it is told (r). */
#define SCIM_SYNC_STAGE_TOLD                                                                       \
    " LEFT JOIN resource r ON r.idp = s.idp AND r.type = s.type AND r.external_id = s.id"

/* What is told (r), and not there any more; of an IdP and a type. */
#define SCIM_SYNC_STAGE_GONE                                                                       \
    " FROM resource r WHERE r.idp = %s AND r.type = %s AND NOT EXISTS (SELECT 1 FROM stage s"      \
    " WHERE s.idp = r.idp AND s.type = r.type AND s.id = r.external_id)"

/*
 * Before the name of a type: one entry says that of this type not all of the directory were asked
 * for.
 */
#define SCIM_SYNC_STAGE_ASKED "Asked"

/* Why one of these (r) is not: it is left out, or may be; NULL: nobody knows of it any more. */
#define SCIM_SYNC_STAGE_WHY_GONE                                                                   \
    "CASE WHEN EXISTS (SELECT 1 FROM stage o WHERE o.idp = r.idp AND o.type IN "                   \
    "(" SCIM_SYNC_STAGE_OTHERS ") AND o.id = r.external_id)"                                       \
    " THEN 'is in Google, and not chosen'"                                                         \
    " WHEN EXISTS (SELECT 1 FROM stage o WHERE o.idp = r.idp"                                      \
    " AND o.type = '" SCIM_SYNC_STAGE_ASKED "' || r.type AND o.id = '')"                           \
    " THEN 'is not among those whom Google was asked for: has left, or is not chosen any more' "   \
    "END"

/* Memberships m that were found, as they are told (x): of whom, and whether that one is told. */
#define SCIM_SYNC_STAGE_FOUND                                                                      \
    " FROM stage_member m"                                                                         \
    " LEFT JOIN stage g ON g.idp = m.idp AND g.type = 'Group' AND g.id = m.in_group"               \
    " LEFT JOIN stage s ON s.idp = m.idp AND s.type = m.type AND s.id = m.id"                      \
    " LEFT JOIN resource t ON t.idp = m.idp AND t.type = 'Group' AND t.external_id = m.in_group"   \
    " LEFT JOIN resource r ON r.idp = m.idp AND r.type = m.type AND r.external_id = m.id"          \
    " LEFT JOIN member x ON x.resource = t.id AND x.value = r.id"
#define SCIM_SYNC_STAGE_BOTH_COME                                                                  \
    " (s.doc IS NOT NULL OR (s.id IS NOT NULL AND r.id IS NOT NULL))"                              \
    " AND (g.doc IS NOT NULL OR (g.id IS NOT NULL AND t.id IS NOT NULL))"

/* Memberships that are told, of a group (t), and not there any more, of who is (r, s); of an IdP. */
#define SCIM_SYNC_STAGE_MEMBERS_GONE                                                               \
    " FROM resource t JOIN member x ON x.resource = t.id"                                          \
    " JOIN resource r ON r.id = x.value AND r.idp = t.idp"                                         \
    " JOIN stage s ON s.idp = r.idp AND s.type = r.type AND s.id = r.external_id"                  \
    " WHERE t.idp = %s AND t.type = 'Group' AND NOT EXISTS (SELECT 1 FROM stage_member m"          \
    " WHERE m.idp = t.idp AND m.in_group = t.external_id AND m.id = s.id AND m.type = s.type)"

#endif
