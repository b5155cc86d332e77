"""LAC's runner: words without gaps, hostile files."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.errors import WeightsUnusable
from engines.nlu.lac import MAX_CHARACTERS, Lac


def test_names_places_and_organisations(lac: Lac) -> None:
    text = "张三在北京市的腾讯公司工作"
    tags = {text[word.start : word.end]: word.tag for word in lac.words(text)}
    assert tags["张三"] == "PER"
    assert tags["北京市"] == "LOC"
    assert tags["腾讯公司"] == "ORG"


@pytest.mark.parametrize("text", ["我", "你好，world 123", "？" * 20, "好" * 1000])
def test_words_cover_the_text_without_gaps(lac: Lac, text: str) -> None:
    at = 0
    for word in lac.words(text):
        assert word.start == at
        at = word.end
    assert at == min(len(text), MAX_CHARACTERS)


def test_nothing_has_no_words(lac: Lac) -> None:
    assert lac.words("") == []


def test_broken_files_are_a_typed_error(tmp_path: Path) -> None:
    broken = tmp_path / "file"
    broken.write_bytes(b"0\tx\n")
    with pytest.raises(WeightsUnusable):
        Lac(broken, broken, broken, broken, broken)
