"""``kefuctl voice enroll``: recordings of a person become samples of a voice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from daemon.ctl import places
from daemon.ctl.errors import BadAudioFile
from daemon.ctl.output import people, print_json, results, shown
from daemon.ctl.owner import become_owner
from daemon.ctl.recognition import hearing
from daemon.ctl.voice_sources import Source, pieces, sources
from daemon.settings import load_settings
from daemon.voices.enrolment import Enroller, Recording
from daemon.voices.errors import NothingToEnrol, NothingUsable
from daemon.voices.files import make_folder
from daemon.voices.from_call import read_call
from daemon.voices.likeness import Likeness
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Enrolment, Language, Refusal, Sample, usable
from daemon.voices.settings import PersonalVoiceSettings
from engines.samples.advice import advice

_SHOWN: Final = 28


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    name: str
    language: Language
    samples: tuple[Sample, ...]
    """Of this run, in their order; what could not be read has no ``file`` and no ``sha256``."""
    usable: int
    """Of all runs together."""
    seconds: float
    """Of voice in the usable ones."""
    quality: float
    """Their mean."""
    band_hz: int
    advice: tuple[str, ...]


def enroll(
    name: Annotated[str, typer.Argument(help="Of the voice: a-z, 0-9 and '-'.")],
    audio: Annotated[
        list[Path] | None,
        typer.Option("--audio", help="WAV file, or a folder of them; may be repeated."),
    ] = None,
    call: Annotated[
        str, typer.Option(help="Id of a call in which sentences were read to the agent.")
    ] = "",
    script: Annotated[
        Literal["zh", "en"] | None,
        typer.Option(help="They are the sentences of docs/voice-sentences.md, in their order."),
    ] = None,
    language: Annotated[
        Literal["zh", "en"] | None,
        typer.Option(help="That the person speaks; else the script's, or that of the first time."),
    ] = None,
    state: places.State = places.STATE,
    release: places.ReleaseName = places.RELEASE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Add recordings of a person to a voice; each is judged, and refused with what mends it.

    May be run again with more, or with the same after an interruption. The person's consent is
    asked for separately: kefuctl voice consent.

    Examples:
        kefuctl voice enroll wang-xiaoming --audio recordings/ --script zh

        kefuctl voice enroll ann --audio interview.wav --language en --json

        kefuctl voice enroll wang-li --call 3f2a9c
    """
    if bool(audio) == bool(call):
        raise typer.BadParameter("Give recordings, or a call.", param_hint="--audio, --call")
    if script and language and script != language:
        raise typer.BadParameter(f"The sentences are in {script}.", param_hint="--language")
    place = VoicePlaces(state, name)
    settings = load_settings(config).personal_voices
    spoken = language or script
    if not (call or spoken or place.enrolment.exists()):
        raise typer.BadParameter(
            "Say what the person speaks: --language zh or en, or --script.", param_hint="--language"
        )
    if call:
        found = read_call(state, name, call)
        read: list[Recording | Sample] = list(found.sentences)
        spoken = spoken or found.language
    else:
        read = [one for source in sources(audio or [], script) for one in _read(source)]
    make_folder(state / "voices")
    become_owner(state / "voices")
    with Likeness(state) as likeness, _Bar(len(read)) as bar:
        hear = hearing(state, release, script) if script else None
        with Enroller(place, spoken, hear=hear) as enroller:
            added = []
            for one in read:
                added.append(one if isinstance(one, Sample) else enroller.add(one))
                bar.judged()
            enrolment = enroller.compare(likeness, bar.compared)
    now = {(one.sha256, one.source, one.asked): one for one in enrolment.samples}
    told = tuple(now.get((one.sha256, one.source, one.asked), one) for one in added)
    _tell(_enrolled(enrolment, told, settings), json)
    if read and all(isinstance(one, Sample) for one in read):
        raise NothingToEnrol(f"None of {len(read)} files could be read.")
    if told and all(one.refusals for one in told):
        raise NothingUsable(
            f"None of {len(told)} recordings can be used for {name}.", mend=_mend(told, script)
        )


