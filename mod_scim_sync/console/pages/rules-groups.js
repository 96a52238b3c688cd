// SPDX-License-Identifier: Apache-2.0
//
// What an identity provider's groups stand for in Jira: the mapping, with a search on both sides,
// and what is done with all others.

import { el } from "../dom.js";
import { titleOf } from "../parts/called.js";
import { oneOf } from "../parts/form.js";
import { nameList } from "../rules/chips.js";
import { at, editor, load, rule } from "../rules/editor.js";
import { mapping } from "../rules/mapping.js";
import { rulesPage } from "../rules/page.js";
import { previewDialog } from "../rules/preview.js";
import { ignored, rewrite, rowList } from "../rules/row-list.js";
import { freeTarget, PORTALS, searchJira, targetWords } from "../rules/targets.js";
import { affix } from "../rules/affix.js";
import { KINDS, tryOut } from "../rules/try-out.js";

export const title = titleOf((name) => `Rules of ${name}: groups`);

const PATTERNS = 50;
const IGNORED = 200;

export async function show(context) {
    const loaded = await load(context);
    const { idp, stored } = loaded;
    const rules = () => edited.rules();
    const made = (where, make, more) => {
        const control = rule(where, {});
        return { ...control, ...make({ ...control, value: at(stored, where), ...more }) };
    };
    const lines = made("groups.mappings", mapping, { idp, signal: context.signal, rules });
    const ignore = made("groups.ignore", rowList, { make: ignored, one: "group", most: IGNORED,
        hint: "These stand for nothing in Jira, even if they are mapped." });
    const others = idp.mode === "customers" ? [] : unmapped(made);
    const everybody = idp.mode === "customers"
        ? [forEverybody(made, idp, context, "users.defaultProjects", PORTALS.project),
           forEverybody(made, idp, context, "users.defaultOrganizations", PORTALS.organization)]
        : [forEverybody(made, idp, context, "users.defaultGroups", "")];
    const controls = [lines, ignore, ...others, ...everybody];
    const edited = editor(context, loaded, controls, () => tried.run());
    const tried = tryOut({
        context, idp, kind: KINDS.groups, edited: () => edited, controls,
        action: (name) => whoGains(name, () => previewDialog(idp, name, rules)) });
    return rulesPage(idp, "groups", [
        ["Mapping", WORDS[idp.mode], lines],
        ["Other groups", null, ignore, ...others],
        ["Everybody", "All active people of this identity provider get into these, besides what"
         + " their groups give.", ...everybody],
    ], edited, tried.panel);
}

const whoGains = (name, onclick) => el("button", {
    type: "button", class: "small", "aria-label": `Who gains? ${name}, as tried`, onclick,
}, "Who gains?");

const WORDS = {
    users: "A group that is mapped stands for these groups in Jira, by these names. People join"
        + " them, and leave what it stood for before, as far as the module had put them there.",
    customers: "Who is in a mapped group gets into the portals of its projects and organizations. A"
        + " group that is not mapped stands for nothing.",
};

function unmapped(made) {
    const choice = (where, choices) => made(where, (control) => oneOf({
        ...control, name: where, choices }));
    return [
        choice("groups.mode", [
            ["all", "come in, too", "By the name that follows from what stands below."],
            ["listed", "stay out", "Only groups that are mapped stand for anything in Jira."]]),
        made("groups.patterns", rowList, { make: rewrite, one: "pattern", most: PATTERNS,
            ordered: true, hint: "Regular expressions (PCRE2). The first that matches makes the"
                + " name in Jira: $1 is what the first (...) matched, and \\L before it makes it"
                + " lower case." }),
        choice("groups.otherwise", [
            ["keep", "keep their names", "They stand for groups of the same name in Jira."],
            ["skip", "stay out", "They stand for nothing in Jira."]]),
        made("groups.passThrough.prefix", affix, { hint: "Such as okta- for names that no group in"
                + " Jira has yet." }),
        made("groups.passThrough.suffix", affix, {}),
    ];
}

const forEverybody = (made, idp, context, where, only) => made(where, nameList, {
    signal: context.signal, hint: "Search in Jira, or type a name.",
    words: (name) => targetWords(idp, name),
    read: (name) => only + name, write: (name) => name.slice(only.length),
    search: searchJira(idp, () => idp.sites[0], only), free: freeTarget(idp, only) });
