// SPDX-License-Identifier: Apache-2.0
//
// Google Workspace is connected: by an administrator who agrees on Google's page, or as a service
// account; then its directory is read for the first time (docs/google.md).

import { get, path, post } from "../api.js";
import { el, fill } from "../dom.js";
import { REDIRECT_URI, SCOPES } from "../idps/values.js";
import { arrivals } from "../parts/arrivals.js";
import { beside } from "../parts/beside.js";
import { action, field, form, oneOf } from "../parts/form.js";
import { line } from "../parts/live.js";
import { bad, good } from "../parts/notice.js";
import { steps } from "../parts/steps.js";
import { to } from "../router.js";
import { versioned } from "../versioned.js";
import { ago } from "../words.js";

const WAITING = { users: "the pull", groups: "the pull" };

// What stands on the page between its beginning and its end.
export async function connectGoogle(context, it, provider) {
    const idp = it.now;
    const where = path("idps", idp.name, "google");
    const connection = await versioned(
        where, `the connection of ${idp.name}`, { idp: idp.name, kind: "google." },
        { signal: context.signal });
    const google = connection.now;
    const instructions = el("div", {});
    const way = oneOf({
        name: "way", label: "How is it connected?",
        value: google.serviceAccount ? "serviceAccount" : "browser",
        choices: [["browser", "An administrator agrees on Google's page", "Needs nothing else. May"
                   + " end by itself: then you are told, and agree again."],
                  ["serviceAccount", "As a service account", "Does not end by itself. Google must"
                   + " allow keys of service accounts."]],
        onchange: write,
    });

    function write() {
        fill(instructions,
             steps(provider.steps(way.value()), new Map([
                 [REDIRECT_URI, google.redirectUri ?? el("em", {}, "see below")],
                 [SCOPES, google.scopes.join(",")]])),
             way.value() === "browser" ? byBrowser(where, connection)
                 : asService(where, connection));
    }

    write();
    return [beside(
        [el("h2", {}, `In ${provider.console}`), way.row, instructions,
         el("h2", {}, "Read it"),
         el("p", {}, "When it is connected: see whether users and groups can be read, then have all"
            + " of them read. After the first pull it is read by itself, every hour unless you say"
            + " otherwise."),
         el("div", { class: "buttons" },
            action("Test", async () => tested(await post(`${where}/test`))),
            action("Pull now", () => pulled(idp))),
         el("p", {}, "Not everybody is to come? Say ",
            el("a", { href: to("idps", idp.name, "choice") }, "who comes"),
            " first, and see by a preview who that is.")],
        [el("h2", {}, "What has come"),
         arrivals(context, it, WAITING, [connected(context, where), pull(context, idp)])])];
}

// ---- settings

function byBrowser(where, it) {
    const google = it.now;
    const id = field({ name: "clientId", label: "Client ID", value: google.clientId,
                       hint: "Ends in .apps.googleusercontent.com" });
    const secret = field({ name: "clientSecret", label: "Client secret", type: "password",
                           autocomplete: "new-password", optional: google.hasClientSecret,
                           hint: google.hasClientSecret ? "Left empty, the stored one stays."
                               : "It is stored encrypted, and never shown again." });
    const domain = domainField(google);

    async function send() {
        const stored = await it.put({
            clientId: id.value(), domain: domain.value() || null,
            administrator: google.administrator, endpoints: google.endpoints,
            ...(secret.value() && { clientSecret: secret.value() }) });
        return [good(el("p", {}, "Stored. Now agree on Google's page: tick both boxes there, and"
                        + " come back within ten minutes. The line \"Connected\" turns green.")),
                el("p", { class: "buttons" },
                   el("a", { class: "button main", href: `api/${where}/connect`, target: "_blank",
                             rel: "noopener" }, `Agree as an administrator of ${
                                 stored.domain ?? "your Workspace"} (in a new tab)`))];
    }

    if (!google.redirectUri) {
        return bad(el("p", {}, "Google can't send a browser back here: set ScimSyncBaseURL to the"
                      + " https address of this server, and have a <Location> with SetHandler"
                      + " scim-sync-oauth-callback."));
    }
    return form({ parts: [id, secret, domain], button: "Store", send });
}

function asService(where, it) {
    const google = it.now;
    const key = field({ name: "key", label: "Key file", type: "file", accept: "application/json",
                        optional: Boolean(google.serviceAccount),
                        hint: google.serviceAccount
                            ? `Stored: the key of ${google.serviceAccount.email}.`
                            : "The JSON file that Google made. It is stored encrypted." });
    const administrator = field({ name: "administrator", label: "Administrator", type: "email",
                                  value: google.administrator,
                                  hint: "For whom the service account asks: an address." });
    const domain = domainField(google);

    async function send() {
        const [file] = key.input.files;
        await it.put({ administrator: administrator.value(), domain: domain.value() || null,
                           endpoints: google.endpoints,
                           ...(file && { serviceAccountKey: await file.text() }) });
        await post(`${where}/connect`, { by: "serviceAccount" });
        return good(el("p", {}, "Connected."));
    }

    return form({ parts: [key, administrator, domain], button: "Store and connect",
                  busy: "Connecting …", send });
}

const domainField = (google) => field({
    name: "domain", label: "Primary domain", value: google.domain, optional: true,
    hint: "Such as example.com: an account of another Workspace is refused then." });

// ---- what becomes of it

function connected(context, where) {
    return [line({ what: "Connected", waiting: "when Google has said yes" }), async (row) => {
        const { connection } = await get(where, { signal: context.signal });
        if (connection.state === "connected") {
            row.turn(`as ${connection.administrator} of ${connection.domain}`);
        }
    }];
}

function pull(context, idp) {
    return [line({ what: "First pull", waiting: "when you ask for it above" }), async (row) => {
        const { pulls } = await get(path("idps", idp.name, "pulls"), { signal: context.signal });
        const done = pulls.find(
            (each) => each.state === "done" && each.cause !== "preview");
        if (done) {
            row.turn(`done ${ago(done.endedAt)}`);
        }
    }];
}

function tested(result) {
    if (result.ok) {
        return good(el("p", {}, "Users and groups can be read."));
    }
    const said = (what, part) => part && !part.ok && el("p", {}, `${what} can't be read: `,
                                                        part.detail);
    return bad(el("p", {}, result.detail), said("Users", result.users),
               said("Groups", result.groups));
}

async function pulled(idp) {
    const run = await post(path("idps", idp.name, "pull"));
    return good(el("p", {}, `Asked for, as number ${run.id}. The line "First pull" turns green when`
                   + " it is done."));
}
