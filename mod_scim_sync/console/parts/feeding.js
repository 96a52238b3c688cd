// SPDX-License-Identifier: Apache-2.0
//
// Which Jira sites an identity provider feeds; and what becomes of access at those that it feeds no
// more, decided before it is done.

import { announce, el, fill } from "../dom.js";
import { accessChoice, notKept } from "./access.js";
import { called } from "./called.js";
import { dialog } from "./dialog.js";
import { form, someOf } from "./form.js";
import { stopped } from "./notice.js";

// it: the IdP, as versioned.js has it. sites: all there are.
export function feeding(context, it, sites) {
    const fed = someOf({
        name: "sites", label: "It feeds", value: it.now.sites,
        choices: sites.map((site) => [site.name, site.name, site.baseUrl]),
    });

    async function send() {
        const chosen = fed.value();
        if (!chosen.length) {
            return stopped(el("p", {}, "It feeds one site at least. To stop for a while, pause it;"
                              + " to end it, delete it."));
        }
        const left = it.now.sites.filter((name) => !chosen.includes(name));
        if (left.length) {
            ask(context, it, chosen, left);
        } else {
            shown(context, await it.patch({ sites: chosen }));
        }
        return null;
    }

    return form({
        parts: [el("p", {}, "A site that is new to it gets everybody of whom it has told."), fed],
        button: "Set the sites", busy: "Setting …", send,
    });
}

function shown(context, idp) {
    announce(`${called(idp)} feeds ${idp.sites.join(", ")}`);
    context.again();
}

function ask(context, it, chosen, left) {
    const name = called(it.now);
    const sites = left.join(", ");
    dialog(`Feed ${sites} no more?`, (close) => {
        const access = accessChoice();
        const body = el("div", {}, form({
            parts: [el("p", {}, `What ${name} tells is not done at ${sites} any more. To stop for a`
                       + " while, pause it instead."), access.row, access.more],
            button: `Feed ${sites} no more`, busy: "Setting …", grave: true,
            also: [el("button", { type: "button", onclick: close }, "Cancel")],
            send: () => access.decide((decided) => it.patch({ sites: chosen }, decided), done),
        }));

        function done(idp) {
            shown(context, idp);
            if (idp.notKept) {
                fill(body, notKept(`${name} feeds ${sites} no more.`, idp.notKept),
                     el("div", { class: "buttons" },
                        el("button", { type: "button", onclick: close }, "Close")));
                return;
            }
            close();
        }
        return body;
    });
}
