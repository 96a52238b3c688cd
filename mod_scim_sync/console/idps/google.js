// SPDX-License-Identifier: Apache-2.0
//
// Google Workspace, whose directory is asked: docs/google.md. Steps are of the way by which it is
// connected: "browser", in which an administrator agrees on Google's page, or "serviceAccount".

import { REDIRECT_URI, SCOPES } from "./values.js";

const PROJECT = {
    title: "Make a project",
    text: ["Google Cloud console: a **project** for this server alone. Whoever disconnects one"
           + " server ends all that are connected through the same project by the same"
           + " administrator."],
};

const ADMIN_SDK = {
    title: "Enable the Admin SDK",
    text: ["**APIs & Services**, **Library**: **Admin SDK API**, **Enable**."],
};

const BROWSER = [
    PROJECT, ADMIN_SDK,
    {
        title: "Fill in the consent screen",
        text: ["**OAuth consent screen**: user type **Internal**. Then nobody outside of your"
               + " organization can agree to it.",
               "With **External** it must be published (**In production**): in **Testing** every"
               + " connection ends after 7 days."],
    },
    {
        title: "Make a client",
        text: ["**Credentials**, **Create credentials**, **OAuth client ID**. Copy the redirect URI"
               + " letter by letter, then keep the client's ID and secret for the form below."],
        values: [["Application type", "Web application"],
                 ["Authorized redirect URIs", REDIRECT_URI]],
    },
];

const SERVICE_ACCOUNT = [
    PROJECT, ADMIN_SDK,
    {
        title: "Make a service account",
        text: ["**IAM & Admin**, **Service Accounts**, **Create service account**. Then **Keys**,"
               + " **Add key**, **Create new key**: **JSON**. Workspaces made since May 2024 forbid"
               + " such keys unless that was changed."],
    },
    {
        title: "Let it read the directory",
        text: ["Admin console, **Security**, **Access and data control**, **API controls**,"
               + " **Domain-wide delegation**, **Add new**: the account's numeric **client ID**,"
               + " and both scopes. Mostly this holds within minutes; it may take a day."],
        values: [["OAuth scopes", SCOPES]],
    },
];

export default {
    id: "google",
    name: "Google Workspace",
    console: "Google's consoles",
    kind: "google",
    versions: [],
    before: ["Google does not push its directory: you connect once, and this server asks.",
             "What Google lets the administrator read who connects is what is seen here. Better"
             + " than a person's account is one of its own, with a role that may read users and"
             + " groups."],
    steps: (way) => way === "serviceAccount" ? SERVICE_ACCOUNT : BROWSER,
};
