"""What is kept of every consent that was taken: not how it sounded, but the course of its loudness.

A consent that was revoked or renewed is gone, and a copy of it must not count as a new one. Eight
bands every 20 ms tell a copy from another reading of the same sentence; a voice cannot be made of
them, nor is a person known by them.
"""

from __future__ import annotations

import hashlib
import io
import re
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon.voices.errors import VoiceError
from daemon.voices.files import write_bytes
from daemon.voices.ordinary_file import read_ordinary
from daemon.voices.sample_files import pcm_of
from engines.errors import BadAudio
from engines.samples.fingerprint import fingerprint
from engines.samples.measure import heard_in
from engines.voice_name import PERSONAL

Floats = NDArray[np.float32]

FOLDER: Final = ".consents"
"""In ``voices/``: a file a consent, int8 (8, F), decibel."""
_NAME: Final = re.compile(rf"({PERSONAL.pattern})\.([0-9a-f]{{64}})")
_BANDS: Final = 8
_MOST_BYTES: Final = 1 << 20


def keep_print(state: Path, name: str, audio: bytes) -> None:
    """Keep what a copy is known by.

    Args:
        state: the state folder.
        name: of the voice that is consented to.
        audio: ``consent.wav``.

    Raises:
        VoiceError: a link lies in the place of the folder.
        DiskFull, OSError: it was not kept.
    """
    folder = state / "voices" / FOLDER
    if folder.is_symlink():
        raise VoiceError(f"{folder} is a link.")
    try:
        pcm, rate_hz = pcm_of(io.BytesIO(audio))
        heard = heard_in(pcm, rate_hz)
    except (wave.Error, EOFError, ValueError, BadAudio):
        return  # what nobody hears is no consent, and no copy of one
    bands = np.clip(np.rint(fingerprint(heard.spectra, heard.voice)), -127, 127).astype(np.int8)
    write_bytes(folder / f"{name}.{hashlib.sha256(audio).hexdigest()}", bands.tobytes())


def prints(state: Path) -> Iterator[tuple[str, str, Floats]]:
    """Voice, SHA-256 of the audio and (8, F) float32 of every consent that was taken."""
    folder = state / "voices" / FOLDER
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        named = _NAME.fullmatch(path.name)
        if named is None:
            continue
        try:
            content = read_ordinary(path, _MOST_BYTES)
        except (OSError, VoiceError):
            continue
        if content and len(content) % _BANDS == 0:
            bands = np.frombuffer(content, np.int8).reshape(_BANDS, -1)
            yield named[1], named[2], bands.astype(np.float32)
