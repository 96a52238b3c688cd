// SPDX-License-Identifier: Apache-2.0
//
// authentik's SCIM provider: docs.goauthentik.io, "Create a SCIM provider".

import { TOKEN, URL } from "./values.js";

export default {
    id: "authentik",
    name: "authentik",
    console: "authentik's Admin interface",
    kind: "scim",
    versions: ["2.0"],
    before: ["authentik must reach this server, over HTTPS with a certificate that it trusts."],
    steps: () => [
        {
            title: "Add the provider",
            text: ["**Applications**, **Providers**, **New Provider**: **SCIM Provider**. Then"
                   + " **Finish**."],
            values: [["URL", URL], ["Authentication Mode", "Token"], ["Token", TOKEN]],
        },
        {
            title: "Say who comes",
            text: ["Below **User filtering** choose a group, so that not everybody comes; begin"
                   + " with one that holds one test person. **Exclude service accounts** may stay"
                   + " on."],
        },
        {
            title: "Make it a backchannel provider",
            text: ["**Applications**, **Applications**: edit the application for Jira, or make one."
                   + " **Backchannel Providers**, **+**: choose the provider. **Save changes**."],
        },
        {
            title: "Start",
            text: ["Open the provider: **Run sync again**. It asks what this server can, and sends"
                   + " users and groups: the lines turn green."],
        },
    ],
    probe: "**Run sync again**",
    users: "**Run sync again**",
    groups: "**Run sync again**",
};
