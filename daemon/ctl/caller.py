"""A caller made of recordings: speaks them in real time over the real socket and times the answers.

Demo, benchmarks and ``kefuctl call`` are this caller. He knows the sample number of his own last
syllable, so that the wait is counted from there and at his own ear, not from a decision of ours.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

import kefu
from engines._core import g711_decode, g711_encode
from kefu.agent_voice import AgentFrame
from kefu.protocol import Event, Language, TransferResult

RATE_HZ: Final = 8000
FRAME: Final = 160
VOICE_DBFS: Final = -48.0
"""A frame of the agent above this has voice in it (its pauses are digital silence)."""
REPLY_TIMEOUT_S: Final = 15.0
GREETING_TURN: Final = 0
"""Number of the turn that answers nothing."""
_TRANSFER_FOLLOWS_S: Final = 1.0
"""EVENT ``transfer`` comes right behind the end of the reply that announces it."""
_KEY_EVERY_S: Final = 0.2
_GIVES_WAY_S: Final = 1.5
"""A reply that is spoken into may go on for so long, also on a machine that is at its limit."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded sentence of the caller."""

    text: str
    language: str
    pcm: NDArray[np.int16]
    """(T,) int16, 8 kHz."""
    voice_start: int
    """First voiced sample."""
    last_syllable: int
    """Just past the last voiced sample; the wait is counted from here."""
    interrupts: bool = False
    """Spoken over the agent's reply, a second after it began."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one line led to, at the caller's ear. Times are seconds."""

    line: Line
    wait_s: float | None
    """Last syllable sent → first agent frame with voice received; None: no answer came."""
    end_ms: float
    """Last syllable sent, on the call's clock (which begins with OPENED)."""
    premature: bool
    """The agent spoke while the line was still being said."""
    turns: tuple[dict[str, Any], ...] = ()
    """EVENT ``turn`` between the line's first sample and the answer."""
    silent_after_s: float | None = None
    """Interruptions: voice start sent → last agent frame with voice received."""


