/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ids and names of Jira Service Management say by themselves: without calls, for the rules.
 */
#include "jira/servicedesk.h"

#include <string.h>

#include <unictype.h>
#include <unistr.h>

#define PORTAL_ONLY "qm:"

int scim_sync_jira_is_portal_only(const char *account_id)
{
    return strncmp(account_id, PORTAL_ONLY, strlen(PORTAL_ONLY)) == 0;
}

int scim_sync_jira_is_organization_name(const char *name)
{
    const uint8_t *at = (const uint8_t *)name;
    int length = 0;
    int blank = 1;
    ucs4_t c;
    int n;

    while ((n = u8_strmbtouc(&c, at)) > 0) {
        blank &= uc_is_property_white_space(c);
        at += n;
        length++;
    }
    return n == 0 && !blank && length <= SCIM_SYNC_JIRA_ORGANIZATION_NAME;
}
