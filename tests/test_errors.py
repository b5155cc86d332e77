"""Error codes are unique, and their reference is current."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from daemon.ctl import error_reference


def test_every_code_is_used_once() -> None:
    codes = Counter(kind.code for kind in error_reference.errors())
    assert [code for code, count in codes.items() if count > 1] == []


def test_every_error_says_what_happened() -> None:
    assert [kind.__name__ for kind in error_reference.errors() if not kind.__doc__] == []


def test_the_reference_is_current() -> None:
    document = Path(__file__).parents[1] / "docs" / "errors.md"
    assert document.read_text(encoding="utf-8") == error_reference.text()
