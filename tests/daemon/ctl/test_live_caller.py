"""``kefuctl call --mic``: a person's call through a sound card, which a test plays."""

from __future__ import annotations

import json
import os
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import kefu
from daemon.ctl import main
from daemon.ctl.audio_file import read_audio
from daemon.ctl.errors import SoundAway
from daemon.ctl.live_caller import LATE_S, LiveCaller, typed_keys
from daemon.ctl.sound_card import RATES_HZ, SoundCard
from kefu.protocol import Event
from tests.drills.drill import gateway
from tests.drills.standalone import address
from tests.drills.tiny_engines import AGENT_HZ, tone
from tests.kefu.scripted_gateway import ScriptedGateway

ROOT = Path(__file__).parents[3]


class PlayedSound:
    """A card with a clock of 20 ms, into which ``say`` speaks."""

    def __init__(self, rate_hz: int = 16_000) -> None:
        self.rate_hz = rate_hz
        self.heard = bytearray()
        self.closed = False
        self.away_after: int | None = None
        self._to_say = b""
        self._due = time.monotonic()

    def say(self, hz: float) -> None:
        self._to_say += tone(hz, 640, self.rate_hz).astype("<i2").tobytes()

    def exchange(self, to_play: bytes) -> bytes:
        size = self.rate_hz // 50 * 2
        assert len(to_play) == size
        if self.away_after is not None and len(self.heard) >= self.away_after * size:
            raise SoundAway("The sound device has gone: unplugged.")
        self._due += 0.02
        time.sleep(max(0.0, self._due - time.monotonic()))
        self.heard += to_play
        spoken, self._to_say = self._to_say[:size], self._to_say[size:]
        return spoken.ljust(size, b"\0")

    def close(self) -> None:
        self.closed = True


def loudest_hz(pcm: NDArray[np.int16], rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(pcm.astype(np.float32)))
    return float(spectrum.argmax()) * rate_hz / pcm.size


def answering(sound: PlayedSound, events: list[Event]) -> Callable[[Event], None]:
    """Says the next sentence when the agent has ended one."""
    left = [300.0, 400.0, 500.0]

    def on_event(event: Event) -> None:
        events.append(event)
        if event.kind == "reply.ended" and left:
            sound.say(left.pop(0))

    return on_event


def test_a_conversation_through_a_sound_card() -> None:
    sound, events = PlayedSound(), list[Event]()
    with gateway() as state, kefu.Client(address(state)) as client:
        caller = LiveCaller(
            client, sound, called="4000", language="zh", on_event=answering(sound, events)
        )
        caller.talk()
    assert caller.call.closed is not None
    assert caller.call.closed.cause == "completed"
    heard = [event.data["text"] for event in events if event.kind == "heard.final"]
    assert heard[:2] == ["我想查一下订单。", "A1024"]
    said, agent = caller.stereo().T
    assert loudest_hz(agent, 16_000) == pytest.approx(AGENT_HZ, abs=20)
    assert agent.astype("<i2").tobytes() == bytes(sound.heard)
    assert np.abs(said).max() > 1_000
    gaps = _gaps_in_speech(agent)
    assert gaps <= 2, "a frame that was late when speech began, at most"


def _gaps_in_speech(agent: NDArray[np.int16]) -> int:
    """Lone frames of silence with voice on both sides."""
    voiced = [bool(np.abs(frame).max() > 200) for frame in agent.reshape(-1, 320)]
    return sum(
        before and after and not here
        for before, here, after in zip(voiced, voiced[1:], voiced[2:], strict=False)
    )


@pytest.fixture
def scripted() -> Iterator[ScriptedGateway]:
    with ScriptedGateway() as one:
        yield one


def test_ctrl_c_hangs_up(scripted: ScriptedGateway) -> None:
    sound, frames = PlayedSound(8_000), iter(range(5))

    def keys() -> str:
        if next(frames, None) is None:
            raise KeyboardInterrupt
        return ""

    with kefu.Client(scripted.address) as client:
        caller = LiveCaller(client, sound, keys=keys)
        caller.talk()
        assert scripted.call(caller.call.id).closed
    assert caller.stereo().shape == (6 * 160, 2)


def test_a_card_that_goes_ends_the_call(scripted: ScriptedGateway) -> None:
    sound = PlayedSound()
    sound.away_after = 3
    with kefu.Client(scripted.address) as client:
        caller = LiveCaller(client, sound)
        with pytest.raises(SoundAway, match="unplugged"):
            caller.talk()
        assert scripted.call(caller.call.id).closed


def test_typed_keys_are_pressed(scripted: ScriptedGateway) -> None:
    typed = iter(["1", "", "x2\n", "d# \x1b[A"])

    def keys() -> str:
        try:
            return next(typed)
        except StopIteration:
            raise KeyboardInterrupt from None

    with kefu.Client(scripted.address) as client:
        caller = LiveCaller(client, PlayedSound(), keys=keys)
        caller.talk()
        pressed = scripted.call(caller.call.id).controls
    assert [getattr(header, "digit", None) for _, header in pressed] == ["1", "2", "D", "#", "A"]


