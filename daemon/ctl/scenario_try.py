"""The text console: a person types as the caller and sees why the dialogue answers as it does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace
from rich.markup import escape

from daemon.ctl.output import results, shown
from daemon.ctl.scenario_rehearsal import Mind, Outage, Rehearsal, Step
from daemon.ctl.scenario_rows import changes, read_tables
from engines.dialog.beliefs import best
from engines.dialog.memory import recall
from engines.dialog.moves import Heard
from engines.emotion.feeling import Feeling

COMMANDS: Final[dict[str, str]] = {
    "/keys 1": "press keys, several as one number",
    "/silence": "say nothing",
    "/noise": "say something that recognition drops",
    "/mumble TEXT": "say it so that it is heard badly",
    "/angry TEXT": "say it in an angry voice",
    "/busy": "answer of the PBX to a transfer; also /no_answer, /refused",
    "/down": "the business system does not answer; /slow, /up",
    "/state": "everything that the dialogue remembers",
    "/help": "this list",
    "/quit": "hang up",
}
_OUTAGES: Final[dict[str, Outage]] = {"/down": "unavailable", "/slow": "timeout", "/up": ""}
_TRANSFERS: Final = ("/busy", "/no_answer", "/refused")
_ANGRY: Final = Feeling(label="angry", confidence=0.9)
_SHOWN_INTENTS: Final = 2
_CALLER: Final = "[bold blue]caller[/bold blue]"


class Console:
    """One call at the console.

    Args:
        rehearsal: the call, not yet opened.
        mind: understands what is typed.
        shop: the business database, shown at the end by what has changed in it.
    """

    def __init__(self, rehearsal: Rehearsal, mind: Mind, shop: Path) -> None:
        self._rehearsal = rehearsal
        self._mind = mind
        self._shop = shop
        self._before = read_tables(shop)
        self.steps: list[Step] = []

    def run(self, first: Step, lines: Iterable[str]) -> None:
        """Show the greeting, then play each line until the call ends or the lines do."""
        self._show(first)
        for raw in lines:
            line = raw.strip()
            if not line:
                continue
            if line == "/quit":
                break
            if not self._command(line) and self._ended(line):
                break
        self._show_rows()

    def _ended(self, line: str) -> bool:
        end = self._rehearsal.move.end
        if end == "transferred" and line not in _TRANSFERS:
            results.print("[dim]The PBX puts the caller through.[/dim]")
            return True
        step = self._play(line)
        if step is None:
            if line in _TRANSFERS:
                results.print("[yellow]No transfer is pending.[/yellow]")
            else:
                results.print(f"[yellow]No such command:[/yellow] {escape(line)}; /help lists them")
            return False
        self._show(step)
        if step.move.end == "transferred":
            results.print("[dim]/busy, /no_answer, /refused: what the PBX says; else the end[/dim]")
        return step.move.end in ("completed", "abandoned")

    def _command(self, line: str) -> bool:
        """What is no turn of the call; whether it was that."""
        if line in _OUTAGES:
            self._rehearsal.outage = _OUTAGES[line]
        elif line == "/state":
            state = msgspec.json.encode(self._rehearsal.move.state)
            results.print_json(state.decode())
        elif line == "/help":
            for name, meaning in COMMANDS.items():
                results.print(f"  {name:<14} [dim]{meaning}[/dim]")
        else:
            return False
        return True

    def _play(self, line: str) -> Step | None:
        rehearsal = self._rehearsal
        command, _, text = line.partition(" ")
        if not line.startswith("/"):
            return rehearsal.hear(self._hear(line))
        if command == "/keys" and text:
            return rehearsal.press(text.strip())
        if command == "/mumble" and text:
            return rehearsal.hear(self._hear(text, 0.4))
        if command == "/angry" and text:
            return rehearsal.hear(replace(self._hear(text), feeling=_ANGRY))
        plain: dict[str, Callable[[], Step]] = {
            "/silence": rehearsal.silence,
            "/noise": rehearsal.noise,
        }
        if line in plain:
            return plain[line]()
        if line in _TRANSFERS and rehearsal.move.end == "transferred":
            return rehearsal.transferred(line[1:])
        return None

    def _hear(self, text: str, confidence: float = 0.9) -> Heard:
        return self._mind.hear(text, today=self._rehearsal.now.date(), confidence=confidence)

    def _show(self, step: Step) -> None:
        self.steps.append(step)
        for line in describe(step):
            results.print(line, soft_wrap=True)

    def _show_rows(self) -> None:
        rows = changes(self._before, read_tables(self._shop))
        results.print("[bold]business database[/bold]")
        for row in rows:
            results.print(f"  {escape(str(row))}", soft_wrap=True)
        if not rows:
            results.print("  nothing has changed")


def describe(step: Step) -> Iterator[str]:
    """A turn as lines of rich markup: heard, asked, decided, said."""
    heard, move = step.heard, step.move
    if heard is not None:
        intents = ", ".join(
            f"{one.intent} {one.probability:.2f}"
            for one in heard.understanding.intents[:_SHOWN_INTENTS]
        )
        yield f"  [dim]intent    {intents}[/dim]"
        for entity in heard.understanding.entities:
            value = f"{shown(entity.text)} → {shown(entity.value)}"
            yield f"  [dim]entity    {entity.type} {value}[/dim]"
        if heard.feeling.label:
            yield f"  [dim]emotion   {heard.feeling.label} {heard.feeling.confidence:.2f}[/dim]"
    for exchange in step.exchanges:
        call, result = exchange.call, exchange.result
        asked = ", ".join(f"{name}={value}" for name, value in call.arguments.items())
        answer = ", ".join(f"{name}={value}" for name, value in result.values.items())
        answer = answer if result.ok else f"[red]{result.error}[/red]"
        verb = "writes" if call.changes else "reads"
        yield f"  [cyan]{verb:<8}[/cyan]  {shown(call.name)}({shown(asked)}) → {answer}"
    for reason in move.reasons:
        yield f"  [dim]because   {shown(reason)}[/dim]"
    beliefs = recall(move.state.memory).beliefs
    for name in sorted(beliefs.keys() | move.state.slots.keys()):
        value, certainty = best(beliefs.get(name, {}))
        known = move.state.slots.get(name, "")
        sign = "" if known == value else " (not taken)"
        yield f"  [dim]slot      {name} = {shown(value or known)} {certainty:.2f}{sign}[/dim]"
    yield f"[bold green]agent[/bold green] {shown(step.reply)}"
    expects = move.expects
    facts = [
        f"{move.action} → {move.state.step}",
        f"expects {expects.kind}{f' {expects.digits}' if expects.digits else ''}",
        f"keys {expects.keys}" if expects.keys else "",
        "private" if expects.private else "",
        f"ends {move.end}" if move.end else "",
    ]
    yield f"  [dim]{'; '.join(shown(fact) for fact in facts if fact)}[/dim]"
    if move.handover is not None:
        told = move.handover
        yield f"  [magenta]transfer[/magenta]  to {shown(told.target or '–')}: {told.reason}"
        yield f"            {shown(told.summary)}"


def typed() -> Iterator[str]:
    """Lines of standard input: at a terminal each behind a prompt, from a file each shown."""
    if not sys.stdin.isatty():
        for line in sys.stdin:
            results.print(f"{_CALLER} {shown(line.strip())}", soft_wrap=True)
            yield line
        return
    results.print(f"[dim]Type as the caller. {'  '.join(COMMANDS)}[/dim]")
    while True:
        try:
            yield results.input(f"{_CALLER} ")
        except EOFError:
            return
