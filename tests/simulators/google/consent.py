"""The page on which Google asks a person, as plain as can be."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

# What a button of the page sends along.
ANSWER = "answer"
AGREE, REFUSE = "agree", "refuse"

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>The simulated Google asks</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em }}
</style>
<h1>The simulated Google asks</h1>
<p>You are <b>{person}</b>. The server at <b>{server}</b> wants to:</p>
<ul>
{scopes}
</ul>
<form method="post">
<button name="{name}" value="{agree}">Agree</button>
<button name="{name}" value="{refuse}">Refuse</button>
</form>
</html>
"""

MEANINGS = {
    "openid": "know who you are",
    "email": "know your e-mail address",
    "https://www.googleapis.com/auth/admin.directory.user.readonly":
        "see the users of your domain",
    "https://www.googleapis.com/auth/admin.directory.group.readonly":
        "see the groups of your domain",
}


def page(person: str, parameters: dict[str, str]) -> str:
    """For the request with these parameters; its form goes to the address where it was asked."""
    scopes = "\n".join(f"<li>{escape(MEANINGS.get(scope, scope))}</li>"
                       for scope in parameters["scope"].split())
    return PAGE.format(person=escape(person), scopes=scopes, name=ANSWER, agree=AGREE,
                       refuse=REFUSE, server=escape(urlsplit(parameters["redirect_uri"]).netloc))
