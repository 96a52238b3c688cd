// SPDX-License-Identifier: Apache-2.0
//
// The connection to Google is ended: what else that ends is said before, in the API's words.

import { path, post } from "../api.js";
import { announce, el } from "../dom.js";
import { called, headingOf } from "./called.js";
import { dialog } from "./dialog.js";
import { action, form, oneOf } from "./form.js";
import { mind } from "./notice.js";

// With which the API says how to go on: that is what the question is for.
const GOES_ON = / Send \{.*$/s;

export function disconnection(context, idp) {
    const where = path("idps", idp.name, "google", "disconnect");
    return [
        el("p", {}, "Its credentials for Google are forgotten. What else that means is said first."
           + " To stop for a while, pause it instead."),
        action("Disconnect …", async () => ask(context, idp, where, await Promise.all(
            [meaning(where, false), meaning(where, true)])), { class: "grave" }),
    ];
}

async function meaning(where, revoke) {
    try {
        await post(where, { revoke });
        return "";
    } catch (error) {
        if (error.status !== 409 || !GOES_ON.test(error.message)) {
            throw error;
        }
        return error.message.replace(GOES_ON, "");
    }
}

function ask(context, idp, where, [here, there]) {
    const choice = here === there ? null : oneOf({
        name: "revoke", label: "What was granted at Google", value: "false",
        choices: [["false", "It is forgotten here alone", "Google is not asked: others go on."],
                  ["true", "Google takes it back", there]],
    });
    dialog(`Disconnect ${headingOf(idp)} from Google?`, (close) => form({
        parts: [mind(el("p", {}, here, " Nobody who leaves is noticed until it is connected"
                        + " anew.")), choice],
        button: `Disconnect ${called(idp)}`, busy: "Disconnecting …", grave: true,
        also: [el("button", { type: "button", onclick: close }, "Cancel")],
        send: async () => {
            await post(where, { confirm: true, revoke: choice?.value() === "true" });
            close();
            announce(`${called(idp)} is disconnected`);
            context.again();
        },
    }));
}
