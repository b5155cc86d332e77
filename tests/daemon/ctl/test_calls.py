"""``kefuctl calls`` as people and scripts meet it: list, show, stats, export."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from daemon.ctl import main
from daemon.ctl.calls_csv import CALL_COLUMNS, TURN_COLUMNS, call_row, turn_row
from daemon.ctl.calls_options import instant
from daemon.ctl.calls_stats import bar
from daemon.records.store import timestamp
from daemon.records.writer import RecordWriter
from kefu.records import CallSummary, Entity, Ledger, Turn

ROOT = Path(__file__).parents[3]
NOW = datetime.now(timezone.utc)
Ctl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ctl(state: Path, capfd: pytest.CaptureFixture[str]) -> Ctl:
    def run(*arguments: object) -> tuple[int, str, str]:
        code = main.main(["calls", *map(str, arguments), "--state", str(state)])
        return code, *capfd.readouterr()

    return run


def call_id(number: int) -> str:
    return f"{number:02x}" * 16


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Four calls: today, yesterday, eight and nine days ago."""
    path = tmp_path / "state"
    writer = RecordWriter(path / "records.sqlite")
    for number, (age, scenario, outcome, reason) in enumerate(
        [
            (0, "refund", "completed", ""),
            (1, "order_status", "transferred", "angry"),
            (8, "refund", "abandoned", ""),
            (9, "refund", "completed", ""),
        ]
    ):
        writer.submit(
            CallSummary(
                call=call_id(number),
                caller="13800138000",
                scenario=scenario,
                language="zh" if number % 2 else "en",
                release="lite-1",
                opened_at=timestamp(NOW - timedelta(days=age)),
                duration_ms=10_000 * (number + 1),
                turns=2,
                cause="completed",
                outcome=outcome,
                transfer_reason=reason,
            )
        )
        for turn in range(2):
            writer.submit(
                Turn(
                    call=call_id(number),
                    number=turn,
                    heard="=cmd|' /C calc'!A0 我叫王小明 13800138000" if turn else "",
                    entities=(Entity(type="PERSON", text="王小明", value="王小明"),),
                    ledger=Ledger(speech_end_ms=100.0, first_frame_ms=100.0 * (number + 2)),
                )
            )
    assert writer.close()
    return path


@pytest.mark.parametrize("verb", ["list", "show", "stats", "export", "play", "purge", "migrate"])
def test_every_verb_has_help_with_examples(verb: str, ctl: Ctl) -> None:
    code, out, _ = ctl(verb, "--help")
    assert code == 0
    assert "Examples" in out
    assert f"kefuctl calls {verb}" in out


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ((), [0, 1, 2, 3]),
        (("--limit", 2), [0, 1]),
        (("--since", "7d"), [0, 1]),
        (("--scenario", "refund"), [0, 2, 3]),
        (("--outcome", "completed"), [0, 3]),
        (("--outcome", "completed", "--scenario", "refund", "--since", "48h"), [0]),
        (("--scenario", "' OR 1=1 --"), []),
        (("--since", "2999-01-01"), []),
    ],
)
def test_list_shows_what_was_asked_for(
    ctl: Ctl, options: tuple[Any, ...], numbers: list[int]
) -> None:
    code, out, _ = ctl("list", "--json", *options)
    assert code == 0
    assert [one["call"] for one in json.loads(out)] == [call_id(number) for number in numbers]
    code, out, _ = ctl("list", *options)
    assert code == 0
    assert all(call_id(number)[:12] in out for number in numbers)
    assert numbers or "No such calls" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("list", "--since", "yesterday"), "is no time"),
        (("list", "--since", "99999999d"), "is no time"),
        (("list", "--since", "999999d"), "is no time"),
        (("list", "--since", "٧d"), "is no time"),
        (("list", "--outcome", "happy"), "happy"),
        (("stats", "--by", "moon"), "moon"),
        (("export", "--since", "-1d"), "is no time"),
    ],
)
def test_a_wrong_option_is_wrong_usage(ctl: Ctl, arguments: tuple[str, ...], says: str) -> None:
    code, out, err = ctl(*arguments)
    assert (code, out) == (2, "")
    assert says in err


def test_times_of_the_command_line_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert instant("2026-01-02", "--since") == "2026-01-01T16:00:00.000+00:00"
        assert instant("2026-01-02T08:30", "--since") == "2026-01-02T00:30:00.000+00:00"
        assert instant("2026-01-02T08:30+00:00", "--since") == "2026-01-02T08:30:00.000+00:00"
        now = datetime(2026, 1, 2, tzinfo=timezone.utc)
        assert instant("90m", "--since", now=now) == "2026-01-01T22:30:00.000+00:00"
        assert instant("", "--since") == ""
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.text(max_size=30))
def test_any_other_text_is_refused_and_never_a_traceback(text: str) -> None:
    try:
        found = instant(text, "--since")
    except typer.BadParameter:
        return
    assert not found or datetime.fromisoformat(found)


def test_show_tells_of_keys_transfer_and_recording(state: Path, ctl: Ctl) -> None:
    writer = RecordWriter(state / "records.sqlite")
    writer.submit(
        CallSummary(
            call="ee" * 16,
            opened_at=timestamp(NOW),
            transfer_reason="asked",
            transfer_result="busy",
            recording=f"2026-01-01/{'ee' * 16}.wav",
        )
    )
    writer.submit(Turn(call="ee" * 16, number=1, keys="12"))
    assert writer.close()
    code, out, _ = ctl("show", "EEEE")
    assert code == 0
    assert "keys    12" in out
    assert "asked; busy" in out
    assert "kefuctl calls play eeeeeeeeeeee" in out


