"""``kefuctl config check``: settings and the files that they name, before a restart."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Final

import msgspec
import typer

from daemon.ctl import checks, places
from daemon.ctl.checks import Check
from daemon.ctl.doctor import print_checks
from daemon.ctl.output import print_json
from daemon.install.operators_files import NEW
from daemon.settings import BusinessSettings, Settings, load_settings
from daemon.voices.overview import overviews
from daemon.voices.settings import PersonalVoiceSettings

_WRONG: Final = 2


def check(
    config: places.Config = None, state: places.State = places.STATE, json: places.Json = False
) -> None:
    """Look for mistakes in the settings and in the files that they name.

    Exit code 2 where gateway or worker would not start with them.

    Examples:
        kefuctl config check

        kefuctl config check --config /etc/kefu/kefu.toml --json
    """
    found = examine(load_settings(config), config, state)
    if json:
        print_json(found)
    else:
        print_checks(found)
    if any(one.verdict == "missing" for one in found):
        raise typer.Exit(_WRONG)


def examine(settings: Settings, config: Path | None, state: Path) -> list[Check]:
    """``settings`` were read from ``config`` (None: they are the defaults), for this state folder.

    A personal voice that may not speak keeps nothing from starting: the stock voice does.
    """
    said = "no settings file: the defaults hold"
    if config is not None:
        said = f"{config} is right" if config.exists() else f"{config} is not there: defaults hold"
    return [
        Check(name="settings", verdict="ok", found=said),
        checks.scenarios(Path(settings.dialog.scenarios)),
        checks.operations(Path(settings.business.operations)),
        _database(settings.business),
        *_voices(settings.personal_voices, state),
        *(_beside(path) for path in _news(config)),
    ]


def _voices(settings: PersonalVoiceSettings, state: Path) -> list[Check]:
    named = [(key, name) for key, name in (("zh", settings.zh), ("en", settings.en)) if name]
    known = {one.name: one for one in overviews(state, datetime.now(timezone.utc))} if named else {}
    found = []
    for key, name in named:
        stage = known[name].stage if name in known else "not enrolled here"
        told = Check(name=f"voice {key}", verdict="ok", found=f"{name} is {stage}")
        if stage != "approved":
            told = msgspec.structs.replace(
                told,
                verdict="weak",
                found=f"{told.found}: the stock voice speaks",
                mend=f"kefuctl voice show {name}, or another personal_voices.{key}",
            )
        found.append(told)
    return found


def _database(business: BusinessSettings) -> Check:
    path = Path(business.database or business.seed)
    if path.is_file():
        found = f"{path}" if business.database else f"made from {path} at the first start"
        return Check(name="database", verdict="ok", found=found)
    key = "business.database" if business.database else "business.seed"
    return Check(
        name="database",
        verdict="missing",
        found=f"{path} is no file",
        mend=f"name one in {key}",
    )


def _news(config: Path | None) -> list[Path]:
    """What an installation has written beside files that the operator had changed."""
    return sorted(config.parent.rglob(f"*{NEW}")) if config is not None else []


def _beside(path: Path) -> Check:
    ours = path.with_name(path.name.removesuffix(NEW))
    return Check(
        name="new",
        verdict="weak",
        found=f"{path} came with a newer version; yours is kept",
        mend=f"diff {ours} {path}: take over what you want, then remove {path.name}",
    )
