/* SPDX-License-Identifier: Apache-2.0 */
#include "base/backoff.h"

#define FIRST 2000
#define MOST  30000

apr_int64_t scim_sync_backoff(int n, apr_int64_t at_least, apr_uint32_t random)
{
    apr_int64_t wait = FIRST;

    while (--n > 0 && wait < MOST) {
        wait *= 2;
    }
    if (wait > MOST) {
        wait = MOST;
    }
    /* 700 to 1300 thousandths. What was asked for is stretched, never shortened. */
    wait = wait * (700 + random % 601) / 1000;
    at_least += at_least * (apr_int64_t)(random % 301) / 1000;
    return wait > at_least ? wait : at_least;
}
