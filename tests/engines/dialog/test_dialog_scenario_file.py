"""A scenario file that is wrong says where, what, and how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.dialog.playbook import load_playbook, parse_sentences
from engines.dialog.scenario import Call, Scenario
from engines.dialog.scenario_file import parse_scenario
from engines.errors import ScenarioError
from kefu.errors import UnknownScenario

EXAMPLES = Path(__file__).parents[3] / "examples/scenarios"

SMALL = """\
scenario: parcel
title: A parcel
numbers: ["100"]
starts_on: [order_status]
greeting:
  zh: ["您好。"]
  en: ["Hello."]
slots:
  order_id:
    entity: ORDER_ID
    format: A0000
    ask: {zh: ["订单号？"], en: ["Order number?"]}
    ask_again: {zh: ["再说一遍？"], en: ["Again?"]}
    check: {zh: ["{order_id}，对吗？"], en: ["{order_id}, right?"]}
steps:
  - ask: order_id
  - call: find_order
    with: {order_id: order_id}
    returns:
      state: {shipped: {zh: 发货了, en: shipped}}
      refund: text
    outcomes:
      - when: {state: shipped}
        say: {zh: ["订单{state}。"], en: ["It is {state}."]}
      - error: any
        then: transfer
  - confirm: sure
    question: {zh: ["退吗？"], en: ["Refund?"]}
    declined: {zh: ["不退。"], en: ["No refund."]}
  - call: pay_back
    changes: true
    with: {order_id: order_id}
    returns: {number: text}
    outcomes:
      - say: {zh: ["编号{number}。"], en: ["Number {number}."]}
