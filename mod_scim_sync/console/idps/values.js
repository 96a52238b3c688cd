// SPDX-License-Identifier: Apache-2.0
//
// Values of steps that every IdP has of its own.

export const URL = Symbol("base URL");
export const TOKEN = Symbol("token");

// The same of Google's.
export const REDIRECT_URI = Symbol("redirect URI");
export const SCOPES = Symbol("scopes");
