"""Whatever comes, and in whatever order: the call stays alive, keeps the protocol, and ends."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise

import pytest

from daemon import slot
from engines.dialog.moves import BusinessCall, BusinessResult, Handover
from tests.daemon.call.tiny import TinyCall, TinyStages, said, unheard
from tests.daemon.call.tiny_dialogue import TinyDialogue, step
from tests.daemon.call.tiny_line import CALL

STEPS = 120
WRITE = BusinessCall(name="write", arguments={}, changes=True)
READ = BusinessCall(name="read", arguments={}, changes=False)
HEARD = [said("查"), said("写"), said("人工"), said("密码"), said("嗯"), said("再说"), unheard()]


def dialogue() -> TinyDialogue:
    to_sales = Handover(target="sales", reason="asked", summary="")
    menu = step("menu", "查询请按一，", "写入请按二，人工服务请按零。", keys="menu", recording=True)
    ways = {
        ("menu", "查"): "read",
        ("menu", "1"): "read",
        ("menu", "写"): "write",
        ("menu", "2"): "write",
        ("menu", "人工"): "human",
        ("menu", "0"): "human",
        ("menu", "密码"): "ask pin",
        ("read", "*"): "protected",
        ("write", "*"): "menu",
        ("ask pin", "*"): "write",
        ("protected", "*"): "menu",
        ("human", "*"): "menu",
    }
    return TinyDialogue(
        menu,
        step("read", call=READ),
        step("write", call=WRITE),
        step("ask pin", "请输入您的密码。", keys="digits", digits=6, private=True),
        step("protected", "本次通话可能被录音，请您知悉。", barge_in="off", keys="menu"),
        step("human", "好的，为您转接人工客服。", end="transferred", handover=to_sales),
        ways=ways,
        keeps={"ask pin": "pin"},
    )


class Storm:
    """Does one thing after the other, chosen by ``seed``."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        stages = TinyStages(HEARD[0])
        stages.answers["write"] = BusinessResult(name="write", ok=True)
        self.call = TinyCall(stages, dialogue(), private=frozenset({"pin"}))
        self.held = False

    async def blow(self) -> None:
        """One thing."""
        call, chance = self.call, self._random
        talk = call.conversation
        length_ms = chance.choice([20, 60, 200, 600, 1400])
        what = chance.randrange(14)
        if what <= 3 and not self.held:
            await call.silence(length_ms)
        elif what <= 6 and not self.held:
            call.stages.script = [chance.choice(HEARD)]
            await call.voice(length_ms)
        elif what == 7:
            talk.on_key(slot.Dtmf(call=CALL, digit=chance.choice("0123456789*#A")))  # type: ignore[arg-type]
        elif what == 8:
            self._hold_or_resume()
        elif what == 9:
            text, prompt = chance.choice([("请注意。", ""), ("", "hold"), ("", "?"), ("", "")])
            talk.on_play(slot.Play(call=CALL, text=text, prompt=prompt))
        elif what == 10:
            talk.on_transferred(slot.Transferred(call=CALL, result="busy"))
        elif what == 11:
            talk.on_cut_done(
                slot.CutDone(call=CALL, utterance=chance.randrange(9), heard=chance.randrange(9999))
            )
        elif what == 12:
            gate = chance.choice(
                [call.stages.business_gate, call.stages.speech_gate, call.stages.hearing_gate]
            )
            gate.clear() if gate.is_set() else gate.set()
        else:
            call.line.now_ms += chance.choice([0, 500, 9000])
        await asyncio.sleep(0)

    def _hold_or_resume(self) -> None:
        talk = self.call.conversation
        if self.held:
            talk.on_resume(slot.Resume(call=CALL))
        else:
            talk.on_hold(slot.Hold(call=CALL))
            if self.call.line.utterance is not None:
                self.call.line_cuts()
        self.held = not self.held

    async def calm_down(self) -> None:
        """Everything is let go, and the line is quiet until we have had our say."""
        if self.held:
            self._hold_or_resume()
        stages = self.call.stages
        for gate in (stages.business_gate, stages.speech_gate, stages.hearing_gate):
            gate.set()
        self.call.conversation.on_transferred(slot.Transferred(call=CALL, result="busy"))
        await self.call.silence(6000)
        self.call.conversation.on_transferred(slot.Transferred(call=CALL, result="busy"))
        await self.call.silence(6000)


@pytest.mark.parametrize("seed", range(24))
async def test_a_call_survives_everything(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    storm = Storm(seed)
    call = storm.call
    for _ in range(STEPS):
        await storm.blow()
    await storm.calm_down()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]

    before = len(call.of(slot.Say))
    await call.silence(9000)
    assert len(call.of(slot.Say)) > before, "a silent caller is still asked"

    utterances = [say.utterance for say in call.of(slot.Say)]
    assert utterances == sorted(utterances), "an older utterance never goes on"
    numbers = [event.turn.number for event in call.events("turn") if event.turn]
    assert len(set(numbers)) == len(numbers), "no record replaces another turn's"
    recorded = [event.data["on"] for event in call.events("record.audio")]
    assert all(one != other for one, other in pairwise(recorded))
    assert all(len(one.data) <= slot.MAX_SNAPSHOT_BYTES for one in call.of(slot.Snapshot))

    call.conversation.close()
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1, "nothing is left running"
