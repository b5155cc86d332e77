"""The spoken language: scores times priors, over the served languages only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.language.priors import LanguagePriors, choose_language

SHARE = st.floats(0, 1)


@pytest.mark.parametrize(
    ("scores", "language"),
    [
        ({"zh": 0.9, "en": 0.1}, "zh"),
        ({"en": 0.99, "zh": 0.01}, "en"),
        ({"en": 0.6, "zh": 0.4}, "zh"),
        ({"ja": 0.9, "en": 0.06, "zh": 0.001}, "en"),
        ({"ko": 1.0}, "zh"),
        ({}, "zh"),
    ],
)
def test_table(scores: dict[str, float], language: str) -> None:
    assert choose_language(scores, LanguagePriors())[0] == language


def test_an_english_line_can_turn_the_priors_round() -> None:
    assert choose_language({}, LanguagePriors(zh=0.1, en=0.85))[0] == "en"
    assert choose_language({"zh": 0.6, "en": 0.4}, LanguagePriors(zh=0.1, en=0.85))[0] == "en"


@given(zh=SHARE, en=SHARE, other=SHARE, prior_zh=SHARE, prior_en=SHARE, unknown=SHARE)
def test_the_posterior_is_a_probability_of_the_likelier(
    zh: float, en: float, other: float, prior_zh: float, prior_en: float, unknown: float
) -> None:
    priors = LanguagePriors(zh=prior_zh, en=prior_en, auto=unknown)
    language, probability = choose_language({"zh": zh, "en": en, "fr": other}, priors)
    assert language in ("zh", "en")
    assert 0.5 <= probability <= 1.0
