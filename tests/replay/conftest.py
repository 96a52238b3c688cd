"""`--client PREFIX`, which `tests/run replay PREFIX` gives: only clients whose name begins so."""

import pytest

from tests.harness import recordings


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--client", action="append", default=[], metavar="PREFIX",
                     help="replay only clients whose name begins so; may be given several times")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "recording" in metafunc.fixturenames:
        names = recordings.chosen(metafunc.config.getoption("--client", []))
        metafunc.parametrize("recording", [recordings.Recording(name) for name in names], ids=names)
