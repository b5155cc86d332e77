"""Microphone and loudspeaker of this machine, by PortAudio through the package ``sounddevice``."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final, Protocol

from daemon.ctl.errors import SoundAway

FRAME_MS: Final = 20
RATES_HZ: Final = (16_000, 24_000, 8_000)
"""Of the line, the best first: recognition hears 16 kHz."""


class Sound(Protocol):
    """What a caller hears with and speaks into; its own clock paces the call."""

    rate_hz: int

    def exchange(self, to_play: bytes) -> bytes:
        """Play 20 ms and give 20 ms of the microphone, (T,) int16 both. Raises SoundAway."""
        ...

    def close(self) -> None:
        """Give the devices back."""
        ...


class SoundCard:
    """The machine's own, or the named one, at the first rate of ``RATES_HZ`` that it has."""

    def __init__(self, device: str = "") -> None:
        """Open it.

        Args:
            device: number, name or part of a name; empty: the system's.

        Raises:
            SoundAway: the package or PortAudio is missing, or no such device can be used.
        """
        self._library = _library()
        chosen = int(device) if device.isdecimal() else device or None
        self.rate_hz = self._rate(chosen)
        self._frame = self.rate_hz * FRAME_MS // 1000
        try:
            self._stream = self._library.RawStream(
                samplerate=self.rate_hz,
                blocksize=self._frame,
                device=chosen,
                channels=1,
                dtype="int16",
            )
            self._stream.start()
        except self._library.PortAudioError as reason:
            raise SoundAway(f"The sound device cannot be opened: {_told(reason)}.") from reason

    def exchange(self, to_play: bytes) -> bytes:
        """As of ``Sound``."""
        try:
            self._stream.write(to_play)
            spoken, _ = self._stream.read(self._frame)
        except self._library.PortAudioError as reason:
            raise SoundAway(f"The sound device has gone: {_told(reason)}.") from reason
        return bytes(spoken)

    def close(self) -> None:
        """As of ``Sound``."""
        self._stream.close(ignore_errors=True)

    def _rate(self, device: int | str | None) -> int:
        refusal = ""
        for rate_hz in RATES_HZ:
            wanted = {"device": device, "channels": 1, "dtype": "int16", "samplerate": rate_hz}
            try:
                self._library.check_input_settings(**wanted)
                self._library.check_output_settings(**wanted)
            except (self._library.PortAudioError, ValueError) as reason:
                refusal = refusal or _told(reason)
            else:
                return rate_hz
        raise SoundAway(f"No microphone and loudspeaker can be used: {refusal}.")


def _library() -> Any:
    """``sounddevice``, which nothing but this needs, so that it is not installed with kefu."""
    try:
        return importlib.import_module("sounddevice")
    except ImportError as reason:
        raise SoundAway(
            "The package sounddevice is not installed.",
            mend=f"python3 -m pip --python {sys.executable} install sounddevice",
        ) from reason
    except OSError as reason:
        raise SoundAway(
            f"sounddevice does not find its library: {reason}.",
            mend="sudo apt-get install libportaudio2",
        ) from reason


def _told(reason: Exception) -> str:
    return str(reason).rstrip(".") or type(reason).__name__
