// SPDX-License-Identifier: Apache-2.0
//
// The end of an identity provider: what it means for people's access, decided before it is done.

import { el } from "../dom.js";
import { accessChoice, notKept } from "./access.js";
import { called, headingOf } from "./called.js";
import { dialog } from "./dialog.js";
import { field, form } from "./form.js";
import { plural } from "../words.js";

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
    dialog(`Delete ${headingOf(idp)}?`, (close) => {
        const access = accessChoice();
        const concerned = el("p", {}, "It has told of ", plural(idp.users, "person", "people"),
                             " and ", plural(idp.groups, "group"), ".");
        const name = field({
            name: "confirm", label: `Write ${idp.name} to confirm`, pattern: escaped(idp.name),
            hint: "This can't be undone.", wrong: `Write ${idp.name}.`,
        });

        const send = () => access.decide((decided) => it.remove(decided), ended);

        function ended(answer) {
            if (answer?.notKept) {
                access.more.replaceWith(notKept("It is deleted.", answer.notKept), el(
                    "p", {}, el("a", { href: "#/" }, "To the identity providers")));
                return;
            }
            close();
            context.go("#/");
        }

        return form({
            parts: [concerned, access.row, name, access.more],
            button: `Delete ${called(idp)}`, busy: "Deleting …", send,
            grave: true,
            also: [el("button", { type: "button", onclick: close }, "Cancel")],
        });
    });
}

const escaped = (text) => text.replaceAll(".", "\\.");
