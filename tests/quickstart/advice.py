"""What to try while ./quickstart stays up: commands that work as they stand here."""

from __future__ import annotations

CTL = "build/quickstart/scim-syncctl/scim-syncctl"
CTL_CONFIG = "run/scim-syncctl.conf"
SOMEBODY = "jo@example.com"

# Made-up people go into no real site.
NEW_PERSON = f"""\
  scim Users -d '{{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
      "userName": "{SOMEBODY}", "emails": [{{"value": "{SOMEBODY}", "primary": true}}]}}'
"""


def text(console: str, idp: str, simulated: bool) -> str:
    """idp: of whom SCIM_TOKEN of run/env is. simulated: whether Jira is."""
    return f"""\
Try in a browser, as admin and with the password above:
  {console}
And in another shell, in this folder:
  . run/env
  scim() {{ curl -sS -H "Authorization: Bearer $SCIM_TOKEN" \\
            -H 'Content-Type: application/scim+json' "$SCIM_BASE_URL/$@"; echo; }}
  ctl() {{ {CTL} --config {CTL_CONFIG} "$@"; }}

{NEW_PERSON if simulated else ""}\
  scim 'Users?count=1'        # as an identity provider sees it
  ctl status                  # as an administrator does
""" + (f"""\
  ctl plan {idp} {SOMEBODY}
  ctl event list --person {SOMEBODY}
""" if simulated else "  ctl event list --limit 5\n")


def shell_lines(advice: str) -> str:
    """Those that are for a shell."""
    lines = advice.split("in this folder:\n")[1].splitlines()
    return "".join(f"{line[2:]}\n" for line in lines)
