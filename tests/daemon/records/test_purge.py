"""Deleted for good: from the table, from the file, from the log; while the gateway goes on."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from daemon.errors import NoSuchCall, RecordsUnusable
from daemon.records import purge, reader
from daemon.records.purge import Chosen
from daemon.records.writer import RecordWriter
from kefu.records import CallSummary, Turn
from tests.daemon.records.faulty import Plan

SAID = "我的密码是芝麻开门"


def call_id(number: int) -> str:
    return f"{number:02x}" * 16


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def fill(state: Path, calls: int = 3) -> Path:
    """Calls 1 to ``calls``, one a day from 2 January, each with two turns and a recording."""
    path = state / "records.sqlite"
    writer = RecordWriter(path)
    for number in range(1, calls + 1):
        call = call_id(number)
        opened = f"2026-01-{number + 1:02}T08:00:00.000+00:00"
        caller = f"1380013800{number}"
        writer.submit(
            CallSummary(call=call, opened_at=opened, caller=caller, cause="completed", turns=2)
        )
        for turn in range(2):
            writer.submit(Turn(call=call, number=turn, heard=f"{SAID}{number}"))
        day = state / "recordings" / opened[:10]
        day.mkdir(parents=True)
        (day / f"{call}.wav").write_bytes(b"audio")
    assert writer.close()
    return path


def left(path: Path) -> tuple[list[str], list[str], list[str]]:
    """Calls, turns and recordings that are there, by the first digits of their id."""
    with closing(sqlite3.connect(path)) as database:
        calls = [call[:2] for (call,) in database.execute("SELECT call FROM calls ORDER BY call")]
        turns = [call[:2] for (call,) in database.execute("SELECT call FROM turns ORDER BY call")]
    files = sorted(file.name[:2] for file in path.parent.glob("recordings/*/*.wav"))
    return calls, turns, files


def everything(state: Path) -> bytes:
    """Every byte on the disk."""
    return b"".join(file.read_bytes() for file in state.rglob("*") if file.is_file())


@pytest.fixture(params=["as this SQLite is built", "built to leave deleted bytes"])
def _build(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "as this SQLite is built":
        return
    real = sqlite3.connect

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        database: sqlite3.Connection = real(*arguments, **options)
        database.execute("PRAGMA secure_delete = OFF")
        return database

    monkeypatch.setattr(sqlite3, "connect", connect)


@pytest.mark.usefixtures("_build")
def test_row_turns_and_recording_go_and_the_disk_holds_no_word_of_it(state: Path) -> None:
    path = fill(state)
    assert f"{SAID}2".encode() in everything(state)
    chosen = purge.of_call(path, call_id(2)[:6])
    (gone,) = purge.purge(path, chosen, state / "recordings")
    assert (gone.call, gone.turns, gone.recording) == (call_id(2), 2, True)
    assert purge.overwrite_log(path)
    assert left(path) == (["01", "03"], ["01", "01", "03", "03"], ["01", "03"])
    assert f"{SAID}2".encode() not in everything(state)
    assert f"{SAID}3".encode() in everything(state)
    for number in (1, 3):
        list(purge.purge(path, purge.of_call(path, call_id(number)), state / "recordings"))
    assert purge.overwrite_log(path)
    assert SAID.encode() not in everything(state)
    assert not (state / "recordings" / "2026-01-03").exists()
    with pytest.raises(NoSuchCall):
        purge.of_call(path, call_id(2))


@pytest.mark.parametrize(
    ("caller", "number", "same"),
    [
        ("13800138000", "138-0013-8000", True),
        ("+86 138 0013 8000", "+8613800138000", True),
        ("+86 138 0013 8000", "13800138000", False),
        ("13800138000", "1380013800", False),
        ("13800138000", "", False),
        ("sip:li@shop", "sip:li@shop", True),
        ("", "", False),
        ("%", "13800138000", False),
    ],
)
def test_a_callers_calls_are_found_however_the_number_is_written(
    state: Path, caller: str, number: str, same: bool
) -> None:
    path = state / "records.sqlite"
    writer = RecordWriter(path)
    writer.submit(CallSummary(call=call_id(1), caller=caller, cause="completed"))
    writer.submit(CallSummary(call=call_id(2), caller="95588", cause="completed"))
    assert writer.close()
    found = [one.call for one in purge.of_caller(path, number)]
    assert found == ([call_id(1)] if same else [])


def test_before_a_time_takes_what_lost_its_call_too(state: Path) -> None:
    path = fill(state)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DELETE FROM calls WHERE call = ?", (call_id(1),))
        database.execute("UPDATE turns SET recorded_at = '2026-01-01T00:00:00.000+00:00'")
        database.commit()
    chosen = purge.opened_before(path, "2026-01-04T00:00:00.000+00:00")
    assert [one.call for one in chosen] == [call_id(2), call_id(1)]
    assert len(list(purge.purge(path, chosen, state / "recordings"))) == 2
    assert left(path) == (["03"], ["03", "03"], ["03"])


def test_recordings_whose_call_nobody_knows(state: Path) -> None:
    fill(state)
    folder = state / "recordings"
    assert purge.purge_recordings(folder, date(2026, 1, 4)) == 2
    assert [file.name[:2] for file in folder.glob("*/*.wav")] == ["03"]


def test_a_call_without_an_end_is_marked(state: Path) -> None:
    path = fill(state, calls=1)
    writer = RecordWriter(path)
    writer.submit(CallSummary(call=call_id(7), opened_at="2026-01-09"))
    assert writer.close()
    assert purge.of_call(path, call_id(7)) == [
        Chosen(call=call_id(7), opened_at="2026-01-09", live=True)
    ]


def test_the_gateways_writer_goes_on_meanwhile(state: Path) -> None:
    path = fill(state, calls=25)
    writer = RecordWriter(path)
    tickets: list[int] = []
    ended = threading.Event()

    def record() -> None:
        while not ended.is_set():
            tickets.append(writer.submit(Turn(call="ff" * 16, number=len(tickets))))
            ended.wait(0.002)

    thread = threading.Thread(target=record)
    thread.start()
    chosen = purge.opened_before(path, "2027")
    gone = 0
    for _ in purge.purge(path, chosen, state / "recordings"):
        gone, recorded = gone + 1, len(tickets)
        while (
            len(tickets) == recorded and thread.is_alive()
        ):  # so that a turn is written between any two calls
            ended.wait(0.001)
    emptied = purge.overwrite_log(path)
    ended.set()
    thread.join()
    assert writer.close()
    assert (gone, emptied, writer.not_stored) == (25, True, 0)
    stored = [done.stored for done in writer._done]
    assert stored.count(False) == 0
    calls, turns, files = left(path)
    assert (calls, files, len(turns)) == ([], [], len(tickets))
    assert SAID.encode() not in everything(state)


@pytest.mark.parametrize("at", range(1, 12))
def test_whichever_statement_fails_a_call_is_there_whole_or_gone_whole(
    state: Path, plan: Plan, at: int
) -> None:
    path = fill(state, calls=2)
    chosen = purge.opened_before(path, "2027")
    said: list[str] = []
    plan.arm(at)
    with suppress(RecordsUnusable):
        said.extend(gone.call[:2] for gone in purge.purge(path, chosen, state / "recordings"))
    plan.arm(0)
    calls, turns, _ = left(path)
    assert turns == sorted(calls * 2)
    assert set(said).isdisjoint(calls)
    again = list(purge.purge(path, chosen, state / "recordings"))
    assert len(again) == 2
    assert left(path) == ([], [], [])


def test_a_reader_that_never_ends_is_told_of(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fill(state)
    monkeypatch.setattr(purge, "_WAL_TRIES", 2)
    with closing(sqlite3.connect(path, isolation_level=None)) as busy:
        busy.execute("PRAGMA journal_mode = WAL")
        busy.execute("BEGIN")
        busy.execute("SELECT * FROM calls").fetchone()
        assert len(list(purge.purge(path, purge.opened_before(path, "2027"), state))) == 3
        assert not purge.overwrite_log(path)
    assert reader.list_calls(path) == []