class RecordedCaller:
    """Drives one call of ``client``.

    Args:
        client: an open connection.
        called: the number that chooses the scenario.
        language: what OPEN says.
        noise_dbfs: level of the white noise on his line.
        seed: of the noise.
        echo: (level in dB, delay in ms) at which he sends our own voice back to us; None: not.
        on_event: told each event of the call as it comes.
        transfer: what he answers when he is to be put through, as a PBX would.
        number: his own, as OPEN tells it.
    """

    def __init__(
        self,
        client: kefu.Client,
        *,
        called: str = "",
        scenario: str = "",
        language: Language = "auto",
        noise_dbfs: float = -60.0,
        seed: int = 0,
        echo: tuple[float, int] | None = None,
        on_event: Callable[[Event], None] | None = None,
        transfer: TransferResult = "ok",
        number: str = "",
    ) -> None:
        self._transfer = transfer
        self._noise = np.random.default_rng(seed)
        self._noise_rms = 32768 * 10 ** (noise_dbfs / 20)
        self._on_event = on_event
        self._echo_gain, echo_ms = (10 ** (echo[0] / 20), echo[1]) if echo else (0.0, 0)
        self._echo = deque([np.zeros(FRAME, np.int16)] * (echo_ms * RATE_HZ // (1000 * FRAME)))
        self._to_say: NDArray[np.int16] = np.zeros(0, np.int16)
        self._sent_at: list[float] = []
        self._said: list[NDArray[np.int16]] = []
        self._agent: list[tuple[float, int, NDArray[np.int16], bool]] = []
        self._ended_turns: list[int] = []
        self._transfers_asked = self._followed = 0
        self.transfers: list[str] = []
        """What came of each transfer, as EVENT ``transferred`` told it."""
        self._turns: list[dict[str, Any]] = []
        self._due = time.monotonic()
        self.call = client.call(
            codec="ulaw",
            called=called,
            caller=number,
            scenario=scenario,
            language=language,
            on_audio=self._hear,
        )
        self._opened_at = time.monotonic()

    def say(self, lines: list[Line]) -> list[Answer]:
        """Hold the conversation: each line after the reply to the one before, or into it."""
        answers = []
        self._until(lambda: bool(self._ended_turns), REPLY_TIMEOUT_S)
        for position, line in enumerate(lines):
            next_interrupts = position + 1 < len(lines) and lines[position + 1].interrupts
            answers.append(self._say(line, leave_reply=next_interrupts))
            if self.call.closed is not None:
                break
        return answers

    def turn(self, line: Line, seconds: float) -> Answer:
        """Say a line at once, into a reply too, and listen until ``seconds`` after its beginning.

        Callers who keep their own pace are made of it: what begins later is no answer.
        """
        ends = time.monotonic() + seconds
        turns_before = len(self._turns)
        voice_at, end_at = self._speak(line)
        heard = len(self._agent)
        self._until(lambda: time.monotonic() >= ends, max(0.0, ends - time.monotonic()))
        answered_at = self._first_voice(end_at)
        return Answer(
            line=line,
            wait_s=None if answered_at is None else answered_at - end_at,
            end_ms=(end_at - self._opened_at) * 1000,
            premature=self._spoken_into(voice_at + _GIVES_WAY_S, end_at, heard),
            turns=tuple(self._turns[turns_before:]),
        )

    def interrupt(self, line: Line, after_s: float) -> Answer:
        """Say ``line`` into whatever the agent is saying, ``after_s`` of voice into it."""
        self._until(lambda: self._voiced_s(0) >= after_s, REPLY_TIMEOUT_S)
        voice_at, end_at = self._speak(line)
        return Answer(
            line=line,
            wait_s=None,
            end_ms=(end_at - self._opened_at) * 1000,
            premature=False,
            silent_after_s=self._last_voice(voice_at, end_at) - voice_at,
        )

    def press(self, keys: str) -> None:
        """Press keys one after the other, and listen to the reply. Raises BadHeader."""
        self._pause(0.5)
        newest = self._newest_turn()
        for key in keys:
            if self.call.closed is not None:
                return
            self.call.dtmf(key)
            self._pause(_KEY_EVERY_S)
        self._until(lambda: self._replied_since(newest), REPLY_TIMEOUT_S)

    def follow_transfer(self) -> None:
        """Where the last reply announced a transfer that fails: listen to what follows it."""
        announced = max(self._ended_turns, default=GREETING_TURN)
        self._until(lambda: self._transfers_asked > self._followed, _TRANSFER_FOLLOWS_S)
        if self._transfers_asked == self._followed:
            return
        self._followed = self._transfers_asked
        self._until(lambda: len(self.transfers) >= self._followed, REPLY_TIMEOUT_S)
        if self.transfers and self.transfers[-1] != "ok":
            self._until(lambda: self._replied_since(announced), REPLY_TIMEOUT_S)

    def listen(self, seconds: float) -> None:
        """Stay on the line without a word."""
        self._until(lambda: False, seconds)

    def hang_up(self) -> None:
        """Close the call."""
        self.call.close()

    def agent_samples(self) -> list[int]:
        """First sample number of each frame of the agent, as they came."""
        return [first_sample for _, first_sample, _, _ in self._agent]

    def stereo(self) -> NDArray[np.int16]:
        """(T, 2) int16 at 8 kHz: the caller left, the agent right, as the caller heard it."""
        caller = np.concatenate(self._said) if self._said else np.zeros(0, np.int16)
        started = self._sent_at[0] if self._sent_at else 0.0
        frames = list(self._agent)
        offset = 0
        if frames:
            arrived, first_sample, _, _ = frames[0]
            offset = max(0, round((arrived - started) * RATE_HZ) - first_sample)
        length = max([caller.size] + [offset + first + FRAME for _, first, _, _ in frames[-1:]])
        both = np.zeros((length, 2), np.int16)
        both[: caller.size, 0] = caller
        for _, first_sample, pcm, _ in frames:
            both[offset + first_sample : offset + first_sample + pcm.size, 1] = pcm
        return both

    def _say(self, line: Line, *, leave_reply: bool) -> Answer:
        if line.interrupts:
            begun = len(self._agent)
            self._until(lambda: self._voiced_s(begun) >= 1.0, REPLY_TIMEOUT_S)
        else:
            self._pause(0.5)
        newest, turns_before = self._newest_turn(), len(self._turns)
        voice_at, end_at = self._speak(line)
        heard = len(self._agent)
        if leave_reply:
            self._until(lambda: self._first_voice(end_at) is not None, REPLY_TIMEOUT_S)
        else:
            self._until(lambda: self._replied_since(newest), REPLY_TIMEOUT_S)
        answered_at = self._first_voice(end_at)
        # A cut reply needs 200 ms to fall silent: what speaks later than that speaks over the line.
        grace_s = 0.6 if line.interrupts else 0.0
        return Answer(
            line=line,
            wait_s=None if answered_at is None else answered_at - end_at,
            end_ms=(end_at - self._opened_at) * 1000,
            premature=self._spoken_into(voice_at + grace_s, end_at, heard),
            turns=tuple(self._turns[turns_before:]),
            silent_after_s=self._last_voice(voice_at, end_at) - voice_at
            if line.interrupts
            else None,
        )

    def _speak(self, line: Line) -> tuple[float, float]:
        """Send a line; when its first and its last voiced sample went out."""
        first = len(self._sent_at) * FRAME
        self._to_say = line.pcm
        self._until(lambda: not self._to_say.size, line.pcm.size / RATE_HZ + 1)
        return self._when_sent(first + line.voice_start), self._when_sent(
            first + line.last_syllable
        )

    def _pause(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        self._until(lambda: time.monotonic() >= ends, seconds + 1)

    def _newest_turn(self) -> int:
        """The number of the last turn that has begun."""
        begun = [turn["number"] for turn in self._turns if "number" in turn]
        newest: int = max([GREETING_TURN, *begun, *self._ended_turns])
        return newest

    def _replied_since(self, turn: int) -> bool:
        """Whether the reply of a later turn has ended: one that was cut belongs to its own turn."""
        return any(number > turn for number in self._ended_turns)

    def _until(self, happened: Callable[[], bool], timeout_s: float) -> None:
        """Keep the line going, a frame every 20 ms, until something happens or time is up."""
        gives_up = time.monotonic() + timeout_s
        while not happened() and time.monotonic() < gives_up and self.call.closed is None:
            self._frame()
            self._take_events()

    def _frame(self) -> None:
        self._due = max(self._due + FRAME / RATE_HZ, time.monotonic() - 0.2)
        time.sleep(max(0.0, self._due - time.monotonic()))
        pcm = np.zeros(FRAME, np.int16)
        speech, self._to_say = self._to_say[:FRAME], self._to_say[FRAME:]
        pcm[: speech.size] = speech
        if self._echo_gain and self._echo:
            pcm += (self._echo.popleft() * self._echo_gain).astype(np.int16)
        noisy = pcm + self._noise.normal(0.0, self._noise_rms, FRAME)
        coded = g711_encode(np.clip(noisy, -32768, 32767).astype("<i2").tobytes(), "ulaw")
        try:
            self.call.send(coded)
        except kefu.CallEnded:
            return
        self._sent_at.append(time.monotonic())
        self._said.append(np.frombuffer(g711_decode(coded, "ulaw"), "<i2"))

    def _take_events(self) -> None:
        while (event := self.call.next_event(0)) is not None:
            if event.kind == "reply.ended":
                self._ended_turns.append(event.data.get("turn", GREETING_TURN))
            elif event.kind == "turn":
                self._turns.append(event.data)
            elif event.kind == "transfer":
                self._transfers_asked += 1
                self.call.transferred(self._transfer)
            elif event.kind == "transferred":
                self.transfers.append(event.data.get("result", ""))
            if self._on_event is not None:
                self._on_event(event)

    def _hear(self, frame: AgentFrame) -> None:
        """Called in the client's own thread, at the instant of arrival."""
        pcm = np.frombuffer(g711_decode(frame.payload, "ulaw"), "<i2")
        if self._echo_gain:
            self._echo.append(pcm)
        self._agent.append((frame.arrived, frame.first_sample, pcm, _dbfs(pcm) > VOICE_DBFS))

    def _when_sent(self, sample: int) -> float:
        return self._sent_at[min(sample // FRAME, len(self._sent_at) - 1)]

    def _voiced_s(self, since: int) -> float:
        return sum(voiced for *_, voiced in self._agent[since:]) * FRAME / RATE_HZ

    def _first_voice(self, after: float) -> float | None:
        arrivals = (arrived for arrived, _, _, voiced in self._agent if voiced and arrived > after)
        return next(arrivals, None)

    def _spoken_into(self, after: float, before: float, heard: int) -> bool:
        """Whether the agent's voice was among the first ``heard`` frames between two instants."""
        return any(
            voiced and after < arrived < before for arrived, _, _, voiced in self._agent[:heard]
        )

    def _last_voice(self, after: float, before: float) -> float:
        arrivals = [a for a, _, _, voiced in self._agent if voiced and after < a < before]
        return max(arrivals, default=after)


def _dbfs(pcm: NDArray[np.int16]) -> float:
    rms = math.sqrt(float(np.mean(np.square(pcm.astype(np.float32))))) if pcm.size else 0.0
    return 20 * math.log10(max(rms, 1e-3) / 32768)
