"""Traditional to Simplified, position by position."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.errors import WeightsUnusable
from engines.nlu.script import ScriptFolder


@pytest.mark.parametrize(
    ("said", "folded"),
    [
        ("後天下午三點", "后天下午三点"),
        ("請問我的訂單到哪裡了？", "请问我的订单到哪里了?"),
        ("我要退貨，妳們態度很差", "我要退货,你们态度很差"),
        ("Ａ１０２４", "A1024"),
        ("我很著急", "我很着急"),
        ("退款，不要动我的参数", "退款,不要动我的参数"),
        ("where is my order?", "where is my order?"),
    ],
)
def test_fold(script: ScriptFolder, said: str, folded: str) -> None:
    assert script.fold(said) == folded


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=100))
def test_positions_stay(script: ScriptFolder, text: str) -> None:
    assert len(script.fold(text)) == len(text)


@pytest.mark.parametrize("content", [b"", b"no tabs here", b"\xff\xfe\x00"])
def test_a_table_that_is_none_is_a_typed_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "q2b.dic"
    path.write_bytes(content)
    with pytest.raises(WeightsUnusable):
        ScriptFolder(path)
