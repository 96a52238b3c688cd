// SPDX-License-Identifier: Apache-2.0
//
// What the guard holds: which limit, of whom, how many, since when, and who would lose what.

import { el } from "../dom.js";
import { action } from "../parts/form.js";
import { facts } from "../parts/facts.js";
import { to } from "../router.js";
import { count, moment } from "../words.js";
import { discardTrip, releaseTrip } from "./decide.js";
import { heldBy, losers, whoLoses } from "./means.js";
import { held, tasksAt } from "./words.js";

// trips: of GET guard.
export async function tripCards(context, trips, ended) {
    const cards = await Promise.all(trips.map((trip) => card(context, trip, ended)));
    return cards.length ? [
        el("p", {}, "Nobody of those who are held has lost anything; who has left still has"
           + " access. New people and memberships go on."), cards,
    ] : el("p", {}, "The guard holds nothing.");
}

async function card(context, trip, ended) {
    const who = context.nameOf(trip.idp);
    const one = (words, decide, attributes) => action(`${words} …`, () => {
        decide(context, trip, ended);
    }, { ...attributes, "aria-label": `${words} what is held of ${who} at ${trip.site} …` });
    return el("section", { class: "trip" },
        el("h3", {}, `${who} at ${trip.site}: ${losers(trip)} if it is released`),
        el("p", {}, trip.detail, "."),
        facts([
            ["Since", moment(trip.since)],
            ["Limit", `${count(trip.limit)} within ${count(trip.window)} minutes`],
            ["It would have been", count(trip.count)],
            ["Held now", el("a", { href: tasksAt(heldBy(trip)) }, held(trip))],
        ]),
        el("details", {}, el("summary", {}, "Who would lose what"),
           await whoLoses(trip, "The first of them:", context.signal)),
        el("p", { class: "hint" }, "Is it meant? Ask whoever runs the identity provider, and see ",
           el("a", { href: `#/events?idp=${encodeURIComponent(trip.idp)}` }, "what it told"),
           ". If it is a mistake, mend it there: who is told again is let go from what is held."
           + " If it comes too often, raise the limit in ",
           el("a", { href: to("idps", trip.idp, "rules", "guard") }, "its rules"), "."),
        el("div", { class: "buttons" },
           one("Release", releaseTrip, { class: "grave" }), one("Discard", discardTrip)));
}
