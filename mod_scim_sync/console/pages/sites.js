// SPDX-License-Identifier: Apache-2.0
//
// All Jira sites.

import { get, path } from "../api.js";
import { el } from "../dom.js";
import { expiry } from "../parts/jira.js";
import { table } from "../parts/table.js";
import { to } from "../router.js";
import { offered } from "../who.js";

export const title = "Jira sites";

export async function show() {
    const { sites } = await get(path("sites"));
    if (!sites.length) {
        return [el("p", {}, "No Jira site is connected yet."), add("Connect Jira")];
    }
    return [
        table("Jira sites", [
            ["Name", (site) => el("a", { href: to("sites", site.name) }, site.name)],
            ["Site", (site) => site.baseUrl],
            ["Account", (site) => site.email],
            ["API token", (site) => expiry(site)],
        ], sites),
        add("Connect another one"),
    ];
}

const add = (words) => offered(el("p", { class: "buttons" }, el("a", {
    class: "button", href: to("sites", "new") }, words)));
