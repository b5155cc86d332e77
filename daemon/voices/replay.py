"""Whether what was said as consent was recorded before: in any consent, or among samples.

Copies are found however they were cut, coded, made louder or sent through a telephone, and consents
a little slower or faster too (``engines.samples.fingerprint``). Of those that a loudspeaker plays
in a room about half are; what is cut together of words is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon.voices.consent import audio_digest
from daemon.voices.errors import VoiceError
from daemon.voices.places import VoicePlaces, all_names
from daemon.voices.said_before import prints
from daemon.voices.sample_files import read_wav
from engines.errors import BadAudio
from engines.samples.fingerprint import SAME, fingerprint, likeness
from engines.samples.measure import heard_in
from engines.samples.refusal import Refusal

Floats = NDArray[np.float32]

OF_ANOTHER: Final = 0.86
"""Likeness to the consent of another voice: of 561 other people who say the same, one is above."""
_SPEEDS: Final = tuple(1 + step / 100 for step in (0, *range(-6, 0), *range(1, 7)))
_MEND: Final = "Consent is said anew, by the speaker, for this voice."


def replays(state: Path, name: str, printed: Floats, digest: str) -> tuple[Refusal, ...]:
    """Refused where a copy of it is kept on this box.

    Args:
        state: the state folder.
        name: of the voice that it was said for.
        printed: (8, F) float32, its fingerprint.
        digest: SHA-256 of its file: that very file, left by an interrupted try, is no copy of it.
    """
    for voice, path in _recordings(state, name):
        if voice == name and audio_digest(path) == digest:
            continue
        kept = _print(path)
        consent = path.name == VoicePlaces(state, voice).consent_audio.name
        alike = at_any_speed(printed, kept) if consent else likeness(printed, kept)
        if alike >= (OF_ANOTHER if consent and voice != name else SAME):
            return (replayed(f"it is a copy of {path.name} of {voice}"),)
    for voice, sha256, kept in prints(state):
        # Copies alone: there are ever more of these, and each may be a little like it by chance.
        if sha256 != digest and at_any_speed(printed, kept) >= SAME:
            return (replayed(f"it is a copy of a consent that {voice} was given before"),)
    return ()


def at_any_speed(one: Floats, other: Floats) -> float:
    """The highest likeness of two (8, F) fingerprints, one of them up to 6 % slower or faster."""
    return max(likeness(_at_speed(one, speed), other) for speed in _SPEEDS)


def _at_speed(printed: Floats, speed: float) -> Floats:
    frames = printed.shape[1]
    if speed == 1 or frames < 2:
        return printed
    places = np.linspace(0, frames - 1, max(2, round(frames / speed)))
    rows = [np.interp(places, np.arange(frames), row) for row in printed]
    return np.asarray(np.stack(rows), np.float32)


def replayed(reason: str) -> Refusal:
    """Why, as a refusal."""
    return Refusal(code="replayed", reason=reason, mend=_MEND)


def _recordings(state: Path, name: str) -> Iterator[tuple[str, Path]]:
    """Every consent, and the samples of all; consents first."""
    places = [VoicePlaces(state, voice) for voice in all_names(state)]
    for place in places:
        if place.consent_audio.is_file():
            yield place.name, place.consent_audio
    for place in sorted(places, key=lambda one: one.name != name):
        for path in sorted(place.samples.glob("*.wav")):
            yield place.name, path


def _print(path: Path) -> Floats:
    try:
        pcm, rate_hz = read_wav(path)
        heard = heard_in(pcm, rate_hz)
    except (VoiceError, BadAudio):
        return np.zeros((8, 0), np.float32)
    return fingerprint(heard.spectra, heard.voice)
