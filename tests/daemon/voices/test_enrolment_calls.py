"""Two calls in which a colleague reads aloud, over the real socket and a real gateway.

The engines are tiny: recognition hears what the test says it does. Sound, times, recording and
records are real.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import kefu
from daemon import slot
from daemon.business.invitations import WithInvitations
from daemon.call.conversation import Conversation
from daemon.call.private import private_slots
from daemon.call.settings import CallSettings
from daemon.call.stages import Sound
from daemon.ctl.caller import Line, RecordedCaller
from daemon.recording import files
from daemon.records import reader
from daemon.voices.errors import NothingRead
from daemon.voices.files import write_record
from daemon.voices.from_call import read_call
from daemon.voices.invitation import invite
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Enrolment, Sample
from daemon.worker.call_table import CallTable
from daemon.worker.gateway_link import GatewayLink
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import BusinessCall, BusinessResult, Clause
from engines.dialog.playbook import load_playbook
from engines.samples.sentences import consent_sentence, sentences
from tests.daemon.call.tiny import SCENARIOS, TinyStages, TinyVad, said
from tests.daemon.gateway.house import House, until

SCRIPT = sentences("zh")
CONSENT = consent_sentence("zh", "王丽", "接听客户来电")
RATE = 8_000


class Ears(TinyStages):
    """Hear what the test says, ask the real invitations, speak fast."""

    def __init__(self, state: Path) -> None:
        super().__init__(said("喂"))
        self._invitations = WithInvitations(Shop(), state)

    async def business(self, call: BusinessCall) -> tuple[BusinessResult, str]:
        self.asked.append(call)
        return await asyncio.to_thread(self._invitations.call, call), ""

    async def speak(self, clause: Clause, rate_hz: int, *, urgent: bool) -> tuple[Sound, str]:
        self.spoken.append(clause)
        pcm = np.full(12 * len(clause.text) * rate_hz // 1000, 2000, np.int16)
        return Sound(pcm=pcm, cached=True), ""


class Shop:
    """The business system, which nobody asks."""

    def call(self, call: BusinessCall) -> BusinessResult:
        raise AssertionError(call.name)


class Worker(threading.Thread):
    """A worker of tiny engines on the gateway's slot."""

    def __init__(self, slot_path: Path, state: Path, scenarios: Path) -> None:
        super().__init__(daemon=True)
        self.stages = Ears(state)
        self._dialogue = Dialogue(load_playbook(scenarios))
        self._slot_path = slot_path
        self._loop = asyncio.new_event_loop()
        self._serving: asyncio.Task[None] | None = None

    def run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        hello = slot.Hello(slot="blue", software="1", release="tiny", capacity=2)
        link = GatewayLink(self._slot_path, hello)

        def converse(opened: slot.Open) -> Conversation:
            return Conversation(
                opened,
                release="tiny",
                stages=self.stages,
                dialogue=self._dialogue,
                send=link.send,
                settings=CallSettings(),
                private_slots=private_slots(self._dialogue.playbook),
            )

        self._serving = asyncio.ensure_future(link.serve(CallTable(TinyVad(), converse, link.send)))
        await asyncio.gather(self._serving, return_exceptions=True)

    def end(self) -> None:
        if self._serving is not None:
            self._loop.call_soon_threadsafe(self._serving.cancel)
        self.join(5.0)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[House, Worker]]:
    scenarios = tmp_path / "scenarios"
    shutil.copytree(SCENARIOS, scenarios)
    path = scenarios / "voice-enrolment.yaml"
    path.write_text(path.read_text("utf-8").replace("count: 20", "count: 3"), "utf-8")
    with House(worker=False) as house:
        worker = Worker(house.slot_path, house.folder, scenarios)
        worker.start()
        with house.client() as client:
            until(lambda: client.ping().state == "serving")
        yield house, worker
        worker.end()


class Colleague:
    """Reads in real time; ``heard`` is what recognition makes of it."""

    def __init__(self, client: kefu.Client, worker: Worker, code: str) -> None:
        self._stages = worker.stages
        self.caller = RecordedCaller(client, scenario="voice_enrolment", language="auto")
        self.read_so_far: list[NDArray[np.int16]] = []
        until(lambda: bool(self._stages.spoken))
        self.caller.listen(1.2)
        self.caller.press(code)

    def read(self, heard: str, *faults: str) -> NDArray[np.int16]:
        """Speak one sentence and hear the answer; returns what was spoken."""
        number = len(self.read_so_far)
        self._stages.script, self._stages.faults = [said(heard)], faults
        noise = np.random.default_rng(number).normal(0, 3000, RATE + 800 * number)
        pcm = np.clip(noise, -12_000, 12_000).astype(np.int16)
        line = Line(text=heard, language="zh", pcm=pcm, voice_start=0, last_syllable=len(pcm))
        self.caller.say([line])
        self.read_so_far.append(pcm)
        return pcm

    def last_words(self) -> str:
        return " ".join(clause.text for clause in self._stages.spoken[-4:])

    def end(self) -> str:
        """Hang up; the call's id."""
        if self.caller.call.closed is None:
            self.caller.hang_up()
        return self.caller.call.id.hex()


