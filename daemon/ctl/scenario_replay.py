"""Plays scripted calls on a fresh copy of the business database and judges them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from daemon.business.operations import Operation
from daemon.business.seed import make_database
from daemon.business.sqlite import SqliteBusiness
from daemon.ctl.scenario_rehearsal import Mind, Outage, Rehearsal, Step
from daemon.ctl.scenario_rows import Row, changes, read_tables
from daemon.ctl.scenario_script import EVENT_KEYS, SPOKEN_KEYS, Line, Script
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import Heard

_OUTAGES: Final[dict[str, Outage]] = {"up": "", "down": "unavailable", "slow": "timeout"}


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A call that was played, and what was wrong with it."""

    script: Script
    faults: tuple[str, ...]
    """Each begins with the line of the script; none: it came out exactly as written."""
    transcript: tuple[str, ...]
    """What was said, line by line, for people."""
    outcome: str
    steps: tuple[Step, ...]
    """The newest turn after each line of the script; shorter where the call ended early."""


class Theatre:
    """Plays scripts; each on a shop of its own, made from the same seed.

    Use it with ``with``: the databases lie in a temporary folder. One call at a time.

    Args:
        dialogue: scenarios.
        mind: understands what callers say.
        operations: the allow-list of the business system.
        seed: SQL of its database.
    """

    def __init__(
        self, dialogue: Dialogue, mind: Mind, operations: Mapping[str, Operation], seed: Path
    ) -> None:
        self.mind = mind
        self._dialogue = dialogue
        self._operations = operations
        self._folder = tempfile.TemporaryDirectory(prefix="kefu-rehearsal-")
        self._template = Path(self._folder.name) / "seed.sqlite"
        self._shop = Path(self._folder.name) / "shop.sqlite"
        make_database(seed, self._template)
        self._seeded = read_tables(self._template)

    def __enter__(self) -> Theatre:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def rehearse(self, script: Script) -> Rehearsal:
        """A call for a script on a fresh shop, not yet opened."""
        shutil.copyfile(self._template, self._shop)
        business = SqliteBusiness(self._shop, self._operations)
        return Rehearsal(self._dialogue, business, script.now)

    def rows(self) -> tuple[Row, ...]:
        """What the newest call has changed in its shop."""
        return changes(self._seeded, read_tables(self._shop))

    def play(self, script: Script) -> Played:
        """Play one call as text, every word heard as it is written.

        Raises:
            UnknownScenario: the script names none of the dialogue's.
        """
        play = _Play(self.rehearse(script), script, self.mind)
        play.run()
        rows = self.rows()
        if not same_rows(rows, script.rows):
            found = "; ".join(map(str, rows)) or "nothing"
            play.fault(0, f"the database has changed by {found}")
        return Played(
            script=script,
            faults=tuple(play.faults),
            transcript=tuple(play.transcript),
            outcome=play.outcome,
            steps=tuple(play.steps),
        )


def same_rows(found: tuple[Row, ...], wanted: tuple[Row, ...]) -> bool:
    """Whether the same rows have come and gone, in any order."""
    return sorted(map(str, found)) == sorted(map(str, wanted))


def account(step: Step) -> Iterator[str]:
    """A turn for people: what was understood, asked of the business system, and answered."""
    if step.heard is not None:
        meant = step.heard.understanding
        found = ", ".join(f"{one.type} {one.value}" for one in meant.entities)
        yield (
            f"heard {step.heard.text!r} {step.heard.confidence:.2f}: {meant.intent} "
            f"{meant.confidence:.2f} {found} {step.heard.feeling.label}".rstrip()
        )
    for exchange in step.exchanges:
        answer = exchange.result.values if exchange.result.ok else exchange.result.error
        yield f"shop {exchange.call.name} {exchange.call.arguments} → {answer}"
    move = step.move
    end = f" → {move.end}" if move.end else ""
    yield f"agent [{move.action} / {move.state.step}{end}] {step.reply}"


def happen(rehearsal: Rehearsal, line: Line) -> Step | None:
    """Play a line that is not said; None where no turn comes of it."""
    if line.key == "business":
        rehearsal.outage = _OUTAGES[line.text]
        return None
    if line.key == "keys":
        return rehearsal.press(line.text)
    if line.key == "transfer":
        return rehearsal.transferred(line.text)
    return rehearsal.silence() if line.key == "silence" else rehearsal.noise()


class _Play:
    """One call while it is played."""

    def __init__(self, rehearsal: Rehearsal, script: Script, mind: Mind) -> None:
        self.faults: list[str] = []
        self.transcript: list[str] = []
        self.steps: list[Step] = []
        self.outcome = ""
        self._rehearsal = rehearsal
        self._script = script
        self._mind = mind
        self._step: Step

    def run(self) -> None:
        script = self._script
        self._take(
            self._rehearsal.open(script.scenario, language=script.language, caller=script.caller)
        )
        for line in script.lines:
            if line.key not in EVENT_KEYS:
                self._judge(line)
            elif self._over(line):
                self.fault(line.number, f"the call has ended ({self.outcome}) before this")
                break
            elif line.key == "transfer" and self.outcome != "transferred":
                self.fault(line.number, "nobody is being put through")
            else:
                self._happen(line)
            self.steps.append(self._step)
        if self.outcome != script.outcome:
            outcome = self.outcome or "still going on"
            self.fault(0, f"the outcome is {outcome}, not {script.outcome}")

    def fault(self, number: int, message: str) -> None:
        """Note what is wrong at a line (0: at the end)."""
        self.faults.append(f"{number or 'end'}: {message}")

    def _over(self, line: Line) -> bool:
        if line.key == "business":
            return False
        waits_for_pbx = self.outcome == "transferred" and line.key in ("transfer", "hangs up")
        return bool(self.outcome) and not waits_for_pbx

    def _happen(self, line: Line) -> None:
        self.transcript.append(f"{line.number:>4} {line.key}: {line.text}".rstrip(": "))
        if line.key in SPOKEN_KEYS:
            self._take(self._rehearsal.hear(self._hear(line)))
        elif line.key == "hangs up":
            self.outcome = self.outcome or "abandoned"
        else:
            step = happen(self._rehearsal, line)
            if step is not None:
                self._take(step)

    def _hear(self, line: Line) -> Heard:
        today = self._rehearsal.now.date()
        return self._mind.hear(line.text, today=today, confidence=SPOKEN_KEYS[line.key])

    def _take(self, step: Step) -> None:
        self._step = step
        self.outcome = step.move.end
        self.transcript += [f"     {one}" for one in account(step)]

    def _judge(self, line: Line) -> None:
        move = self._step.move
        if line.key == "expect":
            action, _, step = (part.strip() for part in line.text.partition("/"))
            if action != move.action or (step and step != move.state.step):
                found = f"{move.action} / {move.state.step}"
                self.fault(line.number, f"it is {found}, not {line.text}: {self._step.reply}")
        elif line.key == "says" and line.text not in self._step.reply:
            self.fault(line.number, f"{line.text!r} is not in {self._step.reply!r}")
        elif line.key == "not" and line.text in self._step.reply:
            self.fault(line.number, f"{line.text!r} is in {self._step.reply!r}")
        elif line.key == "handover":
            reason = move.handover.reason if move.handover is not None else "no transfer"
            if reason != line.text:
                self.fault(line.number, f"the transfer's reason is {reason}, not {line.text}")
