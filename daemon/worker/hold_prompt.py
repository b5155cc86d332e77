"""What a caller hears between two hold prompts while the worker is away: soft music, no silence."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

NOTES_HZ: Final = (523.25, 659.26, 783.99, 659.26)
"""C major, broken."""
NOTE_S: Final = 0.5
LEVEL: Final = 0.05
"""Of full scale: -26 dBFS, well below speech."""
FADE_S: Final = 0.01


def music(rate_hz: int) -> NDArray[np.int16]:
    """Two seconds, (2 * rate_hz,) int16, that can be played in a loop."""
    at = np.arange(int(NOTE_S * rate_hz)) / rate_hz
    envelope = np.minimum(1.0, at / FADE_S) * np.exp(-1.5 * at)
    envelope *= np.minimum(1.0, (NOTE_S - at) / FADE_S)
    notes = [LEVEL * 32767 * envelope * np.sin(2 * np.pi * hz * at) for hz in NOTES_HZ]
    return np.concatenate([note.astype(np.int16) for note in notes])
