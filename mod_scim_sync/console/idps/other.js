// SPDX-License-Identifier: Apache-2.0
//
// Any other identity provider that speaks SCIM with a bearer token.

import { TOKEN, URL } from "./values.js";

export default {
    id: "other",
    name: "another one",
    console: "the identity provider",
    kind: "scim",
    versions: ["2.0", "1.1"],
    before: ["It must reach this server, over HTTPS with a certificate that it trusts.",
             "It must speak SCIM 2.0 or 1.1, and send a bearer token."],
    steps: (version) => [
        {
            title: "Paste the address and the token",
            text: ["Where it asks for an application's provisioning, mostly called **SCIM**."],
            values: [["Base URL, tenant URL or endpoint", URL],
                     ["Token, API key or bearer token", TOKEN],
                     ["Version of SCIM", version],
                     ["Authentication", "HTTP header, bearer token"]],
        },
        {
            title: "Test",
            text: ["If it has a test, run it: the line \"First call\" turns green."],
        },
        {
            title: "Look through the mapping",
            text: ["It must send **userName**, **active**, and in **emails** the address of the"
                   + " Atlassian account."],
        },
        {
            title: "Have leavers sent",
            text: ["Whatever it calls it, deactivating or deleting must be on: otherwise leavers"
                   + " keep their access."],
        },
        {
            title: "Assign people and groups",
            text: ["Begin with one test person and one test group."],
        },
    ],
    probe: "its test, or its first request",
    users: "assigning somebody",
    groups: "assigning a group",
};
