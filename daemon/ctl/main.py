"""The entry point of kefuctl: its verbs, and what an error becomes."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer
from rich.markup import escape

from daemon.ctl import call, calls, doctor, pull, run, say, status, transcribe, understand
from daemon.ctl.errors import EXIT_CODES
from daemon.ctl.output import people
from daemon.objects.child import Stopped
from kefu.errors import KefuError

_INTERRUPTED = 130

app = typer.Typer(
    name="kefuctl",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
for verb in (
    run.run,
    doctor.doctor,
    pull.pull,
    status.status,
    call.call,
    transcribe.transcribe,
    understand.understand,
    say.say,
):
    app.command()(verb)
app.add_typer(calls.app, name="calls")


@app.callback(
    epilog="Exit codes: "
    + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items())
    + "."
)
def verbs() -> None:
    """Set up, watch and try kefu."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns its exit code, with every known error as one message."""
    try:
        app(args=arguments, standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except KefuError as error:
        people.print(f"[red]{error.code}[/red]: {escape(error.message)}", soft_wrap=True)
        if error.instance_mend:
            people.print(escape(error.instance_mend), soft_wrap=True)
        return error.exit_code
    except (KeyboardInterrupt, Stopped):
        people.print("Interrupted.")
        return _INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
