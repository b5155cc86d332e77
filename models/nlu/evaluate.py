"""Evaluate understanding, and write ``CARD.md`` from what was measured.

Run ``python -m models.nlu.evaluate [--data DIR] [--weights DIR]``.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.nlu.entities.extract import EntityExtractor
from engines.nlu.intent import IntentClassifier
from engines.nlu.labels import GROUP_OF, INTENTS
from engines.nlu.lac import Lac
from models.nlu import data as corpora
from models.nlu import entity_tests, train
from models.nlu.noise import as_heard
from models.nlu.reader import Reader
from models.nlu.sample import Sample
from models.nlu.statistics import Share, bootstrap, wilson
from models.options import arguments, reader, script

CARD: Final = Path(__file__).parent / "CARD.md"
HEARD_RATE: Final = 0.15
"""Share of characters or words that the simulated recogniser gets wrong."""
_DRAWS: Final = 5


def extractor(weights: Path) -> EntityExtractor:
    """Rules and LAC over the objects of a folder."""
    lac = weights / "nlu_lac"
    return EntityExtractor(
        Lac(
            lac / "lac_encoder.onnx",
            lac / "lac_crf_transitions.npy",
            lac / "word.dic",
            lac / "tag.dic",
            lac / "q2b.dic",
        ),
        script(weights),
    )


def predict(
    sentences: Reader, classifier: IntentClassifier, texts: list[str]
) -> list[tuple[str, float]]:
    """Best intent and its probability of each text."""
    best = [classifier.classify(vector)[0] for vector in sentences.vectors(texts)]
    return [(one.intent, one.probability) for one in best]


def clean(sentences: Reader, classifier: IntentClassifier, tests: list[Sample]) -> Share:
    """Accuracy on sentences as written."""
    answers = predict(sentences, classifier, [test.text for test in tests])
    return wilson(sum(a == t.intent for (a, _), t in zip(answers, tests, strict=True)), len(tests))


def heard(sentences: Reader, classifier: IntentClassifier, tests: list[Sample]) -> Share:
    """Accuracy on sentences with simulated recognition errors, several draws a sentence."""
    rng = np.random.default_rng(7)
    right: NDArray[np.float64] = np.zeros(len(tests))
    for _ in range(_DRAWS):
        texts = [as_heard(t.text, t.language, rng, rate=HEARD_RATE) for t in tests]
        answers = predict(sentences, classifier, texts)
        right += [a == t.intent for (a, _), t in zip(answers, tests, strict=True)]
    return bootstrap(right / _DRAWS)


def card(sentences: Reader, entities: EntityExtractor) -> str:
    """The card as Markdown."""
    classifier = IntentClassifier(train.OUTPUT)
    tests = corpora.written("test")
    answers = predict(sentences, classifier, [test.text for test in tests])
    by_language = {
        language: [test for test in tests if test.language == language] for language in ("zh", "en")
    }
    rows = [
        f"| {name} | {clean(sentences, classifier, part)} | {heard(sentences, classifier, part)} |"
        for name, part in (*by_language.items(), ("both", tests))
    ]
    confusions = Counter(
        (t.intent, a) for (a, _), t in zip(answers, tests, strict=True) if a != t.intent
    )
    recalls = {
        intent: wilson(
            sum(
                a == t.intent
                for (a, _), t in zip(answers, tests, strict=True)
                if t.intent == intent
            ),
            sum(t.intent == intent for t in tests),
        )
        for intent in INTENTS
    }
    sure = [(a == t.intent) for (a, p), t in zip(answers, tests, strict=True) if p >= 0.6]
    marks = entity_tests.read()
    entity_rows = [
        f"| {language} | {count.f1:.3f} | {count.right} | {count.found} | {count.expected} |"
        for language in ("zh", "en")
        for count in [entity_tests.count(entities, [m for m in marks if m.language == language])]
    ]
    files = [*sorted(corpora.CORPUS.glob("*.tsv")), train.OUTPUT]
    return _TEMPLATE.format(
        seed=train.RECIPE.seed,
        recipe=f"{train.RECIPE.hidden} hidden, {train.RECIPE.epochs} epochs, batch"
        f" {train.RECIPE.batch}, focal loss alpha {train.RECIPE.alpha} gamma {train.RECIPE.gamma}",
        weights=", ".join(f"{group} {w}" for group, w in train.CLASS_WEIGHTS.items()),
        by_hand=train.BY_HAND,
        rows="\n".join(rows),
        rate=HEARD_RATE,
        draws=_DRAWS,
        sure=wilson(sum(sure), len(sure)),
        coverage=wilson(len(sure), len(tests)),
        recalls="\n".join(
            f"| {intent} | {GROUP_OF[intent]} | {recall} |" for intent, recall in recalls.items()
        ),
        confusions="\n".join(
            f"- {said} taken for {taken}: {n}" for (said, taken), n in confusions.most_common(8)
        ),
        entities="\n".join(entity_rows),
        digests="\n".join(
            f"| `{path.relative_to(CARD.parent)}` | `{corpora.digest(path)}` |" for path in files
        ),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Write the card."""
    options = arguments((__doc__ or "").split("\n")[0]).parse_args(argv)
    CARD.write_text(card(reader(options.weights), extractor(options.weights)), "utf-8")
    print(CARD)
    return 0


_TEMPLATE: Final = """# Card: understanding (lite)

Written by `python -m models.nlu.evaluate`; do not edit.

**What it is.** Universal Sentence Encoder multilingual v3 (512, frozen) and a head of our own
(Linear, ReLU, Linear to 15 intents); entities by rules, and LAC for Chinese names and places.

**Trained on.** Templates and sentences of our own, written by one author (`corpus/templates_*.tsv`,
`corpus/written_intents.tsv`), and CLINC150 (CC-BY-3.0), BANKING77, HWU64, NLU++ (CC-BY-4.0) and
CrossWOZ (Apache-2.0), mapped in `public.py`. Of these a share is trained on a second time as a
recogniser might hear it (homophones, dropped and doubled words, no punctuation). Seed {seed};
{recipe}; class weights {weights}, over
the class's size; whole sentences by hand count {by_hand:.0f} times. `make train-lite` makes the
weights again.

## Intent, accuracy with 95 % interval

| language | as written | as heard |
| --- | --- | --- |
{rows}

As written: sentences that were never trained on and whose errors were not read while the corpus
was written; their total was seen once before the last change of the recipe.
As heard: the same with {rate:.0%} of characters (zh) or words (en) hurt, {draws} draws.
Where the probability is at least 0.6 (coverage {coverage}) the accuracy is {sure}.

| intent | group | recall |
| --- | --- | --- |
{recalls}

Most frequent confusions of the test:

{confusions}

## Entities, micro F1 (type, text and value right)

| language | F1 | right | found | expected |
| --- | --- | --- | --- | --- |
{entities}

The rules were finished with these sentences in view: expect less on other people's calls.

## What it is bad at

- Test and training sentences have one author, who is no call centre. A caller's real wording is
  further away; measure on your own calls before trusting a threshold.
- Short answers lean on the question that was asked, and the classifier does not see it:
  "好的，那就改" is affirm or change_order. The dialogue must weigh it against what it expects.
- One intent a sentence: of "no, I want a refund" it sees one.
- PRODUCT knows a fixed list of goods; ORG and PERSON in English only where a cue names them.
- Cantonese, Taiwanese and code-switching inside a sentence were not measured.

## Digests (SHA-256)

| file | digest |
| --- | --- |
{digests}
"""


if __name__ == "__main__":
    sys.exit(main())
