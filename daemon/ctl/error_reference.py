"""Every error that a person can meet, as one document: `docs/errors.md` is written from it.

python -m daemon.ctl.error_reference > docs/errors.md
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Final

import daemon
import engines
import kefu
from kefu.errors import KefuError

_PACKAGES: Final = (kefu, engines, daemon)


def errors() -> list[type[KefuError]]:
    """All classes with a code of their own, by code."""
    for package in _PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rpartition(".")[2] == "errors":
                importlib.import_module(module.name)
    found: dict[type[KefuError], None] = {}
    waiting: list[type[KefuError]] = [KefuError]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if "code" in vars(kind):
                found[kind] = None
            waiting.append(kind)
    return sorted(found, key=lambda kind: kind.code)


def text() -> str:
    """The document."""
    lines = ["# Errors", "", "| code | what happened | what to do |", "| --- | --- | --- |"]
    for kind in errors():
        what = " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())
        lines.append(f"| `{kind.code}` | {_cell(what)} | {_cell(kind.mend)} |")
    return "\n".join(lines) + "\n"


def _cell(content: str) -> str:
    return content.replace("|", "\\|")


if __name__ == "__main__":
    print(text(), end="")
