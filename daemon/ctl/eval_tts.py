"""``kefuctl eval tts``: every voice of the release and every personal one, by figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.table import Table

from daemon.ctl import places
from daemon.ctl.calls_progress import counted
from daemon.ctl.calls_stats import bar
from daemon.ctl.output import people, print_json, results
from daemon.release.release import load
from daemon.voices.errors import NoSuchVoice, VoiceError
from daemon.voices.files import read_record
from daemon.voices.places import VoicePlaces, all_names
from daemon.voices.records import Card, Judged, Language
from models.tts.evaluate import Evaluated, Pack, evaluate
from models.tts.further_sentences import ALL
from models.tts.judge_sentences import SENTENCES

_LANGUAGES: Final[dict[str, Language]] = {"z": "zh", "a": "en", "b": "en"}
"""By the first letter of a stock voice's name; the network's other languages are not spoken."""
_QUICK: Final = 3
_USUAL: Final = len(SENTENCES["zh"])
_THOROUGH: Final = len(ALL["zh"])


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One voice; what ``--json`` prints for each."""

    voice: str
    language: str
    personal: bool
    error_rate: float
    rtf: float
    guard_failures: int
    likeness: Judged | None = None
    """By the judge that was not optimised; of personal voices."""
    refusals: tuple[str, ...] = ()
    """Codes of the gate."""
    heard: tuple[tuple[str, str], ...] = ()
    """(said, heard)."""


def tts(
    voice: Annotated[
        list[str] | None, typer.Option("--voice", help="Only this one; may be repeated.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help=f"{_QUICK} sentences instead of {_USUAL}.")
    ] = False,
    thorough: Annotated[
        bool, typer.Option("--thorough", help=f"{_THOROUGH} sentences: a finer figure.")
    ] = False,
    state: places.State = places.STATE,
    release: places.ReleaseName = places.RELEASE,
    json: places.Json = False,
) -> None:
    """Let every voice speak, and say how much of it is understood by telephone.

    Error rate: characters (zh) or words (en) that this box's recogniser mishears after G.711. RTF:
    seconds of work for a second of speech, on one thread. A personal voice also shows how far it
    came from the nearest stock voice to the person, by the judge that was not optimised.

    Examples:
        kefuctl eval tts

        kefuctl eval tts --voice zf_xiaoxiao --voice mei-lin --thorough --json
    """
    files = load(state, release).files
    packs = {**_stock(files), **_personal(state)}
    unknown = [name for name in voice or () if name not in packs]
    if unknown:
        raise NoSuchVoice(f"There is no voice {unknown[0]!r} (there are: {', '.join(packs)}).")
    wanted = {name: pack for name, pack in packs.items() if not voice or name in voice}
    if quick and thorough:
        raise typer.BadParameter("--quick and --thorough exclude each other.")
    sentences = None if thorough else _QUICK if quick else _USUAL
    rows = list(_rows(state, evaluate(files, wanted, sentences), len(wanted)))
    if json:
        print_json(rows)
        return
    results.print(_table(rows))
    count = len(rows[0].heard) if rows else 0
    people.print(
        f"{count} sentences: a difference of a few percent can be chance."
        if thorough
        else f"{count} sentences tell a broken voice from a good one; more: --thorough."
    )


def _rows(state: Path, evaluated: Iterator[Evaluated], of: int) -> Iterator[Row]:
    for one in counted(evaluated, of, "listening to voices"):
        card = _card(state, one.voice)
        yield Row(
            voice=one.voice,
            language=one.language,
            personal=card is not None,
            error_rate=one.error_rate,
            rtf=one.rtf,
            guard_failures=one.guard_failures,
            likeness=card.independent if card else None,
            refusals=tuple(refusal.code for refusal in card.refusals) if card else (),
            heard=one.heard,
        )


def _stock(files: Path) -> dict[str, Pack]:
    found = {}
    for path in sorted((files / "tts_kokoro" / "voices").glob("*.bin")):
        language = _LANGUAGES.get(path.stem[:1])
        if language is not None:
            found[path.stem] = Pack(file=path, language=language)
    return found


def _personal(state: Path) -> dict[str, Pack]:
    found = {}
    for name in all_names(state):
        card, pack = _card(state, name), VoicePlaces(state, name).pack
        if card is not None and pack.is_file():
            found[name] = Pack(file=pack, language=card.language)
    return found


def _card(state: Path, name: str) -> Card | None:
    if name not in all_names(state):
        return None
    try:
        return read_record(VoicePlaces(state, name).card, Card)
    except VoiceError:
        return None


def _table(rows: list[Row]) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for heading in ("voice", "language"):
        table.add_column(heading, no_wrap=True)
    table.add_column("misheard", justify="right", no_wrap=True)
    table.add_column("", style="cyan", no_wrap=True)
    for heading in ("RTF", "guard", "like\nperson", "share of\nthe way"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("gate")
    for row in rows:
        like = row.likeness
        table.add_row(
            row.voice,
            row.language,
            f"{100 * row.error_rate:.1f} %",
            bar(min(1.0, row.error_rate), 8),
            f"{row.rtf:.2f}",
            str(row.guard_failures),
            f"{like.fitted:.2f}" if like else "",
            f"{100 * like.share_of_the_way:.0f} %" if like else "",
            ", ".join(row.refusals) or ("passed" if row.personal else ""),
        )
    return table
