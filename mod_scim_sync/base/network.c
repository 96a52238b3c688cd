/* SPDX-License-Identifier: Apache-2.0 */
#include "base/network.h"

#include <string.h>

#include <apr_strings.h>
#include <arpa/inet.h>

/* The bits behind the slash; 0: that is no number, or not that of a network. */
static int bits_of(const char *text, int most)
{
    apr_int64_t bits = text[strspn(text, "0123456789")] ? 0 : apr_atoi64(text);

    return bits >= 1 && bits <= most ? (int)bits : 0;
}

const char *scim_sync_network_text(const char *text, apr_pool_t *p)
{
    const char *slash = strchr(text, '/');
    const char *address = slash ? apr_pstrmemdup(p, text, (apr_size_t)(slash - text)) : text;
    int family = strchr(address, ':') ? AF_INET6 : AF_INET;
    int most = family == AF_INET6 ? 128 : 32;
    int bits = slash ? bits_of(slash + 1, most) : most;
    unsigned char bytes[sizeof(struct in6_addr)];
    char written[INET6_ADDRSTRLEN];
    int i;

    if (!bits || inet_pton(family, address, bytes) != 1) {
        return text;
    }
    for (i = bits; i < most; i++) {
        bytes[i / 8] &= (unsigned char)~(0x80 >> (i % 8));
    }
    inet_ntop(family, bytes, written, sizeof(written));
    return bits == most ? apr_pstrdup(p, written) : apr_psprintf(p, "%s/%d", written, bits);
}
