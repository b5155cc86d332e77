"""Numbers that a gateway says: of samples, of events."""

from __future__ import annotations

from typing import Final

from kefu.errors import ProtocolError

MOST: Final = 2**53


def check_number(what: str, number: int, most: int = MOST) -> None:
    """Raises ProtocolError where ``number`` does not lie between 0 and ``most``."""
    if not 0 <= number <= most:
        raise ProtocolError(f"{what} is {number}; it lies between 0 and {most}.")
