"""The Python part of ./quickstart: a private httpd with the module, a simulated Jira, and a story.

The script in the project's root installs and builds; this starts, shows and stops.
"""
