"""A kefu.toml with every setting and what it means: ``python -m daemon.settings_file``.

A key that stands behind ``#`` has the value that holds where nothing is said.
"""

from __future__ import annotations

import inspect
import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from daemon.settings import BusinessSettings, DialogSettings, Settings
from daemon.settings_reference import words

HEAD: Final = """\
# Settings of the kefu voice agent. A key behind "#" has the value that holds where nothing is said:
# take the "#" away and change it. Then:
#
#   kefuctl config check
#   systemctl restart kefu.target
"""
WIDTH: Final = 98
INSTALLED: Final = Path("/etc/kefu")


def installed(folder: Path = INSTALLED) -> Settings:
    """Where an installed box differs from the defaults: what it talks about lies in ``folder``."""
    business = folder / "business"
    return Settings(
        dialog=DialogSettings(scenarios=str(folder / "scenarios")),
        business=BusinessSettings(
            operations=str(business / "operations.toml"), seed=str(business / "seed.sql")
        ),
    )


def text(settings: Settings) -> str:
    """The whole file; keys whose value is the default are commented out."""
    return "\n".join([HEAD, *_sections(settings)])


def value(of: Any) -> str:
    """A value as TOML. Raises TypeError for what no setting is."""
    of = msgspec.to_builtins(of)
    if isinstance(of, bool | int | float | str):
        return json.dumps(of, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(of, tuple | list):
        return f"[{', '.join(value(one) for one in of)}]"
    if isinstance(of, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {value(one)}" for key, one in of.items()) + "}"
    raise TypeError(f"{type(of).__name__} is no value of a setting")


def _sections(settings: Settings) -> Iterator[str]:
    for section in msgspec.structs.fields(Settings):
        kind, given = type(section.default), getattr(settings, section.name)
        meaning = words(kind)
        yield f"[{section.name}]\n{_comment(inspect.getdoc(kind) or '')}\n"
        for field in msgspec.structs.fields(kind):
            said = getattr(given, field.name)
            default = getattr(section.default, field.name)
            if field.name in meaning:
                yield _comment(meaning[field.name])
            if said != default:
                yield f"# Default: {value(default)}"
            yield f"{'# ' if said == default else ''}{field.name} = {value(said)}"
            yield ""


def _comment(said: str) -> str:
    plain = " ".join(said.replace("``", "`").split())
    return textwrap.fill(plain, WIDTH, initial_indent="# ", subsequent_indent="# ")


if __name__ == "__main__":
    sys.stdout.write(text(installed()))
