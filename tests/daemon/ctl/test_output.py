"""What comes from a call is shown as text and does nothing to the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from daemon.ctl.output import shown


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("[/x]", "[/x]"),
        ("[bold]订单[/bold]", "[bold]订单[/bold]"),
        ("a\x1b[2Jb", "a[2Jb"),
        ("a\u202eb", "ab"),
        ("\r\n\0", ""),
    ],
)
def test_markup_and_control_characters_do_nothing(text: str, plain: str) -> None:
    assert Text.from_markup(shown(text)).plain == plain


@given(st.text())
def test_any_text_can_be_shown(text: str) -> None:
    assert "\x1b" not in Text.from_markup(shown(text)).plain
