"""Prints what the tests with a real systemd have measured."""

from __future__ import annotations

import pytest

from tests.system.measured import MEASURED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line a figure."""
    if MEASURED:
        terminalreporter.section("systemd, measured")
        for what, seconds in MEASURED:
            terminalreporter.write_line(f"{seconds:7.2f} s  {what}")
