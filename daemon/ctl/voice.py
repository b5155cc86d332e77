"""``kefuctl voice``: the voices of the company's own staff, from the first sample to the last."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import typer

from daemon.ctl import places

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


def _on_state(function: Callable[..., None]) -> Callable[..., None]:
    """The verb, where there is a state folder: what it would make elsewhere would be nobody's."""

    @wraps(function)
    def run(**given: Any) -> None:
        if "state" in given and not given.get("show"):
            places.existing(given["state"])
        function(**given)

    return run


app = typer.Typer(no_args_is_help=True, help="Make, approve, use and revoke personal voices.")
for verb in VERBS:
    name = verb.replace("-", "_")
    if importlib.util.find_spec(f"daemon.ctl.voice_{name}") is not None:
        module = importlib.import_module(f"daemon.ctl.voice_{name}")
        app.command(verb)(_on_state(getattr(module, _FUNCTIONS.get(verb, name))))
