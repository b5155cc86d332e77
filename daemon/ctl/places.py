"""Where things lie: the options that every verb shares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

State = Annotated[
    Path,
    typer.Option(
        "--state",
        envvar="KEFU_STATE",
        help="Folder of weights, releases and records.",
        show_default=True,
    ),
]
Run = Annotated[
    Path,
    typer.Option("--run", envvar="KEFU_RUN", help="Folder of the sockets.", show_default=True),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
ReleaseName = Annotated[
    str, typer.Option("--release", envvar="KEFU_RELEASE", help="Release, or profile.")
]

STATE = Path("var")
RUN = Path("var/run")
RELEASE = "lite"
