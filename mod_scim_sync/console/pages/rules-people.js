// SPDX-License-Identifier: Apache-2.0
//
// Who of an identity provider's people comes in, and under which name; tried on real names.

import { titleOf } from "../parts/called.js";
import { oneOf } from "../parts/form.js";
import { at, editor, load, rule } from "../rules/editor.js";
import { rulesPage } from "../rules/page.js";
import { condition, rewrite, rowList } from "../rules/row-list.js";
import { KINDS, tryOut } from "../rules/try-out.js";

export const title = titleOf((name) => `Rules of ${name}: people`);

const MOST = 50;

export async function show(context) {
    const loaded = await load(context);
    const { idp, stored } = loaded;
    const list = (where, more) => {
        const made = rule(where, {});
        return rowList({ ...made, value: at(stored, where), one: "pattern", most: MOST, ...more });
    };
    const filter = [
        list("users.filter.include", { make: condition, hint: "Without a pattern everybody comes"
            + " in; with some, only who matches one of them." }),
        list("users.filter.exclude", { make: condition, hint: "Who matches one of these stays out,"
            + " whatever else is said. Who was let in before is then treated like a leaver." })];
    const otherwise = rule("users.otherwise", {});
    const names = [
        list("users.patterns", { make: rewrite, ordered: true, hint: "The first that matches makes"
            + " the name: $1 is what the first (...) matched. A name that is an e-mail address is"
            + " the one by which the person is looked for in Jira." }),
        { ...otherwise, ...oneOf({
            name: otherwise.path, label: otherwise.label, value: at(stored, otherwise.path),
            choices: [["keep", "stay as they are", "The person comes in under the name that is"
                       + " told."],
                      ["skip", "keep the person out", "Without access, like somebody who is not"
                       + " told of."]] }) }];
    const controls = [...filter, ...names];
    const edited = editor(context, loaded, controls, () => tried.run());
    const tried = tryOut({ context, idp, kind: KINDS.users, edited: () => edited, controls });
    return rulesPage(idp, "people", [
        ["Who comes in", PATTERNS, ...filter],
        ["What the user names become", null, ...names],
    ], edited, tried.panel);
}

const PATTERNS = "Patterns are regular expressions (PCRE2). They match anywhere in the name: ^ is"
    + " its beginning, $ its end, and (?i) before all makes upper and lower case alike. E-mail"
    + " addresses are in lower case.";
