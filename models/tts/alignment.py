"""Two recordings of the same words beside each other: which moment of one is which of the other."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.tts.clip import Floats

_HASTE: Final = 1.1
"""Cost of a frame where one of the two stands still."""
_FAR: Final = 1e9


def aligned(first: Floats, second: Floats) -> tuple[NDArray[np.float64], float]:
    """Dynamic time warping by cosines (H. Sakoe, S. Chiba, IEEE ASSP 26, 1978).

    Args:
        first: (F, D) of length 1 a row.
        second: (G, D) of length 1 a row.

    Returns:
        (F,) for each frame of the first its place in the second, not falling, and how unlike the
        two are on the best way: its cost over F + G, 0 to about 1. The same words at half the
        tempo cost up to 1.4 times as much.
    """
    apart = (1.0 - first @ second.T).tolist()
    count, other = len(first), len(second)
    before = [0.0] + [_FAR] * other
    moves = np.zeros((count, other), np.int8)
    for place, row in enumerate(apart):
        now, move = [_FAR] * (other + 1), moves[place]
        for at in range(other):
            both, one, two = before[at], before[at + 1], now[at]
            if both <= one and both <= two:
                now[at + 1] = both + row[at]
            elif one <= two:
                now[at + 1], move[at] = one + _HASTE * row[at], 1
            else:
                now[at + 1], move[at] = two + _HASTE * row[at], 2
        before = now
    met: list[list[int]] = [[] for _ in range(count)]
    place, at = count - 1, other - 1
    while place >= 0 and at >= 0:
        met[place].append(at)
        move_back = moves[place, at]
        place -= move_back != 2
        at -= move_back != 1
    places = np.array([float(np.mean(one)) if one else 0.0 for one in met])
    return places, before[other] / (count + other)
