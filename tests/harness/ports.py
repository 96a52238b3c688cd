"""Free TCP ports on 127.0.0.1 that no other test run on this host is handed at the same time."""

import random
import socket

# Under the range from which the kernel takes the ports of outgoing connections (32768 and up), so
# that a client's socket never sits on a port that a server is about to take, also while that server
# restarts.
FIRST_PORT = 20000
LAST_PORT = 31999


class Port:
    """A port that is ours as long as this object lives and is not released.

    The claim is a socket in Linux's abstract namespace: atomic between processes, and gone with its
    holder.
    """

    def __init__(self, wanted: int = 0):
        candidates = [wanted] if wanted else random.sample(range(FIRST_PORT, LAST_PORT + 1), 200)
        for number in candidates:
            claim = _claim(number)
            if claim is not None:
                self.number = number
                self._claim = claim
                return
        raise OSError(f"no free port on 127.0.0.1 (tried {len(candidates)})")

    def release(self) -> None:
        self._claim.close()


def _claim(number: int) -> socket.socket | None:
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0scim-sync-test-port-{number}")
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", number))
    except OSError:
        claim.close()
        return None
    return claim
