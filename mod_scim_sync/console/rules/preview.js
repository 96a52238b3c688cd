// SPDX-License-Identifier: Apache-2.0
//
// Who would gain by a group before it is taken over, by rules that need not be saved yet.

import { path, post } from "../api.js";
import { el, fill } from "../dom.js";
import { dialog } from "../parts/dialog.js";
import { bad, mind, problem } from "../parts/notice.js";
import { pick } from "../parts/form.js";
import { count } from "../words.js";
import { sideOf, targetWords } from "./targets.js";
import { ruleWords } from "./words.js";

// Of each list its heading, and what becomes of these people.
const PEOPLE = [
    ["gain", "Would gain access", () => "They would be put into it."],
    ["keep", "Have it already", () => "They are in it, and stay."],
    ["notOurs", "Not ours", ({ authoritative }) => authoritative
        ? "They are in it, wanted by no identity provider, and are taken out."
        : "They are in it, wanted by no identity provider, and stay."],
    ["leaving", "Leaving", () => "The module had put them into it, and takes them out."],
    ["withheld", "Withheld", () => "They are in the identity provider's group, and would not be put"
        + " into it."],
];

// A question in front of the page. group: a name that the IdP has told of; rules(): to look by.
export function previewDialog(idp, group, rules) {
    dialog(`What ${group} stands for in Jira`, (close) => {
        const answer = el("div", { class: "preview", "aria-live": "polite" });
        const sites = pick({ name: "previewSite", label: "Jira site", value: idp.sites[0],
                             choices: idp.sites.map((name) => [name, name]), onchange: ask });

        async function ask() {
            fill(answer, el("p", {}, "Asking Jira …"));
            try {
                const site = sideOf(idp, sites.value());
                const found = await post(path("sites", site, "groups", "preview"),
                                         { idp: idp.name, group, rules: rules() });
                fill(answer, previewed(idp, found));
            } catch (error) {
                fill(answer, error.status === 404
                    ? mind(el("p", {}, error.message), el("p", {}, "Once it has, this shows who"
                              + " would gain by it. To see that before anything is done, let it"
                              + " push while it is paused, or in dry run."))
                    : problem(error));
            }
        }

        ask();
        return el("div", {},
            el("p", { class: "hint" }, "By the rules as they stand on this page now, saved or not."
               + " Nothing is changed by looking."),
            idp.sites.length > 1 && sites.row, answer,
            el("div", { class: "buttons" },
               el("button", { type: "button", onclick: close }, "Close")));
    });
}

function previewed(idp, found) {
    return [
        el("p", {}, `${ruleWords(found.rule)}: ${found.why}.`),
        found.warning && mind(el("p", {}, found.warning)),
        !found.jiraGroups.length && el("p", {}, "It stands for nothing: nobody gains by it."),
        found.jiraGroups.map((group) => target(idp, group)),
        found.moreGroups > 0 && el("p", {}, `and ${count(found.moreGroups)} more`),
    ];
}

function target(idp, group) {
    return el("section", {},
        el("h3", {}, targetWords(idp, group.name), " ", el("span", { class: "badge" },
            group.linked ? "taken over already"
                : group.exists ? "is there, would be taken over" : "would be made")),
        group.protected && bad(el("p", {}, `It is protected (${group.protected}): nothing is done`
                                  + " with it. Map it to another group.")),
        group.twin && bad(el("p", {}, `Jira has ${group.twin}, and takes no second one whose name`
                             + ` differs in upper and lower case only. Map it to ${group.twin}.`)),
        PEOPLE.map(([key, heading, words]) => people(group, key, heading, words(group))),
        !group.complete && mind(el("p", {}, "There are more people than were looked at.")));
}

function people(group, key, heading, words) {
    const named = group[key];
    const number = named.length + group.more[key];
    if (!number) {
        return null;
    }
    const takes = key === "leaving" || (key === "notOurs" && group.authoritative);
    return el("details", { open: named.length <= 10 },
        el("summary", { class: takes && "takes" },
           el("strong", {}, `${heading}: ${count(number)}.`), " ", words),
        el("ul", {}, named.map((each) => el("li", {}, typeof each === "string" ? each
            : [el("strong", {}, each.person), `: ${each.text}`, each.mend && `; ${each.mend}`])),
           group.more[key] > 0 && el("li", {}, `and ${group.more[key]} more`)));
}
