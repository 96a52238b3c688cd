/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names in Jira that a group of an IdP stands for by today's rules, beside those that it stood
 * for when that was looked at last: which stay, which are new, which go, and which has become
 * another one because the IdP gave the group a new name. Pure.
 *
 * Two things make a name another one. An administrator changes the rules, or maps the group: it
 * stands for something else from now on, the old name goes, and the new one is found or made. Or
 * the IdP renames the group: it is the same group still, and since Jira can't rename one through
 * its API, the link stays and a person is asked. It is the latter if all of this is so:
 *  - exactly one name has gone, and exactly one has come;
 *  - the IdP's name is not the one that the link was made for (told_as);
 *  - today's rules would make the old name of that one: they have not changed for it;
 *  - the new name is made of the IdP's, and is not put down for it in a mapping.
 */
#ifndef SCIM_SYNC_SYNC_TARGET_H
#define SCIM_SYNC_SYNC_TARGET_H

#include "store/link.h"
#include "sync/rules.h"

typedef struct {
    const char *name;             /* wanted; NULL: not any more */
    const scim_sync_link_t *link; /* of that name, or of the one that it was; NULL: none yet */
} scim_sync_target_t;

/*
 * scim_sync_target_t in p: one for each name that is wanted, in their order, then those that go.
 * rules   of the group's IdP
 * told    its displayName; NULL: it is none that has one (default groups), and never renamed
 * names   const char *: wanted by the rules
 * mapped  they are a mapping's
 * links   scim_sync_link_t; the targets point to them, and to the names
 */
apr_array_header_t *scim_sync_targets(const scim_sync_rules_t *rules, const char *told,
                                      const apr_array_header_t *names, int mapped,
                                      const apr_array_header_t *links, apr_pool_t *p);

#endif
