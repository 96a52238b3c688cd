// SPDX-License-Identifier: Apache-2.0
//
// What a plan says, in words: calls to Jira, why something is not done, and when the rest is
// (docs/api.md, "Plans").

// Calls that change something: [what becomes of one user or group, the words for many].
const CHANGES = {
    // Of customers to a project's portal.
    createAccount: [(step) => step.groupId ? `is invited to ${nameOf(step)}` : "gets an account",
                    "accounts made"],
    restoreAccount: [() => "gets the account back", "accounts restored"],
    updateProfile: [() => "the profile is written", "profiles written"],
    createGroup: [(step) => `the group ${nameOf(step)} is made`, "groups made"],
    addMember: [(step) => `${whoOf(step)}comes into ${nameOf(step)}`, "memberships given"],
    addOrganization: [(step) => `${step.organization} is added to ${nameOf(step)}`,
                      "organizations added to projects"],
    removeMember: [(step) => `${whoOf(step)}is taken out of ${nameOf(step)}`,
                   "memberships taken away"],
    suspendAccount: [() => "the account is deactivated", "accounts deactivated"],
    deleteAccount: [() => "the account is deleted", "accounts deleted"],
    revokeAccount: [() => "loses the access to all portals", "customers' access revoked"],
    deleteGroup: [(step) => `the group ${nameOf(step)} is deleted`, "groups deleted"],
    removeOrganization: [(step) => `${step.organization} is taken out of ${nameOf(step)}`,
                         "organizations taken out of projects"],
};

const OF_CUSTOMERS = { createAccount: "customers made" };

export const GIVES = ["createAccount", "restoreAccount", "createGroup", "addMember",
                      "addOrganization", "updateProfile"];
export const TAKES = ["removeMember", "suspendAccount", "deleteAccount", "revokeAccount",
                      "deleteGroup", "removeOrganization"];

// Why something that is wanted is not done: of many.
const WITHHELD = {
    protected: "The group is never touched",
    owner: "The account is that of the API token's owner",
    notOurs: "The module did not put the person there, and so leaves it",
    guard: "The guard holds it, or it was discarded",
    seat: "A product has no seat left",
    address: "There is no e-mail address, or the account of it is somebody else's",
    rename: "Jira can't rename it",
    unread: "Jira has not said enough yet",
    rule: "The rules say no, or can't be read",
    grace: "The grace period is not over",
    account: "The account can't be changed so",
    ambiguous: "A project has taken the key of another one",
    dryRun: "Another identity provider, paused or in dry run, has a say in it",
    refused: "Jira said no",
};

const WHEN = {
    now: "as soon as possible",
    later: "later",
    live: "when it is live",
    resumed: "when it is live again",
    retried: "when the task is retried",
    released: "when the task is released",
    told: "when it is told of again",
    done: "nothing to do",
};

const nameOf = (step) => step.group ?? step.groupId ?? "a group";
// In a group's own plan.
const whoOf = (step) => step.accountId ? `account ${step.accountId} ` : "";

export const changes = (step) => step.call in CHANGES;
export const takes = (step) => TAKES.includes(step.call);

// One step of somebody's plan.
export const stepWords = (step) => CHANGES[step.call]?.[0](step) ?? step.what ?? step.call;

// A call, of many.
export const sumWords = (call, mode) =>
    (mode === "customers" && OF_CUSTOMERS[call]) || (CHANGES[call]?.[1] ?? call);

export const withheldWords = (kind) => WITHHELD[kind] ?? kind;
export const whenWords = (when) => WHEN[when] ?? when;
