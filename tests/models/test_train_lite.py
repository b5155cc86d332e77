"""`make train-lite` makes the committed weights again."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from daemon.release.release import Release
from engines.emotion.feeling import LABELS
from engines.nlu.head import Head
from engines.nlu.labels import INTENTS
from models import train_lite
from models.emotion import data as emotions
from models.emotion import train as emotion_train
from models.nlu import data as intents
from models.nlu import train as intent_train
from models.nlu.reader import Reader
from models.options import reader

DATA = Path(os.environ.get("KEFU_DATA", Path(__file__).parents[3] / "shared/data"))


@pytest.mark.skipif(
    "KEFU_RETRAIN" not in os.environ, reason="takes minutes; KEFU_RETRAIN=1 runs it"
)
def test_training_again_gives_the_same_answers(weights: Release, tmp_path: Path) -> None:
    files = weights.path("nlu_use").parent
    arguments = ["--data", str(DATA), "--weights", str(files), "--out", str(tmp_path)]
    assert train_lite.main(arguments) == 0
    sentences: Reader = reader(files)
    for committed, labels, texts in (
        (intent_train.OUTPUT, INTENTS, [test.text for test in intents.written("test")]),
        (emotion_train.OUTPUT, LABELS, [test.text for test in emotions.written_tests()]),
    ):
        old, new = Head(committed, labels), Head(tmp_path / committed.name, labels)
        answers = [(old.posterior(v), new.posterior(v)) for v in sentences.vectors(texts)]
        same = np.mean([a.argmax() == b.argmax() for a, b in answers])
        # Another BLAS adds up in another order: the last bits differ, the answers do not.
        assert same >= 0.98


def test_missing_weights_are_named_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_lite.main(["--weights", str(tmp_path)]) == 1
    assert "kefuctl pull" in capsys.readouterr().err
