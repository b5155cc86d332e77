"""Recording calls: the audio thread hands pieces over, a thread of its own writes them."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Final, Literal

import msgspec

from daemon.journal import line
from daemon.recording.call_file import CallFile
from daemon.recording.files import UNFINISHED, name_of, recordings
from daemon.recording.wav import repair
from daemon.settings import RecordingSettings

MOST_QUEUED: Final = 4_096
"""Pieces between the two threads, 20 ms each; 10 s of eight calls. What is more is dropped."""
GATHER_S: Final = 0.100
LOOK_S: Final = 5.0
"""How often the free room on the disk is looked at."""
_RATES_HZ: Final = (8_000, 16_000, 24_000)

_log = logging.getLogger("kefud.recording")


class _Piece(msgspec.Struct, frozen=True):
    """What the audio thread hands over."""

    recording: Recording
    kind: Literal["begin", "audio", "end"]
    at: int
    caller: bytes = b""
    agent: bytes = b""


class Recording:
    """One call's recording, for the audio thread; nothing here waits or raises for the disk."""

    def __init__(self, recorder: Recorder, path: Path, name: str, rate_hz: int) -> None:
        """Made by ``Recorder.begin``."""
        self.path = path
        self.rate_hz = rate_hz
        self.lost = False
        """The file could not be made; set by the writing thread."""
        self.cut_short = False
        """The file ends early; set by the writing thread."""
        self._recorder = recorder
        self._name = name
        self._began = recorder.clock()
        self._paused = False
        self._counted = False
        self._ended = False

    def tick(self, caller_pcm: bytes, agent_pcm: bytes) -> None:
        """What both sides said since the last tick: (T,) int16 each, either may be empty."""
        if self._ended or self._paused:
            return
        if self.lost or self.cut_short:
            self._count()
            return
        self._recorder.put(_Piece(self, "audio", self._now(), caller_pcm, agent_pcm))

    def pause(self) -> None:
        """From now on there is silence in the file."""
        self._paused = True

    def resume(self) -> None:
        """From now on the call is recorded again."""
        self._paused = False

    def end(self) -> str:
        """Finish the file; returns its name below the folder, empty where there is no file."""
        if not self._ended:
            self._ended = True
            self._recorder.put(_Piece(self, "end", self._now()))
        if self.lost or self.cut_short:
            self._count()
        return "" if self.lost else self._name

    def _now(self) -> int:
        return round((self._recorder.clock() - self._began) * self.rate_hz)

    def _count(self) -> None:
        if not self._counted:
            self._counted = True
            self._recorder.counters["recordings_cut_short"] += 1


