"""A conversation on the terminal while it happens, and the table at its end."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from daemon.ctl.caller import Answer
from daemon.ctl.output import shown
from kefu.protocol import Event


class ConversationView:
    """Prints the events of one call as they come."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def event(self, event: Event) -> None:
        """Print what an event tells: a turn with everything in it, or how a reply ended."""
        if event.kind == "turn":
            self._turn(event.data, stored=bool(event.stored))
        elif event.kind == "reply.ended" and event.data.get("cut"):
            self._console.print("         [yellow]⤷ interrupted: the agent is silent[/]")

        elif event.kind == "transfer":
            data = event.data
            self._console.print(
                f"         [yellow]⤷ transfer[/] to {shown(data.get('target') or 'anybody')}"
                f" ({shown(data.get('reason', ''))}): {shown(data.get('summary', ''))}"
            )
        elif event.kind == "transferred":
            self._console.print(f"         [yellow]⤷ the PBX says[/] {event.data.get('result')}")

    def _turn(self, turn: dict[str, Any], *, stored: bool) -> None:
        if turn.get("heard"):
            self._console.print(
                f"[bold cyan]caller[/] ▸ {shown(turn['heard'])}"
                f"  [dim]{turn.get('language', '')} {turn.get('heard_confidence', 0):.2f}[/]"
            )
            self._console.print(f"         [dim]{shown(_understood(turn))}[/]")
        if turn.get("business"):
            self._console.print(f"         [dim]business {shown(turn['business'])}[/]")
        if turn.get("reply"):
            self._console.print(f"[bold green]agent[/]  ◂ {shown(turn['reply'])}")
        self._console.print(f"         [dim]{_stages(turn)}{'' if stored else '  not stored'}[/]")


def summary(answers: dict[str, list[Answer]]) -> Table:
    """One row a line of the caller: what he said and how long he waited, at his own ear."""
    table = Table(title="The caller's wait, from his last syllable to our first audible frame")
    for column in ("call", "line", "wait s", "note"):
        table.add_column(column, justify="right" if column == "wait s" else "left")
    for name, lines in answers.items():
        for answer in lines:
            table.add_row(name, answer.line.text, _seconds(answer.wait_s), _note(answer))
    return table


def _understood(turn: dict[str, Any]) -> str:
    entities = ", ".join(f"{e['type']}={e['value']}" for e in turn.get("entities", ())) or "–"
    emotion = turn.get("emotion") or "abstains"
    return (
        f"intent {turn.get('intent') or '–'} {turn.get('intent_confidence', 0):.2f}"
        f" · entities {entities} · emotion {emotion} · action {turn.get('action') or '–'}"
    )


def _stages(turn: dict[str, Any]) -> str:
    ledger = turn.get("ledger", {})
    names = ("asr", "nlu", "emotion", "dialog", "business", "tts_first")
    stages = [
        f"{name.removesuffix('_first')} {ledger[name]['took_ms']:.0f}"
        for name in names
        if ledger.get(name)
    ]
    silence = ""
    if ledger.get("turn_end_ms") is not None and ledger.get("speech_end_ms") is not None:
        silence = f"silence {ledger['turn_end_ms'] - ledger['speech_end_ms']:.0f} · "
    return f"ms: {silence}{' · '.join(stages)}{' · cached' if turn.get('reply_cached') else ''}"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _note(answer: Answer) -> str:
    if answer.premature:
        return "answered too early"
    if answer.silent_after_s == 0:
        return "interrupted in a pause of ours"
    if answer.silent_after_s is not None:
        return f"interrupted: we were silent after {answer.silent_after_s * 1000:.0f} ms"
    return ""
