"""The fusion kernel over batches: what holds for every row, and what it refuses by name."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines._core import emotion_weights, fuse_emotions, weigh_emotions

Array = NDArray[np.float64]

BASE: Final = (0.6, 0.4)
ROWS: Final = np.array([(0.7, 0.3), BASE, BASE, BASE, (0.55, 0.45), (0.4, 0.6), (0.65, 0.35), BASE])
"""angry, calm, disgust, fearful, happy, neutral, sad, surprised"""

posterior = st.lists(st.floats(0.001, 1.0), min_size=8, max_size=8).map(
    lambda values: np.array(values) / np.sum(values)
)
batch = st.lists(posterior, min_size=1, max_size=6).map(np.array)


def fused(
    voice: Array,
    text: Array,
    *,
    confidence: float | Array = 0.5,
    trust: float | Array = 1.0,
    present: tuple[int, int] = (1, 1),
    **rule: Any,
) -> tuple[Array, Array, Array]:
    calls = len(voice)
    settings: dict[str, Any] = {
        "rows": ROWS,
        "base": BASE,
        "document_base": BASE,
        "sure_above": 0.75,
        "sure_factor": 1.2,
    } | rule
    return fuse_emotions(
        voice,
        text,
        np.ascontiguousarray(np.broadcast_to(confidence, (calls, 2)), np.float64),
        np.ascontiguousarray(np.broadcast_to(trust, (calls, 2)), np.float64),
        np.tile(np.array(present, np.uint8), (calls, 1)),
        **settings,
    )


def by_numpy(voice: Array, text: Array, sure: tuple[bool, bool] = (False, False)) -> Array:
    weights = ROWS * [1.2 if one else 1.0 for one in sure]
    weights = weights / weights.sum(axis=1, keepdims=True)
    scores = voice * weights[:, 0] + text * weights[:, 1]
    return np.asarray(scores / scores.sum(axis=1, keepdims=True))


@given(st.data())
def test_a_batch_is_what_numpy_makes_of_it(data: st.DataObject) -> None:
    voice = data.draw(batch)
    text = data.draw(batch.filter(lambda rows: len(rows) >= len(voice)))[: len(voice)]
    scores, weights, confidence = fused(voice, text)
    np.testing.assert_allclose(scores, by_numpy(voice, text), rtol=1e-12)
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(weights, ROWS[scores.argmax(axis=1)], rtol=1e-12)
    np.testing.assert_allclose(confidence, scores.max(axis=1), rtol=1e-12)
    sure = fused(voice, text, confidence=np.array([0.76, 0.75]))[0]
    np.testing.assert_allclose(sure, by_numpy(voice, text, (True, False)), rtol=1e-12)


@given(batch, st.randoms(use_true_random=False))
def test_the_order_of_the_calls_and_of_the_classes_does_not_matter(rows: Array, rng: Any) -> None:
    text = rows[::-1].copy()
    straight = fused(rows, text)
    order = list(range(len(rows)))
    rng.shuffle(order)
    for whole, turned in zip(straight, fused(rows[order], text[order]), strict=True):
        np.testing.assert_array_equal(turned, whole[order])
    classes = list(range(8))
    rng.shuffle(classes)
    turned = fused(
        np.ascontiguousarray(rows[:, classes]),
        np.ascontiguousarray(text[:, classes]),
        rows=np.ascontiguousarray(ROWS[classes]),
    )[0]
    np.testing.assert_allclose(turned, straight[0][:, classes], rtol=1e-12)


@given(posterior, posterior, st.integers(0, 7), st.floats(0.01, 0.99))
def test_more_evidence_for_a_class_never_lowers_it(
    voice: Array, text: Array, place: int, more: float
) -> None:
    raised = voice * (1.0 - more)
    raised[place] += more
    before = fused(voice[None], text[None])[0]
    assert fused(raised[None], text[None])[0][0, place] >= before[0, place] - 1e-12
    swapped = fused(text[None], voice[None])[0]
    assert fused(text[None], raised[None])[0][0, place] >= swapped[0, place] - 1e-12


@given(batch)
def test_what_is_missing_leaves_the_other_to_the_bit(rows: Array) -> None:
    nothing = np.full_like(rows, np.nan)
    for voice, text, present in ((rows, nothing, (1, 0)), (nothing, rows, (0, 1))):
        scores, weights, confidence = fused(voice, text, present=present, trust=0.5)
        np.testing.assert_array_equal(scores, rows)
        np.testing.assert_array_equal(weights, np.tile(present, (len(rows), 1)))
        np.testing.assert_array_equal(confidence, rows.max(axis=1) * 0.5)
    for values in fused(nothing, nothing, present=(0, 0)):
        assert not values.any()


@given(posterior, st.floats(0.1, 10.0))
def test_the_scale_of_the_weights_does_not_matter(row: Array, scale: float) -> None:
    other = row[::-1].copy()
    plain = fused(row[None], other[None])[0]
    moved = (BASE[0] * scale, BASE[1] * scale)
    np.testing.assert_allclose(fused(row[None], other[None], base=moved)[0], plain, rtol=1e-9)
    np.testing.assert_allclose(
        fused(row[None], other[None], rows=ROWS * scale)[0], plain, rtol=1e-9
    )


def test_no_calls_give_no_rows() -> None:
    scores, weights, confidence = fused(np.zeros((0, 8)), np.zeros((0, 8)))
    assert (scores.shape, weights.shape, confidence.shape) == ((0, 8), (0, 2), (0,))


def test_weights_of_one_emotion() -> None:
    rule: dict[str, Any] = {"document_base": BASE, "sure_above": 0.75, "sure_factor": 1.2}
    assert emotion_weights((0.7, 0.3), (0.5, 0.5), base=BASE, **rule) == pytest.approx((0.7, 0.3))
    moved = emotion_weights((0.7, 0.3), (0.5, 0.5), base=(0.66, 0.36), **rule)
    assert moved[0] / moved[1] == pytest.approx(0.7 / 0.3 * 1.1 / 0.9)
    sure = emotion_weights(BASE, (0.8, 0.5), base=BASE, **rule)
    assert sure == pytest.approx((0.72 / 1.12, 0.4 / 1.12))


@given(batch)
def test_class_weights_act_and_leave_distributions(rows: Array) -> None:
    weights = np.array([1.2, 0.8, 1.0, 1.1, 0.9, 0.7, 1.3, 1.0])
    weighed = weigh_emotions(rows, weights)
    expected = rows * weights
    np.testing.assert_allclose(weighed, expected / expected.sum(axis=1, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(weigh_emotions(rows, np.ones(8)), rows, rtol=1e-12)


EVEN: Final = np.full((2, 8), 0.125)
HALF: Final = np.full((2, 2), 0.5)
THERE: Final = np.ones((2, 2), np.uint8)


def with_one(array: Array, value: float) -> Array:
    changed = array.copy()
    changed[1, 1] = value
    return changed


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"voice": EVEN.astype(np.float32)}, ValueError, "voice: got float32, expected float64"),
        ({"voice": EVEN[0]}, ValueError, "voice: got 1 ax[ei]s, expected 2"),
        (
            {"voice": np.tile(EVEN, (1, 2))[:, ::2]},
            ValueError,
            "voice: got strides, expected a contiguous array",
        ),
        ({"voice": np.full((2, 7), 1 / 7)}, ValueError, "voice: got .*7.*, expected .*8"),
        ({"voice": EVEN.tolist()}, TypeError, "voice: got list"),
        ({"voice": with_one(EVEN, np.nan)}, ValueError, r"voice\[1\]: got -?nan"),
        ({"voice": with_one(EVEN, np.inf)}, ValueError, r"voice\[1\]: got inf"),
        ({"voice": with_one(EVEN, -0.1)}, ValueError, r"voice\[1\]: got -0.1"),
        ({"voice": with_one(EVEN, 0.9)}, ValueError, r"voice\[1\] sum: got 1.77.*, expected 1"),
        ({"text": with_one(EVEN, np.nan)}, ValueError, r"text\[1\]: got -?nan"),
        ({"text": np.full((3, 8), 0.125)}, ValueError, "text: got .*3.*, expected .*2"),
        ({"text": None}, TypeError, "text: got NoneType"),
        ({"confidence": HALF[0]}, ValueError, "confidence: got 1 ax[ei]s, expected 2"),
        ({"confidence": with_one(HALF, 1.5)}, ValueError, "confidence: got 1.5.*, expected 0 to 1"),
        ({"confidence": with_one(HALF, np.nan)}, ValueError, "confidence: got -?nan"),
        ({"trust": with_one(HALF, -0.5)}, ValueError, "trust: got -0.5.*, expected 0 to 1"),
        ({"present": THERE.astype(np.float64)}, ValueError, "present: got float64, expected uint8"),
        ({"rows": ROWS[:7]}, ValueError, "rows: got .*7.*, expected .*8"),
        ({"rows": np.zeros((8, 2))}, ValueError, "rows: got 0.*, expected a finite number above 0"),
        ({"base": (0.0, 0.4)}, ValueError, "base: got 0.*, expected a finite number above 0"),
        ({"base": (np.nan, 0.4)}, ValueError, "base: got nan"),
        ({"base": 0.6}, TypeError, "base: got float, expected a tuple of two numbers"),
        ({"document_base": (0.6,)}, TypeError, "document_base: got tuple, expected a tuple of two"),
        ({"sure_above": 1.5}, ValueError, "sure_above: got 1.5"),
        ({"sure_factor": 0.0}, ValueError, "sure_factor: got 0"),
        ({"rows": np.full((8, 2), 1e308), "base": (1e308, 1e308)}, ValueError, "rows: got weights"),
        (
            {"base": (1e-300, 1e-300), "document_base": (1e300, 1e300)},
            ValueError,
            "rows: got weights whose products are no numbers above 0",
        ),
        ({"sure_factor": "1"}, TypeError, "sure_factor: got '1', expected a number"),
    ],
)
def test_what_is_refused_by_name(
    changed: dict[str, Any], error: type[Exception], message: str
) -> None:
    good: dict[str, Any] = {
        "voice": EVEN,
        "text": EVEN,
        "confidence": HALF,
        "trust": HALF,
        "present": THERE,
        "rows": ROWS,
        "base": BASE,
        "document_base": BASE,
        "sure_above": 0.75,
        "sure_factor": 1.2,
    }
    with pytest.raises(error, match=message):
        fuse_emotions(**(good | changed))
    assert fuse_emotions(**good)[0].shape == (2, 8)


def test_weights_that_are_none_are_refused() -> None:
    rule: dict[str, Any] = {"document_base": BASE, "sure_above": 0.75, "sure_factor": 1.2}
    with pytest.raises(ValueError, match=r"confidence: got 2, expected 0.* to 1"):
        emotion_weights(BASE, (2, 2), base=BASE, **rule)
    with pytest.raises(ValueError, match="rows: got weights whose products are no numbers above 0"):
        emotion_weights((1e308, 1e308), (1, 1), base=(1e308, 1e308), **rule)


@pytest.mark.parametrize(
    ("posteriors", "weights", "message"),
    [
        (EVEN, np.ones(7), "class_weights: got .*7.*, expected .*8"),
        (EVEN, np.full(8, np.nan), r"class_weights\[0\]: got -?nan"),
        (EVEN, -np.ones(8), r"class_weights\[0\]: got -1"),
        (EVEN, np.zeros(8), r"posterior\[0\] weighed sum: got 0"),
        (with_one(EVEN, np.nan), np.ones(8), r"posterior\[1\]: got -?nan"),
        (np.zeros((1, 8)), np.ones(8), r"posterior\[0\] weighed sum: got 0"),
    ],
)
def test_what_leaves_no_distribution(posteriors: Any, weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        weigh_emotions(posteriors, weights)
