"""Turn records: written in groups, read back, replaced, migrated, refused."""

from __future__ import annotations

import os
import select
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from daemon.errors import NoSuchCall, RecordsUnusable
from daemon.gateway.calls import CallTable
from daemon.records import migrations
from daemon.records.reader import list_calls, show
from daemon.records.true_ends import write_true_ends
from daemon.records.writer import RecordWriter
from kefu.records import CallSummary, Entity, Ledger, Stage, Turn

CALL = "0123456789abcdef" * 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "records.sqlite"


def collected(writer: RecordWriter, count: int) -> list[tuple[int, bool]]:
    """Wait for ``count`` records to be settled."""
    done: list[tuple[int, bool]] = []
    while len(done) < count:
        assert select.select([writer.wake_fd], [], [], 5.0)[0], "nothing was settled"
        done += [(one.ticket, one.stored) for one in writer.finished()]
    return done


def test_a_turn_comes_back_whole(path: Path) -> None:
    turn = Turn(
        call=CALL,
        number=1,
        heard="我要查订单 A123",
        entities=(Entity(type="order_id", text="A123", value="A123"),),
        reasons=("asked for an order",),
        ledger=Ledger(voice_start_ms=12.5, asr=Stage(started_ms=3.0, took_ms=200.0)),
    )
    summary = CallSummary(call=CALL, opened_at="2026-01-01T00:00:00.000+00:00", cause="completed")
    writer = RecordWriter(path)
    tickets = [writer.submit(summary), writer.submit(turn)]
    assert collected(writer, 2) == [(ticket, True) for ticket in tickets]
    assert show(path, CALL[:8]) == (summary, [turn])
    assert writer.close()


def test_a_caller_who_knows_his_last_syllable_completes_the_ledger(path: Path) -> None:
    writer = RecordWriter(path)
    writer.submit(CallSummary(call=CALL))
    for number in range(3):
        ledger = Ledger(speech_end_ms=1000.0 * number)
        writer.submit(Turn(call=CALL, number=number, heard=str(number), ledger=ledger))
    assert writer.close()
    write_true_ends(path, CALL, {1: 960.04, 7: 1.0})
    turns = show(path, CALL)[1]
    assert [turn.ledger.true_end_ms for turn in turns] == [None, 960.0, None]
    assert [turn.ledger.speech_end_ms for turn in turns] == [0.0, 1000.0, 2000.0]
    assert turns[1].heard == "1"
    with pytest.raises(NoSuchCall):
        write_true_ends(path, "ff" * 16, {1: 1.0})


def test_a_record_that_cannot_be_kept_costs_neither_its_company_nor_the_writer(
    path: Path,
) -> None:
    writer = RecordWriter(path)
    good = Turn(call=CALL, number=0, heard="before")
    beyond = Turn(call=CALL, number=2**63, heard="beyond")
    nan = Turn(call=CALL, number=1, heard="nan", heard_confidence=float("nan"))
    tickets = [writer.submit(one) for one in (CallSummary(call=CALL), good, beyond, nan)]
    assert sorted(collected(writer, 4)) == list(
        zip(tickets, (True, True, False, False), strict=True)
    )
    later = writer.submit(Turn(call=CALL, number=3, heard="after"))
    assert collected(writer, 1) == [(later, True)]
    assert [turn.heard for turn in show(path, CALL)[1]] == ["before", "after"]
    assert writer.close()


def test_a_call_id_of_an_earlier_run_is_known_and_its_record_is_never_replaced(
    path: Path,
) -> None:
    writer = RecordWriter(path)
    writer.submit(CallSummary(call=CALL, opened_at="2026-01-01", caller="first"))
    assert writer.close()
    again = RecordWriter(path)
    assert CallTable(again.recorded).used(bytes.fromhex(CALL))
    again.submit(CallSummary(call=CALL, opened_at="2026-01-02", caller="second"))
    again.submit(CallSummary(call=CALL, opened_at="2026-01-01", caller="first", turns=4))
    assert again.close()
    (summary,) = list_calls(path)
    assert (summary.caller, summary.turns) == ("first", 4)


