/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding schemas and attributes. The tables themselves are in schema_tables.c.
 */
#include "scim/schema.h"

#include <string.h>

#include <apr_cstr.h>

#include "scim/schema_tables.h"

static const scim_sync_schema_t user_schema = {
    .urn = SCIM_SYNC_USER_URN,
    .name = "User",
    .description = "User Account",
    .attrs = scim_sync_user_attrs,
};

static const scim_sync_schema_t group_schema = {
    .urn = SCIM_SYNC_GROUP_URN,
    .name = "Group",
    .description = "Group",
    .attrs = scim_sync_group_attrs,
};

static const scim_sync_schema_t enterprise_schema = {
    .urn = SCIM_SYNC_ENTERPRISE_URN,
    .name = "EnterpriseUser",
    .description = "Enterprise User",
    .attrs = scim_sync_enterprise_attrs,
};

static const scim_sync_schema_t *const schemas[] = { &user_schema, &group_schema,
                                                     &enterprise_schema };

/*
 * URNs as clients write them. Those without "ietf:params" are SCIM 1.1's and those of OneLogin's
 * templates. NULL: the core schema of whatever type the request is about.
 */
static const struct {
    const char *urn;
    const scim_sync_schema_t *schema;
} spellings[] = {
    { SCIM_SYNC_USER_URN, &user_schema },
    { SCIM_SYNC_GROUP_URN, &group_schema },
    { SCIM_SYNC_ENTERPRISE_URN, &enterprise_schema },
    { "urn:ietf:params:scim:schemas:core:2.0", NULL },
    { "urn:scim:schemas:core:1.0", NULL },
    { "urn:scim:schemas:core:1.0:User", &user_schema },
    { "urn:scim:schemas:core:1.0:Group", &group_schema },
    { "urn:scim:schemas:core:2.0", NULL },
    { "urn:scim:schemas:core:2.0:User", &user_schema },
    { "urn:scim:schemas:core:2.0:Group", &group_schema },
    { "urn:scim:schemas:extension:enterprise:1.0", &enterprise_schema },
    { "urn:scim:schemas:extension:enterprise:1.0:User", &enterprise_schema },
    { "urn:scim:schemas:extension:enterprise:2.0", &enterprise_schema },
    { "urn:scim:schemas:extension:enterprise:2.0:User", &enterprise_schema },
};

const char *scim_sync_type_name(scim_sync_type_t type)
{
    return type == SCIM_SYNC_USER ? "User" : "Group";
}

const char *scim_sync_type_endpoint(scim_sync_type_t type)
{
    return type == SCIM_SYNC_USER ? "Users" : "Groups";
}

const scim_sync_schema_t *scim_sync_schema_of(scim_sync_type_t type)
{
    return type == SCIM_SYNC_USER ? &user_schema : &group_schema;
}

const scim_sync_schema_t *scim_sync_schema_find(const char *urn)
{
    apr_size_t i;

    for (i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
        if (apr_cstr_casecmp(schemas[i]->urn, urn) == 0) {
            return schemas[i];
        }
    }
    return NULL;
}

const scim_sync_schema_t *scim_sync_schema_prefix(scim_sync_type_t type, const char *text,
                                                  apr_size_t len, apr_size_t *used)
{
    const scim_sync_schema_t *found = NULL;
    apr_size_t i;

    *used = 0;
    for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        apr_size_t n = strlen(spellings[i].urn);

        if (n <= *used || n > len || apr_cstr_casecmpn(spellings[i].urn, text, n) != 0) {
            continue;
        }
        if (n == len || text[n] == ':' || text[n] == '.') {
            *used = n;
            found = spellings[i].schema != NULL ? spellings[i].schema : scim_sync_schema_of(type);
        }
    }
    return found;
}

int scim_sync_schema_extends(const scim_sync_schema_t *schema, scim_sync_type_t type)
{
    return schema == &enterprise_schema && type == SCIM_SYNC_USER;
}

const scim_sync_attr_t *scim_sync_attr_find(const scim_sync_attr_t *list, const char *name)
{
    for (; list != NULL && list->name != NULL; list++) {
        if (apr_cstr_casecmp(list->name, name) == 0) {
            return list;
        }
    }
    return NULL;
}

const scim_sync_attr_t *scim_sync_attr_common(void)
{
    return scim_sync_common_attrs;
}
