"""README.zh-TW.md says what README.md says, and copies no figure by hand."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
# Tables and the transcript stand in the English one alone.
_MEASURED: Final = re.compile(r"<!-- measured:\w+ -->.*?<!-- /measured -->", re.DOTALL)
_FENCE: Final = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_SPAN: Final = re.compile(r"`[^`\n]+`")

SIMPLIFIED: Final = set("这说话时间电脑网络数据户运维设启动闭录输请对应开关为实语图线连编译单")
"""Characters that Traditional Chinese writes otherwise."""


def text(name: str) -> str:
    return _MEASURED.sub("", (ROOT / name).read_text("utf-8"))


def sections(name: str) -> list[str]:
    return re.split(r"^## ", text(name), flags=re.MULTILINE)


def test_each_links_to_the_other() -> None:
    assert "](README.zh-TW.md)" in text("README.md")
    assert "](README.md)" in text("README.zh-TW.md")


def test_both_have_the_same_sections_and_rows() -> None:
    english, chinese = sections("README.md"), sections("README.zh-TW.md")
    assert len(english) == len(chinese)
    for ours, theirs in zip(english, chinese, strict=True):
        assert ours.count("\n| ") == theirs.count("\n| "), ours.splitlines()[0]


def test_both_name_the_same_commands_files_and_messages() -> None:
    for ours, theirs in zip(sections("README.md"), sections("README.zh-TW.md"), strict=True):
        assert _FENCE.findall(ours) == _FENCE.findall(theirs)
        plain, translated = (_FENCE.sub("", one) for one in (ours, theirs))
        differ = Counter(_SPAN.findall(plain))
        differ.subtract(Counter(_SPAN.findall(translated)))
        assert {span: n for span, n in differ.items() if n} == {}, ours.splitlines()[0]


def test_the_translation_holds_no_figure_of_its_own() -> None:
    words = _SPAN.sub("", _FENCE.sub("", text("README.zh-TW.md")))
    words = re.sub(r"\]\([^)]*\)", "", words)
    names = r"Debian 12|Ubuntu 22\.04|24\.04|C\+\+17|Apache-2\.0"
    assert re.findall(r"\d+", re.sub(names, "", words)) == []


def test_it_is_traditional_chinese() -> None:
    assert set(text("README.zh-TW.md")) & SIMPLIFIED == set()
