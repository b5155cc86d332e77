"""Who is the person of an enrolment, and who is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.samples.same_speaker import halves_to_the_others, mean_print, to_the_others


def people(*counts: int, spread: float = 0.6) -> NDArray[np.float32]:
    """Embeddings of so many recordings of each person, one person after the other."""
    rng = np.random.default_rng(7)
    rows = []
    for count in counts:
        person = rng.standard_normal(192)
        rows += [person + spread * rng.standard_normal(192) for _ in range(count)]
    prints = np.array(rows).reshape(len(rows), 192)
    return np.asarray(prints / np.linalg.norm(prints, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("counts", [(1,), (2,), (5,), (5, 1), (5, 2, 2), (2, 7), (50, 10)])
def test_the_majority_is_the_person(counts: tuple[int, ...]) -> None:
    cosines, same = to_the_others(people(*counts))
    most = int(np.argmax(counts))
    first = sum(counts[:most])
    expected = np.zeros(sum(counts), bool)
    expected[first : first + counts[most]] = True
    assert np.array_equal(same, expected)
    if len(counts) > 1:
        assert cosines[~same].max() < 0.3 < cosines[same].min()


@pytest.mark.parametrize("counts", [(1, 1), (5, 5), (20, 20)])
def test_of_as_many_the_first_is_the_person(counts: tuple[int, int]) -> None:
    _, same = to_the_others(people(*counts))
    assert same[: counts[0]].all()
    assert not same[counts[0] :].any()


def test_a_half_of_somebody_else_is_found() -> None:
    prints = people(4, 2)
    person, other = prints[:4], prints[4:]
    halves = [prints[:0], person[:2], np.stack([person[3], other[0]]), prints[:0]]
    found = halves_to_the_others(person, halves, np.ones(4, bool))
    assert found[0] == found[3] == 1.0
    assert found[1] > 0.6
    assert found[2] < 0.3


def test_nobody_and_the_mean() -> None:
    cosines, same = to_the_others(np.zeros((0, 192), np.float32))
    assert cosines.size == same.size == 0
    assert np.linalg.norm(mean_print(people(4))) == pytest.approx(1.0)
