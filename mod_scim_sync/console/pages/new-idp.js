// SPDX-License-Identifier: Apache-2.0
//
// A new identity provider: who it is, whom it is about, and how it begins.

import { get, path, post } from "../api.js";
import { el, fill } from "../dom.js";
import { keep } from "../fresh.js";
import { PROVIDERS } from "../idps/index.js";
import { field, form, oneOf, someOf } from "../parts/form.js";
import { mind } from "../parts/notice.js";
import { to } from "../router.js";
import { MODES, STATE_MEANINGS } from "../words.js";

export const title = "Add an identity provider";

export async function show(context) {
    const [{ sites }, { idps }] = await Promise.all([get(path("sites")), get(path("idps"))]);
    if (!sites.length) {
        return mind(el("p", {}, "An identity provider feeds a Jira site: ",
                       el("a", { href: to("sites", "new") }, "connect Jira"), " first."));
    }
    return editor(context, sites, new Set(idps.map((idp) => idp.name)));
}

// A name that nobody has: okta, okta-2, ...
function freeName(wanted, taken) {
    let name = wanted;
    for (let number = 2; taken.has(name); number++) {
        name = `${wanted}-${number}`;
    }
    return name;
}

function editor(context, sites, taken) {
    const provider = oneOf({
        name: "provider", label: "Which one is it?", value: PROVIDERS[0].id,
        choices: PROVIDERS.map((each) => [each.id, each.name]), onchange: chosen,
    });
    const name = field({
        name: "name", label: "Name", maxlength: 64, pattern: "[a-z0-9][a-z0-9.\\-]*",
        value: freeName(PROVIDERS[0].id, taken),
        hint: "What it is called here, and part of the address that it is given. It can't be"
            + " changed.",
        wrong: "Small letters a to z, digits, dots and hyphens, beginning with a letter or digit.",
    });
    const mode = oneOf({
        name: "mode", label: "Its people become", value: "users",
        choices: [["users", MODES.users, "They get an account with the site's products, which costs"
                   + " a seat."],
                  ["customers", MODES.customers, "They get into portals, and have no product."]],
    });
    const versions = el("div", {});
    const fed = sites.length > 1 ? someOf({
        name: "sites", label: "Jira sites that it feeds", value: [sites[0].name],
        choices: sites.map((site) => [site.name, site.name, site.baseUrl]),
    }) : null;
    const state = oneOf({
        name: "state", label: "It begins", value: "dryRun",
        choices: [["dryRun", "in dry run", `${STATE_MEANINGS.dryRun} You look first, and let it go`
                   + " live then."],
                  ["live", "live", STATE_MEANINGS.live]],
    });
    let version = null;
    let suggested = name.input.value;

    const current = () => PROVIDERS.find((each) => each.id === provider.value());

    function chosen() {
        const { id, versions: spoken } = current();
        if (name.input.value === suggested) {
            suggested = freeName(id, taken);
            name.input.value = suggested;
        }
        version = spoken.length > 1 ? oneOf({
            name: "version", label: "Version of SCIM", value: spoken[0],
            choices: spoken.map((each) => [each, `SCIM ${each}`,
                each === "1.1" ? "For old clients that speak nothing else." : null]),
        }) : null;
        fill(versions, version?.row);
    }

    async function send() {
        const { id, kind } = current();
        const idp = await post(path("idps"), {
            name: name.value(), kind, provider: id, mode: mode.value(), state: state.value(),
            sites: fed ? fed.value() : [sites[0].name],
        });
        if (idp.scim) {
            keep(idp.name, idp.scim.token);
        }
        const scim = version ? `?scim=${version.value()}` : "";
        context.go(to("idps", idp.name, "connect") + scim);
    }

    chosen();
    return form({ parts: [provider, name, mode, versions, fed, state],
                  button: "Add", busy: "Adding …", send });
}
