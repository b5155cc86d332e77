"""Scripted calls: a text file in which a caller and what must follow stand line by line.

    scenario: refund
    language: zh

    call: Corrects one digit
    caller: 我要退货，订单A1025
    caller: 不对，是A1024
    expect: confirm_change / confirm refund
    caller: 对
    says: R7002
    caller: 没有了
    outcome: completed
    row: + refunds number=7002 order_id=A1024 amount_fen=29900 reason=''

The lines before the first ``call:`` hold for all calls of the file. ``KEYS`` says what can stand
there; empty lines and lines that begin with ``#`` mean nothing.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from daemon.ctl.errors import BadScript
from daemon.ctl.scenario_rows import Row, parse_row

MAX_BYTES: Final = 1 << 20

HEAD_KEYS: Final[dict[str, str]] = {
    "scenario": "the scenario that answers",
    "language": "of OPEN: zh, en or auto",
    "from": "the caller's number",
    "now": "local time of the call, 2026-11-24T10:00",
    "script": "traditional: the caller writes Traditional characters",
    "audio": "yes: the benchmark speaks this call too",
    "xfail": "why the call does not come out as written: a known gap",
}
EVENT_KEYS: Final[dict[str, str]] = {
    "caller": "what the caller says, heard with confidence 0.9",
    "mumbles": "the same, heard with confidence 0.4",
    "silence": "the caller says nothing",
    "noise": "something that recognition dropped",
    "keys": "keys pressed, several as one number",
    "transfer": "the PBX's answer to a transfer: busy, no_answer, refused",
    "business": "from now on: up, down (no answer at all), slow (no answer in time)",
    "hangs up": "the caller ends the call",
}
TEST_KEYS: Final[dict[str, str]] = {
    "expect": "dialogue act of the reply, and the step after it: ask_slot / ask order_id",
    "says": "a piece of the reply",
    "not": "a piece that is not in the reply",
    "handover": "the reason that a transfer gives",
}
END_KEYS: Final[dict[str, str]] = {
    "outcome": "completed, transferred or abandoned",
    "row": "a row more (+) or less (-) in the business database; without any: nothing changed",
}
SPOKEN_KEYS: Final[dict[str, float]] = {"caller": 0.9, "mumbles": 0.4}
"""What a caller says, and the recogniser's confidence where the script is played as text."""
KEYS: Final = {"call": "the next call begins", **HEAD_KEYS, **EVENT_KEYS, **TEST_KEYS, **END_KEYS}

_NOW: Final = "2026-11-24T10:00"  # a Tuesday in office hours, beside the dates of the example shop
_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "language": ("zh", "en", "auto"),
    "script": ("traditional", "simplified"),
    "audio": ("yes", "no"),
    "transfer": ("busy", "no_answer", "refused"),
    "business": ("up", "down", "slow"),
    "outcome": ("completed", "transferred", "abandoned"),
    "silence": ("",),
    "noise": ("",),
    "hangs up": ("",),
}


class Line(msgspec.Struct, frozen=True):
    """One thing that happens, or that must be so after what happened before it."""

    number: int
    key: str
    """One of ``EVENT_KEYS`` or ``TEST_KEYS``."""
    text: str


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """One call."""

    file: str
    number: int
    """The line at which it begins."""
    title: str
    scenario: str
    language: str
    caller: str
    now: datetime.datetime
    traditional: bool
    audio: bool
    xfail: str
    lines: tuple[Line, ...]
    outcome: str
    rows: tuple[Row, ...]

    @property
    def home(self) -> Literal["zh", "en"]:
        """The language that the file's name tells: NAME.zh.calls, or NAME.en.calls."""
        return "zh" if self.file.split(".")[-2:-1] == ["zh"] else "en"

    @property
    def name(self) -> str:
        """Where it stands and what it is about."""
        return f"{self.file}:{self.number} {self.title}"


def read_scripts(path: Path) -> tuple[Script, ...]:
    """All calls of a file. Raises BadScript."""
    try:
        if path.exists() and not path.is_file():
            raise BadScript(f"{path} is no ordinary file.")
        data = path.read_bytes()
    except OSError as error:
        raise BadScript(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise BadScript(f"{path} has {len(data)} bytes; at most {MAX_BYTES} are read.")
    try:
        return parse_scripts(data.decode("utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        raise BadScript(f"{path} is not UTF-8.") from error


def parse_scripts(text: str, source: str) -> tuple[Script, ...]:
    """All calls of a text. Raises BadScript with the line."""
    blocks: list[list[Line]] = [[]]
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        line = _line(number, raw, source)
        if line.key == "call":
            blocks.append([])
        blocks[-1].append(line)
    head = blocks.pop(0)
    for line in head:
        if line.key not in HEAD_KEYS:
            raise _bad(source, line.number, f"{line.key}: stands in front of the first call:.")
    if not blocks:
        raise BadScript(f"{source} has no call.")
    return tuple(_script(head, block, source) for block in blocks)


def _line(number: int, raw: str, source: str) -> Line:
    key, _, text = (part.strip() for part in raw.partition(":"))
    if key not in KEYS:
        raise _bad(source, number, f"There is no line {key[:40]!r}; known: {', '.join(KEYS)}.")
    allowed = _CHOICES.get(key)
    if allowed is not None and text not in allowed:
        raise _bad(source, number, f"{key} cannot be {text[:40]!r}.")
    if allowed is None and not text:
        raise _bad(source, number, f"{key} is empty.")
    return Line(number, key, text)


def _script(head: list[Line], block: list[Line], source: str) -> Script:
    start = block[0].number
    facts = {line.key: line.text for line in (*head, *block) if line.key in HEAD_KEYS}
    outcomes = [line.text for line in block if line.key == "outcome"]
    if "scenario" not in facts or len(outcomes) != 1:
        raise _bad(source, start, "A call needs a scenario: and one outcome:.")
    lines = tuple(line for line in block if line.key in EVENT_KEYS or line.key in TEST_KEYS)
    if not lines:
        raise _bad(source, start, "Nothing happens in this call.")
    try:
        now = datetime.datetime.fromisoformat(facts.get("now", _NOW))
    except ValueError as error:
        raise _bad(source, start, f"now: {error}.") from error
    return Script(
        file=source,
        number=start,
        title=block[0].text,
        scenario=facts["scenario"],
        language=facts.get("language", "auto"),
        caller=facts.get("from", ""),
        now=now,
        traditional=facts.get("script") == "traditional",
        audio=facts.get("audio") == "yes",
        xfail=facts.get("xfail", ""),
        lines=lines,
        outcome=outcomes[0],
        rows=tuple(_row(line, source) for line in block if line.key == "row"),
    )


def _row(line: Line, source: str) -> Row:
    try:
        return parse_row(line.text)
    except ValueError as error:
        raise _bad(source, line.number, f"{error}.") from error


def _bad(source: str, number: int, message: str) -> BadScript:
    return BadScript(f"{source}:{number}: {message}")
