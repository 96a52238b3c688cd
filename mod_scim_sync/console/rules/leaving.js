// SPDX-License-Identifier: Apache-2.0
//
// What becomes of people who leave: one list of what can be done, to be chosen from for who is
// deactivated and for who is deleted; and when it is done.

import { el, fill, newId } from "../dom.js";
import { field, pick } from "../parts/form.js";
import { mind } from "../parts/notice.js";
import { table } from "../parts/table.js";
import { at, rule, sayAt } from "./editor.js";

const ACCOUNTS = {
    takeBack: ["what the module gave is taken back", "The account leaves every group that the"
        + " module put it into. One that the module made also leaves the groups that grant a"
        + " product: no access, and the seat is free. What others gave it stays."],
    removeAccess: ["all access is removed", "The same, and it leaves every group that grants a"
        + " product, whoever put it there. These come back with the person."],
    suspend: ["the account is suspended", "No access, no seat, and all of it comes back with the"
        + " person. Needs a key of the organization; without one it is as above, and the task fails"
        + " and says so."],
    delete: ["the account is deleted from the site", "Who comes back is invited again and is put"
        + " into the groups of the identity provider; what others had given is lost."],
    revoke: ["access to all portals is revoked", "What the module gave is taken back, and a"
        + " portal-only account then loses all portals of the site. No call gives that back: only"
        + " an administrator can, by hand. An Atlassian account loses no more than above."],
    nothing: ["nothing is done", "Who has left keeps all access to Jira."],
};

const CUSTOMERS = {
    ...ACCOUNTS,
    takeBack: [ACCOUNTS.takeBack[0], "The customer leaves all portals that the module put the"
        + " account into. What others gave stays."],
};

const ORDER = {
    users: ["takeBack", "removeAccess", "suspend", "delete", "nothing"],
    customers: ["takeBack", "revoke", "nothing"],
};

const UNITS = [["86400", "days"], ["3600", "hours"], ["60", "minutes"], ["1", "seconds"]];

// Has `controls`, `row`, and `warn(rules)`, which says what is easily overlooked.
export function leaving(stored, idp) {
    const words = idp.mode === "customers" ? CUSTOMERS : ACCOUNTS;
    const deactivated = leaver(stored, "users.onDeactivate", words);
    const deleted = leaver(stored, "users.onDelete", words);
    const period = grace(stored);
    const note = el("div", {});
    return {
        controls: [deactivated, deleted, period],
        row: [el("div", { class: "leaving" }, table("When somebody leaves", [
            ["What becomes of the account", (each) => [el("strong", {}, words[each][0]),
                                                       el("p", { class: "hint" }, words[each][1])]],
            ["Deactivated", deactivated.option],
            ["Deleted", deleted.option],
        ], ORDER[idp.mode])), note, period.row],
        warn: (rules) => fill(note, warning(stored, rules)),
    };
}

// option(each): the button of one that can be chosen.
function leaver(stored, where, words) {
    const made = rule(where, {});
    const inputs = [];
    const option = (each) => {
        const input = el("input", { type: "radio", name: where, value: each,
                                    checked: at(stored, where) === each,
                                    "aria-label": `${made.label}: ${words[each][0]}` });
        inputs.push(input);
        return input;
    };
    return { ...made, option, value: () => inputs.find((input) => input.checked)?.value };
}

function grace(stored) {
    const seconds = at(stored, "users.gracePeriod");
    const made = rule("users.gracePeriod", {});
    const fits = seconds ? UNITS.find(([each]) => seconds % each === 0)[0] : UNITS[0][0];
    const about = newId();
    const number = field({
        name: made.path, label: "Length", inputmode: "numeric", pattern: "[0-9]{1,8}",
        value: String(seconds / fits), wrong: "A whole number, 0 for none; a year at most." });
    number.input.setAttribute("aria-describedby",
                              `${about} ${number.input.getAttribute("aria-describedby")}`);
    const unit = pick({ name: "unit", label: "in", choices: UNITS, value: fits });
    return {
        ...made, input: number.input, check: number.check,
        value: () => Number(number.value()) * Number(unit.value()),
        blame: (rest, said) => sayAt(number, said), forgive: () => sayAt(number, ""),
        row: el("fieldset", {}, el("legend", {}, made.label),
                el("p", { class: "hint", id: about }, "So long a leaver keeps access before"
                   + " anything is done. Who comes back meanwhile notices nothing."),
                el("div", { class: "grace" }, number.row, unit.row)),
    };
}

function warning(stored, rules) {
    const taken = ["onDeactivate", "onDelete"].filter(
        (each) => rules.users[each] === "delete" && stored.users[each] !== "delete");
    return taken.length > 0 && mind(el("p", {}, "New rules hold for those who left before, too: the"
        + " accounts of all leavers of whom the identity provider still tells are deleted, as far"
        + " as the guard lets it pass."));
}
