// SPDX-License-Identifier: Apache-2.0
//
// Whether an identity provider is live, in dry run or paused; and changing that.

import { el } from "../dom.js";
import { called } from "./called.js";
import { form, oneOf } from "./form.js";
import { good } from "./notice.js";
import { STATE_MEANINGS, STATES } from "../words.js";

export const stateBadge = (idp) =>
    el("span", { class: `badge ${idp.state}` }, STATES[idp.state] ?? idp.state);

// Where the state is changed, of an IdP as versioned.js has it; then shown(idp) is called.
export function stateSwitch(it, shown) {
    const idp = it.now;
    const state = oneOf({
        name: "state", label: `${called(idp)} is`, value: idp.state,
        choices: ["dryRun", "live", "paused"].map((each) => [each, STATES[each],
                                                             STATE_MEANINGS[each]]),
    });
    return form({
        parts: [state], button: "Set", busy: "Setting …", send: async () => {
            const now = await it.patch({ state: state.value() });
            shown(now);
            return good(el("p", {}, `${called(now)} is ${STATES[now.state]}. `,
                           STATE_MEANINGS[now.state]));
        },
    });
}
