"""The caller's wait, the one definition for pictures, statistics and metrics."""

from __future__ import annotations

from kefu.records import Ledger


def wait_ms(ledger: Ledger) -> float | None:
    """The caller's wait: last syllable (else the last voiced sample) to the first frame."""
    end = ledger.true_end_ms if ledger.true_end_ms is not None else ledger.speech_end_ms
    if end is None or ledger.first_frame_ms is None:
        return None
    return ledger.first_frame_ms - end
