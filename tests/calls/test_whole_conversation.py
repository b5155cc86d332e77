"""Keys, HOLD, PLAY, MARK and a transfer in one call, over the real socket with the real weights."""

from __future__ import annotations

from daemon.ctl.caller import RecordedCaller
from kefu.protocol import Event
from tests.calls.conftest import House
from tests.calls.test_first_call import settled

PATIENCE_S = 30.0


def test_a_pbx_leads_a_call_with_keys_hold_prompts_and_a_transfer(house: House) -> None:
    events: list[Event] = []
    caller = RecordedCaller(
        house.client, called="800", language="zh", on_event=events.append, transfer="busy"
    )

    def until(kind: str, count: int = 1) -> Event:
        """Stay on the line until so many events of a kind have come; returns the last."""
        for _ in range(int(PATIENCE_S / 0.2)):
            found = [event for event in events if event.kind == kind]
            if len(found) >= count:
                return found[count - 1]
            caller.listen(0.2)
        raise AssertionError(f"no {count} events {kind}: {[event.kind for event in events]}")

    until("reply.ended")
    caller.call.mark("greeted")
    assert until("mark").data["name"] == "greeted"

    caller.call.hold()
    until("held")
    ended = sum(event.kind == "reply.ended" for event in events)
    caller.listen(1.0)
    caller.call.resume()
    until("resumed")
    until("reply.ended", ended + 1)

    caller.call.play(prompt="hold")
    assert until("play").data["prompt"] == "hold"
    until("reply.ended", ended + 2)

    caller.call.dtmf("0")
    assert until("dtmf").data == {"digit": "0"}
    handover = until("transfer")
    assert handover.stored
    assert handover.data["target"]
    assert handover.data["reason"] == "asked"
    assert until("transferred").data == {"result": "busy"}
    turns = sum(event.kind == "turn" for event in events)
    until("turn", turns)
    caller.listen(1.0)
    caller.hang_up()

    summary, written = settled(house, caller)
    assert [turn.keys for turn in written if turn.keys] == ["0"]
    assert [turn.number for turn in written] == list(range(len(written)))
    actions = [turn.action for turn in written]
    assert actions[:3] == ["greet", "resume", "play"]
    assert summary.transfer_reason == "asked"
    assert summary.transfer_result == "busy"
