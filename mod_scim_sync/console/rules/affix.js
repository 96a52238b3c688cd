// SPDX-License-Identifier: Apache-2.0
//
// A piece of a name, in which blanks count: it may end, or begin, with one.

import { field } from "../parts/form.js";
import { sayAt } from "./editor.js";

// Is a control (editor.js).
export function affix({ path, label, hint = "", value }) {
    const piece = field({ name: path, label, hint, value, optional: true, maxlength: 255 });
    return {
        path, label, row: piece.row, input: piece.input, value: () => piece.input.value,
        blame: (rest, words) => sayAt(piece, words), forgive: () => sayAt(piece, ""),
    };
}
