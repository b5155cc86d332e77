"""The entry point of kefuctl: its verbs, and what an error becomes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Final

import typer
from rich.markup import escape

from daemon.ctl.errors import EXIT_CODES, NotInstalled
from daemon.ctl.output import people
from daemon.objects.child import Stopped
from kefu.errors import KefuError

VERBS: Final = (
    "run",
    "doctor",
    "pull",
    "status",
    "drain",
    "call",
    "calls",
    "config",
    "logs",
    "support-bundle",
    "transcribe",
    "understand",
    "say",
    "scenario",
    "eval",
    "voice",
)
_INTERRUPTED: Final = 130
_UNREADABLE: Final = 5
_EPILOG: Final = "Exit codes: " + "; ".join(f"{code} {why}" for code, why in EXIT_CODES.items())


def build(verbs: Sequence[str] = VERBS) -> typer.Typer:
    """The command line with these verbs.

    Raises:
        NotInstalled: a verb needs a module that is not there (the compiled core, most likely).
    """
    app = typer.Typer(
        name="kefuctl",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
    )

    @app.callback(epilog=_EPILOG)
    def kefuctl() -> None:
        """Set up, watch and try kefu."""

    for verb in verbs:
        function = verb.replace("-", "_")
        try:
            module = importlib.import_module(f"daemon.ctl.{function}")
        except ImportError as error:
            raise NotInstalled(f"`kefuctl {verb}` cannot start: {error}.") from error
        if hasattr(module, "app"):
            app.add_typer(module.app, name=verb)
        else:
            app.command(verb)(getattr(module, function))
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns its exit code, with every known error as one message."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Only the verb that is asked for is imported: `status` needs no engine, and `doctor` must
    # work where the core was never compiled.
    asked = [given[0]] if given and given[0] in VERBS else VERBS
    try:
        build(asked)(args=given, prog_name="kefuctl", standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except KefuError as error:
        people.print(f"[red]{error.code}[/red]: {escape(error.message)}", soft_wrap=True)
        if error.instance_mend:
            people.print(escape(error.instance_mend), soft_wrap=True)
        return error.exit_code
    except PermissionError as error:
        people.print(f"[red]not_permitted[/red]: {escape(str(error))}", soft_wrap=True)
        people.print("Run it as root (sudo), or as the user who owns it.")
        return _UNREADABLE
    except (KeyboardInterrupt, Stopped):
        people.print("Interrupted.")
        return _INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
