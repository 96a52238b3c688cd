// SPDX-License-Identifier: Apache-2.0
//
// What the rules are called on their pages. By these words a page also says which rule decided.

const RULES = {
    "precedence": "Precedence",
    "users.import": "Import users",
    "users.update": "Update attributes",
    "users.products": "Products of new accounts",
    "users.invite": "Invitations",
    "users.onDeactivate": "When somebody is deactivated",
    "users.onDelete": "When somebody is deleted",
    "users.gracePeriod": "Grace period",
    "users.filter.include": "Only these come in",
    "users.filter.exclude": "These stay out",
    "users.patterns": "User names",
    "users.otherwise": "User names that no pattern matches",
    "users.defaultGroups": "Groups for everybody",
    "users.defaultProjects": "Projects for everybody",
    "users.defaultOrganizations": "Organizations for everybody",
    "groups.import": "Import groups",
    "groups.mappings": "Mapping",
    "groups.mode": "Groups that are not mapped",
    "groups.ignore": "These groups stay out",
    "groups.patterns": "Names of groups",
    "groups.otherwise": "Groups that no pattern matches",
    "groups.passThrough.prefix": "Put before these names",
    "groups.passThrough.suffix": "Put behind these names",
    "groups.delete": "Delete groups",
    "groups.authoritative": "Authoritative groups",
    "guard.enabled": "The guard",
    "guard.window": "Minutes",
    "guard.deactivations.number": "Who loses all access",
    "guard.deactivations.percent": "Who loses all access, %",
    "guard.deletions.number": "What is deleted in Jira",
    "guard.deletions.percent": "What is deleted in Jira, %",
    "guard.memberships.number": "Who is taken out of groups",
    "guard.memberships.percent": "Who is taken out of groups, %",
};

// Of a path as the API has it: "users.patterns[1]" is "User names, 2".
export function ruleWords(path) {
    const [, rule, index] = /^([^[]*)(?:\[(\d+)\])?/.exec(path);
    const words = RULES[rule] ?? rule;
    return index === undefined ? words : `${words}, ${Number(index) + 1}`;
}
