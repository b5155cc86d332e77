"""Recordings as the gateway makes them: never a wait, always a file that plays."""

from __future__ import annotations

import errno
import os
import subprocess
import threading
import time
import wave
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from daemon.recording import recorder as recorder_module
from daemon.recording.call_file import CallFile
from daemon.recording.recorder import Recorder
from daemon.recording.wav import HEADER_BYTES, header, repair
from daemon.settings import RecordingSettings

CALL = "0123456789abcdef" * 2
DAY = datetime(2026, 1, 2, 23, 59, tzinfo=timezone.utc)
ANY_ROOM = RecordingSettings(least_free_mb=0)
TICK_S = 0.020


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


@pytest.fixture
def make(folder: Path, clock: Clock) -> Iterator[Callable[..., Recorder]]:
    made: list[Recorder] = []

    def one(settings: RecordingSettings = ANY_ROOM) -> Recorder:
        made.append(Recorder(folder, settings, Counter(), clock=clock, wall=lambda: DAY))
        return made[-1]

    yield one
    for recorder in made:
        assert recorder.close()


def pcm(value: int, samples: int = 160) -> bytes:
    return array("h", [value] * samples).tobytes()


def played(path: Path) -> tuple[int, list[int], list[int]]:
    """Rate, caller and agent of a finished file, as the standard library reads it."""
    with wave.open(str(path), "rb") as wav:
        assert (wav.getnchannels(), wav.getsampwidth()) == (2, 2)
        both = array("h", wav.readframes(wav.getnframes()))
        assert len(both) == 2 * wav.getnframes()
        return wav.getframerate(), list(both[0::2]), list(both[1::2])


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def test_a_call_becomes_a_stereo_file_of_its_own_name(
    make: Callable[..., Recorder], folder: Path, clock: Clock
) -> None:
    before = os.umask(0o027)
    recorder = make()
    recording = recorder.begin(CALL, 16_000)
    assert recording is not None
    for tick in range(1, 11):
        clock.now += TICK_S
        recording.tick(pcm(tick, 320), pcm(-tick, 320))
    name = recording.end()
    assert recorder.close()
    os.umask(before)
    assert name == f"2026-01-02/{CALL}.wav"
    rate_hz, caller, agent = played(folder / name)
    assert (rate_hz, len(caller)) == (16_000, 3_200)
    assert caller[::320] == list(range(1, 11))
    assert agent[::320] == [-tick for tick in range(1, 11)]
    assert (folder / name).stat().st_mode & 0o777 == 0o640
    assert (folder / name).parent.stat().st_mode & 0o777 == 0o750
    assert [file.name for file in folder.rglob("*.part")] == []


def test_while_it_pauses_nothing_is_kept_and_time_goes_on(
    make: Callable[..., Recorder], folder: Path, clock: Clock
) -> None:
    recorder = make()
    recording = recorder.begin(CALL, 8_000)
    assert recording is not None
    for tick in range(1, 301):
        clock.now += TICK_S
        if tick == 101:
            recording.pause()
        if tick == 201:
            recording.resume()
        recording.tick(pcm(tick), pcm(tick))
    name = recording.end()
    assert recorder.close()
    _, caller, agent = played(folder / name)
    assert len(caller) == pytest.approx(300 * 160, abs=2)
    assert set(caller[100 * 160 : 200 * 160]) == set(agent[100 * 160 : 200 * 160]) == {0}
    assert caller[-1] == 300
    assert caller[100 * 160 - 1] == 100


def test_ten_minutes_on_hold_take_no_room(
    make: Callable[..., Recorder], folder: Path, clock: Clock
) -> None:
    recorder = make()
    recording = recorder.begin(CALL, 8_000)
    assert recording is not None
    for later in (TICK_S, 600.0, TICK_S):
        clock.now += later
        recording.tick(pcm(1), pcm(2))
    name = recording.end()
    assert recorder.close()
    file = (folder / name).stat()
    assert file.st_size == pytest.approx(HEADER_BYTES + 600.04 * 8_000 * 4, rel=0.001)
    assert file.st_blocks * 512 < 200_000
    assert played(folder / name)[1][-1] == 1


