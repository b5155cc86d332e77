"""The dialogue of a call: a pure state machine from what was heard to what is said or asked for."""

from __future__ import annotations

import re
from typing import Final

from msgspec.structs import replace

from engines.dialog.beliefs import Belief, best
from engines.dialog.draft import ANYTHING_ELSE, ENDED, OPEN, Draft
from engines.dialog.memory import Memory, store
from engines.dialog.moves import BusinessResult, Clause, Heard, Move, State
from engines.dialog.playbook import Playbook
from engines.dialog.policy import decide, not_understood
from engines.dialog.progress import take_answer
from engines.dialog.reading import MAX_VALUE_CHARACTERS, read
from engines.dialog.replies import render
from engines.dialog.scenario import Spoken
from engines.dialog.settings import DialogueSettings

_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_WORD: Final = re.compile(r"[a-z][a-z']+", re.IGNORECASE)


class Dialogue:
    """``open``, ``hear``, ``answer``, ``silence`` and ``unclear`` each return a Move.

    No clock, no randomness, no memory of its own: the same state and input give the same move.

    Args:
        playbook: scenarios and shared sentences, see ``playbook.load_playbook``.
        settings: thresholds.
    """

    def __init__(self, playbook: Playbook, settings: DialogueSettings | None = None) -> None:
        self.playbook = playbook
        self.settings = settings if settings is not None else DialogueSettings()

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
    ) -> Move:
        """Greet the caller.

        Args:
            scenario: its name; empty: the one that answers the number ``called``.
            called: the number that was dialled.
            language: ``zh``, ``en``, or ``auto``: that of the caller's last confident utterance.
            caller: the caller's number. It is evidence for a slot ``phone_number``, not enough
                to take it without asking.

        Raises:
            UnknownScenario: there is no such scenario.
        """
        settings = self.settings
        chosen = self.playbook.choose(scenario, called)
        follow = language not in ("zh", "en")
        spoken: Spoken = settings.first_language
        if not follow:
            spoken = "zh" if language == "zh" else "en"
        greeting = reply = render(chosen.greeting, spoken, {}, {})
        if follow:
            other: Spoken = "en" if spoken == "zh" else "zh"
            reply += render(self.playbook.sentences.invitation, other, {}, {})
        known: dict[str, Belief] = {}
        if 0 < len(caller) <= MAX_VALUE_CHARACTERS:
            known["phone_number"] = {caller: (settings.check_from + settings.accept_from) / 2}
        memory = Memory(follow=follow, said=list(greeting), beliefs=known)
        state = State(
            scenario=chosen.name,
            step=OPEN,
            language=spoken,
            slots={},
            asked={OPEN: 1},
            memory=store(memory),
        )
        reason = f"The call opens {chosen.name}."
        return Move(state=state, action="greet", reply=reply, reasons=(reason,))

    def hear(self, state: State, heard: Heard) -> Move:
        """Answer an utterance, or ask for a business call first."""
        draft = self._draft(state)
        _follow_language(draft, heard)
        if heard.confidence < self.settings.hear_from:
            draft.because(f"Heard with confidence {heard.confidence:.2f} only.")
            return not_understood(draft)
        slots = {**self.playbook.slots(), **draft.scenario.slots}
        known = {name: best(belief)[0] for name, belief in draft.memory.beliefs.items()}
        reading = read(heard, slots.values(), known, self.settings.understand_from)
        draft.because(f"Intent {reading.intent or 'unknown'} ({reading.probability:.2f}).")
        _feel_with(draft, heard)
        return decide(draft, reading)

    def answer(self, state: State, result: BusinessResult) -> Move:
        """Go on with the answer of the business system.

        Raises:
            ValueError: the state is not waiting for this call.
        """
        if state.step != f"call {result.name}":
            raise ValueError(f"{state.step!r} does not wait for the answer of {result.name!r}")
        draft = self._draft(state)
        return take_answer(draft, draft.scenario.call(result.name), result)

    def silence(self, state: State) -> Move:
        """The caller has said nothing for a while."""
        draft = self._draft(state)
        draft.because("The caller is silent.")
        draft.heard_nothing = True
        waits_for_more = draft.step in (ANYTHING_ELSE, ENDED)
        if waits_for_more and draft.asked.get(ANYTHING_ELSE, 0) > 1:
            return draft.goodbye(action="hang_up_silent")
        lead = () if waits_for_more else draft.words(draft.sentences.still_there)
        step = ANYTHING_ELSE if waits_for_more else draft.step
        return draft.pose(step, "check_presence", lead)

    def unclear(self, state: State) -> Move:
        """The caller said something that could not be made out."""
        draft = self._draft(state)
        draft.because("The utterance was dropped.")
        return not_understood(draft)

    def _draft(self, state: State) -> Draft:
        return Draft(self.playbook, self.settings, state)


def _follow_language(draft: Draft, heard: Heard) -> None:
    """Answer in the caller's language, unless a word or a number is all that speaks for it."""
    memory = draft.memory
    if not memory.follow or heard.confidence < draft.settings.follow_from:
        return
    text = heard.text
    for entity in heard.understanding.entities:
        text = text.replace(entity.text or " ", " ")
    pieces = len((_HAN if heard.language == "zh" else _WORD).findall(text))
    if heard.language != draft.language and pieces >= (2 if memory.language_heard else 1):
        draft.because(f"The caller speaks {heard.language}.")
        draft.language = heard.language
    memory.language_heard = memory.language_heard or pieces > 0


def _feel_with(draft: Draft, heard: Heard) -> None:
    """Put empathy in front of the answer to an angry caller, not twice in a row."""
    feeling = heard.feeling
    if feeling.label != "angry" or feeling.confidence < draft.settings.angry_from:
        draft.memory.sorry = False
        return
    draft.memory.angry_turns += 1
    draft.because(f"The caller is angry ({feeling.confidence:.2f}).")
    if not draft.memory.sorry:
        draft.memory.lead = [
            replace(clause, filler=True) for clause in draft.words(draft.sentences.empathy)
        ]
    draft.memory.sorry = not draft.memory.sorry
