"""The mixes of the interruptions benchmark: sentences, words, noise and echo over our speech."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec.structs import replace

from benchmarks.endpointing_lines import read_lines
from benchmarks.interruption_sounds import Kind, Sound, read_sounds
from benchmarks.simulated_line import RATE_HZ, Floats, Mix

OUR_DBFS: Final = -20.0
"""Of the voiced part of our speech (``engines/tts/finish.py``)."""
CALLER_DBFS: Final = -23.0
"""Of the stored recordings."""
LINE_ECHO_DB: Final = -24.0
"""Of the line in all mixes that are not about echo."""
DELAYS_MS: Final = (50.0, 300.0)
BREATH_DB: Final = 20.0
"""What is softer before the first loud frame of a sentence is breath: nobody hears it over us."""
LEAD_S: Final = 1.2
TAIL_S: Final = 1.6
NOISE_S: Final = 5.0
ECHO_MIX_S: Final = 20.0


class Sounds:
    """Everything that mixes are made of, for tuning or for the report."""

    def __init__(self, *, tuning: bool) -> None:
        self._sounds = [
            (sound, audio)
            for sound, audio in read_sounds()
            if sound.kind == "ours" or sound.tuning == tuning
        ]
        lines = read_lines()
        callers = [one for one in lines if one[0].source != "prompts-en-8k"]
        self.callers = [one for number, one in enumerate(callers) if (number % 3 == 0) == tuning]
        prompts = [audio for line, audio in lines if line.source == "prompts-en-8k"]
        gain = np.float32(10 ** ((OUR_DBFS - CALLER_DBFS) / 20))
        self._ours = (
            {"": _joined([np.clip(audio * gain, -1, 1) for audio in prompts])}
            if tuning
            else {
                language: _joined([a for s, a in self.of("ours") if s.language == language])
                for language in ("zh", "en")
            }
        )

    def of(self, kind: Kind) -> list[tuple[Sound, Floats]]:
        """All sounds of a kind."""
        return [one for one in self._sounds if one[0].kind == kind]

    def ours(self, language: str, samples: int, random: np.random.Generator) -> Floats:
        """Our speech from anywhere."""
        speech = self._ours.get(language, next(iter(self._ours.values())))
        start = int(random.integers(len(speech)))
        return np.resize(np.roll(speech, -start), samples)


def _joined(clauses: Sequence[Floats]) -> Floats:
    gap = np.zeros(RATE_HZ // 5, np.float32)
    return np.concatenate([part for clause in clauses for part in (clause, gap)])


def over_ours(
    sounds: Sounds,
    audio: Floats,
    bounds: tuple[int, int],
    language: str,
    level_db: float,
    seed: int,
) -> Mix:
    """A sound over our speech, ``level_db`` against it, on a line with a usual echo."""
    random = np.random.default_rng(seed)
    onset = round(LEAD_S * RATE_HZ)
    samples = onset + len(audio) + round(TAIL_S * RATE_HZ)
    caller = np.zeros(samples, np.float32)
    gain = 10 ** ((OUR_DBFS - CALLER_DBFS + level_db) / 20)
    caller[onset : onset + len(audio)] = audio * np.float32(gain)
    return Mix(
        ours=sounds.ours(language, samples, random),
        caller=caller,
        voice_start=onset + bounds[0],
        voice_end=onset + bounds[1],
        echo_db=LINE_ECHO_DB,
        delay_ms=float(random.uniform(*DELAYS_MS)),
        seed=seed,
    )


def interruptions(sounds: Sounds, level_db: float, *, breath_counts: bool = False) -> list[Mix]:
    """Callers who say a sentence; ``breath_counts``: their voice begins with their breath."""
    return [
        over_ours(
            sounds,
            audio,
            (
                line.speech_start + (0 if breath_counts else breath(audio[line.speech_start :])),
                line.speech_end,
            ),
            line.language,
            level_db,
            number,
        )
        for number, (line, audio) in enumerate(sounds.callers)
    ]


def breath(speech: Floats) -> int:
    """Samples before the first 20 ms within ``BREATH_DB`` of the loud parts (95th percentile)."""
    frames = speech[: len(speech) // 160 * 160].reshape(-1, 160)
    level_db = 10 * np.log10(np.square(frames).mean(axis=1) + 1e-10)
    return 160 * int(np.flatnonzero(level_db > np.percentile(level_db, 95) - BREATH_DB)[0])


def short_words(
    sounds: Sounds, kind: Kind, level_db: float, *, recognised: bool, longest_ms: float = 1e9
) -> list[Mix]:
    """Callers who say a word of at most ``longest_ms``.

    ``recognised``: its text comes after the time of a decode.
    """
    return [
        replace(
            over_ours(
                sounds,
                audio,
                (sound.speech_start, sound.speech_end),
                sound.language,
                level_db,
                number,
            ),
            heard=sound.heard if recognised else "",
        )
        for number, (sound, audio) in enumerate(sounds.of(kind))
        if (sound.speech_end - sound.speech_start) * 1000 <= longest_ms * RATE_HZ
    ]


def noises(sounds: Sounds, level_db: float) -> list[Mix]:
    """Noise for some seconds, its loud quarter at ``level_db`` against our voice."""
    mixes = []
    for number, (_, audio) in enumerate(sounds.of("noise")):
        for part in range(2):
            seed = 2 * number + part
            long = np.resize(np.roll(audio, -part * len(audio) // 2), round(NOISE_S * RATE_HZ))
            mix = over_ours(sounds, long, (0, len(long)), ("zh", "en")[part], level_db, seed)
            mixes.append(mix)
    return mixes


def echoes(sounds: Sounds, echo_db: float, minutes: float, *, room: bool) -> list[Mix]:
    """Callers who say nothing and send our voice back, through a room or only later and softer."""
    count = round(minutes * 60 / ECHO_MIX_S)
    samples = round(ECHO_MIX_S * RATE_HZ)
    mixes = []
    for number, delay_ms in enumerate(np.linspace(*DELAYS_MS, count)):
        random = np.random.default_rng(1000 + number)
        mixes.append(
            Mix(
                ours=sounds.ours(("zh", "en")[number % 2], samples, random),
                caller=np.zeros(samples, np.float32),
                echo_db=echo_db,
                delay_ms=float(delay_ms),
                room=_room(random) if room else None,
                seed=number,
            )
        )
    return mixes


def _room(random: np.random.Generator) -> Floats:
    """An impulse response of power 1: direct sound, and 6 dB below it a tail of T60 = 300 ms."""
    times = np.arange(RATE_HZ * 3 // 10) / RATE_HZ
    tail = random.normal(size=len(times)) * 10 ** (-3 * times / 0.3)
    tail *= 10 ** (-6 / 20) / np.sqrt(np.square(tail).sum())
    tail[0] += 1.0
    response: Floats = (tail / np.sqrt(np.square(tail).sum())).astype(np.float32)
    return response