def test_no_tick_waits(make: Callable[..., Recorder], clock: Clock) -> None:
    recorder = make()
    calls = [recorder.begin(f"{number:032x}", 8_000) for number in range(8)]
    took = []
    voice = pcm(7)
    for _ in range(400):
        clock.now += TICK_S
        for recording in calls:
            assert recording is not None
            began = time.perf_counter()
            recording.tick(voice, voice)
            took.append(time.perf_counter() - began)
        time.sleep(0.0005)
    took.sort()
    assert took[len(took) // 2] < 50e-6
    assert took[int(0.95 * len(took))] < 1e-3


def test_a_disk_that_hangs_costs_pieces_and_no_wait(
    make: Callable[..., Recorder],
    folder: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hangs = threading.Event()
    real = CallFile.add

    def add(file: CallFile, at: int, caller: bytes, agent: bytes) -> None:
        hangs.wait(10)
        real(file, at, caller, agent)

    monkeypatch.setattr(CallFile, "add", add)
    monkeypatch.setattr(recorder_module, "MOST_QUEUED", 100)
    recorder = make()
    recording = recorder.begin(CALL, 8_000)
    assert recording is not None
    began = time.perf_counter()
    for _ in range(500):
        clock.now += TICK_S
        recording.tick(pcm(1), pcm(2))
    assert time.perf_counter() - began < 0.5
    dropped = recorder.counters["recording_pieces_dropped"]
    assert 300 < dropped <= 500
    hangs.set()
    until(lambda: recorder._queue.empty())
    clock.now += TICK_S
    recording.tick(pcm(9), pcm(9))
    name = recording.end()
    assert recorder.close()
    _, caller, agent = played(folder / name)
    assert len(caller) == len(agent) == pytest.approx(501 * 160, abs=10)
    assert caller[-1] == agent[-1] == 9, "what was dropped is silence, and the rest is on time"


def test_a_disk_that_is_nearly_full_takes_no_recording(
    make: Callable[..., Recorder], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = make(RecordingSettings(least_free_mb=1_000_000))
    recorder._least_free = 2**62
    assert recorder.begin(CALL, 8_000) is None
    assert recorder.counters["recordings_refused"] == 1
    assert "recording_refused" in caplog.text
    assert recorder.close()
    assert not folder.exists()


@pytest.fixture(params=["tmpfs", "injected"])
def full_disk(
    request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Room for 200 kB."""
    if request.param == "tmpfs":
        folder.mkdir(parents=True)
        mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("only root may mount a small disk; the injected fault stands for it")
        yield
        subprocess.run(["umount", "-l", str(folder)], check=True)
        return
    real = os.pwrite

    def pwrite(descriptor: int, content: bytes, place: int) -> int:
        if place > 200_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, content, place)

    monkeypatch.setattr(os, "pwrite", pwrite)
    yield


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_ends_the_recording_and_leaves_what_fitted(
    make: Callable[..., Recorder], folder: Path, clock: Clock
) -> None:
    recorder = make()
    recording = recorder.begin(CALL, 8_000)
    assert recording is not None
    for _ in range(1_000):
        clock.now += TICK_S
        recording.tick(pcm(1), pcm(2))
        time.sleep(0.0005)
    until(lambda: recording.cut_short)
    recording.tick(pcm(1), pcm(2))
    name = recording.end()
    assert recorder.counters["recordings_cut_short"] == 1
    assert recorder.close()
    _, caller, agent = played(folder / name)
    assert 10_000 < len(caller) < 80_000, "160_000 were spoken"
    assert (set(caller), set(agent)) == ({1}, {2})


def test_a_file_that_cannot_be_made_is_counted_and_has_no_name(
    make: Callable[..., Recorder], folder: Path, clock: Clock
) -> None:
    folder.mkdir(parents=True)
    (folder / "2026-01-02").write_text("in the way")
    recorder = make()
    recording = recorder.begin(CALL, 8_000)
    assert recording is not None
    until(lambda: recording.lost)
    clock.now += TICK_S
    recording.tick(pcm(1), pcm(1))
    assert recording.end() == ""
    assert recorder.counters["recordings_cut_short"] == 1


def test_a_call_is_never_recorded_over(
    make: Callable[..., Recorder], folder: Path, clock: Clock
) -> None:
    recorder = make()
    first = recorder.begin(CALL, 8_000)
    assert first is not None
    clock.now += TICK_S
    first.tick(pcm(1), pcm(1))
    name = first.end()
    second = recorder.begin(CALL, 8_000)
    assert second is not None
    clock.now += TICK_S
    second.tick(pcm(2), pcm(2))
    until(lambda: second.lost)
    assert recorder.close()
    assert set(played(folder / name)[1]) == {1}


@pytest.mark.parametrize(
    "call", ["", "../../etc/passwd", "A" * 32, "0" * 31, "0" * 32 + "\n", "０" * 32]
)
def test_no_name_is_made_of_anything_but_a_call_id(
    make: Callable[..., Recorder], call: str
) -> None:
    with pytest.raises(ValueError, match="no call id"):
        make().begin(call, 8_000)


def test_a_rate_that_no_line_has(make: Callable[..., Recorder]) -> None:
    with pytest.raises(ValueError, match="rate"):
        make().begin(CALL, 44_100)


def test_the_end_of_the_gateway_finishes_every_file(
    make: Callable[..., Recorder], folder: Path, clock: Clock
) -> None:
    recorder = make()
    recording = recorder.begin(CALL, 8_000)
    assert recording is not None
    clock.now += TICK_S
    recording.tick(pcm(5), pcm(6))
    assert recorder.close()
    assert set(played(folder / f"2026-01-02/{CALL}.wav")[1]) == {5}
    recording.tick(pcm(5), pcm(6))
    assert recording.end() == f"2026-01-02/{CALL}.wav"


def test_what_a_kill_left_is_finished_at_the_next_start(folder: Path) -> None:
    child = os.fork()
    if child == 0:
        clock = Clock()
        recording = Recorder(folder, ANY_ROOM, clock=clock, wall=lambda: DAY).begin(CALL, 8_000)
        assert recording is not None
        for _ in range(100):
            clock.now += TICK_S
            recording.tick(pcm(3), pcm(4))
        part = folder / f"2026-01-02/{CALL}.wav.part"
        until(lambda: part.exists() and part.stat().st_size > 10_000)
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    assert not (folder / f"2026-01-02/{CALL}.wav").exists()
    assert Recorder(folder, ANY_ROOM).close()
    _, caller, agent = played(folder / f"2026-01-02/{CALL}.wav")
    assert len(caller) > 2_000
    assert (set(caller), set(agent)) == ({3}, {4})


@pytest.mark.parametrize(
    ("content", "frames"),
    [
        (b"", None),
        (b"RIFF", None),
        (header(8_000, 0), None),
        (header(8_000, 0) + b"abc", None),
        (bytes(44) + bytes(400), None),
        (header(8_000, 0) + bytes(403), 100),
        (header(24_000, 0xFFFF) + bytes(8), 2),
    ],
)
def test_repair_of_whatever_a_crash_left(
    tmp_path: Path, content: bytes, frames: int | None
) -> None:
    part = tmp_path / f"{CALL}.wav.part"
    part.write_bytes(content)
    finished = repair(part)
    assert not part.exists()
    if frames is None:
        assert finished is None
        assert list(tmp_path.iterdir()) == []
    else:
        assert finished == tmp_path / f"{CALL}.wav"
        assert len(played(finished)[1]) == frames
        assert finished.stat().st_size == HEADER_BYTES + 4 * frames
