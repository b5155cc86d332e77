"""Alignment of words beside kaldialign and rapidfuzz, and the whole vote."""

from __future__ import annotations

import random
from typing import Any, Final

from benchmarks.core_rows.duel import Budget, Duel
from engines._core import align, edit_distance, fuse_readings

LENGTHS: Final = (10, 50, 200)
GAP: Final = "*"
TOKENS: Final = 40
BEST: Final = 5


def duels() -> list[Duel | Budget]:
    """Pairs at three lengths, the distance alone for information, and the vote."""
    import kaldialign  # type: ignore[import-untyped]
    from rapidfuzz import __version__ as rapidfuzz_version
    from rapidfuzz.distance import Levenshtein

    rows: list[Duel | Budget] = [_vote()]
    for length in LENGTHS:
        reference = _said(length)
        hypothesis = _misheard(reference, seed=length)
        rows.append(_against_kaldialign(reference, hypothesis, kaldialign))
        rows += _against_rapidfuzz(reference, hypothesis, Levenshtein, rapidfuzz_version)
    return rows


def _against_kaldialign(reference: list[str], hypothesis: list[str], kaldialign: Any) -> Duel:
    def check() -> None:
        assert align(reference, hypothesis, GAP) == kaldialign.align(reference, hypothesis, GAP)

    return Duel(
        key="alignment",
        what=f"pairs of {len(reference)} words",
        peer=f"kaldialign {kaldialign.__version__}",
        ours=lambda: align(reference, hypothesis, GAP),
        theirs=lambda: kaldialign.align(reference, hypothesis, GAP),
        required=1.0,
        check=check,
    )


def _against_rapidfuzz(
    reference: list[str], hypothesis: list[str], levenshtein: Any, version: str
) -> list[Duel]:
    distance = levenshtein.distance(reference, hypothesis)

    def check() -> None:
        assert edit_distance(reference, hypothesis) == distance

    def check_pairs() -> None:
        pairs = align(reference, hypothesis)
        assert sum(a != b for a, b in pairs) == distance

    return [
        Duel(
            key="edit_distance",
            what=f"distance of {len(reference)} words",
            peer=f"rapidfuzz {version}",
            ours=lambda: edit_distance(reference, hypothesis),
            theirs=lambda: levenshtein.distance(reference, hypothesis),
            check=check,
        ),
        Duel(
            key="alignment_rapidfuzz",
            what=f"pairs of {len(reference)} words; rapidfuzz lists the edits alone",
            peer=f"rapidfuzz {version}",
            ours=lambda: align(reference, hypothesis),
            theirs=lambda: levenshtein.editops(reference, hypothesis).as_list(),
            check=check_pairs,
        ),
    ]


def _vote() -> Budget:
    """Two engines' five best, from text to fused text."""
    said = "".join(_characters(TOKENS))
    engines = [
        (
            weight,
            None,
            [
                ("".join(_misheard(list(said), seed=10 * engine + best)), 0.5**best, 0.8)
                for best in range(BEST)
            ],
        )
        for engine, weight in enumerate((0.4, 0.6))
    ]
    return Budget(
        key="asr_fusion",
        what=f"align and vote 2 × {BEST}-best of {TOKENS} tokens",
        run=lambda: fuse_readings(engines),
        unit="ms",
        limit=1.0,
    )


def _said(length: int) -> list[str]:
    chosen = random.Random(length)
    return [f"word{chosen.randrange(length)}" for _ in range(length)]


def _characters(length: int) -> list[str]:
    chosen = random.Random(length)
    return [chr(0x4E00 + chosen.randrange(3000)) for _ in range(length)]


def _misheard(said: list[str], seed: int) -> list[str]:
    """A twentieth each left out, replaced and doubled."""
    chosen = random.Random(seed)
    heard = []
    for word in said:
        fate = chosen.randrange(20)
        if fate == 0:
            continue
        heard += [said[chosen.randrange(len(said))] if fate == 1 else word]
        heard += [word] if fate == 2 else []
    return heard
