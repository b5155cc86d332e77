"""Sampling against numpy's sort and exp, its draws by their counts, and bad arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines._core import length_penalty, sample, sampling_probabilities, softmax
from engines.dialog.sampling import Sampling

Floats = NDArray[np.float32]
RULE: dict[str, Any] = {"temperature": 0.8, "top_k": 50, "top_p": 0.9, "repetition_penalty": 1.2}
ALL: dict[str, Any] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "repetition_penalty": 1.0}


def reference(row: Floats, history: list[int], rule: dict[str, Any]) -> NDArray[np.float64]:
    """(V,) probabilities by the rule's own words."""
    scores = row.copy()
    penalty = np.float32(rule["repetition_penalty"])
    for token in {token for token in history if token >= 0}:
        scores[token] = row[token] * penalty if row[token] < 0 else row[token] / penalty
    scores /= np.float32(rule["temperature"])
    if 0 < rule["top_k"] < len(scores):
        scores[scores < np.sort(scores)[-rule["top_k"]]] = -np.inf
    shares: NDArray[np.float64] = np.exp(scores.astype(np.float64) - scores.max())
    shares /= shares.sum()
    if rule["top_p"] < 1:
        order = np.argsort(-scores, kind="stable")
        before = np.cumsum(shares[order]) - shares[order]
        shares[order[before >= rule["top_p"]]] = 0
        shares /= shares.sum()
    return shares


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 300),
    st.sampled_from([0.1, 0.8, 1.0, 3.0]),
    st.sampled_from([0, 1, 2, 50]),
    st.sampled_from([0.05, 0.5, 0.9, 1.0]),
    st.sampled_from([1.0, 1.2, 0.7]),
)
def test_what_is_kept_is_what_numpy_keeps(
    seed: int, size: int, temperature: float, top_k: int, top_p: float, penalty: float
) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=3, size=(2, size)).astype(np.float32)
    history = rng.integers(-1, size, (2, 5)).astype(np.int32)
    rule: dict[str, Any] = {
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "repetition_penalty": penalty,
    }
    kept = sampling_probabilities(logits, history=history, **rule)
    np.testing.assert_allclose(kept.sum(axis=1), 1, rtol=1e-5)
    for row in range(2):
        expected = reference(logits[row], history[row].tolist(), rule)
        np.testing.assert_allclose(kept[row], expected, atol=2e-6)
        seen = expected > 1e-11
        assert (kept[row][seen] > 0).all()
        assert (kept[row][expected == 0] == 0).all()


def test_draws_come_as_often_as_they_should() -> None:
    """Chi-square of 40,000 draws over 12 tokens: 31.3 is passed once in a thousand."""
    row = np.linspace(-1.5, 1.5, 12, dtype=np.float32)
    calls = np.arange(40_000, dtype=np.int64)
    rows = np.repeat(row[None], len(calls), axis=0)
    tokens, logs = sample(rows, seed=11, step=4, calls=calls, **ALL)
    expected = reference(row, [], ALL)
    counts = np.bincount(tokens, minlength=12)
    chi_square = ((counts - len(calls) * expected) ** 2 / (len(calls) * expected)).sum()
    assert chi_square < 31.3
    np.testing.assert_allclose(np.exp(logs), expected[tokens], atol=1e-6)


def test_steps_are_independent_draws() -> None:
    row = np.zeros((1, 2), np.float32)
    drawn = [int(sample(row, seed=5, step=step, **ALL)[0][0]) for step in range(4000)]
    assert abs(np.mean(drawn) - 0.5) < 0.03
    same = np.mean(np.diff(drawn) == 0)
    assert abs(same - 0.5) < 0.03


@given(st.integers(0, 2**62), st.integers(0, 2**62), st.permutations(range(6)))
def test_a_draw_is_its_calls_own(seed: int, step: int, order: list[int]) -> None:
    logits = np.random.default_rng(1).normal(size=(6, 400)).astype(np.float32)
    calls = np.arange(100, 106, dtype=np.int64)
    together, _ = sample(logits, seed=seed, step=step, calls=calls, **RULE)
    assert sample(logits, seed=seed, step=step, calls=calls, **RULE)[0].tolist() == (
        together.tolist()
    )
    mixed, _ = sample(logits[order].copy(), seed=seed, step=step, calls=calls[order], **RULE)
    assert mixed.tolist() == together[order].tolist()
    alone, _ = sample(logits[2:3].copy(), seed=seed, step=step, calls=calls[2:3].copy(), **RULE)
    assert alone[0] == together[2]


def test_a_large_vocabulary_and_a_cold_one() -> None:
    logits = np.random.default_rng(2).normal(scale=4, size=(2, 200_000)).astype(np.float32)
    kept = sampling_probabilities(logits, **RULE)
    for row in range(2):
        np.testing.assert_allclose(kept[row], reference(logits[row], [], RULE), atol=1e-6)
    tokens, logs = sample(logits, seed=1, step=1, **{**RULE, "temperature": 0.0})
    assert tokens.tolist() == logits.argmax(axis=1).tolist()
    assert logs.tolist() == [0.0, 0.0]


