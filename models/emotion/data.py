"""The emotion corpora: GoEmotions, templates of what callers say, and the hand-written tests."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from models.emotion import goemotions
from models.nlu import data as intents
from models.nlu import fillers
from models.nlu.noise import as_heard
from models.nlu.template import expand

CORPUS: Final = Path(__file__).parent / "corpus"
SENTENCES_A_TEMPLATE: Final = 36
DEV_EVERY: Final = 7
_GOEMOTIONS_A_CLASS: Final = 1000
_NEUTRAL_INTENTS: Final = frozenset(
    {"order_status", "information", "inform", "affirm", "deny", "repeat", "book_callback"}
    | {"change_order", "speak_to_human", "refund_request", "suggestion"}
)
_NEUTRAL_SENTENCES: Final = 3200


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence, what its speaker feels, and its language, zh or en."""

    emotion: str
    text: str
    language: str


def generated(rng: np.random.Generator) -> tuple[list[Utterance], list[Utterance]]:
    """Sentences of all templates and of neutral intents: (train, held out)."""
    found: tuple[dict[str, Utterance], dict[str, Utterance]] = ({}, {})
    for language, slots in (("zh", fillers.ZH), ("en", fillers.EN)):
        for number, (emotion, template) in enumerate(_templates(language)):
            sentences = found[number % DEV_EVERY == DEV_EVERY - 1]
            for _ in range(SENTENCES_A_TEMPLATE):
                text = expand(template, slots, rng)
                sentences.setdefault(text, Utterance(emotion=emotion, text=text, language=language))
    train, held_out = (list(sentences.values()) for sentences in found)
    for samples, part, share in zip(intents.generated(rng), (train, held_out), (6, 1), strict=True):
        plain = [sample for sample in samples if sample.intent in _NEUTRAL_INTENTS]
        for index in rng.permutation(len(plain))[: _NEUTRAL_SENTENCES * share // 7]:
            sample = plain[int(index)]
            part.append(Utterance(emotion="neutral", text=sample.text, language=sample.language))
    return train, held_out


def comments(data: Path, rng: np.random.Generator, split: str = "train") -> list[Utterance]:
    """GoEmotions, thinned to a number a class."""
    rows = goemotions.read(data, split)
    chosen: list[Utterance] = []
    for emotion in sorted(set(goemotions.MAPPING.values())):
        own = [text for label, text in rows if label == emotion]
        picked = rng.permutation(len(own))[:_GOEMOTIONS_A_CLASS]
        chosen += [Utterance(emotion=emotion, text=own[int(i)], language="en") for i in picked]
    return chosen


def with_noise(samples: list[Utterance], rng: np.random.Generator, share: float) -> list[Utterance]:
    """The samples, and of a share of them a copy as a recogniser might hear it."""
    return samples + [
        Utterance(
            emotion=sample.emotion,
            text=as_heard(sample.text, sample.language, rng, rate=float(rng.uniform(0, 0.2))),
            language=sample.language,
        )
        for sample in samples
        if rng.random() < share
    ]


def written_tests() -> list[Utterance]:
    """Sentences written by hand, never trained on."""
    return [
        Utterance(language=row[0], emotion=row[1], text=row[2])
        for row in _rows(CORPUS / "test_emotions.tsv")
    ]


def _templates(language: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in _rows(CORPUS / f"templates_{language}.tsv")]


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
