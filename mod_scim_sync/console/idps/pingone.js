// SPDX-License-Identifier: Apache-2.0
//
// PingOne's SCIM Outbound: docs.pingidentity.com, "Creating a SCIM connection".

import { TOKEN, URL } from "./values.js";

export default {
    id: "pingone",
    name: "PingOne",
    console: "the PingOne admin console",
    kind: "scim",
    versions: ["2.0", "1.1"],
    before: ["PingOne must reach this server from the internet, over HTTPS."],
    steps: (version) => [
        {
            title: "Add the connection",
            text: ["**Integrations**, **Provisioning**, **+**, **New connection**. **Identity"
                   + " Store**: **Select**. **SCIM Outbound**, **Select**, **Next**. A name,"
                   + " **Next**."],
        },
        {
            title: "Paste the address and the token",
            text: ["**Configure authentication**."],
            values: [["SCIM base URL", URL], ["Users resource", "/Users"],
                     ["Groups resource", "/Groups"], ["SCIM version", version],
                     ["Authentication method", "OAuth 2 Bearer Token"],
                     ["OAuth Access Token", TOKEN], ["Auth Type Header", "Bearer"]],
        },
        {
            title: "Test",
            text: ["**Test connection**, then **Next**: the line \"First call\" turns green."],
        },
        {
            title: "Say what is done of leavers",
            text: ["**Configure preferences**: **Deprovision Users** on. **Remove Action**:"
                   + " **Disable** or **Delete**. **Save**, and switch the connection on."],
        },
        {
            title: "Add the rule",
            text: ["**Rules**, **New rule**: from PingOne to this connection. **User Filter** says"
                   + " who comes; begin with one test person. **Attribute Mapping**: the work"
                   + " e-mail must be the address of the Atlassian account.",
                   "**Group Provisioning**: choose one test group. Switch the rule on."],
        },
    ],
    probe: "**Test connection**",
    users: "**Rules**, **User Filter**",
    groups: "**Rules**, **Group Provisioning**",
};