def test_delay_does_not_stay_after_a_stall(scripted: ScriptedGateway) -> None:
    """Silence that waited is left out, and no word is."""
    sound = PlayedSound(8_000)
    silence, voice = bytes(320), tone(AGENT_HZ, 20).astype("<i2").tobytes()
    asked = iter(range(40))

    def keys() -> str:
        frame = next(asked, None)
        if frame == 0:
            for payload in [*[silence] * 10, voice, *[silence] * 5, voice]:
                scripted.say(caller.call.id, payload)
            scripted.settle()
            time.sleep(LATE_S + 0.1)
        if frame is None:
            raise KeyboardInterrupt
        return ""

    with kefu.Client(scripted.address) as client:
        caller = LiveCaller(client, sound, keys=keys)
        caller.talk()
        assert scripted.call(caller.call.id).taken[-1] == 17 * 160
    played = [bytes(sound.heard[at : at + 320]) for at in range(0, len(sound.heard), 320)]
    assert played[1:4] == [voice, voice, silence]


def test_a_pipe_has_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    with os.fdopen(read) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        os.write(write, b"123\n")
        assert typed_keys() == ""
        os.close(write)


def test_keys_of_a_terminal_are_read_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    controller, terminal = os.openpty()
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert typed_keys() == ""
        os.write(controller, b"12#\n")
        time.sleep(0.05)
        assert typed_keys() == "12#\n"
        os.close(controller)


class PortAudioError(Exception):
    """As sounddevice's."""


def sounddevice(rates: tuple[int, ...], **methods: Any) -> types.ModuleType:
    """The package, with a card that has these rates."""
    library = types.ModuleType("sounddevice")

    def check(*, samplerate: int, **_: object) -> None:
        if samplerate not in rates:
            raise PortAudioError("Invalid sample rate [PaErrorCode -9997]")

    class RawStream:
        def __init__(self, **options: object) -> None:
            self.options = options

        def start(self) -> None:
            methods.get("start", lambda: None)()

        def write(self, pcm: bytes) -> None:
            methods.get("write", lambda: None)()

        def read(self, frames: int) -> tuple[bytes, bool]:
            return bytes(2 * frames), False

        def close(self, *, ignore_errors: bool) -> None:
            pass

    for name, one in (
        ("PortAudioError", PortAudioError),
        ("RawStream", RawStream),
        ("check_input_settings", check),
        ("check_output_settings", check),
    ):
        setattr(library, name, one)
    return library


@pytest.mark.parametrize(
    ("rates", "chosen"), [((8_000, 16_000, 48_000), 16_000), ((8_000,), 8_000)]
)
def test_the_best_rate_that_the_card_has(
    monkeypatch: pytest.MonkeyPatch, rates: tuple[int, ...], chosen: int
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", sounddevice(rates))
    card = SoundCard()
    assert card.rate_hz == chosen
    assert len(card.exchange(bytes(chosen // 25))) == chosen // 25
    card.close()


def _fails() -> None:
    raise PortAudioError("Device unavailable [PaErrorCode -9985]")


@pytest.mark.parametrize("where", ["rates", "start", "write"])
def test_a_card_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    has = () if where == "rates" else RATES_HZ
    library = sounddevice(has) if where == "rates" else sounddevice(has, **{where: _fails})
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    with pytest.raises(SoundAway, match="PaErrorCode") as raised:
        SoundCard("0").exchange(bytes(640))
    assert "python -m sounddevice" in raised.value.instance_mend


def test_what_is_missing_is_named_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(SoundAway) as raised:
        SoundCard()
    assert "install sounddevice" in raised.value.instance_mend
    monkeypatch.delitem(sys.modules, "sounddevice")
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(SoundAway, match="PortAudio") as raised:
        SoundCard()
    assert "apt-get install libportaudio2" in raised.value.instance_mend


@pytest.mark.parametrize("more", [("x.wav",), ("--say", "hi"), ("--keys", "1"), ("--raw", "ulaw")])
def test_it_goes_with_nothing_else(
    more: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["call", "--mic", *more]) == 2
    assert "--mic" in capfd.readouterr().err


def test_the_verb_writes_both_sides_and_a_report(
    scripted: ScriptedGateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "kefu.sock").symlink_to(scripted.path)
    sound, frames = PlayedSound(24_000), iter(range(10))

    def keys() -> str:
        if next(frames, None) is None:
            raise KeyboardInterrupt
        return ""

    monkeypatch.setattr("daemon.ctl.call.SoundCard", lambda device: sound)
    monkeypatch.setattr("daemon.ctl.call.typed_keys", keys)
    out = tmp_path / "call.wav"
    code = main.main(["call", "--mic", "--state", str(tmp_path), "-o", str(out), "--json"])
    printed = capfd.readouterr()
    assert code == 0
    assert json.loads(printed.out)["cause"] == "normal"
    assert "Use headphones" in printed.err
    assert sound.closed
    audio = read_audio(out)
    assert (audio.rate_hz, audio.pcm.size) == (24_000, 11 * 480)