def test_top_p_alone_over_a_flat_vocabulary() -> None:
    flat = np.zeros((1, 1000), np.float32)
    kept = sampling_probabilities(flat, **{**ALL, "top_p": 0.25})[0]
    assert (kept[:250] > 0).all()
    assert not kept[250:].any()
    np.testing.assert_array_equal((sampling_probabilities(flat, **{**ALL, "top_k": 3}) > 0), True)


def test_masked_tokens_are_never_drawn() -> None:
    logits = np.full((300, 40), -np.inf, np.float32)
    logits[:, [3, 17]] = 0
    tokens, _ = sample(logits, seed=1, step=0, **RULE)
    assert set(tokens.tolist()) == {3, 17}


def test_softmax() -> None:
    logits = np.random.default_rng(3).normal(scale=20, size=(3, 1001)).astype(np.float32)
    exact = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    exact /= exact.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(softmax(logits), exact, rtol=5e-6, atol=1e-36)


def test_the_defaults_are_the_specifications() -> None:
    sampling = Sampling()
    logits = np.random.default_rng(4).normal(size=(3, 90)).astype(np.float32)
    history = np.array([[1, 2], [3, -1], [-1, -1]], np.int32)
    ours = sampling.draw(logits, seed=9, step=2, history=history)[0]
    assert ours.tolist() == sample(logits, seed=9, step=2, history=history, **RULE)[0].tolist()
    assert sampling.worth(-6.0, 7) == pytest.approx(-3.0)
    assert length_penalty(7, 0.0) == 1.0


ZEROS = np.zeros((2, 5), np.float32)


@pytest.mark.parametrize(
    ("logits", "changed", "error", "message"),
    [
        (ZEROS.astype(np.float64), {}, ValueError, "logits: got float64, expected float32"),
        (ZEROS[0], {}, ValueError, "logits: got 1 axis, expected 2 axes"),
        (ZEROS[:, ::2], {}, ValueError, "logits: got strides, expected a contiguous array"),
        (ZEROS[:0], {}, ValueError, "logits: got 0 rows of 5 tokens, expected at least one"),
        (ZEROS[:, :0].copy(), {}, ValueError, "logits: got 2 rows of 0 tokens"),
        (ZEROS * np.nan, {}, ValueError, "logits: got nan at 0, expected numbers up to 1e30"),
        (ZEROS + np.inf, {}, ValueError, "logits: got inf at 0"),
        (ZEROS + np.float32(1e31), {}, ValueError, "logits: got 9"),
        (ZEROS - np.inf, {}, ValueError, "logits: got a row of -inf, expected a token"),
        (np.zeros((1, 2**22 + 1), np.float32), {}, ValueError, "logits: got 4194305 tokens"),
        ([[0.0]], {}, TypeError, "logits: got list, expected an array"),
        (ZEROS, {"temperature": -0.1}, ValueError, "temperature: got -0.1, expected 0.0"),
        (ZEROS, {"temperature": 1e-9}, ValueError, "temperature: got 1e-09, expected 0.0001"),
        (ZEROS, {"temperature": float("nan")}, ValueError, "temperature: got nan"),
        (ZEROS, {"temperature": "warm"}, TypeError, "temperature: got 'warm', expected a number"),
        (ZEROS, {"top_k": -1}, ValueError, "top_k: got -1, expected 0 to"),
        (ZEROS, {"top_k": 1.5}, TypeError, "top_k: got 1.5, expected an integer"),
        (ZEROS, {"top_p": 0.0}, ValueError, "top_p: got 0.0, expected 0.0"),
        (ZEROS, {"top_p": 1.1}, ValueError, "top_p: got 1.1, expected"),
        (ZEROS, {"repetition_penalty": 0.0}, ValueError, "repetition_penalty: got 0.0, expected"),
        (ZEROS, {"seed": -1}, ValueError, "seed: got -1, expected 0 to"),
        (ZEROS, {"seed": 2**64}, ValueError, "seed: got an integer beyond 64 bits"),
        (ZEROS, {"step": None}, TypeError, "step: got None, expected an integer"),
        (ZEROS, {"calls": np.zeros(3, np.int64)}, ValueError, "calls: got 3 on axis 0, expected 2"),
        (ZEROS, {"calls": np.zeros(2, np.int32)}, ValueError, "calls: got int32, expected int64"),
        (ZEROS, {"history": np.full((2, 1), 5, np.int32)}, ValueError, "history: got token 5"),
        (ZEROS, {"history": np.zeros((1, 1), np.int32)}, ValueError, "history: got 1 on axis 0"),
        (ZEROS, {"history": np.zeros(2, np.int32)}, ValueError, "history: got 1 axis, expected 2"),
        (ZEROS, {"history": [[1]]}, TypeError, "history: got list, expected an array"),
    ],
)
def test_what_cannot_be_drawn_from_is_refused(
    logits: Any, changed: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as refusal:
        sample(logits, **{"seed": 1, "step": 0, **RULE, **changed})
    assert str(refusal.value).startswith(message)
    assert sample(ZEROS, seed=1, step=0, **RULE)[0].shape == (2,)


@pytest.mark.parametrize(
    ("length", "alpha", "error"),
    [(-1, 1.0, ValueError), (1, 99.0, ValueError), (1.5, 1, TypeError)],
)
def test_a_length_is_a_number_of_tokens(length: Any, alpha: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        length_penalty(length, alpha)
