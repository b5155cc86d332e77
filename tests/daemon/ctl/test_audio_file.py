"""Audio files: what is read, and what hostile or broken ones get."""

from __future__ import annotations

import math
import os
import struct
import wave
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from daemon.ctl.audio_file import read_audio, write_wav
from daemon.ctl.errors import BadAudioFile, CannotWrite
from engines._core import g711_encode

Chunk = tuple[bytes, bytes]
TONE = (8000 * np.sin(np.arange(1600) / 5)).astype(np.int16)


def riff(*chunks: Chunk) -> bytes:
    body = b"".join(
        struct.pack("<4sI", name, len(data)) + data + b"\0" * (len(data) % 2)
        for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def fmt(
    tag: int = 1, channels: int = 1, rate_hz: int = 8000, bits: int = 16, extra: bytes = b""
) -> Chunk:
    step = channels * bits // 8
    body = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * step, step, bits)
    return b"fmt ", body + extra


def samples(pcm: NDArray[np.int16] = TONE) -> Chunk:
    return b"data", pcm.astype("<i2").tobytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.wav"


def test_what_is_written_is_read_back(path: Path) -> None:
    write_wav(path, TONE, 24_000)
    audio = read_audio(path)
    assert audio.rate_hz == 24_000
    assert np.array_equal(audio.pcm, TONE)
    assert audio.seconds == pytest.approx(TONE.size / 24_000)


def test_the_first_channel_is_taken(path: Path) -> None:
    write_wav(path, np.stack([TONE, -TONE], axis=1), 8000)
    assert np.array_equal(read_audio(path).pcm, TONE)


@pytest.mark.parametrize(("law", "tag"), [("ulaw", 7), ("alaw", 6)])
def test_g711_in_a_wav_and_without_a_header_are_the_same(
    tmp_path: Path, law: Literal["ulaw", "alaw"], tag: int
) -> None:
    coded = g711_encode(TONE.tobytes(), law)
    wav, raw = tmp_path / "x.wav", tmp_path / "x.raw"
    form = fmt(tag=tag, bits=8, extra=b"\0\0")
    wav.write_bytes(riff(form, (b"fact", b"\0" * 4), (b"data", coded)))
    raw.write_bytes(coded)
    assert np.array_equal(read_audio(wav).pcm, read_audio(raw, law).pcm)
    assert np.abs(read_audio(wav).pcm.astype(int) - TONE).max() < 400


def coded(values: NDArray[np.float64], tag: int, bits: int) -> bytes:
    """Values of −1..1 as a WAV file has them."""
    if tag == 3:
        return bytes(values.astype(f"<f{bits // 8}").tobytes())
    if bits == 8:
        return np.rint(values * 127 + 128).astype(np.uint8).tobytes()
    whole = np.rint(values * (2 ** (bits - 1) - 1)).astype("<i8")
    return bytes(whole.view(np.uint8).reshape(-1, 8)[:, : bits // 8].tobytes())


@pytest.mark.parametrize(
    ("tag", "bits"), [(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64)], ids=str
)
@pytest.mark.parametrize("channels", [1, 2])
def test_what_studios_write_is_read(path: Path, tag: int, bits: int, channels: int) -> None:
    values = np.concatenate((TONE / 32768.0, [1.0, -1.0]))
    frames = np.stack([values, np.zeros_like(values)], axis=1)[:, :channels]
    data = coded(frames.reshape(-1), tag, bits)
    path.write_bytes(riff(fmt(tag=tag, bits=bits, channels=channels), (b"data", data)))
    heard = read_audio(path).pcm.astype(int)
    wanted = np.rint(values * 32767)
    assert np.abs(heard - wanted).max() <= (300 if bits == 8 else 1)


@pytest.mark.parametrize("rate_hz", [88_200, 96_000, 192_000])
def test_what_was_recorded_faster_is_brought_down(path: Path, rate_hz: int) -> None:
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(rate_hz) / rate_hz)).astype(np.int16)
    path.write_bytes(riff(fmt(rate_hz=rate_hz), samples(tone)))
    audio = read_audio(path)
    assert audio.rate_hz == 48_000
    assert audio.seconds == pytest.approx(1.0, abs=0.01)
    crossings = np.count_nonzero(np.diff(np.signbit(audio.pcm)))
    assert crossings == pytest.approx(880, abs=4)


