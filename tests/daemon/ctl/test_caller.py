"""The recorded caller: which reply answers him, what a failed transfer leads to, his keys."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

import kefu
from daemon.ctl import caller as module
from daemon.ctl.caller import Line, RecordedCaller
from kefu.protocol import Closed, Event

LINE = Line(
    text="查订单", language="zh", pcm=np.zeros(800, np.int16), voice_start=0, last_syllable=800
)


def turn(number: int) -> Event:
    return Event(kind="turn", data={"number": number})


def ended(number: int, *, cut: bool = False) -> Event:
    return Event(kind="reply.ended", data={"turn": number, "cut": cut})


class ScriptedCall:
    """A call whose events come after so many frames of the caller, or when he does something."""

    def __init__(self, script: dict[int, list[Event]], busy: list[Event]) -> None:
        self.closed: Closed | None = None
        self.id = bytes(16)
        self.frames = 0
        self.keys: list[tuple[int, str]] = []
        self._script = script
        self._busy = busy
        self._events: deque[Event] = deque()

    def send(self, payload: bytes) -> None:
        self._events += self._script.get(self.frames, [])
        self.frames += 1

    def next_event(self, timeout_s: float) -> Event | None:
        return self._events.popleft() if self._events else None

    def transferred(self, result: str) -> None:
        self._events.append(Event(kind="transferred", data={"result": result}))
        for after, event in enumerate(self._busy, 1):
            self._script.setdefault(self.frames + 10 * after, []).append(event)

    def dtmf(self, key: str) -> None:
        self.keys.append((self.frames, key))


class ScriptedClient:
    def __init__(self, call: ScriptedCall) -> None:
        self._call = call
        self.asked: dict[str, Any] = {}

    def call(self, on_audio: Callable[..., None], **asked: Any) -> ScriptedCall:
        self.asked = asked
        return self._call


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REPLY_TIMEOUT_S", 2.0)


def place(
    script: dict[int, list[Event]], busy: tuple[Event, ...] = (), **options: Any
) -> tuple[RecordedCaller, ScriptedCall, ScriptedClient]:
    call = ScriptedCall(script, list(busy))
    client = ScriptedClient(call)
    return RecordedCaller(cast("kefu.Client", client), **options), call, client


def test_a_late_greeting_that_the_line_cuts_is_not_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "REPLY_TIMEOUT_S", 1.0)
    # The greeting begins after he has given up waiting for it, and his line cuts it.
    script = {60: [turn(0)], 80: [ended(0, cut=True)], 100: [turn(1)], 115: [ended(1)]}
    caller, call, _ = place(script)
    caller.say([LINE])
    assert call.frames > 115


def test_the_answer_ends_the_waiting() -> None:
    caller, call, _ = place({5: [turn(0), ended(0)], 45: [turn(1)], 50: [ended(1)]})
    caller.say([LINE])
    assert call.frames < 60


def test_what_a_busy_human_leads_to_is_listened_to() -> None:
    transfer = Event(kind="transfer", data={"target": "operator"})
    caller, call, _ = place(
        {5: [turn(0), ended(0)], 45: [turn(1)], 50: [ended(1)], 55: [transfer]},
        busy=(turn(2), ended(2)),
        transfer="busy",
    )
    caller.say([LINE])
    caller.follow_transfer()
    assert caller.transfers == ["busy"]
    assert call.frames > 75


def test_who_is_put_through_hears_no_more() -> None:
    transfer = Event(kind="transfer", data={"target": "operator"})
    caller, _, _ = place({5: [turn(0), ended(0)], 45: [turn(1), ended(1), transfer]})
    caller.say([LINE])
    began = time.monotonic()
    caller.follow_transfer()
    assert caller.transfers == ["ok"]
    assert time.monotonic() - began < 0.5


def test_keys_follow_the_answer_one_after_the_other() -> None:
    caller, call, client = place(
        {5: [turn(0), ended(0)], 45: [turn(1), ended(1)], 120: [turn(2), ended(2)]},
        number="13800138000",
    )
    caller.say([LINE])
    caller.press("10#")
    assert client.asked["caller"] == "13800138000"
    assert [key for _, key in call.keys] == ["1", "0", "#"]
    first, second, third = (frame for frame, _ in call.keys)
    assert 45 < first < second < third < 120 < call.frames
