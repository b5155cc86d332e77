"""The machine that the tests share, and what they have measured, printed at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system import checkout
from tests.system.machine import Machine, machine
from tests.system.measured import MEASURED


@pytest.fixture(scope="session")
def box() -> Iterator[Machine]:
    """A machine whose services run from this checkout, with stand-in engines; left serving."""
    with machine() as one:
        checkout.bring(one)
        yield one


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line a figure."""
    if MEASURED:
        terminalreporter.section("systemd, measured")
        for what, seconds in MEASURED:
            terminalreporter.write_line(f"{seconds:7.2f} s  {what}")
