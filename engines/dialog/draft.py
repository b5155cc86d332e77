"""A turn of the dialogue in the making: the state's working copy, and the moves it can end in."""

from __future__ import annotations

import datetime
from typing import Final, Literal

from msgspec.structs import replace

from engines.dialog import memory as remembering
from engines.dialog.aloud import CONSENT, reads
from engines.dialog.beliefs import best
from engines.dialog.handover import MASK, Reason, hand_over, is_private
from engines.dialog.moves import BusinessCall, Clause, Expectation, Handover, Move, State
from engines.dialog.playbook import Playbook
from engines.dialog.questions import (
    ANYTHING_ELSE,
    ENDED,
    OFFER_CALLBACK,
    OFFER_HUMAN,
    OPEN,
    RATE_VOICE,
    Question,
    question_of,
    reading_question,
)
from engines.dialog.replies import NotSayable, render, render_notice
from engines.dialog.scenario import Ask, Call, Scenario, Slot, Wording
from engines.dialog.settings import DialogueSettings

Clauses = tuple[Clause, ...]
MOST_TRANSFERS: Final = 2
"""So many vain attempts to put the caller through; then only a call-back is offered."""
MOST_OFFERS: Final = 2
"""So many offers of a call-back; then a caller is told when to call again."""
_ASKING: Final = ("ask_clarification", "ask_slot_again", "check_presence")


