// SPDX-License-Identifier: Apache-2.0
//
// OneLogin's app "SCIM Provisioner with SAML": developers.onelogin.com/scim, and guides of products
// that are connected by it.

import { TOKEN, URL } from "./values.js";

export default {
    id: "onelogin",
    name: "OneLogin",
    console: "OneLogin's administration",
    kind: "scim",
    versions: ["2.0", "1.1"],
    before: ["OneLogin must reach this server from the internet, over HTTPS.",
             "What it sends of a person is the app's **SCIM JSON Template**: it must have"
             + " **userName**, and in **emails** the address of the Atlassian account."],
    steps: (version) => [
        {
            title: "Add the app",
            text: ["**Applications**, **Add App**: search for **SCIM**.",
                   version === "1.1"
                       ? "Take **SCIM Provisioner with SAML (Core Schema)**. **Save**."
                       : "Take **SCIM Provisioner with SAML (SCIM v2 Enterprise)**. **Save**."],
        },
        {
            title: "Paste the address and the token",
            text: ["**Configuration**. Then **API Connection**: **Enable**, and **Save**."],
            values: [["SCIM Base URL", URL], ["SCIM Bearer Token", TOKEN]],
        },
        {
            title: "Switch provisioning on",
            text: ["**Provisioning**: tick **Enable provisioning**. Below **Require admin"
                   + " approval** take the ticks away, so that nothing waits for a click.",
                   "When users are deleted or their access is taken: **Suspend** or **Delete**."
                   + " With **Do Nothing** leavers keep their access."],
        },
        {
            title: "Map groups",
            text: ["**Parameters**, **Groups**: tick **Include in User Provisioning**. Then"
                   + " **Rules**: **Set Groups in** the app's name."],
        },
        {
            title: "Assign people",
            text: ["**Access**: choose the roles whose people come. Begin with one test person."],
        },
    ],
    probe: "**Enable**, below **API Connection**",
    users: "**Access** and **Users**",
    groups: "**Rules**",
};
