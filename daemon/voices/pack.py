"""A voice's pack: 510 × 1 × 256 float32, little-endian, as the network's own voices are."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import numpy as np

from daemon.voices.errors import NoSuchVoice, VoiceError
from daemon.voices.ordinary_file import read_ordinary

BYTES: Final = 510 * 1 * 256 * 4
_LARGEST: Final = 100.0
"""Stock voices stay within ±2."""


def read_pack(path: Path) -> tuple[bytes, str]:
    """The bytes of a pack and their SHA-256.

    Raises:
        NoSuchVoice: there is no such file.
        VoiceError: it is no pack.
    """
    try:
        content = read_ordinary(path, BYTES)
    except FileNotFoundError as reason:
        raise NoSuchVoice(f"There is no {path}.") from reason
    except OSError as reason:
        raise VoiceError(f"{path} cannot be read: {reason.strerror}.") from reason
    check_pack(content, str(path))
    return content, hashlib.sha256(content).hexdigest()


def check_pack(content: bytes, what: str) -> None:
    """Raises VoiceError where the bytes are no pack: another size, or numbers that no style has."""
    if len(content) != BYTES:
        raise VoiceError(f"{what} has {len(content)} bytes: a voice has {BYTES}.")
    values = np.frombuffer(content, "<f4")
    if not np.isfinite(values).all() or np.abs(values).max() > _LARGEST:
        raise VoiceError(f"{what} holds numbers that are no voice.")
