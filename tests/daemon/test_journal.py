"""Where log lines go: the journal with fields where it can be had, else stderr."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.journal import JournalHandler, Waiting, call_in, configure, event_in, fields, line
from tests.daemon.gateway.house import until

CALL = "0123456789abcdef0123456789abcdef"
ROOT = Path(__file__).parents[2]
PROCESS = """
import logging, os, sys
{before}
from daemon.journal import configure, line
stderr = os.fstat(2)
stream = {{"JOURNAL_STREAM": f"{{stderr.st_dev}}:{{stderr.st_ino}}"}}
configure("info", "kefud", {environment})
log = logging.getLogger("kefud.calls")
log.debug(line("unseen"))
log.info(line("opened", call=bytes.fromhex({call!r}), codec="ulaw"))
try:
    raise ValueError("odd")
except ValueError:
    log.exception(line("fault"))
"""
WITHOUT = "sys.modules['systemd'] = None"
STAND_IN = """
import types
package, journal = types.ModuleType("systemd"), types.ModuleType("systemd.journal")
journal.sendv = lambda *fields: print(fields, flush=True)
package.journal = journal
sys.modules.update({"systemd": package, "systemd.journal": journal})
"""


def run(before: str, environment: str) -> subprocess.CompletedProcess[str]:
    script = PROCESS.format(before=before, environment=environment, call=CALL)
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )


def record(message: str, level: int = logging.INFO, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("kefud.calls", level, "switchboard.py", 7, message, None, None)
    made.__dict__.update(extra)
    return made


def kept(made: logging.LogRecord) -> dict[str, str]:
    return dict(field.split("=", 1) for field in fields(made, "kefud"))


def test_a_line_is_an_event_and_its_values() -> None:
    said = line("closed", call=bytes.fromhex(CALL), cause="normal", after_s=1.25, why="a b\nc")
    assert said == f"closed call={CALL} cause=normal after_s=1.2 why='a b\\nc'"


@pytest.mark.parametrize(
    ("message", "event", "call"),
    [
        (line("opened", call=bytes.fromhex(CALL)), "opened", CALL),
        (line("ended"), "ended", None),
        (f"call opened call={CALL} resumed=False", "call_opened", CALL),
        (f"stage failed stage=asr\nTraceback\n  call={CALL}", "stage_failed", None),
        (line("bad_message", reason=f"x call={CALL[:8]}"), "bad_message", None),
        (line("agi_refused", reason=f"closed call={CALL} x=1"), "agi_refused", None),
        (line("agi_refused", reason=f"it's call={CALL} x=1"), "agi_refused", None),
        (line("agi_refused", reason=f"'\" call={CALL} '"), "agi_refused", None),
        (line("agi_refused", reason=f"call={CALL}"), "agi_refused", None),
        (line("refused", said=f"x call={'9' * 32} y", call=CALL), "refused", CALL),
        (f"slot message refused code=bad no call={CALL} here", "slot_message_refused", None),
        (f"refused said='not closed call={CALL}", "refused", None),
        (f"closed x={CALL} xcall={CALL}", "closed", None),
        (f"closed call={CALL}0", "closed", None),
        (f"closed call='{CALL}'", "closed", None),
        (f"Somebody said: call={CALL}", None, None),
        ("Nothing of ours: 7", None, None),
        ("", None, None),
    ],
)
def test_event_and_call_are_fields(message: str, event: str | None, call: str | None) -> None:
    found = kept(record(message))
    assert found.get("KEFU_EVENT") == event
    assert found.get("KEFU_CALL_ID") == call
    assert found["MESSAGE"] == message


WORDS = st.lists(
    st.one_of(
        st.sampled_from([f"call={CALL}", "'", '"', "\\", " ", "\n", "closed", "cause=completed"]),
        st.text(max_size=3),
    ),
    max_size=10,
).map("".join)


@given(WORDS, WORDS)
def test_no_value_can_pass_for_the_call_or_the_event_of_its_line(one: str, other: str) -> None:
    said = line("agi_refused", reason=one, said=other)
    assert (event_in(said), call_in(said)) == ("agi_refused", "")
    ours = "f" * 32
    said = line("refused", reason=one, call=bytes.fromhex(ours), said=other)
    assert (event_in(said), call_in(said)) == ("refused", ours)


@pytest.mark.parametrize("told", [CALL, bytes.fromhex(CALL)])
def test_a_call_may_be_told_beside_the_line(told: object) -> None:
    assert kept(record("thinking", call=told))["KEFU_CALL_ID"] == CALL


@pytest.mark.parametrize(
    ("level", "priority"), [("DEBUG", "7"), ("INFO", "6"), ("WARNING", "4"), ("ERROR", "3")]
)
def test_levels_are_priorities_of_syslog(level: str, priority: str) -> None:
    assert kept(record("x", getattr(logging, level)))["PRIORITY"] == priority


def test_without_systemd_lines_go_to_stderr_with_the_time() -> None:
    said = run(WITHOUT, "{}").stderr.splitlines()
    assert said[0][2:3] == ":"
    assert said[0][9:] == f"INFO kefud.calls opened call={CALL} codec=ulaw"
    assert said[-1] == "ValueError: odd"


def test_where_systemd_python_is_missing_stderr_carries_the_priorities() -> None:
    said = run(WITHOUT, "stream").stderr.splitlines()
    assert said[0] == f"<6>kefud.calls opened call={CALL} codec=ulaw"
    assert said[1] == "<3>kefud.calls fault"
    assert said[-1] == "<3>ValueError: odd"


def test_with_systemd_python_lines_go_to_the_journal_with_fields() -> None:
    done = run(STAND_IN, "stream")
    opened, fault = done.stdout.splitlines()
    assert f"'KEFU_CALL_ID={CALL}'" in opened
    assert "'KEFU_EVENT=opened'" in opened
    assert "'SYSLOG_IDENTIFIER=kefud'" in opened
    assert "'PRIORITY=3'" in fault
    assert "ValueError: odd" in fault
    assert done.stderr == ""


def test_a_stderr_that_was_sent_elsewhere_is_no_journal() -> None:
    done = run(STAND_IN, "{'JOURNAL_STREAM': '8:1234'}")
    assert done.stdout == ""
    assert f"opened call={CALL}" in done.stderr


class Stuck:
    """A journal that takes nothing until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.taken: list[tuple[str, ...]] = []

    def send(self, *said: str) -> None:
        self.go.wait(10)
        self.taken.append(said)


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stuck]:
    monkeypatch.setattr("daemon.journal.MOST_WAITING", 20)
    made = Stuck()
    yield made
    made.go.set()


