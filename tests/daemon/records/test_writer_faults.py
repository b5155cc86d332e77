"""Records and a disk that is full, a database that is locked, statements that fail."""

from __future__ import annotations

import logging
import os
import select
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from daemon.records import store, writer
from daemon.records.metrics import MetricsSample
from daemon.records.reader import list_calls, metrics, show
from daemon.records.writer import Done, RecordWriter
from kefu.records import CallSummary, Turn
from tests.daemon.records.faulty import Plan

CALL = "0123456789abcdef" * 2
OPENED = "2026-01-01T08:00:00.000+00:00"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "records.sqlite"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BUSY_MS", 200)
    monkeypatch.setattr(writer, "RETRY_S", 0.02)


def settled(one: RecordWriter, count: int, timeout_s: float = 10.0) -> dict[int, bool]:
    """Wait for ``count`` records to be settled."""
    done: list[Done] = []
    while len(done) < count:
        assert select.select([one.wake_fd], [], [], timeout_s)[0], f"only {done} were settled"
        done += one.finished()
    return {each.ticket: each.stored for each in done}


def a_call() -> list[CallSummary | Turn | MetricsSample]:
    return [
        CallSummary(call=CALL, opened_at=OPENED),
        Turn(call=CALL, number=0, heard="0"),
        Turn(call=CALL, number=1, heard="1"),
        MetricsSample(started_at=OPENED, ended_at=OPENED, turns=2),
        CallSummary(call=CALL, opened_at=OPENED, cause="completed"),
    ]


def is_whole(path: Path) -> bool:
    summary, turns = show(path, CALL)
    return (
        summary.cause == "completed"
        and [turn.heard for turn in turns] == ["0", "1"]
        and [sample.turns for sample in metrics(path)] == [2]
    )


@pytest.mark.parametrize("at", range(1, 12))
def test_whichever_statement_meets_a_passing_trouble_nothing_is_lost(
    path: Path, plan: Plan, at: int
) -> None:
    one = RecordWriter(path)
    plan.arm(at, sqlite3.OperationalError("disk I/O error"))
    tickets = [one.submit(record) for record in a_call()]
    assert settled(one, len(tickets)) == dict.fromkeys(tickets, True)
    assert one.not_stored == 0
    plan.arm(0)
    assert one.close()
    assert is_whole(path)


@pytest.mark.parametrize("at", range(1, 8))
def test_whichever_statement_fails_for_good_the_group_is_tried_one_by_one(
    path: Path, plan: Plan, at: int
) -> None:
    one = RecordWriter(path)
    plan.arm(at, sqlite3.DatabaseError("nobody knows why"))
    tickets = [one.submit(record) for record in a_call()]
    stored = settled(one, len(tickets))
    later = one.submit(Turn(call=CALL, number=2, heard="2"))
    assert settled(one, 1) == {later: True}
    assert list(stored.values()).count(False) == one.not_stored <= 1
    plan.arm(0)
    assert one.close()


def test_a_database_that_is_locked_for_long_costs_no_record(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = RecordWriter(path)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with caplog.at_level(logging.WARNING):
        first = [one.submit(record) for record in a_call()[:2]]
        time.sleep(1.0)  # several times longer than a statement waits
        second = [one.submit(record) for record in a_call()[2:]]
        assert one.finished() == []
        blocker.execute("ROLLBACK")
        blocker.close()
        assert settled(one, 5) == dict.fromkeys(first + second, True)
    assert one.not_stored == 0
    events = [message.split()[0] for message in caplog.messages]
    assert events == ["records_kept", "records_flow_again"], "a line each second fills the journal"
    assert one.close()
    assert is_whole(path)


def test_only_so_many_are_kept_and_the_oldest_is_given_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_KEPT", 5)
    one = RecordWriter(path)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    tickets = [one.submit(Turn(call=CALL, number=number)) for number in range(20)]
    assert settled(one, 15) == dict.fromkeys(tickets[:15], False)
    assert one.not_stored == 15
    blocker.execute("ROLLBACK")
    blocker.close()
    assert settled(one, 5) == dict.fromkeys(tickets[15:], True)
    assert one.close()


def test_an_end_under_a_lock_is_no_hang_and_what_is_lost_is_counted(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LAST_BUSY_MS", 100)
    one = RecordWriter(path)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    one.submit(Turn(call=CALL, number=0))
    assert one.close()
    assert one.not_stored == 1
    blocker.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk; the fault-injecting tests stand for it")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_delays_records_and_stops_nothing(small_disk: Path) -> None:
    path = small_disk / "records.sqlite"
    one = RecordWriter(path)
    first = one.submit(a_call()[0])
    assert settled(one, 1) == {first: True}
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    began = time.monotonic()
    for number in range(60):
        one.submit(Turn(call=CALL, number=number, heard="很长的一句话" * 200))
    assert time.monotonic() - began < 0.5, "whoever submits must not wait for the disk"
    time.sleep(0.5)
    stored_on_a_full_disk = one.finished()
    assert len(stored_on_a_full_disk) < 60
    ballast.unlink()
    assert all(settled(one, 60 - len(stored_on_a_full_disk)).values())
    assert one.not_stored == 0
    assert one.close()
    assert [turn.number for turn in show(path, CALL)[1]] == list(range(60))


def test_a_statement_that_finds_no_room_is_tried_again(path: Path, plan: Plan) -> None:
    one = RecordWriter(path)
    plan.arm(3, sqlite3.OperationalError("database or disk is full"))
    ticket = [one.submit(record) for record in a_call()]
    assert settled(one, 5) == dict.fromkeys(ticket, True)
    plan.arm(0)
    assert one.close()
    assert [call.cause for call in list_calls(path)] == ["completed"]
