"""What the tests stand on: a private httpd and its audit, HTTP clients, databases, a Jira."""
