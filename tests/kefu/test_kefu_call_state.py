"""A call whose link breaks: everything arrives once and in order; nonsense ends it, typed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.call_state import CallState
from kefu.control_log import KEPT
from kefu.errors import (
    BadFrame,
    BadHeader,
    CallEnded,
    CallExists,
    GatewayUnreachable,
    HookFailed,
    KefuError,
    ProtocolError,
    UnknownCall,
)
from kefu.news import Linked, Unlinked
from kefu.protocol import (
    AgentAudio,
    Audio,
    Close,
    Closed,
    Dtmf,
    Error,
    Event,
    Flush,
    Header,
    Hold,
    Mark,
    Open,
    Opened,
    Play,
    Resume,
    Transferred,
    pack,
    parse_from_client,
    parse_from_gateway,
)
from tests.kefu.gateway_model import FRAME, KNOWN, GatewayModel, ModelCall, Parts

CALL = bytes(range(16))
ASKED = Open(codec="ulaw", rate_hz=8000, frame_ms=20)


def frame(number: int) -> bytes:
    """A frame that tells which it is."""
    return number.to_bytes(4, "big") * (FRAME // 4)


def news(header: Header, payload: bytes = b"") -> Any:
    kind = "AUDIO" if isinstance(header, AgentAudio) else type(header).__name__.upper()
    return parse_from_gateway(pack(kind.encode(), CALL, header, payload))


def opened(**numbers: int) -> Any:
    fields: dict[str, Any] = {"caller_next": 0, "agent_next": 0, **numbers}
    return news(Opened(token=KNOWN, slot="blue", release="toy", **fields))


def open_state(**hooks: Any) -> CallState:
    state = CallState(CALL, ASKED, **hooks)
    assert state.accept(opened()) == []
    return state


def headers(messages: list[Parts]) -> list[Header]:
    return [parse_from_client(parts).header for parts in messages]


class Wires:
    """A state and the model of a gateway, with what is under way between them."""

    def __init__(self) -> None:
        self.model = GatewayModel()
        self.state = CallState(CALL, ASKED)
        self.up: list[Parts] = []
        self.down: list[Parts] = []
        self.links = 0
        self.frames: list[bytes] = []
        self.kinds: list[str] = []
        self.sent = 0
        self.said = 0
        self.up.append(pack(b"OPEN", CALL, ASKED))
        self.deliver(99)

    @property
    def call(self) -> ModelCall:
        return self.model.calls[CALL]

    def deliver(self, most: int) -> None:
        """Carry messages to the gateway, then its messages to the client."""
        for parts in self.up[:most]:
            self.down += self.model.receive(parts)
        del self.up[:most]
        for parts in self.down[:most]:
            self.up += self.state.accept(parse_from_gateway(parts))
        del self.down[:most]

    def cut(self) -> None:
        """Lose what is under way; the next link stands at once."""
        self.up.clear()
        self.down.clear()
        self.links += 1
        assert self.state.accept(Unlinked()) == []
        self.up += self.state.accept(Linked(self.links))

    def do(self, step: str) -> None:
        if step == "send":
            numbered = self.state.next_sample
            self.up += self.state.audio(frame(self.sent))
            self.sent += self.state.next_sample > numbered
        elif step == "key":
            self.up += self.state.control(Dtmf(digit="5"))
        elif step == "mark":
            self.up += self.state.control(Mark(name=f"at {self.state.next_sample}"))
        elif step == "hold":
            self.up += self.state.hold()
        elif step == "resume":
            self.up += self.state.resume()
        elif step == "say":
            self._tell(self.call.say(frame(self.said)))
            self.said += 1
        elif step == "event":
            self._tell(self.call.event(f"kind {len(self.kinds)}"))
            self.kinds.append(f"kind {len(self.kinds)}")
        elif step == "take":
            taken = self.state.agent.take()
            if taken is not None:
                self.frames.append(taken.payload)

    def _tell(self, parts: Parts) -> None:
        """While OPEN is on its way the gateway tells the old link, which is no more."""
        if not any(waiting[1] == b"OPEN" for waiting in self.up):
            self.down.append(parts)


STEPS = st.lists(
    st.sampled_from(["send", "send", "key", "mark", "hold", "resume", "say", "event", "take"])
    | st.integers(0, 4)
    | st.none(),
    max_size=120,
)


@settings(deadline=None, max_examples=300)
@given(STEPS)
def test_all_arrives_once_and_in_order_wherever_the_link_is_cut(steps: list[Any]) -> None:
    wires = Wires()
    for step in steps:
        if step is None:
            wires.cut()
        elif isinstance(step, int):
            wires.deliver(step)
        else:
            wires.do(step)
    wires.cut()
    while wires.up or wires.down:
        wires.deliver(9)
    while (taken := wires.state.agent.take()) is not None:
        wires.frames.append(taken.payload)
    assert wires.state.error is None
    assert bytes(wires.call.heard) == b"".join(frame(n) for n in range(wires.sent))
    assert wires.frames == [frame(n) for n in range(wires.said)]
    assert [event.kind for event in wires.state.events] == wires.kinds
    assert wires.call.held == wires.state.held
    marks = [(at, control) for at, control in wires.call.controls if isinstance(control, Mark)]
    assert marks == [(at, Mark(name=f"at {at}")) for at, _ in marks]
    assert len(marks) == steps.count("mark")
    keys = [control for _, control in wires.call.controls if isinstance(control, Dtmf)]
    assert len(keys) == steps.count("key")


def test_resuming_names_what_was_received_not_what_was_taken() -> None:
    state = open_state()
    for number in range(3):
        state.accept(news(AgentAudio(first_sample=number * FRAME), frame(number)))
    state.accept(news(Event(kind="one", number=0)))
    state.agent.take()
    state.accept(Unlinked())
    (asked,) = headers(state.accept(Linked(1)))
    assert asked == Open(
        codec="ulaw", rate_hz=8000, frame_ms=20, token=KNOWN, taken=3 * FRAME, next_event=1
    )
    assert state.agent.taken == FRAME
    assert len(state.agent.frames) == 2  # they stay queued


def test_the_ring_holds_3_s_and_what_is_older_is_lost() -> None:
    state = open_state()
    state.accept(Unlinked())
    for number in range(400):
        assert state.audio(frame(number)) == []
    state.accept(Linked(1))
    again = headers(state.accept(opened(caller_next=0)))
    assert [header.first_sample for header in again if isinstance(header, Audio)] == [
        number * FRAME for number in range(250, 400)
    ]


def test_a_frame_that_was_received_in_part_is_sent_whole() -> None:
    state = open_state()
    state.audio(frame(0))
    state.audio(frame(1))
    state.accept(Unlinked())
    state.accept(Linked(1))
    (again,) = headers(state.accept(opened(caller_next=FRAME + 20)))
    assert again == Audio(first_sample=FRAME)


def test_samples_that_come_again_in_part_are_delivered_once() -> None:
    state = open_state()
    state.accept(news(AgentAudio(first_sample=0), bytes(100)))
    state.accept(news(AgentAudio(first_sample=0), bytes(range(160))))
    first, second = state.agent.take(), state.agent.take()
    assert first is not None
    assert second is not None
    assert (second.first_sample, second.payload) == (100, bytes(range(100, 160)))
    assert state.agent.taken == 160


def test_agent_audio_before_opened_is_left_for_later() -> None:
    state = open_state()
    state.accept(Unlinked())
    state.accept(Linked(1))
    state.accept(news(AgentAudio(first_sample=FRAME), frame(1)))
    state.accept(opened())
    for number in range(2):
        state.accept(news(AgentAudio(first_sample=number * FRAME), frame(number)))
    assert [one.payload for one in state.agent.frames] == [frame(0), frame(1)]


def test_controls_come_before_the_sample_at_which_they_were_said() -> None:
    state = open_state()
    state.control(Mark(name="received"))
    state.accept(Unlinked())
    state.audio(frame(0))
    state.control(Dtmf(digit="#"))
    state.hold()
    assert state.audio(frame(9)) == []
    state.resume()
    state.audio(frame(1))
    state.control(Transferred(result="busy"))
    state.close("normal")
    state.accept(Linked(1))
    assert headers(state.accept(opened(controls=1))) == [
        Audio(first_sample=0),
        Dtmf(digit="#"),
        Hold(),
        Resume(),
        Audio(first_sample=FRAME),
        Transferred(result="busy"),
        Close(),
    ]


def test_while_held_frames_use_no_number() -> None:
    state = open_state()
    state.audio(frame(0))
    assert headers(state.hold()) == [Hold()]
    assert state.hold() == []
    assert state.audio(frame(1)) == []
    assert state.next_sample == FRAME
    with pytest.raises(BadFrame):
        state.audio(b"short")
    assert headers(state.resume()) == [Resume()]
    assert state.resume() == []
    assert headers(state.audio(frame(1))) == [Audio(first_sample=FRAME)]


def test_a_flush_that_is_asked_again_is_answered_the_same() -> None:
    state = open_state()
    for number in range(3):
        state.accept(news(AgentAudio(first_sample=number * FRAME), frame(number)))
    state.agent.take()
    answer = state.accept(news(Flush(next_sample=3 * FRAME)))
    state.accept(Unlinked())
    state.accept(Linked(1))
    state.accept(opened(agent_next=3 * FRAME))
    assert state.accept(news(Flush(next_sample=3 * FRAME))) == answer
    assert headers(answer)[0].first_dropped == FRAME  # type: ignore[attr-defined]


def test_frames_that_a_flush_dropped_do_not_come_again() -> None:
    state = open_state()
    state.accept(news(Flush(next_sample=10 * FRAME)))
    state.accept(Unlinked())
    (asked,) = headers(state.accept(Linked(1)))
    assert isinstance(asked, Open)
    assert asked.taken == 10 * FRAME


def test_a_call_that_ended_meanwhile_ends_as_it_was_closed() -> None:
    state = open_state()
    state.accept(Unlinked())
    state.accept(Linked(1))
    state.accept(news(Event(kind="last", number=7)))
    state.accept(news(Closed(cause="completed", q850=16)))
    assert state.closed == Closed(cause="completed", q850=16)
    assert [event.kind for event in state.events] == ["last"]
    with pytest.raises(CallEnded):
        state.audio(frame(0))


@pytest.mark.parametrize(
    ("code", "kind"), [("unknown_call", UnknownCall), ("call_exists", CallExists)]
)
def test_a_refused_token_ends_the_call(code: str, kind: type[KefuError]) -> None:
    state = open_state()
    state.accept(Unlinked())
    state.accept(Linked(1))
    state.accept(news(Error(code=code, message="No.")))
    with pytest.raises(kind):
        state.audio(frame(0))


def test_a_link_that_breaks_before_the_call_is_open_ends_it() -> None:
    state = CallState(CALL, ASKED)
    state.accept(Unlinked())
    assert isinstance(state.error, GatewayUnreachable)


def test_links_that_come_and_go_ask_each_time() -> None:
    state = open_state()
    for link in range(1, 5):
        state.accept(Unlinked())
        assert len(state.accept(Linked(link))) == 1
        assert state.link == link
    assert state.accept(opened()) == []
    assert headers(state.audio(frame(0))) == [Audio(first_sample=0)]


@pytest.mark.parametrize(
    "header",
    [
        Dtmf(digit="x"),  # type: ignore[arg-type]
        Dtmf(digit=""),  # type: ignore[arg-type]
        Mark(name="x" * 257),
        Play(text="x" * 1001),
        Transferred(result="maybe"),  # type: ignore[arg-type]
    ],
)
def test_controls_are_checked_before_they_are_sent(header: Header) -> None:
    state = open_state()
    with pytest.raises(BadHeader, match=type(header).__name__.upper()):
        state.control(Dtmf(digit="1"), header)
    state.accept(Unlinked())
    state.accept(Linked(1))
    assert state.accept(opened()) == []  # none of them was sent


NONSENSE = {
    "negative caller_next": opened(caller_next=-1),
    "caller_next that was not sent": opened(caller_next=FRAME * 2 + 1),
    "negative agent_next": opened(agent_next=-5),
    "agent_next beyond all numbers": opened(agent_next=2**53 + 1),
    "controls that were not sent": opened(controls=3),
    "negative controls": opened(controls=-1),
    "controls that were received before": opened(controls=0),
    "negative event": news(Event(kind="x", number=-1)),
    "event beyond all numbers": news(Event(kind="x", number=2**60)),
    "negative sample": news(AgentAudio(first_sample=-160), frame(0)),
    "sample beyond all numbers": news(AgentAudio(first_sample=2**62), frame(0)),
    "negative flush": news(Flush(next_sample=-1)),
    "flush beyond all numbers": news(Flush(next_sample=2**62)),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_after_a_broken_link_ends_the_call_typed(name: str) -> None:
    state = open_state()
    state.audio(frame(0))
    state.audio(frame(1))
    state.control(Dtmf(digit="1"))
    state.accept(Unlinked())
    state.accept(Linked(1))
    state.accept(opened(controls=1))
    state.control(Dtmf(digit="2"))
    state.accept(Unlinked())
    state.accept(Linked(2))
    if not isinstance(NONSENSE[name].header, Opened):
        state.accept(opened(caller_next=2 * FRAME, controls=2))
    assert headers(state.accept(NONSENSE[name])) == [Close()]
    assert isinstance(state.error, ProtocolError)
    with pytest.raises(ProtocolError):
        state.audio(frame(2))


def test_opened_without_being_asked_for_ends_the_call_typed() -> None:
    state = open_state()
    state.accept(opened())
    assert isinstance(state.error, ProtocolError)


def test_half_a_sample_ends_the_call_typed() -> None:
    state = CallState(CALL, Open(codec="slin", rate_hz=8000, frame_ms=20))
    state.accept(opened())
    state.accept(news(AgentAudio(first_sample=0), bytes(321)))
    assert isinstance(state.error, ProtocolError)


def test_events_out_of_order_are_delivered_in_order_or_not_at_all() -> None:
    state = open_state()
    for number in (0, 1, 1, 4, 3, 0, 5):
        state.accept(news(Event(kind="x", number=number)))
    assert [event.number for event in state.events] == [0, 1, 4, 5]


def test_controls_are_kept_within_bounds() -> None:
    state = open_state()
    state.accept(Unlinked())
    for number in range(KEPT + 5):
        state.control(Mark(name=str(number)))
    state.accept(Linked(1))
    assert state.accept(opened(controls=4)) != []
    assert isinstance(state.error, ProtocolError)


@pytest.mark.parametrize("played", [None, "7", 1.5])
def test_a_flush_hook_that_answers_no_number_ends_the_call_typed(played: Any) -> None:
    state = open_state(on_flush=lambda _: played)
    state.accept(news(Flush(next_sample=0)))
    assert isinstance(state.error, HookFailed)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.integers(0, 5), max_size=30), st.data())
def test_a_gateway_that_says_anything_ends_the_call_typed_or_not(
    kinds: list[int], data: st.DataObject
) -> None:
    numbers = st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 400)
    state = CallState(CALL, ASKED)
    for kind in kinds:
        number = data.draw(numbers)
        said: tuple[Any, ...] = (
            opened(caller_next=number, agent_next=data.draw(numbers)),
            opened(controls=number),
            news(AgentAudio(first_sample=number), bytes(data.draw(st.integers(0, 200)))),
            news(Event(kind="x", number=number)),
            news(Flush(next_sample=number)),
            Linked(number) if number % 2 else Unlinked(),
        )
        for parts in state.accept(said[kind]):
            parse_from_client(parts)  # what is answered is always valid
        try:
            state.audio(frame(0))
            state.control(Dtmf(digit="1"))
        except KefuError:
            assert state.ended
    assert state.error is None or isinstance(state.error, ProtocolError | GatewayUnreachable)
