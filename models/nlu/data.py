"""The intent corpora: templates made into sentences, public sets, and the hand-written tests."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from models.nlu import fillers, public
from models.nlu.noise import as_heard
from models.nlu.sample import Sample
from models.nlu.template import expand

CORPUS: Final = Path(__file__).parent / "corpus"
SENTENCES_A_TEMPLATE: Final = 12
DEV_EVERY: Final = 7
"""One template, or written sentence, in seven is held out to calibrate the temperature."""
WRITTEN_COPIES: Final = 4
"""A sentence written by hand counts so often, each time heard differently."""
_OUT_OF_SCOPE_A_SET: Final = 700


def templates(language: str) -> list[tuple[str, str]]:
    """(intent, template) of a language."""
    return [(row[0], row[1]) for row in _rows(CORPUS / f"templates_{language}.tsv")]


def generated(rng: np.random.Generator) -> tuple[list[Sample], list[Sample]]:
    """Written and generated sentences: (train, held out)."""
    parts: tuple[dict[str, Sample], dict[str, Sample]] = ({}, {})
    for language, slots in (("zh", fillers.ZH), ("en", fillers.EN)):
        for number, (intent, template) in enumerate(templates(language)):
            part = parts[number % DEV_EVERY == DEV_EVERY - 1]
            for _ in range(SENTENCES_A_TEMPLATE):
                text = expand(template, slots, rng)
                part.setdefault(text, Sample(intent=intent, text=text, language=language))
    train, held_out = (list(part.values()) for part in parts)
    for number, sample in enumerate(written("written")):
        if number % DEV_EVERY == DEV_EVERY - 1:
            held_out.append(sample)
        else:
            train += [sample] * WRITTEN_COPIES
    return train, held_out


def mapped(data: Path, rng: np.random.Generator) -> list[Sample]:
    """The public training sets, out-of-scope sentences thinned."""
    samples: list[Sample] = []
    for read in (public.clinc150, public.banking77, public.hwu64, public.nlupp, public.crosswoz):
        rows = read(data)
        outside = [row for row in rows if row.intent == "out_of_scope"]
        chosen = rng.permutation(len(outside))[:_OUT_OF_SCOPE_A_SET]
        samples += [row for row in rows if row.intent != "out_of_scope"]
        samples += [outside[int(i)] for i in chosen]
    return samples


def with_noise(samples: list[Sample], rng: np.random.Generator, share: float) -> list[Sample]:
    """The samples, and of a share of them a copy as a recogniser might hear it."""
    copies = [
        msgspec.structs.replace(
            sample,
            text=as_heard(sample.text, sample.language, rng, rate=float(rng.uniform(0.0, 0.25))),
        )
        for sample in samples
        if rng.random() < share
    ]
    return samples + copies


def written(part: str) -> list[Sample]:
    """Sentences written by hand: part ``written`` is trained on, ``test`` never."""
    rows = _rows(CORPUS / f"{part}_intents.tsv")
    return [Sample(language=row[0], intent=row[1], text=row[2], by_hand=True) for row in rows]


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return rows[1:]
