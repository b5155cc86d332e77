"""``kefuctl voice fit``: make the voice of somebody who was enrolled."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from datetime import datetime, timezone
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from daemon.ctl import places
from daemon.ctl.errors import NoUnit
from daemon.ctl.output import people, print_json
from daemon.ctl.owner import become_owner
from daemon.ctl.voice_card import card_table
from daemon.settings import load_settings
from daemon.voices.consent import holding
from daemon.voices.errors import VoiceRefused
from daemon.voices.idle import become_idle
from daemon.voices.job import Job, forget
from daemon.voices.leftover import Leftover
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Card, Consent
from daemon.voices.training_child import Interrupted
from daemon.voices.training_child import Progress as Told

_LONG_STILL_S: Final = 60
_SAID: Final = {
    "load": "loading the network",
    "listen": "hearing what was said",
    "start": "looking for the voice to start from",
    "fit": "fitting",
    "choose": "choosing among variants",
    "write": "writing",
    "speak": "speaking",
    "judge": "judging",
    "stock": "hearing the stock voices, once",
    "hear": "hearing it back",
    "speak_further": "in doubt: speaking more",
    "hear_further": "in doubt: hearing more",
}


def fit(
    name: Annotated[str, typer.Argument(help="Of the voice, as it was enrolled.")],
    again: Annotated[
        bool, typer.Option("--again", help="Begin anew, whatever was made before.")
    ] = False,
    background: Annotated[
        bool, typer.Option("--background", help="As a systemd unit, behind everything else.")
    ] = False,
    state: places.State = places.STATE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Make a voice: fit it to the samples, judge it, write its card. Takes minutes.

    It uses one core, at idle priority, and stands still while others use all cores but one and a
    half: on two cores while an answer to a caller is computed. Ctrl-C stops it; the same command
    goes on. Afterwards listen to it (kefuctl voice test), then approve it.

    Examples:
        kefuctl voice fit wang-xiaoming

        sudo kefuctl voice fit wang-xiaoming --background
    """
    place = VoicePlaces(state, name)
    settings = load_settings(config).personal_voices

    def consent() -> Consent:
        return holding(state, name, datetime.now(timezone.utc), settings.least_likeness)

    if background:
        consent()
        if again:
            forget(place)
        _start_unit(name)
        return
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    become_owner(state / "voices")
    leftover = Leftover(os.sched_getaffinity(0))
    become_idle()
    try:
        with _Bar() as bar:
            card = Job(
                state,
                place,
                settings,
                stop=stop,
                paused=lambda child: bar.standing(leftover.none(child)),
                on_progress=bar.told,
                consent=consent,
            ).run(again=again)
    except Interrupted as reason:
        people.print(f"Stopped. `kefuctl voice fit {name}` goes on with it.")
        raise KeyboardInterrupt from reason
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    _tell(card, json)


def _tell(card: Card, json: bool) -> None:
    if json:
        print_json(card)
    else:
        people.print(card_table(card))
    if card.refusals:
        reasons = " ".join(f"{one.reason} {one.mend}" for one in card.refusals)
        raise VoiceRefused(f"{card.name} does not pass: {reasons}")
    if not json:
        people.print(
            f"Listen: kefuctl voice test {card.name} -o {card.name}.wav\n"
            f"Then:   kefuctl voice approve {card.name} --by YOUR-NAME"
        )


def _start_unit(name: str) -> None:
    unit = f"kefu-voice@{name}.service"
    try:
        subprocess.run(
            ["systemctl", "start", "--no-block", unit], check=True, capture_output=True, text=True
        )
    except OSError as error:
        raise NoUnit(f"{unit} cannot be started: {error.strerror}.") from error
    except subprocess.CalledProcessError as reason:
        said = reason.stderr.strip().rstrip(".")
        raise NoUnit(f"{unit} cannot be started: {said}.") from reason
    people.print(f"Started. How far it is: kefuctl voice list · journalctl -fu {unit}")


class _Bar:
    """Phase, bar and time; nothing where nobody looks."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=people, transient=True)
        self._task = self._progress.add_task("beginning", total=None)
        self._text = "beginning"
        self._still_since: float | None = None

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def told(self, progress: Told) -> None:
        """Show one line of a child."""
        self._text = _SAID.get(progress.phase, progress.phase)
        self._progress.update(
            self._task,
            description=self._text,
            completed=progress.step,
            total=progress.of or None,
        )

    def standing(self, still: bool) -> bool:
        """Say that it stands still, or what it does; once where it lasts, for the journal."""
        text = "standing still while others compute" if still else self._text
        self._progress.update(self._task, description=text)
        if not still:
            self._still_since = None
        elif self._still_since is None:
            self._still_since = time.monotonic()
        elif time.monotonic() - self._still_since > _LONG_STILL_S:
            self._still_since = float("inf")
            people.print(f"It has stood still for {_LONG_STILL_S} s: others use the processors.")
        return still
