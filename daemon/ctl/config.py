"""``kefuctl config``: whether the settings are right, what holds, what differs."""

from __future__ import annotations

import typer

from daemon.ctl import config_check, config_diff, config_show

app = typer.Typer(no_args_is_help=True, help="Look at the settings, kefu.toml.")
app.command("check")(config_check.check)
app.command("show")(config_show.show)
app.command("diff")(config_diff.diff)
