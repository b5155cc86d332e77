"""The speakers of ``benchmarks/voice.py``: who fits, who judges, and which of their clips.

Test speakers were never used to choose how voices are fitted, development speakers were. References
and held-out clips of a speaker are disjoint; RAVDESS' actors say one of their two sentences in
each. Short words are joined to clips of about five seconds.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
import soundfile  # type: ignore[import-untyped]
import soxr
from numpy.typing import NDArray

from engines._core import g711_decode, g711_encode

Floats = NDArray[np.float32]
Language = Literal["zh", "en"]

REFERENCE_S: Final = 60.0
HELD_OUT_S: Final = 30.0
_JOINED_S: Final = 5.0
_GAP_S: Final = 0.15
_LEAST_S: Final = 1.0
_ACTED: Final = ("neutral", "calm", "happy", "sad", "surprised")
BY_TELEPHONE: Final = ", 8 kHz"
ACTORS: Final = ("05", "06", "11", "12", "17", "18")
DEVELOPMENT_ACTORS: Final = ("01", "02", "03", "04")


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """(T,) float32, −1..1."""

    audio: Floats
    rate_hz: int
    text: str = ""
    """What is said, where the data set tells and an enrolment would have asked for it."""

    @property
    def seconds(self) -> float:
        """Duration."""
        return float(self.audio.size) / self.rate_hz


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the data sets."""

    name: str
    language: Language
    band_hz: int
    source: str
    references: tuple[Clip, ...]
    held_out: tuple[Clip, ...]


def test_speakers(data: Path) -> dict[str, Callable[[], Speaker]]:
    """Test speakers by name, in the order in which they are worth their minutes."""
    found: dict[str, Callable[[], Speaker]] = {
        "S0150": lambda: _aishell(data),
        "Yue Tan": lambda: _words(data),
        "Allison": lambda: _prompts(data),
        "agent": lambda: _leg(data, "agent"),
    }
    for actor in ACTORS:
        found[f"RAVDESS {actor}"] = partial(ravdess_actor, data, actor)
    found["S0150, 8 kHz"] = lambda: by_telephone(_aishell(data))
    found["Yue Tan, 8 kHz"] = lambda: by_telephone(_words(data))
    return found


def development_speakers(data: Path) -> dict[str, Callable[[], Speaker]]:
    """Those on whom the method and thresholds were chosen."""
    found: dict[str, Callable[[], Speaker]] = {
        "caller": lambda: _leg(data, "caller"),
        "OSR": lambda: _osr(data),
    }
    for actor in DEVELOPMENT_ACTORS:
        found[f"RAVDESS {actor}"] = partial(ravdess_actor, data, actor)
    return found


def narrowed(clip: Clip) -> Clip:
    """The clip at 8 kHz, after G.711 µ-law."""
    narrow = soxr.resample(clip.audio, clip.rate_hz, 8_000)
    pcm = np.rint(np.clip(narrow, -1, 1) * 32767).astype("<i2")
    heard = np.frombuffer(g711_decode(g711_encode(pcm.tobytes(), "ulaw"), "ulaw"), np.int16)
    audio = (heard / 32768).astype(np.float32)
    return msgspec.structs.replace(clip, audio=audio, rate_hz=8_000)


def by_telephone(speaker: Speaker) -> Speaker:
    """The same person over a telephone."""
    return msgspec.structs.replace(
        speaker,
        name=speaker.name + BY_TELEPHONE,
        band_hz=4_000,
        references=tuple(map(narrowed, speaker.references)),
        held_out=tuple(map(narrowed, speaker.held_out)),
    )


