"""``kefuctl calls play``: hear a recorded call."""

from __future__ import annotations

import os
import shutil
import subprocess
import wave
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from daemon.ctl import places
from daemon.ctl.calls_options import CallId, recordings_folder, records_with_calls
from daemon.ctl.errors import CannotWrite, NotInstalled
from daemon.ctl.output import people, print_json
from daemon.errors import NoSuchCall, RecordsUnusable
from daemon.recording.files import UNFINISHED, find
from daemon.records.reader import find as find_call

PLAYERS: Final = (
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("play", "-q"),
)
"""The first that is there plays the file, named as the last argument."""


class RecordingFile(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    call: str
    file: str
    bytes: int
    live: bool
    """It is being written: it has no length yet."""
    rate_hz: int
    seconds: float
    channels: tuple[str, ...] = ("caller", "agent")


def play(
    call: CallId,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Copy the recording there, do not play it.")
    ] = None,
    state: places.State = places.STATE,
    json: places.Json = False,
) -> None:
    """Play a call's recording: the caller left, the agent right.

    It needs aplay, ffplay or sox. Where there is no loudspeaker, copy the file with --out.

    Examples:
        kefuctl calls play 3f2a

        kefuctl calls play 3f2a --out call.wav

        kefuctl calls play 3f2a --json
    """
    summary = find_call(records_with_calls(state), call.lower())
    path = find(recordings_folder(state), summary.call)
    if path is None:
        kept = " any more" if summary.recording else ""
        raise NoSuchCall(
            f"There is no recording of call {summary.call[:12]}{kept}.",
            mend="Calls are recorded where the scenario says `recording: true`, and kept for "
            "recording.keep_days.",
        )
    if out is not None:
        _copy(path, out)
    if json:
        print_json(_described(summary.call, path))
    elif out is not None:
        people.print(f"{path} to {out}", markup=False, soft_wrap=True)
    else:
        _play(path)


def _described(call: str, path: Path) -> RecordingFile:
    live = path.name.endswith(UNFINISHED)
    try:
        size = path.stat().st_size
        with wave.open(str(path), "rb") as wav:
            rate_hz = wav.getframerate()
            seconds = 0.0 if live else wav.getnframes() / rate_hz
    except (OSError, EOFError, wave.Error, ZeroDivisionError) as reason:
        raise RecordsUnusable(f"{path} cannot be read: {reason}.") from reason
    return RecordingFile(
        call=call, file=str(path), bytes=size, live=live, rate_hz=rate_hz, seconds=round(seconds, 2)
    )


def _copy(path: Path, out: Path) -> None:
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        shutil.copyfile(path, part)
        part.replace(out)
    except OSError as error:
        raise CannotWrite(f"{out} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


def _play(path: Path) -> None:
    for name, *options in PLAYERS:
        program = shutil.which(name)
        if program is not None:
            ended = subprocess.run([program, *options, str(path)], check=False)
            raise typer.Exit(ended.returncode and 1)
    raise NotInstalled(
        f"No player is installed; the recording is {path}.",
        mend="Install one (apt-get install alsa-utils), or copy the file with --out FILE.wav.",
    )
