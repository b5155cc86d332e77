"""One message of every kind of the slot protocol; ``tests/golden/slot`` pins their bytes."""

from __future__ import annotations

from daemon import slot
from kefu.protocol import Open
from kefu.records import Ledger, Stage, Turn

CALL = bytes(range(16))
PCM = b"\x01\x00\xff\xff" * 2

TO_WORKER: dict[str, slot.Message] = {
    "open": slot.Open(
        call=CALL, client=Open(codec="ulaw", rate_hz=8000, frame_ms=20, called="order_status")
    ),
    "frame": slot.Frame(
        seq=3,
        calls=(
            slot.CallFrame(
                call=CALL,
                now_ms=60.5,
                first_sample=320,
                pcm=PCM,
                playing=(0, 480),
                heard=(0, 160),
                level_dbfs=-60.0,
            ),
        ),
    ),
    "reopen": slot.Open(
        call=CALL,
        client=Open(codec="ulaw", rate_hz=8000, frame_ms=20),
        snapshot=b"snapshot",
        resumed=True,
        next_utterance=7,
        caller_next=81_920,
        held=True,
    ),
    "dtmf": slot.Dtmf(call=CALL, digit="#"),
    "hold": slot.Hold(call=CALL),
    "resume": slot.Resume(call=CALL),
    "play": slot.Play(call=CALL, text="请稍等。"),
    "mark": slot.Mark(call=CALL, name="queue left"),
    "transferred": slot.Transferred(call=CALL, result="busy"),
    "calls": slot.Calls(),
    "drain": slot.Drain(),
    "cut_done": slot.CutDone(call=CALL, utterance=2, heard=960),
    "close": slot.Close(call=CALL, cause="media_timeout"),
}
TO_GATEWAY: dict[str, slot.Message] = {
    "hello": slot.Hello(
        slot="blue",
        software="0.1.0",
        release="lite",
        capacity=8,
        hold_prompts=(slot.Prompt(language="zh", rate_hz=8000, pcm=PCM),),
    ),
    "tick": slot.Tick(seq=3, behind_ms=1.5, free=7),
    "say": slot.Say(call=CALL, utterance=2, offset=160, pcm=PCM, last=True),
    "cut": slot.Cut(call=CALL, utterance=2),
    "duck": slot.Duck(call=CALL, utterance=2),
    "rise": slot.Rise(call=CALL, utterance=2),
    "holding": slot.Holding(calls=(CALL,)),
    "snapshot": slot.Snapshot(
        call=CALL, data=b"snapshot", handover={"target": "queue-7", "reason": "worker_lost"}
    ),
    "event": slot.Event(
        call=CALL,
        kind="turn",
        data={"heard": "查订单"},
        turn=Turn(
            call=CALL.hex(),
            number=1,
            heard="查订单",
            ledger=Ledger(speech_end_ms=900.0, asr=Stage(started_ms=910.0, took_ms=210.0)),
        ),
    ),
    "worker_close": slot.Close(call=CALL, cause="completed"),
}
