"""Figures of a period: counted once, as differences, with memory, over a restart too."""

from __future__ import annotations

import os
import sqlite3
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.records.memory import Memory, measured
from daemon.records.metrics import MetricsSample, Tallied, Tally, collect
from daemon.records.metrics_clock import MetricsClock
from daemon.records.quantile import quantile
from daemon.records.reader import metrics
from daemon.records.writer import RecordWriter
from daemon.settings import RecordsSettings
from kefu.records import CallSummary, Ledger, Turn

CALL = "0123456789abcdef" * 2
NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def turn(number: int, wait_ms: float | None = None, call: str = CALL) -> Turn:
    first = None if wait_ms is None else 1000.0 + wait_ms
    ledger = Ledger(speech_end_ms=1000.0, first_frame_ms=first)
    return Turn(call=call, number=number, ledger=ledger)


def test_a_turn_that_is_written_twice_counts_once_and_so_does_its_wait() -> None:
    tally = Tally()
    tally.note(CallSummary(call=CALL))
    for record in (turn(0), turn(0, 500), turn(1), turn(1, 700), turn(1, 700)):
        tally.note(record)
    assert tally.take() == Tallied(calls=1, turns=2, waits_ms=[500, 700])
    tally.note(turn(1, 700))
    tally.note(turn(2))
    tally.note(CallSummary(call=CALL, cause="completed"))
    assert tally.take() == Tallied(calls=0, turns=1, waits_ms=[])
    tally.note(turn(2, 900))  # its reply was heard in the next period
    assert tally.take() == Tallied(calls=0, turns=0, waits_ms=[900])


def test_a_hundred_thousand_calls_take_no_more_memory_than_a_few_thousand() -> None:
    tally = Tally()
    for number in range(20_000):
        tally.note(CallSummary(call=f"{number:032x}"))
    assert tally.take().calls == 20_000
    assert len(tally._next) < 5_000


def test_a_sample_is_made_of_differences() -> None:
    before = Counter(refused_busy=3, refused_bad_rate=1, events_not_stored=2, faults=7)
    now = Counter(before)
    now.update(refused_busy=2, refused_bad_rate=1, refused_no_worker=4, events_not_stored=1)
    now.update(say_misplaced=5)
    sample = collect(
        started_at="a",
        ended_at="b",
        tallied=Tallied(calls=2, turns=5, waits_ms=[300.04, 900.0, 100.0]),
        before=before,
        now=now,
        records_not_stored=6,
    )
    assert sample == MetricsSample(
        started_at="a",
        ended_at="b",
        calls=2,
        turns=5,
        wait_p50_ms=300.0,
        wait_p95_ms=900.0,
        busy_refusals=2,
        errors={"bad_rate": 1, "no_worker": 4},
        events_not_stored=1,
        records_not_stored=6,
        counters={"say_misplaced": 5},
    )


def test_a_quiet_period_has_no_wait() -> None:
    sample = collect(started_at="a", ended_at="b", tallied=Tallied(), before={}, now={})
    assert sample == MetricsSample(started_at="a", ended_at="b")


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_quantile_was_measured_and_as_many_lie_below_it(
    values: list[float], share: float
) -> None:
    found = quantile(values, share)
    assert found in values
    below = sum(value <= found for value in values)
    assert below >= share * len(values) - 1e-9
    assert sum(value < found for value in values) <= max(0, share * len(values))


def test_periods_are_written_each_with_its_own_counts_and_a_restart_goes_on(
    tmp_path: Path,
) -> None:
    path = tmp_path / "records.sqlite"
    walls = iter(NOON + timedelta(seconds=second) for second in range(0, 1000, 10))
    settings = RecordsSettings(metrics_every_s=10)
    for start in range(2):
        writer = RecordWriter(path)
        counters: Counter[str] = Counter(refused_busy=5)  # refused before the first tick
        clock = MetricsClock(settings, writer, counters, wall=lambda: next(walls))
        clock.tick(100.0)
        writer.submit(CallSummary(call=f"{start:032x}", opened_at=NOON.isoformat()))
        writer.submit(turn(0, 400, call=f"{start:032x}"))
        clock.tick(109.9)
        clock.tick(110.0)
        counters["refused_busy"] += 1
        clock.tick(120.1)
        clock.close()
        assert writer.close()
    samples = metrics(path)
    assert [(one.busy_refusals, one.turns, one.calls) for one in samples] == [
        (5, 1, 1),
        (1, 0, 0),
        (0, 0, 0),
    ] * 2
    assert [one.wait_p50_ms for one in samples[:2]] == [400.0, None]
    assert len({one.started_at for one in samples}) == 6
    assert [memory.pid for memory in samples[0].memory] == [os.getpid()]
    assert metrics(path, since=samples[2].started_at) == samples[2:]


def test_the_end_of_a_period_waits_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    writer = RecordWriter(path)
    clock = MetricsClock(
        RecordsSettings(metrics_every_s=1), writer, Counter(), worker_pid=lambda: os.getpid()
    )
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    took = []
    for second in range(20):
        began = time.perf_counter()
        clock.tick(float(second))
        took.append(time.perf_counter() - began)
    blocker.execute("ROLLBACK")
    blocker.close()
    assert sorted(took)[10] < 0.001
    assert writer.close()
    assert [memory.process for memory in metrics(path)[-1].memory] == ["gateway", "worker"]


def test_memory_of_ourselves_of_nobody_and_of_a_stranger(tmp_path: Path) -> None:
    own = measured(Memory(process="gateway", pid=os.getpid()))
    assert own.rss_mib is not None
    assert own.pss_mib is not None
    assert 1 < own.pss_mib <= own.rss_mib < 100_000
    gone = Memory(process="worker", pid=2**22 + 1)
    assert measured(gone) == gone
    stranger = tmp_path / "7"
    stranger.mkdir()
    (stranger / "status").write_text("Name:\tother\nVmRSS:\t   20480 kB\nThreads:\t1\n")
    seen = measured(Memory(process="worker", pid=7), proc=tmp_path)
    assert (seen.rss_mib, seen.pss_mib) == (20.0, None)


@pytest.mark.parametrize(
    "text", ["", "Rss: x kB", "Rss:", "\0\xff", "Rss: 99999999999999999999 kB"]
)
def test_whatever_proc_says_is_borne(tmp_path: Path, text: str) -> None:
    process = tmp_path / "7"
    process.mkdir()
    (process / "smaps_rollup").write_bytes(text.encode("latin-1"))
    assert measured(Memory(process="worker", pid=7), proc=tmp_path).pss_mib is None
