"""Which stock voices lend their sound to a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engines.errors import WeightsUnusable
from models.tts.stock_errors import TABLE, understood

RATES = {"zh": {"zf_a": 0.05, "zf_b": 0.06, "zm_c": 0.41}, "en": {"af_d": 0.2}}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "rates.json"
    path.write_text(json.dumps(RATES))
    return path


def test_who_is_not_understood_lends_nothing(table: Path) -> None:
    assert understood(("zf_a", "zm_c", "af_d"), table) == ("zf_a", "af_d")


def test_a_voice_that_nobody_measured_is_not_left_out(table: Path) -> None:
    assert understood(("zf_new",), table) == ("zf_new",)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"zh": 3}', '{"zh": {"a": "b"}}'])
def test_a_damaged_table_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "rates.json"
    with pytest.raises(WeightsUnusable, match=r"rates\.json"):
        understood(("zf_a",), path)
    path.write_text(content)
    with pytest.raises(WeightsUnusable, match=r"rates\.json"):
        understood(("zf_a",), path)


def test_the_committed_table_names_the_voices_that_were_made_from_both_languages() -> None:
    rates = json.loads(TABLE.read_bytes())
    assert (len(rates["zh"]), len(rates["en"])) == (8, 28)
    every = (*rates["zh"], *rates["en"])
    assert set(every) - set(understood(every)) == {"zf_xiaoni"}
