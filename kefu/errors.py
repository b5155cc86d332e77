"""Errors that a person can meet: a stable code, what happened, and what to do about it."""

from __future__ import annotations

from typing import ClassVar


class KefuError(Exception):
    """Base of every error of kefu. ``code`` is stable and unique; ``mend`` says what to do."""

    code: ClassVar[str] = "kefu"
    mend: ClassVar[str] = ""
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.instance_mend = mend or self.mend

    def __str__(self) -> str:
        return f"{self.message} {self.instance_mend}".strip()


class ProtocolError(KefuError):
    """Bytes that are not kefu/1."""

    code = "bad_message"
    mend = "See docs/protocol.md."
