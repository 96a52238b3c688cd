// SPDX-License-Identifier: Apache-2.0
//
// What to do in an identity provider's own console, step by step (idps/index.js).

import { el, rich } from "../dom.js";
import { copyable } from "./copy.js";

// values: a Map from what idps/values.js names to the text, or to an element that stands for it.
export function steps(list, values) {
    return el("ol", { class: "steps" }, list.map((step) => el("li", {},
        el("h3", {}, step.title),
        step.text.map((text) => el("p", {}, rich(text))),
        step.values && el("div", { class: "values" }, step.values.map(
            ([label, value]) => shown(label, value, values))))));
}

function shown(label, value, values) {
    if (typeof value !== "symbol") {
        return plain(label, value);
    }
    const found = values.get(value);
    return typeof found === "string" ? copyable(label, found) : plain(label, found);
}

const plain = (label, value) => el("p", { class: "plain" },
                                   el("span", { class: "label" }, label), " ",
                                   el("span", { class: "value" }, value));
