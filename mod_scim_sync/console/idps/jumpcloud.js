// SPDX-License-Identifier: Apache-2.0
//
// JumpCloud, a custom application with Identity Management: support.jumpcloud.com, "Custom SCIM
// Identity Management".

import { TOKEN, URL } from "./values.js";

export default {
    id: "jumpcloud",
    name: "JumpCloud",
    console: "JumpCloud's Admin Portal",
    kind: "scim",
    versions: ["2.0"],
    before: ["JumpCloud must reach this server from the internet, over HTTPS.",
             "Its test makes a user and a group here and deletes them again. Begin in dry run, so"
             + " that nothing of it reaches Jira."],
    steps: () => [
        {
            title: "Add the application",
            text: ["**SSO Applications**, **Add New Application**, **Custom Application**: choose"
                   + " **Export users to this app (Identity Management)**. **Save Application**,"
                   + " **Configure Application**."],
        },
        {
            title: "Paste the address and the token",
            text: ["**Identity Management**. Take away a slash at the end of the URL. The test"
                   + " user's address must be nobody's yet.",
                   "Tick **Enable management of User Groups and Group Membership**."],
            values: [["API Type", "SCIM API"], ["SCIM Version", "SCIM 2.0"], ["Base URL", URL],
                     ["Token Key", TOKEN]],
        },
        {
            title: "Test",
            text: ["**Test Connection**, then **Activate**, then **Save**: the line \"First call\""
                   + " turns green."],
        },
        {
            title: "Choose groups",
            text: ["**User Groups**: choose the groups whose people come. Their groups come, too."
                   + " Begin with one test group."],
        },
    ],
    probe: "**Test Connection**",
    users: "**User Groups**",
    groups: "**User Groups**",
};
