"""Whole calls through the real engines: a call is right when the shop's rows and the outcome are.

Callers speak the calls marked ``audio: yes`` in ``tests/dialogues`` with voices that are not the
agent's, over G.711. Recognition, understanding, dialogue and the business system are the release's;
there is no gateway, so nothing here measures time. A complaint's story must stand in its row as it
was heard, everything else as it was meant. A caller keeps to his script and copes as people do: he
says again, slower, what was not understood, says a number once more when he is asked for it, says
yes or no to a value that is read back, and puts a wrong one right. Peer in the same run: the same
calls as text, every word heard as written.

    python -m benchmarks.dialogues            ten calls of each scenario and language
    python -m benchmarks.dialogues --quick    two of each
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from benchmarks.hardware import hardware
from benchmarks.results import save
from benchmarks.spoken_caller import Callers, hear
from daemon.business.operations import load_operations
from daemon.ctl.scenario_rehearsal import Mind, Rehearsal, Step
from daemon.ctl.scenario_replay import Theatre, account, happen, same_rows
from daemon.ctl.scenario_rows import Row
from daemon.ctl.scenario_script import EVENT_KEYS, SPOKEN_KEYS, Line, Script, read_scripts
from daemon.release.release import load as load_release
from daemon.settings import Settings
from engines import pipeline
from engines.dialog.moves import State
from engines.pipeline import Pipeline
from kefu.errors import KefuError
from models.nlu.statistics import wilson

SCRIPTS: Final = Path("tests/dialogues")
QUICK: Final = 2
TARGET: Final = 0.8
PATIENCE: Final = 3
"""Turns that a caller spends on putting one line right."""
_SPEAKABLE: Final = re.compile(r"[A-Z]?\d+")
_SENTENCE: Final = re.compile("[A-Za-z]{2}|[\u3400-\u9fff]")
_SENTENCES: Final[dict[Literal["zh", "en"], tuple[str, str, str]]] = {
    "zh": ("对", "不对", "不对，是{}"),
    "en": ("Yes, that's right", "No", "No, it's {}"),
}


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """One call as it went."""

    call: str
    scenario: str
    language: str
    right: bool
    right_as_text: bool
    """The peer: the same call, every word heard as written."""
    outcome: str
    outcome_wanted: str
    rows: tuple[str, ...]
    rows_wanted: tuple[str, ...]
    turns: int
    """Times that the caller spoke."""
    extra_turns: int
    """Of these, not in the script: said again, confirmed or put right."""
    cause: str = ""
    """Of a call that is not right: the first line that did not lead where it does as text."""
    transcript: tuple[str, ...] = ()


class SpokenCall:
    """Plays one script by voice.

    Args:
        script: the call.
        reference: the newest turn after each line, as the same call goes as text.
        rehearsal: the call, not yet opened.
        caller: which of the callers speaks.
        engines: of the release.
        callers: their voices.
    """

    def __init__(
        self,
        script: Script,
        reference: tuple[Step, ...],
        rehearsal: Rehearsal,
        caller: int,
        engines: Pipeline,
        callers: Callers,
    ) -> None:
        self.turns = 0
        self.extra_turns = 0
        self.cause = ""
        self.transcript: list[str] = []
        self.outcome = ""
        self.hearings: list[tuple[str, str]] = []
        """What was said, and as what it was heard."""
        self._said: list[str] = []
        self._script = script
        self._reference = reference
        self._rehearsal = rehearsal
        self._caller = caller
        self._engines = engines
        self._callers = callers
        self._mind = Mind(engines.understander, engines.feelings)
        self._step: Step

    def play(self) -> None:
        """From the greeting to the end."""
        script = self._script
        self._take(
            self._rehearsal.open(script.scenario, language=script.language, caller=script.caller)
        )
        for line, wanted in zip(script.lines, self._reference, strict=False):
            if line.key not in EVENT_KEYS:
                continue
            if self._over(line):
                self._blame(line, wanted)
                break
            before = self._rehearsal.move.state
            if line.key in SPOKEN_KEYS:
                self._say(line.text)
                self._cope(line, before, wanted)
            elif line.key == "hangs up":
                self.outcome = self.outcome or "abandoned"
            else:
                step = happen(self._rehearsal, line)
                if step is not None:
                    self.transcript.append(f"{line.key} {line.text}".rstrip())
                    self._take(step)
            if self._state().step != wanted.move.state.step:
                self._blame(line, wanted)

    def _cope(self, line: Line, before: State, wanted: Step) -> None:
        """Put right what came out otherwise than the caller means."""
        for _ in range(PATIENCE):
            now, meant = self._state(), wanted.move.state
            if self.outcome or (now.step == meant.step and not self._wrong_value(meant)):
                return
            answer = self._answer(now, meant)
            if answer:
                self._blame(line, wanted)
                self._say(answer, extra=True)
            elif now.step == before.step or self._step.move.action == "ask_clarification":
                self._blame(line, wanted)
                self._say(line.text, extra=True)
            else:
                return

    def _answer(self, now: State, meant: State) -> str:
        """To a value that is read back or asked for; empty where it cannot be said shortly."""
        yes, no, correction = _SENTENCES[now.language]
        kind, _, name = now.step.partition(" ")
        wrong = self._wrong_value(meant)
        if wrong:
            return correction.format(wrong) if _SPEAKABLE.fullmatch(wrong) else no
        if (
            kind == "ask"
            and now.step != meant.step
            and _SPEAKABLE.fullmatch(meant.slots.get(name, ""))
        ):
            return meant.slots[name]
        return yes if kind == "check" and name in meant.slots else ""

    def _wrong_value(self, meant: State) -> str:
        """What a value should be that the agent has just said wrong; empty: none is."""
        for name, value in meant.slots.items():
            found = self._state().slots.get(name, value)
            if found != value and found in self._step.reply:
                return value
        return ""

    def _say(self, text: str, *, extra: bool = False) -> None:
        self.turns += 1
        self.extra_turns += extra
        home = self._script.home
        times = self._said.count(text)
        pcm = self._callers.say(text, self._caller, home=home, times=times)
        self._said.append(text)
        transcript = hear(self._engines, pcm, self._script.language, self._step.move.expects)
        self.transcript.append(f"said {text!r}{' (not in the script)' if extra else ''}")
        if transcript is None:
            self.transcript.append("dropped by recognition")
            self._take(self._rehearsal.noise())
            return
        self.hearings.append((text, transcript.text))
        heard = self._mind.hear(
            transcript.text,
            today=self._rehearsal.now.date(),
            confidence=transcript.confidence,
            language=transcript.language,
        )
        self._take(self._rehearsal.hear(heard))

    def _take(self, step: Step) -> None:
        self._step = step
        self.outcome = step.move.end
        self.transcript += account(step)

    def _state(self) -> State:
        return self._rehearsal.move.state

    def _over(self, line: Line) -> bool:
        waits_for_pbx = self.outcome == "transferred" and line.key in ("transfer", "hangs up")
        return bool(self.outcome) and not waits_for_pbx and line.key != "business"

    def _blame(self, line: Line, wanted: Step) -> None:
        if self.cause:
            return
        heard = self._step.heard
        found = f"heard {heard.text!r} ({heard.confidence:.2f})" if heard else "nothing was heard"
        self.cause = (
            f"line {line.number} {line.key} {line.text!r}: {found}; it led to "
            f"{self._state().step!r} with {self._state().slots}, not to "
            f"{wanted.move.state.step!r} with {wanted.move.state.slots}"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Speak, judge, print, and write the result file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two calls of each file")
    parser.add_argument("--json", type=Path, help="write here instead of benchmarks/results/")
    parser.add_argument("--state", type=Path, default=Path("var"), help="the state folder")
    parser.add_argument("files", nargs="*", type=Path, help="scripts; left out: all")
    options = parser.parse_args(argv)
    began = time.monotonic()
    try:
        calls = list(_calls(options.state, options.files or _files(), options.quick))
    except KefuError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    figures = _figures(calls) | {"quick": options.quick, "took_s": time.monotonic() - began}
    print(hardware().line())
    for name, value in figures["files"].items():
        print(f"{name:24} {value['right']:3} of {value['calls']}")
    print(f"{'as text':24} {figures['right_as_text']:3} of {figures['calls']}")
    print(f"{'right':24} {figures['right']:3} of {figures['calls']}, target {TARGET:.0%}")
    save("dialogues", figures, options.json)
    return 0


def _files() -> list[Path]:
    return sorted(SCRIPTS.glob("*.calls"))


def _calls(state: Path, files: list[Path], quick: bool) -> Iterator[Spoken]:
    settings = Settings()
    release = load_release(state, "lite")
    operations = load_operations(Path(settings.business.operations))
    scenarios, cache = Path(settings.dialog.scenarios), state / "cache"
    loaded = pipeline.load(release.files, release.settings, scenarios=scenarios, cache=cache)
    with loaded as engines, Callers(release.files, cache) as callers:
        mind = Mind(engines.understander, engines.feelings)
        seed = Path(settings.business.seed)
        with Theatre(engines.dialogue, mind, operations, seed) as theatre:
            for file in files:
                chosen = [script for script in read_scripts(file) if script.audio]
                # Spread over the file: its first calls are the plain ones.
                for number, script in enumerate(
                    chosen[:: len(chosen) // QUICK] if quick else chosen
                ):
                    yield _speak(script, number, theatre, engines, callers)


def _speak(
    script: Script, caller: int, theatre: Theatre, engines: Pipeline, callers: Callers
) -> Spoken:
    reference = theatre.play(script)
    call = SpokenCall(script, reference.steps, theatre.rehearse(script), caller, engines, callers)
    call.play()
    rows = theatre.rows()
    wanted = tuple(_as_heard(row, call.hearings) for row in script.rows)
    right = same_rows(rows, wanted) and call.outcome == script.outcome
    spoken = Spoken(
        call=script.name,
        scenario=script.scenario,
        language=script.home,
        right=right,
        right_as_text=not reference.faults,
        outcome=call.outcome,
        outcome_wanted=script.outcome,
        rows=tuple(map(str, rows)),
        rows_wanted=tuple(map(str, wanted)),
        turns=call.turns,
        extra_turns=call.extra_turns,
        cause="" if right else call.cause or "every line led where it should; see the transcript",
        transcript=() if right else tuple(call.transcript),
    )
    print(f"{'right ' if right else 'WRONG '} {script.name}", flush=True)
    if not right:
        print(f"        {spoken.cause}")
        for line in spoken.transcript:
            print(f"          {line}")
    return spoken


def _as_heard(row: Row, hearings: list[tuple[str, str]]) -> Row:
    """The row where a cell that is a whole sentence of the caller's holds it as it was heard."""
    first: dict[str, str] = {}
    for said, heard in hearings:
        if _SENTENCE.search(said):
            first.setdefault(said, heard)
    cells = {name: first.get(value, value) for name, value in row.cells.items()}
    return Row(table=row.table, cells=cells, gone=row.gone)


def _figures(calls: list[Spoken]) -> dict[str, Any]:
    right = [call for call in calls if call.right]
    files = sorted({(call.scenario, call.language) for call in calls})
    return {
        "calls": len(calls),
        "right": len(right),
        "right_as_text": sum(call.right_as_text for call in calls),
        "success": msgspec.to_builtins(wilson(len(right), len(calls))),
        "target": TARGET,
        "turns": sum(call.turns for call in calls),
        "extra_turns": sum(call.extra_turns for call in calls),
        "files": {
            f"{scenario} {language}": {
                "calls": sum(
                    (call.scenario, call.language) == (scenario, language) for call in calls
                ),
                "right": sum(
                    (call.scenario, call.language) == (scenario, language) for call in right
                ),
            }
            for scenario, language in files
        },
        "failures": [msgspec.to_builtins(call) for call in calls if not call.right],
    }


if __name__ == "__main__":
    sys.exit(main())
