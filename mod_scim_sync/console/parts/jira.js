// SPDX-License-Identifier: Apache-2.0
//
// What is said of a Jira site: how its test went, and when its token ends.

import { el } from "../dom.js";
import { urgency } from "./expiry.js";
import { bad, good, mind } from "./notice.js";
import { duration, saidDay } from "../words.js";

// What new accounts may use.
export const PRODUCTS = [
    ["jira-software", "Jira"],
    ["jira-servicedesk", "Jira Service Management, as an agent"],
    ["jira-product-discovery", "Jira Product Discovery"],
    ["jira-core", "Jira Work Management"],
];

const KINDS = {
    classic: "a token without scopes",
    scoped: "a token with scopes",
};

// What a test finds missing, and what to do about it (docs/jira.md).
const REMEDIES = {
    "Browse users and groups": "Without it Jira says of everybody that there is nobody. Give the"
        + " account this global permission in Jira's administration, below Global permissions.",
    "Administer Jira": "It is needed to make accounts and to see which groups grant products. Put"
        + " the account into a group of Jira's administrators.",
    "access to Jira Service Management": "The site has customers. Give the account this product,"
        + " and make it an administrator of each service project.",
    "read:jira-user": "Make a token that has this scope.",
    "manage:jira-configuration": "Make a token that has this scope.",
    "read:servicedesk-request": "Make a token that has this scope: the site has customers.",
};

// When a site's token ends, in a few words.
export function expiry(site) {
    if (site.expiresIn === null) {
        return "not told when it ends";
    }
    return site.expiresIn > 0 ? `ends in ${duration(site.expiresIn)}` : "has ended";
}

// The same as advice; null when there is nothing to do.
export function expiryAdvice(site) {
    if (site.expiresIn === null) {
        return mind(el("p", {}, "When the API token ends is not known. Atlassian shows the day when"
                       + " a token is made, and nobody can ask for it later. Say it above, to be"
                       + " warned in time."));
    }
    const ends = saidDay(site.apiTokenExpires);
    if (site.expiresIn <= 0) {
        return bad(el("p", {}, `The API token ended on ${ends}: make another one.`));
    }
    const say = urgency(site.expiresIn);
    const left = duration(site.expiresIn);
    return say && say(el("p", {}, `The API token ends on ${ends}, in ${left}.`));
}

// What POST sites/{name}/test answered, in words; site: what is stored by then.
export function testResult(result, site) {
    const who = result.account && [
        "The token is ", el("strong", {}, result.account.displayName),
        result.account.email ? ` (${result.account.email})` : "", "'s",
        result.tokenKind ? `, ${KINDS[result.tokenKind]}` : "", "."];
    const parts = [who && el("p", {}, who)];
    if (result.missing.length) {
        parts.push(el("p", {}, "It may not do all that is needed. It lacks:"),
                   el("ul", {}, result.missing.map((each) => el("li", {},
                       el("strong", {}, each), ". ", REMEDIES[each] ?? ""))));
    }
    if (result.ok) {
        parts.push(el("p", {}, "It may administer users and groups here."));
    } else if (result.detail) {
        parts.push(el("p", {}, result.status ? `Jira (${result.status}): ` : "", result.detail));
    }
    if (site.expiresIn > 0) {
        parts.push(el("p", {}, `It ends on ${saidDay(site.apiTokenExpires)}.`));
    }
    return [result.ok ? good(parts) : bad(parts), organization(result.organization),
            expiryAdvice(site)];
}

function organization(result) {
    if (!result) {
        return null;
    }
    return result.ok ? good(el("p", {}, "The key of the organization works."))
        : mind(el("p", {}, "The key of the organization does not work: ", result.detail));
}
