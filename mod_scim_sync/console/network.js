// SPDX-License-Identifier: Apache-2.0
//
// Addresses and networks of them, IPv4 and IPv6, as texts: whether one is within another. What is a
// network the API decides (docs/api.md, `allowFrom`).

// { bits: of an address, value, prefix }; null: it is none.
export function network(text) {
    const [address, prefix, ...more] = text.split("/");
    const read = ipv4(address) ?? ipv6(address);
    if (!read || more.length || !/^\d{0,3}$/.test(prefix ?? "") || Number(prefix) > read.bits) {
        return null;
    }
    return { ...read, prefix: prefix ? Number(prefix) : read.bits };
}

// Texts; what can't be read is within nothing, and nothing is in it.
export function isWithin(address, list) {
    const one = network(address);
    return list.map(network).some((other) => one && other && one.bits === other.bits
        && one.value >> shift(other) === other.value >> shift(other));
}

const shift = ({ bits, prefix }) => BigInt(bits - prefix);

function ipv4(text) {
    const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
    return parts?.every((part) => part < 256)
        ? { bits: 32, value: parts.reduce((sum, part) => sum << 8n | BigInt(part), 0n) } : null;
}

// The browser reads it, and writes it in groups with one :: at most.
function ipv6(text) {
    let written;
    try {
        written = new URL(`http://[${text}]/`).hostname.slice(1, -1);
    } catch {
        return null;
    }
    const [before, after] = written.split("::").map((side) => side ? side.split(":") : []);
    const left = 8 - before.length - (after?.length ?? 0);
    const groups = [...before, ...Array(left).fill("0"), ...after ?? []];
    return { bits: 128, value: groups.reduce((sum, each) => sum << 16n | BigInt(`0x${each}`), 0n) };
}