def test_a_journal_that_hangs_delays_nobody_and_what_it_missed_is_counted(stuck: Stuck) -> None:
    waiting = Waiting(JournalHandler("kefud", stuck.send))
    waiting.handle(record(line("begun")))
    until(lambda: waiting.lines.empty())
    for number in range(100):
        waiting.handle(record(line("opened", number=number)))
    assert waiting.dropped == 80
    stuck.go.set()
    until(lambda: waiting.lines.empty())
    waiting.handle(record(line("ended")))
    waiting.end()
    messages = [said[0].removeprefix("MESSAGE=") for said in stuck.taken]
    assert messages[:2] == ["begun", "opened number=0"]
    assert messages[-3:] == ["opened number=19", "log_lines_dropped count=80", "ended"]


def test_a_journal_that_fails_ends_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(*_: str) -> None:
        raise OSError("no journal")

    waiting = Waiting(JournalHandler("kefud", refuse))
    waiting.handle(record("opened"))
    waiting.end()
    assert "no journal" in capsys.readouterr().err


def test_the_level_is_the_least_that_is_logged() -> None:
    before = logging.root.handlers[:], logging.root.level
    try:
        configure("warning", "kefud", {})
        assert logging.getLogger("kefud").getEffectiveLevel() == logging.WARNING
    finally:
        logging.root.handlers, logging.root.level = before


def test_the_real_package_takes_our_fields() -> None:
    journal = pytest.importorskip("systemd.journal", reason="systemd-python is not installed")
    if not os.path.exists("/run/systemd/journal/socket"):
        pytest.skip("there is no journal here")
    journal.sendv(*fields(record(line("tested", call=CALL)), "kefu-test"))
