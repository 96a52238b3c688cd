// SPDX-License-Identifier: Apache-2.0
//
// A new token for an identity provider: in the place of the others, without a gap, or beside them.
// It is shown once; a line turns green when it was used first.

import { get, path, post } from "../api.js";
import { el, fill, rich } from "../dom.js";
import { keep } from "../fresh.js";
import { providerOf } from "../idps/index.js";
import { copyable } from "./copy.js";
import { field, form, oneOf, pick } from "./form.js";
import { line, watch } from "./live.js";
import { mind, problem } from "./notice.js";
import { to } from "../router.js";
import { ago, localDay, moment, shortId } from "../words.js";

const DAY = 86400;

const WAYS = [
    ["rotate", "In the place of the others", "They stay good for a while: nothing is refused while"
     + " you paste the new one."],
    ["add", "Beside the others", "For a second client. The others stay as they are."],
];

const OVERLAPS = [[3600, "in an hour"], [DAY, "in a day"], [7 * DAY, "in a week"],
                  [30 * DAY, "in 30 days"], [0, "at once: what comes with them is refused"]];

// changed(): there is another list of tokens.
export function newToken(context, idp, changed) {
    const overlap = pick({ name: "overlap", label: "The others end", value: DAY,
                           choices: OVERLAPS });
    const when = el("div", {}, overlap.row);
    const way = oneOf({ name: "way", label: "The new one comes", value: "rotate", choices: WAYS,
                        onchange: () => fill(when, way.value() === "rotate" && overlap.row) });
    const ends = field({
        name: "expiresAt", label: "The new one ends on", type: "date", optional: true,
        min: localDay(Date.now() + DAY * 1000), wrong: "A day to come.",
        hint: "Left empty, it never does. You are warned 30 and 7 days before.",
    });

    async function send() {
        const rotates = way.value() === "rotate";
        const made = await post(path("idps", idp.name, "tokens", ...(rotates ? ["rotate"] : [])), {
            ...(rotates && { overlap: Number(overlap.value()) }),
            ...(ends.value() && { expiresAt: new Date(`${ends.value()}T00:00`).toISOString() }),
        });
        changed();
        return shown(context, idp, made, rotates && Number(overlap.value()), changed);
    }

    return form({ parts: [way, when, ends], button: "Make a token", busy: "Making it …", send });
}

// overlap: seconds; false: the others stay.
function shown(context, idp, made, overlap, changed) {
    const provider = providerOf(idp);
    const others = overlap === false ? "" : overlap === 0 ? " The others have ended."
        : ` The others end ${moment(Date.now() + overlap * 1000)}.`;
    return [
        mind(el("p", {}, `${shortId(made.id)} is made, and shown this once.${others}`),
             copyable("Token", made.token),
             el("p", {}, `Paste it in ${provider.console}. `,
                el("a", { href: to("idps", idp.name, "connect"),
                          onclick: () => keep(idp.name, made.token) }, "Step by step"))),
        firstUse(context, idp, made, rich(`by ${provider.probe}`), changed)];
}

// Only the token that was made last is watched.
let watched = null;

function firstUse(context, idp, made, waiting, changed) {
    const failure = el("div", {});
    const row = line({ what: "First call with it", waiting });
    watched = made.id;
    watch(context.signal, async () => {
        if (watched !== made.id) {
            return true;
        }
        const { tokens } = await get(path("idps", idp.name, "tokens"), { signal: context.signal });
        const token = tokens.find((each) => each.id === made.id);
        if (token?.lastUsedAt) {
            row.turn(`came ${ago(token.lastUsedAt)}. The others are needed no more.`);
            changed();
        }
        return !token || row.isGreen();
    }, (error) => fill(failure, error && problem(error)));
    return [el("ul", { class: "lines" }, row.row), failure];
}
