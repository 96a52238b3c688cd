// SPDX-License-Identifier: Apache-2.0
//
// miniOrange as an identity provider: miniorange.com, "How to add a SCIM Server App".

import { TOKEN, URL } from "./values.js";

export default {
    id: "miniorange",
    name: "miniOrange",
    console: "miniOrange's Admin Console",
    kind: "scim",
    versions: ["2.0"],
    before: ["miniOrange must reach this server from the internet, over HTTPS."],
    steps: () => [
        {
            title: "Add the app",
            text: ["**Apps**, **Add Application**, **All Apps**: **Provisioning**. **SCIM Server"
                   + " (Destination)**: a **Display Application Name**, **Save**."],
        },
        {
            title: "Paste the address and the token",
            text: ["**Authorization Configuration**."],
            values: [["SCIM Base URL", URL], ["Bearer Token", TOKEN]],
        },
        {
            title: "Test",
            text: ["**Test Connection**, then **Save & Next**: the line \"First call\" turns"
                   + " green."],
        },
        {
            title: "Look through the mapping",
            text: ["**Attributes Mapping**: **userName**, **name.givenName**,"
                   + " **name.familyName**, **displayName**, **active**, and the address of the"
                   + " Atlassian account as **emails[type eq \"work\"].value**. **Save & Next**."],
        },
        {
            title: "Say what may be done",
            text: ["Enable **Create User**, **Update User**, **Delete User**, **Create Group** and"
                   + " **Add/Remove Group membership of User**. Without the last two groups are not"
                   + " told; without **Delete User** leavers keep their access. **Save**."],
        },
        {
            title: "Assign a group",
            text: ["**Policies**, **Add Policy**: the app, and a group with one test person."],
        },
    ],
    probe: "**Test Connection**",
    users: "**Policies**, and the group's people",
    groups: "**Policies**",
};
