"""Scripted calls: what a file says, and every way in which it can be wrong, with its line."""

from __future__ import annotations

import datetime
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from daemon.ctl.errors import BadScript
from daemon.ctl.scenario_rows import changes, parse_row, read_tables
from daemon.ctl.scenario_script import MAX_BYTES, parse_scripts, read_scripts

FILE = """\
# Two calls.
scenario: refund
language: zh

call: First
script: traditional
now: 2026-12-01T09:30
caller: 我要退款：A1024
expect: confirm_change / confirm refund
silence
business: down
hangs up
outcome: abandoned

call: Second
language: auto
audio: yes
keys: 1
outcome: completed
row: + refunds number=7002 order_id=A1024 reason='two words'
"""


def test_a_file_of_two_calls() -> None:
    first, second = parse_scripts(FILE, "two.calls")
    assert (first.scenario, first.language, first.traditional) == ("refund", "zh", True)
    assert first.now == datetime.datetime(2026, 12, 1, 9, 30)
    assert [(line.number, line.key, line.text) for line in first.lines] == [
        (8, "caller", "我要退款：A1024"),
        (9, "expect", "confirm_change / confirm refund"),
        (10, "silence", ""),
        (11, "business", "down"),
        (12, "hangs up", ""),
    ]
    assert (second.language, second.audio, second.outcome) == ("auto", True, "completed")
    assert second.rows[0].cells == {
        "number": "7002",
        "order_id": "A1024",
        "reason": "two words",
    }
    assert second.name == "two.calls:15 Second"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "x.calls has no call"),
        ("scenario: a\ncaller: b\ncall: c\n", "x.calls:2: caller:"),
        ("scenario: a\ncall: b\ncaler: c\n", "x.calls:3: There is no line 'caler'"),
        ("scenario: a\ncall: b\ncaller:\n", "x.calls:3: caller is empty"),
        ("scenario: a\ncall: b\nsilence: 3\n", "x.calls:3: silence cannot be '3'"),
        ("scenario: a\ncall: b\ntransfer: maybe\n", "x.calls:3: transfer cannot be 'maybe'"),
        ("scenario: a\ncall: b\ncaller: c\n", "x.calls:2: A call needs a scenario"),
        ("call: b\ncaller: c\noutcome: completed\n", "x.calls:1: A call needs a scenario"),
        ("scenario: a\ncall: b\noutcome: completed\n", "x.calls:2: Nothing happens"),
        (
            "scenario: a\ncall: b\ncaller: c\noutcome: completed\noutcome: abandoned\n",
            "x.calls:2: A call needs a scenario: and one outcome",
        ),
        (
            "scenario: a\ncall: b\nnow: noon\ncaller: c\noutcome: completed\n",
            "x.calls:2: now:",
        ),
        (
            "scenario: a\ncall: b\ncaller: c\noutcome: completed\nrow: refunds a=1\n",
            "x.calls:5: a row is written",
        ),
        (
            "scenario: a\ncall: b\ncaller: c\noutcome: completed\nrow: + refunds a\n",
            "x.calls:5: 'a' is not column=value",
        ),
        (
            "scenario: a\ncall: b\ncaller: c\noutcome: completed\nrow: + refunds a='\n",
            "x.calls:5: No closing quotation",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, says: str) -> None:
    with pytest.raises(BadScript, match=r"x\.calls") as caught:
        parse_scripts(text, "x.calls")
    assert caught.value.message.startswith(says)
    assert caught.value.instance_mend


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(BadScript, match="cannot be read"):
        read_scripts(tmp_path / "none.calls")
    with pytest.raises(BadScript, match="no ordinary file"):
        read_scripts(tmp_path)
    latin = tmp_path / "latin.calls"
    latin.write_bytes(b"call: caf\xe9\n")
    with pytest.raises(BadScript, match="not UTF-8"):
        read_scripts(latin)
    big = tmp_path / "big.calls"
    big.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(BadScript, match="at most"):
        read_scripts(big)


def test_rows_that_come_and_go(tmp_path: Path) -> None:
    shop = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(shop)) as connection:
        connection.executescript(
            "CREATE TABLE a (id INTEGER, name TEXT, made_at TEXT DEFAULT (datetime('now')));"
            "INSERT INTO a VALUES (1, 'x', 'then'), (2, NULL, 'then');"
        )
        connection.commit()
    before = read_tables(shop)
    assert changes(before, before) == ()
    with closing(sqlite3.connect(shop)) as connection:
        connection.execute("UPDATE a SET name = 'it''s' WHERE id = 1")
        connection.execute("INSERT INTO a VALUES (3, 'z', 'now')")
        connection.commit()
    found = changes(before, read_tables(shop))
    assert [str(row) for row in found] == [
        "- a id=1 name=x",
        "+ a id=1 name='it'\"'\"'s'",
        "+ a id=3 name=z",
    ]
    assert [parse_row(str(row)) for row in found] == list(found)
