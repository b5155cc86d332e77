"""LAC's runner: words without gaps, the Viterbi against all paths, hostile files."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import WeightsUnusable
from engines.nlu.lac import MAX_CHARACTERS, Lac, viterbi


def test_names_places_and_organisations(lac: Lac) -> None:
    text = "张三在北京市的腾讯公司工作"
    tags = {text[word.start : word.end]: word.tag for word in lac.words(text)}
    assert tags["张三"] == "PER"
    assert tags["北京市"] == "LOC"
    assert tags["腾讯公司"] == "ORG"


@pytest.mark.parametrize("text", ["我", "你好，world 123", "？" * 20, "好" * 1000])
def test_words_cover_the_text_without_gaps(lac: Lac, text: str) -> None:
    at = 0
    for word in lac.words(text):
        assert word.start == at
        at = word.end
    assert at == min(len(text), MAX_CHARACTERS)


def test_nothing_has_no_words(lac: Lac) -> None:
    assert lac.words("") == []


@given(st.integers(1, 5), st.integers(2, 4), st.integers(0, 2**32 - 1))
def test_viterbi_finds_the_best_of_all_paths(length: int, tags: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(length, tags)).astype(np.float32)
    transitions = rng.normal(size=(tags, tags)).astype(np.float32)

    def worth(path: tuple[int, ...]) -> float:
        steps = sum(transitions[a, b] for a, b in pairwise(path))
        return float(sum(scores[t, tag] for t, tag in enumerate(path)) + steps)

    best = max(worth(path) for path in product(range(tags), repeat=length))
    assert worth(tuple(viterbi(scores, transitions))) == pytest.approx(best, abs=1e-4)


def test_broken_files_are_a_typed_error(tmp_path: Path) -> None:
    broken = tmp_path / "file"
    broken.write_bytes(b"0\tx\n")
    with pytest.raises(WeightsUnusable):
        Lac(broken, broken, broken, broken, broken)
