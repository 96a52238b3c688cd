// SPDX-License-Identifier: Apache-2.0
//
// The end of an identity provider: what it means for people's access, decided before it is done.

import { query } from "../api.js";
import { el, fill } from "../dom.js";
import { dialog } from "./dialog.js";
import { field, form, oneOf } from "./form.js";
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

// it: the IdP, as versioned.js has it.
export function deletion(context, it) {
    return [
        el("p", {}, "It is gone with its tokens and all that it told. What becomes of people's"
           + " access in Jira is asked first. To stop for a while, pause it instead."),
        el("button", { type: "button", class: "grave", onclick: () => ask(context, it) },
           "Delete …"),
    ];
}

function ask(context, it) {
    const idp = it.now;
    dialog(`Delete ${idp.name}?`, (close) => {
        const leavers = oneOf({ name: "leavers", label: "People who have left already",
                                choices: LEAVERS });
        const more = el("div", {});
        const concerned = el("p", {}, "It has told of ", plural(idp.users, "person", "people"),
                             " and ", plural(idp.groups, "group"), ".");
        const access = oneOf({ name: "access", label: "Access in Jira", choices: ACCESS,
                               value: "keep", onchange: () => fill(more) });
        const name = field({
            name: "confirm", label: `Write ${idp.name} to confirm`, pattern: escaped(idp.name),
            hint: "This can't be undone.", wrong: `Write ${idp.name}.`,
        });

        async function send() {
            const decided = { access: access.value(),
                              leavers: more.hasChildNodes() ? leavers.value() : null };
            try {
                ended(await it.remove(query(decided)));
            } catch (error) {
                if (error.status !== 409 || decided.access !== "keep") {
                    throw error;
                }
                // It names those who have left and have something to lose.
                fill(more, leavers.row);
                return mind(el("p", {}, error.message));
            }
            return null;
        }

        function ended(answer) {
            if (answer?.notKept) {
                more.replaceWith(mind(kept(answer.notKept)));
                return;
            }
            close();
            context.go("#/");
        }

        return form({
            parts: [concerned, access, name, more],
            button: `Delete ${idp.name}`, busy: "Deleting …", send,
            grave: true,
            also: [el("button", { type: "button", onclick: close }, "Cancel")],
        });
    });
}

const escaped = (text) => text.replaceAll(".", "\\.");

const kept = (groups) => [
    el("p", {}, "It is deleted. Not everybody keeps everything, since by the rules of others they"
       + " alone decide who is in these groups:"),
    el("ul", {}, groups.map((each) => el("li", {}, `${each.group} (${each.site}): `,
                                         plural(each.members, "person", "people"),
                                         `, by the rules of ${each.idp}`))),
    el("p", {}, el("a", { href: "#/" }, "To the identity providers")),
];
