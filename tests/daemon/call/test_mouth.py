"""What we say: credit, cuts, and how much of a reply counts as heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon import slot
from daemon.call.mouth import SETTLE_MS, Clip, Delivery, Mouth, text_heard
from engines.dialog.moves import Clause

CALL = bytes(range(16))
RATE = 8000
ZH = Clause(text="您的订单已经发货了，", language="zh")
EN = Clause(text="Your order has been shipped,", language="en")


class FakeLine:
    """The gateway's line as far as the mouth can see it: 20 ms a tick, underrun waits."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self.queued = 0
        self.utterance: int | None = None
        self.offset = 0
        self.last = False
        self.cuts: list[int] = []
        self.said: list[slot.Say] = []

    def take(self, message: slot.Message) -> None:
        if isinstance(message, slot.Cut):
            self.cuts.append(message.utterance)
            self.utterance = None
        elif isinstance(message, slot.Say):
            self.said.append(message)
            if self.utterance != message.utterance:
                self.utterance, self.offset, self.queued = message.utterance, 0, 0
            assert message.offset == self.queued, "a hole in the utterance"
            assert message.offset <= self.offset + slot.CREDIT_MS * RATE // 1000, (
                "more than the credit"
            )
            self.queued += len(message.pcm) // 2
            self.last = message.last

    def tick(self, heard_lag: int = 0) -> slot.CallFrame:
        self.now_ms += 20
        playing = heard = None
        if self.utterance is not None:
            self.offset = min(self.queued, self.offset + RATE // 50)
            heard = (self.utterance, max(0, self.offset - heard_lag))
            playing = (self.utterance, self.offset)
            if self.last and self.offset == self.queued:
                playing = None
        return slot.CallFrame(
            call=CALL, now_ms=self.now_ms, first_sample=0, playing=playing, heard=heard
        )


def run_until_delivered(mouth: Mouth, line: FakeLine, most_ticks: int = 500) -> Delivery:
    for _ in range(most_ticks):
        delivery = mouth.on_frame(line.tick())
        if delivery is not None:
            return delivery
    raise AssertionError("never delivered")


def tone(ms: int) -> np.ndarray:
    return np.full(ms * RATE // 1000, 1000, np.int16)


def test_a_whole_reply_is_delivered_with_all_its_words() -> None:
    line = FakeLine()
    mouth = Mouth(CALL, RATE, line.take)
    mouth.begin()
    mouth.add(ZH, tone(900), last=False)
    mouth.add(Clause(text="明天送到。", language="zh"), tone(700), last=True)
    delivery = run_until_delivered(mouth, line)
    assert delivery.text == "您的订单已经发货了，明天送到。"
    assert not delivery.cut
    assert delivery.heard == 1600 * RATE // 1000
    assert delivery.first_frame_ms == 20
    assert not mouth.speaking


def test_a_reply_shorter_than_the_credit_is_not_taken_for_finished_before_it_played() -> None:
    line = FakeLine()
    mouth = Mouth(CALL, RATE, line.take)
    mouth.begin()
    mouth.add(ZH, tone(200), last=True)
    idle = slot.CallFrame(call=CALL, now_ms=20.0, first_sample=0)
    assert mouth.on_frame(idle) is None, "the line has not even seen it"
    assert run_until_delivered(mouth, line).heard == 1600


def test_a_slow_second_clause_underruns_and_goes_on() -> None:
    line = FakeLine()
    mouth = Mouth(CALL, RATE, line.take)
    mouth.begin()
    mouth.add(EN, tone(300), last=False)
    for _ in range(40):
        assert mouth.on_frame(line.tick()) is None
    mouth.add(Clause(text="it comes tomorrow.", language="en"), tone(300), last=True)
    assert (
        run_until_delivered(mouth, line).text == "Your order has been shipped, it comes tomorrow."
    )


def test_a_cut_reply_ends_at_the_word_that_was_reached() -> None:
    line = FakeLine()
    mouth = Mouth(CALL, RATE, line.take)
    number = mouth.begin()
    mouth.add(EN, tone(1000), last=True)
    for _ in range(25):
        mouth.on_frame(line.tick())
    assert mouth.cut(line.now_ms)
    assert line.cuts == [number]
    delivery = mouth.cut_done(slot.CutDone(call=CALL, utterance=number, heard=4000), line.now_ms)
    assert delivery is not None
    assert delivery.cut
    assert delivery.text == "Your order has…"
    mouth.add(EN, tone(100), last=True)
    assert not mouth.speaking, "a clause that comes late is not spoken"


@pytest.mark.parametrize(("cut_after_ms", "missed"), [(500, True), (900, True), (1100, False)])
def test_a_question_is_missed_where_its_last_clause_was_not_reached(
    cut_after_ms: int, missed: bool
) -> None:
    line = FakeLine()
    mouth = Mouth(CALL, RATE, line.take)
    mouth.begin()
    mouth.add(ZH, tone(900), last=False)
    mouth.add(Clause(text="您确定要退款吗？", language="zh"), tone(700), last=True)
    for _ in range(cut_after_ms // 20):
        mouth.on_frame(line.tick())
    mouth.cut(line.now_ms)
    heard = cut_after_ms * RATE // 1000
    delivery = mouth.cut_done(slot.CutDone(call=CALL, utterance=0, heard=heard), line.now_ms)
    assert delivery is not None
    assert delivery.missed is missed


def test_a_question_whose_end_was_not_yet_made_is_missed() -> None:
    line = FakeLine()
    mouth = Mouth(CALL, RATE, line.take)
    mouth.begin()
    mouth.add(ZH, tone(900), last=False)
    mouth.cut(0.0)
    done = slot.CutDone(call=CALL, utterance=0, heard=900 * RATE // 1000)
    delivery = mouth.cut_done(done, 900.0)
    assert delivery is not None
    assert delivery.missed


def test_utterance_numbers_never_repeat() -> None:
    line = FakeLine()
    mouth = Mouth(CALL, RATE, line.take)
    numbers = []
    for _ in range(3):
        numbers.append(mouth.begin())
        mouth.add(ZH, tone(60), last=True)
        run_until_delivered(mouth, line)
    assert numbers == [0, 1, 2]


def test_a_client_that_never_says_what_it_took_does_not_hold_the_call() -> None:
    line = FakeLine()
    mouth = Mouth(CALL, RATE, line.take)
    mouth.begin()
    mouth.add(ZH, tone(200), last=True)
    delivery = None
    ticks = 0
    while delivery is None:
        delivery = mouth.on_frame(line.tick(heard_lag=10_000))
        ticks += 1
    assert delivery.heard == 0
    assert delivery.text == ""
    assert ticks * 20 <= 200 + SETTLE_MS + 60


def test_what_is_open_is_settled_before_something_else_is_said() -> None:
    line = FakeLine()
    mouth = Mouth(CALL, RATE, line.take)
    mouth.begin()
    mouth.add(ZH, tone(1000), last=True)
    mouth.on_frame(line.tick())
    delivery = mouth.settle_now(line.now_ms)
    assert delivery is not None
    assert delivery.cut
    assert mouth.begin() == 1


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
