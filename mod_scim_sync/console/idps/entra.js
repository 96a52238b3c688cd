// SPDX-License-Identifier: Apache-2.0
//
// Microsoft Entra ID: docs/entra.md; Microsoft's documents on SCIM for applications that are not in
// the gallery.

import { TOKEN, URL } from "./values.js";

export default {
    id: "entra",
    name: "Microsoft Entra ID",
    console: "the Microsoft Entra admin center",
    kind: "scim",
    versions: ["2.0"],
    before: ["Entra must reach this server from the internet, over HTTPS: TLS 1.2 or newer, with a"
             + " certificate of a public authority.",
             "Members of nested groups are not sent by Entra."],
    who: "Everybody in scope",
    steps: () => [
        {
            title: "Add the application",
            text: ["**Enterprise apps**, **New application**, **Create your own application**: a"
                   + " name, and **Integrate any other application you don't find in the gallery"
                   + " (Non-gallery)**."],
        },
        {
            title: "Paste the address and the token",
            text: ["**Provisioning**, **Admin Credentials**. The token must not be left empty."],
            values: [["Provisioning Mode", "Automatic"], ["Tenant URL", URL],
                     ["Secret Token", TOKEN]],
        },
        {
            title: "Test",
            text: ["**Test Connection**, then **Save**. Entra looks for a user that does not exist:"
                   + " the line \"First call\" turns green."],
        },
        {
            title: "Look through the mappings",
            text: ["**Mappings**, **Provision Microsoft Entra ID Users**: the address that **mail**"
                   + " maps to is who this is in Jira; it must be the address of the Atlassian"
                   + " account."],
            values: [["userPrincipalName", "userName, matching, precedence 1"],
                     ["mail", "emails[type eq \"work\"].value"],
                     ["objectId", "externalId"]],
        },
        {
            title: "Say who comes",
            text: ["**Settings**, **Scope**: **Sync only assigned users and groups**. Then **Users"
                   + " and groups**: assign one test person and one test group."],
        },
        {
            title: "Try it with one",
            text: ["**Provision on demand** for the test person, and for the test group."],
        },
        {
            title: "Start",
            text: ["**Provisioning Status**: **On**. Cycles follow each other by about 40 minutes;"
                   + " from here to Jira it takes seconds."],
        },
    ],
    probe: "**Test Connection**",
    users: "**Provision on demand**, or the first cycle",
    groups: "**Provision on demand**, or the first cycle",
};
