// SPDX-License-Identifier: Apache-2.0
//
// Tasks in words: their states, the kinds of reasons, and whom they are about.

import { query } from "../api.js";
import { el } from "../dom.js";
import { to } from "../router.js";
import { ago, ahead, count, plural } from "../words.js";

// state: [what it is called, what it means]
export const TASK_STATES = {
    failed: ["Failed", "Jira said no, or a person must decide. Each waits until somebody retries"
             + " it, or its identity provider says something new."],
    held: ["Held by the guard", "More would be taken away than the guard allows. It waits until"
           + " somebody decides: release what is right, discard what is a mistake."],
    waiting: ["Waiting", "These are done as soon as possible, or tried again at their time."],
    discarded: ["Discarded", "It was decided that these keep what they have, although their"
                + " identity provider says otherwise. That lasts until somebody retries or releases"
                + " them, or the identity provider says something new."],
    planned: ["Planned", "Their identity provider is in dry run: it is known what would be done,"
              + " and nothing is written to Jira."],
};

// What would be taken away, by the kind of the guard's count: of one, of several.
export const LOSSES = {
    deactivations: ["person loses all access", "people lose all access"],
    deletions: ["group is deleted", "groups are deleted"],
    memberships: ["person or group loses memberships", "people or groups lose memberships"],
};

export const KINDS = {
    user: ["user", "users"],
    group: ["group", "groups"],
    portal: ["portal", "portals"],
};

// Of a kind of reason (GET tasks/reasons), or a task: [what it is, what to do].
export function reasonWords({ class: kind, status, site }) {
    const jira = status ? `Jira answered ${status}` : "";
    switch (kind) {
    case "site":
        return [`Jira refuses the credentials of ${site}`,
                ["Give ", el("a", { href: to("sites", site.split(":")[0]) }, `the site ${site}`),
                 " an API token that is good, or find out why this one is not. All goes on by"
                 + " itself then."]];
    case "wait":
        return [jira || "There is a time to wait for", "It goes on by itself."];
    case "retry":
        return [jira || "Jira gave no answer that makes sense", "It is tried again by itself."];
    case "guard":
        return ["Held by the guard", "Release what is right, discard what is a mistake."];
    default:
        return [jira || "A person must decide", status === 403
            ? ["The account of the API token may not do this. ",
               el("a", { href: to("sites", site.split(":")[0]) }, `Test the site ${site}`),
               ", give it what it lacks, then retry."]
            : "Mend what the words say, then retry."];
    }
}

// "12 users"; "1,000 users or more"
export const many = ({ count: number, more, kind }) =>
    plural(number, ...KINDS[kind]) + (more ? " or more" : "");

// Where one of them is looked at: a person's or group's own page; null: there is none.
export function whereOf(task) {
    const gone = !task.idp || /^deleted:/.test(task.idp) || /^default:/.test(task.subject);
    const pages = { user: "people", group: "groups" };
    return gone || !pages[task.kind] ? null : to(pages[task.kind], task.idp, task.subject);
}

export function whoOf(task) {
    const where = whereOf(task);
    const name = task.name ?? task.subject;
    return [where ? el("a", { href: where }, name) : name,
            task.kind === "user" ? null : el("span", { class: "quiet" }, ` (${task.kind})`)];
}

// "okta at main". nameOf: of parts/called.js.
export const fromTo = ({ nameOf }, { idp, site }) =>
    idp ? `${nameOf(idp)} at ${site}` : `at ${site}`;

export const tasksAt = (filter) => `#/tasks${query(filter)}`;

// When it is tried again, or since when it is as it is.
export function whenOf(task) {
    if (task.nextAt) {
        return Date.parse(task.nextAt) > Date.now() ? `again ${ahead(task.nextAt)}` : "soon";
    }
    return ago(task.failedSince ?? task.changedAt);
}

export const held = ({ held: number, more }) => `${count(number)}${more ? " or more" : ""}`;
