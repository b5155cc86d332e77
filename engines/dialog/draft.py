"""A turn of the dialogue in the making: the state's working copy, and the moves it can end in.

Steps are written "open", "ask SLOT", "check SLOT", "confirm NAME", "call NAME", "offer human",
"anything else" and "ended"; each but the last two waits for something of its own.
"""

from __future__ import annotations

from typing import Literal

from engines.dialog import memory as remembering
from engines.dialog.moves import BusinessCall, Clause, Expectation, Move, State
from engines.dialog.playbook import Playbook
from engines.dialog.replies import NotSayable, render
from engines.dialog.scenario import Call, Scenario, Wording
from engines.dialog.settings import DialogueSettings

OPEN = "open"
ANYTHING_ELSE = "anything else"
OFFER_HUMAN = "offer human"
ENDED = "ended"
YES_NO = Expectation(kind="yes_no")

Clauses = tuple[Clause, ...]


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
        self.heard_nothing = False
        """Silence, not nonsense: nobody need be sorry for not having understood."""
        self.reasons = self.memory.reasons
        self.memory.reasons = []

    def because(self, reason: str) -> None:
        """Note a reason for what follows."""
        self.reasons.append(reason)

    def words(self, wording: Wording) -> Clauses:
        """The clauses of a wording. Raises NotSayable."""
        values = {**self.slots, **self.memory.results}
        return render(wording, self.language, self.scenario.value_kinds(), values)

    # Ways to end the turn

    def pose(self, step: str, action: str, lead: Clauses = (), *, counts: bool = True) -> Move:
        """Ask the question of ``step``, behind ``lead``; too often asked in vain: a human."""
        times = self.asked.get(step, 0)
        if counts and times >= self._patience():
            self.because(f"Asked {times} times in vain.")
            return self.transfer(() if self.heard_nothing else self.words(self.sentences.gave_up))
        self.asked[step] = times + counts
        self.step = step
        try:
            question, expects = self._question(step)
        except NotSayable as error:
            self.because(f"{error}.")
            return self.transfer(self.words(self.sentences.failed), "report_unavailable")
        return self._reply((*lead, *question), action, expects)

    def finish(self, told: Clauses, action: str) -> Move:
        """A request is served: tell the outcome and ask what else there is."""
        self.memory.served += 1
        self.forget_run()
        self.asked = {}
        if self.memory.angry_turns > 1:
            self.because("The caller has been angry more than once.")
            self.memory.after_offer = ANYTHING_ELSE
            return self.pose(OFFER_HUMAN, action, told)
        return self.pose(ANYTHING_ELSE, action, told)

    def transfer(self, told: Clauses = (), action: str = "transfer_human") -> Move:
        """Put the caller through to a human."""
        reply = (*told, *self.words(self.sentences.transfer))
        self.step = ENDED
        return self._reply(reply, action, Expectation(), end="transferred")

    def goodbye(self, told: Clauses = (), action: str = "end_conversation") -> Move:
        """End the call."""
        reply = (*told, *self.words(self.sentences.goodbye))
        self.step = ENDED
        return self._reply(
            reply,
            action,
            Expectation(),
            end="completed" if self.memory.served else "abandoned",
        )

    def invite(self, step: str, action: str) -> Move:
        """Let the caller speak; the question stands unsaid where it was an open one."""
        go_on = self.words(self.sentences.go_on)
        if step not in (OPEN, ANYTHING_ELSE):
            return self.pose(step, action, go_on, counts=False)
        self.step = step
        return self._reply(go_on, action, Expectation())

    def say_again(self) -> Move:
        """The last reply once more."""
        return self._reply(tuple(self.memory.said), "repeat_reply", self.memory.expects)

    def ask_business(self, call: Call) -> Move:
        """Make a business call; the turn goes on with its answer."""
        values = {**self.slots, **self.memory.results}
        arguments = {name: values.get(source, "") for name, source in call.arguments.items()}
        self.step = f"call {call.name}"
        self.memory.reasons = self.reasons
        return Move(
            state=self._state(),
            action="call_business",
            call=BusinessCall(name=call.name, arguments=arguments, changes=call.changes),
            reasons=tuple(self.reasons),
        )

    # What is remembered

    def forget_run(self) -> None:
        """The scenario begins anew: its calls and consents hold no longer; the slots stay."""
        self.memory.called = []
        self.memory.agreed = []
        self.memory.results = {}

    def check_off(self, slot: str) -> None:
        """The caller has confirmed the value of a slot."""
        if slot not in self.memory.checked:
            self.memory.checked.append(slot)

    def begin(self, scenario: Scenario) -> None:
        """Go to a scenario (or start the present one again), keeping what is known."""
        if scenario.name != self.scenario.name:
            self.because(f"The call goes from {self.scenario.name} to {scenario.name}.")
        self.scenario = scenario
        self.slots = {name: value for name, value in self.slots.items() if name in scenario.slots}
        self.asked = {}
        self.forget_run()

    def _patience(self) -> int:
        angry = self.memory.angry_turns > 0
        return self.settings.patience_when_angry if angry else self.settings.patience

    def _question(self, step: str) -> tuple[Clauses, Expectation]:
        kind, _, name = step.partition(" ")
        if step == ANYTHING_ELSE:
            return self.words(self.sentences.anything_else), YES_NO
        if step == OFFER_HUMAN:
            return self.words(self.sentences.offer_human), YES_NO
        if kind == "confirm":
            return self.words(self.scenario.confirm(name).question), YES_NO
        slot = self.scenario.slots.get(name)
        if slot is not None and kind == "check" and slot.check is not None:
            return self.words(slot.check), YES_NO
        if slot is not None and slot.ask is not None and slot.ask_again is not None:
            first = self.asked.get(step, 0) < 2
            return self.words(slot.ask if first else slot.ask_again), slot.expects
        return self.words(self.sentences.how_help), Expectation()

    def _reply(
        self,
        clauses: Clauses,
        action: str,
        expects: Expectation,
        end: Literal["", "completed", "transferred", "abandoned"] = "",
    ) -> Move:
        reply = (*self.memory.lead, *clauses)
        self.memory.lead = []
        self.memory.said = list(clauses)
        self.memory.expects = expects
        return Move(
            state=self._state(),
            action=action,
            reply=reply,
            expects=expects,
            reasons=tuple(self.reasons),
            end=end,
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
