"""How surely ECAPA tells whose consent it hears: false accepts and false refusals, over all pairs.

Each speaker is enrolled with the mean of his reference clips; clips of about five seconds of others
and of himself ask to be him, in the same band: wide-band recordings are compared once as they are
and once by telephone. The threshold is chosen on development speakers, the table is of the others.
Speakers with one clip only try to be somebody else. Single digits, joined, are a table of their
own: so little is heard of a speaker in them that they are no consent.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.voice_speakers import (
    BY_TELEPHONE,
    Speaker,
    development_speakers,
    first_seconds,
    join,
    load_clip,
    manifest,
    narrowed,
    ravdess_actor,
    test_speakers,
    write_clips,
)
from daemon.voices.training import training_python
from models.nlu.statistics import wilson

Floats = NDArray[np.float32]

THRESHOLDS: Final = (0.40, 0.45, 0.50, 0.55, 0.60, 0.65)
DEVELOPMENT: Final = "development"
TEST: Final = "test"
WORDS: Final = "single_words"
_CONSENT_S: Final = 5.0
_LONGEST_S: Final = 8.0
_MOST_CONSENTS: Final = 6
_MOST_ACCEPTED: Final = 0.01
"""False accepts among development speakers, who say the same words in the same studio."""


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """One speaker as a judge hears him."""

    name: str
    group: str
    """``development``, ``test`` or ``single_words``."""
    enrolment: Floats | None
    """(D,) of length 1; None: he has one clip only."""
    consents: Floats
    """(N, D) of length 1."""
    band_hz: int
    """4000: by telephone."""


class Trials(msgspec.Struct, frozen=True, kw_only=True):
    """Cosines."""

    own: Floats
    """(N,) of a person's own clips."""
    others: Floats
    """(M,) of other people's."""
    worst: Floats
    """(P,) the highest of each pair of speakers."""
    across: Floats
    """(A,) of a person's own telephone clips to the wide-band enrolment, and the other way."""


def embed(files: Sequence[Path], weights: Path, judge: str) -> Floats:
    """(N, D) float32, by the child of ``models.tts.embed_clips``."""
    lines = b"".join(msgspec.json.encode({"file": str(file)}) + b"\n" for file in files)
    child = "models.tts.embed_clips"
    command = [str(training_python()), "-m", child, "--weights", str(weights), "--judge", judge]
    answers = subprocess.run(
        command, input=lines, capture_output=True, check=True
    ).stdout.splitlines()
    found = [msgspec.json.decode(answer) for answer in answers]
    refused = [one["error"] for one in found if "error" in one]
    if refused:
        raise ValueError(refused[0])
    return np.array([one["embedding"] for one in found], np.float32)


def everybody(data: Path, work: Path, weights: Path, judge: str) -> list[Voice]:
    """All speakers of the data sets; one child hears them all."""
    development = development_speakers(data)
    test = test_speakers(data)
    for number in range(1, 25):
        actor = f"{number:02}"
        name = f"RAVDESS {actor}"
        if name not in test and name not in development:
            development[name] = partial(ravdess_actor, data, actor)
    places = [
        *(_placed(make(), DEVELOPMENT, work) for make in development.values()),
        *(_placed(make(), TEST, work) for make in test.values()),
        *(_placed(make(), WORDS, work) for make in _digits(data).values()),
        *_strangers(data, work),
    ]
    vectors = embed([file for one in places for file in one.files], weights, judge)
    voices = []
    for one in places:
        mine, vectors = vectors[: len(one.files)], vectors[len(one.files) :]
        voices.append(one.heard(mine))
    return voices


def trials(voices: Sequence[Voice], group: str) -> Trials:
    """Every clip of the group against every enrolment of it."""
    own: list[float] = []
    others: list[float] = []
    worst: list[float] = []
    across: list[float] = []
    for enrolled in voices:
        if enrolled.group != group or enrolled.enrolment is None:
            continue
        for one in voices:
            if one.group != group:
                continue
            cosines = one.consents @ enrolled.enrolment
            same_band = one.band_hz == enrolled.band_hz
            if one.name == enrolled.name and not same_band:
                across += cosines.tolist()
            elif one.name == enrolled.name:
                own += cosines.tolist()
            elif same_band:
                others += cosines.tolist()
                worst.append(float(cosines.max()))
    return Trials(
        own=np.array(own, np.float32),
        others=np.array(others, np.float32),
        worst=np.array(worst, np.float32),
        across=np.array(across, np.float32),
    )


def choose(development: Trials) -> float:
    """The lowest threshold, in steps of 0.01, that lets at most 1 % of the others pass."""
    for step in range(100):
        if float(np.mean(development.others >= step / 100)) <= _MOST_ACCEPTED:
            return step / 100
    return 1.0


def table(found: Trials, thresholds: Sequence[float]) -> list[dict[str, Any]]:
    """False accepts and refusals with Wilson's intervals."""
    rows = []
    for threshold in thresholds:
        accepted = int(np.sum(found.others >= threshold))
        refused = int(np.sum(found.own < threshold))
        rows.append(
            {
                "threshold": threshold,
                "false_accepts": msgspec.to_builtins(wilson(accepted, found.others.size)),
                "false_refusals": msgspec.to_builtins(wilson(refused, found.own.size)),
                "pairs": int(found.worst.size),
                "pairs_confused": int(np.sum(found.worst >= threshold)),
            }
        )
    return rows


