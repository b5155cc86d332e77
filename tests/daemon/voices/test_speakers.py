"""Whose a sample is, by embeddings that are written down here."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.voices.records import Sample
from daemon.voices.speakers import ESTABLISHED, judged_by_speaker
from daemon.voices.voiceprints import Voiceprint

SAMPLE = Sample(
    file="0001.wav", source="a.wav", sha256="0" * 64, seconds=4.0, band_hz=8000, quality=0.9
)
PERSON, OTHER, AWAY = np.eye(192)[:3]


def printed(whole: np.ndarray, *halves: np.ndarray) -> Voiceprint:
    def row(vector: np.ndarray) -> tuple[float, ...]:
        return tuple(float(one) for one in vector / np.linalg.norm(vector))

    return Voiceprint(sha256="0" * 64, whole=row(whole), halves=tuple(map(row, halves)))


def verdicts(prints: list[Voiceprint], known: list[bool] | None = None) -> list[list[str]]:
    judged, _ = judged_by_speaker([SAMPLE] * len(prints), prints, known or [])
    return [[why.code for why in one.refusals] for one in judged]


def half(to_person: float, away: float) -> np.ndarray:
    """With this cosine to the person, the rest in a direction of its own."""
    rest = np.sqrt(1 - to_person**2)
    return np.asarray(to_person * PERSON + np.sign(away) * rest * AWAY)


@pytest.mark.parametrize(
    ("one", "two", "others", "codes"),
    [
        (half(0.55, 1), half(0.55, -1), 4, []),  # halves are noise beside each other, not to him
        (half(0.55, 1), half(0.55, -1), 2, ["speakers_in_turns"]),  # nobody is known well enough
        (half(0.99, 1), half(0.30, -1), 4, ["speakers_in_turns"]),
        (half(0.80, 1), half(0.38, 1), 4, ["speakers_in_turns"]),
        (half(0.80, 1), half(0.42, 1), 4, []),
    ],
)
def test_two_in_turns_are_told_by_the_person_s_other_samples(
    one: np.ndarray, two: np.ndarray, others: int, codes: list[str]
) -> None:
    prints = [printed(PERSON)] * others + [printed(one + two, one, two)]
    assert verdicts(prints) == [[]] * others + [codes]


def test_halves_like_the_person_of_a_whole_that_is_not_are_somebody_else_s() -> None:
    prints = [printed(PERSON)] * 4 + [printed(OTHER, half(0.55, 1), half(0.55, -1))]
    assert verdicts(prints)[4] == ["another_speaker"]


def test_somebody_alike_does_not_take_a_voice_over() -> None:
    """Two people who are often confused, each of whose recordings differ among themselves."""
    rng = np.random.default_rng(3)

    def recordings(person: np.ndarray, count: int) -> list[Voiceprint]:
        noise = rng.standard_normal((count, 192)) / np.sqrt(192)
        return [printed(person + 0.65 * one) for one in noise]

    alike = 0.6 * PERSON + 0.8 * OTHER
    for before in (5, 20):
        prints = recordings(PERSON, before) + recordings(alike, 50)
        known = [True] * before + [False] * 50
        judged, embedding = judged_by_speaker([SAMPLE] * len(prints), prints, known)
        assert sum(not one.refusals for one in judged[:before]) >= before - 1
        assert sum(bool(one.refusals) for one in judged[before:]) >= 30
        assert np.array(embedding) @ PERSON > np.array(embedding) @ alike


@pytest.mark.parametrize("before", [ESTABLISHED - 1, ESTABLISHED])
def test_who_has_five_samples_stays_the_person(before: int) -> None:
    prints = [printed(PERSON)] * before + [printed(OTHER)] * 20
    mine: list[list[str]] = [[]]
    theirs: list[list[str]] = [["another_speaker"]]
    if before < ESTABLISHED:
        mine, theirs = theirs, mine
    known = [True] * before + [False] * 20
    assert verdicts(prints, known) == mine * before + theirs * 20