def settled(house: House, call: str) -> None:
    until(lambda: reader.show(house.records, call)[0].cause)
    until(lambda: _finished(files.find(house.folder / "recordings", call)))


def _finished(path: Path | None) -> bool:
    return path is not None and not path.name.endswith(files.UNFINISHED)


def likeness(clip: NDArray[np.int16], spoken: NDArray[np.int16]) -> float:
    """The largest correlation of what was spoken with any place of the clip."""
    one, other = clip.astype(np.float64), spoken.astype(np.float64)
    products = np.correlate(one, other, "valid")
    energy = np.convolve(one**2, np.ones(other.size), "valid")
    return float(np.max(products / np.sqrt(np.maximum(energy, 1.0) * np.sum(other**2))))


def test_a_colleague_records_a_voice_in_two_calls(house: tuple[House, Worker]) -> None:
    home, worker = house
    code, _ = invite(
        home.folder,
        "wang-li",
        who="王丽",
        purpose="接听客户来电",
        company="",
        language="zh",
        days=7,
        now=datetime.now(timezone.utc),
    )
    with home.client() as client:
        colleague = Colleague(client, worker, code)
        consent = colleague.read(CONSENT)
        first = colleague.read(SCRIPT[0])
        colleague.read(SCRIPT[1], "noisy")
        assert "噪音" in colleague.last_words()
        second = colleague.read(SCRIPT[1])
        colleague.read("停")
        assert "从第几句" in colleague.last_words()
        call = colleague.end()
    settled(home, call)
    assert worker.stages.judged
    summary, turns = reader.show(home.records, call)
    assert summary.outcome == "completed"
    written = b"".join(path.read_bytes() for path in home.folder.rglob("*.sqlite*"))
    assert code.encode() not in written, "the code stands in no record"
    assert all(not turn.keys for turn in turns)

    read = read_call(home.folder, "wang-li", call[:12])
    assert (read.call, read.language) == (call, "zh")
    assert [one.asked for one in read.sentences] == list(SCRIPT[:2])
    assert [one.heard for one in read.sentences] == list(SCRIPT[:2])
    assert read.consent is not None
    assert read.consent.asked == CONSENT
    assert read.invitation is not None
    assert read.invitation.who == "王丽"
    clips = (read.consent, *read.sentences)
    for clip, spoken in zip(clips, (consent, first, second), strict=True):
        assert clip.rate_hz == RATE
        assert likeness(clip.pcm, spoken) > 0.9, "whole, unducked, and of the second try"
        assert len(clip.pcm) < len(spoken) + RATE
    with pytest.raises(NothingRead):
        read_call(home.folder, "somebody-else", call)

    samples = tuple(
        Sample(
            file="", source=one.source, sha256="", seconds=1.0, band_hz=4000, quality=0.9,
            asked=one.asked,
        )
        for one in read.sentences
    )  # fmt: skip
    places = VoicePlaces(home.folder, "wang-li")
    write_record(places.enrolment, Enrolment(name="wang-li", language="zh", samples=samples))
    places.consent.write_text("{}")
    with home.client() as client:
        colleague = Colleague(client, worker, code)
        assert "接着录" in " ".join(clause.text for clause in worker.stages.spoken[-8:])
        third = colleague.read(SCRIPT[2])
        until(lambda: colleague.caller.call.closed is not None)
        again = colleague.end()
    settled(home, again)
    later = read_call(home.folder, "wang-li", again)
    assert [one.asked for one in later.sentences] == [SCRIPT[2]]
    assert later.consent is None
    assert likeness(later.sentences[0].pcm, third) > 0.9


def test_a_wrong_code_three_times_ends_the_call(house: tuple[House, Worker]) -> None:
    home, worker = house
    with home.client() as client:
        colleague = Colleague(client, worker, "111111")
        for _ in range(2):
            colleague.caller.press("222222")
        until(lambda: colleague.caller.call.closed is not None)
        call = colleague.end()
    until(lambda: reader.show(home.records, call)[0].cause)
    assert reader.show(home.records, call)[0].outcome == "abandoned"
    with pytest.raises(NothingRead):
        read_call(home.folder, "wang-li", call)
