// SPDX-License-Identifier: Apache-2.0
//
// An identity provider is connected: what to paste where in its own console, and what has come.

import { path, post } from "../api.js";
import { el, fill, rich } from "../dom.js";
import { keep, tokenOf } from "../fresh.js";
import { providerOf } from "../idps/index.js";
import { TOKEN, URL as ADDRESS } from "../idps/values.js";
import { arrivals, probe } from "../parts/arrivals.js";
import { beside } from "../parts/beside.js";
import { titleOf } from "../parts/called.js";
import { action, oneOf } from "../parts/form.js";
import { idpNav } from "../parts/idp-nav.js";
import { bad, mind } from "../parts/notice.js";
import { stateSwitch } from "../parts/state.js";
import { steps } from "../parts/steps.js";
import { to } from "../router.js";
import { versionedIdp } from "../versioned.js";
import { connectGoogle } from "./connect-google.js";

export const title = titleOf((name) => `Connect ${name}`);

export async function show(context) {
    const it = await versionedIdp(context.params.name, { signal: context.signal });
    const idp = it.now;
    context.idp = idp;
    const provider = providerOf(idp);
    const first = el("div", {}, toRead(idp));
    return [
        idpNav(idp, "connect"),
        el("ul", { class: "prose" }, [...provider.before.map(rich), ...meanings(idp, provider)]
            .map((text) => el("li", {}, text))),
        ...(idp.kind === "google" ? await connectGoogle(context, it, provider)
            : connectScim(context, it, provider)),
        el("section", {}, el("h2", {}, "And then"), first,
           stateSwitch(it, (now) => fill(first, toRead(now)))),
    ];
}

const toRead = ({ name, state }) => state === "dryRun" && el(
    "p", {}, "Before it is set live, read the ",
    el("a", { href: to("idps", name, "plan") }, "plan"), ": what would change in Jira, and why.");

// What becomes of people and groups in Jira, as long as no rule says otherwise.
function meanings(idp, provider) {
    const who = provider.who ?? "Everybody of whom it tells";
    const rules = (words) => el("a", { href: to("idps", idp.name, "rules", "groups") }, words);
    return idp.mode === "customers" ? [
        `${who} becomes a customer of Jira Service Management. That costs no seat.`,
        [rules("Map its groups"), " to projects and organizations: who is in a mapped group gets"
         + " into their portals, and a group that is not mapped stands for nothing."],
    ] : [
        `${who} gets an account in Jira, which costs a seat.`,
        ["A group stands for the Jira group of exactly the same name, which is made where there is"
         + " none, unless ", rules("the rules"), " say otherwise."],
    ];
}

function connectScim(context, it, provider) {
    const idp = it.now;
    const instructions = el("div", {});
    const spoken = provider.versions;
    const wanted = context.query.get("scim");
    const version = oneOf({
        name: "version", label: "Version of SCIM",
        value: spoken.includes(wanted) ? wanted : spoken[0],
        choices: spoken.map((each) => [each, `SCIM ${each}`]), onchange: write,
    });
    let token = tokenOf(idp.name, context.signal);

    function write() {
        const address = addressOf(idp, version.value());
        fill(instructions,
             address ? reach(address) : noLocation(version.value()),
             steps(provider.steps(version.value()), new Map([
                 [ADDRESS, address ?? "–"],
                 [TOKEN, token ?? el("em", {}, "was shown once: make another one above")]])));
    }

    async function another() {
        ({ token } = await post(path("idps", idp.name, "tokens")));
        keep(idp.name, token);
        fill(shownOnce, warning());
        write();
    }

    const shownOnce = el("div", {}, token ? warning() : [
        el("p", {}, "Its token was shown once, when it was made. The ones there are stay valid."),
        action("Make another token", another)]);
    write();
    return [beside(
        [el("h2", {}, `In ${provider.console}`), shownOnce, spoken.length > 1 && version.row,
         instructions],
        [el("h2", {}, "What has come"),
         arrivals(context, it, provider, [probe(context, idp, provider.probe)])])];
}

const warning = () => mind(el("p", {}, "The token below is shown this once. Paste it before you"
                              + " leave this page; afterwards you can only make another one."));

const addressOf = (idp, version) => version === "1.1" ? idp.scim.baseUrlV1 : idp.scim.baseUrl;

// An address that only this host itself, or nobody safely, can call.
function reach(address) {
    const { protocol, hostname } = new URL(address);
    const isHere = /^(localhost|127\.|\[::1\])/.test(hostname);
    return (protocol !== "https:" || isHere)
        && mind(el("p", {}, isHere
            ? "This address is this host's own: nobody else can call it. "
            : "This address is not HTTPS: the token would cross the network in the clear. ",
            "Set ScimSyncBaseURL to the address by which identity providers reach this server."));
}

const noLocation = (version) => bad(el("p", {}, version === "1.1"
    ? "httpd's configuration has no <Location> for SCIM 1.1: SetHandler scim-sync, with"
      + " ScimSyncVersion 1.1."
    : "httpd's configuration has no <Location> with SetHandler scim-sync in this virtual host."));
