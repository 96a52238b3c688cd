// SPDX-License-Identifier: Apache-2.0
//
// What becomes of people's access in Jira when an identity provider ends, or feeds a site no more
// (docs/api.md, "Changing and deleting").

import { query } from "../api.js";
import { el, fill } from "../dom.js";
import { oneOf } from "./form.js";
import { mind } from "./notice.js";
import { plural } from "../words.js";

const ACCESS = [
    ["keep", "Everybody keeps the access that they have",
     "Jira stays as it is. What only this identity provider gave is never taken away by the module"
     + " again, not even when another one tells that somebody left."],
    ["remove", "Everybody loses what only this identity provider gave",
     "As if all had been deleted there. This is your decision: the guard does not hold it. What"
     + " another identity provider gives stays."],
];

const LEAVERS = [
    ["remove", "Who has left already loses it",
     "What the module gave is taken back, at once and past the guard. No account is suspended or"
     + " deleted."],
    ["keep", "Who has left already keeps it, too", "For good. An event names each of them."],
];

// Has `row`, the decision; `more`, a row for what is asked once it is known that it matters; and
// decide(act, done): act(query) does it, done(answer) is called when it is done. What decide()
// returns is shown.
export function accessChoice() {
    const leavers = oneOf({ name: "leavers", label: "People who have left already",
                            choices: LEAVERS });
    const more = el("div", {});
    const access = oneOf({ name: "access", label: "Access in Jira", choices: ACCESS,
                           value: "keep", onchange: () => fill(more) });
    return {
        row: access.row, more,
        async decide(act, done) {
            const decided = { access: access.value(),
                              leavers: more.hasChildNodes() ? leavers.value() : null };
            try {
                done(await act(query(decided)));
            } catch (error) {
                if (error.status !== 409 || decided.access !== "keep") {
                    throw error;
                }
                // It names those who have left and have something to lose.
                fill(more, leavers.row);
                return mind(el("p", {}, error.message));
            }
            return null;
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
