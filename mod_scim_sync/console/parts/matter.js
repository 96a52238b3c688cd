// SPDX-License-Identifier: Apache-2.0
//
// What is the matter with a user or a group: the state of its most urgent task, in words.

import { el } from "../dom.js";

// In the order in which they are asked for.
export const MATTERS = {
    ok: "nothing to do",
    failed: "failed",
    held: "held by the guard",
    waiting: "waiting",
    discarded: "discarded",
    planned: "planned",
};

const MEANINGS = {
    failed: "It waits for a person, or for the identity provider to say something new.",
    held: "The guard holds what it would take away, until somebody decides.",
    waiting: "It is done as soon as possible, or when it is tried again.",
    discarded: "It was decided not to do it; what is there stays.",
    planned: "The identity provider is in dry run: nothing is written to Jira.",
};

export const matterBadge = (state) =>
    el("span", { class: `badge matter ${state}`, title: MEANINGS[state] }, MATTERS[state] ?? state);

export const matterMeaning = (state) => MEANINGS[state];
