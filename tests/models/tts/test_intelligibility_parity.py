"""Whether a fitted voice is understood: seven sentences, or all where these leave a doubt."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.tts import intelligibility as module
from models.tts.further_sentences import ALL, FURTHER
from models.tts.heard_back import spoken
from models.tts.intelligibility import Intelligibility, intelligibility
from models.tts.judge_sentences import SENTENCES
from models.tts.spoken import Spoken
from models.tts.voice_gate import GateSettings

SEVEN = SENTENCES["en"]
WORDS = sum(len(spoken(text, "en")) for text in SEVEN)
FITTED, STOCK = Path("fitted.bin"), Path("stock.bin")
LEVELS = {FITTED: 2, STOCK: 1}
"""By which the ear tells who speaks."""


class Ear:
    """Mishears the first words of so many of the fitted voice's seven sentences; no others."""

    def __init__(self, wrong: int) -> None:
        self.wrong = wrong

    def hear(self, pcm: NDArray[np.int16], rate_hz: int, language: str, said: str) -> str:
        if pcm[0] == LEVELS[FITTED] and said in SEVEN[: self.wrong]:
            return " ".join(["nonsense", *said.split()[1:]])
        return said


class Speaking:
    """Stands for the network: a sentence is its voice's level, and the last one is broken."""

    said: list[tuple[str, str]]

    def __init__(self, packs: Mapping[str, Path]) -> None:
        self.packs = packs

    def say(self, text: str, language: str, voice: str) -> Spoken:
        self.said.append((self.packs[voice].name, text))
        return sentence(self.packs[voice], "loud" if text == FURTHER["en"][-1] else "")


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """(pack, sentence) of what the network was asked for."""
    monkeypatch.setattr(module, "Voices", lambda _, packs: nullcontext(Speaking(packs)))
    Speaking.said = []
    return Speaking.said


def sentence(pack: Path, failure: str = "") -> Spoken:
    failures = (failure,) if failure else ()
    return Spoken(pcm=np.full(1, LEVELS[pack], np.int16), took_s=0.1, failures=failures)


def judged(
    monkeypatch: pytest.MonkeyPatch, wrong: int, *, known: bool = True, silent: int = 0
) -> Intelligibility:
    def table(
        release: Path, pack: Path, language: str, seven: tuple[tuple[str, str], ...]
    ) -> tuple[tuple[str, str], ...]:
        assert (pack, seven) == (STOCK, tuple((text, text) for text in SEVEN))
        return tuple((text, text) for text in FURTHER["en"]) if known else ()

    monkeypatch.setattr(module, "HearBack", lambda release: Ear(wrong))
    monkeypatch.setattr(module, "stock_heard", table)
    nothing = Spoken(pcm=np.zeros(0, np.int16), took_s=0.1, failures=("silent",))
    fitted = [nothing if place < silent else sentence(FITTED) for place in range(len(SEVEN))]
    return intelligibility(
        release=Path("release"),
        packs=(FITTED, STOCK),
        said=(fitted, [sentence(STOCK) for _ in SEVEN]),
        language="en",
        settings=GateSettings(),
        report=lambda phase, step, of: None,
    )


@pytest.mark.parametrize("known", [True, False])
def test_in_doubt_all_sentences_are_heard(
    known: bool, said: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = judged(monkeypatch, 3, known=known)
    speakers = [FITTED] if known else [FITTED, STOCK]
    assert said == [(pack.name, text) for pack in speakers for text in FURTHER["en"]]
    assert [text for text, _ in found.heard] == list(ALL["en"])
    assert found.stock_error_rate == 0.0
    assert 0.0 < found.error_rate < 3 / WORDS < 0.05
    assert found.objections == ("loud",)


@pytest.mark.parametrize("wrong", [0, 7])
def test_where_seven_tell_no_more_are_heard(
    wrong: int, said: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = judged(monkeypatch, wrong)
    assert said == []
    assert [text for text, _ in found.heard] == list(SEVEN)
    assert found.error_rate == pytest.approx(wrong / WORDS)


def test_silence_is_misheard(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, 0, silent=2)
    assert [heard for _, heard in found.heard][:3] == ["", "", SEVEN[2]]
    assert found.objections == ("silent", "silent")