def write_clips(clips: Sequence[Clip], folder: Path, prefix: str) -> list[Path]:
    """16-bit WAV files, one a clip."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for place, clip in enumerate(clips):
        path = (folder / f"{prefix}{place:03}.wav").resolve()
        soundfile.write(path, clip.audio, clip.rate_hz, subtype="PCM_16")
        paths.append(path)
    return paths


def first_seconds(clips: Sequence[Clip], seconds: float) -> tuple[Clip, ...]:
    """So many clips that they are ``seconds`` long together; the last is cut, its text unknown."""
    kept, left = [], seconds
    for clip in clips:
        if left < 0.5:
            break
        audio = clip.audio[: int(left * clip.rate_hz)]
        text = clip.text if audio.size == clip.audio.size else ""
        kept.append(Clip(audio=audio, rate_hz=clip.rate_hz, text=text))
        left -= audio.size / clip.rate_hz
    return tuple(kept)


def manifest(folder: Path) -> list[dict[str, str]]:
    """The rows of a data set."""
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def load_clip(path: Path) -> Clip:
    """A file of a data set, its first channel."""
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return Clip(audio=np.ascontiguousarray(samples[:, 0]), rate_hz=int(rate_hz))


def said(row: dict[str, str], clip: Clip) -> Clip:
    """The clip with its text: Mandarin is read from a list, as it is in an enrolment."""
    return msgspec.structs.replace(clip, text=row["text"])


def join(clips: Sequence[Clip], seconds: float = _JOINED_S) -> list[Clip]:
    """Neighbours one behind the other until they are long enough."""
    joined: list[Clip] = []
    waiting: list[Clip] = []
    for clip in clips:
        waiting.append(clip)
        whole = _one_behind_the_other(waiting)
        if whole.seconds >= seconds:
            joined.append(whole)
            waiting = []
    return joined or ([_one_behind_the_other(waiting)] if waiting else [])


def _one_behind_the_other(clips: Sequence[Clip]) -> Clip:
    rate_hz = clips[0].rate_hz
    gap = np.zeros(int(_GAP_S * rate_hz), np.float32)
    return Clip(
        audio=np.concatenate([part for clip in clips for part in (clip.audio, gap)]),
        rate_hz=rate_hz,
        text="，".join(clip.text for clip in clips if clip.text),
    )


def _aishell(data: Path) -> Speaker:
    folder = data / "speech-zh-aishell"
    clips = [said(row, load_clip(folder / "audio" / row["file"])) for row in manifest(folder)]
    return _split("S0150", "zh", 8_000, "speech-zh-aishell", clips)


def _words(data: Path) -> Speaker:
    folder = data / "speech-zh-words"
    clips = [said(row, load_clip(folder / "audio" / row["file"])) for row in manifest(folder)]
    return _split("Yue Tan", "zh", 8_000, "speech-zh-words", join(clips))


def _prompts(data: Path) -> Speaker:
    folder = data / "prompts-en-8k"
    clips = [load_clip(folder / "audio" / row["file"]) for row in manifest(folder)]
    long_enough = [clip for clip in clips if clip.seconds >= _LEAST_S]
    return _split("Allison", "en", 4_000, "prompts-en-8k", long_enough)


def _leg(data: Path, leg: str) -> Speaker:
    whole = load_clip(data / "calls-en-8k" / "audio" / f"Auto_Repairs_40_UTC_{leg}.flac")
    return _split(leg, "en", 4_000, "calls-en-8k", voiced_parts(whole))


def _osr(data: Path) -> Speaker:
    whole = load_clip(data / "speech-en-misc" / "audio" / "OSR_us_000_0034_8k.flac")
    return _split("OSR", "en", 4_000, "speech-en-misc", voiced_parts(whole))


def ravdess_actor(data: Path, actor: str) -> Speaker:
    """One sentence fits, the other judges: the ceiling is not that of the same words."""
    folder = data / "emotion-speech-ravdess"
    sides: dict[bool, list[Clip]] = {True: [], False: []}
    for row in manifest(folder):
        calm = row["emotion"] in _ACTED and row["intensity"] == "normal"
        if row["speaker"] == f"Actor_{actor}" and calm:
            clip = load_clip(folder / "audio" / row["file"])
            sides[row["text"].startswith("Kids")].append(levelled(clip))
    return Speaker(
        name=f"RAVDESS {actor}",
        language="en",
        band_hz=4_000,
        source="emotion-speech-ravdess (NC: tests, ships nothing)",
        references=tuple(sides[True]),
        held_out=tuple(sides[False]),
    )


def levelled(clip: Clip) -> Clip:
    """As loud as −26 dBFS: acted calm is very quiet."""
    level = float(np.sqrt(np.mean(clip.audio**2)))
    gain = min(
        10 ** (-26 / 20) / max(level, 1e-6), 0.9 / max(1e-6, float(np.abs(clip.audio).max()))
    )
    return Clip(audio=(clip.audio * gain).astype(np.float32), rate_hz=clip.rate_hz)


def voiced_parts(clip: Clip, pause_s: float = 0.5) -> list[Clip]:
    """What is spoken between pauses of ``pause_s``, of at least a second."""
    step = clip.rate_hz // 50
    count = clip.audio.size // step
    levels = np.sqrt(np.mean(clip.audio[: count * step].reshape(count, step) ** 2, axis=1))
    loud = levels > max(float(np.percentile(levels, 99)) * 10 ** (-30 / 20), 1e-4)
    parts, start, silent = [], -1, 0
    for place, voiced in enumerate([*loud, *[False] * int(pause_s * 50 + 1)]):
        if voiced:
            start, silent = (place if start < 0 else start), 0
        elif start >= 0:
            silent += 1
            if silent > pause_s * 50:
                audio = clip.audio[max(0, start - 5) * step : (place - silent + 5) * step]
                if audio.size >= _LEAST_S * clip.rate_hz:
                    parts.append(Clip(audio=audio, rate_hz=clip.rate_hz))
                start, silent = -1, 0
    return parts


def _split(
    name: str, language: Language, band_hz: int, source: str, clips: Sequence[Clip]
) -> Speaker:
    """Every third clip is held out, up to 30 s; of the rest up to 60 s fit."""
    return Speaker(
        name=name,
        language=language,
        band_hz=band_hz,
        source=source,
        references=first_seconds([c for place, c in enumerate(clips) if place % 3], REFERENCE_S),
        held_out=first_seconds(clips[::3], HELD_OUT_S),
    )
