/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/profile.h"

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"

#define ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
/* Bytes of one attribute; characters of a nickname are fewer than these, at most. */
#define VALUE_MAX    255
#define NICKNAME_MAX 30

static const char *name_of(const json_t *doc, apr_pool_t *p)
{
    const json_t *name = json_object_get(doc, "name");
    const char *given = scim_sync_json_nonempty(name, "givenName");
    const char *family = scim_sync_json_nonempty(name, "familyName");
    const char *whole = scim_sync_json_nonempty(doc, "displayName");

    whole = whole ? whole : scim_sync_json_nonempty(name, "formatted");
    if (whole || !family) {
        return whole ? whole : given;
    }
    return given ? apr_pstrcat(p, given, " ", family, NULL) : family;
}

static void put(json_t *profile, const char *name, const char *value, apr_size_t most,
                apr_pool_t *p)
{
    scim_sync_json_put(profile, name, value ? scim_sync_excerpt(value, most, p) : NULL);
}

const char *scim_sync_profile_name(const json_t *doc, apr_pool_t *p)
{
    const char *name = name_of(doc, p);

    return name ? scim_sync_excerpt(name, VALUE_MAX, p) : NULL;
}

const char *scim_sync_profile(const json_t *doc, apr_pool_t *p)
{
    const json_t *work = json_object_get(doc, ENTERPRISE);
    json_t *profile = scim_sync_json_own(json_object(), p);
    json_t *extended = scim_sync_json_own(json_object(), p);

    put(profile, "name", name_of(doc, p), VALUE_MAX, p);
    put(profile, "nickname", scim_sync_json_nonempty(doc, "nickName"), NICKNAME_MAX, p);
    put(profile, "zoneinfo", scim_sync_json_nonempty(doc, "timezone"), VALUE_MAX, p);
    put(extended, "job_title", scim_sync_json_nonempty(doc, "title"), VALUE_MAX, p);
    put(extended, "department", scim_sync_json_nonempty(work, "department"), VALUE_MAX, p);
    put(extended, "organization", scim_sync_json_nonempty(work, "organization"), VALUE_MAX, p);
    if (json_object_size(extended) > 0) {
        json_object_set(profile, "extended_profile", extended);
    }
    return json_object_size(profile) > 0 ? scim_sync_json_text(profile, NULL, p) : NULL;
}
