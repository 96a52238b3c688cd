// SPDX-License-Identifier: Apache-2.0
//
// What people call an identity provider, beside its name, which stands in addresses and stays.

import { el } from "../dom.js";
import { to } from "../router.js";
import { field, form } from "./form.js";
import { good } from "./notice.js";

export const called = (idp) => idp.displayName ?? idp.name;
const hasAnother = (idp) => called(idp) !== idp.name;

// As a heading.
export const headingOf = (idp) => hasAnother(idp) ? `${called(idp)} (${idp.name})` : idp.name;

// The title of a page about one, which the page puts into the context as `idp`. words(name, params)
export const titleOf = (words) => ({ idp, params }) =>
    words(idp ? headingOf(idp) : params.name, params);

// How those are called of whom a task or the guard tells by name; who is not there, by the name.
export function naming(idps) {
    const known = new Map(idps.map((idp) => [idp.name, headingOf(idp)]));
    return (name) => known.get(name) ?? name;
}

// In a list, where it leads to its page.
export const linkTo = (idp) => [
    el("a", { href: to("idps", idp.name) }, called(idp)),
    hasAnother(idp) && el("div", { class: "quiet" }, idp.name)];

// Where it is called otherwise. it: the IdP, as versioned.js has it.
export function renaming(context, it) {
    const { name } = it.now;
    const label = field({
        name: "displayName", label: "What you call it", value: it.now.displayName ?? "",
        maxlength: 128, optional: true, placeholder: name,
        hint: `In addresses and events it stays ${name}, so there is nothing to change in its own`
            + ` console. Left empty, it is called ${name}.`,
    });
    return form({
        parts: [label], button: "Rename", busy: "Renaming …", send: async () => {
            const now = await it.patch({ displayName: label.value() || null });
            label.input.value = now.displayName ?? "";
            context.entitle();
            return good(el("p", {}, `It is called ${called(now)} now.`));
        },
    });
}
