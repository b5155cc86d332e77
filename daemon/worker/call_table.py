"""The calls that this worker holds, and the tick that moves them all."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from daemon import slot
from daemon.call.conversation import Conversation
from daemon.call.voice_detection import Detector, VoiceDetection, check_audio
from daemon.journal import about_call
from kefu.errors import KefuError

log = logging.getLogger(__name__)

_OF_A_CALL: Final[dict[type[slot.Message], Callable[[Conversation, Any], None]]] = {
    slot.CutDone: Conversation.on_cut_done,
    slot.Dtmf: Conversation.on_key,
    slot.Hold: Conversation.on_hold,
    slot.Resume: Conversation.on_resume,
    slot.Play: Conversation.on_play,
    slot.Mark: Conversation.on_mark,
    slot.Transferred: Conversation.on_transferred,
}
"""Messages of one call, and who takes them."""


class CallTable:
    """Conversations by call id. Everything happens on the worker's event loop.

    Args:
        vad: run once a tick over all calls that have a full window.
        converse: makes the conversation of an OPEN.
        send: takes messages for the gateway.
    """

    def __init__(
        self,
        vad: Detector,
        converse: Callable[[slot.Open], Conversation],
        send: Callable[[slot.Message], None],
    ) -> None:
        self.draining = False
        """No new call is taken."""
        self._detection = VoiceDetection(vad)
        self._heard: list[Conversation] = []
        """Whose audio the last FRAME brought, in its order."""
        self._converse = converse
        self._send = send
        self._calls: dict[bytes, Conversation] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def holding(self) -> slot.Holding:
        """The ids of all calls."""
        return slot.Holding(calls=tuple(self._calls))

    def drain(self) -> None:
        """Take no new call from now on."""
        if not self.draining:
            self.draining = True
            log.info("draining calls=%d", len(self))

    def open(self, message: slot.Open) -> None:
        """A new call; one that cannot be opened is closed at once, with the reason in the log."""
        if self.draining:
            self._send(slot.Close(call=message.call, cause="draining"))
            return
        if message.call in self._calls:
            log.warning("call opened again call=%s", message.call.hex())
            self.close(slot.Close(call=message.call, cause="worker_lost"))
        try:
            with about_call(message.call):
                conversation = self._converse(message)
                conversation.open()
        except KefuError as error:
            log.error("call refused call=%s code=%s %s", message.call.hex(), error.code, error)
            self._send(slot.Close(call=message.call, cause="protocol_error"))
            return
        except Exception:
            log.exception("call failed at its opening call=%s", message.call.hex())
            self._send(slot.Close(call=message.call, cause="worker_lost"))
            return
        self._calls[message.call] = conversation
        log.info(
            "call opened call=%s resumed=%s calls=%d",
            message.call.hex(),
            message.resumed,
            len(self._calls),
        )

    def close(self, message: slot.Close) -> None:
        """The call is over on the line."""
        conversation = self._calls.pop(message.call, None)
        if conversation is not None:
            conversation.close()
            log.info("call closed call=%s cause=%s", message.call.hex(), message.cause)

    def close_all(self) -> None:
        """The gateway is gone: nobody listens any more."""
        for call in list(self._calls):
            self.close(slot.Close(call=call, cause="shutdown"))

    def deliver(self, message: Any) -> None:
        """What the gateway says of one call; of a call that is not held it means nothing."""
        conversation = self._calls.get(message.call)
        if conversation is not None:
            with self._contained(conversation):
                _OF_A_CALL[type(message)](conversation, message)

    def frame(self, message: slot.Frame) -> None:
        """One tick of all lines: audio in, our own audio onwards."""
        held = [
            (conversation, frame)
            for frame in message.calls
            if (conversation := self._calls.get(frame.call)) is not None
        ]
        try:
            self._hear(held)
        except ValueError:  # what one line brought is no audio: that call ends, the others go on
            held = [one for one in held if self._is_audible(*one)]
            self._hear(held)
        for conversation, frame in held:
            with self._contained(conversation):
                conversation.on_frame(frame)

    def decide(self) -> None:
        """What the voice activity of all calls has changed, then turn taking call by call."""
        for place, edge, sample in self._detection.detect():
            conversation = self._heard[place]
            if self._calls.get(conversation.call) is conversation:
                with self._contained(conversation):
                    conversation.on_voice(edge, sample)
        for conversation in list(self._calls.values()):
            with self._contained(conversation):
                conversation.decide()
            if conversation.ended:
                # It has hung up by itself: the gateway does not answer a CLOSE.
                self.close(slot.Close(call=conversation.call, cause="completed"))

    @contextmanager
    def _contained(self, conversation: Conversation) -> Iterator[None]:
        """A fault in one call ends that call and no other."""
        try:
            with about_call(conversation.call):
                yield
        except Exception:
            log.exception("call failed call=%s", conversation.call.hex())
            self._send(slot.Close(call=conversation.call, cause="worker_lost"))
            self.close(slot.Close(call=conversation.call, cause="worker_lost"))

    def _hear(self, held: list[tuple[Conversation, slot.CallFrame]]) -> None:
        self._detection.hear(
            [(conversation.listening.audio, frame) for conversation, frame in held]
        )
        self._heard = [conversation for conversation, _ in held]

    def _is_audible(self, conversation: Conversation, frame: slot.CallFrame) -> bool:
        with self._contained(conversation):
            check_audio(frame, conversation.parts.rate_hz)
        return conversation.call in self._calls