"""


def parse(text: str) -> Scenario:
    return parse_scenario(text.encode(), "parcel.yaml")


def test_the_small_scenario_is_right() -> None:
    scenario = parse(SMALL)
    assert scenario.slots["order_id"].expects.kind == "digits"
    assert scenario.slots["order_id"].expects.digits == 4
    call = scenario.call("pay_back")
    assert call.changes
    assert not scenario.call("find_order").changes


MISTAKES = {
    # what is replaced, by what, line, column, in the message, in the mend
    "unknown key": ("title:", "tittle:", 2, 1, "no key 'tittle'", "'title'"),
    "missing key": ("title: A parcel\n", "", 1, 1, "needs 'title'", "title:"),
    "key in a slot": ("    format: A0000", "    formate: A0000", 11, 5, "'formate'", "'format'"),
    "no check": (
        '    check: {zh: ["{order_id}，对吗？"], en: ["{order_id}, right?"]}\n',
        "",
        9,
        3,
        "'check'",
        "confirm: never",
    ),
    "unknown entity": ("ORDER_ID", "ORDER", 10, 13, "'ORDER'", "'ORDER_ID'"),
    "unknown intent": ("[order_status]", "[order_state]", 4, 13, "'order_state'", "order_status"),
    "format": ("A0000", "A####", 11, 13, "'A####'", "A0000"),
    "slot never defined": ("- ask: order_id", "- ask: order_no", 16, 10, "order_no", "'order_id'"),
    "step verb": ("- ask: order_id", "- asks: order_id", 16, 5, "'asks'", "'ask'"),
    "argument from nowhere": (
        "with: {order_id: order_id}\n    returns:\n",
        "with: {order_id: order}\n    returns:\n",
        18,
        22,
        "'order'",
        "'order_id'",
    ),
    "placeholder": ("订单{state}。", "订单{stat}。", 24, 14, "{stat}", "'state'"),
    "brace": ("订单{state}。", "订单{state。", 24, 14, "brace", "{name}"),
    "value that never comes": (
        "when: {state: shipped}",
        "when: {state: sent}",
        23,
        16,
        "'sent'",
        "shipped",
    ),
    "result that is not returned": (
        "when: {state: ",
        "when: {status: ",
        23,
        16,
        "'status'",
        "'state'",
    ),
    "then": ("then: transfer", "then: hang up", 26, 15, "'hang up'", "ask again SLOT"),
    "one language": (', en: ["Refund?"]', "", 28, 15, "needs 'en'", "en:"),
    "clauses that are no list": ('zh: ["退吗？"]', "zh: 退吗？", 28, 20, "must be a list", '["...'),
    "report without the answer": (
        "编号{number}。",
        "退款成功了。",
        35,
        14,
        "without quoting",
        "{number}",
    ),
    "report in one language only": ("Number {number}.", "Refunded.", 35, 14, "(en)", "{number}"),
    "no report at all": (
        '- say: {zh: ["编号{number}。"], en: ["Number {number}."]}',
        "- then: finish",
        35,
        9,
        "without quoting",
        "{number}",
    ),
    "failure that quotes an answer": (
        "- error: any\n        then: transfer",
        '- error: any\n        say: {zh: ["{refund}"], en: ["x"]}\n        then: transfer',
        26,
        14,
        "{refund}",
        "Known here",
    ),
    "result used as constant text": (
        'zh: ["您好。"]',
        'zh: ["您好{order_id}。"]',
        6,
        3,
        "{order_id}",
        "constant",
    ),
    "check that does not say the value": (
        'zh: ["{order_id}，对吗？"]',
        'zh: ["对吗？"]',
        14,
        12,
        "does not say",
        "{order_id}",
    ),
    "flag": ("changes: true", "changes: maybe", 31, 14, "'maybe'", "true"),
    "repeated key": ("title: A parcel", "title: A parcel\ntitle: B", 3, 1, "again", "Keep one"),
    "anchor": ("title: A parcel", "title: &x A parcel", 2, 8, "Anchors", "Write it out"),
    "alias": ("title: A parcel", "title: *x", 2, 8, "aliases", "Write it out"),
    "tag": ("title: A parcel", "title: !!python/name:os.system x", 2, 8, "Tags", "!"),
    "brackets": ('numbers: ["100"]', 'numbers: ["100"', 4, 1, "not YAML", "brackets"),
    "tab": ('  zh: ["您好。"]', '\tzh: ["您好。"]', 6, 1, "not YAML", "indentation"),
    "second document": (
        "title: A parcel",
        "title: A parcel\n---\na: b",
        3,
        1,
        "second document",
        "One file",
    ),
    "name": ("scenario: parcel", "scenario: Par cel", 1, 11, "'Par cel'", "small letters"),
    "change before a yes": (
        '  - confirm: sure\n    question: {zh: ["退吗？"], en: ["Refund?"]}\n'
        '    declined: {zh: ["不退。"], en: ["No refund."]}\n',
        "",
        27,
        11,
        "after a confirmation",
        "confirm:",
    ),
    "quoting what is only listened for": (
        "steps:\n  - ask: order_id\n",
        "  why: {entity: ISSUE}\nsteps:\n  - ask: order_id\n"
        '  - confirm: w\n    question: {zh: ["{why}"], en: ["x"]}\n'
        '    declined: {zh: ["x"], en: ["x"]}\n',
        19,
        15,
        "{why}",
        "Known here: order_id",
    ),
    "a result named like a slot": (
        "      refund: text",
        "      order_id: text",
        21,
        7,
        "taken",
        "another name",
    ),
    "an end without a word": (
        '        say: {zh: ["订单{state}。"], en: ["It is {state}."]}\n',
        "",
        23,
        9,
        "told nothing",
        "say:",
    ),
    "empty value": ("title: A parcel", "title:", 2, 6, "is empty", "behind the colon"),
    "same step twice": (
        "  - confirm: sure",
        "  - ask: order_id\n  - confirm: sure",
        27,
        10,
        "second",
        "another name",
    ),
    "hours": (
        "numbers:",
        'hours: {mon-fri: "9-18"}\nnumbers:',
        3,
        8,
        "'9-18' is no span",
        "09:00-18:00",
    ),
    "hours of no day": ("numbers:", "hours: {}\nnumbers:", 3, 8, "no day is open", "mon-fri"),
    "target": (
        "numbers:",
        "transfer: {target: the desk}\nnumbers:",
        3,
        20,
        "'the desk' cannot be a target",
        "queue or extension",
    ),
    "barge-in": ("numbers:", "barge_in: loud\nnumbers:", 3, 11, "'loud'", "normal"),
    "recorded without being told": (
        "numbers:",
        "recording: true\nnumbers:",
        3,
        12,
        "without being told",
        "recording_notice",
    ),
    "greeting that asks for nothing known": (
        "numbers:",
        "greeting_asks: order\nnumbers:",
        3,
        16,
        "No step asks for 'order'",
        "'order_id'",
    ),
    "keys of no digits": (
        "- ask: order_id",
        "- ask: order_id\n    keys: digit",
        17,
        11,
        "'digit'",
        "keys: digits",
    ),
    "letters on a keypad": (
        "- ask: order_id",
        "- ask: order_id\n    keys: digits",
        17,
        11,
        "has letters",
        "complete:",
    ),
    "digits for a yes": (
        "- confirm: sure",
        "- confirm: sure\n    keys: digits",
        28,
        11,
        "No digits are an answer",
        "phone",
    ),
    "a key that is none": (
        "- confirm: sure",
        '- confirm: sure\n    keys: {"11": yes}',
        28,
        12,
        "'11' is no key",
        '"0" to "9"',
    ),
    "a key without a meaning": (
        "- confirm: sure",
        '- confirm: sure\n    keys: {"1": maybe}',
        28,
        11,
        "'maybe'",
        "yes, no, human",
    ),
    "keys that nobody explains": (
        "- confirm: sure",
        '- confirm: sure\n    keys: {"3": yes, "4": no}',
        28,
        11,
        "Nothing explains",
        "keypad:",
    ),
    "a key for no value of the slot": (
        "- ask: order_id",
        '- ask: order_id\n    keypad: {zh: ["x"], en: ["x"]}\n    keys: {"1": A10}',
        18,
        11,
        "no value of order_id",
        "a value",
    ),
    "silence in seconds": (
        "- ask: order_id",
        "- ask: order_id\n    no_input: {after_ms: 6}",
        17,
        26,
        "'6'",
        "1000 to 60000",
    ),
    "tries": ("- ask: order_id", "- ask: order_id\n    tries: many", 17, 12, "'many'", "1 to 5"),
    "a sentence with an entity": (
        "    entity: ORDER_ID\n",
        "    takes: sentence\n    entity: ORDER_ID\n",
        11,
        13,
        "has no entity",
        "Leave entity out",
    ),
    "a moment that is none": (
        "    entity: ORDER_ID\n",
        "    takes: moment\n    entity: ORDER_ID\n",
        11,
        13,
        "another entity",
        "TIME",
    ),
    "a moment half asked for": (
        "    entity: ORDER_ID\n    format: A0000",
        "    takes: moment\n    entity: TIME",
        9,
        3,
        "needs 'ask_day'",
        "ask_day:",
    ),
    "an answer about what was not asked": (
        "refund: text",
        "refund: same order",
        21,
        7,
        "not given 'order'",
        "'order_id'",
    ),
    "something behind a transfer": (
        "steps:\n",
        "steps:\n  - transfer: desk\n",
        16,
        15,
        "Nothing follows",
        "last",
    ),
    "a target without a transfer": (
        'en: ["Number {number}."]}',
        'en: ["Number {number}."]}\n        target: desk',
        36,
        17,
        "Only a transfer",
        "then: transfer",
    ),
    "optional value that is quoted": (
        "- ask: order_id\n",
        "- ask: order_id\n    optional: true\n  - confirm: w\n"
        '    question: {zh: ["{order_id}"], en: ["x"]}\n    declined: {zh: ["x"], en: ["x"]}\n',
        19,
        15,
        "{order_id} is not known",
        "Only constant",
    ),
    "short form without the value": (
        'check: {zh: ["{order_id}，对吗？"], en: ["{order_id}, right?"]}',
        'check: {zh: ["{order_id}，对吗？"], en: ["{order_id}, right?"], '
        'short: {zh: ["对吗？"], en: ["Right?"]}}',
        14,
        12,
        "does not say",
        "{order_id}",
    ),
    "short report without the answer": (
        'en: ["Number {number}."]}',
        'en: ["Number {number}."], short: {zh: ["好了。"], en: ["Done."]}}',
        35,
        14,
        "without quoting",
        "{number}",
    ),
    "short form in one language": (
        'question: {zh: ["退吗？"], en: ["Refund?"]}',
        'question: {zh: ["退吗？"], en: ["Refund?"], short: {zh: ["退？"]}}',
        28,
        53,
        "needs 'en'",
        "en:",
    ),
    "long clause": ("退吗？", "退" * 201, 28, 21, "201 characters", "comma"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str) -> None:
    old, new, line, column, message, mend = MISTAKES[name]
    assert old in SMALL
    with pytest.raises(ScenarioError) as caught:
        parse(SMALL.replace(old, new, 1))
    error = caught.value
    assert (error.line, error.column) == (line, column), str(error)
    assert message in error.message
    assert error.message.startswith(f"parcel.yaml:{line}:{column}: ")
    assert mend in error.instance_mend


def test_examples_are_in_both_languages_and_start_cacheable() -> None:
    playbook = load_playbook(EXAMPLES)
    assert set(playbook.scenarios) == {
        "order_status",
        "refund",
        "complaint",
        "callback",
        "human",
        "voice_enrolment",
    }
    clauses = playbook.cacheable_clauses()
    texts = {(clause.language, clause.text) for clause in clauses}
    assert len(texts) == len(clauses) < 300
    assert all(clause.cacheable for clause in clauses)
    for expected in (
        ("zh", "您的订单已经发货了，"),
        ("en", "Your order is being prepared,"),
        ("zh", "退款申请已经提交了，"),
        ("en", "How can I help you?"),
    ):
        assert expected in texts
    assert not any("{" in text for _, text in texts)


def test_choose_by_number_and_name() -> None:
    playbook = load_playbook(EXAMPLES)
    assert playbook.choose("", "4001").name == "refund"
    assert playbook.choose("", "whatever").name == "order_status"
    assert playbook.choose("refund", "4000").name == "refund"
    with pytest.raises(UnknownScenario, match="no scenario 'refunds'"):
        playbook.choose("refunds", "4000")


def test_folder_without_scenarios(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no scenario in this folder"):
        load_playbook(tmp_path)


def test_folder_without_common_sentences(tmp_path: Path) -> None:
    (tmp_path / "parcel.yaml").write_text(SMALL, "utf-8")
    with pytest.raises(ScenarioError, match=r"common\.yaml: The file cannot be read"):
        load_playbook(tmp_path)


def test_two_scenarios_with_one_number(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SMALL, "utf-8")
    (tmp_path / "b.yaml").write_text(SMALL.replace("parcel", "other", 1), "utf-8")
    with pytest.raises(ScenarioError, match="number '100' is answered by 'parcel'"):
        load_playbook(tmp_path)


def test_common_sentences_have_no_placeholders() -> None:
    text = (EXAMPLES / "common.yaml").read_text("utf-8").replace("您请讲。", "{name}请讲。")
    with pytest.raises(ScenarioError, match="go_on has a placeholder"):
        parse_sentences(text.encode(), "common.yaml")


def test_steps_are_typed() -> None:
    steps = parse(SMALL).steps
    assert [type(step).__name__ for step in steps] == ["Ask", "Call", "Confirm", "Call"]
    assert isinstance(steps[1], Call)
    assert steps[1].returns["state"].words["shipped"] == {"zh": "发货了", "en": "shipped"}


COMMON = (EXAMPLES / "common.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "message", "mend"),
    [
        ('"2": refund', '"2": refunds', "cannot mean 'refunds'", "'refund'"),
        ('"2": refund', '"12": refund', "'12' is no key", '"0" to "9"'),
        ("  prompt:", "  promt:", "no key 'promt'", "'prompt'"),
        ("查订单，请按1；", "{x}请按1；", "prompt has a placeholder", "constant"),
        ("menu:", "menus:", "no key 'menus'", "'menu'"),
    ],
)
def test_mistakes_in_the_menu(tmp_path: Path, old: str, new: str, message: str, mend: str) -> None:
    for path in EXAMPLES.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert old in COMMON
    (tmp_path / "common.yaml").write_text(COMMON.replace(old, new, 1), "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_playbook(tmp_path)
    assert caught.value.line > 0
    assert message in caught.value.message
    assert mend in caught.value.instance_mend


def test_a_slot_means_the_same_in_every_scenario(tmp_path: Path) -> None:
    other = SMALL.replace("parcel", "other", 1).replace('"100"', '"101"')
    (tmp_path / "a.yaml").write_text(SMALL, "utf-8")
    (tmp_path / "b.yaml").write_text(other.replace("A0000", "AA000"), "utf-8")
    with pytest.raises(ScenarioError, match=r"slot 'order_id' is another one .* 'parcel'"):
        load_playbook(tmp_path)
