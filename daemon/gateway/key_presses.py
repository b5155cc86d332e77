"""A key that is heard as a tone and reported by message as well was pressed once."""

from __future__ import annotations

from collections import deque
from typing import Final

SAME_PRESS_S: Final = 2.0
"""A tone and a message of one key so close are one press: PBXs report a key when it goes down or
when it comes up, and some let the beginning of its tone through."""
MOST_UNPAIRED: Final = 32


class KeyPresses:
    """The keys of one call that one way has told and the other may yet tell."""

    def __init__(self) -> None:
        self._heard: deque[tuple[str, float]] = deque(maxlen=MOST_UNPAIRED)
        self._told: deque[tuple[str, float]] = deque(maxlen=MOST_UNPAIRED)

    def heard(self, digit: str, now: float) -> bool:
        """A tone was heard; True where it is a new press."""
        return _is_new(digit, now, self._told, self._heard)

    def told(self, digit: str, now: float) -> bool:
        """The client reported a key; True where it is a new press."""
        return _is_new(digit, now, self._heard, self._told)


def _is_new(
    digit: str, now: float, other: deque[tuple[str, float]], own: deque[tuple[str, float]]
) -> bool:
    """Pairs the press with the oldest of the other way, else keeps it for the other way."""
    while other and now - other[0][1] > SAME_PRESS_S:
        other.popleft()
    for place, (told, _) in enumerate(other):
        if told == digit:
            del other[place]
            return False
    own.append((digit, now))
    return True
