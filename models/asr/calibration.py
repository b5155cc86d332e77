"""Confidences of recognisers calibrated on development data, for ``engines/asr/fusion.py``.

A token counts as right where it stands in the reference's alignment. Platt's curve (1999) needs a
few hundred tokens, isotonic regression (Zadrozny and Elkan 2002) a few thousand.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines._core import align, tokenize
from engines.asr.fusion import CalibrationCurve, CalibrationTable

Floats = NDArray[np.float64]
_EDGE = 1e-6
_STEPS = 100
_MOST_KNOTS = 1024


def right_tokens(heard: str, reference: str) -> list[bool]:
    """Of each token of ``heard``, whether it is what was said there."""
    pairs = align(tokenize(reference), tokenize(heard))
    return [said == token for said, token in pairs if token is not None]


def fit_curve(confidences: Floats, right: NDArray[np.bool_]) -> CalibrationCurve:
    """The curve of the greatest likelihood, slope not below 0, by Newton's steps.

    Args:
        confidences: (N,) 0..1.
        right: (N,) whether each token was.

    Raises:
        ValueError: lengths differ, or there is nothing to fit: all tokens right, or none.
    """
    _check(confidences, right)
    if right.all() or not right.any():
        raise ValueError("right: got one outcome alone, expected both")
    within = np.clip(confidences, _EDGE, 1 - _EDGE)
    inputs = np.stack([np.log(within / (1 - within)), np.ones_like(within)])
    curve = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        share = 1 / (1 + np.exp(-np.clip(curve @ inputs, -30, 30)))
        slope = inputs @ (right - share)
        # Damped by a little, for tokens that one threshold parts.
        bend = (inputs * (share * (1 - share))) @ inputs.T + 1e-3 * np.eye(2)
        step = np.linalg.solve(bend, slope - 1e-3 * (curve - [1.0, 0.0]))
        curve = curve + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    slope, offset = np.clip(curve, [0.0, -100.0], 100.0).tolist()
    return CalibrationCurve(slope=slope, offset=offset)


def fit_table(confidences: Floats, right: NDArray[np.bool_]) -> CalibrationTable:
    """Isotonic regression by pooling adjacent violators; a knot a block, at its mean confidence.

    Raises:
        ValueError: as ``fit_curve``, for lengths.
    """
    _check(confidences, right)
    blocks: list[list[float]] = []  # tokens, sum of confidences, right ones
    order = np.argsort(confidences, kind="stable")
    for confidence, good in zip(confidences[order].tolist(), right[order].tolist(), strict=True):
        blocks.append([1.0, confidence, float(good)])
        while len(blocks) > 1 and not _rises(blocks[-2], blocks[-1]):
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    kept = blocks[:: -(-len(blocks) // _MOST_KNOTS)]
    return CalibrationTable(
        confidences=tuple(total / tokens for tokens, total, _ in kept),
        shares=tuple(good / tokens for tokens, _, good in kept),
    )


def _rises(before: list[float], after: list[float]) -> bool:
    """Whether both confidence and share of right ones do."""
    confidence = before[1] / before[0] < after[1] / after[0]
    return confidence and before[2] / before[0] <= after[2] / after[0]


def _check(confidences: Floats, right: NDArray[np.bool_]) -> None:
    if confidences.ndim != 1 or confidences.shape != right.shape or len(right) == 0:
        raise ValueError(f"right: got {right.shape}, expected {confidences.shape} of one axis")
