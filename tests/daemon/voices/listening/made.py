"""Pages, keys and results of listening tests, made of tones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.voices.listening.page import page
from daemon.voices.listening.plan import Line, Plan, plan
from daemon.voices.listening.results import Answer, Results
from daemon.voices.listening.trials import Key, Trial

PAGE = "00112233445566aa"
RATE_HZ = 8_000
SECONDS = 0.25


def planned(voices: int = 1, sentences: int = 3, seed: int = 1) -> Plan:
    names = [f"wang-xiaoming-{number}" for number in range(voices)]
    lines = {
        name: [Line(text=f"第{n}句话。", file=f"{n:04}.wav") for n in range(sentences)]
        for name in names
    }
    training = {name: ("练习一。", "练习二。") for name in names}
    return plan(lines, training, {name: "zf_xiaoxiao" for name in names}, Random(seed))


def sounds(of: Plan, seconds: float = SECONDS) -> dict[str, NDArray[np.int16]]:
    """A tone of its own for each clip."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return {
        clip.id: np.rint(6000 * np.sin(2 * np.pi * (200 + 13 * place) * time_s)).astype(np.int16)
        for place, clip in enumerate(sorted(of.clips, key=lambda clip: clip.id))
    }


def html(of: Plan, seed: int = 7, seconds: float = SECONDS) -> bytes:
    return page(of, sounds(of, seconds), page_id=PAGE, seed=seed, rate_hz=RATE_HZ)


def key_of(of: Plan, listeners: int = 8) -> Key:
    return Key(
        page=PAGE,
        made_at="2026-11-28T21:00:00+00:00",
        seed=7,
        rate_hz=RATE_HZ,
        listeners=listeners,
        voices=tuple(sorted({clip.voice for clip in of.clips})),
        held_out=True,
        clips=tuple(msgspec.structs.replace(clip, seconds=SECONDS) for clip in of.clips),
        trials=of.trials,
    )


def results_of(
    key: Key,
    listener: int = 1,
    rating: Mapping[str, int] | None = None,
    same: Mapping[str, str] | None = None,
) -> Results:
    """What a careful listener sends: by condition, 4 real, 3 fitted, 2 stock where nothing is said.

    Args:
        key: of the page.
        listener: number, becomes the id.
        rating: of each condition.
        same: yes, no or unsure of each condition.
    """
    scores = {"real": 4, "fitted": 3, "stock": 2, **(rating or {})}
    said = {"real": "yes", "fitted": "yes", "stock": "no", **(same or {})}

    def answer(trial: Trial) -> Answer:
        if trial.kind == "quality":
            score = scores[trial.condition]
            return Answer(trial=trial.id, rating=score, plays=(1,), took_ms=20_000)
        one = said[trial.condition]
        return msgspec.convert(
            {
                "trial": trial.id,
                "same": one,
                "confidence": None if one == "unsure" else 3,
                "plays": [1, 2],
                "took_ms": 30_000,
            },
            Answer,
        )

    return Results(
        format="kefu-listening-results/1",
        page=key.page,
        listener=f"{listener:016x}",
        language="zh-Hans",
        started_at="2026-11-28T21:00:00.000Z",
        finished_at="2026-11-28T21:09:00.000Z",
        answers=tuple(answer(trial) for trial in key.trials),
    )


def written(folder: Path, results: Results, name: str = "") -> Path:
    path = folder / (name or f"{results.listener}.json")
    path.write_bytes(msgspec.json.encode(results))
    return path
