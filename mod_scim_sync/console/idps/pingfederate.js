// SPDX-License-Identifier: Apache-2.0
//
// PingFederate's SCIM Provisioner: docs.pingidentity.com, "SCIM provisioner settings reference".

import { TOKEN, URL } from "./values.js";

export default {
    id: "pingfederate",
    name: "PingFederate",
    console: "PingFederate's administrative console",
    kind: "scim",
    versions: ["2.0", "1.1"],
    before: ["The **SCIM Provisioner** must be installed in PingFederate, and outbound provisioning"
             + " be switched on.",
             "PingFederate must reach this server, over HTTPS with a certificate that it trusts."],
    steps: (version) => [
        {
            title: "Open the SP connection",
            text: ["**SP Connections**: open the one for Jira, or make one. **Connection Type**:"
                   + " tick **Outbound Provisioning**; **Type**: **SCIM Connector**."],
        },
        {
            title: "Paste the address and the token",
            text: ["**Outbound Provisioning**, **Configure Provisioning**, **Target**."],
            values: [["SCIM URL", URL], ["SCIM Version", version],
                     ["Authentication Method", "OAuth 2 Bearer Token"], ["Access Token", TOKEN],
                     ["Unique User Identifier", "userName"]],
        },
        {
            title: "Say what may be done",
            text: ["**Provisioning Options**: **User Create**, **User Update** and **User"
                   + " Disable/Delete** on. **Remove User Action**: **Disable** or **Delete**."
                   + " Without it leavers keep their access."],
        },
        {
            title: "Add a channel",
            text: ["**Manage Channels**, **Create**: the data store, where people and groups are in"
                   + " it, and a filter that lets one test person and one test group through.",
                   "**Attribute Mapping**: the work e-mail must be the address of the Atlassian"
                   + " account. **Activation & Summary**: **Active**. **Save**."],
        },
    ],
    probe: "the channel, when it is active",
    users: "the channel's **Source**",
    groups: "the channel's **Source**",
};
