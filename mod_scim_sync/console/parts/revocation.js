// SPDX-License-Identifier: Apache-2.0
//
// A token is revoked: what that means is said before it is done.

import { path, remove } from "../api.js";
import { announce, el } from "../dom.js";
import { bad, mind } from "./notice.js";
import { dialog } from "./dialog.js";
import { form } from "./form.js";
import { ago, shortId } from "../words.js";

export const isGood = (token) => token.expiresIn === null || token.expiresIn > 0;

// The one that was used last of these, within one millisecond the newer; null: none ever was.
export const inUse = (tokens) => tokens.filter((token) => token.lastUsedAt).sort(
    (one, other) => other.lastUsedAt.localeCompare(one.lastUsedAt)
                    || other.createdAt.localeCompare(one.createdAt))[0] ?? null;

// tokens: all of the IdP's. done() is called when it is revoked.
export function askToRevoke(idp, token, tokens, done) {
    dialog(`Revoke ${shortId(token.id)}?`, (close) => form({
        parts: [meaning(idp, token, tokens),
                el("p", { class: "hint" }, `Token ${token.id}. This can't be undone.`)],
        button: `Revoke ${shortId(token.id)}`, busy: "Revoking …", grave: true,
        also: [el("button", { type: "button", onclick: close }, "Cancel")],
        send: async () => {
            await remove(path("idps", idp.name, "tokens", token.id));
            close();
            announce(`${shortId(token.id)} is revoked`);
            done();
        },
    }));
}

function meaning(idp, token, tokens) {
    const others = tokens.filter((each) => each !== token && isGood(each));
    if (!isGood(token)) {
        return el("p", {}, "It has ended already, and is refused as it is.");
    }
    if (!others.length) {
        return bad(el("p", {}, el("strong", {}, `It is the last one that is good: ${idp.name} can't`
                      + " call any more."),
                      " Who joins gets nothing, and who leaves keeps the access, until it has"
                      + " another token. To replace it, make a new one first, and revoke this one"
                      + " when the new one was used."));
    }
    if (inUse(tokens) === token) {
        return mind(el("p", {}, `${idp.name} uses it now: it came with this one ${
            ago(token.lastUsedAt)}, and not yet with a newer one. What it sends is refused from now`
            + " on, until another token is pasted there."));
    }
    return el("p", {}, token.lastUsedAt
        ? `It was used last ${ago(token.lastUsedAt)}, and ${idp.name} has come with another one`
          + " since. Who still has this one is refused from now on."
        : "Nobody has used it yet. Who has it is refused from now on.");
}
