"""Tests of mod_scim_sync; a package, so that `python3 -m tests.…` works from the project's root."""
