// SPDX-License-Identifier: Apache-2.0
//
// The identity providers that the console knows how to lead through, a file each. To add one, write
// its file and put it here.
//
// A file exports an object:
//
//     id        what the admin API keeps as `provider`
//     name      as people know it
//     console   where its administrator works, as it is called there
//     kind      "scim": it comes to us; "google": its directory is asked
//     versions  of SCIM that it speaks, the best one first
//     before    what to know or to decide first: texts
//     who       of whom it tells, where that has a word there
//     steps     a function of the version of SCIM (google.js: of the way in) that returns what to
//               do there, in order:
//               { title, text: [texts], values: [[the field's name there, value]] }
//     probe     what makes it call for the first time
//     users, groups   what makes it tell of people, and of groups; groups null: it tells of none
//
// In texts **bold** is what is called so on that product's own pages. A value of values.js is the
// IdP's own, with a button that copies it; others are to be chosen or typed as they are.

import authentik from "./authentik.js";
import entra from "./entra.js";
import google from "./google.js";
import jumpcloud from "./jumpcloud.js";
import keycloak from "./keycloak.js";
import miniorange from "./miniorange.js";
import okta from "./okta.js";
import onelogin from "./onelogin.js";
import other from "./other.js";
import pingfederate from "./pingfederate.js";
import pingone from "./pingone.js";

export const PROVIDERS = [okta, entra, google, onelogin, jumpcloud, pingone, pingfederate, keycloak,
                          authentik, miniorange, other];

// The provider of an IdP, whatever the API's `provider` says.
export const providerOf = (idp) =>
    PROVIDERS.find((each) => each.id === idp.provider && each.kind === idp.kind)
    ?? (idp.kind === "google" ? google : other);

// What it is called: of one that nobody knows here, as who made it has called it.
export function kindOf(idp) {
    const provider = providerOf(idp);
    return provider === other && idp.provider !== other.id ? idp.provider : provider.name;
}
