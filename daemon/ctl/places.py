"""Where things lie: the options that the verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from daemon.ctl.errors import NoStateFolder

STATE: Final = Path("var")
RELEASE: Final = "lite"

State = Annotated[
    Path,
    typer.Option(
        "--state",
        envvar="KEFU_STATE",
        readable=False,  # who may not read it is told so by what he asks for
        help="Folder of weights, releases and records.",
    ),
]
Run = Annotated[
    Path | None,
    typer.Option(
        "--run",
        envvar="KEFU_RUN",
        readable=False,
        help="Folder of the sockets; else STATE/run.",
    ),
]
ReleaseName = Annotated[
    str, typer.Option("--release", envvar="KEFU_RELEASE", help="Name of a release, or a profile.")
]
Config = Annotated[
    Path | None, typer.Option("--config", envvar="KEFU_CONFIG", help="Settings, kefu.toml.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def existing(state: Path) -> None:
    """Raises NoStateFolder: what is written or looked for there would be nobody's."""
    if not state.is_dir():
        raise NoStateFolder(f"There is no state folder {state}.")


def run_folder(state: Path, run: Path | None) -> Path:
    """The folder of the sockets."""
    return run if run is not None else state / "run"


def address(state: Path, run: Path | None) -> str:
    """Where the gateway listens."""
    return f"ipc://{run_folder(state, run) / 'kefu.sock'}"


def records(state: Path) -> Path:
    """The database of turn records."""
    return state / "records.sqlite"
