"""The dialogue of a call: a pure state machine from what was heard to what is said or asked for."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from engines.dialog import aloud, reader
from engines.dialog.beliefs import Belief, best
from engines.dialog.draft import Draft
from engines.dialog.handover import Reason, hand_over
from engines.dialog.keypad import pressed
from engines.dialog.memory import Memory, store
from engines.dialog.moves import BusinessResult, Clause, Expectation, Handover, Heard, Move, State
from engines.dialog.playbook import Playbook
from engines.dialog.policy import decide
from engines.dialog.progress import (
    ask_further,
    not_understood,
    take_answer,
    take_completion,
)
from engines.dialog.questions import ANYTHING_ELSE, ENDED, OPEN, manner_of, question_of
from engines.dialog.reading import MAX_VALUE_CHARACTERS, Context, Reading, read
from engines.dialog.replies import render, render_notice
from engines.dialog.scenario import Scenario, Slot, Spoken, Wording, said_by
from engines.dialog.settings import DialogueSettings

_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_WORD: Final = re.compile(r"[a-z][a-z']+", re.IGNORECASE)
_DIGIT_WORDS: Final = re.compile(
    r"[零〇一二三四五六七八九十两幺0-9]"
    r"|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)\b",
    re.IGNORECASE,
)
_ABOUT_SLOTS: Final = ("ask ", "check ", "suggest ")


class Dialogue:
    """Each method but ``handover`` returns a Move, with the next state in it.

    No clock, no randomness, no memory of its own: the same state and input give the same move.

    Args:
        playbook: scenarios and shared sentences, see ``playbook.load_playbook``.
        settings: thresholds.
        fold: Traditional characters to Simplified, position by position, for the closed
            vocabularies (``engines.nlu.script.ScriptFolder.fold``); None: text comes Simplified.
    """

    def __init__(
        self,
        playbook: Playbook,
        settings: DialogueSettings | None = None,
        fold: Callable[[str], str] | None = None,
    ) -> None:
        self.playbook = playbook
        self.settings = settings if settings is not None else DialogueSettings()
        self._fold = fold

    def cacheable_clauses(self) -> list[Clause]:
        """Everything constant that can be said, in both languages, each text once."""
        return self.playbook.cacheable_clauses()

    def open(
        self,
        scenario: str,
        *,
        called: str = "",
        language: str = "auto",
        caller: str = "",
        now: datetime.datetime | None = None,
    ) -> Move:
        """Greet the caller.

        Args:
            scenario: its name; empty: the one that answers the number ``called``.
            called: the number that was dialled.
            language: ``zh``, ``en``, or ``auto``: that of the caller's last confident utterance.
            caller: the caller's number. It is evidence for a slot ``phone_number``, not enough
                to take it without asking.
            now: local time, for business hours and times that are over; None: none is checked.

        Raises:
            UnknownScenario: there is no such scenario.
        """
        settings = self.settings
        chosen = self.playbook.choose(scenario, called)
        follow = language not in ("zh", "en")
        spoken: Spoken = settings.first_language
        if not follow:
            spoken = "zh" if language == "zh" else "en"
        greeting = render(chosen.greeting, spoken, {}, {})
        records = chosen.recording and chosen.recording_notice is not None
        if chosen.recording_notice is not None and records:
            # Before the question, so that the question is what the caller answers.
            notice = render_notice(chosen.recording_notice, spoken)
            greeting = (*greeting[:-1], *notice, greeting[-1])
        reply = greeting
        if follow:
            other: Spoken = "en" if spoken == "zh" else "zh"
            reply += render(self.playbook.sentences.invitation, other, {}, {})
        greeting, reply = (
            tuple(said_by(chosen.voice, chosen.name, said)) for said in (greeting, reply)
        )
        known: dict[str, Belief] = {}
        if 0 < len(caller) <= MAX_VALUE_CHARACTERS:
            known["phone_number"] = {caller: (settings.check_from + settings.accept_from) / 2}
        step = f"ask {chosen.greeting_asks}" if chosen.greeting_asks else OPEN
        expects = self._expects(chosen, step, spoken)
        memory = Memory(
            follow=follow,
            said=list(greeting),
            beliefs=known,
            caller=caller if known else "",
            question=step,
            expects=expects,
            now=now.replace(tzinfo=None).isoformat(timespec="minutes") if now else "",
            recording="on" if records else "",
        )
        state = State(
            scenario=chosen.name,
            step=step,
            language=spoken,
            slots={},
            asked={step: 1},
            memory=store(memory),
        )
        return Move(
            state=state,
            action="greet",
            reply=reply,
            expects=expects,
            reasons=(f"The call opens {chosen.name}.",),
            recording=True if records else None,
        )

    def hear(self, state: State, heard: Heard) -> Move:
        """Answer an utterance, or ask for a business call first."""
        draft = self._draft(state)
        _follow_language(draft, heard)
        slots = self._slots(draft)
        known = {name: best(belief)[0] for name, belief in draft.memory.beliefs.items()}
        context = Context(
            known={**draft.memory.not_found, **known},
            asked=draft.step.partition(" ")[2] if draft.step.startswith(_ABOUT_SLOTS) else "",
            focus=frozenset(draft.scenario.slots),
            language=draft.language,
            understand_from=self.settings.understand_from,
            half=draft.memory.half,
        )
        folded = self._fold(heard.text) if self._fold is not None else heard.text
        if aloud.reads(draft.step):
            return reader.hear(draft, heard, folded)
        reading = read(heard, slots.values(), context, folded)
        if heard.confidence < self.settings.hear_from:
            draft.because(f"Heard with confidence {heard.confidence:.2f} only.")
            if not _is_number(slots.get(context.asked), reading):
                return not_understood(draft)
            # What is written as the number that was asked for is hardly so by chance: asked back.
            reading = replace(reading, confidence=self.settings.hear_from)
        draft.because(f"Intent {reading.intent or 'unknown'} ({reading.probability:.2f}).")
        _feel_with(draft, heard)
        return decide(draft, reading)

    def press(self, state: State, keys: str, *, question_missed: bool = False) -> Move:
        """Act on a key, or a collected string of them without ``#``.

        Args:
            state: before.
            keys: ``0`` to ``9`` and ``*``, at most 32; anything else is told to mean nothing.
            question_missed: pressed before the question was heard: 1 agrees to no change then.
        """
        draft = self._draft(state)
        return pressed(draft, keys, question_missed=question_missed)

    def answer(self, state: State, result: BusinessResult) -> Move:
        """Go on with the answer of the business system.

        Raises:
            ValueError: the state is not waiting for this call.
        """
        if state.step != f"call {result.name}":
            raise ValueError(f"{state.step!r} does not wait for the answer of {result.name!r}")
        draft = self._draft(state)
        for slot in draft.scenario.slots.values():
            if draft.memory.keyed and slot.complete == result.name:
                return take_completion(draft, slot, result)
        return take_answer(draft, draft.scenario.call(result.name), result)

    def silence(self, state: State) -> Move:
        """The caller has said nothing for a while."""
        draft = self._draft(state)
        draft.because("The caller is silent.")
        draft.heard_nothing = True
        waits_for_more = draft.step in (ANYTHING_ELSE, ENDED)
        if waits_for_more and draft.asked.get(ANYTHING_ELSE, 0) > 1:
            return draft.goodbye(action="hang_up_silent")
        step = ANYTHING_ELSE if waits_for_more else draft.step
        own = manner_of(draft.scenario, step).no_input
        lead = () if waits_for_more else draft.words(own or draft.sentences.still_there)
        return ask_further(draft, step, "check_presence", lead)

    def unclear(self, state: State) -> Move:
        """The caller said something that could not be made out."""
        draft = self._draft(state)
        draft.because("The utterance was dropped.")
        return not_understood(draft)

    def transferred(self, state: State, result: str) -> Move:
        """The PBX could not put the caller through: say so and go on with what is known.

        A call-back is offered, or to go on where the caller was; after the second failure only
        the call-back, and nobody is put through any more.

        Args:
            state: of the move that ended in ``transferred``.
            result: ``busy``, ``no_answer`` or ``refused``; an unknown one counts as refused.
        """
        draft = self._draft(state)
        draft.because(f"The caller could not be put through: {result[:20]}.")
        memory, sentences = draft.memory, draft.sentences
        memory.failed_transfers += 1
        told = {"busy": sentences.busy, "no_answer": sentences.no_answer}
        lead = draft.words(told.get(result, sentences.refused))
        draft.step = ANYTHING_ELSE
        if draft.callback() is not None:
            return draft.offer_callback(lead)
        if draft.humans_can_be_had():
            return draft.go_on(lead)
        return draft.goodbye((*lead, *draft.words(sentences.call_later)))

    def resumed(self, state: State, *, delivered: bool, held: bool = False) -> Move:
        """The call goes on after a lost worker, or the caller is back from hold.

        Args:
            state: the last one that is known.
            delivered: our last reply was heard to its end, so the caller was speaking: he is asked
                for his last sentence, and nothing else. False: our reply is said again.
            held: he was on hold and said nothing: the question, or what was cut, comes again.
        """
        draft = self._draft(state)
        sentences = draft.sentences
        draft.because("The call goes on after an interruption.")
        if draft.step.startswith("call "):
            # Nobody knows whether it was made; what writes is asked about once more.
            draft.memory.agreed = []
            step = draft.memory.question or ANYTHING_ELSE
            return draft.pose(step, "resume", draft.words(sentences.cut_off), counts=False)
        lead = draft.words(sentences.back_again if held else sentences.cut_off)
        draft.memory.said = _without_lead(draft)
        if not delivered or draft.memory.ending:
            return draft.say_again(lead, "resume")
        if held:
            return draft.pose(draft.step, "resume", lead, counts=False)
        return draft.say(draft.words(sentences.say_again), "resume")

    def sentence(self, name: str, language: Spoken) -> tuple[Clause, ...]:
        """The shared sentence of that name in ``common.yaml``; empty where there is none."""
        wording = getattr(self.playbook.sentences, name, None)
        return render(wording, language, {}, {}) if isinstance(wording, Wording) else ()

    def in_voice(self, state: State, clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
        """Clauses that the dialogue did not make, as whoever speaks at this point says them."""
        scenario = self.playbook.scenarios.get(state.scenario)
        return clauses if scenario is None else scenario.said_at(state.step, clauses)

    def handover(self, state: State, reason: Reason) -> Handover:
        """What a human would be told who took the call over now."""
        draft = self._draft(state)
        return hand_over(self.playbook, draft.scenario, draft.memory, draft.language, reason)

    def _draft(self, state: State) -> Draft:
        return Draft(self.playbook, self.settings, state)

    def _slots(self, draft: Draft) -> dict[str, Slot]:
        return {**self.playbook.slots(), **draft.scenario.slots}

    def _expects(self, scenario: Scenario, step: str, language: Spoken) -> Expectation:
        question = question_of(
            self.playbook, scenario, step, first=True, known="", language=language
        )
        return question.expects


def _without_lead(draft: Draft) -> list[Clause]:
    """The last reply without the apology in front that an earlier interruption brought."""
    said = draft.memory.said
    for wording in (draft.sentences.back_again, draft.sentences.cut_off):
        lead = [clause.text for clause in draft.words(wording)]
        if [clause.text for clause in said[: len(lead)]] == lead:
            said = said[len(lead) :]
    return said


def _is_number(asked: Slot | None, reading: Reading) -> bool:
    """Whether the number that was asked for was said."""
    if asked is None or asked.name not in reading.values:
        return False
    return asked.takes == "phone" or "0" in asked.format


def _follow_language(draft: Draft, heard: Heard) -> None:
    """Answer in the language of the last confident utterance, or of two others that agree.

    A word or a number is not enough to speak for a language.
    """
    memory, settings = draft.memory, draft.settings
    if not memory.follow or heard.confidence < settings.hear_from:
        return
    text = heard.text
    for entity in heard.understanding.entities:
        text = text.replace(entity.text or " ", " ")
    text = _DIGIT_WORDS.sub(" ", text)
    pieces = len((_HAN if heard.language == "zh" else _WORD).findall(text))
    confident = heard.confidence >= settings.follow_from
    tells = pieces >= (2 if memory.language_heard or not confident else 1)
    if tells and heard.language != draft.language:
        if confident or memory.leaning == heard.language:
            draft.because(f"The caller speaks {heard.language}.")
            draft.language, memory.leaning = heard.language, ""
        else:
            memory.leaning = heard.language
    elif tells:
        memory.leaning = ""
    if confident:
        memory.language_heard = memory.language_heard or pieces > 0


def _feel_with(draft: Draft, heard: Heard) -> None:
    """Put empathy in front of the answer to an angry caller, not twice in a row."""
    feeling = heard.feeling
    if feeling.label != "angry" or feeling.confidence < draft.settings.angry_from:
        draft.memory.sorry = draft.memory.angry = False
        return
    draft.memory.angry = True
    draft.memory.angry_turns += 1
    draft.because(f"The caller is angry ({feeling.confidence:.2f}).")
    if not draft.memory.sorry:
        draft.memory.lead = [
            replace(clause, filler=True) for clause in draft.words(draft.sentences.empathy)
        ]
    draft.memory.sorry = not draft.memory.sorry
