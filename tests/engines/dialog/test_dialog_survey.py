"""At the call's end a caller can say how the voice sounded, and nobody is held up by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from engines.dialog.dialogue import Dialogue
from engines.dialog.playbook import Playbook, load_playbook
from engines.dialog.survey import score_in
from engines.errors import ScenarioError
from tests.engines.dialog.talk import PLAYBOOK, SHIPPED, Talk

SURVEYED = replace(
    PLAYBOOK,
    scenarios={name: replace(one, survey="voice") for name, one in PLAYBOOK.scenarios.items()},
)
ASKED = "最后请您为我的声音打分"


def served(playbook: Playbook = SURVEYED) -> Talk:
    talk = Talk("order_status", dialogue=Dialogue(playbook))
    talk("查订单A1024", "order_status", ORDER_ID="A1024")
    talk.answer(SHIPPED)
    return talk


def asked() -> Talk:
    talk = served()
    assert ASKED in talk("没有了，再见", "goodbye")
    assert (talk.step, talk.move.end, talk.move.action) == ("rate voice", "", "ask_satisfaction")
    assert talk.move.expects.keys == "menu"
    return talk


def test_it_is_off_where_no_scenario_asks_for_it() -> None:
    talk = served(playbook=PLAYBOOK)
    talk("没有了，再见", "goodbye")
    assert talk.move.end == "completed"


@pytest.mark.parametrize(
    ("said", "score"), [("5分", 5), ("我给四分", 4), ("三", 3), ("打两分吧。", 2), ("一分", 1)]
)
def test_a_score_is_said(said: str, score: int) -> None:
    talk = asked()
    assert talk(said).startswith("谢谢您的评分")
    assert (talk.move.end, talk.move.score) == ("completed", score)


def test_a_score_is_keyed() -> None:
    talk = asked()
    talk.press("4")
    assert (talk.move.end, talk.move.score) == ("completed", 4)


@pytest.mark.parametrize("keys", ["0", "6", "9", "45", "*"])
def test_other_keys_end_the_call(keys: str) -> None:
    talk = asked()
    talk.press(keys)
    assert (talk.move.end, talk.move.score) == ("completed", 0)


@pytest.mark.parametrize(
    ("said", "intent"),
    [("没有了，再见", "goodbye"), ("不用了", "deny"), ("还行吧", "inform"), ("什么？", "inform")],
)
def test_whatever_else_is_said_ends_the_call(said: str, intent: str) -> None:
    talk = asked()
    talk(said, intent)
    assert (talk.move.end, talk.move.score) == ("completed", 0)


def test_silence_and_noise_end_the_call() -> None:
    for happen in ("silence", "unclear"):
        talk = asked()
        getattr(talk, happen)()
        assert (talk.move.end, talk.move.score) == ("completed", 0)


def test_another_request_is_served_and_nobody_is_asked_twice() -> None:
    talk = asked()
    talk("等等，我要退款", "refund_request")
    assert talk.state.scenario == "refund"
    assert talk.step != "ended"
    talk("算了，再见", "goodbye")
    assert talk.move.end == "completed"


def test_who_was_not_served_is_angry_or_silent_is_not_asked() -> None:
    talk = Talk("order_status", dialogue=Dialogue(SURVEYED))
    assert ASKED not in talk("打错了，再见", "goodbye")
    assert talk.move.end == "abandoned"

    talk = served()
    talk("你们太慢了", "complaint", feeling="angry")
    assert ASKED not in talk("再见", "goodbye")

    talk = served()
    while not talk.move.end:
        assert ASKED not in talk.silence()


def test_its_words_are_spoken_from_the_cache() -> None:
    texts = {clause.text for clause in SURVEYED.cacheable_clauses()}
    assert {"谢谢您的评分。", "Thank you for telling us."} <= texts


def test_a_scenario_that_asks_needs_the_words(tmp_path: Path) -> None:
    source = Path(__file__).parents[3] / "examples/scenarios"
    for file in source.glob("*.yaml"):
        text = file.read_text("utf-8")
        if file.name == "common.yaml":
            text = text.partition("\nsurvey:")[0] + "\n"
        if file.name == "refund.yaml":
            text = text.rstrip() + "\nsurvey: voice\n"
        (tmp_path / file.name).write_text(text, "utf-8")
    with pytest.raises(ScenarioError, match="asks for a survey"):
        load_playbook(tmp_path)


SAYINGS = {
    "五分": 5,
    "我给你打4分": 4,
    "五分里给四分": 4,
    "满分五分，我给三分": 3,
    "三颗星": 3,
    "给五": 5,
    "两分。": 2,
    "五分吧，五分": 5,
    "四分或者五分": 0,
    "十五分": 0,
    "一般": 0,
    "等一下": 0,
    "6分": 0,
    "0分": 0,
    "": 0,
    "five": 5,
    "I'd say four": 4,
    "four out of five": 4,
    "4 stars": 4,
    "4.5": 0,
    "three or four": 0,
    "fourteen": 0,
    "45": 0,
    "someone told me that this one was a very good service": 0,
    "5" * 10_000: 0,
    "分" * 10_000: 0,
}


@pytest.mark.parametrize(("said", "score"), SAYINGS.items(), ids=lambda one: str(one)[:20])
def test_scores_in_sentences(said: str, score: int) -> None:
    assert score_in(said) == score
