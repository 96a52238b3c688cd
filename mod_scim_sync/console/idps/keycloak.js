// SPDX-License-Identifier: Apache-2.0
//
// Keycloak tells of nobody over SCIM by itself; an extension does: github.com/mitodl/keycloak-scim,
// whose words these are.

import { TOKEN, URL } from "./values.js";

export default {
    id: "keycloak",
    name: "Keycloak",
    console: "Keycloak's admin console",
    kind: "scim",
    versions: ["2.0"],
    before: ["Keycloak needs an extension that sends SCIM. These steps are those of"
             + " **keycloak-scim**; others ask for the same two values.",
             "Keycloak must reach this server, over HTTPS with a certificate that it trusts."],
    steps: () => [
        {
            title: "Install the extension",
            text: ["Put its file into Keycloak's folder for providers, and start Keycloak anew."],
        },
        {
            title: "Have events sent to it",
            text: ["**Realm settings**, **Events**, **Event listeners**: add **scim**. **Save**."],
        },
        {
            title: "Paste the address and the token",
            text: ["**User federation**, **Add Scim provider**."],
            values: [["SCIM 2.0 endpoint", URL],
                     ["Endpoint content type", "application/scim+json"],
                     ["Auth mode", "BEARER"], ["Auth password/token", TOKEN],
                     ["Enable user propagation", "On"], ["Enable group propagation", "On"]],
        },
        {
            title: "Send who is there already",
            text: ["**Save**, then **Action**, **Sync all users**. Later changes are sent as they"
                   + " happen."],
        },
    ],
    probe: "the first event, or **Sync all users**",
    users: "**Sync all users**, or a change of somebody",
    groups: "**Sync all users**, or a change of a group",
};
