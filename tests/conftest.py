"""The fixtures of harness/fixtures.py and harness/google.py are there for every test; and what the
admin API answers in any of them must be what its document says (harness/openapi.py)."""

pytest_plugins = ["tests.harness.fixtures", "tests.harness.google", "tests.harness.ctl",
                  "tests.harness.openapi"]
