"""Long recordings become samples."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engines.samples.cutting import MOST_S, cut
from tests.engines.samples.speech import Pcm, spoken, whole

RATE = 16_000


def pause(seconds: float) -> Pcm:
    sound = 0.0005 * np.random.default_rng(9).standard_normal(int(seconds * RATE))
    return whole(sound)


def test_cut_at_pauses_without_the_silence_between() -> None:
    parts = [spoken(seed, 4.0) for seed in range(6)]
    pcm = np.concatenate([part for one in parts for part in (pause(1.5), one)])
    pieces = cut(pcm, RATE)
    lengths = [(past - first) / RATE for first, past in pieces]
    assert max(lengths) <= MOST_S + 0.6
    assert min(lengths) >= 3.0
    assert all(before[1] <= after[0] for before, after in pairwise(pieces))
    assert np.abs(pcm[: pieces[0][0]]).max() < 200
    silence = len(pcm) - sum(past - first for first, past in pieces)
    assert silence > RATE
    voiced = np.abs(pcm.astype(np.int32)) > 1000
    for first, past in pieces:
        voiced[first:past] = False
    assert not voiced.any(), "no syllable is lost"


def test_who_never_pauses_is_cut_where_it_is_quietest() -> None:
    syllables = spoken(1, 40.0)
    loud = np.abs(syllables.astype(np.int32)) > 60
    pcm = syllables[loud]  # nothing but voice
    pieces = cut(np.tile(pcm, 4), RATE)
    assert len(pieces) > 3
    assert all(past - first <= (MOST_S + 0.6) * RATE for first, past in pieces)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 40.0])
def test_silence_has_no_pieces(seconds: float) -> None:
    assert cut(np.zeros(int(seconds * RATE), np.int16), RATE) == []


def test_an_hour_is_cut() -> None:
    hour = np.tile(np.concatenate([spoken(2, 8.0), pause(1.0)]), 360)[: 8000 * 1800]
    pieces = cut(hour, 8000)
    assert 100 < len(pieces) < 600
