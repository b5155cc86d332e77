"""Whether a personal voice may speak, as the synthesiser asks it before each clause."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from daemon.voices.permits import Permits
from engines.tts.voice_choice import MaySpeak


def may_speak_in_calls(state: Path) -> MaySpeak:
    """By the permits of a state folder; a voice with a scope speaks in those scenarios only."""
    permits = Permits(state)

    def may_speak(voice: str, sha256: str, scenario: str) -> str:
        return permits.allowed(voice, sha256, datetime.now(timezone.utc), scenario=scenario)

    return may_speak


def may_speak_here(state: Path) -> MaySpeak:
    """The same for whoever tries a voice on this box, in no scenario."""
    permits = Permits(state)

    def may_speak(voice: str, sha256: str, scenario: str) -> str:
        return permits.allowed(voice, sha256, datetime.now(timezone.utc), scenario=scenario or None)

    return may_speak