class Draft:
    """Lives for one turn; ``state`` is never changed.

    Args:
        playbook: scenarios and sentences.
        settings: thresholds.
        state: the dialogue before the turn.
    """

    def __init__(self, playbook: Playbook, settings: DialogueSettings, state: State) -> None:
        self.playbook = playbook
        self.sentences = playbook.sentences
        self.settings = settings
        self.scenario: Scenario = playbook.choose(state.scenario, "")
        self.language = state.language
        self.step = state.step
        self.slots = dict(state.slots)
        self.asked = dict(state.asked)
        self.memory = remembering.recall(state.memory)
        self.score = 0  # what the caller rates our voice
        self.heard_nothing = False
        """Silence, not nonsense: nobody need be sorry for not having understood."""
        self.reasons = self.memory.reasons
        self.memory.reasons = []

    def because(self, reason: str) -> None:
        """Note a reason for what follows."""
        self.reasons.append(reason)

    def words(self, wording: Wording) -> Clauses:
        """The clauses of a wording. Raises NotSayable."""
        values = {**self.slots, **self.memory.results, **self.memory.reader.values(self.step)}
        kinds = self.scenario.value_kinds()
        clauses = render(wording, self.language, kinds, values, short=self.memory.angry)
        return self.scenario.said_at(self.step, clauses)

    def shown(self, slot: str, value: str) -> str:
        """A value as a reason may quote it."""
        return MASK if is_private(self.playbook, slot) else value

    @property
    def now(self) -> datetime.datetime | None:
        """Local time; None: no clock was given."""
        return datetime.datetime.fromisoformat(self.memory.now) if self.memory.now else None

    # Ways to end the turn

    def pose(self, step: str, action: str, lead: Clauses = (), *, counts: bool = True) -> Move:
        """Ask the question of ``step``, behind ``lead``.

        The first time it is asked as it stands, then in other words, at last with the keys that
        answer it; too often asked in vain: a human.
        """
        times, patience = self.asked.get(step, 0), self.patience(step)
        if counts and times >= patience:
            return self._give_up(step, times)
        self.asked[step] = times + counts
        self.step = self.memory.question = step
        question = self._question(step)
        by_keys = counts and 0 < times == patience - 1 and question.keypad is not None
        alone = by_keys and question.keypad_alone and patience > 2
        asked = () if alone else question.wordings
        if by_keys and question.keypad is not None:
            asked = (*asked, question.keypad)
            action = "ask_keypad" if action in _ASKING else action
        try:
            clauses = tuple(clause for wording in asked for clause in self.words(wording))
        except NotSayable as error:
            return self.cannot_tell(error)
        if step == CONSENT:  # a person's name is kept in no cache
            clauses = tuple(
                replace(one, cacheable=one.cacheable and one.text not in question.expects.reads)
                for one in clauses
            )
        return self._reply((*lead, *clauses), action, question.expects)

    def _question(self, step: str) -> Question:
        memory = self.memory
        if reads(step):
            results, reader = memory.results, memory.reader
            return reading_question(self.scenario, step, reader, results, self.language)
        return question_of(
            self.playbook,
            self.scenario,
            step,
            first=self.asked[step] < 2,
            known=self.belief(step.partition(" ")[2]),
            language=self.language,
        )

    def patience(self, step: str) -> int:
        """How often a question is asked."""
        settings = self.settings
        kind, _, slot = step.partition(" ")
        asks = self.scenario.ask(slot) if kind == "ask" else None
        most = asks.tries or (2 if asks.optional else settings.patience) if asks else 0
        most = most or settings.patience
        return min(most, settings.patience_when_angry) if self.memory.angry_turns else most

    def stop_reading(self) -> Move:
        """The caller reads on in another call."""
        words = self.scenario.reading
        self.memory.served += bool(self.memory.reader.taken)
        return self.goodbye(self.words(words.stopped) if words is not None else ())

    def finish(self, told: Clauses, action: str) -> Move:
        """A request is served: tell the outcome and ask what else there is."""
        self.memory.served += 1
        self.forget_run()
        self.asked = {}
        if self.memory.angry_turns > 1 and self.humans_can_be_had():
            self.because("The caller has been angry more than once.")
            self.memory.after_offer = ANYTHING_ELSE
            return self.pose(OFFER_HUMAN, action, told)
        return self.pose(ANYTHING_ELSE, action, told)

    def cannot_tell(self, error: NotSayable) -> Move:
        """Rather no report than one that the business system did not give."""
        self.because(f"{error}.")
        return self.transfer(self.words(self.sentences.failed), "report_unavailable", "business")

    def transfer(
        self,
        told: Clauses = (),
        action: str = "transfer_human",
        reason: Reason = "asked",
        target: str = "",
    ) -> Move:
        """Put the caller through to a human; where none can be had, offer a call-back."""
        if self.scenario.gives_up is not None:
            return self.goodbye((*told, *self.words(self.scenario.gives_up)))
        step = ANYTHING_ELSE if self.step.startswith("call ") else self.step
        if step not in (ENDED, OFFER_HUMAN, OFFER_CALLBACK):
            self.memory.interrupted = step
        if not self.humans_can_be_had():
            return self._no_human(told, reason)
        reply = (*told, *self.words(self.sentences.transfer))
        self.step = ENDED
        self.because(f"A human is wanted: {reason}.")
        return self._reply(
            reply,
            action,
            Expectation(barge_in=self.scenario.barge_in),
            end="transferred",
            handover=hand_over(
                self.playbook, self.scenario, self.memory, self.language, reason, target
            ),
        )

    def humans_can_be_had(self) -> bool:
        """Whether somebody is there, and putting through has not failed too often."""
        if self.memory.failed_transfers >= MOST_TRANSFERS:
            return False
        return not self.is_closed()

    def is_closed(self) -> bool:
        """Outside of business hours; False where no clock or no hours are given."""
        return bool(self.now and self.scenario.hours and not self.scenario.hours.open_at(self.now))

    def offer_callback(self, lead: Clauses) -> Move:
        """Ask whether a call-back is wanted instead of a human."""
        self.memory.callback_offers += 1
        self.memory.after_offer = self._goes_on_with()
        self.asked = {}
        return self.pose(OFFER_CALLBACK, "offer_alternative", lead)

    def go_on(self, lead: Clauses, action: str = "resume") -> Move:
        """Back to the question at which the caller was put through."""
        self.asked = {}
        return self.pose(self._goes_on_with(), action, lead)

    def callback(self) -> Scenario | None:
        """The scenario that books call-backs, unless it is the one under way."""
        found = self.playbook.started_by("book_callback")
        return None if found is None or found.name == self.scenario.name else found

    def goodbye(self, told: Clauses = (), action: str = "end_conversation") -> Move:
        """End the call; who was served and is neither silent nor angry is surveyed before, once."""
        if self.playbook.surveys(self.scenario) and self.memory.content(action):
            self.memory.surveyed = True
            return self.pose(RATE_VOICE, "ask_satisfaction", told, counts=False)
        reply = (*told, *self.words(self.sentences.goodbye))
        self.step = ENDED
        return self._reply(
            reply,
            action,
            Expectation(barge_in=self.scenario.barge_in),
            end="completed" if self.memory.served else "abandoned",
        )

    def invite(self, step: str, action: str) -> Move:
        """Let the caller speak; the question stands unsaid where it was an open one."""
        go_on = self.words(self.sentences.go_on)
        if step not in (OPEN, ANYTHING_ELSE):
            return self.pose(step, action, go_on, counts=False)
        self.step = step
        return self._reply(go_on, action, Expectation(barge_in=self.scenario.barge_in))

    def say_again(self, lead: Clauses = (), action: str = "repeat_reply") -> Move:
        """The last reply once more."""
        said, memory = tuple(self.memory.said), self.memory
        move = self._reply(
            (*lead, *said), action, memory.expects, memory.ending, handover=memory.handover
        )
        self.memory.said = list(said)
        return replace(move, state=self._state())

    def be_silent(self, expects: Expectation) -> Move:
        """Say nothing; the question stands."""
        return self._reply((), "hold_the_line", expects, keeps=True)

    def say(self, told: Clauses, action: str) -> Move:
        """Only that; what was expected still is, and what was said last is not forgotten."""
        return self._reply(told, action, self.memory.expects, keeps=True)

    def ask_business(self, call: Call) -> Move:
        """Make a business call; the turn goes on with its answer."""
        values = {**self.slots, **self.memory.results}
        arguments = {name: values.get(source, "") for name, source in call.arguments.items()}
        return self._call(call.name, arguments, changes=call.changes)

    def look_up(self, slot: Slot, digits: str) -> Move:
        """Ask which value of a slot has these digits."""
        self.memory.keyed = digits
        self.because(f"{slot.name} was keyed without its letters.")
        return self._call(slot.complete, {"digits": digits}, changes=False)

    # What is remembered

    def belief(self, slot: str) -> str:
        """The likeliest value of a slot, complete or not."""
        return best(self.memory.beliefs.get(slot, {}))[0]

    def forget_run(self) -> None:
        """The scenario begins anew: its calls and consents hold no longer; the slots stay."""
        self.memory.called = []
        self.memory.agreed = []
        self.memory.results = {}

    def check_off(self, slot: str) -> None:
        """The caller has confirmed the value of a slot."""
        if slot not in self.memory.checked:
            self.memory.checked.append(slot)

    def skip(self, slot: str) -> None:
        """The caller has no value for an optional slot."""
        self.because(f"{slot} is left out.")
        self.memory.skipped.append(slot)
        self.memory.beliefs.pop(slot, None)
        self.slots.pop(slot, None)

    def optional(self, step: str) -> Ask | None:
        """The step, where it asks for what need not be known."""
        kind, _, slot = step.partition(" ")
        asks = self.scenario.ask(slot) if kind in ("ask", "check") else None
        return asks if asks is not None and asks.optional else None

    def begin(self, scenario: Scenario) -> None:
        """Go to a scenario (or start the present one again), keeping what is known."""
        if scenario.name != self.scenario.name:
            self.because(f"The call goes from {self.scenario.name} to {scenario.name}.")
            always = {name for name, slot in scenario.slots.items() if slot.confirm == "always"}
            self.memory.checked = [name for name in self.memory.checked if name not in always]
        self.scenario = scenario
        self.slots = {name: value for name, value in self.slots.items() if name in scenario.slots}
        self.asked = {}
        self.memory.skipped = []
        self.forget_run()
        self.tell_of_recording()

    def tell_of_recording(self) -> None:
        """From the next reply on the call is recorded, where the scenario wants it: it says so."""
        notice = self.scenario.recording_notice
        if self.scenario.recording and not self.memory.recording and notice is not None:
            self.memory.recording = "due"
            told = render_notice(notice, self.language)
            self.memory.lead += self.scenario.said_at(self.step, told)

    def _give_up(self, step: str, times: int) -> Move:
        self.because(f"Asked {times} times in vain.")
        if reads(step):
            return self.stop_reading()
        silent = self.heard_nothing or self.scenario.gives_up is not None
        told = () if silent else self.words(self.sentences.gave_up)
        if step == OFFER_CALLBACK:
            action = "hang_up_silent" if self.heard_nothing else "end_conversation"
            return self.goodbye(told, action)
        reason: Reason = "no_input" if self.heard_nothing else "not_understood"
        return self.transfer(told, reason="angry" if self.memory.angry else reason)

    def _no_human(self, told: Clauses, reason: Reason) -> Move:
        """Nobody is there: a call-back, or goodbye; never another attempt."""
        sentences = self.sentences
        self.because("No human can be had.")
        closed = self.words(sentences.closed if self.is_closed() else sentences.nobody_free)
        if self.callback() is None or self.memory.callback_offers >= MOST_OFFERS:
            lead = (*told, *closed, *self.words(sentences.call_later))
            if reason == "asked":
                return self.pose(ANYTHING_ELSE, "refuse_politely", lead)
            return self.goodbye(lead)
        return self.offer_callback((*told, *closed))

    def _goes_on_with(self) -> str:
        """The question to come back to."""
        step = self.memory.interrupted
        human = self.playbook.started_by("speak_to_human")
        transfers = human is not None and human.name == self.scenario.name
        return ANYTHING_ELSE if not step or transfers else step

    def _call(self, name: str, arguments: dict[str, str], *, changes: bool) -> Move:
        self.step = f"call {name}"
        self.memory.reasons = self.reasons
        return Move(
            state=self._state(),
            action="call_business",
            call=BusinessCall(name=name, arguments=arguments, changes=changes),
            reasons=tuple(self.reasons),
        )

    def _reply(
        self,
        clauses: Clauses,
        action: str,
        expects: Expectation,
        end: Literal["", "completed", "transferred", "abandoned"] = "",
        *,
        keeps: bool = False,
        handover: Handover | None = None,
    ) -> Move:
        reply = (*self.memory.lead, *clauses)
        self.memory.lead = []
        recording = True if self.memory.recording == "due" else None
        if recording:
            self.memory.recording = "on"
        if not keeps:
            self.memory.said = list(clauses)
            self.memory.expects = expects
            self.memory.ending, self.memory.handover = end, handover
        speed, gain_db = self.memory.speed, self.memory.gain_db
        if (speed, gain_db) != (1.0, 0.0):
            reply = tuple(replace(clause, speed=speed, gain_db=gain_db) for clause in reply)
        return Move(
            state=self._state(),
            action=action,
            reply=reply,
            expects=expects,
            reasons=tuple(self.reasons),
            end=end,
            handover=handover,
            recording=recording,
            score=self.score,
        )

    def _state(self) -> State:
        return State(
            scenario=self.scenario.name,
            step=self.step,
            language=self.language,
            slots=self.slots,
            asked=self.asked,
            memory=remembering.store(self.memory),
        )
