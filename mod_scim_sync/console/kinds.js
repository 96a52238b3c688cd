// SPDX-License-Identifier: Apache-2.0
//
// What each kind of event says, in words (docs/api.md, Events). A kind is looked for by itself, or
// with all that begin as it does. What an administrator does is among those that begin with
// "idp.", "site.", "token." and the like: the event says who it was.

// [how they begin, words, [[kind, words], ...]]
export const GROUPS = [
    ["user.", "Told of people", [
        ["user.created", "A new person"],
        ["user.changed", "A person changed"],
        ["user.renamed", "A person renamed"],
        ["user.activated", "A person active again"],
        ["user.deactivated", "A person deactivated"],
        ["user.deleted", "A person deleted"],
    ]],
    ["group.", "Told of groups", [
        ["group.created", "A new group"],
        ["group.changed", "A group changed"],
        ["group.renamed", "A group renamed"],
        ["group.members", "Members of a group changed"],
        ["group.deleted", "A group deleted"],
    ]],
    ["jira.", "Done in Jira", [
        ["jira.account.found", "Account found in Jira"],
        ["jira.account.created", "Account created in Jira"],
        ["jira.account.protected", "Account left as it is"],
        ["jira.account.skipped", "No account, and none is created"],
        ["jira.account.suspended", "Account suspended"],
        ["jira.account.restored", "Account restored"],
        ["jira.account.deleted", "Account deleted in Jira"],
        ["jira.account.revoked", "Account of a customer revoked"],
        ["jira.member.added", "Put into a group in Jira"],
        ["jira.member.removed", "Taken out of a group in Jira"],
        ["jira.group.found", "Group of Jira's taken over"],
        ["jira.group.created", "Group created in Jira"],
        ["jira.group.left", "Group of Jira's given up"],
        ["jira.group.deleted", "Group deleted in Jira"],
        ["jira.group.gone", "Not in Jira any more"],
        ["jira.group.kept", "Group kept in Jira"],
        ["jira.organization.added", "Organization put into a portal"],
        ["jira.organization.removed", "Organization taken out of a portal"],
        ["jira.profile.updated", "Profile written to Jira"],
        ["jira.profile.kept", "Profile can't be written"],
    ]],
    ["task.", "Tasks", [
        ["task.failed", "A task failed"],
        ["task.held", "The guard holds a task"],
        ["task.retried", "Tried again"],
        ["task.released", "Released from the guard"],
        ["task.discarded", "Discarded"],
        ["task.ended", "Nothing to be taken away any more"],
    ]],
    ["guard.", "The guard", [
        ["guard.tripped", "The guard stopped something"],
        ["guard.released", "All that was held is done"],
        ["guard.discarded", "All that was held is dropped"],
        ["guard.ended", "The guard holds nothing any more"],
    ]],
    ["drift.", "Found different in Jira", [
        ["drift.member.missing", "Not in the group in Jira any more"],
        ["drift.member.extra", "In the group in Jira, besides"],
        ["drift.member.restored", "In the group in Jira again"],
        ["drift.group.missing", "Group missing in Jira"],
        ["drift.group.renamed", "Group renamed in Jira"],
        ["drift.group.parted", "Organization not in the portal any more"],
        ["drift.group.ambiguous", "Another project has the key"],
        ["drift.group.managed", "Another directory keeps the organization"],
        ["drift.group.released", "No other directory keeps the organization"],
        ["drift.account.missing", "Account missing in Jira"],
        ["drift.account.inactive", "Account inactive in Jira"],
        ["drift.account.active", "Account active in Jira"],
        ["drift.account.restored", "Account active again in Jira"],
        ["drift.account.appeared", "Account made by somebody else"],
    ]],
    ["reconcile.", "Comparisons with Jira", [
        ["reconcile.asked", "Comparison asked for"],
        ["reconcile.done", "Jira compared"],
        ["reconcile.doubtful", "Comparison not believed"],
        ["reconcile.failed", "Comparison failed"],
    ]],
    ["idp.", "Identity providers", [
        ["idp.created", "Identity provider added"],
        ["idp.changed", "Identity provider changed"],
        ["idp.rules", "Rules changed"],
        ["idp.site.added", "Feeds a site more"],
        ["idp.site.removed", "Feeds a site no more"],
        ["idp.deleted", "Identity provider deleted"],
    ]],
    ["access.", "Access that is kept", [
        ["access.kept", "Has left, and keeps the access"],
    ]],
    ["token.", "Tokens of identity providers", [
        ["token.created", "Token made"],
        ["token.rotated", "Token rotated"],
        ["token.deleted", "Token revoked"],
        ["token.ended", "Replaced token ended"],
        ["token.expires", "Token ends"],
    ]],
    ["site.", "Jira sites", [
        ["site.created", "Site connected"],
        ["site.changed", "Site changed"],
        ["site.deleted", "Site deleted"],
        ["site.denied", "Jira refuses the site's token"],
        ["site.paused", "Nothing is sent to the site for a while"],
        ["site.token.expires", "API token ends"],
    ]],
    ["portal.", "Portals", [
        ["portal.open", "Jira takes nobody out of a desk"],
    ]],
    ["google.", "Google Workspace", [
        ["google.asked", "Pull asked for"],
        ["google.pulled", "Directory pulled"],
        ["google.refused", "Pull not believed"],
        ["google.failed", "Pull or connection failed"],
        ["google.choice", "Who comes was changed"],
        ["google.changed", "Settings changed"],
        ["google.scheduled", "Schedule changed"],
        ["google.push.failed", "Google does not tell of changes"],
        ["google.connected", "Connected"],
        ["google.disconnected", "Disconnected"],
        ["google.reconnect", "Must be connected anew"],
        ["google.expires", "Connection ends"],
    ]],
];

const WORDS = new Map(GROUPS.flatMap(([, , kinds]) => kinds));

// Of a kind that a newer module has, the kind itself.
export const kindWords = (kind) => WORDS.get(kind) ?? kind;