def verify(data: Path, work: Path, weights: Path) -> dict[str, Any]:
    """The threshold and the tables, as plain values."""
    voices = everybody(data, work, weights, "ecapa")
    development, test, words = (trials(voices, group) for group in (DEVELOPMENT, TEST, WORDS))
    threshold = choose(development)
    thresholds = sorted({*THRESHOLDS, threshold})
    return {
        "threshold": threshold,
        "speakers": {
            group: len(
                {one.name for one in voices if one.group == group and one.enrolment is not None}
            )
            for group in (DEVELOPMENT, TEST, WORDS)
        },
        "one_clip_only": len({one.name for one in voices if one.enrolment is None}),
        DEVELOPMENT: table(development, thresholds),
        TEST: table(test, thresholds),
        WORDS: table(words, thresholds),
        "own_across_bands_lowest": round(float(test.across.min()), 3),
        "own_across_bands_median": round(float(np.median(test.across)), 3),
        "own_lowest": round(float(test.own.min()), 3),
        "own_median": round(float(np.median(test.own)), 3),
        "others_highest": round(float(test.others.max()), 3),
        "others_median": round(float(np.median(test.others)), 3),
    }


def print_verification(found: dict[str, Any]) -> None:
    """For people."""
    print(f"\nspeakers {found['speakers']}, {found['one_clip_only']} with one clip only")
    print(f"threshold chosen on development speakers: {found['threshold']:.2f}")
    for group in (DEVELOPMENT, TEST, WORDS):
        print(f"{group}: threshold, false accepts (95 %), false refusals (95 %), pairs confused")
        for row in found[group]:
            accepts, refusals = row["false_accepts"], row["false_refusals"]
            print(
                f"  {row['threshold']:.2f}  {_share(accepts)}  {_share(refusals)}"
                f"  {row['pairs_confused']} of {row['pairs']}"
            )


def _share(one: dict[str, Any]) -> str:
    value, low, high = (100 * one[key] for key in ("value", "low", "high"))
    return f"{value:6.2f} % ({low:.2f} to {high:.2f}, n = {one['n']})"


class _Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A speaker's clips as files, before they are heard."""

    name: str
    group: str
    enrolment: list[Path]
    consents: list[Path]
    band_hz: int

    @property
    def files(self) -> list[Path]:
        return [*self.enrolment, *self.consents]

    def heard(self, vectors: Floats) -> Voice:
        mean = vectors[: len(self.enrolment)].mean(axis=0) if self.enrolment else None
        return Voice(
            name=self.name.removesuffix(BY_TELEPHONE),
            group=self.group,
            enrolment=None if mean is None else mean / np.linalg.norm(mean),
            consents=vectors[len(self.enrolment) :],
            band_hz=self.band_hz,
        )


def _placed(speaker: Speaker, group: str, work: Path) -> _Placed:
    folder = work / "verification" / speaker.name.replace(" ", "-").replace(",", "")
    return _Placed(
        name=speaker.name,
        group=group,
        enrolment=write_clips(join(speaker.references, _CONSENT_S), folder, "r"),
        consents=write_clips(join(speaker.held_out, _CONSENT_S)[:_MOST_CONSENTS], folder, "h"),
        band_hz=speaker.band_hz,
    )


def _digits(data: Path) -> dict[str, Callable[[], Speaker]]:
    folder = data / "digits-en-8k"
    rows = manifest(folder)

    def speaker(name: str) -> Speaker:
        files = [row["file"] for row in rows if row["speaker"] == name]
        joined = join([load_clip(folder / "audio" / file) for file in files], _CONSENT_S)
        return Speaker(
            name=name,
            language="en",
            band_hz=4_000,
            source="digits-en-8k",
            references=tuple(joined[1::2]),
            held_out=tuple(joined[::2]),
        )

    names = sorted({row["speaker"] for row in rows})
    return {name: partial(speaker, name) for name in names}


def _strangers(data: Path, work: Path) -> list[_Placed]:
    """Speakers with one clip, as recorded and by telephone."""
    names: set[str] = set()
    found: list[_Placed] = []
    place = work / "verification" / "strangers"
    for folder in (data / "speech-en-speechocean", data / "speech-zh-misc"):
        for row in manifest(folder):
            name = row["speaker"]
            clip = load_clip(folder / "audio" / row["file"])
            if clip.seconds < 2.0 or name in names:
                continue
            number = f"{len(names):03}"
            names.add(name)
            wide = first_seconds([clip], _LONGEST_S)
            bands = {4_000: tuple(map(narrowed, wide))}
            if clip.rate_hz >= 16_000:
                bands[8_000] = wide
            for band_hz, clips in bands.items():
                found.append(
                    _Placed(
                        name=name,
                        group=TEST,
                        enrolment=[],
                        consents=write_clips(clips, place, f"{number}-{band_hz}-"),
                        band_hz=band_hz,
                    )
                )
    return found
