"""A telephone line without a gateway: real VAD, own echo and turn taking over mixes in lockstep.

Our voice goes out with its gain, comes back as echo, meets the caller and line noise, and is coded
as G.711, tick by tick: what turn taking decides changes what is heard next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon import slot
from daemon.call import turn_taking
from daemon.call.caller_audio import CallerAudio
from daemon.call.settings import VoiceSettings
from daemon.call.turn_taking import Evidence, TurnTakingSettings
from daemon.call.voice_detection import VoiceDetection
from engines._core import EchoMeter, g711_decode, g711_encode
from engines.dialog.moves import BargeIn, Expectation
from engines.vad.silero import SileroVad

Floats = NDArray[np.float32]
RATE_HZ: Final = 8000
TICK: Final = RATE_HZ // 50
TICK_MS: Final = 20
LINE_MS: Final = 20
"""From a decision to the first frame that obeys it: the line's next tick."""
DUCK_DB: Final = -15.0
DECODE_MS: Final = 700
"""From the start of a decode to its words."""
SILENCE_DBFS: Final = -58.0


class Mix(msgspec.Struct, frozen=True, kw_only=True):
    """What is played to one simulated call. Samples are at 8 kHz."""

    ours: Floats
    """(T,) float32: our speech, as long as the mix."""
    caller: Floats
    """(T,) float32: what comes from the caller beside the echo; zeros where he is silent."""
    voice_start: int = -1
    """First sample of the caller's voice; -1: he says nothing."""
    voice_end: int = -1
    heard: str = ""
    """What recognition would make of it."""
    echo_db: float = -96.0
    delay_ms: float = 0.0
    room: Floats | None = None
    """(N,) float32: impulse response that the echo comes through; None: only later and softer."""
    barge_in: BargeIn = "normal"
    expects: Expectation = Expectation()
    question_begun: bool = False
    seed: int = 0


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a mix: milliseconds from its first sample, when the line obeyed."""

    ducks_ms: tuple[float, ...] = ()
    rises_ms: tuple[float, ...] = ()
    cuts_ms: tuple[float, ...] = ()
    dismissed_ms: tuple[float, ...] = ()


class _Call:
    """One mix under way."""

    def __init__(self, mix: Mix, settings: TurnTakingSettings, go_on: bool):
        self.mix = mix
        self.audio = CallerAudio(RATE_HZ, VoiceSettings())
        self._meter = EchoMeter(RATE_HZ)
        self.over = False
        self.done: dict[str, list[float]] = {"duck": [], "rise": [], "cut": [], "dismiss": []}
        self._settings = settings
        self._taking = turn_taking.State()
        self._go_on = go_on
        self._noise = np.random.default_rng(mix.seed)
        self._gain_db = 0.0
        self._delay = round(mix.delay_ms * RATE_HZ / 1000)
        self._sent = np.zeros(len(mix.ours) + self._delay, np.float32)
        self._decoded_at: int | None = None

    def frame(self, start: int) -> slot.CallFrame:
        """The tick that begins at sample ``start``."""
        mix, end = self.mix, start + TICK
        ours = mix.ours[start:end]
        gain = np.float32(10 ** (self._gain_db / 20))
        self._sent[start + self._delay : end + self._delay] = ours * gain
        back = self._echo(start, end) * np.float32(10 ** (mix.echo_db / 20))
        noise = self._noise.normal(0.0, 10 ** (SILENCE_DBFS / 20), TICK)
        pcm = (np.clip(mix.caller[start:end] + back + noise, -1, 1) * 32767).astype("<i2")
        line = g711_decode(g711_encode(pcm.tobytes(), "ulaw"), "ulaw")
        self._meter.played((ours * gain * 32767).astype(np.int16))
        return slot.CallFrame(
            call=b"",
            now_ms=end * 1000 / RATE_HZ,
            first_sample=start,
            pcm=line,
            echo=round(self._meter.heard(line), 2),
        )

    def _echo(self, start: int, end: int) -> Floats:
        room = self.mix.room
        if room is None:
            return self._sent[start:end]
        first = max(0, start - len(room) + 1)
        through: Floats = np.convolve(self._sent[first:end], room)[start - first : end - first]
        return through

    def decide(self, end: int) -> None:
        """Turn taking has what the VAD said of the tick that ends at sample ``end``."""
        audio, now_ms = self.audio, end * 1000 / RATE_HZ
        ready = self._decoded_at is not None and end >= self._decoded_at
        covered = ready and end - self.mix.voice_end >= 0 and not audio.voiced
        seen = Evidence(
            now_ms=now_ms,
            in_utterance=audio.in_utterance,
            voiced=audio.voiced,
            voiced_ms=audio.voiced_ms,
            silence_ms=audio.silence_ms,
            utterance_ms=audio.utterance_ms,
            playing=True,
            thinking=False,
            quiet_ms=0.0,
            expects=self.mix.expects,
            heard=self.mix.heard if covered else "",
            barge_in=self.mix.barge_in,
            question_begun=self.mix.question_begun,
            echo=audio.echo,
        )
        self._taking, decision = turn_taking.decide(self._taking, seen, self._settings)
        if decision.kind == "decode":
            self._decoded_at = end + DECODE_MS * RATE_HZ // 1000
        if decision.kind in self.done:
            self.done[decision.kind].append(now_ms + LINE_MS)
        if decision.kind == "duck":
            self._gain_db = DUCK_DB
        elif decision.kind in ("rise", "cut"):
            self._gain_db = 0.0
        if decision.kind in ("dismiss", "cut"):
            audio.finish_utterance()
            self._decoded_at = None
        if decision.kind == "cut":
            self._taking = turn_taking.State()
            self.over = not self._go_on


def play(
    vad: SileroVad,
    mixes: Sequence[Mix],
    settings: TurnTakingSettings | None = None,
    *,
    go_on: bool = False,
) -> list[Heard]:
    """Every mix to its end, all in lockstep.

    Args:
        vad: one network for all.
        mixes: of any lengths.
        settings: of turn taking; None: as shipped.
        go_on: after a cut our voice goes on as if nothing had been; otherwise the mix is over.
    """
    settings = settings or TurnTakingSettings()
    calls = [_Call(mix, settings, go_on) for mix in mixes]
    detection = VoiceDetection(vad)
    longest = max(len(mix.ours) for mix in mixes)
    for start in range(0, longest - TICK + 1, TICK):
        live = [one for one in calls if not one.over and start + TICK <= len(one.mix.ours)]
        if not live:
            break
        detection.hear([(call.audio, call.frame(start)) for call in live])
        for _ in detection.detect():
            pass
        for call in live:
            call.decide(start + TICK)
    return [
        Heard(
            ducks_ms=tuple(call.done["duck"]),
            rises_ms=tuple(call.done["rise"]),
            cuts_ms=tuple(call.done["cut"]),
            dismissed_ms=tuple(call.done["dismiss"]),
        )
        for call in calls
    ]
