"""What the synthesiser is told of a voice's permit, in calls and outside of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from daemon.voices import speaking
from daemon.voices.speaking import may_speak_here, may_speak_in_calls


class Permits:
    """Notes what it is asked."""

    asked: list[tuple[str, str, str | None]]

    def __init__(self, state: Path) -> None:
        Permits.asked = []

    def allowed(
        self, name: str, voice_sha256: str, now: datetime, *, scenario: str | None = None
    ) -> str:
        assert now.tzinfo is not None
        Permits.asked.append((name, voice_sha256, scenario))
        return "expired"


def test_in_calls_the_scenario_counts_also_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking, "Permits", Permits)
    in_calls = may_speak_in_calls(tmp_path)
    assert [in_calls("anna", "ab", "refund"), in_calls("anna", "ab", "")] == ["expired"] * 2
    assert Permits.asked == [("anna", "ab", "refund"), ("anna", "ab", "")]
    here = may_speak_here(tmp_path)
    here("anna", "ab", "")
    assert Permits.asked == [("anna", "ab", None)]


def test_in_an_empty_state_folder_nobody_may(tmp_path: Path) -> None:
    assert may_speak_in_calls(tmp_path)("anna", "ab" * 32, "refund") == "no_approval"
    assert may_speak_here(tmp_path)("../anna", "", "") == "no_approval"
