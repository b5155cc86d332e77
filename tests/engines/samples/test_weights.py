"""Shares of the person and of the stock voice."""

from __future__ import annotations

import pytest

from engines.samples.weights import voice_weights


@pytest.mark.parametrize(
    ("samples", "quality", "personal"),
    [
        (50, 0.8, 0.2),
        (50, 1.0, 0.25),
        (500, 0.8, 0.2),
        (25, 0.8, 0.1),
        (50, 0.2, 0.1),
        (50, 0.0, 0.1),
        (20, 0.8, 0.08),
        (19, 1.0, 0.0),
        (0, 0.0, 0.0),
    ],
)
def test_shares_of_the_document(samples: int, quality: float, personal: float) -> None:
    found = voice_weights(samples, quality)
    assert found.personal == pytest.approx(personal)
    assert found.base + found.personal == pytest.approx(1.0)


def test_numbers_are_arguments() -> None:
    found = voice_weights(3, 0.6, least=2, best=4, threshold=0.5, personal=0.4)
    assert found.personal == pytest.approx(0.4 * 0.75 * 1.2)
