"""Kokoro-82M, INT8, on ONNX Runtime: phonemes in, a waveform out."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import ClassVar, Final

import msgspec
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import Fail

from engines.backend.onnxruntime import open_session
from engines.errors import BadTensor, WeightsUnusable
from engines.tts.equaliser import Equaliser
from engines.tts.errors import SpeechInterrupted, UnknownVoice
from engines.tts.kokoro_graph import with_trimmed_vocoder
from engines.tts.kokoro_norms import OFFSETS, with_norm_offsets
from engines.tts.kokoro_pitch import with_pitch_factor
from engines.tts.voice_file import VoiceFile, read_voice
from engines.voice_name import PERSONAL

RATE_HZ: Final = 24_000
LONGEST_TOKENS: Final = 240
"""What one call takes; the network would take 510, at 0.9 GB of memory."""
_NO_OFFSETS: Final = np.zeros((1, OFFSETS), np.float32)
_PUNCTUATION: Final = frozenset(';:,.!?—…"()“”')


class _Model(msgspec.Struct):
    vocab: dict[str, int]


class _Tokenizer(msgspec.Struct):
    """What we read of ``tokenizer.json``; the rest of it is the same for every Kokoro."""

    model: _Model


class Waveform(msgspec.Struct, frozen=True, kw_only=True):
    """What one run gives."""

    samples: NDArray[np.float32]
    """(T,) float32, about −1..1, 24 kHz, with what silence the network left at the edges: what the
    guard judges."""
    coloured: NDArray[np.float32]
    """The same behind the voice's equaliser: what callers hear."""
    tokens: int
    """Phoneme tokens spoken, punctuation and spaces included."""


class Interrupt:
    """Stops one clause from another thread, within the time of one operator (a few ms)."""

    def __init__(self) -> None:
        self.stopped = False
        self.run_options = onnxruntime.RunOptions()
        self.run_options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def stop(self) -> None:
        """Whatever runs or will run with this interrupt raises ``SpeechInterrupted``."""
        self.stopped = True
        self.run_options.terminate = True


