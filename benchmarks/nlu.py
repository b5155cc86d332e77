"""Understanding: intents as written and as heard, entities, two public sets, and time a sentence.

The public sets are judged by a linear probe (ridge regression) over the sentence vectors, beside
the same probe over hashed character n-grams, which know words but no meaning.

    python -m benchmarks.nlu            whole sets
    python -m benchmarks.nlu --quick    a third of the public training sets
"""

from __future__ import annotations

import gzip
import json
import statistics
import sys
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.hardware import hardware
from benchmarks.results import save
from engines.nlu.intent import IntentClassifier
from engines.nlu.understand import Understander
from engines.nlu.use import SentenceEncoder
from kefu.errors import KefuError
from models.nlu import data as corpora
from models.nlu import entity_tests, evaluate, train
from models.nlu.reader import Reader
from models.nlu.statistics import auroc, wilson
from models.options import arguments, script

Floats = NDArray[np.float32]
Row = tuple[str, str]
"""(intent, sentence)."""
_NGRAM_WIDTH: Final = 2048


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and write the result file."""
    parser = arguments((__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a third of the public training sets")
    parser.add_argument("--json", type=Path, help="write here instead of benchmarks/results/")
    options = parser.parse_args(argv)
    weights: Path = options.weights
    try:
        encoder = SentenceEncoder(weights / "nlu_use/weights.npz", weights / "nlu_use/sp.model")
        sentences = Reader(encoder, script(weights))
        classifier, extractor = IntentClassifier(train.OUTPUT), evaluate.extractor(weights)
    except KefuError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    understander = Understander(encoder, script(weights), classifier, extractor)
    tests = corpora.written("test")
    marks = entity_tests.read()
    share = 3 if options.quick else 1
    figures: dict[str, Any] = {
        "quick": options.quick,
        "intent_clean": msgspec.to_builtins(evaluate.clean(sentences, classifier, tests)),
        "intent_as_heard": msgspec.to_builtins(evaluate.heard(sentences, classifier, tests)),
        "entity_f1_clean": entity_tests.count(extractor, marks).f1,
        "sentence_ms_p50": _time(understander, [test.text for test in tests[::5]]),
    }
    for language in ("zh", "en"):
        part = [test for test in tests if test.language == language]
        shares = evaluate.clean(sentences, classifier, part)
        figures[f"intent_clean_{language}"] = msgspec.to_builtins(shares)
        heard = evaluate.heard(sentences, classifier, part)
        figures[f"intent_as_heard_{language}"] = msgspec.to_builtins(heard)
    figures |= _public(sentences, options.data, share)
    print(hardware().line())
    for name, value in figures.items():
        print(f"{name:28} {_shown(value)}")
    save("nlu", figures, options.json)
    return 0


def _public(sentences: Reader, data: Path, share: int) -> dict[str, Any]:
    """BANKING77 and CLINC150 by a linear probe, over our vectors and over n-grams."""
    banking = data / "intents-en-banking77"
    clinc = data / "intents-en-clinc150"
    train_rows, test_rows = (
        _rows(banking / "train.jsonl.gz")[::share],
        _rows(banking / "test.jsonl.gz"),
    )
    seen = _rows(clinc / "train.jsonl.gz")[::share]
    inside, outside = _rows(clinc / "test.jsonl.gz"), _rows(clinc / "oos_test.jsonl.gz")
    figures: dict[str, Any] = {}
    for suffix, vectors in (("", sentences.vectors), ("_ngrams", _ngrams)):
        probe = Probe(train_rows, vectors)
        right, _ = probe.judge(test_rows)
        figures[f"banking77{suffix}"] = msgspec.to_builtins(wilson(int(right.sum()), len(right)))
        probe = Probe(seen, vectors)
        right, scores = probe.judge(inside)
        figures[f"clinc150{suffix}"] = msgspec.to_builtins(wilson(int(right.sum()), len(right)))
        figures[f"clinc150_oos_auroc{suffix}"] = auroc(scores, probe.judge(outside)[1])
    return figures


class Probe:
    """Ridge regression onto one-hot classes: a linear classifier in closed form."""

    def __init__(self, rows: list[Row], vectors: Any) -> None:
        self._vectors = vectors
        self._classes = sorted({intent for intent, _ in rows})
        x = self._with_bias(rows)
        y = np.zeros((len(rows), len(self._classes)), np.float32)
        y[np.arange(len(rows)), [self._classes.index(intent) for intent, _ in rows]] = 1.0
        inner = x.T @ x + np.float32(1.0) * np.eye(x.shape[1], dtype=np.float32)
        self._weights = np.linalg.solve(inner, x.T @ y)

    def judge(self, rows: list[Row]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Whether each is right, and the best class's score."""
        scores = self._with_bias(rows) @ self._weights
        best = [self._classes[i] for i in scores.argmax(axis=1)]
        right = np.array([a == intent for a, (intent, _) in zip(best, rows, strict=True)])
        return right, scores.max(axis=1).astype(np.float64)

    def _with_bias(self, rows: list[Row]) -> Floats:
        x: Floats = self._vectors([text for _, text in rows])
        return np.concatenate([x, np.full((len(x), 1), 0.1, np.float32)], axis=1)


def _ngrams(texts: list[str]) -> Floats:
    """(N, 2048) hashed character 3- to 5-grams, rows of length 1."""
    table = np.zeros((len(texts), _NGRAM_WIDTH), np.float32)
    for row, text in zip(table, texts, strict=True):
        padded = f" {text.lower()} "
        for size in (3, 4, 5):
            for at in range(len(padded) - size + 1):
                row[zlib.crc32(padded[at : at + size].encode()) % _NGRAM_WIDTH] += 1.0
        row /= max(1e-6, float(np.sqrt(np.square(row).sum())))
    return table


def _rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [(row["intent"], row["text"]) for row in map(json.loads, file)]


def _time(understander: Understander, texts: list[str]) -> float:
    """Median milliseconds of a whole understanding, sentences never seen before."""
    took: list[float] = []
    for text in texts:
        started = time.perf_counter()
        understander.understand(text, "en" if text.isascii() else "zh", entity_tests.TODAY)
        took.append(1000 * (time.perf_counter() - started))
    return statistics.median(took)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['value']:.3f} ({value['low']:.3f}–{value['high']:.3f}, n = {value['n']})"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
