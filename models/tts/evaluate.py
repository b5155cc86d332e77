"""How well each voice is understood, how fast it is made, and whether it is speech at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from engines.text.normalise import Language
from engines.tts.kokoro import RATE_HZ
from models.tts.further_sentences import ALL
from models.tts.heard_back import HearBack, error_rate
from models.tts.spoken import Spoken, Voices


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """One voice to evaluate."""

    file: Path
    language: Language


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """One voice, over sentences of ``ALL``."""

    voice: str
    language: Language
    error_rate: float
    """Characters (zh) or words (en) that the product's recogniser mishears after G.711."""
    rtf: float
    """Seconds of work for a second of speech, on one thread."""
    guard_failures: int
    heard: tuple[tuple[str, str], ...]
    """(said, heard)."""


def evaluate(
    release: Path, packs: Mapping[str, Pack], sentences: int | None = None
) -> Iterator[Evaluated]:
    """Each voice in turn.

    Args:
        release: folder of the objects of ``lite``.
        packs: voices by name.
        sentences: of each language's 23; the first seven are the gate's; None: all.

    Raises:
        WeightsUnusable: a file is missing or broken.
        SpeakerMissing: English, and espeak-ng is not installed.
    """
    ear = HearBack(release)
    with Voices(release, {name: pack.file for name, pack in packs.items()}) as voices:
        for name, pack in packs.items():
            texts = ALL[pack.language][:sentences]
            spoken = [voices.say(text, pack.language, name) for text in texts]
            heard = [
                (text, hear(ear, text, one, pack.language))
                for text, one in zip(texts, spoken, strict=True)
            ]
            seconds = max(1e-3, sum(one.seconds for one in spoken))
            yield Evaluated(
                voice=name,
                language=pack.language,
                error_rate=round(error_rate(heard, pack.language), 4),
                rtf=round(sum(one.took_s for one in spoken) / seconds, 3),
                guard_failures=sum(len(one.failures) for one in spoken),
                heard=tuple(heard),
            )


def hear(ear: HearBack, text: str, spoken: Spoken, language: Language) -> str:
    """What is heard of a sentence; of silence nothing."""
    return ear.hear(spoken.pcm, RATE_HZ, language, text) if spoken.pcm.size else ""
