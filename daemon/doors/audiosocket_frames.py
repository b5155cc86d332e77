"""AudioSocket's frames: a kind, a length (big-endian, 16 bits), a payload.

Asterisk sends one UUID, then audio and keys as they come; we send audio and, at the end, HANGUP.
Samples are signed, 16 bits, little-endian.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from daemon.doors.errors import BadKind, BadLength

HANGUP: Final = 0x00
UUID: Final = 0x01
DTMF: Final = 0x03
ERROR: Final = 0xFF
RATES_HZ: Final[dict[int, int]] = {
    0x10: 8_000,
    0x11: 12_000,
    0x12: 16_000,
    0x13: 24_000,
    0x14: 32_000,
    0x15: 44_100,
    0x16: 48_000,
    0x17: 96_000,
    0x18: 192_000,
}
"""Kinds of audio to their sampling rates."""
AUDIO_OF: Final = {rate_hz: kind for kind, rate_hz in RATES_HZ.items()}
HEADER_BYTES: Final = 3
MOST_BYTES: Final = 0xFFFF
_LENGTHS: Final[dict[int, range]] = {
    HANGUP: range(1),
    UUID: range(16, 17),
    DTMF: range(1, 2),
    ERROR: range(256),
    **{kind: range(2, MOST_BYTES, 2) for kind in RATES_HZ},
}


class Frame(msgspec.Struct, frozen=True):
    """One frame, valid for its kind."""

    kind: int
    payload: bytes = b""


def pack(frame: Frame) -> bytes:
    """Its bytes. Raises BadKind, BadLength."""
    _check(frame.kind, len(frame.payload))
    return bytes([frame.kind]) + len(frame.payload).to_bytes(2, "big") + frame.payload


class FrameDecoder:
    """Frames out of a stream that is cut anywhere; holds at most one frame that is not whole."""

    def __init__(self) -> None:
        self._data = bytearray()

    @property
    def begun(self) -> bool:
        """A frame has begun and is not whole."""
        return bool(self._data)

    def push(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole now, to be walked to the end.

        Raises BadKind, BadLength after the frames that came before, by the header alone.
        """
        self._data += data
        while len(self._data) >= HEADER_BYTES:
            kind, length = self._data[0], int.from_bytes(self._data[1:HEADER_BYTES], "big")
            _check(kind, length)
            end = HEADER_BYTES + length
            if len(self._data) < end:
                return
            payload = bytes(self._data[HEADER_BYTES:end])
            del self._data[:end]
            yield Frame(kind, payload)


def _check(kind: int, length: int) -> None:
    if kind not in _LENGTHS:
        raise BadKind(f"There is no frame of kind 0x{kind:02x}.")
    if length not in _LENGTHS[kind]:
        raise BadLength(f"A frame of kind 0x{kind:02x} has {length} bytes.")
