"""Ten thousand bent messages beside a live call; ``python -m benchmarks.fuzz`` sends 100,000."""

from __future__ import annotations

from benchmarks.fuzz import fuzz


def test_a_live_call_does_not_notice_ten_thousand_bent_messages() -> None:
    noticed = fuzz(10_000)
    assert noticed["alive"]
    assert noticed["closed"] == ""
    assert noticed["missing"] == 0
