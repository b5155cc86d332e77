"""The gateway's line as far as a worker can see it: 20 ms a tick, an underrun waits."""

from __future__ import annotations

from daemon import slot

CALL = bytes(range(16))
RATE = 8000
TICK = RATE // 50


class TinyLine:
    """Plays what a mouth says, and checks that it keeps to the protocol.

    ``now_ms`` is the call's clock.
    """

    def __init__(self) -> None:
        self.now_ms = 0.0
        self.utterance: int | None = None
        self.offset = self.queued = 0
        self.last = False
        self.ducked = False
        self.cuts: list[int] = []
        self.said: list[slot.Say] = []

    def take(self, message: slot.Message) -> None:
        if isinstance(message, slot.Cut):
            self.cuts.append(message.utterance)
            self.utterance = None
        elif isinstance(message, slot.Duck | slot.Rise):
            assert message.utterance == self.utterance, "only what is on the line has a gain"
            self.ducked = isinstance(message, slot.Duck)
        elif isinstance(message, slot.Say):
            self._queue(message)

    def _queue(self, message: slot.Say) -> None:
        self.said.append(message)
        if self.utterance != message.utterance:
            assert message.utterance not in self.cuts, "a cut utterance goes on"
            self.utterance, self.offset, self.queued = message.utterance, 0, 0
            self.ducked = False
        assert message.offset == self.queued, "a hole in the utterance"
        credit = self.offset + slot.CREDIT_MS * RATE // 1000
        assert message.offset <= credit, "more than the credit"
        self.queued += len(message.pcm) // 2
        self.last = message.last

    def tick(
        self, pcm: bytes = b"", first_sample: int = 0, *, heard_lag: int = 0
    ) -> slot.CallFrame:
        """20 ms go by; ``heard_lag``: samples that the client is behind."""
        self.now_ms += 20
        playing = heard = None
        if self.utterance is not None:
            self.offset = min(self.queued, self.offset + TICK)
            heard = (self.utterance, max(0, self.offset - heard_lag))
            if not (self.last and self.offset == self.queued):
                playing = (self.utterance, self.offset)
        return slot.CallFrame(
            call=CALL,
            now_ms=self.now_ms,
            first_sample=first_sample,
            pcm=pcm,
            playing=playing,
            heard=heard,
        )
