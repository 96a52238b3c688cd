// SPDX-License-Identifier: Apache-2.0
//
// What is told, what is wanted, and what Jira holds, thing by thing: a person's account and
// memberships, or the groups in Jira that a group stands for; and of each thing what is the matter,
// and why. It follows from a plan of the API's (docs/api.md, Plans) for one site; nothing is drawn
// here.
//
// A thing is { name, told, wanted, held, matter, reasons }: a text, and three lists of texts, which
// may be empty; of what is told also { text, page }: the address of the page about it. `matter`:
//
//     missing    it is wanted, and Jira does not have it
//     extra      Jira has it, and it is wanted no more: somebody still has access
//     others     Jira has it, it is not wanted, and the module did not give it
//     out        it is told, and by the rules it is not to be
//     null       as it should be
//
// `reasons` are { text, mend, when }: why that is so, or what is done about it; mend: what a person
// may do; when: of what is done by itself.

// Of memberships that the module knows of: whether somebody is in by it, and in words.
const STANDING = {
    ours: [true, "in it: put there by the module"],
    adding: [true, "being put into it; Jira has not answered yet"],
    theirs: [true, "in it: put there by others"],
    granted: [true, "in it: came with the account"],
    doubtful: [true, "perhaps in it: Jira has not answered yet"],
    disputed: [true, "perhaps in it: Jira has not answered yet"],
    ending: [true, "in it; to be taken out"],
    removing: [true, "being taken out; Jira has not answered yet"],
    uncertain: [true, "perhaps in it: Jira had not answered, and refuses to be asked again"],
    queued: [false, "to be put into it"],
    withdrawn: [false, "not in it: taken away; comes back with the person"],
    revoked: [false, "not in it: taken away; comes back with the person"],
};

const ACCOUNT = {
    suspending: "is being suspended; the answer is not known yet",
    suspended: "is suspended: no access",
    deleting: "is being deleted from the site; the answer is not known yet",
    deleted: "is deleted from the site",
    revoking: "is being revoked; the answer is not known yet",
    revoked: "is revoked: no access",
    inactive: "is deactivated in Jira",
};

// Whether somebody is in a group by a membership of this state (null: there is none).
export const isIn = (state) => state !== null && (STANDING[state]?.[0] ?? true);
export const standing = (state) => state === null ? "not in it" : STANDING[state]?.[1] ?? state;

const byRule = (each) => each.rule ? `${each.ruleText} (${each.rule})` : each.ruleText;

// A side of a site: its users' or its customers'.
const isCustomers = (site) => site.site.endsWith(":customers");

export const siteWords = (name) => name.endsWith(":customers")
    ? `the customers of ${name.slice(0, -":customers".length)}` : name;

// Customers have projects and organizations in the place of groups.
const called = (site, name) => isCustomers(site) ? name.replace("/", " ") : `group ${name}`;

// ---- reasons

const withheld = (each) => ({ text: each.text, mend: each.mend });

const planned = (each, site) => ({
    text: each.unless ? `${each.what}, unless ${each.unless}` : each.what, when: site.when });

const isAbout = (each, thing) => thing.groupId && each.groupId ? each.groupId === thing.groupId
    : each.group !== null && each.group === thing.group;

// Why a membership is not as it should be, or what is done about it; else what stands in the way of
// the person or group as a whole.
function reasonsOf(site, call, thing) {
    const about = (list) => list.filter((each) => each.call === call && isAbout(each, thing));
    const found = [...about(site.withheld).map(withheld),
                   ...about(site.steps).map((each) => planned(each, site))];
    return found.length ? found : inTheWay(site);
}

function inTheWay(site) {
    const general = site.withheld.filter((each) => each.group === null).map(withheld);
    if (general.length) {
        return general;
    }
    return site.task?.detail ? [{ text: site.task.detail, mend: null }] : [];
}

// ---- a person

export function thingsOfPerson(site) {
    return [account(site), ...productAccess(site), ...memberships(site), ...standForNothing(site)];
}

function account(site) {
    const held = site.held.account;
    const isWanted = site.wanted.account;
    const lost = held?.state && held.state !== "inactive";
    const matter = isWanted ? held && !lost ? null : "missing"
        : held && !lost && [...site.steps, ...site.withheld].some(ends) ? "extra" : null;
    const steps = site.steps.filter((each) => /Account$/.test(each.call));
    const obstacles = site.withheld.filter(matter === "extra" ? ends : (each) => !each.group);
    const found = [...obstacles.map(withheld), ...steps.map((each) => planned(each, site))];
    return {
        name: "account", wanted: isWanted ? ["an account"] : [`nothing: ${whyNot(site)}`],
        told: site.told.map(toldAs), held: held ? [accountWords(held)] : [], matter,
        reasons: !matter ? [] : found.length ? found : inTheWay(site),
    };
}

// What becomes of the account itself, when somebody leaves.
const ends = (each) => ["suspendAccount", "deleteAccount", "revokeAccount"].includes(each.call);

// Of a leaver the groups are read first that came with the account: until then nobody knows which.
function productAccess(site) {
    const read = site.steps.find((each) => each.call === "readGroups");
    const isKnown = site.held.memberships.some((each) => each.product);
    return site.wanted.account || !site.held.account || !read || isKnown ? [] : [{
        name: "product access", told: [], wanted: ["nothing"], matter: "extra",
        held: ["perhaps: what came with the account is looked at first"],
        reasons: [planned(read, site)],
    }];
}

function accountWords(held) {
    const whose = held.ours ? "made by the module" : "was there before the module";
    return `${held.email ?? held.accountId}: ${ACCOUNT[held.state] ?? whose}`;
}

