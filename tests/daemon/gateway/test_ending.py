"""When the gateway ends: the table of its steps."""

from __future__ import annotations

import pytest

from daemon.gateway.announcer import House, status_text
from daemon.gateway.ending import Ending

DRAIN_S = 120.0
NOBODY_ASKED, ONCE, TWICE, AT_ONCE = "nobody", "SIGTERM", "SIGTERM twice", "SIGINT"


@pytest.mark.parametrize(
    ("asked", "moments", "expected"),
    [
        (NOBODY_ASKED, [(0, 0), (900, 3)], ["serve", "serve"]),
        (ONCE, [(0, 0)], ["end"]),
        (ONCE, [(0, 2), (60, 1), (60.1, 0)], ["drain", "drain", "end"]),
        (
            ONCE,
            [(0, 1), (119.9, 1), (120, 1), (120.5, 1), (121, 1)],
            ["drain", "drain", "close", "close", "end"],
        ),
        (ONCE, [(0, 1), (120, 1), (120.1, 0)], ["drain", "close", "end"]),
        (TWICE, [(0, 1), (0.5, 1), (1, 1)], ["close", "close", "end"]),
        (AT_ONCE, [(0, 1), (0.1, 0)], ["close", "end"]),
        (AT_ONCE, [(0, 0)], ["end"]),
    ],
)
def test_steps(asked: str, moments: list[tuple[float, int]], expected: list[str]) -> None:
    ending = Ending(DRAIN_S)
    if asked == AT_ONCE:
        ending.ask_now()
    for _ in range({ONCE: 1, TWICE: 2}.get(asked, 0)):
        ending.ask()
    assert [ending.step(1_000 + at, calls) for at, calls in moments] == expected


def test_a_second_sigterm_ends_a_drain_that_has_begun() -> None:
    ending = Ending(DRAIN_S)
    ending.ask()
    assert ending.step(0, 1) == "drain"
    ending.ask()
    assert ending.step(30, 1) == "close"


SERVING = House(
    calls=3, most_calls=8, draining=False, slot="blue", release="lite-1", worker="serving"
)


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, "Open: 3 of 8 calls, release lite-1, worker blue ready"),
        (
            {"worker": "absent", "most_calls": 0, "calls": 0},
            "No new calls: 0 calls open, waiting for a worker",
        ),
        (
            {"worker": "deaf", "most_calls": 0},
            "No new calls: 3 calls open, worker blue does not answer, callers hear the hold prompt",
        ),
        (
            {"worker": "dead", "most_calls": 0, "calls": 1},
            "No new calls: 1 call open, worker blue is gone",
        ),
        (
            {"worker_draining": True, "most_calls": 0},
            "No new calls: 3 calls open, worker blue is ending",
        ),
        (
            {"draining": True, "calls": 1},
            "Draining: 1 call left, new ones are refused, worker blue ready",
        ),
    ],
)
def test_the_state_in_words(changed: dict[str, object], text: str) -> None:
    fields = {name: getattr(SERVING, name) for name in SERVING.__struct_fields__}
    assert status_text(House(**{**fields, **changed})) == text
