"""How well a fitted voice is understood beside the stock voice: in seven sentences, or in all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from engines.text.normalise import Language
from engines.tts.kokoro import RATE_HZ
from models.tts.further_sentences import FURTHER
from models.tts.heard_back import HearBack, error_rate
from models.tts.judge_sentences import SENTENCES
from models.tts.spoken import Spoken, Voices
from models.tts.stock_heard import Heard, stock_heard
from models.tts.voice_gate import GateSettings, unsure

Report = Callable[[str, int, int], None]


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """Both voices in the same sentences."""

    fitted: Heard
    """(said, heard) of the fitted voice."""
    error_rate: float
    stock_error_rate: float
    further: tuple[Spoken, ...] = ()
    """What the fitted voice said beyond ``SENTENCES``."""


def understood(
    *,
    release: Path,
    packs: tuple[Path, Path],
    said: tuple[Sequence[Spoken], Sequence[Spoken]],
    language: Language,
    settings: GateSettings,
    report: Report,
) -> Understood:
    """Hear the sentences, and further ones where the gate's verdict could be chance.

    Args:
        release: folder of the objects of ``lite``.
        packs: of the fitted voice and of the stock voice.
        said: ``SENTENCES`` by either.
        language: spoken.
        settings: of the gate.
        report: told what is done, how far it is, and of how many.

    Raises:
        WeightsUnusable: weights are missing or broken.
        SpeakerMissing, ReaderFailed: as ``Voices.say``.
    """
    ear, texts = HearBack(release), SENTENCES[language]

    def heard(sentences: Sequence[Spoken], texts: Sequence[str]) -> Heard:
        found = []
        for step, (text, one) in enumerate(zip(texts, sentences, strict=True)):
            report("hear", step, len(texts))
            audible = one.pcm.size > 0
            found.append((text, ear.hear(one.pcm, RATE_HZ, language, text) if audible else ""))
        return tuple(found)

    known = stock_heard(release, packs[1], language)
    fitted = heard(said[0], texts)
    stock = known[: len(texts)] if known else heard(said[1], texts)
    rates = error_rate(fitted, language), error_rate(stock, language)
    if not unsure(*rates, settings):
        return Understood(fitted=fitted, error_rate=rates[0], stock_error_rate=rates[1])
    texts = FURTHER[language]
    further = _say(release, packs[0], texts, language, report)
    fitted += heard(further, texts)
    stock = known or stock + heard(_say(release, packs[1], texts, language, report), texts)
    return Understood(
        fitted=fitted,
        error_rate=error_rate(fitted, language),
        stock_error_rate=error_rate(stock, language),
        further=tuple(further),
    )


def _say(
    release: Path, pack: Path, texts: Sequence[str], language: Language, report: Report
) -> list[Spoken]:
    found = []
    with Voices(release, {"voice": pack}) as voices:
        for step, text in enumerate(texts):
            report("speak", step, len(texts))
            found.append(voices.say(text, language, "voice"))
    return found
