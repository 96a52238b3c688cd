// SPDX-License-Identifier: Apache-2.0
//
// Rules that are one value each, as controls (editor.js).

import { field, someOf } from "../parts/form.js";
import { count } from "../words.js";
import { at, rule, sayAt } from "./editor.js";

// Yes or no: a box with these words, and what it means.
export function toggle(stored, where, [words, means]) {
    const made = rule(where, {});
    const box = someOf({ name: where, label: made.label, choices: [["yes", words, means]],
                         value: at(stored, where) ? ["yes"] : [] });
    return { ...made, row: box.row, value: () => box.value().length > 0 };
}

// A whole number. label: what the field is called, if not as the rule is.
export function number(stored, where, { label, hint, least = 0, most }) {
    const made = rule(where, {});
    const one = field({
        name: where, label: label ?? made.label, hint, type: "number", inputmode: "numeric",
        min: least, max: most, step: 1, value: at(stored, where),
        wrong: `A whole number from ${count(least)} to ${count(most)}.` });
    return {
        ...made, row: one.row, input: one.input, check: one.check,
        value: () => Number(one.value()),
        blame: (rest, said) => sayAt(one, said), forgive: () => sayAt(one, ""),
    };
}
