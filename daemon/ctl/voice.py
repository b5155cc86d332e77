"""``kefuctl voice``: the voices of the company's own staff, from the first sample to the last."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Final

import typer

VERBS: Final = (
    "invite",
    "invitations",
    "enroll",
    "consent",
    "fit",
    "test",
    "list",
    "show",
    "approve",
    "revoke",
    "sweep",
    "key",
    "export",
    "import",
    "listen-test",
    "listen-results",
    "score",
)
"""``listen-test`` is the function ``listen_test`` of ``voice_listen_test.py``; ``list``, ``import``
and ``test`` are ``listing``, ``bring`` and ``hear``: their own names are Python's and pytest's."""
_FUNCTIONS: Final = {"list": "listing", "import": "bring", "test": "hear"}

app = typer.Typer(no_args_is_help=True, help="Make, approve, use and revoke personal voices.")
for verb in VERBS:
    name = verb.replace("-", "_")
    if importlib.util.find_spec(f"daemon.ctl.voice_{name}") is not None:
        module = importlib.import_module(f"daemon.ctl.voice_{name}")
        app.command(verb)(getattr(module, _FUNCTIONS.get(verb, name)))
