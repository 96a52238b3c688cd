// SPDX-License-Identifier: Apache-2.0
//
// What the guard holds of an identity provider: said wherever somebody may wonder why nothing
// happens.

import { get, path, query } from "../api.js";
import { el } from "../dom.js";
import { stopped } from "./notice.js";

// null: it holds nothing.
export async function guardNotice(idp, signal) {
    const { guard } = await get(path("guard"), { signal });
    const trips = guard.filter((trip) => trip.idp === idp.name);
    return trips.length ? stopped(
        el("p", {}, el("strong", {}, "The guard has stopped something."), " Nobody of those whom it"
           + " holds has lost anything; leavers among them still have access."),
        el("ul", {}, trips.map((trip) => el("li", {}, `${trip.site}: ${trip.detail}`))),
        el("p", {}, el("a", { href: `#/tasks${query({ state: "held", idp: idp.name })}` },
                       "See what it holds, then release or discard it"))) : null;
}
