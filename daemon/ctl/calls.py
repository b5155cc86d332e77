"""``kefuctl calls``: the recorded calls, one of them turn by turn, figures, export, deletion."""

from __future__ import annotations

import typer

from daemon.ctl import (
    calls_export,
    calls_list,
    calls_migrate,
    calls_play,
    calls_purge,
    calls_rate,
    calls_show,
    calls_stats,
)

app = typer.Typer(no_args_is_help=True, help="Look at recorded calls, export and delete them.")
app.command("list")(calls_list.listing)
app.command("show")(calls_show.show)
app.command("stats")(calls_stats.stats)
app.command("export")(calls_export.export)
app.command("play")(calls_play.play)
app.command("rate")(calls_rate.rate)
app.command("purge")(calls_purge.purge)
app.command("migrate")(calls_migrate.migrate)
