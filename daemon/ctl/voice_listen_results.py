"""``kefuctl voice listen-results``: what listeners said, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.table import Table

from daemon.ctl import places
from daemon.ctl.errors import CannotWrite
from daemon.ctl.output import people, print_json, results, shown
from daemon.voices.errors import BadListeningKey, NoListeningResults, VoiceError
from daemon.voices.files import read_record
from daemon.voices.listening.opinion import WANTED, Mos, Opinion, Same, opinion
from daemon.voices.listening.picture import NAMES, svg
from daemon.voices.listening.results import Refused, read_all
from daemon.voices.listening.screening import LeftOut, screened
from daemon.voices.listening.trials import Key

_BAR: Final = 25
"""Characters of a scale in the terminal: six for each step from 1 to 5, and one."""
_PERCENT: Final = "0 %                 100 %"


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    page: str
    voices: tuple[str, ...]
    listeners: int
    """Who count."""
    listeners_wanted: int
    """By whoever made the page."""
    held_out: bool
    mos: tuple[Mos, ...]
    same: tuple[Same, ...]
    left_out: tuple[LeftOut, ...]
    refused: tuple[Refused, ...]


def listen_results(
    key: Annotated[Path, typer.Argument(help="The page.key.json of the listening test.")],
    files: Annotated[list[Path], typer.Argument(help="What the listeners sent back.")],
    picture: Annotated[Path | None, typer.Option("--svg", help="Picture to write.")] = None,
    json: places.Json = False,
) -> None:
    """Read the results of a listening test.

    Prints the mean opinion score of the person, the fitted and the stock voice, how often each was
    taken for the person, and who was left out, with the reason.

    Examples:
        kefuctl voice listen-results page.key.json results/*.json

        kefuctl voice listen-results page.key.json results/*.json --svg opinion.svg --json
    """
    secret = _key(key)
    taken, refused = read_all(files, secret)
    judged = [(file, one, screened(one, file, secret)) for file, one in taken]
    left_out = [reason for _, _, reason in judged if reason is not None]
    counting = [one for _, one, reason in judged if reason is None]
    if not json or not counting:
        _tell(refused, left_out)
    if not counting:
        raise NoListeningResults(f"Of {len(files)} files none can be counted.")
    found = opinion(counting, secret)
    if picture is not None:
        _write(picture, svg(found, f"{', '.join(secret.voices)}: {len(counting)} listeners"))
    if json:
        print_json(
            Heard(
                page=secret.page,
                voices=secret.voices,
                listeners=len(counting),
                listeners_wanted=secret.listeners,
                held_out=secret.held_out,
                mos=found.mos,
                same=found.same,
                left_out=tuple(left_out),
                refused=tuple(refused),
            )
        )
        return
    _show(found, secret, len(counting))


def _key(path: Path) -> Key:
    try:
        return read_record(path, Key)
    except VoiceError as reason:
        raise BadListeningKey(reason.message) from reason


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as reason:
        raise CannotWrite(f"{path} cannot be written: {reason.strerror}.") from reason


def _tell(refused: Sequence[Refused], left_out: Sequence[LeftOut]) -> None:
    for file in refused:
        people.print(
            f"[yellow]{shown(file.file)}[/yellow] {file.refusal.code}: "
            f"{shown(file.refusal.reason)} {file.refusal.mend}",
            soft_wrap=True,
        )
    for one in left_out:
        people.print(
            f"[yellow]{shown(one.file)}[/yellow] {one.code}: left out, the listener "
            f"{one.listener[:8]} {one.reason}.",
            soft_wrap=True,
        )


def _show(found: Opinion, key: Key, listeners: int) -> None:
    results.print(f"[bold]{listeners} listeners count[/bold], of {key.listeners} wanted")
    for voice in key.voices:
        scores = _table(f"{voice}: mean opinion score (95 %)", "1     2     3     4     5", "mean")
        scores.add_column("for ± 0.2")
        for score in found.mos:
            if score.voice == voice:
                scores.add_row(
                    NAMES[score.condition],
                    bar((score.low - 1) / 4, (score.mean - 1) / 4, (score.high - 1) / 4),
                    f"[bold]{score.mean:.2f}[/bold]  {score.low:.2f} to {score.high:.2f}",
                    _wanted(score),
                )
        shares = _table(f"{voice}: “this is the same person” (95 %)", _PERCENT, "share")
        shares.add_column("yes / no / unsure")
        for one in found.same:
            if one.voice == voice:
                shares.add_row(
                    NAMES[one.condition],
                    bar(one.low, one.share, one.high),
                    f"[bold]{one.share:.0%}[/bold]  {one.low:.0%} to {one.high:.0%}",
                    f"{one.yes} / {one.no} / {one.unsure}",
                )
        results.print()
        results.print(scores)
        results.print()
        results.print(shares)
    if not key.held_out:
        people.print(
            "[yellow]The voice was made from some of the recordings that it was held "
            "against: record more, and its likeness is judged on what it never heard.[/yellow]",
            soft_wrap=True,
        )


def _table(title: str, scale: str, figure: str) -> Table:
    table = Table(title=shown(title), title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("", scale, figure):
        table.add_column(column, no_wrap=True)
    return table


def bar(low: float, mean: float, high: float) -> str:
    """Shares of a scale as a line of text: ``╶──●──╴``."""
    places_of = [round(min(max(share, 0.0), 1.0) * (_BAR - 1)) for share in (low, mean, high)]
    line = ["·"] * _BAR
    line[places_of[0] : places_of[2] + 1] = "─" * (places_of[2] + 1 - places_of[0])
    line[places_of[1]] = "●"
    return "".join(line)


def _wanted(score: Mos) -> str:
    half = (score.high - score.low) / 2
    if half <= WANTED:
        return "reached"
    return f"{score.listeners_wanted} listeners" if score.listeners_wanted else "more sentences"
