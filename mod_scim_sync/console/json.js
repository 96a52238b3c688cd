// SPDX-License-Identifier: Apache-2.0
//
// JSON as people read it.

// What is nested deeper stands no further to the right.
const DEEPEST = 40;
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

// A text of JSON, each value on a line of its own; null: it is none. What stands in it stays as it
// is: numbers that JavaScript can't hold, and names that stand there twice.
export function pretty(text) {
    try {
        JSON.parse(text);
    } catch {
        return null;
    }
    const tokens = text.match(TOKENS);
    let depth = 0;
    const line = () => `\n${"  ".repeat(Math.min(depth, DEEPEST))}`;
    return tokens.map((token, at) => {
        const before = tokens[at - 1];
        if (token === "{" || token === "[") {
            depth++;
            return token + (closes(tokens[at + 1]) ? "" : line());
        }
        if (closes(token)) {
            depth--;
            return (before === "{" || before === "[" ? "" : line()) + token;
        }
        return token === "," ? token + line() : token === ":" ? ": " : token;
    }).join("");
}

const closes = (token) => token === "}" || token === "]";
