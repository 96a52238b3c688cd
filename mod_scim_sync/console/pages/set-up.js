// SPDX-License-Identifier: Apache-2.0
//
// The way through a first visit: what is done, and what comes next. It follows from what the API
// says is there, so that it can be left and taken up again by anybody.

import { get, path } from "../api.js";
import { el } from "../dom.js";
import { called } from "../parts/called.js";
import { to } from "../router.js";
import { providerOf } from "../idps/index.js";
import { offered } from "../who.js";

export const title = "Set up";

export async function show() {
    const [{ sites }, { idps }] = await Promise.all([get(path("sites")), get(path("idps"))]);
    return [
        el("p", {}, "Three steps. Nothing is written to Jira before you say so."),
        el("ol", { class: "way" },
           step("Connect Jira", sites.length > 0,
                sites.length ? ["Connected: ", list(sites.map((site) => el("a",
                    { href: to("sites", site.name) }, site.baseUrl)))]
                    : "The address of your site, and an API token of an administrator's.",
                offered(link(sites.length ? "Connect another site" : "Connect Jira",
                             to("sites", "new"), !sites.length))),
           step("Add an identity provider", idps.length > 0,
                idps.length ? ["Added: ", list(idps.map((idp) => el("a",
                    { href: to("idps", idp.name) }, called(idp))))]
                    : "Who tells of people and groups: Okta, Microsoft Entra ID, Google Workspace,"
                      + " and others.",
                sites.length > 0 && offered(link(idps.length ? "Add another one"
                    : "Add an identity provider", to("idps", "new"), !idps.length))),
           step("Connect it, and watch it arrive", false,
                "What to paste where, in the identity provider's own words.",
                idps.map((idp) => link(`Connect ${called(idp)}, ${providerOf(idp).name}`,
                                       to("idps", idp.name, "connect"), idps.length === 1)))),
    ];
}

const step = (words, done, text, links) =>
    el("li", { class: done ? "done" : "open" },
       el("h2", {}, words, done && el("span", { class: "badge green" }, "done")),
       el("p", {}, text), el("div", { class: "buttons" }, links));

const link = (words, href, isNext) =>
    el("a", { class: isNext ? "button main" : "button", href }, words);

const list = (links) => links.flatMap((each, at) => at ? [", ", each] : [each]);