function toldAs(user) {
    if (user.userName === null) {
        return `${user.idp} has deleted this person`;
    }
    const who = user.email && user.email !== user.userName ? `${user.userName}, ${user.email}`
        : user.userName;
    const standing = !user.active ? "inactive"
        : user.wanted ? "active" : `active, and kept out by the rules: ${byRule(user)}`;
    return `${user.idp}: ${who}, ${standing}${user.dryRun ? "; in dry run" : ""}`;
}

export const isKeptOut = (site) =>
    !site.wanted.account && site.told.some((user) => user.active && !user.wanted);

function whyNot(site) {
    if (isKeptOut(site)) {
        return "the rules keep this person out";
    }
    return "no identity provider tells of this person as active";
}

function memberships(site) {
    const things = new Map();
    const at = (group, groupId) => {
        const key = [...things.keys()].find((each) => isAbout({ group, groupId }, each));
        const thing = key ?? { group, groupId };
        const sides = things.get(thing) ?? { told: [] };
        thing.groupId = thing.groupId ?? groupId;
        things.set(thing, sides);
        return sides;
    };
    for (const each of site.wanted.groups) {
        at(each.group, each.groupId).wanted = each;
    }
    for (const each of site.held.memberships) {
        at(each.group, each.groupId).held = each;
    }
    for (const user of site.told) {
        for (const each of user.groups) {
            for (const name of each.jiraGroups) {
                at(name, null).told.push(inGroup(user, each));
            }
        }
    }
    // What grants a product matters most.
    return [...things].sort(([, a], [, b]) => Boolean(b.held?.product) - Boolean(a.held?.product))
        .map(([thing, sides]) => membership(site, thing, sides));
}

const inGroup = (user, each) => ({
    text: `${user.idp}: in ${each.group}`, page: ["groups", user.idp, each.id] });

function membership(site, thing, { told, wanted, held }) {
    const is = held ? isIn(held.state) : false;
    const matter = matterOf(site, thing, wanted, held, is);
    const call = wanted ? "addMember" : "removeMember";
    return {
        name: held?.product ? `product access by ${thing.group}` : called(site, thing.group),
        told: told.length ? told : (wanted?.why ?? []).map((each) => each.text),
        wanted: wantedWords(site, wanted, held), matter,
        held: held ? [standing(held.state) + (held.protected ? `; never touched: ${held.protected}`
                                                             : "")] : [],
        reasons: matter && matter !== "others" ? reasonsOf(site, call, thing) : [],
    };
}

function wantedWords(site, wanted, held) {
    if (wanted) {
        const rules = wanted.why.filter((each) => each.rule && each.rule !== "groups.otherwise");
        return ["in it", ...new Set(rules.map(byRule))];
    }
    return held?.product && site.wanted.account ? ["what came with the account stays"]
        : ["nothing"];
}

function matterOf(site, thing, wanted, held, is) {
    if (wanted) {
        return is ? null : "missing";
    }
    if (!is || (held.product && site.wanted.account)) {
        return null;
    }
    const isTaken = [...site.steps, ...site.withheld].some(
        (each) => each.call === "removeMember" && each.kind !== "notOurs" && isAbout(each, thing));
    return ["theirs", "disputed"].includes(held.state) && !isTaken ? "others" : "extra";
}

// Groups that the IdP has the person in, and that stand for none in Jira.
function standForNothing(site) {
    return site.told.flatMap((user) => user.groups.filter((each) => !each.jiraGroups.length).map(
        (each) => ({
            name: `group ${each.group} of ${user.idp}`, told: [inGroup(user, each)],
            wanted: [`nothing, it stands for no group in Jira: ${byRule(each)}`], held: [],
            matter: "out", reasons: [],
        })));
}

// ---- a group

export function thingsOfGroup(site) {
    const told = site.told.map((each) => `${each.idp}: ${each.displayName}`
                               + (each.dryRun ? "; in dry run" : ""));
    const { groups: wanted, why } = site.wanted;
    const held = new Map(site.held.groups.map((each) => [each.name, each]));
    const names = [...new Set([...wanted, ...held.keys()])];
    if (!names.length) {
        return [{ name: "group in Jira", told, held: [], matter: "out", reasons: inTheWay(site),
                  wanted: ["nothing", ...why.map(byRule).filter(Boolean)] }];
    }
    return names.map((name) => groupThing(site, name, told, wanted.includes(name), why,
                                          held.get(name)));
}

function groupThing(site, name, told, isWanted, why, held) {
    const matter = isWanted && !held ? "missing" : !isWanted && held ? "extra" : null;
    const call = isWanted ? ["createGroup", "findGroup"] : ["deleteGroup"];
    const about = (list) => list.filter((each) => call.includes(each.call)
                                        && each.group === name);
    const reasons = [...about(site.withheld).map(withheld),
                     ...about(site.steps).map((each) => planned(each, site))];
    return {
        name: called(site, name), told, matter,
        wanted: isWanted ? ["it stands for this one", ...why.map(byRule).filter(Boolean)]
            : ["nothing: it stands for it no more"],
        held: held ? [(held.ours ? "made by the module" : "was there before the module")
                      + (held.protected ? `; never touched: ${held.protected}` : "")] : [],
        reasons: !matter ? [] : reasons.length ? reasons : inTheWay(site),
    };
}

// ---- all of it

// What is the matter at a site, most urgent first: one of "extra", "missing", "undone", "out",
// "fine".
export function matterAt(site, things) {
    const has = (matter) => things.some((thing) => thing.matter === matter);
    return has("extra") ? "extra" : has("missing") ? "missing"
        : site.steps.length || site.task ? "undone"
            : isKeptOut(site) ? "out" : "fine";
}
