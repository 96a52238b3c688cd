// SPDX-License-Identifier: Apache-2.0
//
// What becomes of people's access in Jira when an identity provider ends, or feeds a site no more
// (docs/api.md, "Changing and deleting").

import { query } from "../api.js";
import { el, fill, newId } from "../dom.js";
import { oneOf, someOf } from "./form.js";
import { mind } from "./notice.js";
import { plural } from "../words.js";

const ACCESS = [
    ["keep", "Everybody keeps the access that they have",
     "Jira stays as it is. What only this identity provider gave is never taken away by the module"
     + " again, not even when another one tells that somebody left."],
    ["remove", "Everybody loses what only this identity provider gave",
     "As if all had been deleted there. When these are more people than the guard lets pass, you"
     + " are asked once more. What another identity provider gives stays."],
];

const LEAVERS = [
    ["remove", "Who has left already loses it",
     "What the module gave is taken back, at once. When these are more people than the guard lets"
     + " pass, you are asked once more. No account is suspended or deleted."],
    ["keep", "Who has left already keeps it, too", "For good. An event names each of them."],
];

const PASS = [["release", "They are all to lose it", "This passes the guard."]];

// What the API says when the guard asks ends with what a script is to do.
const IN_A_SCRIPT = " If they are to lose it, say guard=release as well; if not, keep it.";

// Has `row`, the decision; `more`, rows for what is asked once it is known that it matters; and
// decide(act, done): act(query) does it, done(answer) is called when it is done. What decide()
// returns is shown.
export function accessChoice() {
    const left = el("div", {});
    const guard = guardQuestion();
    const leavers = oneOf({ name: "leavers", label: "People who have left already",
                            choices: LEAVERS, onchange: guard.forget });
    const access = oneOf({ name: "access", label: "Access in Jira", choices: ACCESS,
                           value: "keep", onchange: () => {
                               fill(left);
                               guard.forget();
                           } });

    // What was refused, and is done once more has been said.
    function ask(error, decided) {
        if (error.status !== 409) {
            throw error;
        }
        if (error.message.endsWith(IN_A_SCRIPT)) {
            guard.ask(error.message.slice(0, -IN_A_SCRIPT.length));
            return null;
        }
        if (decided.access !== "keep") {
            throw error;
        }
        // It names those who have left and have something to lose.
        fill(left, leavers.row);
        return mind(el("p", {}, error.message));
    }

    return {
        row: access.row, more: el("div", {}, left, guard.row),
        async decide(act, done) {
            const decided = { access: access.value(),
                              leavers: left.hasChildNodes() ? leavers.value() : null,
                              guard: guard.value() };
            try {
                done(await act(query(decided)));
            } catch (error) {
                return ask(error, decided);
            }
            return null;
        },
    };
}

// What the guard asks, in the API's words, with the answer, at which the focus is then: nothing is
// answered before, nor when the question goes, since something else is decided.
function guardQuestion() {
    const row = el("div", {});
    let pass = null;
    return {
        row,
        value: () => pass?.value()[0],
        ask(words) {
            const question = el("p", { id: newId() }, words);
            pass = someOf({ name: "guard", label: "The guard", choices: PASS, value: [] });
            const [answer] = pass.inputs;
            answer.setAttribute("aria-describedby",
                                `${question.id} ${answer.getAttribute("aria-describedby")}`);
            fill(row, mind(question), pass.row);
            answer.focus();
        },
        forget() {
            pass = null;
            fill(row);
        },
    };
}

// Those who do not keep everything, as the API names them; `what` was done.
export const notKept = (what, groups) => mind(
    el("p", {}, `${what} Not everybody keeps everything, since by the rules of others they alone`
       + " decide who is in these groups:"),
    el("ul", {}, groups.map((each) => el("li", {}, `${each.group} (${each.site}): `,
                                         plural(each.members, "person", "people"),
                                         `, by the rules of ${each.idp}`))));