class Recorder:
    """Writes ``FOLDER/YYYY-MM-DD/CALL.wav``: stereo, 16 bits, the caller left, the agent right.

    At start it finishes what a crash left unfinished. One thread calls ``begin`` and the methods of
    the recordings.

    Args:
        folder: ``recordings`` in the state folder.
        settings: how much room must be left.
        counters: the gateway's, counted up by the thread that calls.
        clock: seconds that only go forward.
        wall: the wall clock, UTC.
    """

    def __init__(
        self,
        folder: Path,
        settings: RecordingSettings,
        counters: Counter[str] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self.counters: Counter[str] = Counter() if counters is None else counters
        self.clock = clock
        self._folder = folder
        self._least_free = settings.least_free_mb * 1_000_000
        self._wall = wall
        self._free = _free_bytes(folder)
        self._looked_at = time.monotonic()
        self._files: dict[Recording, CallFile] = {}
        # SimpleQueue.put takes no lock that the other thread could hold.
        self._queue: queue.SimpleQueue[_Piece | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)
        self._thread.start()

    def begin(self, call: str, rate_hz: int) -> Recording | None:
        """Record a call from now on; None where the disk is nearly full.

        Args:
            call: id, 32 lower-case hexadecimal digits.
            rate_hz: of the line, 8000, 16000 or 24000.

        Raises ValueError: one of them is something else.
        """
        if rate_hz not in _RATES_HZ:
            raise ValueError(f"{rate_hz} Hz is no rate of a line")
        name = name_of(call, self._wall().astimezone(timezone.utc).date())
        if self._free < self._least_free:
            self.counters["recordings_refused"] += 1
            _log.warning(line("recording_refused", call=call, free_mb=self._free // 1_000_000))
            return None
        recording = Recording(self, self._folder / name, name, rate_hz)
        self.put(_Piece(recording, "begin", 0))
        return recording

    def put(self, piece: _Piece) -> None:
        """Hand a piece over; audio that finds the queue full is dropped and counted."""
        if piece.kind == "audio" and self._queue.qsize() >= MOST_QUEUED:
            self.counters["recording_pieces_dropped"] += 1
            return
        self._queue.put(piece)

    def close(self, timeout_s: float = 5.0) -> bool:
        """Finish every file and end the thread; False where that took too long."""
        self._queue.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        self._repair()
        ending = False
        while not ending:
            try:
                pieces = [self._queue.get(timeout=LOOK_S)]
            except queue.Empty:
                pieces = []
            if pieces and pieces[0] is not None:
                time.sleep(GATHER_S)
            # Not until it is empty: what comes meanwhile is the next round's.
            pieces += [self._queue.get() for _ in range(self._queue.qsize())]
            for piece in pieces:
                if piece is not None:
                    self._take(piece)
            for recording in list(self._files):
                self._guarded(recording, lambda file: file.flush())
            if time.monotonic() - self._looked_at >= LOOK_S:
                self._looked_at = time.monotonic()
                self._free = _free_bytes(self._folder)
                if self._free < self._least_free:
                    self._end_all("the disk is nearly full")
            ending = None in pieces
        for recording in list(self._files):
            self._guarded(recording, lambda file: file.finish())

    def _take(self, piece: _Piece) -> None:
        recording = piece.recording
        if piece.kind == "begin":
            try:
                self._files[recording] = CallFile(recording.path, recording.rate_hz)
            except OSError as reason:
                recording.lost = True
                _log.error(line("recording_lost", file=recording.path.name, reason=reason))
        elif piece.kind == "audio":
            self._guarded(recording, lambda file: file.add(piece.at, piece.caller, piece.agent))
        else:
            self._guarded(recording, lambda file: file.finish(piece.at))
            self._files.pop(recording, None)

    def _guarded(self, recording: Recording, act: Callable[[CallFile], None]) -> None:
        """Do it to the file, where there is one; a full disk ends the recording, not the call."""
        file = self._files.get(recording)
        if file is None:
            return
        try:
            act(file)
            return
        except Exception as reason:  # whatever it is, the other recordings go on
            _log.error(line("recording_cut_short", file=recording.path.name, reason=reason))
        recording.cut_short = True
        del self._files[recording]
        with suppress(OSError):  # the next start repairs it
            file.salvage()

    def _end_all(self, reason: str) -> None:
        """What is recorded so far stays; the calls go on without."""
        for recording, file in list(self._files.items()):
            _log.error(line("recording_cut_short", file=recording.path.name, reason=reason))
            recording.cut_short = True
            del self._files[recording]
            with suppress(OSError):  # the next start repairs it
                file.finish()

    def _repair(self) -> None:
        for _, path in recordings(self._folder):
            if path.name.endswith(UNFINISHED):
                try:
                    kept = repair(path)
                except OSError as reason:
                    _log.error(line("recording_not_repaired", file=path.name, reason=reason))
                    continue
                _log.info(line("recording_repaired", file=path.name, kept=kept is not None))


def _free_bytes(folder: Path) -> int:
    """Room on the disk of the folder, or of the nearest folder above it that is there."""
    for place in (folder, *folder.absolute().parents):
        try:
            room = os.statvfs(place)
        except FileNotFoundError:
            continue
        except OSError:
            break
        return room.f_bavail * room.f_frsize
    return 0
