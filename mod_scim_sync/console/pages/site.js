// SPDX-License-Identifier: Apache-2.0
//
// One Jira site: who the module is there, and whether that works. With "new" it is made.

import { path, post, Problem } from "../api.js";
import { el } from "../dom.js";
import { comparisons } from "../parts/comparison.js";
import { action, field, form, lines, someOf } from "../parts/form.js";
import { PRODUCTS, testResult } from "../parts/jira.js";
import { organizationFields } from "../parts/organization.js";
import { to } from "../router.js";
import { newSite, versionedSite } from "../versioned.js";
import { offered } from "../who.js";

export const title = ({ params }) => params.name ? `Jira site ${params.name}` : "Connect Jira";

export async function show(context) {
    const { name } = context.params;
    const it = name ? await versionedSite(name, { signal: context.signal }) : null;
    return [
        it ? null : introduction(),
        editor(it),
        it && await comparisons(context, it.now),
        it && offered(deletion(context, it)),
    ];
}

const deletion = (context, it) => el(
    "section", {}, el("h2", {}, "Delete"),
    el("p", {}, "What the module knows of accounts and groups stays; nothing in Jira is changed. A"
       + " site that identity providers feed can't be deleted."),
    action("Delete this site", async () => {
        await it.remove();
        context.go(to("sites"));
    }, { class: "grave" }));

const introduction = () => [
    el("p", {}, "The module works in Jira as an account of its own, by an API token. Nothing is"
       + " written to Jira by this step."),
    el("ol", { class: "prose" },
       el("li", {}, "Make an Atlassian account for it, of which no identity provider tells, and"
          + " make it an administrator of Jira and of the organization."),
       el("li", {}, "Sign in as that account, and make an ",
          el("a", { href: "https://id.atlassian.com/manage-profile/security/api-tokens",
                    target: "_blank", rel: "noreferrer" }, "API token"),
          ". Note the day on which it ends: Atlassian never shows it again.")),
];

// it: the site, as versioned.js has it; null: there is none yet.
function editor(it) {
    const site = it?.now;
    const name = site ? null : field({
        name: "name", label: "Name", value: "main", maxlength: 64, pattern: "[a-z0-9][a-z0-9.\\-]*",
        hint: "What the site is called here. It can't be changed.",
        wrong: "Small letters a to z, digits, dots and hyphens, beginning with a letter or digit.",
    });
    const baseUrl = field({
        name: "baseUrl", label: "Address of the site", type: "url", value: site?.baseUrl,
        pattern: "https?://.+", hint: "Such as https://example.atlassian.net",
        wrong: "An address that begins with https://",
    });
    const email = field({
        name: "email", label: "E-mail address of the account", type: "email", value: site?.email,
        hint: "Of the account that has made the API token.", wrong: "An e-mail address.",
    });
    const token = field({
        name: "apiToken", label: "API token", type: "password", optional: Boolean(site),
        autocomplete: "new-password",
        hint: site ? "Left empty, the stored one stays. It is encrypted, and never shown."
            : "It is stored encrypted, and never shown again.",
    });
    const ends = field({
        name: "apiTokenExpires", label: "The token ends on", type: "date", optional: true,
        value: site?.apiTokenExpires?.slice(0, 10),
        hint: "You are warned 30 and 7 days before.",
    });
    const products = someOf({
        name: "products", label: "Products that new accounts get",
        choices: PRODUCTS, value: site?.products ?? ["jira-software"],
    });
    const untouched = lines({
        name: "protectedGroups", label: "Groups that are never touched (optional)",
        value: site?.protectedGroups,
        hint: "One to a line, without regard to case, beside the administrators' groups, which are"
            + " never touched anyhow. A * at the beginning or the end stands for anything, such as"
            + " vip-*",
    });
    const organization = organizationFields(site?.organization);

    let works = Boolean(site);

    async function send() {
        if (!site && it?.now.name !== name.value()) {
            // Of a try that failed nothing stays under the name that it had.
            if (it && !works) {
                await it.remove();
            }
            it = await made(name.value(), values(null));
        } else {
            await it.put(values(it.now));
        }
        if (site) {
            organization.stored(it.now.organization);
        }
        const result = await post(path("sites", it.now.name, "test"));
        if (result.tokenKind && result.tokenKind !== it.now.tokenKind) {
            await it.again();  // the test has stored what it found
        }
        works ||= result.ok;
        return [testResult(result, it.now), result.ok ? next() : stored(it.now.name)];
    }

    function values(stored) {
        const told = token.value()
            || ends.value() !== (stored?.apiTokenExpires?.slice(0, 10) ?? "");
        return {
            baseUrl: baseUrl.value(), email: email.value(), products: products.value(),
            ...(token.value() && { apiToken: token.value() }),
            ...(told && { apiTokenExpires: ends.value() ? `${ends.value()}T00:00:00Z` : null }),
            protectedGroups: untouched.value(), ...organization.change(stored?.organization),
        };
    }

    return form({ parts: [name, baseUrl, email, token, ends, products, untouched,
                          organization.id, organization.key],
                  button: site ? "Save and test" : "Connect and test",
                  busy: "Asking Jira …", send });
}

async function made(name, value) {
    try {
        return await newSite(name, value);
    } catch (error) {
        throw error.status !== 412 ? error : new Problem(409, "Conflict",
            `There is a site ${name} already: open it, or take another name.`);
    }
}

const stored = (name) => el(
    "p", {}, "What you have entered is stored as ",
    el("a", { href: to("sites", name) }, `the site ${name}`), ": mend it here, and it is tested"
    + " again. It can be deleted on its own page.");

const next = () => el("p", { class: "buttons" },
                      el("a", { class: "button main", href: to("idps", "new") },
                         "Next: add an identity provider"));
