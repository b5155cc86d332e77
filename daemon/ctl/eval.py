"""``kefuctl eval``: how good an engine is on this box, by figures."""

from __future__ import annotations

import typer

from daemon.ctl import eval_tts

app = typer.Typer(no_args_is_help=True, help="Measure how good an engine is on this box.")

app.command("tts")(eval_tts.tts)
