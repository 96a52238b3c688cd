// SPDX-License-Identifier: Apache-2.0
//
// What is done with what an identity provider tells: whether accounts are made, profiles written,
// groups taken over, and what becomes of people who leave; each with what it means for access.

import { get, path } from "../api.js";
import { el } from "../dom.js";
import { titleOf } from "../parts/called.js";
import { oneOf, someOf } from "../parts/form.js";
import { PRODUCTS } from "../parts/jira.js";
import { at, editor, load, rule } from "../rules/editor.js";
import { toggle } from "../rules/fields.js";
import { leaving } from "../rules/leaving.js";
import { rulesPage } from "../rules/page.js";

export const title = titleOf((name) => `Rules of ${name}`);

export async function show(context) {
    const loaded = await load(context);
    const { idp, stored } = loaded;
    const isCustomers = idp.mode === "customers";
    const site = await get(path("sites", idp.sites[0]), { signal: context.signal });
    const people = [toggle(stored, "users.import", ACCOUNTS[idp.mode]),
                    toggle(stored, "users.update", PROFILES[idp.mode]),
                    isCustomers ? toggle(stored, "users.invite", INVITATIONS)
                        : products(stored, site)];
    const leavers = leaving(stored, idp);
    const groups = [toggle(stored, "groups.import", GROUPS[idp.mode]),
                    !isCustomers && toggle(stored, "groups.delete", DELETION),
                    toggle(stored, "groups.authoritative", AUTHORITY[idp.mode])].filter(Boolean);
    const edited = editor(context, loaded, [...people, ...leavers.controls, ...groups],
                          () => leavers.warn(edited.rules()));
    return rulesPage(idp, "", [
        ["People", null, ...people],
        ["When somebody leaves", "It is done when no identity provider wants the person any more,"
         + " and also for those who left before.", leavers],
        ["Groups", null, ...groups],
    ], edited);
}

// [words of the box, what it means]; of each mode.
const ACCOUNTS = {
    users: ["Create an account for who has none in Jira", "With it comes a seat of the products"
            + " below. Without it, only people who have an account already get access."],
    customers: ["Create a customer for who has no account in Jira", "It costs no seat. Without it,"
                + " only people who have an account already get into portals."],
};
const PROFILES = {
    users: ["Write changes of names, titles and departments to Jira", "Where Atlassian allows it:"
            + " with a key of the organization, for accounts that it manages. E-mail addresses are"
            + " never written. It says nothing about access."],
    customers: ["Say when somebody's name changes", "Jira lets nobody change a customer's name: an"
                + " event says so, once."],
};
const INVITATIONS = ["Have Jira send an e-mail to customers whom it creates", "From one of the"
    + " service projects that the person gets into. Who gets into none then is sent nothing, then"
    + " or later."];
const GROUPS = {
    users: ["Groups stand for groups in Jira", "Without it no group does: people leave what this"
            + " identity provider's groups gave them."],
    customers: ["Mapped groups give portals", "Without it no group does: people leave the portals"
                + " that this identity provider's groups gave them."],
};
const DELETION = ["Delete the group in Jira, too, if the module made it", "All that Jira had given"
    + " to the group goes with it for good, and so does the access of people who were added to it"
    + " by hand. Without it the group stays in Jira, and people leave it."];
const AUTHORITY = {
    users: ["The identity provider alone decides who is in its groups in Jira", "Whoever else is in"
            + " them is taken out, also people whom somebody added by hand. Without it they stay."
            + " A line of the mapping can say otherwise."],
    customers: ["The identity provider alone decides who is in its portals", "Whoever else is a"
                + " customer there is taken out, also people whom somebody added by hand. Without"
                + " it they stay. A line of the mapping can say otherwise."],
};

function products(stored, site) {
    const made = rule("users.products", {});
    const value = at(stored, made.path);
    const which = oneOf({
        name: made.path, label: made.label, value: value ? "these" : "site", onchange: show,
        choices: [["site", "those of the site", named(site.products)],
                  ["these", "others, or none", "With none, accounts can use nothing before"
                   + " somebody gives it to them."]] });
    const some = someOf({ name: `${made.path}.these`, label: "Which", choices: PRODUCTS,
                          value: value ?? [] });

    function show() {
        some.row.hidden = which.value() !== "these";
    }

    show();
    return { ...made, row: el("div", { class: "nested" }, which.row, some.row),
             value: () => which.value() === "these" ? some.value() : null };
}

const named = (products) => products.map(
    (each) => PRODUCTS.find(([id]) => id === each)?.[1] ?? each).join(", ");
