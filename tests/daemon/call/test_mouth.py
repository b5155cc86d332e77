"""What we say: credit, cuts, and how much of a reply counts as heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from daemon import slot
from daemon.call.delivery import Clip, Delivery, text_heard
from daemon.call.mouth import SETTLE_MS, Mouth
from engines.dialog.moves import Clause
from tests.daemon.call.tiny_line import CALL, RATE, TinyLine

ZH = Clause(text="您的订单已经发货了，", language="zh")
NEXT = Clause(text="明天送到。", language="zh")
EN = Clause(text="Your order has been shipped,", language="en")


class Speaking:
    """A mouth on a tiny line, and how its utterances ended."""

    def __init__(self, first: int = 0) -> None:
        self.line = TinyLine()
        self.sent: list[slot.Message] = []
        self.ended: list[Delivery] = []
        self.mouth = Mouth(CALL, RATE, self._send, first)

    def _send(self, message: slot.Message) -> None:
        self.sent.append(message)
        self.line.take(message)

    def begin(self, *clauses: Clause, ms: int = 0, whole: bool = True) -> int:
        number = self.mouth.begin(self.ended.append)
        for clause in clauses:
            self.mouth.add(clause, tone(ms), last=whole and clause is clauses[-1])
        return number

    def run(self, ms: int) -> None:
        for _ in range(ms // 20):
            self.mouth.on_frame(self.line.tick())

    def cut_done(self, utterance: int, heard: int) -> Delivery:
        done = slot.CutDone(call=CALL, utterance=utterance, heard=heard)
        self.mouth.cut_done(done, self.line.now_ms)
        return self.ended[-1]

    def until_ended(self, most_ms: int = 10_000) -> Delivery:
        for _ in range(most_ms // 20):
            if self.ended:
                return self.ended[-1]
            self.mouth.on_frame(self.line.tick())
        raise AssertionError("never delivered")


def tone(ms: int) -> NDArray[np.int16]:
    return np.full(ms * RATE // 1000, 1000, np.int16)


def test_a_whole_reply_is_delivered_with_all_its_words() -> None:
    call = Speaking()
    call.begin(ZH, ms=900, whole=False)
    call.mouth.add(NEXT, tone(700), last=True)
    delivery = call.until_ended()
    assert delivery.text == "您的订单已经发货了，明天送到。"
    assert not delivery.cut
    assert delivery.heard == 1600 * RATE // 1000
    assert delivery.first_frame_ms == 20
    assert not call.mouth.speaking


def test_a_reply_shorter_than_the_credit_is_not_taken_for_finished_before_it_played() -> None:
    call = Speaking()
    call.begin(ZH, ms=200)
    call.mouth.on_frame(slot.CallFrame(call=CALL, now_ms=20.0, first_sample=0))
    assert not call.ended, "the line has not even seen it"
    assert call.until_ended().heard == 1600


def test_a_slow_second_clause_underruns_and_goes_on() -> None:
    call = Speaking()
    call.begin(EN, ms=300, whole=False)
    call.run(800)
    assert not call.ended
    call.mouth.add(Clause(text="it comes tomorrow.", language="en"), tone(300), last=True)
    assert call.until_ended().text == "Your order has been shipped, it comes tomorrow."


def test_a_cut_reply_ends_at_the_word_that_was_reached() -> None:
    call = Speaking()
    number = call.begin(EN, ms=1000)
    call.run(500)
    assert call.mouth.cut(call.line.now_ms)
    assert call.line.cuts == [number]
    delivery = call.cut_done(number, 4000)
    assert delivery.cut
    assert not delivery.uncalled
    assert delivery.text == "Your order has…"
    call.mouth.add(EN, tone(100), last=True)
    assert not call.mouth.speaking, "a clause that comes late is not spoken"


def test_what_the_line_cuts_by_itself_was_not_heard_out() -> None:
    call = Speaking()
    number = call.begin(EN, ms=1000)
    call.run(500)
    delivery = call.cut_done(number, 4000)
    assert delivery.cut
    assert delivery.uncalled
    assert delivery.cut_ms == 500


def test_hold_leaves_the_cut_of_what_is_on_the_line_to_the_gateway() -> None:
    call = Speaking()
    number = call.begin(EN, ms=1000)
    call.run(100)
    call.mouth.hold(call.line.now_ms)
    assert not call.line.cuts
    assert call.cut_done(number, 800).uncalled


def test_hold_cuts_what_is_still_on_its_way_to_the_line() -> None:
    call = Speaking()
    number = call.begin(EN, ms=1000)
    call.mouth.hold(0.0)
    assert call.line.cuts == [number]


def test_a_cut_after_the_last_sample_was_heard_cuts_nothing() -> None:
    call = Speaking()
    number = call.begin(EN, ms=200)
    call.run(180)
    call.mouth.cut(call.line.now_ms)
    delivery = call.cut_done(number, 200 * RATE // 1000)
    assert not delivery.cut
    assert not delivery.missed
    assert delivery.cut_ms is None
    assert delivery.text == EN.text


def test_hang_up_settles_the_reply_and_asks_nobody_to_cut() -> None:
    call = Speaking()
    call.begin(EN, ms=1000)
    call.run(500)
    call.mouth.hang_up(call.line.now_ms)
    assert call.ended[-1].cut
    assert call.ended[-1].text == "Your order has…"
    assert not call.line.cuts


@pytest.mark.parametrize(("cut_after_ms", "missed"), [(500, True), (900, True), (1100, False)])
def test_a_question_is_missed_where_its_last_clause_was_not_reached(
    cut_after_ms: int, missed: bool
) -> None:
    call = Speaking()
    call.begin(ZH, ms=900, whole=False)
    call.mouth.add(Clause(text="您确定要退款吗？", language="zh"), tone(700), last=True)
    call.run(cut_after_ms)
    assert call.mouth.last_clause_begun is not missed
    call.mouth.cut(call.line.now_ms)
    assert call.cut_done(0, cut_after_ms * RATE // 1000).missed is missed


def test_a_question_whose_end_was_not_yet_made_is_missed() -> None:
    call = Speaking()
    call.begin(ZH, ms=900, whole=False)
    call.mouth.cut(0.0)
    assert call.cut_done(0, 900 * RATE // 1000).missed


@pytest.mark.parametrize("first", [0, 17])
def test_utterance_numbers_never_repeat_also_across_workers(first: int) -> None:
    call = Speaking(first)
    numbers = []
    for _ in range(3):
        call.ended.clear()
        numbers.append(call.begin(ZH, ms=60))
        call.until_ended()
    assert numbers == [first, first + 1, first + 2]


def test_a_client_that_never_says_what_it_took_does_not_hold_the_call() -> None:
    call = Speaking()
    call.begin(ZH, ms=200)
    ticks = 0
    while not call.ended:
        call.mouth.on_frame(call.line.tick(heard_lag=10_000))
        ticks += 1
    assert call.ended[0].heard == 0
    assert call.ended[0].text == ""
    assert ticks * 20 <= 200 + SETTLE_MS + 60


def test_what_is_open_is_settled_before_something_else_is_said() -> None:
    call = Speaking()
    call.begin(ZH, ms=1000)
    call.run(20)
    call.mouth.settle_now(call.line.now_ms)
    assert not call.ended, "the line has not said how much was heard"
    assert call.begin(ZH, ms=1000) == 1
    assert call.cut_done(0, 100).heard == 100
    assert call.mouth.speaking, "the newer one goes on"


def test_a_cut_that_the_line_never_settles_ends_as_far_as_it_was_heard() -> None:
    call = Speaking()
    call.begin(EN, ms=1000)
    call.run(500)
    call.mouth.cut(call.line.now_ms)
    call.begin(ZH, ms=2000)
    call.run(SETTLE_MS - 40)
    assert not call.ended
    call.run(40)
    assert call.ended[0].heard == 4000


def test_a_ducked_utterance_goes_on_and_loses_no_word() -> None:
    call = Speaking()
    call.begin(ZH, ms=600)
    call.run(100)
    call.mouth.duck()
    call.mouth.duck()
    assert call.line.ducked
    call.run(100)
    call.mouth.rise()
    call.mouth.rise()
    assert not call.line.ducked
    gains = [one for one in call.sent if isinstance(one, slot.Duck | slot.Rise)]
    assert len(gains) == 2, "said once each"
    assert call.until_ended().text == ZH.text


def test_a_new_utterance_begins_as_loud_as_ever() -> None:
    call = Speaking()
    call.begin(ZH, ms=600)
    call.run(100)
    call.mouth.duck()
    call.mouth.settle_now(call.line.now_ms)
    call.begin(ZH, ms=100)
    call.mouth.duck()
    assert len([one for one in call.sent if isinstance(one, slot.Duck)]) == 2, "softer once more"


def test_a_clause_is_as_loud_as_it_asks_to_be() -> None:
    call = Speaking()
    call.begin(Clause(text="大声一点", language="zh", gain_db=6.0), ms=100)
    pcm = np.frombuffer(call.line.said[0].pcm, np.int16)
    assert set(pcm.tolist()) == {1995}


@given(heard=st.integers(0, 60_000), language=st.sampled_from(["zh", "en"]))
def test_text_heard_grows_with_what_was_heard_and_never_invents(heard: int, language: str) -> None:
    texts = (
        ["您的订单已经发货了，", "预计明天送到。"]
        if language == "zh"
        else ["It has been", "sent out."]
    )
    clauses = [Clause(text=text, language="zh" if language == "zh" else "en") for text in texts]
    clips = [
        Clip(clause=clauses[0], start=0, samples=20_000),
        Clip(clause=clauses[1], start=20_000, samples=16_000),
    ]
    text = text_heard(clips, heard)
    whole = (" " if language == "en" else "").join(texts)
    assert whole.startswith(text.rstrip("…"))
    assert len(text_heard(clips, heard + 1_000).rstrip("…")) >= len(text.rstrip("…"))


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        (0, ""),
        (1, ""),
        (9_999, "您的订单…"),
        (20_000, "您的订单已经发货了，"),
        (28_000, "您的订单已经发货了，预计明…"),
        (99_999, "您的订单已经发货了，预计明天送到。"),
    ],
)
def test_the_cut_clause_is_estimated_in_proportion(heard: int, text: str) -> None:
    clips = [
        Clip(clause=ZH, start=0, samples=20_000),
        Clip(clause=Clause(text="预计明天送到。", language="zh"), start=20_000, samples=16_000),
    ]
    assert text_heard(clips, heard) == text
