"""The operator's table of log lines is the sources' own, and what the page names is there."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from daemon.ctl import main
from daemon.settings import Settings

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "operations.md").read_text("utf-8")
LEVELS: Final = {
    "debug": "DEBUG",
    "info": "INFO",
    "warning": "WARNING",
    "error": "ERROR",
    "exception": "ERROR",
}
LOGGERS: Final = {"log", "_log"}
EVENT: Final = re.compile(r"[a-z_]+(?: [a-z_]+)*(?=$| [a-z_]+=| %)")


@cache
def logged() -> dict[str, set[str]]:
    """Event to levels, as the sources have them."""
    events: dict[str, set[str]] = defaultdict(set)
    for package in ("kefu", "engines", "daemon"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for event, level in events_of(ast.parse(path.read_text("utf-8"))):
                events[event] |= {level} if level else set()
    return dict(events)


def events_of(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=logger), attr=method), args=[first, *more]
            ) if logger in LOGGERS and method in LEVELS:
                for event in events_in(module, first, more):
                    yield event, LEVELS[method]
            case ast.Call(func=ast.Name(id="line"), args=[ast.Constant(value=str(event)), *_]):
                yield event, ""  # its level is where it is logged


def events_in(module: ast.Module, first: ast.expr, more: list[ast.expr]) -> Iterator[str]:
    match first, more:
        case ast.Call(func=ast.Name(id="line"), args=[event, *_]), _:
            yield from events_in(module, event, [])
        case ast.Constant(value=str(text)), [ast.Name(id=name), *_] if text.startswith("%s "):
            yield from constants_of(module, name)
        case ast.Constant(value=str(text)), _:
            found = EVENT.match(text)
            assert found is not None, f"no event in {text!r}"
            yield found[0]
        case ast.JoinedStr(values=[ast.Constant(value=str(beginning)), *_]), _:
            yield f"{beginning}*"
        case _:
            raise AssertionError(f"no event can be read from {ast.unparse(first)}")


def constants_of(module: ast.Module, name: str) -> Iterator[str]:
    """What a name can stand for."""
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            for part in ast.walk(node.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def told() -> dict[str, set[str]]:
    """Event to levels, as the page has them."""
    rows = re.findall(r"^\| `([^`]+)` \| ([A-Z, ]+) \| [a-z, ]+ \| \S.* \|$", PAGE, re.M)
    assert len({event for event, _ in rows}) == len(rows), "an event has two rows"
    return {event: set(levels.split(", ")) for event, levels in rows}


def test_every_event_that_is_logged_has_a_row() -> None:
    assert sorted(set(logged()) - set(told())) == []


def test_every_row_is_an_event_that_is_logged() -> None:
    assert sorted(set(told()) - set(logged())) == []


def test_the_levels_are_right() -> None:
    page = told()
    wrong = {
        event: (levels, page[event])
        for event, levels in logged().items()
        if event in page and not levels <= page[event]
    }
    assert wrong == {}


def test_what_is_no_event_is_seen() -> None:
    module = ast.parse('_log.info(line("a_new_one", call=1)); log.error("gone bad code=%s", 1)')
    assert set(events_of(module)) == {
        ("a_new_one", "INFO"),
        ("a_new_one", ""),
        ("gone bad", "ERROR"),
    }


def test_every_verb_of_kefuctl_that_is_named_is_there() -> None:
    named = set(re.findall(r"kefuctl ([a-z-]+)", PAGE))
    assert named - set(main.VERBS) == set()
    assert {"status", "logs", "support-bundle", "config", "drain", "doctor"} <= named


def test_every_setting_that_is_named_is_there() -> None:
    settings = Settings()
    named = r"`(gateway|worker|records|recording|business)\.(?!sqlite)(\w+)`"
    for section, key in re.findall(named, PAGE):
        assert hasattr(getattr(settings, section), key), f"{section}.{key}"
    for section in re.findall(r"`\[(\w+)\]`", PAGE):
        assert hasattr(settings, section)


def test_every_file_that_is_named_is_there() -> None:
    for name in re.findall(r"`(docs/[\w.-]+)`", PAGE):
        assert (ROOT / name).exists(), name
