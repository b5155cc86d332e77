"""What the turns of one call are made with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from daemon.call.clock import CallClock
from daemon.call.mouth import Mouth
from daemon.call.phrases import PhraseName, phrase
from daemon.call.reports import Reports
from daemon.call.stages import Stages
from daemon.call.standing import Standing
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import Clause, Move


def _free() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass(frozen=True, kw_only=True)
class CallParts:
    """One call's own parts, and the engines that it shares with the others."""

    release: str
    rate_hz: int
    language: Literal["zh", "en", "auto"]
    """What recognition may expect."""
    stages: Stages
    dialogue: Dialogue
    clock: CallClock
    mouth: Mouth
    standing: Standing
    reports: Reports
    floor: asyncio.Event = field(default_factory=_free)
    """Set unless the PBX has something said (PLAY): a reply of ours waits for its end."""

    @property
    def move(self) -> Move:
        """The newest move."""
        return self.standing.move

    def phrase(self, name: PhraseName, language: Literal["zh", "en"]) -> Clause:
        """The sentence of that name, said by whoever speaks at this point of the call."""
        (said,) = self.dialogue.in_voice(self.move.state, (phrase(name, language),))
        return said

    @property
    def question_missed(self) -> bool:
        """The last clause of our newest reply, which asks what it asks, has not begun yet."""
        begun = self.mouth.last_clause_begun and self.floor.is_set()
        return self.standing.question_unheard and not begun