class Kokoro:
    """The network and its voices. One thread at a time.

    A personal voice is a pack like the stock voices', with an equaliser, a pitch and offsets of its
    norms, and speaks in the same session: it costs nothing until it is asked for, and then less
    than a megabyte.

    Args:
        folder: has ``model.onnx``, ``tokenizer.json`` and ``voices/NAME.bin``.
        threads: threads inside one operator.
        personal: folder of the packs of personal voices, ``NAME.bin``; None: there are none.

    Raises:
        WeightsUnusable: a file is missing, broken or not Kokoro v1.0's.
    """

    name: ClassVar[str] = "tts_kokoro"

    def __init__(self, folder: Path, threads: int, personal: Path | None = None) -> None:
        self._vocabulary = _vocabulary(folder / "tokenizer.json")
        self._stock = {path.stem: path for path in sorted((folder / "voices").glob("*.bin"))}
        self._personal = {
            path.stem: path
            for path in (sorted(personal.glob("*.bin")) if personal is not None else ())
            if PERSONAL.fullmatch(path.stem)
        }
        self._voices: dict[str, tuple[VoiceFile, Equaliser | None]] = {}
        model = _bytes(folder / "model.onnx")
        self.digest = hashlib.sha256(model).hexdigest()
        """SHA-256 of the network's file, as published."""
        self._size = len(model)
        edited = with_norm_offsets(with_pitch_factor(with_trimmed_vocoder(model)))
        self._session = _session(edited, threads)

    @property
    def voices(self) -> list[str]:
        """Names of the stock voices."""
        return list(self._stock)

    @property
    def personal_voices(self) -> list[str]:
        """Names of the personal voices."""
        return list(self._personal)

    def pack_sha256(self, voice: str) -> str:
        """SHA-256 of the pack of a voice: a voice that was made again is another one.

        Raises:
            UnknownVoice, WeightsUnusable: as ``speak``.
        """
        return self._voice(voice)[0].sha256

    def speak(
        self, phonemes: str, voice: str, speed: float, interrupt: Interrupt | None = None
    ) -> Waveform:
        """Say ``phonemes``, Kokoro's own notation; what is not in its vocabulary is left out.

        Args:
            phonemes: at most 240 tokens.
            voice: one of ``voices`` or ``personal_voices``.
            speed: 0.5 to 2; 1.2 is a fifth shorter.
            interrupt: with what another thread can stop it.

        Raises:
            SpeechInterrupted: ``interrupt`` was stopped.
            BadTensor: no phoneme, too many, or a speed outside the range.
            UnknownVoice: no such voice.
        """
        tokens = [phoneme for phoneme in phonemes if phoneme in self._vocabulary]
        if not 1 <= len(tokens) <= LONGEST_TOKENS:
            raise BadTensor(f"{len(tokens)} phonemes: 1 to {LONGEST_TOKENS} can be spoken at once.")
        if not 0.5 <= speed <= 2.0:
            raise BadTensor(f"A speed of {speed} is not between 0.5 and 2.")
        ids = [0, *(self._vocabulary[token] for token in tokens), 0]
        interrupt = interrupt or Interrupt()
        file, equalise = self._voice(voice)
        feeds = {
            "input_ids": np.array([ids], dtype=np.int64),
            "style": file.pack[len(tokens) - 1],
            "speed": np.array([speed], dtype=np.float32),
            "edges": _edges(tokens),
            "offsets": _NO_OFFSETS if file.offsets is None else file.offsets,
            "pitch": np.full((1, 1), 2.0**file.octaves, dtype=np.float32),
        }
        try:
            (samples,) = self._session.run(None, feeds, interrupt.run_options)
        except Fail as error:
            if interrupt.stopped:
                raise SpeechInterrupted(f"{len(tokens)} phonemes were not spoken.") from error
            raise
        samples = samples.reshape(-1)
        return Waveform(
            samples=samples,
            coloured=samples if equalise is None else equalise(samples),
            tokens=len(tokens),
        )

    def warm_up(self) -> None:
        """Run once on one syllable."""
        if self._stock:
            self.speak("a", next(iter(self._stock)), 1.0)

    def memory_bytes(self) -> int:
        """About 2.4 times the file: weights, their packed form, and the arena of a short clause."""
        return self._size * 24 // 10

    def close(self) -> None:
        """Free the weights."""
        del self._session
        self._voices.clear()

    def _voice(self, voice: str) -> tuple[VoiceFile, Equaliser | None]:
        if voice not in self._voices:
            path = self._stock.get(voice) or self._personal.get(voice)
            if path is None:
                known = [*self._stock, *self._personal]
                raise UnknownVoice(f"There is no voice {voice!r} (there are: {known}).")
            try:
                found = read_voice(_bytes(path))
            except ValueError as reason:
                raise WeightsUnusable(f"{path} is no voice of Kokoro v1.0: {reason}.") from reason
            gains = found.gains_db
            self._voices[voice] = found, None if gains is None else Equaliser(gains, RATE_HZ)
        return self._voices[voice]


def _edges(tokens: list[str]) -> NDArray[np.float32]:
    """(2, T + 2) float32: which tokens are silence in front, and which come from the last sound on.

    The network's own padding is at both ends; a long pause behind a clause is part of the last
    sound's duration (its tone, in Chinese).
    """
    sounds = [place for place, token in enumerate(tokens) if token not in _PUNCTUATION]
    sounds = [place for place in sounds if tokens[place] != " "]
    edges = np.zeros((2, len(tokens) + 2), dtype=np.float32)
    edges[0, 0] = 1.0
    edges[1, (sounds[-1] if sounds else 0) + 1 :] = 1.0
    return edges


def _vocabulary(path: Path) -> dict[str, int]:
    try:
        return msgspec.json.decode(_bytes(path), type=_Tokenizer).model.vocab
    except msgspec.DecodeError as error:
        raise WeightsUnusable(f"{path} is no tokenizer: {error}") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WeightsUnusable(f"{path} cannot be read: {error.strerror}") from error


def _session(model: bytes, threads: int) -> onnxruntime.InferenceSession:
    # Through a file in memory: a session that is made from bytes keeps them as long as it lives.
    file = os.memfd_create("kokoro", os.MFD_CLOEXEC)
    try:
        with os.fdopen(file, "wb", closefd=False) as sink:
            sink.write(model)
        return open_session(
            Path(f"/proc/self/fd/{file}"),
            threads=threads,
            inputs=("input_ids", "style", "speed", "edges", "offsets", "pitch"),
            outputs=("waveform",),
            arena=True,
            spinning=True,
        )
    finally:
        os.close(file)
