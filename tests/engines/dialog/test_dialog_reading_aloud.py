"""A colleague reads aloud: what is taken, what has to be read again and why, and how it ends."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

import engines.samples.gate
from engines.dialog import aloud
from engines.dialog.moves import Heard, State
from engines.dialog.reader import OTHER_TEXT, TOO_EARLY, UNFINISHED
from engines.dialog.reading_wishes import wish_in
from engines.emotion.feeling import Feeling
from engines.nlu.understanding import IntentScore, Understanding
from engines.samples.sentences import consent_sentence, sentences
from tests.engines.dialog.talk import DIALOGUE, Talk

INVITED = {
    "voice": "wang-li",
    "language": "zh",
    "who": "王丽",
    "purpose": "接听客户来电",
    "company": "",
    "consented": "no",
    "done": "",
}
CONSENT = consent_sentence("zh", "王丽", "接听客户来电")
SCRIPT = sentences("zh")


class Reader(Talk):
    """A caller of the enrolment scenario; intents are as wrong as can be."""

    def __init__(self, **invited: str) -> None:
        super().__init__("voice_enrolment", "auto", dialogue=DIALOGUE)
        self.press("123456")
        assert self.move.call is not None
        assert self.move.call.arguments == {"code": "123456"}
        self.greeted = self.answer(INVITED | invited)

    def read(self, text: str, *faults: str, missed: bool = False, confidence: float = 0.9) -> str:
        heard = Heard(
            text=text,
            language="zh",
            confidence=confidence,
            understanding=Understanding(
                intents=(IntentScore(intent="speak_to_human", probability=0.99),)
            ),
            feeling=Feeling(label="angry", confidence=0.9),
            question_missed=missed,
            faults=faults,
        )
        return self._take(self.dialogue.hear(self.state, heard))

    def at(self, number: int) -> bool:
        return self.step == aloud.step_of(number) and self.move.expects.reads == SCRIPT[number - 1]


def consented(**invited: str) -> Reader:
    reader = Reader(**invited)
    reader.read(CONSENT)
    return reader


def test_the_caller_hears_who_asks_and_what_for_and_says_it_after_us() -> None:
    reader = Reader()
    assert "王丽，您好" in reader.greeted
    assert "用来接听客户来电" in reader.greeted
    assert aloud.bare(CONSENT) in aloud.bare(reader.greeted)
    expects = reader.move.expects
    assert (expects.kind, expects.reads, expects.barge_in) == ("reading", CONSENT, "off")
    assert not expects.private, "or the consent would not be recorded"
    assert reader.step == aloud.CONSENT
    first = reader.read(CONSENT)
    assert reader.at(1)
    assert first.startswith("好。")
    assert SCRIPT[0] in first.replace(" ", "")


def test_the_code_is_keyed_in_private_and_a_wrong_one_three_times_ends_the_call() -> None:
    call = Talk("voice_enrolment", "zh")
    assert call.move.expects.private
    assert (call.move.expects.keys, call.move.expects.digits) == ("digits", 6)
    call("一二三四五六", "inform", COUNT="123456")
    assert call.move.call is None, "what is said is never taken for a code"
    call = Talk("voice_enrolment", "zh")
    for _ in range(2):
        call.press("111111")
        call.answer(error="not_found")
        assert call.move.expects.private
        assert not call.move.end
    call.press("111111")
    said = call.answer(error="not_found")
    assert call.move.end == "abandoned"
    assert "有效的邀请码" in said
    assert call.move.handover is None


@pytest.mark.parametrize("error", ["unavailable", "refused", "timeout"])
def test_codes_that_cannot_be_looked_up_end_the_call(error: str) -> None:
    call = Talk("voice_enrolment", "en")
    call.press("111111")
    call.answer(error=error)
    assert call.move.end == "abandoned"


def test_sentence_after_sentence_until_there_are_enough() -> None:
    reader = consented()
    for number in range(1, 20):
        assert reader.at(number)
        reader.read(SCRIPT[number - 1])
        assert reader.move.action in aloud.TAKEN
    said = reader.read(SCRIPT[19])
    assert reader.move.end == "completed"
    assert reader.move.action in aloud.TAKEN
    assert "都录完了" in said


def test_a_reader_is_answered_in_the_language_of_the_invitation() -> None:
    reader = Reader(language="en", who="Jane Doe", purpose="answering calls")
    assert reader.move.state.language == "en"
    text = consent_sentence("en", "Jane Doe", "answering calls")
    assert reader.move.expects.reads == text
    reader.read(text)
    assert reader.move.expects.reads == sentences("en")[0]
    reader.read("我不说英文")
    assert reader.move.state.language == "en"


@pytest.mark.parametrize(
    ("heard", "faults", "missed", "told"),
    [
        (SCRIPT[0], ("too_quiet",), False, "声音太小"),
        (SCRIPT[0], ("clipped",), False, "声音太大"),
        (SCRIPT[0], ("noisy", "reverberant"), False, "噪音"),
        (SCRIPT[0], ("reverberant",), False, "免提"),
        (SCRIPT[0], ("no_words_for_this",), False, "不能用"),
        (SCRIPT[0], ("x" * 10_000,), False, "不能用"),
        ("今天天气很好我们去公园玩吧", (), False, "和原句不一样"),
        ("今天天气很好我们去公园玩吧", ("too_quiet",), False, "和原句不一样"),
        (SCRIPT[0][:4], (), False, "没有念完"),
        (SCRIPT[0], (), True, "等我念完"),
        ("", (), False, "和原句不一样"),
        ("我要找人工客服", (), False, "和原句不一样"),
        ("𝕏" * 5_000, (), False, "和原句不一样"),
        ("<script>{who}</script>", (), False, "和原句不一样"),
        ("\u202e\x00\ud7ff", (), False, "和原句不一样"),
    ],
)
def test_what_is_not_good_is_told_and_read_again(
    heard: str, faults: tuple[str, ...], missed: bool, told: str
) -> None:
    reader = consented()
    said = reader.read(heard, *faults, missed=missed)
    assert told in said
    assert reader.at(1)
    assert reader.move.action not in aloud.TAKEN
    assert not reader.move.end
    assert reader.move.handover is None


def test_a_sentence_that_fails_again_and_again_is_left_and_another_comes() -> None:
    reader = consented()
    for _ in range(2):
        reader.read(SCRIPT[0], "noisy")
        assert reader.at(1)
    assert "先放下" in reader.read(SCRIPT[0], "noisy")
    assert reader.at(2)
    for number in range(2, 22):
        assert reader.at(number)
        reader.read(SCRIPT[number - 1])
    assert reader.move.end == "completed", "twenty are twenty, whichever they are"


def test_without_consent_nothing_is_read() -> None:
    reader = Reader()
    reader.press("2")
    assert reader.step == aloud.CONSENT, "it cannot be skipped"
    for _ in range(4):
        if reader.move.end:
            break
        reader.read("我不同意")
        assert reader.step in (aloud.CONSENT, "ended")
    assert reader.move.end == "abandoned"


@pytest.mark.parametrize("again", ["再来一次", "重来。", "重念", "再念一遍", "Again.", "redo", "1"])
def test_again_takes_back_what_was_taken_last(again: str) -> None:
    reader = consented()
    reader.read(SCRIPT[0])
    assert reader.at(2)
    reader.press(again) if again == "1" else reader.read(again)
    assert reader.at(1)
    assert reader.move.action == aloud.UNDONE
    reader.read(SCRIPT[0])
    assert reader.at(2)


def test_again_after_a_bad_one_asks_for_the_same_and_does_not_count() -> None:
    reader = consented()
    reader.read(SCRIPT[0], "noisy")
    for _ in range(5):
        reader.read("再来一次")
        assert reader.at(1)
    reader.read(SCRIPT[0])
    assert reader.at(2)


def test_again_after_the_consent_is_about_the_consent() -> None:
    reader = consented()
    reader.read("重来")
    assert reader.step == aloud.CONSENT
    reader.read(SCRIPT[0])
    assert reader.step == aloud.CONSENT


@pytest.mark.parametrize("skip", ["跳过", "下一句", "skip", "next", "2"])
def test_skip(skip: str) -> None:
    reader = consented()
    reader.press(skip) if skip == "2" else reader.read(skip)
    assert reader.at(2)
    assert reader.move.action not in aloud.TAKEN


@pytest.mark.parametrize("stop", ["停", "停一下", "先到这里", "下次再录", "stop", "再见", "9"])
def test_stop_ends_the_call_and_says_how_to_go_on(stop: str) -> None:
    reader = consented()
    reader.read(SCRIPT[0])
    said = reader.press(stop) if stop == "9" else reader.read(stop)
    assert reader.move.end == "completed"
    assert "从第几句" in said
    assert reader.move.action not in aloud.TAKEN


def test_a_later_call_goes_on_where_the_records_end() -> None:
    reader = Reader(consented="yes", done="1-3 5")
    assert "接着录" in reader.greeted
    assert reader.at(4)
    reader.read(SCRIPT[3])
    assert reader.at(6)
    for number in range(6, 21):
        reader.read(SCRIPT[number - 1])
    assert reader.move.end == "completed", "those on record count"


@pytest.mark.parametrize(
    ("said", "number"),
    [("第十二句", 12), ("从第12句开始", 12), ("跳到第三十句", 30), ("sentence twenty two", 22)],
)
def test_the_caller_goes_to_a_sentence(said: str, number: int) -> None:
    reader = consented()
    reader.read(said)
    assert reader.at(number)
    reader.read(SCRIPT[number - 1])
    assert reader.move.end == "completed" if number >= 20 else reader.at(number + 1)


@pytest.mark.parametrize("said", ["第九十九句", "第零句", "第句", "sentence hundred"])
def test_a_sentence_that_is_none_is_not_gone_to(said: str) -> None:
    reader = consented()
    reader.read(said)
    assert reader.at(1)


def test_by_the_list_only_numbers_are_said() -> None:
    reader = consented()
    said = reader.read("我自己看稿念")
    assert "只报" in said
    said = reader.read(SCRIPT[0])
    assert said.endswith("第2句。")
    assert reader.at(2)
    assert SCRIPT[2] not in reader.press("4"), "and by ear again"
    assert SCRIPT[1] in " ".join(clause.text for clause in reader.move.reply).replace(" ", "")


def test_silence_asks_again_explains_the_keys_and_ends_the_call() -> None:
    reader = consented()
    assert "您还在吗" in reader.silence()
    assert "按1" in reader.silence()
    reader.silence()
    assert reader.move.end == "abandoned"


def test_what_could_not_be_made_out_is_asked_for_again() -> None:
    reader = consented()
    reader.unclear()
    assert reader.at(1)
    assert not reader.move.end


@pytest.mark.parametrize("keys", ["0", "5", "*", "77", "", "１"])
def test_keys_that_mean_nothing(keys: str) -> None:
    reader = consented()
    reader.press(keys)
    assert reader.at(1)
    assert not reader.move.end


def test_a_held_or_broken_call_goes_on_at_its_sentence() -> None:
    reader = consented()
    reader.read(SCRIPT[0])
    reader.resumed(delivered=True, held=True)
    assert reader.at(2)
    reader.resumed(delivered=False)
    assert reader.at(2)


@pytest.mark.parametrize(
    "step",
    ["read", "read ", "read consent x", "read sentences", "read sentences 0", "read sentences 51",
     "read sentences 1e9", "read sentences -1", "read sentences ７"],
)  # fmt: skip
def test_a_damaged_step_of_a_saved_call_does_no_harm(step: str) -> None:
    state = replace(consented().move.state, step=step)
    for move in (
        DIALOGUE.resumed(state, delivered=True, held=True),
        DIALOGUE.press(state, "1"),
        DIALOGUE.silence(state),
    ):
        assert isinstance(msgspec.convert(msgspec.to_builtins(move.state), State), State)


@pytest.mark.parametrize(
    "done", ["", "x", "0", "1-", "-5", "1-99", "99-1", "1 1 1", "1-3,5", "９", "1" * 70]
)
def test_a_damaged_list_of_what_is_done_does_no_harm(done: str) -> None:
    reader = consented(done=done)
    assert aloud.reads(reader.step) or reader.move.end


def test_no_customer_gets_there() -> None:
    playbook = DIALOGUE.playbook
    scenario = playbook.scenarios["voice_enrolment"]
    assert not scenario.numbers
    assert not scenario.starts_on
    assert playbook.menu is not None
    assert "voice_enrolment" not in playbook.menu.keys.values()


def test_no_sentence_to_read_is_taken_for_a_wish() -> None:
    for text in (*sentences("zh"), *sentences("en"), CONSENT):
        assert wish_in(text) == ("", 0), text


def test_whatever_a_recording_is_refused_for_is_told_in_words_of_its_own() -> None:
    words = DIALOGUE.playbook.scenarios["voice_enrolment"].reading
    assert words is not None
    gate = Path(engines.samples.gate.__file__).read_text("utf-8")
    codes = set(re.findall(r'code="(\w+)"', gate))
    assert {"too_quiet", "noisy"} <= codes
    assert codes | {OTHER_TEXT, UNFINISHED, TOO_EARLY} == set(words.faults)
