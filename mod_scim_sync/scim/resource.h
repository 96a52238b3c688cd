/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user or a group as an IdP told it: the document, and what the store indexes of it.
 *
 * The document is kept in canonical form: attribute names spelt as in the schema, no readOnly
 * attribute, no password, no null, and without `id`, `meta`, `groups` and `members`, which are
 * columns and rows. `schemas` stays as it was told (made complete). Attributes under a URN that
 * we don't know are kept as they came (RFC 7643 section 3.3).
 */
#ifndef SCIM_SYNC_SCIM_RESOURCE_H
#define SCIM_SYNC_SCIM_RESOURCE_H

#include <apr_tables.h>

#include "scim/error.h"
#include "scim/schema.h"

/* Longest document, in bytes of JSON; members are not in it. */
#define SCIM_SYNC_DOC_MAX 1048576

/*
 * One member of a group. The strings live as long as the array that holds it. As read from a
 * request, type and ref are what was told; as loaded, what an answer says (store/member.h).
 */
typedef struct {
    const char *value;   /* id of a resource, known to us or not */
    const char *display; /* or NULL */
    const char *type;    /* whatever was told: "User", "Group", something else; or NULL */
    const char *ref;     /* what $ref points at: "User", "Group"; anything else, NULL: nothing */
} scim_sync_member_t;

/* One group that a user is in, directly or through groups in groups. */
typedef struct {
    const char *id;
    const char *name;
    int direct;
} scim_sync_group_t;

typedef struct {
    scim_sync_type_t type;
    const char *id;              /* NULL until it is stored */
    json_t *doc;                 /* owned by the pool of the resource */
    apr_array_header_t *members; /* scim_sync_member_t, no value twice; NULL = not said */
    apr_array_header_t *groups;  /* scim_sync_group_t of a user, by id; NULL = not loaded */

    /* derived from doc by scim_sync_resource_index() */
    const char *name;        /* userName or displayName (of a group), as told */
    const char *name_key;    /* the same, folded: unique per IdP and type */
    const char *external_id; /* or NULL */
    int active;              /* users: active, true when it was not said; groups: 1 */
    /* const char *, folded, no value twice, the primary one first; of a user without any the
     * userName if it is an address */
    apr_array_header_t *emails;

    /* kept by the store */
    apr_int64_t version;  /* 1 when created, one more at each change (groups of a user apart) */
    apr_int64_t created;  /* ms */
    apr_int64_t modified; /* ms */
} scim_sync_resource_t;

/*
 * Read the body of a POST or PUT. Tolerates what real clients send (the facts are named in the
 * golden folders): names in any case, "True" for true, one e-mail as object or string, an absent
 * `schemas`, readOnly attributes, unknown core attributes. Refuses with 400 what can't be meant:
 * no userName/displayName, a wrong type, a contradicting `schemas`; with 413 a document over
 * SCIM_SYNC_DOC_MAX. Two primary values are none of
 * that: the first one stays primary, and the same value twice is kept once. `members` that is null
 * counts as not said.
 * max_values   bound on the elements of one multi-valued attribute, members apart
 * *out and all in it live in p.
 */
const scim_sync_error_t *scim_sync_resource_read(scim_sync_resource_t **out, scim_sync_type_t type,
                                                 const json_t *body, int max_values, apr_pool_t *p);

/*
 * Fill the derived fields from r->doc (after a patch). 400 when something required has gone, 413
 * when the document is too large.
 */
const scim_sync_error_t *scim_sync_resource_index(scim_sync_resource_t *r, apr_pool_t *p);

/* Whether two documents say the same, whatever the order of their keys. Members apart. */
int scim_sync_resource_same(const scim_sync_resource_t *a, const scim_sync_resource_t *b);

/*
 * The resource as an answer holds it (RFC 7643 section 3): doc, id, meta with an absolute
 * location and the version, for a group with members != NULL their list, with $ref where it is
 * known what it points at, and for a user with groups != NULL those.
 * base   the IdP's SCIM base URL, without a slash at its end
 * Owned by p. Projection (scim/projection.h) is applied by the caller.
 */
json_t *scim_sync_resource_render(const scim_sync_resource_t *r, const char *base, apr_pool_t *p);

/* One member as an answer holds it: a new reference. */
json_t *scim_sync_member_render(const scim_sync_member_t *member, const char *base, apr_pool_t *p);

/*
 * meta.version and the ETag (RFC 7644 section 3.14), a weak one: W/"3", and for a user in groups
 * with a digest of these behind it, as they change without the user. In p. A user's groups must
 * have been loaded.
 */
const char *scim_sync_resource_version(const scim_sync_resource_t *r, apr_pool_t *p);

/* base + "/Users/" + id, in p. */
const char *scim_sync_resource_location(const scim_sync_resource_t *r, const char *base,
                                        apr_pool_t *p);

#endif
