"""Who says what: ``voice`` of a scenario and of a step, in both languages, over a whole call."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import Clause, Move, State
from engines.dialog.scenario import Scenario, Speakers
from engines.dialog.scenario_file import parse_scenario
from engines.errors import ScenarioError
from tests.engines.dialog.talk import PLAYBOOK, REFUNDABLE, Talk
from tests.engines.dialog.test_dialog_scenario_file import SMALL

ANNA = Speakers(zh="anna", en="anna")


def small(voice: str = "", ask: str = "", confirm: str = "", call: str = "") -> Scenario:
    """The small scenario with ``voice`` keys behind its own, and those of three of its steps."""
    text = SMALL
    for value, line in (
        (voice, 'numbers: ["100"]'),
        (ask, "  - ask: order_id"),
        (confirm, "  - confirm: sure"),
        (call, "  - call: pay_back"),
    ):
        if value:
            indent = "    " if line.startswith(" ") else ""
            text = text.replace(f"{line}\n", f"{line}\n{indent}voice: {value}\n", 1)
    return parse_scenario(text.encode(), "parcel.yaml")


def with_voices(**voices: Speakers) -> Dialogue:
    """The examples, where ``refund`` has these: of the ``scenario``, ``ask``, ``confirm``."""
    refund = PLAYBOOK.scenarios["refund"]
    steps = tuple(
        replace(step, voice=voices[kind])
        if (kind := type(step).__name__.lower()) in voices
        else step
        for step in refund.steps
    )
    refund = replace(refund, voice=voices.get("scenario", Speakers()), steps=steps)
    return Dialogue(replace(PLAYBOOK, scenarios={**PLAYBOOK.scenarios, "refund": refund}))


def voices_of(move: Move) -> list[str]:
    return [clause.voice for clause in move.reply]


def test_a_name_speaks_both_languages_and_a_table_each_its_own() -> None:
    assert small(voice="anna").voice == ANNA
    assert small(voice="{zh: anna, en: bert}").voice == Speakers(zh="anna", en="bert")
    assert small(voice="{en: af_bella}").voice == Speakers(en="af_bella")
    assert small().voice == Speakers()


def test_a_step_has_a_voice_of_its_own() -> None:
    scenario = small(voice="anna", ask="bert", confirm="{zh: carl}", call="dora")
    spoken = {
        step: scenario.voice_at(step, "zh")
        for step in (
            *("open", "ask order_id", "check order_id", "suggest order_id", "confirm sure"),
            *("correct sure", "call pay_back", "call find_order", "call nothing", "anything else"),
        )
    }
    assert spoken == {
        **dict.fromkeys(("open", "call find_order", "call nothing", "anything else"), "anna"),
        **dict.fromkeys(("ask order_id", "check order_id", "suggest order_id"), "bert"),
        **dict.fromkeys(("confirm sure", "correct sure"), "carl"),
        "call pay_back": "dora",
    }
    assert scenario.voice_at("confirm sure", "en") == "anna"
    assert scenario.voices() == ["anna", "bert", "carl", "dora"]


@pytest.mark.parametrize(
    ("voice", "says"),
    [
        ("../anna", "no name of a voice"),
        ("Anna", "no name of a voice"),
        ("王", "no name of a voice"),
        ('""', "empty"),
        ("{}", "names nobody"),
        ("{de: anna}", "no key 'de'"),
        ("[anna]", "must be one value"),
        ("{zh: {en: anna}}", "must be one value"),
        ("a" * 33, "no name of a voice"),
    ],
)
def test_what_names_nobody_is_refused_at_its_place(voice: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=says) as caught:
        small(voice=voice)
    assert caught.value.line == 4


def test_each_clause_is_said_by_whoever_speaks_at_its_step() -> None:
    bert, carl = Speakers(zh="bert", en="bert"), Speakers(zh="carl", en="carl")
    talk = Talk("refund", dialogue=with_voices(scenario=ANNA, ask=bert, confirm=carl))
    assert set(voices_of(talk.move)) == {"anna"}
    assert {clause.scenario for clause in talk.move.reply} == {"refund"}
    talk("我要退款", "refund_request")
    assert set(voices_of(talk.move)) == {"bert"}
    talk("A1024", ORDER_ID="A1024")
    talk.answer(REFUNDABLE)
    assert talk.step.startswith("confirm")
    assert set(voices_of(talk.move)) == {"carl"}


def test_without_a_voice_nobody_is_named_and_the_scenario_is() -> None:
    talk = Talk("refund")
    assert voices_of(talk.move) == [""] * len(talk.move.reply)
    assert {clause.scenario for clause in talk.move.reply} == {"refund"}


def test_what_is_said_again_after_a_lost_worker_has_the_same_voice() -> None:
    dialogue = with_voices(scenario=ANNA)
    talk = Talk("refund", dialogue=dialogue)
    talk("我要退款", "refund_request")
    saved = msgspec.msgpack.decode(msgspec.msgpack.encode(talk.move.state), type=State)
    again = Dialogue(dialogue.playbook).resumed(saved, delivered=False)
    assert set(voices_of(again)) == {"anna"}


def test_a_state_from_before_there_were_voices_is_understood() -> None:
    state = Talk("refund").move.state
    old = dict(state.memory)
    old["said"] = [
        {key: value for key, value in clause.items() if key not in ("voice", "scenario")}
        for clause in old["said"]
    ]
    again = Dialogue(PLAYBOOK).resumed(replace(state, memory=old), delivered=False)
    assert again.reply


def test_what_others_say_in_the_call_is_said_in_its_voice() -> None:
    dialogue = with_voices(scenario=ANNA)
    state = Talk("refund", dialogue=dialogue).move.state
    clause = Clause(text="请稍等。", language="zh", cacheable=True)
    (said,) = dialogue.in_voice(state, (clause,))
    assert said == replace(clause, voice="anna", scenario="refund")
    assert dialogue.in_voice(replace(state, scenario="gone"), (clause,)) == (clause,)


def test_what_is_made_in_advance_is_what_is_said() -> None:
    bert = Speakers(zh="bert", en="bert")
    dialogue = with_voices(scenario=ANNA, ask=bert)
    playbook = dialogue.playbook
    ahead = set(playbook.clauses_of(playbook.scenarios["refund"]))
    talk = Talk("refund", dialogue=dialogue)
    said = list(talk.move.reply)
    for text, intent in (("我要退款", "refund_request"), ("嗯", "unknown"), ("什么", "unknown")):
        talk(text, intent)
        said += talk.move.reply
    constant = [clause for clause in said if clause.cacheable]
    assert len(constant) > 4
    assert [clause for clause in constant if clause not in ahead] == []
    assert {clause.voice for clause in ahead} == {"anna", "bert"}


def test_the_list_of_all_that_is_constant_has_each_text_once() -> None:
    clauses = with_voices(scenario=ANNA, ask=Speakers(zh="bert")).cacheable_clauses()
    assert len({(clause.language, clause.text) for clause in clauses}) == len(clauses)
    assert {clause.voice for clause in clauses} == {""}
