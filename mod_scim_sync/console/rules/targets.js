// SPDX-License-Identifier: Apache-2.0
//
// What a group of an identity provider may stand for: groups in Jira, or, of customers, portals,
// which are projects and organizations. Both are texts here, of portals such as project/DEMO and
// organization/Example Ltd, as the API calls them.

import { get, path, query } from "../api.js";

const FOUND = 20;
const PROJECT = "project/";
const ORGANIZATION = "organization/";

const project = (key) => PROJECT + key;
const organization = (name) => ORGANIZATION + name;
const isProject = (target) => target.startsWith(PROJECT);
const bare = (target) => target.replace(/^(project|organization)\//, "");

// The address of the side of a site that an IdP feeds.
export const sideOf = (idp, site) => idp.mode === "customers" ? `${site}:customers` : site;

// A target in words.
export const targetWords = (idp, target) => idp.mode !== "customers" ? target
    : isProject(target) ? `project ${bare(target)}` : `organization ${bare(target)}`;

// Of a mapping of the rules, or of what rules/try says of a group, its targets; and the mapping
// with others.
export const targetsOf = (idp, { jiraGroups = [], projects = [], organizations = [] }) =>
    idp.mode === "customers" ? [...projects.map(project), ...organizations.map(organization)]
        : jiraGroups;

export const withTargets = (idp, mapping, targets) => idp.mode === "customers"
    ? { ...mapping, projects: targets.filter(isProject).map(bare),
        organizations: targets.filter((each) => !isProject(each)).map(bare) }
    : { ...mapping, jiraGroups: targets };

// Groups that the IdP has told of, by the beginning of their names. detail(name): said of each.
export const searchTold = (idp, detail = () => null) => async (text, signal) => {
    const { groups, next } = await get(path("groups") + query({
        idp: idp.name, q: text, limit: FOUND }), { signal });
    return {
        choices: groups.filter((group) => !group.deleted).map(({ name }) => ({
            value: name, words: name, detail: detail(name) })),
        note: next ? "There are more: type how its name begins." : null,
    };
};

// What is in Jira; site(): in which one. only: "project/" or "organization/", where only these fit:
// a search that begins so looks for no others.
export const searchJira = (idp, site, only = "") => async (text, signal) => {
    try {
        const { groups, complete } = await get(
            path("sites", sideOf(idp, site()), "groups") + query({ q: only + text, limit: FOUND }),
            { signal });
        return {
            choices: groups.map((group) => ({
                value: group.name, words: wordsOf(idp, group), disabled: Boolean(group.protected),
                detail: group.protected ? `protected: ${group.protected}` : linked(group) })),
            note: complete ? null : "There are more: type more of the name.",
        };
    } catch (error) {
        if (error.name === "AbortError") {
            throw error;
        }
        return { choices: [], note: `${error.message} A name can be typed all the same.` };
    }
};

const wordsOf = (idp, group) => idp.mode === "customers" ? group.displayName : group.name;

// What stands for it by now.
const linked = (group) => group.linked ? `taken over already: ${group.linkedTo.map(
    (each) => `${each.idp}'s ${each.group ?? "default group"}`).join(", ")}` : null;

// What a typed text may be that Jira has not, or was not found.
export const freeTarget = (idp, only = "") => (text) => {
    const choice = (value, detail) => ({ value, words: targetWords(idp, value), detail });
    if (idp.mode !== "customers") {
        return [choice(text, "as typed: made if Jira has none")];
    }
    return [
        /^[A-Z][A-Z0-9_]+$/.test(text) && choice(project(text), "as typed: its key"),
        choice(organization(text), "as typed: made if Jira has none"),
    ].filter((each) => each && each.value.startsWith(only));
};

export const PORTALS = { project: PROJECT, organization: ORGANIZATION };