def test_stats_for_scripts(ctl: Ctl) -> None:
    code, out, _ = ctl("stats", "--json")
    (figures,) = json.loads(out)
    assert code == 0
    assert (figures["calls"], figures["containment_rate"]) == (4, 0.75)
    assert figures["transfer_reasons"] == {"angry": 1}
    assert (figures["handling_p50_s"], figures["handling_p95_s"]) == (20.0, 40.0)
    assert (figures["wait_p50_ms"], figures["wait_p95_ms"]) == (200.0, 400.0)
    _, out, _ = ctl("stats", "--json", "--by", "scenario", "--since", "8d12h"[:2])
    assert [(one["group"], one["calls"]) for one in json.loads(out)] == [
        ("order_status", 1),
        ("refund", 1),
    ]


def test_stats_for_people(ctl: Ctl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = ctl("stats")
    assert code == 0
    assert "contained    75.0 %  █████████ " in out
    assert "angry 1" in out
    code, out, _ = ctl("stats", "--by", "language")
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()[2:]] == [["en", "2"], ["zh", "2"]]
    assert "10/30 s" in out
    assert "No such calls" in ctl("stats", "--since", "2999-01-01")[1]


def test_stats_before_the_first_call(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main.main(["calls", "stats", "--state", str(tmp_path)]) == 0
    assert "No such calls" in capfd.readouterr().out
    assert main.main(["calls", "stats", "--json", "--state", str(tmp_path)]) == 0
    assert json.loads(capfd.readouterr().out)[0]["calls"] == 0
    assert main.main(["calls", "stats", "--state", str(tmp_path / "no")]) == 5


def test_a_bar_is_as_long_as_its_share() -> None:
    assert [len(bar(share).rstrip()) for share in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0, 0, 6, 12, 12]
    assert bar(1 / 96).rstrip() == "▏"
    assert {len(bar(eighth / 96)) for eighth in range(97)} == {12}


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_export_of_calls_is_masked(ctl: Ctl) -> None:
    code, out, _ = ctl("export", "--csv", "--scenario", "refund")
    rows = table(out)
    assert code == 0
    assert list(rows[0]) == list(CALL_COLUMNS)
    assert [row["call"] for row in rows] == [call_id(number) for number in (3, 2, 0)]
    assert {row["caller"] for row in rows} == {"*********00"}
    assert rows[0]["duration_ms"] == "40000"


def test_export_of_turns_runs_in_no_spreadsheet_and_names_nobody(ctl: Ctl) -> None:
    code, out, _ = ctl("export", "--csv", "--turns")
    rows = table(out)
    assert code == 0
    assert len(rows) == 8
    assert rows[1]["heard"] == "'=cmd|' /C calc'!A0 我叫*** *********00"
    assert rows[1]["wait_ms"] == "400"
    assert "王小明" not in out
    assert "13800138000" not in out


text = st.text(max_size=40)


@given(text, text, text)
def test_no_cell_is_a_formula_whatever_was_said(heard: str, reply: str, scenario: str) -> None:
    turn = Turn(call="0" * 32, number=1, heard=heard, reply=reply, scenario=scenario)
    call = CallSummary(call="0" * 32, caller=heard, called=reply, scenario=scenario)
    assert len(turn_row(turn)) == len(TURN_COLUMNS)
    for cell in (*turn_row(turn), *call_row(call)):
        if isinstance(cell, str):
            assert (
                cell.strip()[:1] not in ("=", "+", "-", "@", "＝", "＋", "－", "＠", "|")
                or not cell
            )
            assert not set(cell) & set("\t\r\n\0")


def test_a_file_comes_whole_for_its_owner_or_not_at_all(
    ctl: Ctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "calls.csv"
    code, printed, err = ctl("export", "--csv", "-o", out)
    assert (code, printed) == (0, "")
    assert "4 calls" in err
    assert out.read_bytes().startswith(b"\xef\xbb\xbfcall,")
    assert out.stat().st_mode & 0o777 == 0o640
    before = out.read_bytes()

    def interrupted(*_: object) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr("daemon.ctl.calls_export.call_row", interrupted)
    assert ctl("export", "--csv", "-o", out)[0] == 130
    assert out.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["calls.csv", "state"]
    code, _, err = ctl("export", "--csv", "-o", tmp_path / "no" / "calls.csv")
    assert code == 5
    assert "cannot_write" in err


def test_a_reader_who_has_enough_is_no_failure_with_a_traceback(state: Path) -> None:
    with closing(sqlite3.connect(state / "records.sqlite")) as database:
        for number in range(5_000):
            row = (f"{number + 2**64:032x}", "2020", f'{{"call":"{number:032x}"}}')
            database.execute("INSERT INTO calls VALUES (?, ?, '', '', ?)", row)
        database.commit()
    command = f"{sys.executable} -m daemon.ctl.main calls export --csv --state {state} | head -1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.startswith("call,")
    assert done.stderr == ""


def test_readers_never_lock_the_writer_out(state: Path, ctl: Ctl) -> None:
    writer = RecordWriter(state / "records.sqlite")
    for number, verb in enumerate((("list",), ("stats",), ("show", call_id(1)), ("export",))):
        assert ctl(*verb)[0] == 0
        writer.submit(Turn(call=call_id(0), number=10 + number))
    with closing(sqlite3.connect(state / "records.sqlite", isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        assert ctl("list")[0] == 0, "nor does a writer lock readers out"
        blocker.execute("ROLLBACK")
    assert writer.close()
    assert writer.not_stored == 0
    assert all(done.stored for done in writer._done)


@pytest.fixture(autouse=True)
def _zone() -> Iterator[None]:
    """Days are counted in UTC here, whatever the machine's zone is."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()
