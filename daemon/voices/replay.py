"""Whether what was said as consent was recorded before: in a consent, or among samples.

Copies are found however they were cut, coded, made louder or sent through a telephone
(``engines.samples.fingerprint``); not those that are slower or faster, or cut together of words.
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
from daemon.voices.sample_files import read_wav
from engines.errors import BadAudio
from engines.samples.fingerprint import SAME, fingerprint, likeness
from engines.samples.measure import heard_in
from engines.samples.refusal import Refusal

Floats = NDArray[np.float32]

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
        alike = likeness(printed, _print(path))
        if alike >= SAME:
            return (replayed(f"it is a copy of {path.name} of {voice}"),)
    return ()


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
