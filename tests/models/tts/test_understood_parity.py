"""Whether a fitted voice is understood: seven sentences, or all where these leave a doubt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.tts import understood as module
from models.tts.further_sentences import ALL
from models.tts.judge_sentences import SENTENCES
from models.tts.spoken import Spoken
from models.tts.understood import Understood, understood
from models.tts.voice_gate import GateSettings

WORDS = sum(len(text.split()) for text in SENTENCES["en"])


class Ear:
    """Mishears so many of the seven sentences' first words; of the others none."""

    def __init__(self, wrong: int) -> None:
        self.wrong = wrong

    def hear(self, pcm: NDArray[np.int16], rate_hz: int, language: str, said: str) -> str:
        if pcm[0] and self.wrong and said in SENTENCES["en"]:
            self.wrong -= 1
            return " ".join(["nonsense", *said.split()[1:]])
        return said


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Packs that said the further sentences."""
    found: list[str] = []

    def say(
        release: Path, pack: Path, texts: Sequence[str], language: str, report: module.Report
    ) -> list[Spoken]:
        found.append(pack.name)
        return [sentence("broken: loud" if place == 0 else "") for place in range(len(texts))]

    monkeypatch.setattr(module, "_say", say)
    return found


def sentence(failure: str = "", size: int = 1) -> Spoken:
    failures = (failure,) if failure else ()
    return Spoken(pcm=np.ones(size, np.int16), took_s=0.1, failures=failures)


def judged(
    monkeypatch: pytest.MonkeyPatch, wrong: int, *, known: bool, silent: int = 0
) -> Understood:
    monkeypatch.setattr(module, "HearBack", lambda release: Ear(wrong))
    table = tuple((text, text) for text in ALL["en"])
    monkeypatch.setattr(module, "stock_heard", lambda *_: table if known else None)
    stock = [Spoken(pcm=np.zeros(1, np.int16), took_s=0.1) for _ in SENTENCES["en"]]
    fitted = [sentence(size=int(place >= silent)) for place in range(len(stock))]
    return understood(
        release=Path("release"),
        packs=(Path("fitted.bin"), Path("stock.bin")),
        said=(fitted, stock),
        language="en",
        settings=GateSettings(),
        report=lambda phase, step, of: None,
    )


@pytest.mark.parametrize("known", [True, False])
def test_in_doubt_all_sentences_are_heard(
    known: bool, spoken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = judged(monkeypatch, 3, known=known)
    assert spoken == (["fitted.bin"] if known else ["fitted.bin", "stock.bin"])
    assert [said for said, _ in found.fitted] == list(ALL["en"])
    assert found.stock_error_rate == 0.0
    assert 0.0 < found.error_rate < 3 / WORDS < 0.06
    assert found.further[0].failures == ("broken: loud",)


def test_what_is_misheard_for_sure_is_not_heard_again(
    spoken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = judged(monkeypatch, 7, known=True)
    assert spoken == []
    assert found.further == ()
    assert found.error_rate > 0.06


def test_silence_is_misheard(spoken: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, 0, known=True, silent=2)
    assert [heard for _, heard in found.fitted][:3] == ["", "", SENTENCES["en"][2]]
