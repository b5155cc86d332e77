"""What every engine offers beside its own method: a name, warm-up, a memory figure, close."""

from __future__ import annotations

from typing import ClassVar, Protocol


class Engine(Protocol):
    """An engine is made from paths of weights and settings; it has no clock and no socket.

    Its own method (``run``, ``hear``, ``speak`` ...) takes and gives typed values, checks shapes
    and types, and after an error the next call works. One thread at a time, unless it says more.
    """

    name: ClassVar[str]
    """As the weights' object is named, for instance ``asr_whisper``."""

    def warm_up(self) -> None:
        """Run once on nothing, so that the first caller does not pay for it."""

    def memory_bytes(self) -> int:
        """What the engine holds when idle, for admission; an estimate from its weights."""

    def close(self) -> None:
        """Free the weights; the engine cannot be used after it."""
