"""``kefuctl scenario``: write, check, draw, try and replay the scenarios of a call centre."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import typer
from rich.markup import escape

from daemon.business.invitations import BUILT_IN
from daemon.business.operations import Operation, load_operations
from daemon.business.seed import make_database
from daemon.business.sqlite import SqliteBusiness
from daemon.ctl import places
from daemon.ctl.errors import CannotWrite
from daemon.ctl.output import people, print_json, results, shown
from daemon.ctl.scenario_draw import dot, mermaid
from daemon.ctl.scenario_findings import Checked, check_paths
from daemon.ctl.scenario_flow import flow
from daemon.ctl.scenario_rehearsal import Rehearsal, load_cast
from daemon.ctl.scenario_replay import Played, Theatre
from daemon.ctl.scenario_script import read_scripts
from daemon.ctl.scenario_svg import svg
from daemon.ctl.scenario_try import Console, typed
from daemon.release.errors import ReleaseError
from daemon.release.manifest import read as read_manifest
from daemon.release.release import load as load_release
from daemon.settings import load_settings
from engines.dialog.fields import did_you_mean
from engines.dialog.playbook import Playbook, check_folder, load_playbook
from engines.dialog.scenario import Scenario
from engines.dialog.scenario_keys import TABLES, reference
from engines.pipeline import PERSONAL_VOICES
from kefu.errors import UnknownScenario

app = typer.Typer(no_args_is_help=True, help="Write, check, draw, try and replay scenarios.")

_FAILED: Final = 2
_CHAIN: Final = ("the question in other words", "with its keys", "a human")
"""What becomes of a question without an answer, where the scenario says nothing else."""
_NAME: Final = typer.Argument(help="Its name; left out: the one that answers every number.")


@app.command("schema")
def schema(json: places.Json = False) -> None:
    """Every key of a scenario file: what stands behind it, what it does, where it is needed.

    Examples:
        kefuctl scenario schema

        kefuctl scenario schema --json | jq '."a slot"[].name'
    """
    if json:
        print_json(TABLES)
    else:
        results.print(reference(), markup=False, soft_wrap=True, end="")


@app.command("check")
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders and files; left out: the folder of the settings."),
    ] = None,
    state: places.State = places.STATE,
    release: places.ReleaseName = places.RELEASE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Look for mistakes: line, column and mend of each. Exit code 2 where one is an error.

    Of each file the first error is named (what follows it is often its consequence), and of a
    file without one everything that is hardly meant; voices where a release is at hand.

    Examples:
        kefuctl scenario check

        kefuctl scenario check examples/scenarios/refund.yaml --json
    """
    settings = load_settings(config)
    operations = load_operations(Path(settings.business.operations))
    folder = Path(settings.dialog.scenarios)
    if not paths:
        check_folder(folder)
    voices = _voices(state, release)
    checked = check_paths(paths or [folder], {**operations, **BUILT_IN}, voices)
    if json:
        print_json(checked)
    else:
        _print_checked(checked, operations)
    if any(one.severity == "error" for part in checked for one in part.findings):
        raise typer.Exit(_FAILED)


@app.command("draw")
def draw(
    scenario: Annotated[str, _NAME] = "",
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help=".svg, .md (Mermaid) or .dot; left out: Mermaid here."),
    ] = None,
    language: Annotated[Literal["zh", "en"], typer.Option(help="Of what is said.")] = "en",
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Draw a scenario: its steps, what can come of each, and where a human takes over.

    Examples:
        kefuctl scenario draw refund --out refund.svg

        kefuctl scenario draw refund --language zh --json | jq '.ways[]'
    """
    settings = load_settings(config)
    playbook = load_playbook(Path(settings.dialog.scenarios))
    picture = flow(_chosen(playbook, scenario), language)
    if json:
        print_json(picture)
        return
    suffix = out.suffix if out is not None else ".md"
    if suffix not in (".svg", ".md", ".dot"):
        raise CannotWrite(f"{out} is no picture.", mend="Name a .svg, .md or .dot file.")
    if suffix == ".svg":
        text = svg(picture, _CHAIN)
    else:
        text = mermaid(picture) if suffix == ".md" else dot(picture)
    if out is None:
        results.print(text, markup=False, soft_wrap=True, end="")
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotWrite(f"{out} cannot be written: {error.strerror}.") from error
    people.print(f"{out}: {len(picture.boxes)} boxes, {len(picture.ways)} ways")


@app.command("try")
def try_(
    scenario: Annotated[str, _NAME] = "",
    language: Annotated[
        Literal["zh", "en", "auto"], typer.Option(help="auto: the caller's, turn by turn.")
    ] = "auto",
    caller: Annotated[str, typer.Option(help="The caller's number.")] = "",
    now: Annotated[
        datetime.datetime | None, typer.Option(help="Local time of the call; left out: now.")
    ] = None,
    state: places.State = places.STATE,
    release: places.ReleaseName = places.RELEASE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Be the caller at the keyboard: real understanding, and a business database of its own.

    Type what a caller says; /help lists what else can happen (keys, silence, a busy colleague).
    Lines can come from a file too.

    Examples:
        kefuctl scenario try refund

        kefuctl scenario try order_status --language en < caller.txt
    """
    settings = load_settings(config)
    dialogue, mind = load_cast(load_release(state, release), Path(settings.dialog.scenarios))
    _chosen(dialogue.playbook, scenario)
    with tempfile.TemporaryDirectory(prefix="kefu-try-") as folder:
        shop = Path(folder) / "shop.sqlite"
        make_database(Path(settings.business.seed), shop)
        business = SqliteBusiness(shop, load_operations(Path(settings.business.operations)))
        rehearsal = Rehearsal(dialogue, business, now or datetime.datetime.now())
        console = Console(rehearsal, mind, shop)
        results.quiet = json
        try:
            console.run(rehearsal.open(scenario, language=language, caller=caller), typed())
        finally:
            results.quiet = False
    if json:
        print_json(console.steps)


