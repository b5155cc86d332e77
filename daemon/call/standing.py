"""Where a call stands: the newest move, how far it was heard, and whether we may speak at all."""

from __future__ import annotations

import logging
from typing import Final

from msgspec.structs import replace

from daemon.call import private, snapshot
from daemon.call.delivery import Delivery
from daemon.call.errors import BadSnapshot
from daemon.call.reports import Reports
from engines.dialog.dialogue import Dialogue
from engines.dialog.handover import Reason
from engines.dialog.moves import Handover, Move, State
from engines.emotion.prosody import NO_BASELINE, Baseline

log = logging.getLogger(__name__)

_UNSAID: Final = Move(state=State(scenario="", step="", language="zh"), action="")


class Standing:
    """Changes with each commit and each delivery, and then tells the gateway a snapshot of it.

    Args:
        dialogue: for the handover of a call whose worker is lost.
        reports: takes snapshots, and ``record.audio`` where recording starts or pauses.
        release: name of the release.
        private_slots: names of the slots whose values never leave this process.
    """

    def __init__(
        self, dialogue: Dialogue, reports: Reports, release: str, private_slots: frozenset[str]
    ) -> None:
        self.move = _UNSAID
        """The newest committed; its ``expects`` and ``state`` are what the caller answers."""
        self.turns = 0
        """Number of the next turn."""
        self.delivered = False
        """The caller heard the newest reply to its end, or spoke over it."""
        self.question_unheard = False
        """He has heard nothing of its last clause: ``CallParts.question_missed`` asks the mouth."""
        self.private = False
        """What is said or pressed now is never stored, nor is our answer to it recorded."""
        self.baseline: Baseline = NO_BASELINE
        """How the caller spoke so far."""
        self.held = False
        self.transferring = False
        self.ended = False
        self.private_slots = private_slots
        self._dialogue = dialogue
        self._reports = reports
        self._release = release
        self._recording = False
        self._recording_told = False

    @property
    def mute(self) -> bool:
        """We neither listen nor speak: HOLD, a transfer, or the end."""
        return self.held or self.transferring or self.ended

    def take_number(self) -> int:
        """The number of a turn that begins."""
        self.turns += 1
        return self.turns - 1

    def commit(self, move: Move) -> None:
        """What was decided stands: all its business calls are answered."""
        self.move = move
        self.delivered = False
        self.question_unheard = bool(move.reply)
        if move.recording is False:
            self._recording = False
        if private.is_private(move, self.private_slots):
            self.private = True
        self._tell_recording()
        self.save()

    def interrupted(self, *, question_missed: bool) -> None:
        """The caller speaks over the reply: he has heard as much of it as he wants."""
        self.delivered = True
        self.question_unheard = question_missed

    def notice_spoken(self) -> None:
        """The caller is being told that the call is recorded: from now on it is."""
        if not self._recording:
            self._recording = True
            self._tell_recording()
            self.save()

    def settle(self, delivery: Delivery | None) -> None:
        """The reply of the newest move was played or cut; None: it had none."""
        cut = delivery is not None and delivery.cut
        unspoken = delivery is not None and delivery.unspoken > 0
        self.question_unheard = delivery is not None and delivery.missed and (cut or unspoken)
        self.delivered = self.delivered or not (cut or self.question_unheard)
        self.private = private.is_private(self.move, self.private_slots)
        self._tell_recording()
        self.save()

    def save(self) -> None:
        """Send a snapshot. What is private is not in it: its step is asked again."""
        if self.ended:
            return
        move, names = self.move, self.private_slots
        handover = self.handover("worker_lost")
        data = snapshot.pack(
            snapshot.Snapshot(
                release=self._release,
                move=replace(
                    move,
                    state=private.forget(move.state, names),
                    handover=None if move.handover is None else self._public(move.handover),
                ),
                turns=self.turns,
                delivered=self.delivered,
                transferring=self.transferring,
                recording=self._recording,
                baseline=self.baseline,
            )
        )
        self._reports.snapshot(data, snapshot.handover_data(handover))

    def restore(self, data: bytes) -> None:
        """Take up what another worker left. Raises BadSnapshot."""
        left = snapshot.unpack(data, self._release)
        try:
            self._dialogue.resumed(left.move.state, delivered=left.delivered)
            self._dialogue.handover(left.move.state, "worker_lost")
        except Exception as reason:
            # The dialogue checks its state as far as it needs it: anything can be wrong in there.
            raise BadSnapshot(f"The dialogue cannot go on: {type(reason).__name__}.") from reason
        self.move = left.move
        self.turns = left.turns
        self.delivered = left.delivered
        self.transferring = left.transferring
        self.baseline = left.baseline
        self._recording = left.recording
        self.private = private.is_private(left.move, self.private_slots)
        # Whether the gateway records now, the lost worker knew; so it is said in any case.
        self._recording_told = self._recording and self.private
        self._tell_recording()

    def handover(self, reason: Reason) -> Handover:
        """What a human is told now."""
        handover = self.move.handover
        if handover is None or reason == "worker_lost":
            handover = self._dialogue.handover(self.move.state, reason)
        return self._public(handover)

    def _public(self, handover: Handover) -> Handover:
        return private.handover_without(handover, self.move.state, self.private_slots)

    def _tell_recording(self) -> None:
        wanted = self._recording and not self.private
        if wanted != self._recording_told:
            self._recording_told = wanted
            self._reports.event("record.audio", {"on": wanted})
