"""Plays scripted calls on a fresh copy of the business database and judges them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

import msgspec

from daemon.business.operations import Operation
from daemon.business.seed import make_database
from daemon.business.sqlite import SqliteBusiness
from daemon.ctl.scenario_rehearsal import Mind, Outage, Rehearsal, Step
from daemon.ctl.scenario_rows import Tables, changes, read_tables
from daemon.ctl.scenario_script import EVENT_KEYS, Line, Script
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import Heard

CONFIDENCE: Final[dict[str, float]] = {"caller": 0.9, "mumbles": 0.4}
_OUTAGES: Final[dict[str, Outage]] = {"up": "", "down": "unavailable", "slow": "timeout"}


class Ears(Protocol):
    """How a caller's line becomes what the dialogue is told."""

    def __call__(self, rehearsal: Rehearsal, script: Script, line: Line) -> Heard | None:
        """What was heard; None: recognition dropped it."""


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A call that was played, and what was wrong with it."""

    script: Script
    faults: tuple[str, ...]
    """Each begins with the line of the script; none: it came out exactly as written."""
    transcript: tuple[str, ...]
    """What was said, line by line, for people."""
    rows_right: bool
    outcome: str


class Theatre:
    """Plays scripts; each on a shop of its own, made from the same seed.

    Use it with ``with``: the databases lie in a temporary folder.

    Args:
        dialogue: scenarios.
        operations: the allow-list of the business system.
        seed: SQL of its database.
    """

    def __init__(self, dialogue: Dialogue, operations: Mapping[str, Operation], seed: Path) -> None:
        self._dialogue = dialogue
        self._operations = operations
        self._folder = tempfile.TemporaryDirectory(prefix="kefu-rehearsal-")
        self._template = Path(self._folder.name) / "seed.sqlite"
        make_database(seed, self._template)
        self._seeded: Tables = read_tables(self._template)

    def __enter__(self) -> Theatre:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def play(self, script: Script, ears: Ears, *, strict: bool = True) -> Played:
        """Play one call to its end.

        Args:
            script: the call.
            ears: makes what the dialogue is told out of a caller's line.
            strict: judge every ``expect``, ``says``, ``not`` and ``handover``; else outcome and
                rows only, as where recognition lies between script and dialogue.

        Raises:
            UnknownScenario: the script names none of the dialogue's.
        """
        shop = Path(self._folder.name) / "shop.sqlite"
        shutil.copyfile(self._template, shop)
        business = SqliteBusiness(shop, self._operations)
        rehearsal = Rehearsal(self._dialogue, business, script.now)
        play = _Play(rehearsal, script, ears, strict)
        play.run()
        rows = changes(self._seeded, read_tables(shop))
        rows_right = sorted(map(str, rows)) == sorted(map(str, script.rows))
        if not rows_right:
            found = "; ".join(map(str, rows)) or "nothing"
            play.fault(0, f"the database has changed by {found}")
        return Played(
            script=script,
            faults=tuple(play.faults),
            transcript=tuple(play.transcript),
            rows_right=rows_right,
            outcome=play.outcome,
        )


class _Play:
    """One call while it is played."""

    def __init__(self, rehearsal: Rehearsal, script: Script, ears: Ears, strict: bool) -> None:
        self.faults: list[str] = []
        self.transcript: list[str] = []
        self.outcome = ""
        self._rehearsal = rehearsal
        self._script = script
        self._ears = ears
        self._strict = strict
        self._step: Step

    def run(self) -> None:
        script = self._script
        self._take(
            self._rehearsal.open(script.scenario, language=script.language, caller=script.caller)
        )
        for line in script.lines:
            if line.key not in EVENT_KEYS:
                if self._strict:
                    self._judge(line)
                continue
            if self._over(line):
                self.fault(line.number, f"the call has ended ({self.outcome}) before this")
                break
            self._happen(line)
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
        rehearsal = self._rehearsal
        self.transcript.append(f"{line.number:>4} {line.key}: {line.text}".rstrip(": "))
        if line.key in CONFIDENCE:
            heard = self._ears(rehearsal, self._script, line)
            self._take(rehearsal.noise() if heard is None else rehearsal.hear(heard))
        elif line.key == "silence":
            self._take(rehearsal.silence())
        elif line.key == "noise":
            self._take(rehearsal.noise())
        elif line.key == "keys":
            self._take(rehearsal.press(line.text))
        elif line.key == "transfer":
            self._take(rehearsal.transferred(line.text))
        elif line.key == "business":
            rehearsal.outage = _OUTAGES[line.text]
        else:
            self.outcome = self.outcome or "abandoned"

    def _take(self, step: Step) -> None:
        self._step = step
        move = step.move
        self.outcome = move.end
        if step.heard is not None:
            meant = step.heard.understanding
            found = ", ".join(f"{one.type} {one.value}" for one in meant.entities)
            self.transcript.append(
                f"     heard {step.heard.text!r} {step.heard.confidence:.2f}: {meant.intent} "
                f"{meant.confidence:.2f} {found} {step.heard.feeling.label}".rstrip()
            )
        for exchange in step.exchanges:
            answer = exchange.result.values if exchange.result.ok else exchange.result.error
            self.transcript.append(
                f"     shop {exchange.call.name} {exchange.call.arguments} → {answer}"
            )
        self.transcript.append(
            f"     agent [{move.action} / {move.state.step}{' → ' + move.end if move.end else ''}] "
            f"{step.reply}"
        )

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


def reader(mind: Mind) -> Ears:
    """Ears that read the script: every word is heard as it is written."""

    def read(rehearsal: Rehearsal, script: Script, line: Line) -> Heard:
        return mind.hear(line.text, today=rehearsal.now.date(), confidence=CONFIDENCE[line.key])

    return read
