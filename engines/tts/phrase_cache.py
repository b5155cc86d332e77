"""Clauses that repeat, kept as PCM on disk and in memory, so that a reply begins at once.

Stock voices' clauses lie in the folder itself, those of a personal voice in ``FOLDER/NAME/``, so
that all that a person has been made to say can be found and taken away. The limits are of all
voices together: what nobody hears any more makes room, whoever spoke it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import struct
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from engines.tts.speech import Speech
from engines.voice_name import PERSONAL

DISK_LIMIT_BYTES: Final = 64 << 20
MEMORY_LIMIT_BYTES: Final = 12 << 20
_MAGIC: Final = b"KEFUPCM1"
_HEAD: Final = struct.Struct("<8sII32s")
"""Magic, rate in Hz, phonemes, SHA-256 of the PCM that follows (int16, little-endian)."""
_RATES_HZ: Final = (8_000, 48_000)
_ENDING: Final = ".pcm"


class PhraseKey(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides how a clause sounds."""

    model: str
    voice: str
    pack: str = ""
    """SHA-256 of a personal voice's pack; empty: a stock voice."""
    speed: float
    """That the network is asked for: the voice's own times the clause's."""
    language: str
    text: str
    """As written."""
    pronunciation: int
    """Version of the way from written text to phonemes and of the sound's finish."""

    def entry(self) -> str:
        """Its path in the cache's folder: ``SHA256.pcm``, or ``NAME/SHA256.pcm``."""
        digest = hashlib.sha256(msgspec.json.encode(self)).hexdigest()
        return f"{self.voice}/{digest}{_ENDING}" if self.pack else digest + _ENDING


class PhraseCache:
    """Least recently used entries go first, on disk and in memory. Any thread may ask.

    An entry that cannot be read, was cut off or altered is removed and counts as absent. A full
    disk costs the entry, not the call: the clause then lives in memory only.

    Args:
        folder: made where it is missing.
        disk_limit_bytes: of all entries on disk together.
        memory_limit_bytes: of all entries in memory together.
    """

    def __init__(
        self,
        folder: Path,
        *,
        disk_limit_bytes: int = DISK_LIMIT_BYTES,
        memory_limit_bytes: int = MEMORY_LIMIT_BYTES,
    ) -> None:
        self._folder = folder
        self._disk_limit = disk_limit_bytes
        self._memory_limit = memory_limit_bytes
        self._memory: OrderedDict[str, Speech] = OrderedDict()
        self._memory_bytes = 0
        self._lock = threading.Lock()
        self._dropped: set[str] = set()
        """Voices of which nothing is kept."""
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.rglob("*.part"):
            left_over.unlink(missing_ok=True)

    def get(self, key: PhraseKey) -> Speech | None:
        """The clause as it was put, or None."""
        name = key.entry()
        with self._lock:
            if name in self._memory:
                self._memory.move_to_end(name)
                return self._memory[name]
        speech = self._read(self._folder / name, key.voice)
        if speech is not None:
            self._remember(name, speech)
        return speech

    def put(self, key: PhraseKey, speech: Speech) -> None:
        """Keep a clause; it is durable when this returns, unless the disk refused it."""
        name = key.entry()
        self._dropped.discard(key.voice)
        self._remember(name, msgspec.structs.replace(speech, cached=True, troubles=()))
        pcm = speech.pcm.astype("<i2").tobytes()
        head = _HEAD.pack(_MAGIC, speech.rate_hz, speech.phonemes, hashlib.sha256(pcm).digest())
        if len(head) + len(pcm) > self._disk_limit:
            return
        with contextlib.suppress(OSError):
            self._write(self._folder / name, head + pcm)
            self._make_room()

    def remove(self, key: PhraseKey) -> None:
        """Forget a clause."""
        name = key.entry()
        with self._lock:
            self._forget(name)
        with contextlib.suppress(OSError):
            (self._folder / name).unlink(missing_ok=True)

    def drop(self, voice: str) -> None:
        """Forget all that a personal voice has said; at once in memory, on disk in a thread."""
        if voice in self._dropped or not PERSONAL.fullmatch(voice):  # a name, never a path
            return
        self._dropped.add(voice)
        with self._lock:
            for name in [name for name in self._memory if name.startswith(f"{voice}/")]:
                self._forget(name)
        folder = self._folder / voice
        if folder.is_dir():
            threading.Thread(target=shutil.rmtree, args=(folder, True), name="drop").start()

    def keep_only(self, voices: Collection[str]) -> None:
        """Drop what is there of other personal voices than these."""
        for folder in self._folder.iterdir():
            if folder.is_dir() and folder.name not in voices:
                self.drop(folder.name)

    def _read(self, path: Path, voice: str) -> Speech | None:
        try:
            content = path.read_bytes()
        except OSError:
            return None
        if len(content) > _HEAD.size:
            magic, rate_hz, phonemes, digest = _HEAD.unpack_from(content)
            pcm = content[_HEAD.size :]
            sound = len(pcm) % 2 == 0 and _RATES_HZ[0] <= rate_hz <= _RATES_HZ[1]
            if magic == _MAGIC and sound and hashlib.sha256(pcm).digest() == digest:
                with contextlib.suppress(OSError):
                    os.utime(path)
                samples = np.frombuffer(pcm, dtype="<i2").astype(np.int16)
                return Speech(
                    pcm=samples, rate_hz=rate_hz, phonemes=phonemes, cached=True, voice=voice
                )
        with contextlib.suppress(OSError):
            path.unlink()
        return None

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as sink:
                sink.write(content)
                sink.flush()
                os.fsync(sink.fileno())
            os.replace(part, path)
        except OSError:
            Path(part).unlink(missing_ok=True)
            raise

    def _make_room(self) -> None:
        entries = [(path.stat(), path) for path in self._folder.rglob("*" + _ENDING)]
        surplus = sum(status.st_size for status, _ in entries) - self._disk_limit
        for status, path in sorted(entries, key=lambda entry: entry[0].st_mtime_ns):
            if surplus <= 0:
                return
            path.unlink(missing_ok=True)
            surplus -= status.st_size

    def _remember(self, name: str, speech: Speech) -> None:
        with self._lock:
            self._forget(name)
            self._memory[name] = speech
            self._memory_bytes += speech.pcm.nbytes
            while self._memory_bytes > self._memory_limit:
                _, oldest = self._memory.popitem(last=False)
                self._memory_bytes -= oldest.pcm.nbytes

    def _forget(self, name: str) -> None:
        forgotten = self._memory.pop(name, None)
        if forgotten is not None:
            self._memory_bytes -= forgotten.pcm.nbytes
