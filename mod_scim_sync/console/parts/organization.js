// SPDX-License-Identifier: Apache-2.0
//
// The organization that a Jira site belongs to, and a key of it: without one no account is
// suspended, and no profile written (docs/jira.md, "The organization").

import { field } from "./form.js";

// stored: as the API tells of it; null: none. Has `id` and `key`, fields of a form, and
// change(now): what is sent of them, of what is stored by then.
export function organizationFields(stored) {
    const id = field({
        name: "organizationId", label: "ID of the organization", optional: true, maxlength: 64,
        value: stored?.id ?? "", pattern: "[A-Za-z0-9\\-]+",
        hint: "Atlassian shows it where the key is made. Left empty, there is none.",
        wrong: "Letters, digits and hyphens, as Atlassian shows it.",
    });
    const key = field({
        name: "organizationKey", label: "API key of the organization", type: "password",
        optional: true, autocomplete: "new-password",
        hint: "To suspend accounts and to write profiles; made in Atlassian's administration. "
            + (stored?.hasApiKey ? "Left empty, the stored one stays. It is encrypted, and never"
                + " shown." : "It is stored encrypted, and never shown again."),
    });
    let known = stored;

    // A key is one of an organization, and is stored with its id.
    const together = (part) => ({ ...part, check() {
        key.input.required = Boolean(id.value()) && id.value() !== known?.id;
        id.input.required = Boolean(key.value());
        return part.check();
    } });

    return {
        id: together(id), key: together(key),
        change(now) {
            known = now ?? null;
            if (key.value()) {
                return { organization: { id: id.value(), apiKey: key.value(),
                                         ...(known?.url && { url: known.url }) } };
            }
            return known && !id.value() ? { organization: null } : {};
        },
        // What is stored by now is not sent once more.
        stored(now) {
            known = now;
            key.input.value = "";
        },
    };
}
