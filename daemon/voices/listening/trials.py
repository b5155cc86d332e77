"""What is heard and asked in a listening test, and the key that says what was what."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

Condition = Literal["real", "fitted", "stock"]
CONDITIONS: Final[tuple[Condition, ...]] = ("real", "fitted", "stock")
Id = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8,32}$")]


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """One recording of the page, as only the key knows it."""

    id: Id
    """Random; all that the page knows of it."""
    voice: str
    condition: Condition
    sentence: int
    text: str
    seconds: float
    source: str
    """The sample's file, or the name of the voice that spoke."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One question."""

    id: Id
    kind: Literal["quality", "same"]
    clips: tuple[Id, ...]
    """One for ``quality``; two for ``same``, in the order of hearing."""
    voice: str
    condition: Condition
    """Of the clip; of ``same``: of the one that is held against a real recording."""
    repeats: str = ""
    """The trial that is asked again, unannounced."""
    training: bool = False
    """Comes first and does not count."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """``page.key.json``: stays with whoever asks."""

    format: Literal["kefu-listening-key/1"] = "kefu-listening-key/1"
    page: Id
    made_at: str
    """ISO 8601, UTC."""
    seed: int
    """In the page too: a listener's order is made of it and of his own id."""
    rate_hz: int
    listeners: int
    """How many are wanted."""
    voices: tuple[str, ...]
    held_out: bool
    """False: a voice had no recordings but those that it was made from."""
    clips: tuple[Clip, ...]
    trials: tuple[Trial, ...]
