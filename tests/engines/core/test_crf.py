"""The linear-chain CRF against every path of short chains, and against arguments that are none."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines._core import Crf

Floats = NDArray[np.float32]


class Model(NamedTuple):
    transitions: Floats
    start: Floats
    end: Floats

    @property
    def crf(self) -> Crf:
        return Crf(*self)

    def score(self, emissions: Floats, path: tuple[int, ...]) -> float:
        steps = sum(float(self.transitions[a, b]) for a, b in pairwise(path))
        tags = sum(float(row[tag]) for row, tag in zip(emissions, path, strict=True))
        return steps + tags + float(self.start[path[0]]) + float(self.end[path[-1]])


def drawn(seed: int, tags: int, steps: int, batch: int = 1) -> tuple[Model, Floats]:
    rng = np.random.default_rng(seed)
    shapes = ((tags, tags), (tags,), (tags,))
    model = Model(*(rng.normal(size=shape).astype(np.float32) for shape in shapes))
    return model, rng.normal(scale=2, size=(batch, steps, tags)).astype(np.float32)


shapes = given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 5))


@shapes
def test_viterbi_finds_the_best_of_all_paths(seed: int, tags: int, steps: int) -> None:
    model, emissions = drawn(seed, tags, steps)
    path, score = model.crf.viterbi(emissions)
    best = max(product(range(tags), repeat=steps), key=lambda p: model.score(emissions[0], p))
    assert path.dtype == np.int32
    assert path[0].tolist() == list(best)
    assert score[0] == pytest.approx(model.score(emissions[0], best), abs=1e-9)


@shapes
def test_sums_and_marginals_are_those_of_all_paths(seed: int, tags: int, steps: int) -> None:
    model, emissions = drawn(seed, tags, steps)
    paths = list(product(range(tags), repeat=steps))
    scores = np.array([model.score(emissions[0], path) for path in paths])
    total = np.logaddexp.reduce(scores)
    assert model.crf.log_partition(emissions)[0] == pytest.approx(total, abs=1e-5)
    expected = np.zeros((steps, tags))
    for path, score in zip(paths, scores, strict=True):
        expected[range(steps), path] += np.exp(score - total)
        given_path = np.array([path], np.int32)
        likelihood = model.crf.log_likelihood(emissions, given_path)[0]
        assert likelihood <= 0
        assert likelihood == pytest.approx(score - total, abs=1e-5)
    np.testing.assert_allclose(model.crf.marginals(emissions)[0], expected, atol=1e-5)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.lists(st.integers(1, 12), min_size=1, max_size=5),
    st.sampled_from([np.nan, np.inf, -np.inf, 1e38]),
)
def test_padding_changes_nothing(seed: int, tags: int, lengths: list[int], filler: float) -> None:
    model, emissions = drawn(seed, tags, max(lengths), len(lengths))
    counts = np.array(lengths, np.int64)
    for row, length in zip(emissions, lengths, strict=True):
        row[length:] = filler
    crf = model.crf
    path, score = crf.viterbi(emissions, counts)
    sums = crf.log_partition(emissions, counts)
    marginals = crf.marginals(emissions, counts)
    np.testing.assert_allclose(marginals.sum(axis=2).sum(axis=1), counts, rtol=1e-5)
    likelihood = crf.log_likelihood(emissions, path, counts)
    np.testing.assert_allclose(likelihood, np.minimum(0, score - sums), atol=1e-9)
    for i, length in enumerate(lengths):
        alone = emissions[i : i + 1, :length].copy()
        assert crf.viterbi(alone)[0][0].tolist() == path[i, :length].tolist()
        assert (path[i, length:] == -1).all()
        assert crf.viterbi(alone)[1][0] == score[i]
        assert crf.log_partition(alone)[0] == sums[i]
        np.testing.assert_array_equal(crf.marginals(alone)[0], marginals[i, :length])
        assert (marginals[i, length:] == 0).all()


@pytest.mark.parametrize("forbidden", [-np.inf, -1e4])
def test_forbidden_tags_of_bio_never_follow(forbidden: float) -> None:
    """O, B-X, I-X, B-Y, I-Y: an I follows only the B or I of its kind."""
    tags = 5
    transitions = np.zeros((tags, tags), np.float32)
    start = np.zeros(tags, np.float32)
    for inside in (2, 4):
        start[inside] = forbidden
        transitions[[t for t in range(tags) if t not in (inside - 1, inside)], inside] = forbidden
    crf = Crf(transitions, start)
    rng = np.random.default_rng(0)
    emissions = rng.normal(scale=8, size=(40, 30, tags)).astype(np.float32)
    path, _ = crf.viterbi(emissions)
    for row in path:
        for before, tag in zip([0, *row], row, strict=False):
            assert tag not in (2, 4) or before in (tag - 1, tag)
    assert (crf.marginals(emissions)[:, 0, [2, 4]] < 1e-6).all()


def test_equal_scores_go_to_the_lowest_tag() -> None:
    path, score = Crf(np.zeros((23, 23), np.float32)).viterbi(np.zeros((2, 7, 23), np.float32))
    assert not path.any()
    assert not score.any()


def test_a_long_chain_of_many_tags_is_as_in_double() -> None:
    model, emissions = drawn(7, 512, 50)
    sums = (model.start + emissions[0, 0]).astype(np.float64)
    for row in emissions[0, 1:]:
        sums = np.logaddexp.reduce(sums[:, None] + model.transitions, axis=0) + row
    expected = np.logaddexp.reduce(sums + model.end)
    assert model.crf.log_partition(emissions)[0] == pytest.approx(expected, abs=1e-4)
    assert model.crf.tags == 512


ZEROS = np.zeros((3, 3), np.float32)
CHAIN = np.zeros((2, 4, 3), np.float32)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((ZEROS.astype(np.float64),), ValueError, "transitions: got float64, expected float32"),
        ((ZEROS[0],), ValueError, "transitions: got 1 axis, expected 2 axes"),
        ((np.zeros((3, 2), np.float32),), ValueError, "transitions: got 2 on axis 1, expected 3"),
        ((np.zeros((0, 0), np.float32),), ValueError, "transitions: got 0 tags, expected 1 to 512"),
        ((np.zeros((513, 513), np.float32),), ValueError, "transitions: got 513 tags, expected"),
        ((ZEROS * np.nan,), ValueError, "transitions: got nan at 0, expected numbers up to 1e30"),
        ((ZEROS + np.float32(3e38),), ValueError, "transitions: got 3"),
        ((np.zeros((6, 6), np.float32)[::2, ::2],), ValueError, "transitions: got strides"),
        ((ZEROS, ZEROS), ValueError, "start: got 2 axes, expected 1 axis"),
        ((ZEROS, ZEROS[0, :2].copy()), ValueError, "start: got 2 on axis 0, expected 3"),
        ((ZEROS, None, ZEROS[0] + np.inf), ValueError, "end: got inf at 0"),
        (([[0.0]],), TypeError, "transitions: got list, expected an array"),
        ((None,), TypeError, "transitions: got NoneType, expected an array"),
    ],
)
def test_what_is_no_chain_is_refused(
    arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as refusal:
        Crf(*arguments)
    assert str(refusal.value).startswith(message)


def lengths(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)


@pytest.mark.parametrize("method", ["viterbi", "log_partition", "marginals", "log_likelihood"])
@pytest.mark.parametrize(
    ("emissions", "counts", "error", "message"),
    [
        (CHAIN.astype(np.float64), None, ValueError, "emissions: got float64, expected float32"),
        (CHAIN[0], None, ValueError, "emissions: got 2 axes, expected 3 axes"),
        (CHAIN[:, :, :2].copy(), None, ValueError, "emissions: got 2 on axis 2, expected 3"),
        (CHAIN[:, ::2], None, ValueError, "emissions: got strides, expected a contiguous array"),
        (CHAIN[:0], None, ValueError, "emissions: got 0 sequences of 4 steps, expected at least"),
        (CHAIN[:, :0], None, ValueError, "emissions: got 2 sequences of 0 steps, expected"),
        (CHAIN * np.nan, None, ValueError, "emissions: got nan at 0, expected numbers up to 1e30"),
        (CHAIN + np.inf, None, ValueError, "emissions: got inf at 0"),
        (CHAIN - np.inf, None, ValueError, "emissions: got -inf for every path of sequence 0"),
        (CHAIN, lengths(4, 0), ValueError, "lengths: got 0 at 1, expected 1 to 4"),
        (CHAIN, lengths(5, 1), ValueError, "lengths: got 5 at 0, expected 1 to 4"),
        (CHAIN, lengths(-(2**62), 1), ValueError, "lengths: got -4611686018427387904 at 0"),
        (CHAIN, lengths(4), ValueError, "lengths: got 1 on axis 0, expected 2"),
        (CHAIN, lengths(4, 4).astype(np.int32), ValueError, "lengths: got int32, expected int64"),
        (CHAIN, [4, 4], TypeError, "lengths: got list, expected an array"),
        (None, None, TypeError, "emissions: got NoneType, expected an array"),
    ],
)
def test_what_is_no_batch_is_refused(
    method: str, emissions: Any, counts: Any, error: type[Exception], message: str
) -> None:
    crf = Crf(ZEROS)
    path = (np.zeros(np.shape(emissions)[:2], np.int32),) if method == "log_likelihood" else ()
    with pytest.raises(error) as refusal:
        getattr(crf, method)(emissions, *path, counts)
    assert str(refusal.value).startswith(message)
    assert crf.viterbi(CHAIN)[1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (np.zeros((2, 4), np.int64), "path: got int64, expected int32"),
        (np.zeros((2, 3), np.int32), "path: got 3 on axis 1, expected 4"),
        (np.zeros((1, 4), np.int32), "path: got 1 on axis 0, expected 2"),
        (np.full((2, 4), 3, np.int32), "path: got tag 3 at step 0 of sequence 0, expected 0 to 2"),
        (np.full((2, 4), -1, np.int32), "path: got tag -1 at step 0"),
    ],
)
def test_what_is_no_path_is_refused(path: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        Crf(ZEROS).log_likelihood(CHAIN, path)
