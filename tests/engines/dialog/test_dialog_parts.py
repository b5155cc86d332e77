"""Beliefs, plain yes and no, formats of values, dates and money."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.dialog import beliefs
from engines.dialog.acts import ACTS
from engines.dialog.beliefs import UpdateWeights
from engines.dialog.fitting import fit
from engines.dialog.moves import Heard
from engines.dialog.reading import Context, Reading, read
from engines.dialog.replies import NotSayable, render, say
from engines.dialog.scenario import Slot, ValueKind, Wording, constant_clauses
from engines.emotion.feeling import Feeling
from engines.nlu.understanding import Entity, IntentScore, Understanding

WEIGHTS = UpdateWeights()
ORDER = Slot(name="order_id", entity="ORDER_ID", format="A0000")


def reading(text: str, intent: str = "", known: str = "", *ids: str) -> Reading:
    entities = tuple(
        Entity(
            type="ORDER_ID",
            text=value,
            value=value,
            start=text.index(value),
            end=text.index(value) + len(value),
        )
        for value in ids
    )
    scores = (IntentScore(intent=intent, probability=0.8),) if intent else ()
    heard = Heard(
        text=text,
        language="zh",
        confidence=0.9,
        understanding=Understanding(intents=scores, entities=entities),
        feeling=Feeling(label="", confidence=0.0),
    )
    return read(heard, [ORDER], Context(known={"order_id": known}))


@pytest.mark.parametrize(
    "text",
    [
        "对",
        "对的。",
        "是的，是的",
        "好的",
        "好啊",
        "嗯。",
        "可以",
        "没错！",
        "没问题",
        "确定退款",
        "好的，谢谢",
        "行吧",
        "要的",
        "Yes.",
        "Yes, please.",
        "yeah",
        "That’s right.",
        "OK",
        "Sure, go ahead!",
        "Of course",
    ],
)
def test_plain_yes(text: str) -> None:
    assert reading(text).yes is True


@pytest.mark.parametrize(
    "text",
    [
        "不",
        "不是。",
        "不对",
        "不用了，谢谢",
        "没有了",
        "没有了谢谢",
        "算了",
        "别退",
        "不要，不要",
        "取消",
        "No.",
        "no thanks",
        "Nope",
        "No, that’s wrong.",
        "never mind",
        "That's all, thank you.",
        "No, it isn't.",
    ],
)
def test_plain_no(text: str) -> None:
    assert reading(text).yes is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "不好意思",
        "好像是的但是我不知道",
        "等一下",
        "我要查订单",
        "I don't know",
        "yes but not now",
        "maybe",
        "not sure",
        "okay what about my other order",
        "可以查订单吗",
    ],
)
def test_neither_yes_nor_no(text: str) -> None:
    assert reading(text).yes is None


def test_a_negated_sentence_is_no_yes_whatever_the_classifier_says() -> None:
    assert reading("我不想要这样", "affirm").yes is None
    assert reading("I would not say so", "affirm").yes is None
    assert reading("就这么办吧麻烦你", "affirm").yes is True
    assert reading("我觉得这样还是算了", "deny").yes is False


@pytest.mark.parametrize(
    ("text", "ids", "value", "denied"),
    [
        ("不是A1024，是A1025", ("A1024", "A1025"), "A1025", ("A1024",)),
        ("it's A1025, not A1024", ("A1025", "A1024"), "A1025", ("A1024",)),
        ("not order A1024", ("A1024",), "", ("A1024",)),
        ("A1024，哦不，A1025", ("A1024", "A1025"), "A1025", ()),
        ("不是订单A1024", ("A1024",), "", ("A1024",)),
        ("号是A1024。号是A10", ("A1024", "A10"), "A1024", ()),
    ],
)
def test_which_value_is_meant(
    text: str, ids: tuple[str, ...], value: str, denied: tuple[str, ...]
) -> None:
    found = reading(text, "inform", "", *ids)
    assert found.values.get("order_id", "") == value
    assert found.denied.get("order_id", ()) == denied


@pytest.mark.parametrize(
    ("value", "known", "fitted"),
    [
        ("A1024", "", "A1024"),
        ("1025", "A1024", "A1025"),
        ("25", "A1024", "A1025"),
        ("1025", "", ""),
        ("A102", "A1024", ""),
        ("AA1024", "A1024", ""),
        ("A10245", "A1024", ""),
        ("\uff11\uff10\uff12\uff15", "A1024", ""),  # full-width
        ("Ä1024", "", ""),
        ("", "A1024", ""),
    ],
)
def test_fit(value: str, known: str, fitted: str) -> None:
    assert fit(value, "A0000", known) == fitted


def test_without_a_format_everything_fits() -> None:
    assert fit("anything; DROP TABLE", "", "") == "anything; DROP TABLE"


def test_over_long_values_are_not_taken() -> None:
    text = "A" * 65
    assert reading(text, "inform", "", text).values == {}
    assert reading(text, "inform", "", text).misfits == {}


KINDS = st.sampled_from(["new", "confirm", "correct", "deny"])
EVIDENCE = st.lists(
    st.tuples(KINDS, st.sampled_from(["A1", "A2", "A3"]), st.floats(-1, 2, allow_nan=False)),
    max_size=20,
)


@given(EVIDENCE)
def test_beliefs_stay_small_positive_and_pure(
    evidence: list[tuple[beliefs.Kind, str, float]],
) -> None:
    belief: beliefs.Belief = {}
    for kind, value, confidence in evidence:
        before = dict(belief)
        after = beliefs.update(belief, kind, value, confidence, WEIGHTS)
        assert belief == before
        assert all(0 < weight <= WEIGHTS.correct for weight in after.values())
        if kind == "deny":
            assert value not in after
        if kind == "confirm":
            assert after.get(value, 0.0) >= before.get(value, 0.0)
        belief = after
    _, certainty = beliefs.best(belief)
    assert certainty >= 0


def test_the_last_well_heard_value_wins() -> None:
    belief = beliefs.update({}, "new", "A1024", 0.9, WEIGHTS)
    assert beliefs.best(belief) == ("A1024", 0.9)
    assert beliefs.best(beliefs.update(belief, "correct", "A1025", 0.9, WEIGHTS))[0] == "A1025"
    assert beliefs.best(beliefs.update(belief, "new", "A1025", 0.3, WEIGHTS))[0] == "A1024"
    twice = beliefs.update(belief, "confirm", "A1024", 1.0, WEIGHTS)
    assert beliefs.best(twice) == ("A1024", 1.2)


@pytest.mark.parametrize(
    ("value", "kind", "zh", "en"),
    [
        ("2026-11-26", "date", "11月26日", "November 26"),
        ("2026-01-01", "date", "1月1日", "January 1"),
        ("299.00 CNY", "money", "299元", "¥299"),
        ("49.50 CNY", "money", "49.50元", "¥49.50"),
        ("1200.05 TWD", "money", "新台币1200.05元", "1200.05 Taiwan dollars"),
        ("5 USD", "money", "5美元", "$5"),
        ("R7002", "text", "R7002", "R7002"),
    ],
)
def test_values_as_written(value: str, kind: str, zh: str, en: str) -> None:
    spoken = ValueKind(kind=kind)  # type: ignore[arg-type]
    assert say(value, "zh", spoken) == zh
    assert say(value, "en", spoken) == en


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", "text"),
        ("x" * 81, "text"),
        ("soon", "date"),
        ("2026-13-01", "date"),
        ("299", "money"),
        ("-5.00 CNY", "money"),
        ("5.00 XXX", "money"),
        ("\uff11.00 CNY", "money"),  # full-width
        ("lost", "words"),
    ],
)
def test_what_cannot_be_said_is_not_said(value: str, kind: str) -> None:
    spoken = ValueKind(kind=kind, words={"sent": {"zh": "发了", "en": "sent"}})  # type: ignore[arg-type]
    with pytest.raises(NotSayable):
        say(value, "zh", spoken)


def test_cacheable_is_what_the_list_of_constant_clauses_holds() -> None:
    kinds = {
        "state": ValueKind(
            kind="words",
            words={"a": {"zh": "甲", "en": "A"}, "b": {"zh": "乙", "en": "B"}},
        ),
        "other": ValueKind(kind="words", words={"c": {"zh": "丙", "en": "C"}}),
        "number": ValueKind(),
    }
    wording = Wording(
        zh=("是{state}和{other}，", "号{number}。", "完。"), en=("{state}{state}", "x")
    )
    listed = constant_clauses(iter([wording]), kinds)
    assert [clause.text for clause in listed] == [
        "是甲和丙，",
        "是乙和丙，",
        "完。",
        "AA",
        "BB",
        "x",
    ]
    said = render(wording, "zh", kinds, {"state": "b", "other": "c", "number": "7"})
    assert [clause.text for clause in said] == ["是乙和丙，", "号7。", "完。"]
    assert [clause.cacheable for clause in said] == [True, False, True]
    assert all(clause in listed for clause in said if clause.cacheable)


def test_fifty_acts() -> None:
    assert len(ACTS) == len(set(ACTS)) == 50
