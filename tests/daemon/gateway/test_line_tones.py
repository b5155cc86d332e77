"""Tones in a caller's audio: keys for worker and client, a busy tone that ends the call, noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from daemon import slot
from daemon.settings import GatewaySettings, Settings, WorkerSettings
from engines._core import g711_decode, g711_encode
from kefu.protocol import Audio, Dtmf
from tests.daemon.gateway.house import House, until

FRAME = 160


def patient(**settings: object) -> Settings:
    """A gateway that does not mind clients which send at once and take nothing."""
    gateway = GatewaySettings(max_calls=8, stalled_messages=10_000, **settings)  # type: ignore[arg-type]
    return Settings(gateway=gateway, worker=WorkerSettings(deaf_ms=5_000, lost_ms=20_000))


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House(patient()) as house:
        yield house


def tones(hz: tuple[float, ...], ms: int) -> bytes:
    t = 2 * np.pi * np.arange(8 * ms) / 8000
    audio = np.asarray(sum(5000 * np.sin(each * t) for each in hz))
    return g711_encode(audio.astype("<i2").tobytes(), "ulaw")


def send(client: object, payload: bytes) -> None:
    """Audio as fast as it goes: what a client may send at once."""
    payload += b"\xff" * (-len(payload) % FRAME)
    for at in range(0, len(payload), FRAME):
        header = Audio(first_sample=client.next_sample, taken=client.taken)  # type: ignore[attr-defined]
        client.say(b"AUDIO", header, payload[at : at + FRAME])  # type: ignore[attr-defined]
        client.next_sample += FRAME  # type: ignore[attr-defined]


def test_a_key_in_the_audio_reaches_client_and_worker_once(house: House) -> None:
    with house.raw() as client:
        client.open()
        send(client, tones((770.0, 1336.0), 80) + tones((), 1) + b"\xff" * 800)
        assert client.event("dtmf").header.data == {"digit": "5", "inband": True}
        client.say(b"DTMF", Dtmf(digit="5"))
        assert client.event("dtmf").header.data == {"digit": "5"}
        client.say(b"DTMF", Dtmf(digit="6"))
        client.event("dtmf")
        call = house.at_worker(client.call)
        until(lambda: len(call.told) >= 2)
        assert [message.digit for message in call.told if isinstance(message, slot.Dtmf)] == [
            "5",
            "6",
        ]


def test_four_busy_tones_end_the_call(house: House) -> None:
    with house.raw() as client:
        client.open()
        busy = tones((450.0,), 350) + b"\xff" * 2800
        send(client, busy * 4)
        assert client.event("tone").header.data == {"tone": "busy"}
        assert client.expect(b"CLOSED").header.cause == "normal"


def test_settings_leave_the_call_and_its_keys_alone() -> None:
    settings = patient(inband_dtmf=False, end_on_busy_tone=False, comfort_noise_dbfs=-60)
    with House(settings) as house, house.raw() as client:
        client.open()
        send(client, tones((770.0, 1336.0), 80) + (tones((450.0,), 350) + b"\xff" * 2800) * 4)
        assert client.event("tone").header.data == {"tone": "busy"}
        client.talk(0.2)
        call = house.at_worker(client.call)
        assert not [message for message in call.told if isinstance(message, slot.Dtmf)]


@pytest.mark.parametrize(("level_dbfs", "noisy"), [(-60, True), (-96, False)])
def test_comfort_noise_reaches_the_caller_where_it_is_set(level_dbfs: int, noisy: bool) -> None:
    with House(patient(comfort_noise_dbfs=level_dbfs)) as house, house.raw() as client:
        client.open()
        frames = [one.payload for one in client.talk(0.4) if one.type == b"AUDIO"]
        heard = np.frombuffer(g711_decode(b"".join(frames), "ulaw"), "<i2").astype(float)
        assert heard.size >= 2000
        level = 10 * np.log10(max(np.mean(heard**2), 1e-9) / 32768.0**2)
        assert (abs(level - level_dbfs) < 2.0) if noisy else not heard.any()
