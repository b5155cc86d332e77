"""Evaluate the emotion of text and voice, and write ``CARD.md`` from what was measured.

Run ``python -m models.emotion.evaluate [--data DIR] [--weights DIR]``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from engines.emotion.feeling import LABELS, Feeling
from engines.emotion.text import LANGUAGE_WEIGHTS, TextEmotionSettings, decide
from engines.nlu.head import Head
from models.emotion import data as corpora
from models.emotion import evaluate_voice, goemotions, train
from models.emotion.data import Utterance
from models.nlu.data import digest
from models.nlu.reader import Reader
from models.nlu.statistics import Share, wilson
from models.options import arguments, reader

CARD: Final = Path(__file__).parent / "CARD.md"
_THRESHOLDS: Final = (0.0, 0.35, 0.45, 0.55)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a set of utterances fared at one threshold."""

    answered: Share
    accuracy: Share
    """Of those that were answered."""


class Judge:
    """Answers of the head for utterances, encoded once."""

    def __init__(self, sentences: Reader, head: Head, tests: list[Utterance]) -> None:
        self._tests = tests
        vectors = sentences.vectors([test.text for test in tests])
        self._posteriors = [head.posterior(vector) for vector in vectors]

    def feelings(self, threshold: float) -> list[Feeling]:
        """What the engine answers for each utterance."""
        settings = TextEmotionSettings()
        return [
            decide(
                dict(zip(LABELS, posterior.tolist(), strict=True)),
                test.language,
                settings,
                threshold,
            )
            for posterior, test in zip(self._posteriors, self._tests, strict=True)
        ]

    def answers(self, threshold: float) -> list[str]:
        """Labels, empty where the engine abstains."""
        return [feeling.label for feeling in self.feelings(threshold)]

    def at(self, threshold: float) -> Outcome:
        """Coverage and accuracy at a threshold."""
        pairs = list(zip(self.answers(threshold), self._tests, strict=True))
        answered = [(label, test) for label, test in pairs if label]
        return Outcome(
            answered=wilson(len(answered), len(pairs)),
            accuracy=wilson(sum(label == test.emotion for label, test in answered), len(answered)),
        )


def card(sentences: Reader, data: Path) -> str:
    """The card as Markdown."""
    head = Head(train.OUTPUT, LABELS)
    tests = corpora.written_tests()
    rng = np.random.default_rng(7)
    heard = corpora.with_noise(tests, rng, 2.0)[len(tests) :]
    comments = [
        Utterance(emotion=emotion, text=text, language="en")
        for emotion, text in goemotions.read(data, "test")
    ]
    sets = {
        "written, zh": [test for test in tests if test.language == "zh"],
        "written, en": [test for test in tests if test.language == "en"],
        "as heard, zh": [test for test in heard if test.language == "zh"],
        "as heard, en": [test for test in heard if test.language == "en"],
        "GoEmotions test, mapped": comments,
    }
    rows: list[str] = []
    for name, part in sets.items():
        judge = Judge(sentences, head, part)
        for threshold in sorted({*_THRESHOLDS, round(head.threshold, 4)}):
            outcome = judge.at(threshold)
            rows.append(f"| {name} | {threshold:.2f} | {outcome.answered} | {outcome.accuracy} |")
    answers = Judge(sentences, head, tests).answers(0.0)
    texts = {
        name: [
            (test.emotion, feeling)
            for test, feeling in zip(
                part, Judge(sentences, head, part).feelings(head.threshold), strict=True
            )
        ]
        for name, part in (("written", tests), ("as heard", heard))
    }
    recalls = [
        f"| {label} | {wilson(sum(a == label for a in own), len(own))} |"
        for label in LABELS
        for own in [[a for a, t in zip(answers, tests, strict=True) if t.emotion == label]]
    ]
    files = [*sorted(corpora.CORPUS.glob("*.tsv")), train.OUTPUT]
    return _TEMPLATE.format(
        seed=train.RECIPE.seed,
        threshold=head.threshold,
        languages=", ".join(f"{name} {weight}" for name, weight in LANGUAGE_WEIGHTS.items()),
        mapping=", ".join(f"{theirs} → {ours}" for theirs, ours in goemotions.MAPPING.items()),
        rows="\n".join(rows),
        recalls="\n".join(recalls),
        voice=evaluate_voice.section(data, texts),
        digests="\n".join(
            f"| `{path.relative_to(CARD.parent)}` | `{digest(path)}` |" for path in files
        ),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Write the card."""
    options = arguments((__doc__ or "").split("\n")[0]).parse_args(argv)
    CARD.write_text(card(reader(options.weights), options.data), "utf-8")
    print(CARD)
    return 0


_TEMPLATE: Final = """# Card: emotion of text and voice (lite)

Written by `python -m models.emotion.evaluate`; do not edit.

## Text

**What it is.** The sentence encoder of understanding and a head of our own (Linear 512 to 256,
ReLU, Linear to 8). The posterior is multiplied by the class weights and renormalised, then the
confidence by the weight of the language ({languages}); below {threshold:.2f} it abstains.

**Trained on.** GoEmotions (Apache-2.0), thinned, and templates of what callers say, written by one
author in Chinese and English (`corpus/templates_*.tsv`); plain sentences of the intent corpus as
neutral. Seed {seed}. `make train-lite` makes the weights again.

**Mapping of GoEmotions' 28.** {mapping}; the rest, and sentences that fall into two of ours, are
left out. The reasons stand in `goemotions.py`.

### Coverage and accuracy, with 95 % interval

| set | threshold | answered | accuracy where answered |
| --- | --- | --- | --- |
{rows}

A Chinese sentence's confidence is at most 0.7, so the same threshold asks more of it.

| emotion | recall on the written sentences, without threshold |
| --- | --- |
{recalls}

### What the text is bad at

- Test and training sentences have one author, and the recipe was looked at twice with this test:
  take its figures as an upper bound. No public Chinese set with a clean licence was found.
- Surprise and neutral questions are near each other ("什么，运费要三百块？" may be neutral).
- It hears words only: irony, and anger that is in the voice alone, pass by. "calm" means that the
  caller says so, not that nothing is felt.
- GoEmotions is written by readers of a forum; callers speak otherwise.

{voice}
## Digests (SHA-256)

| file | digest |
| --- | --- |
{digests}
"""


if __name__ == "__main__":
    sys.exit(main())