def test_nobody_else_reads_the_records_from_the_first_byte_on(path: Path) -> None:
    before = os.umask(0o022)
    try:
        writer = RecordWriter(path)
        writer.submit(CallSummary(call=CALL, caller="13800138000"))
        collected(writer, 1)
        modes = {one.name: one.stat().st_mode & 0o777 for one in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert "records.sqlite-wal" in modes
    assert set(modes.values()) == {0o640}
    assert writer.close()


def test_a_later_turn_of_the_same_number_replaces_it(path: Path) -> None:
    writer = RecordWriter(path)
    writer.submit(CallSummary(call=CALL))
    for reply in ("sent", "heard in part"):
        writer.submit(Turn(call=CALL, number=0, reply_heard=reply))
    assert writer.close()
    (turn,) = show(path, CALL)[1]
    assert turn.reply_heard == "heard in part"


def test_what_was_reported_stored_survives_a_kill(path: Path) -> None:
    child = os.fork()
    if child == 0:
        writer = RecordWriter(path)
        writer.submit(CallSummary(call=CALL))
        collected(writer, 1)
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    assert show(path, CALL)[0].call == CALL


def test_a_locked_database_delays_nobody_and_recovers(path: Path) -> None:
    writer = RecordWriter(path)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    writer.submit(Turn(call=CALL, number=0))
    assert time.monotonic() - started < 0.5
    assert writer.finished() == []
    blocker.execute("ROLLBACK")
    blocker.close()
    assert collected(writer, 1) == [(0, True)]
    assert writer.close()


def test_a_failed_group_is_reported_and_the_next_is_stored(path: Path) -> None:
    writer = RecordWriter(path)
    breaker = sqlite3.connect(path)
    breaker.execute("ALTER TABLE turns RENAME TO elsewhere")
    breaker.commit()
    writer.submit(Turn(call=CALL, number=0))
    assert collected(writer, 1) == [(0, False)]
    breaker.execute("ALTER TABLE elsewhere RENAME TO turns")
    breaker.commit()
    breaker.close()
    writer.submit(Turn(call=CALL, number=1))
    assert collected(writer, 1) == [(1, True)]
    assert writer.close()


def test_the_newest_calls_come_first(path: Path) -> None:
    writer = RecordWriter(path)
    for number in range(5):
        writer.submit(CallSummary(call=f"{number:032x}", opened_at=f"2026-01-0{number + 1}"))
    assert writer.close()
    assert [int(summary.call, 16) for summary in list_calls(path, limit=3)] == [4, 3, 2]


@pytest.mark.parametrize("wanted", ["", "ffff", "%", "0", "' OR 1=1 --"])
def test_a_call_that_is_not_there_or_not_alone(path: Path, wanted: str) -> None:
    writer = RecordWriter(path)
    for number in range(2):
        writer.submit(CallSummary(call=f"{number:032x}"))
    assert writer.close()
    with pytest.raises(NoSuchCall):
        show(path, wanted)


def test_reading_makes_no_database(path: Path) -> None:
    with pytest.raises(RecordsUnusable):
        list_calls(path)
    assert not path.exists()


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\0" + bytes(100)])
def test_a_damaged_database_is_refused_and_kept(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(RecordsUnusable, match=r"records\.sqlite"):
        RecordWriter(path)
    assert path.read_bytes() == content


def test_a_newer_database_is_refused(path: Path) -> None:
    assert RecordWriter(path).close()
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {migrations.NEWEST + 1}")
    database.close()
    with pytest.raises(RecordsUnusable, match="version"):
        RecordWriter(path)
    with pytest.raises(RecordsUnusable, match="version"):
        list_calls(path)


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch()
    assert RecordWriter(path).close()
    assert list_calls(path) == []


def test_records_from_a_second_thread_are_all_stored(path: Path) -> None:
    writer = RecordWriter(path)

    def submit() -> None:
        for number in range(200):
            writer.submit(Turn(call=CALL, number=number))

    thread = threading.Thread(target=submit)
    thread.start()
    thread.join()
    writer.submit(CallSummary(call=CALL))
    assert writer.close()
    assert len(show(path, CALL)[1]) == 200
