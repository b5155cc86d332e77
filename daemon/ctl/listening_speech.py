"""What a listening test plays: each sentence by the person, the fitted and the stock voice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.ctl.audio_file import read_audio
from daemon.ctl.unapproved_voices import UnapprovedVoices
from daemon.voices.errors import TooFewRecordings
from daemon.voices.listening.plan import FEWEST_SENTENCES, Line
from daemon.voices.listening.trials import CONDITIONS, Condition
from daemon.voices.records import Language

Sound = tuple[NDArray[np.int16], int]
"""(T,) int16, and its rate."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One voice's sentences as sounds."""

    lines: tuple[Line, ...]
    sounds: dict[tuple[Condition, int], Sound]
    """Of each condition and number of a line."""
    left_out: tuple[str, ...]
    """Sentences that the fitted voice itself could not say."""


def said(
    voices: UnapprovedVoices, text: str, language: Language, voice: str = ""
) -> tuple[Sound, bool]:
    """The text as sound, and whether that voice said all of it; ``voice`` empty: the stock one."""
    speeches = voices.say(text, language, voice)
    itself = all(one.voice == (voice or voices.stock(language)) for one in speeches)
    return (np.concatenate([one.pcm for one in speeches]), speeches[0].rate_hz), itself


def heard(
    voices: UnapprovedVoices, name: str, language: Language, lines: Sequence[Line], samples: Path
) -> Heard:
    """The lines by the person, the fitted voice and the stock voice.

    Raises:
        TooFewRecordings: the fitted voice can say fewer than three of them.
    """
    kept: list[Line] = []
    left_out: list[str] = []
    sounds: dict[tuple[Condition, int], Sound] = {}
    for line in lines:
        fitted, itself = said(voices, line.text, language, name)
        if not itself:  # the stock voice spoke for it: nothing that a listener should judge
            left_out.append(line.text)
            continue
        real = read_audio(samples / line.file)
        made: dict[Condition, Sound] = {
            "real": (real.pcm, real.rate_hz),
            "fitted": fitted,
            "stock": said(voices, line.text, language)[0],
        }
        sounds.update({(each, len(kept)): made[each] for each in CONDITIONS})
        kept.append(line)
    if len(kept) < FEWEST_SENTENCES:
        raise TooFewRecordings(
            f"{name} can say {len(kept)} of {len(lines)} sentences; {FEWEST_SENTENCES} are needed."
        )
    return Heard(lines=tuple(kept), sounds=sounds, left_out=tuple(left_out))
