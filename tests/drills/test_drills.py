"""The worker is killed or stopped while three callers talk: they hear us, and go on."""

from __future__ import annotations

import pytest

from tests.drills.drill import drill
from tests.drills.faults import Stage


@pytest.mark.parametrize(
    ("signal_name", "stage"),
    [("SIGKILL", "hearing"), ("SIGKILL", "speaking"), ("SIGSTOP", "thinking")],
)
def test_the_calls_go_on_from_where_they_were(signal_name: str, stage: Stage) -> None:
    outcome = drill(stage, signal_name)
    assert outcome.completed == outcome.calls == 3
    assert max(outcome.silences_ms) <= 800.0  # 600 on an idle machine: benchmarks/drills.py
    assert outcome.asked_again == ()
    assert outcome.events_lost == 0
    assert outcome.store_valid
