"""What the reader and its child process say to each other: length-prefixed msgpack."""

from __future__ import annotations

import struct
from typing import Final

import msgspec

LENGTH: Final = struct.Struct("<I")
LONGEST_BYTES: Final = 1 << 20


class Question(msgspec.Struct, frozen=True, array_like=True):
    """How is this said?"""

    number: int
    text: str
    language: str


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """``number`` −1: the child is ready (or, with a failure, never will be)."""

    number: int
    clauses: list[tuple[str, str]] = []
    """Text as spoken, phonemes."""
    failure: str = ""
    """Code of the error, empty where all went well."""
    message: str = ""


def framed(message: Question | Answer) -> bytes:
    """The message with its length in front, 4 bytes little-endian."""
    body = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(body)) + body
