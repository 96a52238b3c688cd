/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attribute tables of RFC 7643. Verified errata are applied (5368: Group.displayName is
 * required; 8472: manager.value is case exact).
 */
#include "scim/schema_tables.h"

#define TEXT(n, d)                                                                                 \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_STRING, .description = d                                      \
    }
#define EXACT(n, d)                                                                                \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_STRING, .description = d, .case_exact = 1                     \
    }
#define TYPED(n, d, c)                                                                             \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_STRING, .description = d, .canonical = c                      \
    }
#define FLAG(n, d)                                                                                 \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_BOOLEAN, .description = d                                     \
    }
#define LINK(n, d, r)                                                                              \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_REFERENCE, .description = d, .references = r, .case_exact = 1 \
    }
#define COMPLEX(n, d, s)                                                                           \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_COMPLEX, .description = d, .subs = s                          \
    }
#define MANY(n, d, s)                                                                              \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_COMPLEX, .description = d, .subs = s, .multi = 1              \
    }
#define GIVEN(n, k, d)                                                                             \
    {                                                                                              \
        .name = n, .kind = k, .description = d, .case_exact = 1, .mutability = SCIM_SYNC_READ_ONLY \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const char *const home_types[] = { "work", "home", "other", NULL };
static const char *const phone_types[] = {
    "work", "home", "mobile", "fax", "pager", "other", NULL
};
static const char *const im_types[] = { "aim",   "gtalk", "icq",   "xmpp", "msn",
                                        "skype", "qq",    "yahoo", NULL };
static const char *const photo_types[] = { "photo", "thumbnail", NULL };
static const char *const group_types[] = { "direct", "indirect", NULL };
static const char *const member_types[] = { "User", "Group", NULL };

static const char *const to_user[] = { "User", NULL };
static const char *const to_group[] = { "Group", "User", NULL };
static const char *const to_member[] = { "User", "Group", NULL };
static const char *const to_outside[] = { "external", NULL };
static const char *const to_uri[] = { "uri", NULL };

#define DISPLAY TEXT("display", "A name for people to read.")
#define PRIMARY FLAG("primary", "Whether this is the preferred value; true at most once.")
#define KIND(c) TYPED("type", "What the value is for.", c)

static const scim_sync_attr_t name_subs[] = {
    TEXT("formatted", "The full name, ready to be shown."),
    TEXT("familyName", "The family name."),
    TEXT("givenName", "The given name."),
    TEXT("middleName", "The middle names."),
    TEXT("honorificPrefix", "The title before the name."),
    TEXT("honorificSuffix", "What follows the name."),
    END,
};

static const scim_sync_attr_t email_subs[] = {
    TEXT("value", "The e-mail address."), DISPLAY, KIND(home_types), PRIMARY, END,
};

static const scim_sync_attr_t phone_subs[] = {
    TEXT("value", "The phone number."), DISPLAY, KIND(phone_types), PRIMARY, END,
};

static const scim_sync_attr_t im_subs[] = {
    TEXT("value", "The instant messaging address."), DISPLAY, KIND(im_types), PRIMARY, END,
};

static const scim_sync_attr_t photo_subs[] = {
    LINK("value", "The URL of the photo.", to_outside), DISPLAY, KIND(photo_types), PRIMARY, END,
};

static const scim_sync_attr_t address_subs[] = {
    TEXT("formatted", "The full address, ready to be shown; may hold line breaks."),
    TEXT("streetAddress", "Street, house number, floor; may hold line breaks."),
    TEXT("locality", "The city."),
    TEXT("region", "The state or region."),
    TEXT("postalCode", "The postal code."),
    TEXT("country", "The country, as ISO 3166-1 alpha-2."),
    KIND(home_types),
    PRIMARY,
    END,
};

static const scim_sync_attr_t user_group_subs[] = {
    GIVEN("value", SCIM_SYNC_STRING, "The id of the group."),
    { .name = "$ref",
      .kind = SCIM_SYNC_REFERENCE,
      .description = "The URL of the group.",
      .references = to_group,
      .case_exact = 1,
      .mutability = SCIM_SYNC_READ_ONLY },
    { .name = "display",
      .kind = SCIM_SYNC_STRING,
      .description = "The name of the group.",
      .mutability = SCIM_SYNC_READ_ONLY },
    { .name = "type",
      .kind = SCIM_SYNC_STRING,
      .description = "Whether the membership is direct.",
      .canonical = group_types,
      .mutability = SCIM_SYNC_READ_ONLY },
    END,
};

static const scim_sync_attr_t right_subs[] = {
    TEXT("value", "The value."), DISPLAY, KIND(NULL), PRIMARY, END,
};

static const scim_sync_attr_t certificate_subs[] = {
    { .name = "value",
      .kind = SCIM_SYNC_BINARY,
      .description = "The certificate (DER) in base64.",
      .case_exact = 1 },
    DISPLAY,
    KIND(NULL),
    PRIMARY,
    END,
};

const scim_sync_attr_t scim_sync_user_attrs[] = {
    { .name = "userName",
      .kind = SCIM_SYNC_STRING,
      .description = "The name by which the identity provider knows the user.",
      .required = 1,
      .unique = 1 },
    COMPLEX("name", "The parts of the user's name.", name_subs),
    TEXT("displayName", "The name that others see."),
    TEXT("nickName", "The casual name."),
    LINK("profileUrl", "The URL of the user's profile.", to_outside),
    TEXT("title", "The job title."),
    TEXT("userType", "The relation to the organization, such as Contractor."),
    TEXT("preferredLanguage", "The preferred languages, as in Accept-Language."),
    TEXT("locale", "Where the user is, for dates and numbers, such as en-US."),
    TEXT("timezone", "The time zone, such as Europe/Berlin."),
    FLAG("active", "Whether the user may have access; true when it is not said."),
    { .name = "password",
      .kind = SCIM_SYNC_STRING,
      .description = "Accepted and thrown away: nobody signs in here.",
      .case_exact = 1,
      .mutability = SCIM_SYNC_WRITE_ONLY,
      .returned = SCIM_SYNC_RETURNED_NEVER },
    MANY("emails", "The e-mail addresses.", email_subs),
    MANY("phoneNumbers", "The phone numbers.", phone_subs),
    MANY("ims", "The instant messaging addresses.", im_subs),
    MANY("photos", "URLs of photos.", photo_subs),
    MANY("addresses", "The postal addresses.", address_subs),
    { .name = "groups",
      .kind = SCIM_SYNC_COMPLEX,
      .description = "The groups that the user belongs to, directly or through other groups.",
      .subs = user_group_subs,
      .multi = 1,
      .mutability = SCIM_SYNC_READ_ONLY },
    MANY("entitlements", "What the user is entitled to.", right_subs),
    MANY("roles", "The user's roles.", right_subs),
    MANY("x509Certificates", "The user's certificates.", certificate_subs),
    END,
};

static const scim_sync_attr_t member_subs[] = {
    { .name = "value",
      .kind = SCIM_SYNC_STRING,
      .description = "The id of the member.",
      .case_exact = 1,
      .mutability = SCIM_SYNC_IMMUTABLE },
    { .name = "$ref",
      .kind = SCIM_SYNC_REFERENCE,
      .description = "The URL of the member.",
      .references = to_member,
      .case_exact = 1,
      .mutability = SCIM_SYNC_IMMUTABLE },
    { .name = "type",
      .kind = SCIM_SYNC_STRING,
      .description = "What the member is.",
      .canonical = member_types,
      .mutability = SCIM_SYNC_IMMUTABLE },
    { .name = "display",
      .kind = SCIM_SYNC_STRING,
      .description = "The name of the member, as told.",
      .mutability = SCIM_SYNC_IMMUTABLE },
    END,
};

const scim_sync_attr_t scim_sync_group_attrs[] = {
    { .name = "displayName",
      .kind = SCIM_SYNC_STRING,
      .description = "The name of the group.",
      .required = 1,
      .unique = 1 },
    MANY("members", "The members of the group.", member_subs),
    END,
};

static const scim_sync_attr_t manager_subs[] = {
    EXACT("value", "The id of the manager."),
    LINK("$ref", "The URL of the manager.", to_user),
    { .name = "displayName",
      .kind = SCIM_SYNC_STRING,
      .description = "The name of the manager.",
      .mutability = SCIM_SYNC_READ_ONLY },
    END,
};

const scim_sync_attr_t scim_sync_enterprise_attrs[] = {
    TEXT("employeeNumber", "The number that the organization gave the user."),
    TEXT("costCenter", "The cost center."),
    TEXT("organization", "The organization."),
    TEXT("division", "The division."),
    TEXT("department", "The department."),
    COMPLEX("manager", "The user's manager.", manager_subs),
    END,
};

static const scim_sync_attr_t meta_subs[] = {
    GIVEN("resourceType", SCIM_SYNC_STRING, "User or Group."),
    GIVEN("created", SCIM_SYNC_DATETIME, "When the resource was created."),
    GIVEN("lastModified", SCIM_SYNC_DATETIME, "When the resource was last changed."),
    GIVEN("location", SCIM_SYNC_STRING, "The URL of the resource."),
    GIVEN("version", SCIM_SYNC_STRING, "The version of the resource."),
    END,
};

const scim_sync_attr_t scim_sync_common_attrs[] = {
    { .name = "schemas",
      .kind = SCIM_SYNC_REFERENCE,
      .description = "The schemas of the resource.",
      .references = to_uri,
      .multi = 1,
      .required = 1,
      .case_exact = 1,
      .mutability = SCIM_SYNC_READ_ONLY,
      .returned = SCIM_SYNC_RETURNED_ALWAYS },
    { .name = "id",
      .kind = SCIM_SYNC_STRING,
      .description = "The id that we gave the resource.",
      .case_exact = 1,
      .unique = 1,
      .mutability = SCIM_SYNC_READ_ONLY,
      .returned = SCIM_SYNC_RETURNED_ALWAYS },
    EXACT("externalId", "The id that the identity provider gave the resource."),
    { .name = "meta",
      .kind = SCIM_SYNC_COMPLEX,
      .description = "When and what the resource is.",
      .subs = meta_subs,
      .mutability = SCIM_SYNC_READ_ONLY },
    END,
};
