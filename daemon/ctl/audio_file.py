"""Audio files in and out: WAV with PCM or G.711 in it, and raw samples."""

from __future__ import annotations

import struct
import wave
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
import soxr
from numpy.typing import NDArray

from daemon.ctl.errors import BadAudioFile, CannotWrite
from engines._core import g711_decode

Raw = Literal["ulaw", "alaw", "slin"]

_MAX_BYTES: Final = 256 << 20
_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_CODINGS: Final = {_PCM: "PCM", _FLOAT: "floating point", _ALAW: "A-law", _ULAW: "µ-law"}
_READ: Final = {
    *((_PCM, bits) for bits in (8, 16, 24, 32)),
    *((_FLOAT, bits) for bits in (32, 64)),
    (_ALAW, 8),
    (_ULAW, 8),
}
_HIGHEST_HZ: Final = 48_000
"""What a studio recorded faster is brought down to this."""
_FASTEST_HZ: Final = 192_000
_UNKNOWN_LENGTH: Final = 0xFFFFFFFF
_RAW_RATE_HZ: Final = 8000


class Audio(msgspec.Struct, frozen=True, kw_only=True):
    """``pcm``: (T,) int16, mono; the first channel of a file that has more."""

    pcm: NDArray[np.int16]
    rate_hz: int

    @property
    def seconds(self) -> float:
        """Duration."""
        return float(self.pcm.size) / self.rate_hz


def read_audio(path: Path, raw: Raw | None = None) -> Audio:
    """Read a WAV file, or with ``raw`` headerless samples at 8 kHz.

    Raises:
        BadAudioFile: unreadable, empty, truncated, too large, or of a coding that we do not read.
    """
    try:
        if path.exists() and not path.is_file():
            raise BadAudioFile(f"{path} is no ordinary file.")
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise BadAudioFile(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > _MAX_BYTES:
        raise BadAudioFile(f"{path} is larger than {_MAX_BYTES >> 20} MB.")
    if not content:
        raise BadAudioFile(f"{path} is empty.")
    try:
        audio = _raw(content, raw) if raw is not None else _wav(content)
    except _NotAudio as reason:
        raise BadAudioFile(f"{path}: {reason}.") from None
    if audio.pcm.size == 0:
        raise BadAudioFile(f"{path} holds no samples.")
    return audio


def at_rate(pcm: NDArray[np.int16], rate_hz: int, wanted_hz: int) -> NDArray[np.int16]:
    """(T,) int16 at another rate."""
    if rate_hz == wanted_hz:
        return pcm
    resampled: NDArray[np.int16] = soxr.resample(pcm, rate_hz, wanted_hz)
    return resampled


def write_wav(path: Path, pcm: NDArray[np.int16], rate_hz: int) -> None:
    """Write (T,) mono or (T, 2) stereo int16. Raises CannotWrite."""
    try:
        with path.open("wb") as file, wave.open(file, "wb") as wav:
            wav.setnchannels(1 if pcm.ndim == 1 else pcm.shape[1])
            wav.setsampwidth(2)
            wav.setframerate(rate_hz)
            wav.writeframes(pcm.astype("<i2").tobytes())
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written: {error.strerror}.") from error


class _NotAudio(Exception):
    """Why not; becomes BadAudioFile with the path."""


class _Format(msgspec.Struct, frozen=True):
    tag: int
    channels: int
    rate_hz: int
    bits: int


def _raw(content: bytes, raw: Raw) -> Audio:
    if raw == "slin":
        if len(content) % 2:
            raise _NotAudio("an odd number of bytes is no 16-bit audio")
        pcm = np.frombuffer(content, "<i2").astype(np.int16)
    else:
        pcm = np.frombuffer(g711_decode(content, raw), np.int16)
    return Audio(pcm=pcm, rate_hz=_RAW_RATE_HZ)


def _wav(content: bytes) -> Audio:
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise _NotAudio("not a WAV file")
    form: _Format | None = None
    at = 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        body = at + 8
        if name == b"fmt ":
            form = _format(content[body : body + size])
        elif name == b"data":
            if form is None:
                raise _NotAudio("samples before their format")
            if size == _UNKNOWN_LENGTH:  # written to a pipe
                size = len(content) - body
            if body + size > len(content):
                raise _NotAudio(
                    f"truncated: {size} bytes of samples are announced, "
                    f"{len(content) - body} are there"
                )
            return _samples(content[body : body + size], form)
        at = body + size + size % 2
    raise _NotAudio("truncated: no samples" if form else "no format and no samples")


def _format(body: bytes) -> _Format:
    if len(body) < 16:
        raise _NotAudio("truncated in its header")
    tag, channels, rate_hz, _, align, bits = struct.unpack_from("<HHIIHH", body)
    if tag == _EXTENSIBLE and len(body) >= 26:
        (tag,) = struct.unpack_from("<H", body, 24)
    if (tag, bits) not in _READ:
        raise _NotAudio(f"{_CODINGS.get(tag, f'coding {tag}')} with {bits} bits is not read")
    if not 1 <= channels <= 8 or not 8000 <= rate_hz <= _FASTEST_HZ:
        raise _NotAudio(f"{channels} channels at {rate_hz} Hz are not read")
    if align != channels * bits // 8:
        raise _NotAudio(f"{bits} bits in frames of {align} bytes are not read")
    return _Format(tag, channels, rate_hz, bits)


def _samples(data: bytes, form: _Format) -> Audio:
    step = form.channels * form.bits // 8
    data = data[: len(data) // step * step]
    if form.tag in (_ULAW, _ALAW):
        coded = g711_decode(data, "ulaw" if form.tag == _ULAW else "alaw")
        pcm = np.frombuffer(coded, np.int16)[:: form.channels]
    elif form.tag == _FLOAT:
        pcm = _of_floats(np.frombuffer(data, f"<f{form.bits // 8}")[:: form.channels])
    else:
        pcm = _of_integers(data, form)
    rate_hz = min(form.rate_hz, _HIGHEST_HZ)
    return Audio(pcm=at_rate(pcm.astype(np.int16), form.rate_hz, rate_hz), rate_hz=rate_hz)


def _of_floats(samples: NDArray[np.floating]) -> NDArray[np.int16]:
    """−1..1 to int16; what is louder is clipped."""
    if not np.isfinite(samples).all():
        raise _NotAudio("samples that are no numbers")
    return np.asarray(np.rint(np.clip(samples, -1.0, 1.0) * 32767.0), np.int16)


def _of_integers(data: bytes, form: _Format) -> NDArray[np.int16]:
    """PCM of 8 (unsigned), 16, 24 or 32 bits to int16, rounded."""
    if form.bits == 16:
        return np.frombuffer(data, "<i2")[:: form.channels]
    if form.bits == 8:
        centred = np.frombuffer(data, np.uint8)[:: form.channels].astype(np.int16) - 128
        return centred << 8
    width = form.bits // 8
    first = np.frombuffer(data, np.uint8).reshape(-1, form.channels, width)[:, 0]
    highest = np.ascontiguousarray(first[:, width - 2 :]).view("<i2").reshape(-1)
    half = first[:, width - 3] >> 7  # the bit below what is kept
    return np.asarray(highest + (half & (highest < 32767)), np.int16)
