// SPDX-License-Identifier: Apache-2.0
//
// A time as it stands in a list: to the second, and how long ago it was.

import { el } from "../dom.js";
import { ago, exactly } from "../words.js";

export const when = (time) => el("time", { datetime: time, title: ago(time) }, exactly(time));
