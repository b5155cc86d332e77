"""Settings of the call: when the caller's voice counts as on, and how keys are collected."""

from __future__ import annotations

from typing import Annotated

import msgspec

from daemon.call.turn_evidence import TurnTakingSettings

Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class VoiceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hysteresis over the VAD's probability, and what is kept around an utterance."""

    on: Probability = 0.5
    """Probability at which a window opens voice."""
    off: Probability = 0.35
    """Probability below which a window is silence."""
    stirring: Probability = 0.15
    """Probability from which a window may be the beginning of voice: no turn ends on it."""
    start_ms: Milliseconds = 64
    """Windows at or above ``on`` before voice has started."""
    stop_ms: Milliseconds = 96
    """Windows below ``off`` before voice has stopped."""
    pre_roll_ms: Milliseconds = 300
    """Audio kept from before the voice started, so that the first syllable is whole."""
    post_roll_ms: Milliseconds = 200
    """Audio handed to recognition from after the last voiced window."""

    def __post_init__(self) -> None:
        """Raises ValueError: ``off`` above ``on``."""
        if self.off > self.on:
            raise ValueError(f"off ({self.off}) is above on ({self.on})")


class KeypadSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the caller's keys become an answer."""

    pause_ms: Milliseconds = 3000
    """No key for so long ends a string of digits."""
    repeat_ms: Milliseconds = 80
    """The same key told again within this is one press: nobody presses twice so fast. Keys that
    come at the same instant are as many presses: the client sent them as a string."""


class CallSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings that one call is led by."""

    voice: VoiceSettings = VoiceSettings()
    turn_taking: TurnTakingSettings = TurnTakingSettings()
    keypad: KeypadSettings = KeypadSettings()
