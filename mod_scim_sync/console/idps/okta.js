// SPDX-License-Identifier: Apache-2.0
//
// Okta: docs/okta.md. Names of fields from Okta's documents on SCIM apps and, for 1.1, from its
// catalog's SCIM 1.1 Test App.

import { TOKEN, URL } from "./values.js";

const TO_APP = {
    title: "Say what Okta may do",
    text: ["**Provisioning**, **To App**, **Edit**: enable **Create Users**,"
           + " **Update User Attributes** and **Deactivate Users**. **Save**.",
           "Without **Deactivate Users** leavers keep their access."],
};

const ASSIGN = {
    title: "Assign people",
    text: ["**Assignments**: assign people, or groups of people. Begin with one test person.",
           "Those who were assigned before provisioning was on are sent only when you press"
           + " **Provision User**."],
};

const PUSH = {
    title: "Push groups",
    text: ["**Push Groups**: choose groups by name or by rule. Take other groups for pushing than"
           + " for assigning, as Okta advises."],
};

const NEW_APP = [
    {
        title: "Open the app",
        text: ["**Applications**, **Applications**: open the app that your people use for Jira, or"
               + " **Create App Integration** (SAML 2.0 or SWA)."],
    },
    {
        title: "Switch SCIM on",
        text: ["**General**, **App Settings**, **Edit**. **Save**."],
        values: [["Provisioning", "SCIM"]],
    },
    {
        title: "Paste the address and the token",
        text: ["**Provisioning**, **Integration**, **Edit**. Leave the import actions off."],
        values: [["SCIM connector base URL", URL],
                 ["Unique identifier field for users", "userName"],
                 ["Supported provisioning actions",
                  "Push New Users, Push Profile Updates, Push Groups"],
                 ["Authentication Mode", "HTTP Header"],
                 ["Authorization", TOKEN]],
    },
    {
        title: "Test",
        text: ["**Test Connector Configuration**, then **Save**. Okta asks for one page of users:"
               + " the line \"First call\" turns green."],
    },
];

const TEST_APP = [
    {
        title: "Add the app",
        text: ["**Applications**, **Applications**, **Browse App Catalog**: the **SCIM 1.1 Test"
               + " App** that has **(Bearer Token)** in its name, and not the one with **Basic"
               + " Auth**."],
    },
    {
        title: "Paste the address and the token",
        text: ["**Provisioning**, **Integration**, **Configure API Integration**: tick **Enable API"
               + " integration**."],
        values: [["Base URL", URL], ["Bearer Token", TOKEN]],
    },
    {
        title: "Test",
        text: ["**Test API Credentials**, then **Save**. Okta asks for one page of users: the line"
               + " \"First call\" turns green."],
    },
];

export default {
    id: "okta",
    name: "Okta",
    console: "Okta's Admin Console",
    kind: "scim",
    versions: ["2.0", "1.1"],
    before: ["Okta must reach this server from the internet, over HTTPS with a certificate that it"
             + " trusts."],
    who: "Everybody whom Okta assigns to the app",
    steps: (version) => [...(version === "1.1" ? TEST_APP : NEW_APP), TO_APP, ASSIGN, PUSH],
    probe: "**Test Connector Configuration** or **Test API Credentials**",
    users: "**Assignments**",
    groups: "**Push Groups**",
};