@app.command("replay")
def replay(
    files: Annotated[list[Path], typer.Argument(help="Files of scripted calls.")],
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Show every turn of calls that fail.")
    ] = False,
    state: places.State = places.STATE,
    release: places.ReleaseName = places.RELEASE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Play scripted calls as text and compare outcome and database. Exit code 2 where one fails.

    A file names its scenario and language, then calls: `call: TITLE`, `caller: TEXT`, `silence`,
    `noise`, `keys: 1`, `transfer: busy`, `business: down`; `expect: ACT / STEP`, `says: TEXT`;
    and at the end `outcome: completed` and `row: + TABLE column=value …` for each row written.

    Examples:
        kefuctl scenario replay tests/dialogues/refund.en.calls

        kefuctl scenario replay tests/dialogues/*.calls --json
    """
    settings = load_settings(config)
    scripts = [script for file in files for script in read_scripts(file)]
    operations = load_operations(Path(settings.business.operations))
    dialogue, mind = load_cast(load_release(state, release), Path(settings.dialog.scenarios))
    with Theatre(dialogue, mind, operations, Path(settings.business.seed)) as theatre:
        played = [theatre.play(script) for script in scripts]
    if json:
        print_json([Replayed.of(one) for one in played])
    else:
        _print_played(played, verbose)
    if any(one.faults and not one.script.xfail for one in played):
        raise typer.Exit(_FAILED)


def _voices(state: Path, release: str) -> tuple[str, ...] | None:
    """Names of the voices of a release; None where there is none."""
    try:
        manifest = read_manifest(state / "releases" / release / "release.json")
    except ReleaseError:
        return None
    folders = ("tts_kokoro/voices/", f"{PERSONAL_VOICES}/")
    return tuple(Path(name).stem for name in manifest.objects if name.startswith(folders))


def _chosen(playbook: Playbook, name: str) -> Scenario:
    """The scenario of that name. Raises UnknownScenario, with what to type here."""
    try:
        return playbook.choose(name, "")
    except UnknownScenario as error:
        mend = did_you_mean(name, playbook.scenarios)
        raise UnknownScenario(error.message, mend=mend) from error


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What ``replay --json`` prints of a call."""

    call: str
    scenario: str
    outcome: str
    faults: tuple[str, ...]
    expected_to_fail: str

    @classmethod
    def of(cls, played: Played) -> Replayed:
        """The short form of a played call."""
        return cls(
            call=played.script.name,
            scenario=played.script.scenario,
            outcome=played.outcome,
            faults=played.faults,
            expected_to_fail=played.script.xfail,
        )


def _print_checked(checked: tuple[Checked, ...], operations: Mapping[str, Operation]) -> None:
    for part in checked:
        for finding in part.findings:
            colour = "red" if finding.severity == "error" else "yellow"
            where = f"{finding.file}:{finding.line}:{finding.column}"
            results.print(
                f"{escape(where)}: [{colour}]{finding.severity}[/{colour}]: "
                f"{shown(finding.message)} {shown(finding.mend)}".rstrip(),
                soft_wrap=True,
            )
        if any(finding.severity == "error" for finding in part.findings):
            continue
        clauses = " and ".join(f"{count} {name}" for name, count in part.clauses.items())
        facts = f"{part.steps} steps, {part.slots} slots, " if part.scenario else ""
        what = f"{shown(part.title)} ({facts}{clauses} clauses)"
        results.print(f"[green]right[/green] {escape(part.file)}: {what}", soft_wrap=True)
    errors = sum(one.severity == "error" for part in checked for one in part.findings)
    warnings = sum(one.severity == "warning" for part in checked for one in part.findings)
    people.print(
        f"{len(checked)} files, {errors} errors, {warnings} warnings; "
        f"against {len(operations)} business operations"
    )


def _print_played(played: list[Played], verbose: bool) -> None:
    for one in played:
        if not one.faults:
            continue
        known = f" [yellow](known: {shown(one.script.xfail)})[/yellow]" if one.script.xfail else ""
        results.print(f"[red]failed[/red] {shown(one.script.name)}{known}", soft_wrap=True)
        for fault in one.faults:
            results.print(f"  {shown(fault)}", soft_wrap=True)
        if verbose:
            for line in one.transcript:
                results.print(f"    [dim]{shown(line)}[/dim]", soft_wrap=True)
    for one in played:
        if one.script.xfail and not one.faults:
            results.print(f"[yellow]comes out now[/yellow] {shown(one.script.name)}")
    right = sum(not one.faults for one in played)
    gaps = sum(bool(one.faults and one.script.xfail) for one in played)
    people.print(f"{len(played)} calls, {right} exactly as written, {gaps} known gaps")
