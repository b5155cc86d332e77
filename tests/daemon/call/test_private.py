"""A private step: what is said or pressed in it is acted upon, and stands nowhere."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest

from daemon import slot
from daemon.call import private
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import BusinessCall, BusinessResult, Handover, State
from engines.dialog.playbook import load_playbook
from tests.daemon.call.tiny import SCENARIOS, TinyCall, TinyStages, said
from tests.daemon.call.tiny_dialogue import TinyDialogue, step

PIN = "483926"
CHECK = BusinessCall(name="check_pin", arguments={"pin": PIN}, changes=True)
NAMES = frozenset({"pin"})


def dialogue(recording: bool = True) -> TinyDialogue:
    return TinyDialogue(
        step("open", "您好，请问有什么可以帮您？", recording=recording or None),
        step("ask pin", "请输入您的密码。", keys="digits", digits=6, private=True),
        step("check pin", "您的密码是{pin}，对吗？", kind="yes_no"),
        step("call", call=CHECK),
        step("in", "密码正确，", "还有什么可以帮您？"),
        step("quote", "密码{pin}已经修改。"),
        ways={
            ("open", "登录"): "ask pin",
            ("ask pin", PIN): "call",
            ("ask pin", "我的密码是" + PIN): "check pin",
            ("check pin", "对"): "call",
            ("call", "ok"): "in",
            ("in", "改密码"): "quote",
        },
        keeps={"ask pin": "pin"},
    )


async def at_the_private_step(recording: bool = True) -> TinyCall:
    call = TinyCall(TinyStages(said("登录")), dialogue(recording), private=NAMES)
    call.stages.answers["check_pin"] = BusinessResult(
        name="check_pin", ok=True, values={"greeting": "欢迎"}
    )
    await call.until_reply_ended(1)
    await call.voice(800)
    await call.until_reply_ended(2)
    return call


def everything_sent(call: TinyCall) -> str:
    """All that left the worker but the audio."""
    return "".join(
        repr(one) + (one.data.decode("utf-8", "replace") if isinstance(one, slot.Snapshot) else "")
        for one in call.sent
        if not isinstance(one, slot.Say)
    )


async def test_keys_are_used_and_stand_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    call = await at_the_private_step()
    await call.press(PIN)
    await call.until_reply_ended(3)
    assert call.stages.asked == [CHECK], "the business system has it"
    turn = call.turns()[2]
    assert turn.keys == turn.heard == ""
    assert turn.business.startswith("check_pin(…)")
    assert turn.reply_heard == "密码正确，还有什么可以帮您？"
    assert PIN not in everything_sent(call)
    assert PIN not in caplog.text


async def test_speech_is_used_and_stands_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    call = await at_the_private_step()
    spoken = "我的密码是" + PIN
    call.stages.script = [said(spoken, "give", PIN=PIN)]
    await call.voice(1200)
    await call.until_reply_ended(3)
    turn = call.turns()[2]
    assert turn.heard == ""
    assert turn.entities == ()
    assert PIN not in turn.reply, "what we read back is not written either"
    assert turn.reply_heard
    call.stages.script = [said("对")]
    await call.voice(600)
    await call.until_reply_ended(4)
    assert call.stages.asked == [CHECK]
    assert not call.events("heard.final")[-2].data["text"]
    assert [event.data["text"] for event in call.events("heard.partial")] == ["登录"]
    assert PIN not in everything_sent(call)
    assert PIN not in caplog.text


async def test_a_reply_that_is_cut_inside_the_number_shows_none_of_it() -> None:
    call = await at_the_private_step()
    call.stages.script = [said("我的密码是" + PIN)]
    await call.voice(1200)
    await call.until_audible()
    await call.silence(400)
    call.stages.script = [said("等一下我想起来了")]
    await call.voice(1200)
    await call.silence(1000)
    assert call.turns()[2].reply_cut
    assert PIN[:2] not in call.turns()[2].reply_heard


async def test_later_turns_do_not_write_it_down_either() -> None:
    call = await at_the_private_step()
    await call.press(PIN)
    await call.until_reply_ended(3)
    call.stages.script = [said("改密码")]
    await call.voice(800)
    await call.until_reply_ended(4)
    assert call.turns()[3].heard == "改密码"
    assert call.turns()[3].reply == "密码…已经修改。"
    assert any(PIN in clause.text for clause in call.stages.spoken), "the caller hears it"
    assert PIN not in everything_sent(call)


async def test_recording_pauses_from_the_question_until_the_answer_is_served() -> None:
    call = await at_the_private_step()
    told = [event.data["on"] for event in call.events("record.audio")]
    assert told == [True, False]
    paused = call.sent.index(call.events("record.audio")[-1])
    prompt = next(one for one in call.of(slot.Say) if one.utterance == 1)
    assert call.sent.index(prompt) > paused, "before the question is asked"
    await call.press(PIN)
    await call.until_reply_ended(3)
    assert [event.data["on"] for event in call.events("record.audio")] == [True, False, True]


async def test_where_nothing_is_recorded_nothing_begins_to_be() -> None:
    call = await at_the_private_step(recording=False)
    await call.press(PIN)
    await call.until_reply_ended(3)
    assert not call.events("record.audio")


async def test_after_a_lost_worker_the_private_step_is_asked_again() -> None:
    call = await at_the_private_step()
    call.stages.script = [said("我的密码是" + PIN)]
    await call.voice(1200)
    await call.until_reply_ended(3)
    found: Any = call.of(slot.Snapshot)[-1]
    other = TinyCall(
        TinyStages(said("登录")),
        dialogue(),
        private=NAMES,
        line=call.line,
        snapshot=found.data,
        resumed=True,
        next_utterance=9,
    )
    state = other.conversation.parts.move.state
    assert state.step == "ask pin"
    assert state.slots == {}
    await other.until_reply_ended(1)
    other.stages.answers["check_pin"] = BusinessResult(name="check_pin", ok=True)
    await other.press(PIN)
    await other.until_reply_ended(2)
    assert other.stages.asked == [CHECK]


async def test_a_private_step_of_a_real_scenario(tmp_path: Path) -> None:
    scenarios = shutil.copytree(SCENARIOS, tmp_path / "scenarios")
    file = scenarios / "callback.yaml"
    asks = "  - ask: phone_number\n"
    assert asks in file.read_text()
    file.write_text(file.read_text().replace(asks, asks + "    private: true\n"))
    playbook = load_playbook(scenarios)
    names = private.private_slots(playbook)
    assert names == {"phone_number", "invitation_code"}
    tomorrow = said("明天下午三点", TIME="2030-01-07T15:00")
    call = TinyCall(TinyStages(tomorrow), Dialogue(playbook), private=names, scenario="callback")
    await call.until_reply_ended(1)
    await call.voice(900)
    await call.until_reply_ended(2)
    assert call.conversation.parts.standing.private, call.turns()
    await call.press("13800138000")
    await call.until_reply_ended(3)
    number = call.conversation.parts.move.state.slots["phone_number"]
    assert number == "13800138000"
    assert "138" not in call.turns()[2].reply
    assert number not in everything_sent(call)
    spoken = "".join(clause.text for clause in call.stages.spoken)
    assert "8000" in spoken.replace(" ", "") or "138" in spoken, "the caller hears it"


def test_a_state_forgets_what_is_private_and_nothing_else() -> None:
    state = State(
        scenario="bank",
        step="check pin",
        language="zh",
        slots={"pin": PIN, "name": "王"},
        memory={
            "beliefs": {"pin": {PIN: 0.9, "483962": 0.1}, "name": {"王": 0.9}},
            "checked": ["pin", "name"],
            "results": {"pin": PIN, "account": "A1"},
            "said": [{"text": f"您的密码是{PIN}，对吗？", "language": "zh"}],
            "reasons": ["pin was heard as 483962"],
            "now": "2026-11-26T10:00",
        },
    )
    kept = private.forget(state, NAMES)
    assert kept.step == "ask pin"
    assert kept.slots == {"name": "王"}
    assert kept.memory["beliefs"] == {"name": {"王": 0.9}}
    assert kept.memory["checked"] == ["name"]
    assert kept.memory["results"] == {"account": "A1"}
    assert kept.memory["now"] == "2026-11-26T10:00"
    assert "4839" not in repr(kept)
    assert private.forget(state, frozenset()) == state


def test_a_human_is_not_told_it() -> None:
    state = State(scenario="bank", step="open", language="zh", slots={"pin": PIN})
    told = Handover(
        target="desk", reason="asked", summary=f"密码{PIN}", slots={"pin": PIN, "name": "王"}
    )
    kept = private.handover_without(told, state, NAMES)
    assert kept.slots == {"name": "王"}
    assert PIN not in kept.summary
