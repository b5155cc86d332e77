"""A call without a telephone: text in, moves of the dialogue out, the business system asked.

The console, scripted calls and the benchmark of whole calls drive the dialogue through this, so
that a turn is the same turn in all of them.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import msgspec

from daemon.business.adapter import Business
from daemon.ctl.language import language_of
from daemon.release.release import Release
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import BusinessCall, BusinessResult, Heard, Move, State
from engines.dialog.playbook import load_playbook
from engines.dialog.settings import DialogueSettings
from engines.emotion.text import TextEmotion, TextEmotionSettings
from engines.nlu.script import ScriptFolder
from engines.nlu.understand import Understander
from engines.pipeline import load_mind

Outage = Literal["", "unavailable", "timeout"]


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One business call and its answer."""

    call: BusinessCall
    result: BusinessResult


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One turn: what was heard, what was asked of the business system, what came of it."""

    move: Move
    heard: Heard | None = None
    exchanges: tuple[Exchange, ...] = ()

    @property
    def reply(self) -> str:
        """The clauses in one line."""
        gap = "" if self.move.state.language == "zh" else " "
        return gap.join(clause.text for clause in self.move.reply)


class Mind:
    """What understands text: intents, entities and the emotion of the words.

    Args:
        understander: intents and entities.
        feelings: emotion of the text.
    """

    def __init__(self, understander: Understander, feelings: TextEmotion) -> None:
        self._understander = understander
        self._feelings = feelings

    def hear(
        self,
        text: str,
        *,
        today: datetime.date,
        confidence: float = 0.9,
        language: Literal["zh", "en", ""] = "",
    ) -> Heard:
        """What the dialogue is told of a sentence.

        Args:
            text: as a recogniser would write it.
            today: for relative dates.
            confidence: of the recogniser, 0 to 1.
            language: empty: Chinese where a Chinese character is in it.
        """
        spoken = language or language_of(text)
        return Heard(
            text=text,
            language=spoken,
            confidence=confidence,
            understanding=self._understander.understand(text, spoken, today),
            feeling=self._feelings.feel(text, spoken),
        )


def load_cast(checked: Release, scenarios: Path) -> tuple[Dialogue, Mind]:
    """The dialogue and the understanding of a release, without its engines for sound.

    Args:
        checked: the release.
        scenarios: folder of scenario files.

    Raises:
        ScenarioError: with line and column.
        WeightsUnusable: an engine refuses its file.
    """
    playbook = load_playbook(scenarios)  # first: a mistake in it must not wait for the weights
    settings = checked.settings
    dialog = msgspec.convert(settings.get("dialog", {}), DialogueSettings)
    emotion = msgspec.convert(settings.get("emotion_text", {}), TextEmotionSettings)
    fold = ScriptFolder(checked.files / "nlu_lac" / "q2b.dic").fold
    return Dialogue(playbook, dialog, fold), Mind(*load_mind(checked.files, emotion))


class Rehearsal:
    """One call. After ``open`` each method plays one thing that happens and returns the turn.

    Args:
        dialogue: scenarios and their state machine.
        business: the business system.
        now: local time at which the call is played.
    """

    def __init__(self, dialogue: Dialogue, business: Business, now: datetime.datetime) -> None:
        self.now = now
        self.outage: Outage = ""
        """Not empty: every business call fails so."""
        self.move: Move
        self._dialogue = dialogue
        self._business = business

    def open(
        self, scenario: str = "", *, language: str = "auto", caller: str = "", called: str = ""
    ) -> Step:
        """Answer the telephone. Raises UnknownScenario."""
        move = self._dialogue.open(
            scenario, called=called, language=language, caller=caller, now=self.now
        )
        return self._turn(move)

    def hear(self, heard: Heard) -> Step:
        """The caller has said something."""
        return self._turn(self._dialogue.hear(self._state(), heard), heard)

    def silence(self) -> Step:
        """The caller has said nothing for as long as the step waits."""
        return self._turn(self._dialogue.silence(self._state()))

    def noise(self) -> Step:
        """Something was heard that recognition dropped."""
        return self._turn(self._dialogue.unclear(self._state()))

    def press(self, keys: str) -> Step:
        """The caller has pressed one key, or several as one number."""
        return self._turn(self._dialogue.press(self._state(), keys))

    def transferred(self, result: str) -> Step:
        """The PBX could not put the caller through: ``busy``, ``no_answer`` or ``refused``."""
        return self._turn(self._dialogue.transferred(self._state(), result))

    def _state(self) -> State:
        # A state must survive being saved: every turn starts from the saved one.
        return msgspec.json.decode(msgspec.json.encode(self.move.state), type=State)

    def _turn(self, move: Move, heard: Heard | None = None) -> Step:
        exchanges: list[Exchange] = []
        while move.call is not None:
            result = self._ask(move.call)
            exchanges.append(Exchange(call=move.call, result=result))
            move = self._dialogue.answer(move.state, result)
        self.move = move
        return Step(move=move, heard=heard, exchanges=tuple(exchanges))

    def _ask(self, call: BusinessCall) -> BusinessResult:
        if self.outage:
            return BusinessResult(name=call.name, ok=False, error=self.outage)
        return self._business.call(call)
