"""docs/protocol.md names every event that goes to a PBX, and no other."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECTION = re.search(
    r"## 8\. Events\n(.*?)\nThe data of `turn`", (ROOT / "docs/protocol.md").read_text(), re.DOTALL
)


def documented() -> set[str]:
    """Kinds in the first column of the table."""
    assert SECTION is not None
    rows = [line for line in SECTION.group(1).splitlines() if line.startswith("| `")]
    return {kind for row in rows for kind in re.findall(r"`([a-z_.]+)`", row.split("|")[1])}


def sent() -> set[str]:
    """Patterns of kinds in calls of ``event(…)`` and ``Event(kind=…)`` in gateway and worker."""
    kinds = set()
    for folder in ("gateway", "call", "worker"):
        for path in (ROOT / "daemon" / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    kinds |= _kinds(node)
    return {kind for kind in kinds if not kind.startswith("record.")}


def _kinds(call: ast.Call) -> set[str]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name in ("event", "_store", "store"):
        given = call.args[:1]
    elif name == "Event":
        given = [one.value for one in call.keywords if one.arg == "kind"]
    else:
        return set()
    return {pattern for one in given if (pattern := _pattern(one))}


def _pattern(kind: ast.expr) -> str:
    """A text as it is, an f-string with ``*`` for what is filled in; empty where it is neither."""
    parts = kind.values if isinstance(kind, ast.JoinedStr) else [kind]
    texts = [str(one.value) if isinstance(one, ast.Constant) else "*" for one in parts]
    return "" if texts == ["*"] else "".join(texts)


def test_every_event_that_is_sent_stands_in_the_reference() -> None:
    named = documented()
    assert [one for one in sent() if not any(fnmatch(kind, one) for kind in named)] == []


def test_every_event_of_the_reference_is_sent() -> None:
    patterns = sent()
    assert [one for one in documented() if not any(fnmatch(one, k) for k in patterns)] == []
