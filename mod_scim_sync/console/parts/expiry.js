// SPDX-License-Identifier: Apache-2.0
//
// When a token ends, and how urgent that is: by the thresholds at which the API warns (docs/api.md,
// "When tokens end").

import { el } from "../dom.js";
import { to } from "../router.js";
import { bad, mind } from "./notice.js";
import { day, duration } from "../words.js";

const WEEK = 7 * 86400;
const MONTH = 30 * 86400;

// How to say that something ends in so many seconds (null: never): a function of notice.js; null
// when there is time.
export const urgency = (seconds) =>
    seconds === null || seconds > MONTH ? null : seconds > WEEK ? mind : bad;

// "ends on 1 May 2027, in 12 days"
export const ending = ({ expiresAt, expiresIn }) => expiresIn > 0
    ? `ends on ${day(expiresAt)}, in ${duration(expiresIn)}` : `ended on ${day(expiresAt)}`;

// What the API's status tells of an IdP's token, or of its connection to Google, that ends soon or
// has ended; null when there is nothing to do.
export function idpAdvice(told) {
    const say = told.idp && urgency(told.expiresIn);
    const [what, page] = told.id ? ["A token", "tokens"] : ["The connection to Google", "connect"];
    return say && say(el("p", {}, `${what} of ${told.idp} ${ending(told)}. `,
                         el("a", { href: to("idps", told.idp, page) },
                            told.id ? "Make another one" : "Connect it anew")));
}
