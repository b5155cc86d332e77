"""The schema goes up and down, and whatever stops it leaves one version or the other."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from daemon.errors import RecordsUnusable
from daemon.records import migrations, reader
from daemon.records.store import connect, connect_alone
from daemon.records.writer import RecordWriter
from kefu.records import CallSummary, Turn
from tests.daemon.records.faulty import KILLED, Plan

CALL = "0123456789abcdef" * 2
OPENED = "2026-01-01T08:00:00.000+00:00"
# As the first release made it, byte for byte.
VERSION_1 = """
    CREATE TABLE calls (
        call TEXT PRIMARY KEY,
        opened_at TEXT NOT NULL,
        called TEXT NOT NULL,
        cause TEXT NOT NULL,
        summary TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX calls_opened_at ON calls (opened_at);
    CREATE TABLE turns (
        call TEXT NOT NULL,
        number INTEGER NOT NULL,
        intent TEXT NOT NULL,
        action TEXT NOT NULL,
        release TEXT NOT NULL,
        turn TEXT NOT NULL,
        PRIMARY KEY (call, number)
    ) WITHOUT ROWID;
    CREATE INDEX turns_intent ON turns (intent);
    PRAGMA user_version = 1;
"""
# What the first release wrote: no word of transfers or recordings.
SUMMARY = (
    f'{{"call":"{CALL}","caller":"13800138000","called":"400","scenario":"refund",'
    f'"language":"zh","release":"lite-1","opened_at":"{OPENED}","duration_ms":1234,"turns":1,'
    '"cause":"completed","outcome":"completed"}'
)
TURN = f'{{"call":"{CALL}","number":0,"heard":"你好"}}'


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database of the first release, with a call in it."""
    path = tmp_path / "records.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(VERSION_1)
        database.execute(
            "INSERT INTO calls VALUES (?, ?, ?, ?, ?)", (CALL, OPENED, "400", "completed", SUMMARY)
        )
        database.execute("INSERT INTO turns VALUES (?, 0, '', '', '', ?)", (CALL, TURN))
        database.commit()
    return path


def schema(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT name, sql FROM sqlite_master WHERE sql != '' ORDER BY name")
        return [(name, "".join(sql.split())) for name, sql in rows]


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return migrations.version_of(database)


def whole(path: Path) -> bool:
    """The call and its turn are there, and the schema is that of the version."""
    with closing(sqlite3.connect(path)) as database:
        calls = database.execute("SELECT call, summary FROM calls").fetchall()
        turns = database.execute("SELECT call, number, turn FROM turns").fetchall()
        columns = {row[1] for row in database.execute("PRAGMA table_xinfo(calls)")}
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
        (sound,) = database.execute("PRAGMA integrity_check").fetchone()
        of_turns = {row[1] for row in database.execute("PRAGMA table_xinfo(turns)")}
    second, third = version(path) >= 2, version(path) >= 3
    return (
        sound == "ok"
        and calls == [(CALL, SUMMARY)]
        and turns == [(CALL, 0, TURN)]
        and ("scenario" in columns) == ("duration_ms" in columns) == second
        and ("metrics" in tables) == second
        and ("ratings" in tables) == ("voice_score" in of_turns) == third
        and ("voice" in of_turns) == ("voice_troubles" in of_turns) == third
    )


def test_the_gateway_upgrades_what_an_older_release_wrote(old: Path) -> None:
    assert RecordWriter(old).close()
    assert (version(old), whole(old)) == (migrations.NEWEST, True)
    summary, turns = reader.show(old, CALL)
    assert (summary.scenario, summary.transfer_reason) == ("refund", "")
    assert [turn.heard for turn in turns] == ["你好"]
    with closing(sqlite3.connect(old)) as database:
        row = database.execute(
            "SELECT caller, scenario, language, release, outcome, transfer_reason,"
            " transfer_result, duration_ms FROM calls"
        ).fetchone()
        (recorded_at,) = database.execute("SELECT recorded_at FROM turns").fetchone()
    assert row == ("13800138000", "refund", "zh", "lite-1", "completed", "", "", 1234)
    assert recorded_at == OPENED, "retention would count from the day of the upgrade"


def test_the_older_release_can_read_and_write_what_went_back_to_it(old: Path) -> None:
    before = schema(old)
    assert RecordWriter(old).close()
    with closing(connect_alone(old)) as database:
        assert migrations.lost(database, 1) == [("times at which a turn was recorded", 1)]
        migrations.migrate(database, 1)
    assert (version(old), whole(old)) == (1, True)
    assert schema(old) == before
    with closing(sqlite3.connect(old)) as database:
        database.execute("INSERT INTO calls VALUES ('ff', '', '', '', '{}')")
        database.execute("INSERT OR REPLACE INTO turns VALUES ('ff', 0, '', '', '', '{}')")
        database.commit()
    assert RecordWriter(old).close()
    assert version(old) == migrations.NEWEST


def test_all_the_way_down_and_up_again(old: Path) -> None:
    with closing(connect_alone(old)) as database:
        assert migrations.lost(database, 0) == [("calls", 1), ("turns", 1)]
        migrations.migrate(database, 0)
    assert schema(old) == []
    assert RecordWriter(old).close()
    assert reader.list_calls(old) == []


@pytest.mark.parametrize("summary", ["", "{", "[]", "null", '{"scenario":7}'])
def test_a_row_that_is_no_summary_does_not_stop_the_upgrade(old: Path, summary: str) -> None:
    with closing(sqlite3.connect(old)) as database:
        database.execute("INSERT INTO calls VALUES ('ff', '2025', '', '', ?)", (summary,))
        database.commit()
    assert RecordWriter(old).close()
    wanted = reader.Filter(scenario="refund")
    assert [one.call for one in reader.list_calls(old, wanted=wanted)] == [CALL]


def statements_of(plan: Plan, path: Path, to: int) -> int:
    """How many statements it takes to go there."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        plan.arm(0)
        migrations.migrate(database, to)
        return plan.statements


@pytest.mark.parametrize("to", [0, 1, 2, 3])
@pytest.mark.parametrize("start", [1, 2, 3])
def test_whichever_statement_fails_one_version_or_the_other_is_left(
    old: Path, tmp_path: Path, plan: Plan, start: int, to: int
) -> None:
    statements_of(plan, old, start)
    content = old.read_bytes()
    count = statements_of(plan, old, to)
    for at in range(1, count + 1):
        path = tmp_path / "one.sqlite"
        path.write_bytes(content)
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            plan.arm(at)
            with pytest.raises(sqlite3.OperationalError):
                migrations.migrate(database, to)
            plan.arm(0)
            assert not database.in_transaction
        stands = version(path)
        assert min(start, to) <= stands <= max(start, to)
        assert whole(path) if stands else schema(path) == []
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            migrations.migrate(database, to)
        assert version(path) == to


@pytest.mark.parametrize(("start", "to"), [(1, 2), (2, 1), (2, 3), (3, 2)])
def test_killed_at_any_statement_it_leaves_one_version_or_the_other(
    old: Path, tmp_path: Path, plan: Plan, start: int, to: int
) -> None:
    statements_of(plan, old, start)
    content = old.read_bytes()
    path = tmp_path / "one.sqlite"
    for at in range(1, statements_of(plan, old, to) + 1):
        for leftover in tmp_path.glob("one.sqlite*"):
            leftover.unlink()
        path.write_bytes(content)
        child = os.fork()
        if child == 0:
            plan.arm(at, kills=True)
            database = sqlite3.connect(path, isolation_level=None)
            migrations.migrate(database, to)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED
        plan.arm(0)
        assert version(path) in (start, to)
        assert whole(path)


def test_two_that_upgrade_at_once_do_it_once(old: Path) -> None:
    failed: list[BaseException] = []

    def upgrade() -> None:
        try:
            connect(old).close()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert whole(old)


def test_nobody_goes_back_under_a_gateway_that_runs(
    old: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = RecordWriter(old)
    with pytest.raises(RecordsUnusable, match="Stop the gateway"):
        connect_alone(old)
    with caplog.at_level(logging.ERROR):
        writer.submit(CallSummary(call="ff" * 16, opened_at=OPENED))
        writer.submit(Turn(call="ff" * 16, number=0))
        assert writer.close()
    assert caplog.messages == []
    assert len(reader.list_calls(old)) == 2


def test_an_older_database_is_not_read_half(old: Path) -> None:
    with pytest.raises(RecordsUnusable, match="kefuctl calls migrate"):
        reader.list_calls(old)
