"""How well a fitted voice is understood beside the stock voice: in seven sentences, or in 23."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from engines.text.normalise import Language
from models.tts.evaluate import hear
from models.tts.further_sentences import FURTHER
from models.tts.heard_back import HearBack, error_rate
from models.tts.judge_sentences import SENTENCES
from models.tts.spoken import Spoken, Voices
from models.tts.stock_heard import Heard, stock_heard
from models.tts.voice_gate import GateSettings, unsure

Report = Callable[[str, int, int], None]


class Intelligibility(msgspec.Struct, frozen=True, kw_only=True):
    """Both voices in the same sentences."""

    heard: Heard
    """(said, heard) of the fitted voice."""
    error_rate: float
    stock_error_rate: float
    objections: tuple[str, ...]
    """What the guard has against anything that the fitted voice said."""


def intelligibility(
    *,
    release: Path,
    packs: tuple[Path, Path],
    said: tuple[Sequence[Spoken], Sequence[Spoken]],
    language: Language,
    settings: GateSettings,
    report: Report,
) -> Intelligibility:
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
        UnreadableText, SpeakerMissing, ReaderFailed: as ``Voices.say``.
    """
    ear, first, further = HearBack(release), SENTENCES[language], FURTHER[language]

    def heard(phase: str, texts: Sequence[str], sentences: Sequence[Spoken]) -> Heard:
        found = []
        for step, (text, one) in enumerate(zip(texts, sentences, strict=True)):
            report(phase, step, len(texts))
            found.append((text, hear(ear, text, one, language)))
        return tuple(found)

    def heard_further(pack: Path) -> tuple[list[Spoken], Heard]:
        spoken = _say(release, pack, further, language, report)
        return spoken, heard("hear_further", further, spoken)

    fitted, stock = (heard("hear", first, sentences) for sentences in said)
    spoken = list(said[0])
    if unsure(error_rate(fitted, language), error_rate(stock, language), settings):
        more, more_heard = heard_further(packs[0])
        spoken, fitted = spoken + more, fitted + more_heard
        stock += stock_heard(release, packs[1], language, stock) or heard_further(packs[1])[1]
    return Intelligibility(
        heard=fitted,
        error_rate=error_rate(fitted, language),
        stock_error_rate=error_rate(stock, language),
        objections=tuple(reason for one in spoken for reason in one.failures),
    )


def _say(
    release: Path, pack: Path, texts: Sequence[str], language: Language, report: Report
) -> list[Spoken]:
    found = []
    with Voices(release, {"voice": pack}) as voices:
        for step, text in enumerate(texts):
            report("speak_further", step, len(texts))
            found.append(voices.say(text, language, "voice"))
    return found
