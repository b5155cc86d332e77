"""Confidence rises with the log-probability and stays a share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engines.asr.confidence import ConfidenceCurve, confidence

CURVE = ConfidenceCurve()


@given(st.floats(-1e6, 0), st.floats(-1e6, 0))
def test_monotonic_and_bounded(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= confidence(low, CURVE) <= confidence(high, CURVE) <= 1.0


def test_half_is_half() -> None:
    assert confidence(CURVE.half, CURVE) == 0.5
