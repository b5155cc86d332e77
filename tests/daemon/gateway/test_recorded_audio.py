"""Recording a call's audio: only where the scenario says so, never in a private step."""

from __future__ import annotations

import array
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.records.reader import show
from engines._core import g711_encode
from kefu.protocol import Close
from tests.daemon.gateway.house import House, RawClient, until
from tests.daemon.gateway.toy_worker import tone


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as house:
        yield house


def speak(client: RawClient, ms: int) -> None:
    """The caller says a tone, in real time."""
    coded = g711_encode(tone(ms, 8_000, 300.0), "ulaw")
    for start in range(0, len(coded), 160):
        client.audio(coded[start : start + 160])
        client.receive(0.02)
        client.receive(0.001)


def loudness(path: Path) -> list[tuple[int, int]]:
    """Largest magnitude of caller and agent in each 100 ms."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8_000)
        samples = array.array("h", file.readframes(file.getnframes()))
    left, right = samples[0::2], samples[1::2]
    return [
        (max(map(abs, left[at : at + 800])), max(map(abs, right[at : at + 800])))
        for at in range(0, len(left) - 800, 800)
    ]


def recorded(house: House, client: RawClient) -> Path | None:
    client.say(b"CLOSE", Close())
    client.expect(b"CLOSED")
    until(lambda: show(house.records, client.call.hex())[0].cause)
    name = show(house.records, client.call.hex())[0].recording
    if not name:
        return None
    path = house.folder / "recordings" / name
    until(path.exists)
    return path


def test_nothing_is_recorded_unless_the_scenario_asks(house: House) -> None:
    with house.raw() as client:
        client.open(called="chatter")
        speak(client, 200)
        assert recorded(house, client) is None


def test_both_sides_are_recorded_and_a_private_step_is_silence(house: House) -> None:
    with house.raw() as client:
        client.open(called="chatter")
        call = house.at_worker(client.call)
        call.event("record.audio", on=True)
        speak(client, 1_000)
        call.event("record.audio", on=False)
        speak(client, 1_000)
        call.event("record.audio", on=True)
        speak(client, 1_000)
        path = recorded(house, client)
    assert path is not None
    heard = loudness(path)
    assert 27 <= len(heard) <= 32
    summary = show(house.records, path.stem)[0]
    assert 0 < summary.recorded_from_ms < summary.duration_ms - 2_500
    for side in (0, 1):
        loud = [levels[side] > 4_000 for levels in heard]
        assert all(loud[3:8])
        assert not any(loud[13:18])
        assert all(loud[23:27])


def test_no_event_of_recording_reaches_the_client(house: House) -> None:
    with house.raw() as client:
        client.open()
        call = house.at_worker(client.call)
        call.event("record.audio", on=True)
        call.event("heard.partial", text="喂")
        assert client.expect(b"EVENT").header.kind == "heard.partial"


def test_audio_that_leaps_makes_no_longer_recording_than_the_call(house: House) -> None:
    with house.raw() as client:
        client.open(called="none")
        house.at_worker(client.call).event("record.audio", on=True)
        for _ in range(40):
            client.next_sample += 3 * 8_000 - 320
            client.audio()
            client.receive(0.02)
        path = recorded(house, client)
    assert path is not None
    assert path.stat().st_size < 10 * 4 * 8_000  # seconds, of two minutes that were claimed