def _mend(told: tuple[Sample, ...], script: Language | None) -> str:
    """Where the script seems to be another; empty: as the error says."""
    otherwise = sum(any(why.code == "other_text" for why in one.refusals) for one in told)
    if script is not None and 2 * otherwise > len(told):
        other = "en" if script == "zh" else "zh"
        return (
            f"If they are not the sentences of docs/voice-sentences.md in {script}: "
            f"--language {script} instead of --script; if they are those in {other}: "
            f"--script {other}."
        )
    return ""


def _read(source: Source) -> Iterator[Recording | Sample]:
    """Its recordings, or, where it cannot be read, the verdict on it."""
    found = 0
    try:
        for piece in pieces(source):
            found += 1
            yield piece
        reason = Refusal(
            code="no_voice", reason="nobody speaks in it", mend="Choose another recording."
        )
    except BadAudioFile as error:
        reason = Refusal(code=error.code, reason=error.message, mend=error.instance_mend)
        found = 0
    if found == 0:
        yield Sample(
            file="",
            source=source.path.name,
            sha256="",
            seconds=0.0,
            band_hz=0,
            quality=0.0,
            asked=source.asked,
            refusals=(reason,),
        )


def _enrolled(
    enrolment: Enrolment, told: tuple[Sample, ...], settings: PersonalVoiceSettings
) -> Enrolled:
    good = usable(enrolment.samples)
    seconds = sum(one.seconds for one in good)
    quality = sum(one.quality for one in good) / len(good) if good else 0.0
    band_hz = min((one.band_hz for one in good), default=0)
    return Enrolled(
        name=enrolment.name,
        language=enrolment.language,
        samples=told,
        usable=len(good),
        seconds=round(seconds, 1),
        quality=round(quality, 3),
        band_hz=band_hz,
        advice=advice(
            len(good),
            seconds,
            quality,
            band_hz,
            least_seconds=settings.least_seconds,
            least=settings.least_samples,
            best=settings.best_samples,
            threshold=settings.quality,
        ),
    )


def _tell(enrolled: Enrolled, json: bool) -> None:
    if json:
        print_json(enrolled)
        return
    results.print(_table(enrolled.samples))
    refused = [one for one in enrolled.samples if one.refusals]
    mends = dict.fromkeys((why.code, why.mend) for one in refused for why in one.refusals)
    for code, mend in mends:
        people.print(f"[yellow]{code}[/yellow]: {shown(mend)}", soft_wrap=True)
    people.print(
        f"{enrolled.name} ({enrolled.language}): {enrolled.usable} usable samples, "
        f"{enrolled.seconds:.0f} s of voice."
    )
    for line in enrolled.advice:
        people.print(line, soft_wrap=True)


def _table(samples: tuple[Sample, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("recording", "sentence", "voice", "quality", "verdict"):
        table.add_column(heading, justify="right" if heading in ("voice", "quality") else "left")
    for one in samples:
        why = "; ".join(f"{found.code}: {found.reason}" for found in one.refusals)
        asked = one.asked if len(one.asked) <= _SHOWN else f"{one.asked[: _SHOWN - 1]}…"
        table.add_row(
            shown(one.source),
            shown(asked),
            f"{one.seconds:.1f} s",
            f"{one.quality:.2f}",
            f"[red]{shown(why)}[/red]" if why else "[green]usable[/green]",
        )
    return table


class _Bar:
    """Recordings judged, then voices compared; nothing where nobody looks."""

    def __init__(self, recordings: int) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn())
        self._progress = Progress(
            *columns, console=people, transient=True, disable=not people.is_terminal
        )
        self._task = self._progress.add_task("judging", total=recordings)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def judged(self) -> None:
        """One recording more."""
        self._progress.advance(self._task)

    def compared(self, done: int, of: int) -> None:
        """So many of so many voices are compared."""
        self._progress.update(self._task, description="comparing voices", completed=done, total=of)
