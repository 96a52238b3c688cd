"""The fixtures of harness/fixtures.py are there for every test."""

pytest_plugins = ["tests.harness.fixtures"]
