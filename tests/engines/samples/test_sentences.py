"""The sentences that are read aloud."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engines.samples import sentence_sheet
from engines.samples.sentences import COUNT, Language, consent_sentence, sentences
from engines.text.normalise import read

ROOT = Path(__file__).parents[3]
LENGTHS: dict[Language, range] = {"zh": range(6, 19), "en": range(8, 15)}


def units(text: str, language: Language) -> int:
    return len(re.findall(r"[\u4e00-\u9fff]", text)) if language == "zh" else len(text.split())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_there_are_fifty_short_ones_and_no_two_alike(language: Language) -> None:
    found = sentences(language)
    assert len(found) == len(set(found)) == COUNT
    for one in found:
        assert units(one, language) in LENGTHS[language], one
        assert not re.search(r"[0-9A-Z]{2}", one), "one way to read each"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_agent_reads_them_out_as_they_are_written(language: Language) -> None:
    for one in sentences(language):
        assert re.sub(r"\W", "", read(one, language)).lower() == re.sub(r"\W", "", one).lower()


def test_the_easiest_come_first() -> None:
    for language in LENGTHS:
        lengths = [units(one, language) for one in sentences(language)]
        assert sum(lengths[:15]) < sum(lengths[-15:])


def test_consent_names_person_company_purpose_and_the_way_back() -> None:
    zh = consent_sentence("zh", " 林小明 ", "回答客户的问题", "海风公司")
    assert all(
        part in zh for part in ("我是林小明", "海风公司", "合成语音", "回答客户的问题", "撤回")
    )
    en = consent_sentence("en", "Ann Lee")
    assert all(
        part in en for part in ("Ann Lee", "the company", "synthetic voice", "take this back")
    )


def test_the_sheet_is_current() -> None:
    written = (ROOT / "docs" / "voice-sentences.md").read_text(encoding="utf-8")
    assert written == sentence_sheet.text() + "\n"
