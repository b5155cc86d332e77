"""What a caller hears while the worker is away: a sentence, and soft music, never silence."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

NOTES_HZ: Final = (523.25, 659.26, 783.99, 659.26, 587.33, 698.46, 880.00, 698.46)
"""C major and D minor, broken."""
NOTE_S: Final = 0.5
LEVEL: Final = 0.05
"""Of full scale: -26 dBFS, well below speech."""
FADE_S: Final = 0.01


def with_music(speech: NDArray[np.int16], rate_hz: int) -> NDArray[np.int16]:
    """``speech``, (T,) int16, and four seconds of music behind it; to be played in a loop."""
    at = np.arange(int(NOTE_S * rate_hz)) / rate_hz
    envelope = np.minimum(1.0, at / FADE_S) * np.exp(-1.5 * at)
    envelope *= np.minimum(1.0, (NOTE_S - at) / FADE_S)
    notes = [LEVEL * 32767 * envelope * np.sin(2 * np.pi * hz * at) for hz in NOTES_HZ]
    return np.concatenate([speech, *(note.astype(np.int16) for note in notes)])
