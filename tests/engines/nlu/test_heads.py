"""The intent classifier's arithmetic, with weights made here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engines.errors import WeightsUnusable
from engines.nlu.head import Head
from engines.nlu.intent import IntentClassifier
from engines.nlu.labels import ENTITY_TYPES, GROUP_OF, INTENTS


def write(path: Path, *, threshold: float, bias: dict[str, float], **more: object) -> Path:
    parts: dict[str, object] = {
        "w1": np.zeros((512, 4), np.float16),
        "b1": np.zeros(4, np.float16),
        "w2": np.zeros((4, len(INTENTS)), np.float16),
        "b2": np.array([bias.get(name, 0.0) for name in INTENTS], np.float16),
        "labels": np.array(INTENTS),
        "temperature": np.float32(1.0),
        "threshold": np.float32(threshold),
    }
    np.savez(path, **{**parts, **more})  # type: ignore[arg-type]
    return path


def test_the_best_intent_comes_first_and_all_sum_to_one(tmp_path: Path) -> None:
    path = write(tmp_path / "i.npz", threshold=0.3, bias={"repeat": 5.0, "deny": 3.0})
    scores = IntentClassifier(path).classify(np.zeros(512, np.float32))
    assert [score.intent for score in scores[:2]] == ["repeat", "deny"]
    assert len(scores) == len(INTENTS)
    assert sum(score.probability for score in scores) == pytest.approx(1.0, abs=1e-5)


def test_what_is_like_nothing_is_out_of_scope(tmp_path: Path) -> None:
    path = write(tmp_path / "i.npz", threshold=0.3, bias={"repeat": 0.5})
    scores = IntentClassifier(path).classify(np.zeros(512, np.float32))
    assert scores[0].intent == "out_of_scope"
    assert scores[0].probability > 0.8
    assert scores[1].intent == "repeat"
    assert sum(score.probability for score in scores) == pytest.approx(1.0, abs=1e-5)


def test_other_labels_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "i.npz", threshold=0.3, bias={})
    with pytest.raises(WeightsUnusable, match="other labels"):
        Head(path, ("yes", "no"))


def test_arrays_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "i.npz", threshold=0.3, bias={}, b1=np.zeros(7, np.float16))
    with pytest.raises(WeightsUnusable, match="do not fit"):
        Head(path, INTENTS)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"\x80\x04\x95pickle"])
def test_a_broken_file_is_a_typed_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "i.npz"
    path.write_bytes(content)
    with pytest.raises(WeightsUnusable):
        IntentClassifier(path)


def test_a_pickled_array_is_not_opened(tmp_path: Path) -> None:
    path = write(
        tmp_path / "i.npz", threshold=0.3, bias={}, labels=np.array([object()], dtype=object)
    )
    with pytest.raises(WeightsUnusable):
        IntentClassifier(path)


def test_the_lists_have_the_sizes_that_the_networks_are_made_for() -> None:
    assert len(INTENTS) == 15
    assert len(ENTITY_TYPES) == 11
    assert set(GROUP_OF.values()) == {"query", "complaint", "suggestion", "booking", "other"}
