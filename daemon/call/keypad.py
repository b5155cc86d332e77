"""The caller's keys: what a press adds to, when the string is complete. Pure."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec.structs import replace

from daemon.call.settings import KeypadSettings
from engines.dialog.moves import Expectation

MOST_KEYS: Final = 32
"""A string that long is complete, whatever was asked."""
_FIGURES: Final = frozenset("0123456789")


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What was pressed of an answer that is not complete."""

    collected: str = ""
    last: str = ""
    pressed_ms: float = -1e9
    """When ``last`` was pressed."""
    full: bool = False
    """``last`` has completed a string by its length; a ``#`` that follows only ends it."""


NO_KEYS: Final = Keys()


def counts(keys: Keys, digit: str, now_ms: float, settings: KeypadSettings) -> bool:
    """Whether a key is one: not the last told twice, nor the end of a string that had ended."""
    since_ms = now_ms - keys.pressed_ms
    # One press told twice comes a packet later; keys that come at the same instant were sent as
    # a string, or kept while the client's connection was broken.
    if digit == keys.last and 0 < since_ms < settings.repeat_ms:
        return False
    return not (keys.full and digit == "#" and since_ms < settings.pause_ms)


def press(
    keys: Keys, digit: str, now_ms: float, expects: Expectation, settings: KeypadSettings
) -> tuple[Keys, str]:
    """One key.

    Args:
        keys: what was pressed before.
        digit: 0 to 9, ``*``, ``#``, A to D.
        now_ms: the line's time.
        expects: of the question that is open; with ``keys`` empty nothing is collected.
        settings: times.

    Returns:
        What is collected now, and the string where it is complete (without ``#``), else "".
    """
    if not expects.keys:
        return keys, ""
    if not counts(keys, digit, now_ms, settings):
        return keys, ""
    pressed = replace(keys, last=digit, pressed_ms=now_ms, full=False)
    if expects.keys == "menu":
        return replace(pressed, collected=""), digit
    if digit == "#":
        return replace(pressed, collected=""), keys.collected
    if digit == "*":
        return replace(pressed, collected=""), ""
    if digit not in _FIGURES:
        return keys, ""
    collected = keys.collected + digit
    if len(collected) >= (expects.digits or MOST_KEYS):
        return replace(pressed, collected="", full=True), collected
    return replace(pressed, collected=collected), ""


def rest(keys: Keys, now_ms: float, settings: KeypadSettings) -> tuple[Keys, str]:
    """No key: a pause after the last one ends the string. Returns as ``press``."""
    if not keys.collected or now_ms - keys.pressed_ms < settings.pause_ms:
        return keys, ""
    return replace(keys, collected=""), keys.collected
