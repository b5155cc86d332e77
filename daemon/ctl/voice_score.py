"""``kefuctl voice score``: what callers and supervisors think of the voices."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.table import Table

from daemon.ctl import places
from daemon.ctl.output import people, print_json, results, shown
from daemon.settings import load_settings
from daemon.voices.errors import NoSuchVoice
from daemon.voices.places import all_names
from daemon.voices.score import Score, offer, scores


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    scores: tuple[Score, ...]
    to_fit_again: tuple[str, ...]
    """Names of personal voices."""


def score(
    name: Annotated[str, typer.Argument(help="Of a voice; else all of them.")] = "",
    state: places.State = places.STATE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Show the scores of voices, 1 to 5: of callers (`survey: voice`) and of `calls rate`.

    Examples:
        kefuctl voice score

        kefuctl voice score wang-xiaoming --json
    """
    settings = load_settings(config).personal_voices
    found = scores(places.records(state))
    personal = all_names(state)
    if name:
        if name not in found and name not in personal:
            raise NoSuchVoice(f"Nobody has scored {name[:40]!r}, and there is no such voice.")
        found = {voice: one for voice, one in found.items() if voice == name}
    again = tuple(
        voice for voice, one in found.items() if voice in personal and one.to_fit_again(settings)
    )
    if json:
        print_json(Scored(scores=tuple(found.values()), to_fit_again=again))
        return
    if not found:
        people.print("Nobody has scored a voice yet: `survey: voice` in a scenario, `calls rate`.")
        return
    table = Table()
    for column in ("voice", "score (95 %)", "callers", "supervisors"):
        table.add_column(column)
    for voice, one in found.items():
        mean = f"[bold]{one.mean:.2f}[/bold]  {one.low:.2f} to {one.high:.2f}"
        table.add_row(shown(voice), mean, str(one.surveys), str(one.ratings))
    results.print(table)
    for voice in again:
        results.print(f"[yellow]{voice}[/yellow] {offer(voice)}", soft_wrap=True)