def test_raw_slin_is_int16_at_8_khz(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(TONE.tobytes())
    audio = read_audio(tmp_path / "x", "slin")
    assert audio.rate_hz == 8000
    assert np.array_equal(audio.pcm, TONE)


def test_extensible_and_odd_chunks_are_read(path: Path) -> None:
    guid = struct.pack("<HHIH", 22, 16, 4, 1) + bytes.fromhex("000000001000800000aa00389b71")
    path.write_bytes(riff((b"LIST", b"abc"), fmt(tag=0xFFFE, extra=guid), samples()))
    assert np.array_equal(read_audio(path).pcm, TONE)


def test_a_wav_from_a_pipe_has_no_length(path: Path) -> None:
    content = riff(fmt(), samples())
    at = content.index(b"data") + 4
    path.write_bytes(content[:at] + b"\xff\xff\xff\xff" + content[at + 4 :])
    assert np.array_equal(read_audio(path).pcm, TONE)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"RIFF", "not a WAV file"),
        (b"ID3\x04" + bytes(400), "not a WAV file"),
        (b"OggS" + bytes(400), "not a WAV file"),
        (b"#!/bin/sh\nrm -rf /\n", "not a WAV file"),
        (riff(), "no format"),
        (riff(fmt()), "truncated: no samples"),
        (riff((b"fmt ", b"\1\0"), samples()), "truncated in its header"),
        (riff(samples(), fmt()), "before their format"),
        (riff(fmt(), samples())[:-100], "truncated: 3200 bytes of samples are announced"),
        (riff(fmt(), (b"data", b"")), "holds no samples"),
        (riff(fmt(), (b"data", b"\1")), "holds no samples"),
        (riff(fmt(bits=12), samples()), "PCM with 12 bits"),
        (riff(fmt(tag=3, bits=16), samples()), "floating point with 16 bits"),
        (riff(fmt(tag=3, bits=32), (b"data", struct.pack("<2f", 0.5, math.nan))), "no numbers"),
        (riff(fmt(tag=3, bits=64), (b"data", struct.pack("<d", math.inf))), "no numbers"),
        (riff(fmt(rate_hz=384_000), samples()), "are not read"),
        (riff((b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 32000, 4, 24)), samples()), "4 bytes"),
        (riff(fmt(tag=85), samples()), "coding 85"),
        (riff(fmt(channels=0), samples()), "0 channels"),
        (riff(fmt(channels=9), samples()), "9 channels"),
        (riff(fmt(rate_hz=0), samples()), "at 0 Hz"),
        (riff(fmt(rate_hz=4_000_000_000 // 2 - 1), samples()), "are not read"),
    ],
)
def test_what_is_not_read_is_said(path: Path, content: bytes, says: str) -> None:
    path.write_bytes(content)
    with pytest.raises(BadAudioFile, match=says):
        read_audio(path)


def test_no_file_a_folder_and_an_odd_raw_file(tmp_path: Path) -> None:
    with pytest.raises(BadAudioFile, match="No such file"):
        read_audio(tmp_path / "none")
    with pytest.raises(BadAudioFile, match="no ordinary file"):
        read_audio(tmp_path)
    (tmp_path / "odd").write_bytes(b"abc")
    with pytest.raises(BadAudioFile, match="odd number"):
        read_audio(tmp_path / "odd", "slin")


def test_a_file_that_cannot_be_written_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite):
        write_wav(tmp_path / "no" / "such" / "folder.wav", TONE, 8000)


@given(st.data())
def test_any_damage_is_audio_or_a_typed_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(riff(fmt(), (b"LIST", b"ab"), samples()))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 80))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "x.wav"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        audio = read_audio(path)
    except BadAudioFile:
        return
    assert audio.pcm.dtype == np.int16
    assert audio.pcm.size > 0


def test_python_reads_what_we_write(path: Path) -> None:
    write_wav(path, np.stack([TONE, TONE], axis=1), 8000)
    with wave.open(str(path)) as wav:
        assert (wav.getnchannels(), wav.getframerate(), wav.getnframes()) == (2, 8000, TONE.size)


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "missing"])
def test_what_is_no_ordinary_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path = Path("/dev/zero")
    with pytest.raises(BadAudioFile):
        read_audio(path)
