"""What is old goes by itself, each kind after its own time, and nobody waits for it."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from daemon.records import retention
from daemon.records.reader import list_calls, metrics
from daemon.records.retention import Retention
from daemon.records.store import connect, timestamp
from daemon.records.writer import RecordWriter
from daemon.settings import RecordingSettings, RecordsSettings
from kefu.records import Turn
from tests.daemon.records.faulty import Plan

NOW = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
KEEP = RecordsSettings(keep_text_days=90, keep_metrics_days=400)
AUDIO = RecordingSettings(keep_days=30)
AGES = (0, 29, 32, 89, 91, 399, 401)


def fill(path: Path, folder: Path, ages: Iterable[int] = AGES, turns: int = 1) -> None:
    """Of each age in days a call, its turns, a sample of metrics and a recording."""
    with closing(connect(path)) as database:
        database.execute("BEGIN")
        for age in ages:
            call, at = f"{age:032x}", timestamp(NOW - timedelta(days=age))
            summary = f'{{"call":"{call}","opened_at":"{at}"}}'
            database.execute("INSERT INTO calls VALUES (?, ?, '', '', ?)", (call, at, summary))
            for number in range(turns):
                row = (call, number, f'{{"call":"{call}","number":{number}}}', at)
                database.execute("INSERT INTO turns VALUES (?, ?, '', '', '', ?, ?)", row)
            sample = f'{{"started_at":"{at}","ended_at":"{at}"}}'
            database.execute("INSERT INTO metrics VALUES (?, ?)", (at, sample))
            day = folder / at[:10]
            day.mkdir(parents=True)
            (day / f"{call}.wav").write_bytes(b"audio")
        database.execute("COMMIT")


def left(path: Path, folder: Path) -> dict[str, list[int]]:
    """The ages of what is still there."""
    with closing(sqlite3.connect(path)) as database:
        turns = database.execute("SELECT DISTINCT call FROM turns ORDER BY call").fetchall()
    started = [datetime.fromisoformat(sample.started_at) for sample in metrics(path)]
    return {
        "calls": sorted(int(call.call, 16) for call in list_calls(path, 10_000)),
        "turns": [int(call, 16) for (call,) in turns],
        "metrics": sorted((NOW - at).days for at in started),
        "audio": sorted(int(file.stem, 16) for file in folder.glob("*/*.wav")),
    }


EXPECTED = {
    "calls": [0, 29, 32, 89, 91, 399],
    "turns": [0, 29, 32, 89],
    "metrics": [0, 29, 32, 89, 91, 399],
    "audio": [0, 29],
}


def round_of(path: Path, kept: Retention) -> None:
    """One whole round."""
    with closing(connect(path)) as database:
        kept.work(database)
        while kept.idle_s() == retention.REST_S:
            kept.work(database)


def test_each_kind_goes_after_its_own_time_with_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, folder = tmp_path / "records.sqlite", tmp_path / "recordings"
    fill(path, folder)
    clock = [0.0]
    kept = Retention(KEEP, AUDIO, folder, wall=lambda: NOW, clock=lambda: clock[0])
    with caplog.at_level(logging.INFO):
        round_of(path, kept)
    assert left(path, folder) == EXPECTED
    assert caplog.messages == ["retention_deleted calls=1 metrics=1 ratings=0 recordings=5 turns=3"]
    assert kept.idle_s() == retention.EVERY_S
    assert [day.name for day in sorted(folder.iterdir())] == ["2026-05-03", "2026-06-01"]
    caplog.clear()
    clock[0] += retention.EVERY_S
    with caplog.at_level(logging.INFO):
        round_of(path, kept)
    assert caplog.messages == [], "an hour in which nothing grew old has nothing to say"


def test_no_turn_outlives_its_call(tmp_path: Path) -> None:
    path, folder = tmp_path / "records.sqlite", tmp_path / "recordings"
    fill(path, folder)
    short = RecordsSettings(keep_text_days=500, keep_metrics_days=30)
    round_of(path, Retention(short, AUDIO, folder, wall=lambda: NOW))
    assert left(path, folder)["turns"] == left(path, folder)["calls"] == [0, 29]


def test_the_writer_does_it_at_its_start_and_stores_meanwhile(tmp_path: Path) -> None:
    path, folder = tmp_path / "records.sqlite", tmp_path / "recordings"
    fill(path, folder, ages=range(0, 200, 2), turns=100)
    writer = RecordWriter(path, Retention(KEEP, AUDIO, folder, wall=lambda: NOW))
    waits = []
    for number in range(20):
        began = time.monotonic()
        writer.submit(Turn(call="ff" * 16, number=number))
        while not writer.finished():
            time.sleep(0.001)
        waits.append(time.monotonic() - began)
    assert sorted(waits)[10] < 0.2
    until = time.monotonic() + 20
    while len(left(path, folder)["turns"]) > 47 and time.monotonic() < until:
        time.sleep(0.05)
    assert writer.close()
    assert left(path, folder)["turns"] == [*range(0, 91, 2), 16**32 - 1]


def test_a_batch_is_short(tmp_path: Path) -> None:
    path, folder = tmp_path / "records.sqlite", tmp_path / "recordings"
    fill(path, folder, ages=[100], turns=20_000)
    kept = Retention(KEEP, AUDIO, folder, wall=lambda: NOW)
    took = []
    with closing(connect(path)) as database:
        kept.work(database)
        while kept.idle_s() == retention.REST_S:
            began = time.perf_counter()
            kept.work(database)
            took.append(time.perf_counter() - began)
    assert len(took) > 10
    assert sorted(took)[len(took) // 2] < 0.05


def test_a_turn_that_is_completed_later_grows_no_younger(tmp_path: Path) -> None:
    path, folder = tmp_path / "records.sqlite", tmp_path / "recordings"
    fill(path, folder)
    writer = RecordWriter(path)
    writer.submit(Turn(call=f"{91:032x}", number=0, reply_heard="later"))
    assert writer.close()
    round_of(path, Retention(KEEP, AUDIO, folder, wall=lambda: NOW))
    assert left(path, folder)["turns"] == EXPECTED["turns"]


def test_turns_whose_call_was_never_stored_go_too(tmp_path: Path) -> None:
    path, folder = tmp_path / "records.sqlite", tmp_path / "recordings"
    fill(path, folder)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DELETE FROM calls")
        database.commit()
    round_of(path, Retention(KEEP, AUDIO, folder, wall=lambda: NOW))
    assert left(path, folder)["turns"] == EXPECTED["turns"]


@pytest.mark.parametrize("at", range(1, 16))
def test_whichever_statement_fails_the_next_hour_goes_on(
    tmp_path: Path, plan: Plan, at: int
) -> None:
    path, folder = tmp_path / "records.sqlite", tmp_path / "recordings"
    fill(path, folder)
    clock = [0.0]
    kept = Retention(KEEP, AUDIO, folder, wall=lambda: NOW, clock=lambda: clock[0])
    with closing(connect(path)) as database:
        plan.arm(at)
        for _ in range(2):
            kept.work(database)
            while kept.idle_s() == retention.REST_S:
                kept.work(database)
            assert kept.idle_s() == retention.EVERY_S
            clock[0] += retention.EVERY_S
        plan.arm(0)
    assert left(path, folder) == EXPECTED


def test_what_is_no_recording_of_ours_is_never_touched(tmp_path: Path) -> None:
    path, folder = tmp_path / "records.sqlite", tmp_path / "recordings"
    fill(path, folder, ages=[100])
    day = folder / "2020-01-01"
    elsewhere = tmp_path / "elsewhere" / "2020-01-01"
    elsewhere.mkdir(parents=True)
    others = [
        folder / "demo-zh.wav",
        folder / "2020-01-01" / "notes.txt",
        folder / "2020-01-01" / f"{'A' * 32}.wav",
        folder / "old" / f"{'a' * 32}.wav",
        elsewhere / f"{'a' * 32}.wav",
    ]
    for other in others:
        other.parent.mkdir(exist_ok=True)
        other.write_bytes(b"mine")
    (folder / "2019-01-01").symlink_to(elsewhere)
    (day / f"{'b' * 32}.wav").symlink_to(elsewhere / f"{'a' * 32}.wav")
    (day / f"{'c' * 32}.wav.part").write_bytes(b"left by a crash")
    round_of(path, Retention(KEEP, AUDIO, folder, wall=lambda: NOW))
    assert all(other.exists() for other in others)
    assert not (day / f"{'c' * 32}.wav.part").exists()


def test_one_file_that_cannot_go_keeps_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path, folder = tmp_path / "records.sqlite", tmp_path / "recordings"
    fill(path, folder)
    real = Path.unlink

    def unlink(file: Path, missing_ok: bool = False) -> None:
        if file.stem == f"{91:032x}":
            raise PermissionError("immutable")
        real(file, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    round_of(path, Retention(KEEP, AUDIO, folder, wall=lambda: NOW))
    assert left(path, folder)["audio"] == [0, 29, 91]
    assert "recording_not_deleted" in caplog.text
